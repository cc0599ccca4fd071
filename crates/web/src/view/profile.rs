//! The profile: questions about the hospital, their answers, and what the records say by themselves.

use akashi_domain::authz::Action;
use akashi_domain::expr::Tri;
use akashi_domain::register::Register;
use akashi_domain::verdict::{Evaluator, FactState, FactWhy};
use akashi_domain::{Value, Version};

use super::eyes::Eyes;
use super::item::Link;
use super::read::Faults;
use crate::guard::form::Fields;
use crate::guard::seat::Seat;

pub(crate) struct ProfileView {
    pub(crate) questions: Vec<Question>,
    pub(crate) open: usize,
    pub(crate) all: usize,
    /// Only unanswered ones are shown.
    pub(crate) only_open: bool,
    pub(crate) answers: bool,
    /// Who confirms, as typed or as the account says.
    pub(crate) by: String,
    pub(crate) by_fault: Option<String>,
    pub(crate) people: Vec<String>,
    pub(crate) faults: usize,
}

pub(crate) struct Question {
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) asks: String,
    /// `yes`, `no` or `unknown`.
    pub(crate) state: &'static str,
    pub(crate) state_label: String,
    pub(crate) because: String,
    /// Records contradict the answer.
    pub(crate) against: bool,
    pub(crate) items: Vec<Link>,
    /// `yes`, `no` or nothing.
    pub(crate) answer: String,
    pub(crate) basis: String,
    pub(crate) confirmed: Option<String>,
    pub(crate) fault: Option<String>,
}

/// What was sent, when the page is shown again with faults.
#[derive(Default)]
pub(crate) struct Sent {
    pub(crate) fields: Option<Fields>,
    pub(crate) faults: Faults,
}

impl ProfileView {
    pub(crate) fn make(seat: &Seat, evaluator: &Evaluator, only_open: bool, sent: &Sent) -> ProfileView {
        let facts = &evaluator.catalog().facts;
        let open = |key: &str| evaluator.facts().get(key).is_some_and(|f| f.value == Tri::Unknown);
        let shown = facts.iter().filter(|f| !only_open || open(&f.key) || sent.faults.of(&f.key).is_some());
        let profile = evaluator.catalog().register_ix("profile");
        ProfileView {
            questions: shown.map(|f| question(seat, evaluator, f, sent)).collect(),
            open: facts.iter().filter(|f| open(&f.key)).count(),
            all: facts.len(),
            only_open,
            answers: profile.is_some_and(|ix| seat.may(evaluator, Action::Edit, ix, None)),
            by: sent.fields.as_ref().and_then(|f| f.get("by")).map_or_else(|| myself(seat, evaluator), String::from),
            by_fault: sent.faults.of("by"),
            people: people(seat, evaluator),
            faults: sent.faults.0.len(),
        }
    }
}

fn question(seat: &Seat, evaluator: &Evaluator, fact: &akashi_domain::catalog::Fact, sent: &Sent) -> Question {
    let (words, catalog) = (seat.words(), evaluator.catalog());
    let state = evaluator.facts().get(&fact.key);
    let given = catalog.register_by_key("profile").and_then(|r| Some((r, answer(evaluator, &fact.key)?)));
    let sent_as = |name: &str| {
        sent.fields.as_ref().map(|f| f.get(&format!("{name}.{}", fact.key)).unwrap_or_default().to_owned())
    };
    let key = state.map_or("unknown", |s| state_key(s.value));
    Question {
        key: fact.key.clone(),
        title: fact.title.get(words.0).to_owned(),
        asks: fact.asks.get(words.0).to_owned(),
        state: key,
        state_label: words.say(&format!("answer-{key}")),
        because: state.map_or_else(String::new, |s| s.because(&fact.title).get(words.0).to_owned()),
        against: state.is_some_and(|s| matches!(s.why, FactWhy::Implied { against_answer: true, .. })),
        items: fact
            .items
            .iter()
            .filter(|id| catalog.item(id).is_some())
            .map(|id| Link { href: format!("/items/{id}"), label: id.clone() })
            .collect(),
        answer: sent_as("a").unwrap_or_else(|| given.map_or_else(String::new, |(r, v)| said(r, v))),
        basis: sent_as("b").unwrap_or_else(|| given.map_or_else(String::new, |(r, v)| text(v.get(r, "basis")))),
        confirmed: given.map(|(r, v)| confirmed(seat, evaluator, r, v)),
        fault: sent.faults.of(&fact.key),
    }
}

fn state_key(value: Tri) -> &'static str {
    match value {
        Tri::True => "yes",
        Tri::False => "no",
        Tri::Unknown => "unknown",
    }
}

/// Returns the record that answers a question.
pub(crate) fn answer<'a>(evaluator: &'a Evaluator, fact: &str) -> Option<&'a Version> {
    let register = evaluator.catalog().register_by_key("profile")?;
    let rows = evaluator.view().rows_of("profile").iter();
    let named = rows.filter(|v| matches!(v.get(register, "fact"), Value::Text(t) if **t == *fact));
    named.filter(|v| *v.state != *"superseded").max_by_key(|v| v.recorded_at).map(|v| &**v)
}

/// Returns `yes`, `no` or nothing.
pub(crate) fn said(register: &Register, version: &Version) -> String {
    match version.get(register, "answer") {
        Value::YesNo(true) => "yes".into(),
        Value::YesNo(false) => "no".into(),
        _ => String::new(),
    }
}

/// Tells whether an answer is the one in force, so that sending it again changes nothing.
pub(crate) fn is_current(state: Option<&FactState>) -> bool {
    state.is_some_and(|s| matches!(s.why, FactWhy::Answered { .. } | FactWhy::Implied { .. }))
}

pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Text(t) | Value::Unclear(t) => t.to_string(),
        _ => String::new(),
    }
}

fn confirmed(seat: &Seat, evaluator: &Evaluator, register: &Register, version: &Version) -> String {
    let eyes = Eyes::new(seat, evaluator);
    let cell = |key: &str| {
        let field = register.field(key);
        field.map_or_else(String::new, |f| eyes.words(version.get(register, key), f))
    };
    seat.words().with("profile-confirmed", &[("by", &cell("confirmed_by")), ("on", &cell("confirmed_on"))])
}

fn myself(seat: &Seat, evaluator: &Evaluator) -> String {
    let (view, eyes) = (evaluator.view(), Eyes::new(seat, evaluator));
    let me = seat.ctx.actor.person.and_then(|id| view.get(id));
    me.map_or_else(String::new, |v| eyes.titled(v))
}

fn people(seat: &Seat, evaluator: &Evaluator) -> Vec<String> {
    const OFFERED: usize = 300;
    let (view, eyes) = (evaluator.view(), Eyes::new(seat, evaluator));
    let readable = evaluator.catalog().register_ix("personnel").filter(|ix| seat.reads(evaluator, *ix));
    let rows = readable.map_or(&[][..], |ix| view.rows(ix)).iter().filter(|v| view.is_live(v));
    rows.take(OFFERED).map(|v| eyes.titled(v)).collect()
}
