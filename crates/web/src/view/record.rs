//! One record: values by section, state and open moves, links both ways, reviews, source, past.

use std::sync::Arc;

use akashi_app::past::Deed;
use akashi_domain::authz::{self, Action, Refusal};
use akashi_domain::register::{Field, FieldKind, Move, Register};
use akashi_domain::verdict::Evaluator;
use akashi_domain::verdict::explain::instant;
use akashi_domain::{RecordId, RegisterIx, Value, Version, World};

use super::chip::StateChip;
use super::demand::{self, ClockView, DemandView};
use super::eyes::Eyes;
use super::item::Link;
use super::list::points_to;
use super::value::{Piece, Shower, Table};
use super::{finding, past};
use crate::words::Words;

pub(crate) struct RecordView {
    pub(crate) id: String,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) rev: u32,
    pub(crate) register: Link,
    pub(crate) state: StateChip,
    pub(crate) fields: Vec<FieldView>,
    pub(crate) tables: Vec<(String, Table)>,
    pub(crate) common: Vec<FieldView>,
    /// Titles of fields the present state asks for that are not filled.
    pub(crate) gaps: Vec<String>,
    pub(crate) demands: Vec<DemandView>,
    pub(crate) clocks: Vec<ClockView>,
    pub(crate) moves: Vec<MoveView>,
    pub(crate) closed: Vec<(String, String)>,
    pub(crate) edits: bool,
    pub(crate) back: Vec<Back>,
    pub(crate) extra: Vec<(String, String)>,
    pub(crate) source: Option<String>,
    pub(crate) facility: String,
    pub(crate) valid_from: Option<String>,
    pub(crate) changed: String,
    pub(crate) review: Option<String>,
    pub(crate) findings: Vec<Link>,
    pub(crate) past: Vec<past::Step>,
    pub(crate) disposed: bool,
    /// Under which approval and rule it was disposed of.
    pub(crate) gone: Option<String>,
    /// Where the approval that it went under is.
    pub(crate) approval: Option<String>,
    /// Of a disposal of records: where it goes on.
    pub(crate) disposal: Option<String>,
    pub(crate) digest: String,
}

pub(crate) struct FieldView {
    pub(crate) title: String,
    pub(crate) pieces: Vec<Piece>,
    /// The state asks for it and it is missing.
    pub(crate) gap: bool,
    pub(crate) long: bool,
}

pub(crate) struct MoveView {
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) to: StateChip,
}

/// Rows of one register that link here.
pub(crate) struct Back {
    pub(crate) register: Link,
    pub(crate) n: usize,
    pub(crate) rows: Vec<(Link, StateChip)>,
}

/// What the page is made from.
pub(crate) struct Sources<'a> {
    pub(crate) eyes: &'a Eyes<'a>,
    pub(crate) world: &'a World,
    pub(crate) deeds: &'a [Deed],
}

impl RecordView {
    /// Makes the page; none when there is no such record the reader may see.
    pub(crate) fn make(s: &Sources, id: RecordId) -> Option<RecordView> {
        let version = s.world.latest(id)?;
        let (seat, evaluator, words) = (s.eyes.seat, s.eyes.evaluator, s.eyes.seat.words());
        if !seat.may(evaluator, Action::Read, version.register, Some(version)) {
            return None;
        }
        let register = evaluator.catalog().register(version.register);
        let edits = !version.disposed && seat.may(evaluator, Action::Edit, version.register, Some(version));
        let shower = Shower { eyes: s.eyes, record: id, edits };
        let (moves, closed) = moves(s, register, version);
        let name = s.eyes.name(version);
        Some(RecordView {
            id: id.to_string(),
            code: version.code.to_string(),
            rev: version.rev,
            register: Link {
                href: format!("/registers/{}", register.key),
                label: register.title.get(words.0).to_owned(),
            },
            state: if version.disposed {
                StateChip::gone(words)
            } else {
                StateChip::of(words, register, &version.state)
            },
            fields: fields(&shower, register, version, false),
            tables: tables(&shower, register, version),
            common: fields(&shower, register, version, true),
            gaps: if version.disposed { Vec::new() } else { gaps(s.eyes, register, version) },
            demands: demand::demands(s.eyes, version),
            clocks: clocks(s, register, version),
            moves,
            closed,
            edits,
            back: back(s, register, id),
            extra: version.extra.iter().map(|(k, v)| (k.clone(), v.clone())).collect(),
            source: version.source.as_ref().map(|s| finding::source(words, s)),
            facility: version.facility.to_string(),
            valid_from: version.valid_from.map(|d| d.to_string()),
            changed: instant(version.recorded_at),
            review: review(s, register, &format!("{} {name}", version.code)),
            findings: findings(s, version),
            past: past::steps(s, register, id),
            disposed: version.disposed,
            gone: akashi_app::dispose::gone_label(evaluator, version).map(|l| l.get(words.0).to_owned()),
            approval: evaluator.view().gone(id).and_then(|g| g.approval).map(|a| format!("/records/{a}")),
            disposal: is_disposal(register, version).then(|| format!("/disposals/{id}")),
            digest: version.digest.chars().take(16).collect(),
            name,
        })
    }
}

