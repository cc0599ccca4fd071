//! The home page: the few things to do today, counts, what lapses next, and the way in for a new hospital.

use akashi_app::past::Draft;
use akashi_app::status::Concern;
use akashi_domain::authz::Action;
use akashi_domain::cond::days;
use akashi_domain::expr::Tri;
use akashi_domain::register::{FieldKind, Register};
use akashi_domain::verdict::Evaluator;
use akashi_domain::verdict::explain::instant;
use akashi_domain::{RegisterIx, Version};

use super::chip::{self, Chip, Lapse};
use super::eyes::Eyes;
use super::finding;
use super::link::encode;
use crate::board::Board;
use crate::guard::seat::Seat;
use crate::words::Words;

pub(crate) struct HomeView {
    pub(crate) today: String,
    pub(crate) first_run: Option<FirstRun>,
    pub(crate) tasks: Vec<Task>,
    /// None for who does not see verdicts.
    pub(crate) verdicts: Option<Verdicts>,
    pub(crate) findings: Vec<finding::Line>,
    pub(crate) drafts: Vec<DraftLine>,
}

/// The way from a hospital's Excel files to the first verdicts.
pub(crate) struct FirstRun {
    pub(crate) steps: Vec<Step>,
    pub(crate) done: usize,
    /// Profile questions nobody answered.
    pub(crate) questions: usize,
}

pub(crate) struct Step {
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) about: String,
    pub(crate) rows: usize,
}

pub(crate) struct Task {
    /// `high`, `medium` or `low`: how pressing it is.
    pub(crate) kind: &'static str,
    pub(crate) kind_label: String,
    pub(crate) title: String,
    pub(crate) detail: String,
    pub(crate) href: String,
}

pub(crate) struct Verdicts {
    pub(crate) counts: Vec<super::board::Count>,
    pub(crate) parts: usize,
    pub(crate) lapses: Vec<LapseLine>,
}

pub(crate) struct LapseLine {
    pub(crate) href: String,
    pub(crate) item: String,
    pub(crate) says: String,
    pub(crate) lapse: Lapse,
}

pub(crate) struct DraftLine {
    pub(crate) title: String,
    pub(crate) at: String,
    pub(crate) href: String,
    pub(crate) register: String,
    pub(crate) record: String,
}

/// What the page is made from.
pub(crate) struct Sources<'a> {
    pub(crate) seat: &'a Seat,
    pub(crate) evaluator: &'a Evaluator,
    pub(crate) board: &'a Board,
    pub(crate) drafts: &'a [Draft],
    /// What is late in the installation itself, for those who keep it.
    pub(crate) concerns: &'a [Concern],
}

/// Lines of the lists on this page.
const LINES: usize = 6;

impl HomeView {
    pub(crate) fn make(s: &Sources) -> HomeView {
        let findings = finding::lines(s.seat, s.evaluator, None);
        let verdicts = s.seat.sees_verdicts(s.evaluator).then(|| verdicts(s));
        HomeView {
            today: super::long_day(s.seat.words(), s.board.as_of),
            first_run: first_run(s),
            tasks: tasks(s, &findings),
            verdicts,
            findings: findings.into_iter().take(LINES).collect(),
            drafts: s.drafts.iter().filter_map(|d| draft(s, d)).collect(),
        }
    }
}

fn first_run(s: &Sources) -> Option<FirstRun> {
    let catalog = s.evaluator.catalog();
    let mut starters: Vec<(u8, &Register, RegisterIx)> = catalog
        .registers
        .iter()
        .filter_map(|r| Some((r.starter?, r, catalog.register_ix(&r.key)?)))
        .filter(|(_, _, ix)| s.seat.may(s.evaluator, Action::Create, *ix, None))
        .collect();
    starters.sort_by_key(|(n, _, _)| *n);
    let step = |(_, r, ix): &(u8, &Register, RegisterIx)| Step {
        key: r.key.clone(),
        title: r.title.get(s.seat.ctx.lang).to_owned(),
        about: r.about.get(s.seat.ctx.lang).to_owned(),
        rows: s.evaluator.view().rows(*ix).len(),
    };
    let steps: Vec<Step> = starters.iter().map(step).collect();
    let done = steps.iter().filter(|s| s.rows > 0).count();
    let open = done < steps.len();
    open.then(|| FirstRun { done, questions: questions(s.evaluator), steps })
}

