//! Disposal of records: what may be proposed, a proposal with its approval, and the button that cannot be undone.

use akashi_app::dispose::Proposal;
use akashi_domain::RecordId;
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::guard::form::{Fields, Posted};
use crate::guard::seat::Seat;
use crate::problem::{Problem, html};
use crate::state::Web;
use crate::view::disposal::{DisposalView, DisposalsView, OfferView};
use crate::view::frame::{Frame, Place};

#[derive(Template)]
#[template(path = "disposals.html")]
struct DisposalsPage {
    frame: Frame,
    view: DisposalsView,
}

pub(crate) async fn list(State(web): State<Web>, seat: Seat) -> Result<Response, Problem> {
    let lines = web.app().disposals(&seat.ctx).await?;
    let counts = web.app().disposable_counts(&seat.ctx).await?;
    let view = {
        let live = web.app().live(seat.ctx.now).await?;
        DisposalsView::make(&seat, &live.evaluator, &counts, &lines)
    };
    let frame = Frame::new(&web, &seat, seat.words().say("disposals-title"), Some(Place::Registers));
    html(&DisposalsPage { frame, view })
}

#[derive(Template)]
#[template(path = "dispose.html")]
struct OfferPage {
    frame: Frame,
    view: OfferView,
}

pub(crate) async fn offer(State(web): State<Web>, seat: Seat, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let query = Fields::decode(query.as_deref().unwrap_or_default());
    let key = query.get("register").ok_or_else(Problem::not_found)?;
    let offers = web.app().disposable(&seat.ctx, key).await?;
    let register = web.app().catalog().register_by_key(key).ok_or_else(Problem::not_found)?;
    let view = OfferView::make(&seat, web.app().catalog(), register, offers);
    let frame = Frame::new(&web, &seat, seat.words().say("dispose-title"), Some(Place::Registers));
    html(&OfferPage { frame, view })
}

pub(crate) async fn propose(State(web): State<Web>, posted: Posted) -> Result<Response, Problem> {
    let fields = &posted.fields;
    let records: Option<Vec<RecordId>> = fields.all("record").map(RecordId::parse).collect();
    let proposal = Proposal {
        records: records.ok_or_else(Problem::bad_request)?,
        subject: fields.get("subject").map(String::from),
        reason: fields.get("reason").map(String::from),
    };
    let done = web.app().propose_disposal(&posted.seat.ctx, proposal).await?;
    Ok(Redirect::to(&format!("/disposals/{}?done=proposed", done.record)).into_response())
}

#[derive(Template)]
#[template(path = "disposal.html")]
struct DisposalPage {
    frame: Frame,
    view: DisposalView,
}

pub(crate) async fn show(State(web): State<Web>, seat: Seat, Path(id): Path<String>) -> Result<Response, Problem> {
    let id = RecordId::parse(&id).ok_or_else(Problem::not_found)?;
    let line = web.app().disposal_line(&seat.ctx, id).await?;
    let title = format!("{} {}", line.code, line.subject);
    let view = DisposalView::make(&seat, web.app().catalog(), line);
    html(&DisposalPage { frame: Frame::new(&web, &seat, title, Some(Place::Registers)), view })
}

pub(crate) async fn approve(
    State(web): State<Web>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let (id, rev) = named(&id, &posted)?;
    let reason = posted.fields.get("reason").map(String::from);
    web.app().approve_disposal(&posted.seat.ctx, id, rev, reason).await?;
    Ok(Redirect::to(&format!("/disposals/{id}?done=approved")).into_response())
}

/// Only with the box ticked that says it cannot be undone.
pub(crate) async fn run(State(web): State<Web>, Path(id): Path<String>, posted: Posted) -> Result<Response, Problem> {
    let (id, rev) = named(&id, &posted)?;
    if !posted.fields.has("sure") {
        return Err(Problem::bad_request());
    }
    web.app().dispose(&posted.seat.ctx, id, rev).await?;
    web.forget_what_is_gone(&posted.seat.ctx).await?;
    Ok(Redirect::to(&format!("/disposals/{id}?done=disposed")).into_response())
}

fn named(id: &str, posted: &Posted) -> Result<(RecordId, u32), Problem> {
    let id = RecordId::parse(id).ok_or_else(Problem::not_found)?;
    let rev = posted.fields.get("rev").and_then(|r| r.parse().ok()).ok_or_else(Problem::bad_request)?;
    Ok((id, rev))
}
