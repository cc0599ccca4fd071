//! Words of a link nobody has resolved: which records they may mean, likeliest first.

use std::collections::HashSet;

use akashi_domain::register::{Field, Register};
use akashi_domain::text::fold;
use akashi_domain::verdict::Evaluator;
use akashi_domain::{Link, RecordId, RegisterIx, Value, Version};

use super::chip::StateChip;
use super::eyes::Eyes;
use crate::guard::seat::Seat;

pub(crate) struct ResolveView {
    pub(crate) record: String,
    pub(crate) record_name: String,
    pub(crate) field: String,
    pub(crate) path: String,
    pub(crate) text: String,
    pub(crate) q: String,
    pub(crate) rev: u32,
    pub(crate) candidates: Vec<Candidate>,
    /// Other records of the register with the same words in the same field.
    pub(crate) others: usize,
    /// Where a new record of that name begins, by register.
    pub(crate) makes: Vec<super::item::Link>,
}

pub(crate) struct Candidate {
    pub(crate) id: String,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) register: String,
    pub(crate) state: StateChip,
    /// 0–100.
    pub(crate) fit: u32,
}

/// A field of a record, or of its rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Path {
    pub(crate) slot: usize,
    pub(crate) sub: Option<usize>,
}

impl Path {
    /// Reads `place` or `attendance.person`.
    pub(crate) fn parse(register: &Register, text: &str) -> Option<Path> {
        let (key, sub) = text.split_once('.').map_or((text, None), |(k, s)| (k, Some(s)));
        let slot = register.field_ix(key).filter(|ix| *ix < register.fields().len())?;
        let rows = register.fields()[slot].rows();
        let sub = match sub {
            Some(s) => Some(rows.iter().position(|f| f.key == s)?),
            None => None,
        };
        Some(Path { slot, sub })
    }

    pub(crate) fn field<'a>(&self, register: &'a Register) -> &'a Field {
        let field = &register.fields()[self.slot];
        self.sub.map_or(field, |sub| &field.rows()[sub])
    }

    /// Returns the record's value with every such words replaced by a link; none when the words do not stand there.
    pub(crate) fn replaced(&self, version: &Version, text: &str, to: RecordId) -> Option<Value> {
        let mut value = version.cell(self.slot).clone();
        let mut hit = false;
        match (&mut value, self.sub) {
            (Value::Rows(rows), Some(sub)) => {
                rows.iter_mut().filter_map(|r| r.cells.get_mut(sub)).for_each(|c| hit |= replace(c, text, to));
            }
            (value, None) => hit = replace(value, text, to),
            _ => {}
        }
        hit.then_some(value)
    }
}

fn replace(value: &mut Value, text: &str, to: RecordId) -> bool {
    let mut hit = false;
    let mut turn = |link: &mut Link| {
        if matches!(link, Link::Text(t) if **t == *text) {
            *link = Link::To(to);
            hit = true;
        }
    };
    match value {
        Value::Link(link) => turn(link),
        Value::Links(links) => links.iter_mut().for_each(turn),
        _ => {}
    }
    hit
}

/// Candidates shown at once.
const SHOWN: usize = 20;

impl ResolveView {
    pub(crate) fn make(
        seat: &Seat,
        evaluator: &Evaluator,
        version: &Version,
        key: &str,
        text: &str,
        q: &str,
    ) -> Option<ResolveView> {
        let register = evaluator.catalog().register(version.register);
        let path = Path::parse(register, key)?;
        let field = path.field(register);
        let targets = targets(seat, evaluator, field);
        let same = |v: &&std::sync::Arc<Version>| v.id != version.id && path.replaced(v, text, version.id).is_some();
        Some(ResolveView {
            record: version.id.to_string(),
            record_name: Eyes::new(seat, evaluator).titled(version),
            field: field.title.get(seat.ctx.lang).to_owned(),
            path: key.to_owned(),
            text: text.to_owned(),
            q: q.to_owned(),
            rev: version.rev,
            candidates: candidates(&Eyes::new(seat, evaluator), &targets, if q.is_empty() { text } else { q }),
            others: evaluator.view().rows(version.register).iter().filter(same).count(),
            makes: makes(seat, evaluator, &targets, text),
        })
    }
}

