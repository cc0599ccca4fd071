//! One item of the guideline.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;

use crate::guard::form::Fields;
use crate::guard::seat::Seat;
use crate::problem::{Problem, html};
use crate::state::Web;
use crate::view::frame::{Frame, Place};
use crate::view::item::{ItemView, Sources};
use crate::when::When;

#[derive(Template)]
#[template(path = "item.html")]
struct ItemPage {
    frame: Frame,
    view: ItemView,
}

pub(crate) async fn show(
    State(web): State<Web>,
    seat: Seat,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Fields::decode(query.as_deref().unwrap_or_default());
    let when = When::read(&query)?;
    web.note_turns(&seat.ctx).await?;
    let turns = web.app().turns(&id).await?;
    let view = {
        let seen = web.seen(&seat.ctx, when).await?;
        let evaluator = seen.evaluator();
        if !seat.sees_verdicts(evaluator) {
            return Err(Problem::forbidden());
        }
        let ix = evaluator.catalog().items.iter().position(|i| i.id == id).ok_or_else(Problem::not_found)?;
        let board = web.board(&seen);
        ItemView::make(&Sources { seat: &seat, evaluator, board: &board, query: &query, when, turns: &turns }, ix)
    };
    let title = format!("{} {}", view.id, view.title);
    html(&ItemPage { frame: Frame::new(&web, &seat, title, Some(Place::Board)), view })
}