/// Whether the row is a disposal of Akashi's own records, which has pages of its own.
fn is_disposal(register: &Register, version: &Version) -> bool {
    register.key == akashi_domain::retention::DISPOSAL && !version.get(register, "records").is_missing()
}

fn fields(shower: &Shower, register: &Register, version: &Version, common: bool) -> Vec<FieldView> {
    let declared = register.fields().iter().enumerate();
    let derived = register.derived.iter().enumerate().map(|(n, d)| (register.fields().len() + n, &d.field));
    let wanted = declared.filter(|(_, f)| f.common == common).chain(derived.filter(|_| !common));
    let shown = wanted.filter(|(_, f)| f.rows().is_empty() && shower.eyes.sees(f));
    shown.filter_map(|(ix, f)| field(shower, register, version, ix, f)).collect()
}

/// Fields nobody filled are left out, unless the state asks for them.
fn field(shower: &Shower, register: &Register, version: &Version, ix: usize, field: &Field) -> Option<FieldView> {
    let value = version.cell(ix);
    let gap = !version.disposed && value.is_missing() && register.needs(field, &version.state);
    if value.is_blank() && !gap {
        return None;
    }
    Some(FieldView {
        title: field.title.get(shower.eyes.seat.ctx.lang).to_owned(),
        pieces: shower.pieces(value, field, &field.key),
        gap,
        long: matches!(field.kind, FieldKind::Long),
    })
}

fn tables(shower: &Shower, register: &Register, version: &Version) -> Vec<(String, Table)> {
    let rows = register.fields().iter().enumerate().filter(|(_, f)| !f.rows().is_empty());
    let seen = rows.filter(|(_, f)| shower.eyes.sees(f));
    seen.filter_map(|(ix, f)| {
        let table = shower.table(version.cell(ix), f)?;
        Some((f.title.get(shower.eyes.seat.ctx.lang).to_owned(), table))
    })
    .filter(|(_, t)| !t.rows.is_empty())
    .collect()
}

fn gaps(eyes: &Eyes, register: &Register, version: &Version) -> Vec<String> {
    let fields = register.fields().iter().enumerate();
    let open = fields.filter(|(ix, f)| version.cell(*ix).is_missing() && register.needs(f, &version.state));
    open.filter(|(_, f)| eyes.sees(f)).map(|(_, f)| f.title.get(eyes.seat.ctx.lang).to_owned()).collect()
}

fn moves(s: &Sources, register: &Register, version: &Version) -> (Vec<MoveView>, Vec<(String, String)>) {
    let words = s.eyes.seat.words();
    if version.disposed {
        return Default::default();
    }
    let (mut open, mut closed) = (Vec::new(), Vec::new());
    // Moves from other states are no news to anybody; those from this one are shown to all, with who may make them.
    let from_here = |m: &&Move| m.from.iter().any(|state| **state == *version.state);
    for (position, m) in register.moves.iter().enumerate().filter(|(_, m)| from_here(m)) {
        let title = m.title.get(words.0).to_owned();
        match authz::may_move(s.eyes.evaluator, &s.eyes.seat.ctx.actor, version, m, position) {
            Ok(()) => open.push(MoveView { key: m.key.clone(), title, to: StateChip::of(words, register, &m.to) }),
            Err(refusal) => closed.push((title, why_closed(words, s.eyes.evaluator, m, refusal))),
        }
    }
    (open, closed)
}

