//! Anchors: how they stand, asking again, files to carry, an old copy compared, the sheet for the safe.

use akashi_app::anchor::OldCopy;
use askama::Template;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::guard::form::Posted;
use crate::guard::seat::Seat;
use crate::problem::{Problem, html, html_with};
use crate::state::Web;
use crate::view::anchor::{self, AnchorsView, ComparedView};
use crate::view::frame::{Frame, Place};
use crate::view::link;
use crate::view::paper::PaperView;

#[derive(Template)]
#[template(path = "anchors.html")]
struct AnchorsPage {
    frame: Frame,
    view: AnchorsView,
}

pub(crate) async fn show(State(web): State<Web>, seat: Seat) -> Result<Response, Problem> {
    html(&page(&web, &seat, None).await?)
}

async fn page(web: &Web, seat: &Seat, compared: Option<ComparedView>) -> Result<AnchorsPage, Problem> {
    let seen = web.app().anchor_overview(&seat.ctx).await?;
    let frame = Frame::new(web, seat, seat.words().say("anchors-title"), Some(Place::Anchors));
    Ok(AnchorsPage { frame, view: AnchorsView::make(seat, &seen, compared) })
}

pub(crate) async fn retry(State(web): State<Web>, posted: Posted) -> Result<Response, Problem> {
    let name = posted.fields.get("anchor").ok_or_else(Problem::bad_request)?;
    web.app().retry_anchor(&posted.seat.ctx, name).await?;
    Ok(Redirect::to("/anchors?done=asked").into_response())
}

/// Gives the request as a file. It is kept here too, so it comes by a form and not by a link.
pub(crate) async fn request(State(web): State<Web>, posted: Posted) -> Result<Response, Problem> {
    let name = posted.fields.get("anchor").ok_or_else(Problem::bad_request)?;
    let request = web.app().export_request(&posted.seat.ctx, name).await?;
    download(&request.name, request.bytes)
}

/// Takes in an answer that was carried back.
pub(crate) async fn answer(State(web): State<Web>, posted: Posted) -> Result<Response, Problem> {
    let Posted { seat, fields, uploads } = posted;
    let name = fields.get("anchor").ok_or_else(Problem::bad_request)?;
    let file = uploads.into_iter().next().ok_or_else(Problem::bad_request)?;
    let done = match web.app().import_answer(&seat.ctx, name, file.bytes).await? {
        akashi_app::anchor::Imported::Held { .. } => "attested",
        akashi_app::anchor::Imported::From { .. } => "export-again",
    };
    Ok(Redirect::to(&format!("/anchors?done={done}")).into_response())
}

pub(crate) async fn compare(State(web): State<Web>, posted: Posted) -> Result<Response, Problem> {
    let Posted { seat, fields, uploads } = posted;
    let file = uploads.into_iter().next().map(|u| String::from_utf8_lossy(&u.bytes).into_owned());
    let typed = fields.get("copy").map(String::from);
    let copy = OldCopy::read(&file.or(typed).unwrap_or_default())?;
    let compared = web.app().compare_copy(&seat.ctx, copy).await?;
    let compared = anchor::compared(seat.words(), &compared);
    let status = if compared.good { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    html_with(status, &page(&web, &seat, Some(compared)).await?)
}

#[derive(Template)]
#[template(path = "paper.html")]
struct PaperPage {
    frame: Frame,
    view: PaperView,
}

pub(crate) async fn paper(State(web): State<Web>, seat: Seat) -> Result<Response, Problem> {
    let seen = web.app().anchor_overview(&seat.ctx).await?;
    let view = PaperView::make(&seen).ok_or_else(Problem::not_found)?;
    let frame = Frame::new(&web, &seat, seat.words().say("paper-title"), Some(Place::Anchors));
    html(&PaperPage { frame, view })
}

fn download(name: &str, bytes: Vec<u8>) -> Result<Response, Problem> {
    let shown = format!("attachment; filename*=UTF-8''{}", link::encode(name));
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&shown).map_err(|_| Problem::not_found())?);
    Ok(response)
}
