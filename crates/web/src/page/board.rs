//! The board of all items, today or as of another day.

use akashi_domain::Day;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use crate::guard::form::Fields;
use crate::guard::seat::Seat;
use crate::problem::{Problem, html};
use crate::state::Web;
use crate::view::board::BoardView;
use crate::view::frame::{Frame, Place};

#[derive(Template)]
#[template(path = "board.html")]
struct BoardPage {
    frame: Frame,
    view: BoardView,
}

pub(crate) async fn show(State(web): State<Web>, seat: Seat, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let query = Fields::decode(query.as_deref().unwrap_or_default());
    let as_of = as_of(&query)?;
    let view = {
        let seen = web.seen(&seat.ctx, as_of).await?;
        if !seat.sees_verdicts(seen.evaluator()) {
            return Err(Problem::forbidden());
        }
        let board = web.board(&seen);
        BoardView::make(seat.words(), &board, seen.evaluator(), &query, seat.ctx.today())
    };
    let frame = Frame::new(&web, &seat, seat.words().say("board-title"), Some(Place::Board));
    html(&BoardPage { frame, view })
}

/// Reads the day asked for; an empty one is today.
pub(crate) fn as_of(query: &Fields) -> Result<Option<Day>, Problem> {
    query.get("as_of").map(|text| Day::parse(text).ok_or_else(Problem::bad_request)).transpose()
}
