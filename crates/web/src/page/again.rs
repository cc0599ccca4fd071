//! The page that gives back what was typed into a form that could not be taken, to be sent once more.

use akashi_app::Ctx;
use akashi_app::account::LoggedIn;
use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};

use crate::guard::kept::Kept;
use crate::guard::seat::Seat;
use crate::problem::{Problem, html};
use crate::state::Web;
use crate::view::frame::Frame;

/// The button that opens the form of a record again with what was typed, and saves nothing.
pub(crate) const AGAIN: &str = "again";

#[derive(Template)]
#[template(path = "again.html")]
pub(crate) struct AgainPage {
    frame: Frame,
    lead: String,
    kept: Kept,
    /// The form of a record is opened again; other forms are sent as they were.
    record: bool,
}

/// What whoever just logged in had typed before.
pub(crate) fn after_log_in(web: &Web, ctx: Ctx, done: &LoggedIn, kept: &Kept) -> Result<Response, Problem> {
    if done.account.must_change {
        return Ok(Redirect::to("/password").into_response());
    }
    let seat = Seat {
        ctx,
        account: done.account.id,
        login: done.account.login.clone(),
        must_change: false,
        token: done.token.clone(),
        here: "/".into(),
    };
    html(&AgainPage { lead: seat.words().say("again-ended"), ..page(web, &seat, kept)? })
}

/// What was typed on a page of an earlier session.
pub(crate) fn page(web: &Web, seat: &Seat, kept: &Kept) -> Result<AgainPage, Problem> {
    let words = seat.words();
    let mut frame = Frame::new(web, seat, words.say("again-title"), None);
    // Switching the language would lose what was typed.
    frame.here = String::new();
    let mut kept = kept.clone();
    let record = kept.is_record();
    if record {
        kept.fields.0.retain(|(name, _)| name != "as");
    }
    Ok(AgainPage { frame, lead: words.say("again-old"), kept, record })
}
