//! Resolving words of a link: choosing the record they mean, here or everywhere in the register.

use akashi_app::command::Put;
use akashi_domain::authz::Action;
use akashi_domain::{RecordId, RegisterIx, Value, Version};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};

use crate::guard::form::{Fields, Posted};
use crate::guard::seat::Seat;
use crate::problem::{Problem, html};
use crate::state::Web;
use crate::view::frame::{Frame, Place};
use crate::view::resolve::{self, ResolveView};

#[derive(Template)]
#[template(path = "resolve.html")]
struct ResolvePage {
    frame: Frame,
    view: ResolveView,
}

pub(crate) async fn show(
    State(web): State<Web>,
    seat: Seat,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Fields::decode(query.as_deref().unwrap_or_default());
    let id = RecordId::parse(&id).ok_or_else(Problem::not_found)?;
    let (field, text) = (query.get("field").unwrap_or_default(), query.all("text").next().unwrap_or_default());
    let view = {
        let live = web.app().live(seat.ctx.now).await?;
        let version = live.world.latest(id).ok_or_else(Problem::not_found)?;
        if !seat.may(&live.evaluator, Action::Edit, version.register, Some(version)) {
            return Err(Problem::not_found());
        }
        let q = query.get("q").unwrap_or_default();
        ResolveView::make(&seat, &live.evaluator, version, field, text, q).ok_or_else(Problem::not_found)?
    };
    let frame = Frame::new(&web, &seat, seat.words().say("resolve-title"), Some(Place::Registers));
    html(&ResolvePage { frame, view })
}

pub(crate) async fn resolve(
    State(web): State<Web>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = RecordId::parse(&id).ok_or_else(Problem::not_found)?;
    let fields = &posted.fields;
    let to = fields.get("to").and_then(RecordId::parse).ok_or_else(Problem::bad_request)?;
    let (path, text) = (fields.get("field").unwrap_or_default(), fields.all("text").next().unwrap_or_default());
    for (record, put) in puts(&web, &posted.seat, id, to, path, text, fields.has("all")).await? {
        let put = Put { record: Some(record), ..put };
        web.app().put(&posted.seat.ctx, put).await?;
    }
    Ok(Redirect::to(&format!("/records/{id}?done=resolved")).into_response())
}

/// The changes to make: to this record, or to every record of its register with the same words in the same field.
async fn puts(
    web: &Web,
    seat: &Seat,
    id: RecordId,
    to: RecordId,
    path: &str,
    text: &str,
    everywhere: bool,
) -> Result<Vec<(RecordId, Put)>, Problem> {
    let live = web.app().live(seat.ctx.now).await?;
    let may = |v: &Version| seat.may(&live.evaluator, Action::Edit, v.register, Some(v));
    let version = live.world.latest(id).filter(|v| may(v)).ok_or_else(Problem::not_found)?;
    let register = live.evaluator.catalog().register(version.register);
    let at = resolve::Path::parse(register, path).ok_or_else(Problem::not_found)?;
    let aims = resolve::targets(seat, &live.evaluator, at.field(register));
    let target = live.world.latest(to).filter(|v| aims.contains(&v.register)).ok_or_else(Problem::not_found)?;
    let ids = live.evaluator.view().rows(version.register).iter().map(|v| v.id).filter(|v| everywhere || *v == id);
    // "Everywhere" means: wherever this person may.
    let newest = ids.filter_map(|id| live.world.latest(id)).filter(|v| may(v));
    let changed =
        newest.filter_map(|v| Some((v.id, put(v.register, v.rev, at.slot, at.replaced(v, text, target.id)?))));
    Ok(changed.collect())
}

fn put(register: RegisterIx, rev: u32, slot: usize, value: Value) -> Put {
    Put { register, record: None, expected: rev, values: vec![(slot, value)], valid_from: None, reason: None }
}
