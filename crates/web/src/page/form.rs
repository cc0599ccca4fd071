//! Making and changing records, and the drafts of both.

use akashi_app::command::{Done, Put, new_id};
use akashi_app::past::Draft;
use akashi_app::{AppError, Live};
use akashi_domain::authz::Action;
use akashi_domain::register::Register;
use akashi_domain::verdict::explain::instant;
use akashi_domain::{FileRef, RecordId, Version};
use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;

use crate::guard::form::{Fields, Posted, TOKEN, Upload};
use crate::guard::seat::Seat;
use crate::page::again::AGAIN;
use crate::problem::{Problem, html_with};
use crate::state::Web;
use crate::view::eyes::Eyes;
use crate::view::form::{FormView, Sources, Widget, raw};
use crate::view::frame::{Frame, Place};
use crate::view::read::{Faults, Read, Reader};

#[derive(Template)]
#[template(path = "form.html")]
struct FormPage {
    frame: Frame,
    view: FormView,
}

/// Which record of which register a form is about.
struct Subject {
    key: String,
    record: Option<RecordId>,
}

pub(crate) async fn blank(
    State(web): State<Web>,
    seat: Seat,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Fields::decode(query.as_deref().unwrap_or_default());
    open(&web, &seat, Subject { key, record: None }, query).await
}

pub(crate) async fn edit(
    State(web): State<Web>,
    seat: Seat,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Fields::decode(query.as_deref().unwrap_or_default());
    let subject = subject(&web, &seat, &id).await?;
    open(&web, &seat, subject, query).await
}

async fn subject(web: &Web, seat: &Seat, id: &str) -> Result<Subject, Problem> {
    let id = RecordId::parse(id).ok_or_else(Problem::not_found)?;
    let live = web.app().live(seat.ctx.now).await?;
    let version = live.world.latest(id).ok_or_else(Problem::not_found)?;
    Ok(Subject { key: web.app().catalog().register(version.register).key.clone(), record: Some(id) })
}

async fn open(web: &Web, seat: &Seat, subject: Subject, query: Fields) -> Result<Response, Problem> {
    let draft = web
        .app()
        .drafts(seat.account)
        .await?
        .into_iter()
        .find(|d| d.register == subject.key && d.record == subject.record);
    let taken = query.has("draft").then(|| draft.as_ref().map(kept)).flatten();
    let waiting = draft.filter(|_| taken.is_none()).map(|d| instant(d.at));
    let sent = taken.or_else(|| subject.record.is_none().then_some(query));
    show(web, seat, &subject, Shown { sent, draft: waiting, ..Shown::default() }).await
}

/// How a form is shown again.
#[derive(Default)]
struct Shown {
    /// What was typed; none: as stored.
    sent: Option<Fields>,
    faults: Faults,
    draft: Option<String>,
    conflict: bool,
}

async fn show(web: &Web, seat: &Seat, subject: &Subject, shown: Shown) -> Result<Response, Problem> {
    let status = match (shown.conflict, shown.faults.0.is_empty()) {
        (true, _) => StatusCode::CONFLICT,
        (_, false) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::OK,
    };
    let view = {
        let live = web.app().live(seat.ctx.now).await?;
        let evaluator = &live.evaluator;
        let (register, version) = open_to(seat, &live, subject)?;
        let eyes = Eyes::new(seat, evaluator);
        let seen = version.map(|v| raw(&eyes, register, v)).unwrap_or_default();
        let typed = shown.sent.as_ref().unwrap_or(&seen);
        let sources = Sources { eyes: &eyes, register, version, raw: typed, faults: &shown.faults };
        let mut view = FormView::make(&sources);
        view.draft = shown.draft;
        view.conflict = shown.conflict;
        // A draft or a form with faults stays at the revision it was made from; after a conflict the newest is accepted.
        if let Some(rev) = typed.get("rev").and_then(|r| r.parse().ok()).filter(|_| !shown.conflict) {
            view.rev = rev;
        }
        if let (true, Some(version), Some(base)) =
            (shown.conflict, version, typed.get("rev").and_then(|r| r.parse().ok()))
        {
            view.meanwhile = crate::view::past::since(&eyes, &live.world, version.id, base);
        }
        view
    };
    let words = seat.words();
    let title = match &view.record {
        Some(record) => words.with("form-edit-title", &[("name", &record.label)]),
        None => words.with("form-new-title", &[("register", &view.register.label)]),
    };
    html_with(status, &FormPage { frame: Frame::new(web, seat, title, Some(Place::Registers)), view })
}

/// The register and the newest version a form is about, for whoever may change them.
fn open_to<'a>(seat: &Seat, live: &'a Live, subject: &Subject) -> Result<(&'a Register, Option<&'a Version>), Problem> {
    let evaluator = &live.evaluator;
    let ix = evaluator.catalog().register_ix(&subject.key).ok_or_else(Problem::not_found)?;
    let version =
        subject.record.map(|id| live.world.latest(id).ok_or_else(Problem::not_found)).transpose()?.map(|v| &**v);
    let action = if version.is_some() { Action::Edit } else { Action::Create };
    if !seat.may(evaluator, action, ix, version) || version.is_some_and(|v| v.disposed) {
        return Err(if seat.reads(evaluator, ix) { Problem::forbidden() } else { Problem::not_found() });
    }
    Ok((evaluator.catalog().register(ix), version))
}

