//! The board of all items, today or as of another day.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use crate::guard::form::Fields;
use crate::guard::seat::Seat;
use crate::problem::{Problem, html};
use crate::state::Web;
use crate::view::board::BoardView;
use crate::view::frame::{Frame, Place};
use crate::when::When;

#[derive(Template)]
#[template(path = "board.html")]
struct BoardPage {
    frame: Frame,
    view: BoardView,
}

pub(crate) async fn show(State(web): State<Web>, seat: Seat, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let query = Fields::decode(query.as_deref().unwrap_or_default());
    let when = When::read(&query)?;
    let view = {
        let seen = web.seen(&seat.ctx, when).await?;
        if !seat.sees_verdicts(seen.evaluator()) {
            return Err(Problem::forbidden());
        }
        let board = web.board(&seen);
        BoardView::make(seat.words(), &board, seen.evaluator(), &query, when, seat.ctx.today())
    };
    let frame = Frame::new(&web, &seat, seat.words().say("board-title"), Some(Place::Board));
    html(&BoardPage { frame, view })
}
