//! One record: its page, its moves, its files.

use akashi_domain::RecordId;
use akashi_domain::authz::Action;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::guard::form::Posted;
use crate::guard::seat::Seat;
use crate::problem::{Problem, html};
use crate::state::Web;
use crate::view::eyes::Eyes;
use crate::view::frame::{Frame, Place};
use crate::view::link;
use crate::view::record::{RecordView, Sources};
use crate::view::value::Piece;

#[derive(Template)]
#[template(path = "record.html")]
struct RecordPage {
    frame: Frame,
    view: RecordView,
}

pub(crate) async fn show(State(web): State<Web>, seat: Seat, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = RecordId::parse(&id).ok_or_else(Problem::not_found)?;
    let deeds = web.app().deeds(id).await?;
    let view = {
        let live = web.app().live(seat.ctx.now).await?;
        let eyes = Eyes::new(&seat, &live.evaluator);
        let sources = Sources { eyes: &eyes, world: &live.world, deeds: &deeds };
        RecordView::make(&sources, id).ok_or_else(Problem::not_found)?
    };
    let title = format!("{} {}", view.code, view.name);
    html(&RecordPage { frame: Frame::new(&web, &seat, title, Some(Place::Registers)), view })
}

pub(crate) async fn make_move(
    State(web): State<Web>,
    Path((id, key)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = RecordId::parse(&id).ok_or_else(Problem::not_found)?;
    let rev = posted.fields.get("rev").and_then(|r| r.parse().ok()).ok_or_else(Problem::bad_request)?;
    let reason = posted.fields.get("reason").map(String::from);
    web.app().move_to(&posted.seat.ctx, id, rev, &key, reason).await?;
    Ok(Redirect::to(&format!("/records/{id}?done=moved")).into_response())
}

/// Gives a file out as a download, never to be shown inside our pages.
pub(crate) async fn file(
    State(web): State<Web>,
    seat: Seat,
    Path((id, digest)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let id = RecordId::parse(&id).ok_or_else(Problem::not_found)?;
    let name = {
        let live = web.app().live(seat.ctx.now).await?;
        let version = live.world.latest(id).ok_or_else(Problem::not_found)?;
        let open = seat.may(&live.evaluator, Action::Read, version.register, Some(version));
        let name = crate::view::files::name(&seat, &live.evaluator, version, &digest);
        name.filter(|_| open).ok_or_else(Problem::not_found)?
    };
    let bytes = web.app().file(&digest).await?;
    let shown = format!("attachment; filename*=UTF-8''{}", link::encode(&name));
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&shown).map_err(|_| Problem::not_found())?);
    Ok(response)
}
