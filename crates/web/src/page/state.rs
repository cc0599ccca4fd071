//! The state of the installation, as a page and as JSON for monitoring.

use akashi_app::anchor;
use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::guard::seat::Seat;
use crate::problem::{Problem, html};
use crate::state::Web;
use crate::view::frame::{Frame, Place};
use crate::view::state::StateView;

#[derive(Template)]
#[template(path = "state.html")]
struct StatePage {
    frame: Frame,
    view: StateView,
}

pub(crate) async fn show(State(web): State<Web>, seat: Seat) -> Result<Response, Problem> {
    let status = web.app().status(&seat.ctx).await?;
    let frame = Frame::new(&web, &seat, seat.words().say("state-title"), Some(Place::State));
    let to_anchors = anchor::may_read(&seat.ctx.actor);
    html(&StatePage { frame, view: StateView::make(seat.words(), &status, to_anchors) })
}

/// What `akashi status --json` prints.
pub(crate) async fn json(State(web): State<Web>, seat: Seat) -> Result<Response, Problem> {
    Ok(Json(web.app().status(&seat.ctx).await?).into_response())
}
