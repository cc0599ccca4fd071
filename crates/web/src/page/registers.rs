//! All registers.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;

use crate::guard::form::Fields;
use crate::guard::seat::Seat;
use crate::problem::{Problem, html};
use crate::state::Web;
use crate::view::frame::{Frame, Place};
use crate::view::registers::{Group, groups};

#[derive(Template)]
#[template(path = "registers.html")]
struct RegistersPage {
    frame: Frame,
    groups: Vec<Group>,
    hidden: usize,
    all: bool,
}

pub(crate) async fn show(State(web): State<Web>, seat: Seat, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let all = Fields::decode(query.as_deref().unwrap_or_default()).has("all");
    let (groups, hidden) = {
        let seen = web.seen(&seat.ctx, None).await?;
        groups(&seat, seen.evaluator(), all)
    };
    let frame = Frame::new(&web, &seat, seat.words().say("registers-title"), Some(Place::Registers));
    html(&RegistersPage { frame, groups, hidden, all })
}