fn why_closed(words: Words, evaluator: &Evaluator, m: &Move, refusal: Refusal) -> String {
    match refusal {
        Refusal::State => words.say("move-state"),
        Refusal::Role => {
            let roles = &evaluator.catalog().roles.roles;
            let title = |key: &String| {
                roles.iter().find(|r| &r.key == key).map_or(key.clone(), |r| r.title.get(words.0).to_owned())
            };
            let named: Vec<String> = m.by.iter().map(title).collect();
            words.with("move-role", &[("roles", &named.join(&words.say("comma")))])
        }
        Refusal::SamePerson(who) => words.with("move-same-person", &[("who", who.get(words.0))]),
        Refusal::Needs(why) => why.get(words.0).to_owned(),
    }
}

/// Rows shown of each register that links here.
const BACK: usize = 8;

fn back(s: &Sources, register: &Register, id: RecordId) -> Vec<Back> {
    let registers = &s.eyes.evaluator.catalog().registers;
    let known = (0..registers.len()).map(|ix| RegisterIx(ix as u16)).filter(|ix| s.eyes.reads(*ix));
    known.filter_map(|ix| back_from(s, ix, register, id)).collect()
}

/// Clocks of this record, and those of the rows that link here.
fn clocks(s: &Sources, register: &Register, version: &Version) -> Vec<ClockView> {
    let view = s.eyes.evaluator.view();
    let all = view.catalog.registers.iter().enumerate();
    let timed = all.filter(|(_, r)| r.derived.iter().any(|d| d.clock.is_some()));
    let open = timed.map(|(ix, _)| RegisterIx(ix as u16)).filter(|ix| s.eyes.reads(*ix));
    let linked = open.flat_map(|from| linked_from(s, from, register, version.id)).filter(|v| s.eyes.opens(v));
    demand::clocks(s.eyes, version, linked.map(|v| &**v))
}

fn back_from(s: &Sources, from: RegisterIx, to: &Register, id: RecordId) -> Option<Back> {
    let (words, register) = (s.eyes.seat.words(), s.eyes.evaluator.catalog().register(from));
    let found = linked_from(s, from, to, id);
    if found.is_empty() {
        return None;
    }
    let row = |v: &Version| {
        let label = s.eyes.titled(v);
        (Link { href: format!("/records/{}", v.id), label }, StateChip::of(words, register, &v.state))
    };
    let href = format!("/registers/{}?state=all&to={id}", register.key);
    let label = register.title.get(words.0).to_owned();
    Some(Back {
        register: Link { href, label },
        n: found.len(),
        rows: found.iter().take(BACK).map(|v| row(v)).collect(),
    })
}

/// Rows of a register that link here. Only fields that may point to this register are looked at.
fn linked_from<'a>(s: &Sources<'a>, from: RegisterIx, to: &Register, id: RecordId) -> Vec<&'a Arc<Version>> {
    let view = s.eyes.evaluator.view();
    let register = view.catalog.register(from);
    let fits = |f: &Field| match &f.kind {
        FieldKind::Link(keys) | FieldKind::Links(keys) => keys.is_empty() || keys.contains(&to.key),
        FieldKind::Person | FieldKind::Persons => to.key == "personnel",
        _ => false,
    };
    let fields = register.fields().iter().enumerate();
    let slots: Vec<usize> = fields.filter(|(_, f)| fits(f) || f.rows().iter().any(fits)).map(|(ix, _)| ix).collect();
    view.rows(from).iter().filter(|v| slots.iter().any(|ix| points_to(v.cell(*ix), id))).collect()
}

/// Where a review of this record begins, for those who may write one.
fn review(s: &Sources, register: &Register, subject: &str) -> Option<String> {
    let ix = s.eyes.evaluator.catalog().register_ix("review")?;
    let may = register.key != "review" && s.eyes.seat.may(s.eyes.evaluator, Action::Create, ix, None);
    may.then(|| format!("/registers/review/new?f.target={}&f.subject={}", register.key, super::link::encode(subject)))
}

/// Rules that name this record.
fn findings(s: &Sources, version: &Version) -> Vec<Link> {
    let key = &s.eyes.evaluator.catalog().register(version.register).key;
    let all = finding::lines(s.eyes.seat, s.eyes.evaluator, None);
    let named = all.into_iter().filter(|l| finding::names(s.eyes.evaluator, &l.key, key, version.id));
    named.map(|l| Link { href: format!("/findings/{}", l.key), label: l.title }).collect()
}

/// Returns how a value reads in a difference.
pub(crate) fn words_of(s: &Sources, value: &Value, field: &Field) -> String {
    s.eyes.words(value, field)
}