pub(crate) async fn create(
    State(web): State<Web>,
    Path(key): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    sent(&web, Subject { key, record: None }, posted).await
}

pub(crate) async fn change(
    State(web): State<Web>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let subject = subject(&web, &posted.seat, &id).await?;
    sent(&web, subject, posted).await
}

async fn sent(web: &Web, subject: Subject, posted: Posted) -> Result<Response, Problem> {
    let Posted { seat, mut fields, uploads } = posted;
    // Before anything is kept, be it a draft or a file.
    open_to(&seat, &*web.app().live(seat.ctx.now).await?, &subject)?;
    let button = fields.get("as").unwrap_or("save").to_owned();
    fields.0.retain(|(n, _)| n != TOKEN && n != "as");
    if button == "draft" {
        return keep_draft(web, &seat, &subject, &fields).await;
    }
    if button == AGAIN {
        return show(web, &seat, &subject, Shown { sent: Some(fields), ..Shown::default() }).await;
    }
    if let Some(key) = button.strip_prefix("rows:") {
        add_blanks(&mut fields, key);
        return show(web, &seat, &subject, Shown { sent: Some(fields), ..Shown::default() }).await;
    }
    let read = read(web, &seat, &subject, &fields, uploads).await?;
    if !read.faults.0.is_empty() {
        return show(web, &seat, &subject, Shown { sent: Some(fields), faults: read.faults, ..Shown::default() }).await;
    }
    match save(web, &seat, &subject, &fields, read).await {
        Ok(done) => {
            web.app().drop_draft(seat.account, &subject.key, subject.record).await?;
            let what = if done.changed { "saved" } else { "unchanged" };
            Ok(Redirect::to(&format!("/records/{}?done={what}", done.record)).into_response())
        }
        Err(e) if e.is_conflict() => {
            show(web, &seat, &subject, Shown { sent: Some(fields), conflict: true, ..Shown::default() }).await
        }
        Err(e) => Err(e.into()),
    }
}

async fn read(
    web: &Web,
    seat: &Seat,
    subject: &Subject,
    fields: &Fields,
    uploads: Vec<Upload>,
) -> Result<Read, Problem> {
    let mut files: Vec<(String, FileRef)> = Vec::new();
    for upload in uploads {
        files.push((upload.field, web.app().keep_file(&upload.name, upload.bytes, seat.ctx.now).await?));
    }
    let live = web.app().live(seat.ctx.now).await?;
    let register = live.evaluator.catalog().register_by_key(&subject.key).ok_or_else(Problem::not_found)?;
    let rev = fields.get("rev").and_then(|r| r.parse::<u32>().ok()).unwrap_or(0);
    // What was not touched is told by comparing with the revision the form was made from.
    let base = |id: RecordId| live.world.history(id).iter().find(|v| v.rev == rev).or_else(|| live.world.latest(id));
    let version: Option<&Version> = subject.record.and_then(base).map(|v| &**v);
    let new_id = || new_id(seat.ctx.now);
    let eyes = Eyes::new(seat, &live.evaluator);
    Ok(Reader { eyes: &eyes, register, version, sent: fields, files: &files, new_id: &new_id }.read())
}

async fn save(web: &Web, seat: &Seat, subject: &Subject, fields: &Fields, read: Read) -> Result<Done, AppError> {
    let register = web.app().catalog().register_ix(&subject.key);
    let register = register.ok_or_else(|| AppError::not_found("この台帳はありません", "There is no such register"))?;
    let expected = fields.get("rev").and_then(|r| r.parse().ok()).unwrap_or(0);
    let reason = fields.get("reason").map(String::from);
    let put =
        Put { register, record: subject.record, expected, values: read.values, valid_from: read.valid_from, reason };
    web.app().put(&seat.ctx, put).await
}

fn add_blanks(fields: &mut Fields, key: &str) {
    let name = format!("blank.{key}");
    let now = fields.get(&name).and_then(|n| n.parse::<usize>().ok()).unwrap_or(1);
    fields.0.retain(|(n, _)| *n != name);
    fields.0.push((name, (now + 3).min(100).to_string()));
}

async fn keep_draft(web: &Web, seat: &Seat, subject: &Subject, fields: &Fields) -> Result<Response, Problem> {
    let pairs: Vec<_> = fields.0.iter().map(|(n, v)| json!([n, v])).collect();
    web.app().save_draft(&seat.ctx, seat.account, &subject.key, subject.record, pairs.into()).await?;
    let path = match subject.record {
        Some(id) => format!("/records/{id}/edit"),
        None => format!("/registers/{}/new", subject.key),
    };
    Ok(Redirect::to(&format!("{path}?draft=1&done=draft")).into_response())
}

fn kept(draft: &Draft) -> Fields {
    serde_json::from_value(draft.body.clone()).map(Fields).unwrap_or_default()
}

pub(crate) async fn drop_draft(State(web): State<Web>, posted: Posted) -> Result<Response, Problem> {
    let register = posted.fields.get("register").unwrap_or_default();
    let record = posted.fields.get("record").and_then(RecordId::parse);
    web.app().drop_draft(posted.seat.account, register, record).await?;
    Ok(Redirect::to("/?done=dropped").into_response())
}
