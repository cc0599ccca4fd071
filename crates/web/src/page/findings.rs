//! Findings: all rules, and the rows of one.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;

use crate::guard::form::Fields;
use crate::guard::seat::Seat;
use crate::problem::{Problem, html};
use crate::state::Web;
use crate::view::finding::{self, FindingView, Line};
use crate::view::frame::{Frame, Place};

#[derive(Template)]
#[template(path = "findings.html")]
struct FindingsPage {
    frame: Frame,
    lines: Vec<Line>,
    quiet: Vec<String>,
}

pub(crate) async fn show(State(web): State<Web>, seat: Seat) -> Result<Response, Problem> {
    let (lines, quiet) = {
        let seen = web.seen(&seat.ctx, None).await?;
        (finding::lines(&seat, seen.evaluator(), None), finding::quiet(&seat, seen.evaluator()))
    };
    let frame = Frame::new(&web, &seat, seat.words().say("findings-title"), Some(Place::Findings));
    html(&FindingsPage { frame, lines, quiet })
}

#[derive(Template)]
#[template(path = "finding.html")]
struct FindingPage {
    frame: Frame,
    view: FindingView,
}

pub(crate) async fn one(
    State(web): State<Web>,
    seat: Seat,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Fields::decode(query.as_deref().unwrap_or_default());
    let view = {
        let seen = web.seen(&seat.ctx, None).await?;
        FindingView::make(&seat, seen.evaluator(), &key, &query).ok_or_else(Problem::not_found)?
    };
    let frame = Frame::new(&web, &seat, view.line.title.clone(), Some(Place::Findings));
    html(&FindingPage { frame, view })
}
