//! Adding an anchor and changing one by a form: what was sent is kept while something in it cannot be used.

use akashi_app::anchor::{self, Anchor, Change, Kind, NewAnchor, Part, Terms, may_keep};
use akashi_domain::RecordId;
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::guard::form::{Fields, Posted, Upload};
use crate::guard::seat::Seat;
use crate::problem::{Problem, html, html_with};
use crate::state::Web;
use crate::view::anchor_form::{AnchorForm, Sent};
use crate::view::frame::{Frame, Place};
use crate::view::read::Faults;

#[derive(Template)]
#[template(path = "anchor.html")]
struct FormPage {
    frame: Frame,
    view: AnchorForm,
}

pub(crate) async fn offer(State(web): State<Web>, seat: Seat, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    allow(&seat)?;
    let query = Fields::decode(query.as_deref().unwrap_or_default());
    let kind = query.get("kind").and_then(Kind::parse).unwrap_or(Kind::Tsa);
    html(&page(&web, &seat, kind, None, Sent::of_kind(kind), Faults::default()).await?)
}

pub(crate) async fn edit(State(web): State<Web>, seat: Seat, Path(id): Path<String>) -> Result<Response, Problem> {
    allow(&seat)?;
    let anchor = find(&web, &id).await?;
    let sent = Sent::of(&anchor);
    html(&page(&web, &seat, anchor.kind, Some(&anchor), sent, Faults::default()).await?)
}

pub(crate) async fn add(State(web): State<Web>, posted: Posted) -> Result<Response, Problem> {
    let Posted { seat, fields, uploads } = posted;
    allow(&seat)?;
    let kind = fields.get("kind").and_then(Kind::parse).ok_or_else(Problem::bad_request)?;
    let (sent, asked, mut faults) = read(&seat, kind, &fields, &uploads);
    let wrong = web.app().anchor_faults(&seat.ctx, &asked, None).await?;
    note(&seat, wrong, &mut faults);
    if !faults.0.is_empty() {
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page(&web, &seat, kind, None, sent, faults).await?);
    }
    web.app().add_anchor(&seat.ctx, asked).await?;
    Ok(Redirect::to("/anchors?done=anchor-added").into_response())
}

pub(crate) async fn change(
    State(web): State<Web>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let Posted { seat, fields, uploads } = posted;
    allow(&seat)?;
    let anchor = find(&web, &id).await?;
    let (sent, mut asked, mut faults) = read(&seat, anchor.kind, &fields, &uploads);
    let more = Some(std::mem::take(&mut asked.trust)).filter(|more| !more.is_empty());
    asked.trust = more.clone().unwrap_or_else(|| anchor.trust.clone());
    let wrong = web.app().anchor_faults(&seat.ctx, &asked, Some(anchor.id)).await?;
    note(&seat, wrong, &mut faults);
    if !faults.0.is_empty() {
        let page = page(&web, &seat, anchor.kind, Some(&anchor), sent, faults).await?;
        return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let NewAnchor { name, url, terms, .. } = asked;
    let enabled = Some(sent.enabled);
    let change = Change { name: Some(name), url: Some(url), trust: more, terms: Some(terms), enabled };
    web.app().change_anchor(&seat.ctx, &anchor.name, change).await?;
    Ok(Redirect::to("/anchors?done=anchor-changed").into_response())
}

fn allow(seat: &Seat) -> Result<(), Problem> {
    if may_keep(&seat.ctx.actor) { Ok(()) } else { Err(Problem::forbidden()) }
}

async fn find(web: &Web, id: &str) -> Result<Anchor, Problem> {
    let id = RecordId::parse(id).ok_or_else(Problem::not_found)?;
    let anchors = web.app().anchors().await?;
    anchors.into_iter().find(|anchor| anchor.id == id).ok_or_else(Problem::not_found)
}

async fn page(
    web: &Web,
    seat: &Seat,
    kind: Kind,
    anchor: Option<&Anchor>,
    sent: Sent,
    faults: Faults,
) -> Result<FormPage, Problem> {
    let keys = if kind == Kind::Witness { web.app().log_keys().await? } else { String::new() };
    let view = AnchorForm::make(seat.words(), kind, anchor, sent, &faults, keys);
    let frame = Frame::new(web, seat, view.title.clone(), Some(Place::Anchors));
    Ok(FormPage { frame, view })
}

/// What was sent, as text for the form and as what is asked for. Numbers that cannot be read are faults; the rest is judged
/// by the use case.
fn read(seat: &Seat, kind: Kind, fields: &Fields, uploads: &[Upload]) -> (Sent, NewAnchor, Faults) {
    let (words, mut faults) = (seat.words(), Faults::default());
    let mut sent = Sent::read(fields);
    let pasted = Some(sent.trust.as_bytes()).filter(|text| !text.is_empty());
    let mut trust = Vec::new();
    for given in pasted.into_iter().chain(uploads.first().map(|file| &file.bytes[..])) {
        match anchor::read_trust(kind, given) {
            Ok(text) => trust.push(text),
            Err(what) => faults.0.push(("trust".into(), what.get(words.0).to_owned())),
        }
    }
    let trust = trust.join("\n");
    if faults.0.is_empty() {
        // A file need not be chosen again where something else is wrong.
        sent.trust.clone_from(&trust);
    }
    let usual = Terms::default_of(kind);
    let every_minutes = sent.every.parse().ok().filter(|n| *n > 0);
    let after_entries = sent.after.parse().ok().filter(|n| *n > 0);
    for (name, bad) in [("every", every_minutes.is_none()), ("after", after_entries.is_none())] {
        faults.0.extend(bad.then(|| (name.to_owned(), words.say("anchor-needs-number"))));
    }
    let terms = Terms {
        every_minutes: every_minutes.unwrap_or(usual.every_minutes),
        after_entries: after_entries.unwrap_or(usual.after_entries),
        policy: Some(sent.policy.clone()).filter(|policy| !policy.is_empty()),
    };
    let asked = NewAnchor { kind, name: sent.name.clone(), url: sent.url.clone(), trust, terms };
    (sent, asked, faults)
}

/// At the control of each part; one that has a fault already keeps it.
fn note(seat: &Seat, wrong: Vec<anchor::Wrong>, faults: &mut Faults) {
    for one in wrong {
        let name = match one.part {
            Part::Name => "name",
            Part::Url => "url",
            Part::Trust => "trust",
            Part::Every => "every",
            Part::Policy => "policy",
        };
        if faults.of(name).is_none() {
            faults.0.push((name.to_owned(), one.what.get(seat.words().0).to_owned()));
        }
    }
}
