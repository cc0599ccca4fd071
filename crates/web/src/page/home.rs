//! The home page.

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use crate::guard::seat::Seat;
use crate::problem::{Problem, html};
use crate::state::Web;
use crate::view::frame::{Frame, Place};
use crate::view::home::{HomeView, Sources};

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    view: HomeView,
}

pub(crate) async fn show(State(web): State<Web>, seat: Seat) -> Result<Response, Problem> {
    web.note_turns(&seat.ctx).await?;
    let drafts = web.app().drafts(seat.account).await?;
    let concerns = web.app().concerns(&seat.ctx).await?;
    let view = {
        let seen = web.seen(&seat.ctx, None).await?;
        let board = web.board(&seen);
        let evaluator = seen.evaluator();
        HomeView::make(&Sources { seat: &seat, evaluator, board: &board, drafts: &drafts, concerns: &concerns })
    };
    html(&HomePage { frame: Frame::new(&web, &seat, seat.words().say("home-title"), Some(Place::Home)), view })
}