/// Profile questions whose answer nobody knows.
pub(crate) fn questions(evaluator: &Evaluator) -> usize {
    evaluator.facts().values().filter(|f| f.value == Tri::Unknown).count()
}

fn tasks(s: &Sources, findings: &[finding::Line]) -> Vec<Task> {
    let mut out = waiting(s);
    out.extend(overdue(s));
    out.extend(grave(s, findings));
    if s.seat.sees_verdicts(s.evaluator) {
        out.extend([30, 90].into_iter().filter_map(|days| lapsing(s, days)));
    }
    out.extend(open_questions(s));
    out.extend(s.concerns.iter().map(|c| concern(s, c)));
    out.sort_by_key(|t| ["high", "medium", "low"].iter().position(|k| *k == t.kind));
    out
}

fn task(words: Words, kind: &'static str, title: String, detail: String, href: String) -> Task {
    Task { kind, kind_label: words.say(&format!("task-{kind}")), title, detail, href }
}

/// Records in a state that only this person's role can move on, written by somebody else.
fn waiting(s: &Sources) -> Vec<Task> {
    let words = s.seat.words();
    let mut out = Vec::new();
    for (ix, register) in open_to(s, Action::Move) {
        for state in register.states.iter().filter(|st| st.tone == "active" && *st.key != *register.initial) {
            let mine = register.moves.iter().filter(|m| m.from.contains(&state.key));
            let mut mine = mine.filter(|m| m.by.len() == 1 && m.by.iter().any(|r| s.seat.ctx.actor.is(r)));
            if mine.next().is_none() {
                continue;
            }
            let rows = s.evaluator.view().rows(ix).iter();
            let n = rows.filter(|v| *v.state == *state.key && *v.author != *s.seat.ctx.actor.pseudonym).count();
            if n > 0 {
                let named = [("register", register.title.get(words.0)), ("state", state.title.get(words.0))];
                let href = format!("/registers/{}?state={}", register.key, encode(&state.key));
                out.push(task(words, "high", words.with("task-waiting", &named), words.count("count-rows", n), href));
            }
        }
    }
    out
}

/// Registers in which the reader may do something.
fn open_to<'a>(s: &'a Sources, action: Action) -> impl Iterator<Item = (RegisterIx, &'a Register)> {
    let registers = s.evaluator.catalog().registers.iter().enumerate();
    registers
        .map(|(ix, r)| (RegisterIx(ix as u16), r))
        .filter(move |(ix, _)| s.seat.may(s.evaluator, action, *ix, None))
}

/// Records past their due day or their next review, by register.
fn overdue(s: &Sources) -> Vec<Task> {
    let words = s.seat.words();
    let mut out = Vec::new();
    for (ix, register) in open_to(s, Action::Edit) {
        for (key, title) in [("due", "task-overdue"), ("next_review", "task-review")] {
            let Some(slot) = register.field_ix(key).filter(|ix| matches!(register.slot(*ix).kind, FieldKind::Date))
            else {
                continue;
            };
            let open = |v: &Version| match key {
                "due" => register.state(&v.state).is_some_and(|st| st.tone == "active" || st.tone == "warn"),
                _ => register.is_live(&v.state),
            };
            let past = |v: &Version| days(v.cell(slot)).is_some_and(|d| d.1 < s.board.as_of);
            let n = s.evaluator.view().rows(ix).iter().filter(|v| open(v) && past(v)).count();
            if n > 0 {
                let href = format!("/registers/{}?state=all&sort={key}", register.key);
                let title = words.with(title, &[("register", register.title.get(words.0))]);
                out.push(task(words, "high", title, words.count("count-rows", n), href));
            }
        }
    }
    out
}