/// Registers the field may point to and the reader may read.
pub(crate) fn targets(seat: &Seat, evaluator: &Evaluator, field: &Field) -> Vec<RegisterIx> {
    let catalog = evaluator.catalog();
    let named: Vec<RegisterIx> = match field.targets() {
        keys if keys.is_empty() => (0..catalog.registers.len()).map(|ix| RegisterIx(ix as u16)).collect(),
        keys => keys.into_iter().filter_map(|k| catalog.register_ix(k)).collect(),
    };
    named.into_iter().filter(|ix| seat.reads(evaluator, *ix)).collect()
}

fn candidates(eyes: &Eyes, targets: &[RegisterIx], text: &str) -> Vec<Candidate> {
    let wanted = fold(text);
    let pairs = bigrams(&wanted);
    let rows = targets.iter().flat_map(|ix| eyes.evaluator.view().rows(*ix));
    let mut fitting: Vec<(u32, &Version)> =
        rows.map(|v| (fit(eyes, v, &wanted, &pairs), &**v)).filter(|(fit, _)| *fit >= 25).collect();
    fitting.sort_by_key(|(fit, v)| (std::cmp::Reverse(*fit), v.code.clone()));
    fitting.truncate(SHOWN);
    fitting.into_iter().map(|(fit, v)| candidate(eyes, v, fit)).collect()
}

fn candidate(eyes: &Eyes, version: &Version, fit: u32) -> Candidate {
    let (seat, register) = (eyes.seat, eyes.evaluator.catalog().register(version.register));
    Candidate {
        id: version.id.to_string(),
        code: version.code.to_string(),
        name: eyes.name(version),
        register: register.title.get(seat.ctx.lang).to_owned(),
        state: StateChip::of(seat.words(), register, &version.state),
        fit,
    }
}

/// How well a record's names fit the words: all of it, a piece of it, or shared pairs of letters.
fn fit(eyes: &Eyes, version: &Version, wanted: &str, pairs: &HashSet<[char; 2]>) -> u32 {
    let register = eyes.evaluator.catalog().register(version.register);
    let slots = register
        .headline
        .iter()
        .chain(&register.key_fields)
        .chain(&register.match_fields)
        .filter(|ix| eyes.sees(register.slot(**ix)));
    let shown = |ix: &usize| match version.cell(*ix) {
        Value::Text(t) => fold(t),
        other => fold(&eyes.words(other, register.slot(*ix))),
    };
    let names = std::iter::once(fold(&version.code)).chain(slots.map(shown)).filter(|n| !n.is_empty());
    names.map(|name| fit_of(&name, wanted, pairs)).max().unwrap_or(0)
}

fn fit_of(name: &str, wanted: &str, pairs: &HashSet<[char; 2]>) -> u32 {
    if name == wanted {
        return 100;
    }
    if !wanted.is_empty() && (name.contains(wanted) || wanted.contains(name)) && name.chars().count() > 1 {
        return 80;
    }
    let own = bigrams(name);
    let shared = own.intersection(pairs).count() * 2;
    (70 * shared / (own.len() + pairs.len()).max(1)) as u32
}

fn bigrams(text: &str) -> HashSet<[char; 2]> {
    text.chars().zip(text.chars().skip(1)).map(|(a, b)| [a, b]).collect()
}

fn makes(seat: &Seat, evaluator: &Evaluator, targets: &[RegisterIx], text: &str) -> Vec<super::item::Link> {
    use akashi_domain::authz::Action;
    // A link that may point anywhere names no register to begin in.
    let few = targets.iter().filter(|_| targets.len() <= 4);
    few.filter(|ix| seat.may(evaluator, Action::Create, **ix, None))
        .filter_map(|ix| {
            let register = evaluator.catalog().register(*ix);
            let named = register
                .headline
                .iter()
                .map(|ix| register.slot(*ix))
                .rfind(|f| matches!(f.kind, akashi_domain::FieldKind::Text))?;
            let href = format!("/registers/{}/new?f.{}={}", register.key, named.key, super::link::encode(text));
            Some(super::item::Link { href, label: register.title.get(seat.ctx.lang).to_owned() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_alike_fit_better() {
        let wanted = fold("(株)架空メディカル");
        let pairs = bigrams(&wanted);
        let fit = |name: &str| fit_of(&fold(name), &wanted, &pairs);
        assert_eq!(fit("(株)架空メディカル"), 100);
        assert!(fit("架空メディカル") > fit("架空電機") && fit("架空電機") > fit("別会社"));
        assert_eq!(fit("別会社"), 0);
    }
}
