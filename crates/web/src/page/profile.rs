//! The profile questions and answering them.

use akashi_app::command::Put;
use akashi_domain::authz::Action;
use akashi_domain::register::Register;
use akashi_domain::text::fold;
use akashi_domain::verdict::Evaluator;
use akashi_domain::{Link, PartialDate, RecordId, RegisterIx, Value};
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::guard::form::{Fields, Posted};
use crate::guard::seat::Seat;
use crate::problem::{Problem, html, html_with};
use crate::state::Web;
use crate::view::eyes::Eyes;
use crate::view::frame::{Frame, Place};
use crate::view::profile::{self, ProfileView, Sent};
use crate::view::read::Faults;

#[derive(Template)]
#[template(path = "profile.html")]
struct ProfilePage {
    frame: Frame,
    view: ProfileView,
}

pub(crate) async fn show(State(web): State<Web>, seat: Seat, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let only_open = Fields::decode(query.as_deref().unwrap_or_default()).has("open");
    html(&page(&web, &seat, only_open, &Sent::default()).await?)
}

async fn page(web: &Web, seat: &Seat, only_open: bool, sent: &Sent) -> Result<ProfilePage, Problem> {
    let view = {
        let seen = web.seen(&seat.ctx, None).await?;
        let evaluator = seen.evaluator();
        let register = evaluator.catalog().register_ix("profile").ok_or_else(Problem::not_found)?;
        if !seat.reads(evaluator, register) {
            return Err(Problem::not_found());
        }
        ProfileView::make(seat, evaluator, only_open, sent)
    };
    Ok(ProfilePage { frame: Frame::new(web, seat, seat.words().say("profile-title"), Some(Place::Profile)), view })
}

/// An answer to write.
struct Answer {
    record: Option<RecordId>,
    rev: u32,
    confirmed: bool,
    values: Vec<(usize, Value)>,
}

pub(crate) async fn answer(State(web): State<Web>, posted: Posted) -> Result<Response, Problem> {
    let Posted { seat, fields, .. } = posted;
    let (register, read) = {
        let seen = web.seen(&seat.ctx, None).await?;
        let catalog = seen.evaluator().catalog();
        let ix = catalog.register_ix("profile").filter(|ix| seat.reads(seen.evaluator(), *ix));
        let ix = ix.ok_or_else(Problem::not_found)?;
        if !seat.may(seen.evaluator(), Action::Edit, ix, None) {
            return Err(Problem::forbidden());
        }
        (ix, read(&seat, seen.evaluator(), catalog.register(ix), &fields))
    };
    let answers = match read {
        Ok(answers) => answers,
        Err(faults) => {
            let only_open = fields.has("open");
            let page = page(&web, &seat, only_open, &Sent { fields: Some(fields), faults }).await?;
            return html_with(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let done = if answers.is_empty() { "unchanged" } else { "answered" };
    for answer in answers {
        write(&web, &seat, register, answer).await?;
    }
    Ok(Redirect::to(&format!("/profile?done={done}")).into_response())
}

async fn write(web: &Web, seat: &Seat, register: RegisterIx, answer: Answer) -> Result<(), Problem> {
    let put = Put {
        register,
        record: answer.record,
        expected: answer.rev,
        values: answer.values,
        valid_from: None,
        reason: None,
    };
    let done = web.app().put(&seat.ctx, put).await?;
    if !answer.confirmed {
        web.app().move_to(&seat.ctx, done.record, done.rev, "confirm", None).await?;
    }
    Ok(())
}

/// Reads the answers that differ from those in force; each needs a basis and a person of the personnel register.
fn read(seat: &Seat, evaluator: &Evaluator, register: &Register, fields: &Fields) -> Result<Vec<Answer>, Faults> {
    let words = seat.words();
    let mut faults = Faults::default();
    let (mut out, mut asked) = (Vec::new(), false);
    let by = fields.get("by").and_then(|text| person(evaluator, seat, text));
    for fact in &evaluator.catalog().facts {
        let Some(said) = fields.get(&format!("a.{}", fact.key)).filter(|a| matches!(*a, "yes" | "no")) else {
            continue;
        };
        let basis = fields.get(&format!("b.{}", fact.key)).unwrap_or_default();
        let given = profile::answer(evaluator, &fact.key);
        let same = given
            .is_some_and(|v| profile::said(register, v) == said && profile::text(v.get(register, "basis")) == basis);
        if same && profile::is_current(evaluator.facts().get(&fact.key)) {
            continue;
        }
        match (basis.is_empty(), by) {
            (true, _) => faults.0.push((fact.key.clone(), words.say("profile-needs-basis"))),
            (_, None) => asked = true,
            (false, Some(by)) => out.push(Answer {
                record: given.map(|v| v.id),
                rev: given.map_or(0, |v| v.rev),
                confirmed: given.is_some_and(|v| evaluator.view().is_live(v)),
                values: values(register, &fact.key, said == "yes", basis, by, PartialDate::of(seat.ctx.today())),
            }),
        }
    }
    if by.is_none() && (!faults.0.is_empty() || asked) {
        faults.0.push(("by".into(), words.say("profile-needs-person")));
    }
    if faults.0.is_empty() { Ok(out) } else { Err(faults) }
}

fn values(
    register: &Register,
    fact: &str,
    yes: bool,
    basis: &str,
    by: RecordId,
    on: PartialDate,
) -> Vec<(usize, Value)> {
    let all = [
        ("fact", Value::Text(fact.into())),
        ("answer", Value::YesNo(yes)),
        ("confirmed_by", Value::Link(Link::To(by))),
        ("confirmed_on", Value::Date(on)),
        ("basis", Value::Text(basis.into())),
    ];
    all.into_iter().filter_map(|(key, value)| Some((register.field_ix(key)?, value))).collect()
}

/// Returns the person whose code or name this is.
fn person(evaluator: &Evaluator, seat: &Seat, text: &str) -> Option<RecordId> {
    let view = evaluator.view();
    let rows = view.rows_of("personnel");
    let eyes = Eyes::new(seat, evaluator);
    let code = text.split_whitespace().next()?;
    let by_code = rows.iter().find(|v| *v.code == *code);
    let wanted = fold(text);
    let mut named = rows.iter().filter(|v| fold(&eyes.name(v)).contains(&wanted));
    let by_name = match (named.next(), named.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    };
    by_code.or(by_name).map(|v| v.id)
}