/// All grave findings are one task; the page lists them further down.
fn grave(s: &Sources, findings: &[finding::Line]) -> Option<Task> {
    let words = s.seat.words();
    let grave: Vec<_> = findings.iter().filter(|f| f.severity == "high").collect();
    let rows = grave.iter().map(|f| f.n).sum();
    (rows > 0).then(|| {
        let title = words.count("task-findings", grave.len());
        task(words, "high", title, words.count("count-rows", rows), "/findings".into())
    })
}

fn lapsing(s: &Sources, within: i32) -> Option<Task> {
    let words = s.seat.words();
    let n = s.board.faces.iter().filter(|f| s.board.lapses_within(f, within)).count();
    let (kind, shown) = (if within <= 30 { "medium" } else { "low" }, within.to_string());
    (n > 0).then(|| {
        let title = words.with("task-lapsing", &[("days", &shown)]);
        task(words, kind, title, words.count("count-parts", n), format!("/board?l={within}"))
    })
}

/// Something about the installation; the page of its state tells what to do.
fn concern(s: &Sources, concern: &Concern) -> Task {
    let words = s.seat.words();
    let what = concern.what.get(words.0).to_owned();
    task(words, super::state::level(concern.level), what, words.say("nav-state"), "/state".into())
}

fn open_questions(s: &Sources) -> Option<Task> {
    let words = s.seat.words();
    let profile = s.evaluator.catalog().register_ix("profile")?;
    let n = questions(s.evaluator);
    let mine = n > 0 && s.seat.may(s.evaluator, Action::Edit, profile, None);
    mine.then(|| {
        task(words, "medium", words.say("task-questions"), words.count("count-questions", n), "/profile?open=1".into())
    })
}

fn verdicts(s: &Sources) -> Verdicts {
    let words = s.seat.words();
    let mut at = 0;
    let count = |value| {
        let n = s.board.count(value);
        let begin = at;
        at += n;
        let href = format!("/board?v={}", chip::key(value));
        super::board::Count { chip: Chip::plain(words, value), n, at: begin, href, current: false }
    };
    let counts = chip::ALL.into_iter().map(count).collect();
    Verdicts { counts, parts: s.board.faces.len(), lapses: lapses(s) }
}

fn lapses(s: &Sources) -> Vec<LapseLine> {
    let words = s.seat.words();
    let mut next: Vec<_> = s.board.faces.iter().enumerate().filter_map(|(ix, f)| Some((f.lapses_at?, ix))).collect();
    next.sort_unstable();
    let line = |(day, ix): (akashi_domain::Day, usize)| {
        let plan = &s.evaluator.program().parts[ix];
        let item = s.evaluator.item(plan);
        LapseLine {
            href: format!("/items/{}#part-{}", item.id, plan.part + 1),
            item: item.id.clone(),
            says: item.parts[plan.part].says.get(words.0).to_owned(),
            lapse: Lapse::of(words, day, s.board.as_of),
        }
    };
    next.into_iter().take(LINES).map(line).collect()
}

fn draft(s: &Sources, draft: &Draft) -> Option<DraftLine> {
    let register = s.evaluator.catalog().register_by_key(&draft.register)?;
    let (lang, view) = (s.seat.ctx.lang, s.evaluator.view());
    let name = match draft.record {
        Some(id) => view.get(id).map(|v| Eyes::new(s.seat, s.evaluator).titled(v))?,
        None => s.seat.words().say("draft-new"),
    };
    Some(DraftLine {
        title: format!("{} — {name}", register.title.get(lang)),
        at: instant(draft.at),
        href: match draft.record {
            Some(id) => format!("/records/{id}/edit?draft=1"),
            None => format!("/registers/{}/new?draft=1", register.key),
        },
        register: draft.register.clone(),
        record: draft.record.map_or_else(String::new, |id| id.to_string()),
    })
}
