//! Importing a hospital's own files: upload, preview, mapping, confirmation.

use akashi_app::import::ImportFile;
use akashi_app::uploads::Waiting;
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::guard::form::{Fields, Posted};
use crate::guard::seat::Seat;
use crate::problem::{Problem, html, html_with};
use crate::state::Web;
use crate::view::board::Opt;
use crate::view::frame::{Frame, Place};
use crate::view::import::{PreviewView, adjust, guess, registers};

#[derive(Template)]
#[template(path = "import.html")]
struct ImportPage {
    frame: Frame,
    registers: Vec<Opt>,
    chosen: bool,
    limit: String,
    fault: Option<String>,
}

pub(crate) async fn show(State(web): State<Web>, seat: Seat, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let query = Fields::decode(query.as_deref().unwrap_or_default());
    html(&page(&web, &seat, query.get("register").unwrap_or_default(), None).await?)
}

async fn page(web: &Web, seat: &Seat, chosen: &str, fault: Option<&str>) -> Result<ImportPage, Problem> {
    let registers = {
        let seen = web.seen(&seat.ctx, None).await?;
        registers(seat, seen.evaluator(), chosen)
    };
    if registers.is_empty() {
        return Err(Problem::forbidden());
    }
    Ok(ImportPage {
        frame: Frame::new(web, seat, seat.words().say("import-title"), Some(Place::Import)),
        chosen: registers.iter().any(|r| r.chosen),
        registers,
        limit: crate::view::value::size(web.options().upload_limit as u64),
        fault: fault.map(|key| seat.words().say(key)),
    })
}

pub(crate) async fn upload(State(web): State<Web>, posted: Posted) -> Result<Response, Problem> {
    let Posted { seat, fields, uploads } = posted;
    let given = fields.get("register").unwrap_or_default();
    let files: Vec<ImportFile> = uploads.into_iter().map(|u| ImportFile { name: u.name, bytes: u.bytes }).collect();
    let register = register_for(&web, &seat, given, files.first()).await?;
    let refuse =
        async |fault| html_with(StatusCode::UNPROCESSABLE_ENTITY, &page(&web, &seat, given, Some(fault)).await?);
    let Some(register) = register else { return refuse("import-which").await };
    if files.is_empty() {
        return refuse("import-no-file").await;
    }
    may_import(&web, &seat, &register)?;
    let token = web.app().take_upload(&seat.ctx, seat.account, &register, files).await?;
    Ok(Redirect::to(&format!("/import/{token}")).into_response())
}

/// The register that was chosen, else the one the file's name speaks of.
async fn register_for(
    web: &Web,
    seat: &Seat,
    given: &str,
    file: Option<&ImportFile>,
) -> Result<Option<String>, Problem> {
    if !given.is_empty() {
        return Ok(Some(given.to_owned()));
    }
    let seen = web.seen(&seat.ctx, None).await?;
    Ok(file.and_then(|f| guess(seen.evaluator(), &f.name)).map(String::from))
}

fn may_import(web: &Web, seat: &Seat, register: &str) -> Result<(), Problem> {
    let catalog = web.app().catalog();
    catalog.register_by_key(register).ok_or_else(Problem::not_found)?;
    if seat.imports(catalog, register) { Ok(()) } else { Err(Problem::forbidden()) }
}

#[derive(Template)]
#[template(path = "preview.html")]
struct PreviewPage {
    frame: Frame,
    view: PreviewView,
}

pub(crate) async fn preview(
    State(web): State<Web>,
    seat: Seat,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    let waiting = waiting(&web, &seat, &token).await?;
    let register = web.app().catalog().register_by_key(&waiting.register).ok_or_else(Problem::not_found)?;
    let view = PreviewView::make(&seat, register, &token, &waiting);
    let key = if waiting.done { "import-done-title" } else { "import-preview-title" };
    let title = seat.words().with(key, &[("register", &view.register.label)]);
    html(&PreviewPage { frame: Frame::new(&web, &seat, title, Some(Place::Import)), view })
}

/// The buttons of the preview: look again with the mapping as chosen, import, or give up.
pub(crate) async fn decide(
    State(web): State<Web>,
    Path(token): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let Posted { seat, fields, .. } = posted;
    let waiting = waiting(&web, &seat, &token).await?;
    let button = fields.get("as").unwrap_or_default();
    if button == "cancel" {
        web.app().drop_upload(seat.account, &token).await?;
        return Ok(Redirect::to("/import").into_response());
    }
    let mut mapping = waiting.report.mapping;
    let mapping = adjust(&mut mapping, &fields).then_some(mapping);
    let went_on = web.app().go_on_with_upload(&seat.ctx, seat.account, &token, mapping, button == "import").await?;
    if went_on { Ok(Redirect::to(&format!("/import/{token}")).into_response()) } else { Err(Problem::Expired) }
}

async fn waiting(web: &Web, seat: &Seat, token: &str) -> Result<Waiting, Problem> {
    web.app().waiting_upload(&seat.ctx, seat.account, token).await?.ok_or(Problem::Expired)
}
