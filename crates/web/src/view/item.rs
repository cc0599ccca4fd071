//! One item: its parts with verdict, reason, failing rows; what bears on it; how its verdicts turned.

use akashi_app::turns::{self, Turn};
use akashi_domain::catalog::Item;
use akashi_domain::verdict::explain::instant;
use akashi_domain::verdict::{Evaluator, Failing};
use akashi_domain::{Catalog, RegisterIx};

use super::board::{actor, known_note, management};
use super::chip::{Chip, Lapse};
use super::eyes::Eyes;
use super::{finding, link};
use crate::board::{Board, Face};
use crate::guard::form::Fields;
use crate::guard::seat::Seat;
use crate::when::When;
use crate::words::Words;

pub(crate) struct ItemView {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) chapter: String,
    pub(crate) chip: Option<Chip>,
    pub(crate) about: Vec<(String, String)>,
    pub(crate) parts: Vec<PartView>,
    pub(crate) findings: Vec<finding::Line>,
    pub(crate) registers: Vec<Link>,
    pub(crate) related: Vec<(Link, Option<Chip>)>,
    pub(crate) turns: Vec<TurnView>,
    pub(crate) as_of: String,
    /// The day up to which records were known; empty: now.
    pub(crate) known: String,
    /// What that means for what is shown.
    pub(crate) known_note: String,
    pub(crate) is_today: bool,
    pub(crate) board: String,
    pub(crate) before: Option<Link>,
    pub(crate) after: Option<Link>,
}

pub(crate) struct Link {
    pub(crate) href: String,
    pub(crate) label: String,
}

pub(crate) struct PartView {
    pub(crate) number: usize,
    pub(crate) says: String,
    pub(crate) kind: String,
    pub(crate) chip: Chip,
    pub(crate) because: String,
    pub(crate) population: usize,
    pub(crate) rows: Vec<Row>,
    /// Rows of registers the reader may not see.
    pub(crate) hidden: usize,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) lapse: Option<Lapse>,
    pub(crate) remarks: Vec<String>,
}

/// A row that stands in the way.
pub(crate) struct Row {
    pub(crate) href: String,
    pub(crate) register: String,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) why: String,
    /// Nothing is wrong yet: something is missing.
    pub(crate) unknown: bool,
}

pub(crate) struct TurnView {
    pub(crate) at: String,
    pub(crate) part: usize,
    pub(crate) chip: Chip,
    pub(crate) because: String,
}

/// Failing rows shown at once.
const ROWS: usize = 50;

/// What the page is made from.
pub(crate) struct Sources<'a> {
    pub(crate) seat: &'a Seat,
    pub(crate) evaluator: &'a Evaluator,
    pub(crate) board: &'a Board,
    pub(crate) query: &'a Fields,
    pub(crate) when: When,
    pub(crate) turns: &'a [Turn],
}

impl ItemView {
    /// Makes the page of the item at a position of the catalogue.
    pub(crate) fn make(s: &Sources, ix: usize) -> ItemView {
        let (words, catalog) = (s.seat.words(), s.evaluator.catalog());
        let (item, face) = (&catalog.items[ix], &s.board.items[ix]);
        let as_of = s.board.as_of.to_string();
        let is_today = s.board.as_of == s.seat.ctx.today() && s.when.known.is_none();
        let back = s.when.query();
        let neighbour = |at: Option<usize>| {
            let item = catalog.items.get(at?)?;
            Some(Link {
                href: format!("/items/{}{back}", item.id),
                label: format!("{} {}", item.id, item.title.get(words.0)),
            })
        };
        ItemView {
            id: item.id.clone(),
            title: item.title.get(words.0).to_owned(),
            chapter: chapter(words, catalog, item),
            chip: face.face.map(|f| Chip::of(words, &f)),
            about: about(words, s.evaluator, item),
            parts: face.parts.iter().map(|part| part_view(s, item, *part)).collect(),
            findings: finding::lines(s.seat, s.evaluator, Some(&item.id)),
            registers: registers(s, item),
            related: related(s, item, &back),
            turns: s.turns.iter().filter_map(|t| turn(words, t)).collect(),
            before: neighbour(ix.checked_sub(1)),
            after: neighbour(Some(ix + 1)),
            board: format!("/board{back}"),
            as_of,
            known_note: known_note(words, s.when),
            known: s.when.known.map(|d| d.to_string()).unwrap_or_default(),
            is_today,
        }
    }
}

fn chapter(words: Words, catalog: &Catalog, item: &Item) -> String {
    let found = catalog.chapters.iter().find(|c| c.number == item.chapter());
    let title = found.map_or("", |c| c.title.get(words.0));
    words.with("chapter-title", &[("number", &item.chapter().to_string()), ("title", title)])
}

fn about(words: Words, evaluator: &Evaluator, item: &Item) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut add = |key: &str, text: String| out.push((words.say(key), text));
    let actors: Vec<String> = item.actors.iter().map(|a| actor(words, a)).collect();
    add("item-actors", actors.join(&words.say("comma")));
    if let Some(need) = management(words, item.management) {
        let condition = item
            .conditional
            .as_ref()
            .map_or_else(String::new, |c| words.with("item-condition", &[("when", c.get(words.0))]));
        add("item-management", need + &condition);
    }
    if let Some((key, span)) = item.period.as_ref().and_then(|p| Some((p, evaluator.period(p)?))) {
        let title = evaluator.catalog().period(key).map_or(key.as_str(), |p| p.title.get(words.0));
        add("item-period", words.with("item-period-text", &[("title", title), ("length", &super::span(words, span))]));
    }
    if let Some(how) = &item.simplify {
        add("item-simplify", words.say_or(&format!("simplify-{}", how.replace('.', "-")), how));
    }
    if !item.documents.is_empty() {
        let title = |no: &String| evaluator.catalog().document_title(no).get(words.0).to_owned();
        let named: Vec<String> = item.documents.iter().map(title).collect();
        add("item-documents", named.join(&words.say("comma")));
    }
    out
}

fn part_view(s: &Sources, item: &Item, ix: usize) -> PartView {
    let words = s.seat.words();
    let plan = &s.evaluator.program().parts[ix];
    let (part, verdict) = (&item.parts[plan.part], s.evaluator.verdict(ix));
    let asked = s.query.get("part") == Some((plan.part + 1).to_string().as_str());
    let from = s.query.get("from").and_then(|f| f.parse::<usize>().ok()).filter(|_| asked).unwrap_or(0);
    let failing =
        if verdict.value.is_settled() { Vec::new() } else { s.evaluator.failing(ix, from.saturating_add(ROWS + 1)) };
    let page = failing.iter().skip(from).take(ROWS);
    let (seen, hidden): (Vec<_>, Vec<_>) = page.partition(|f| s.seat.reads(s.evaluator, f.register));
    let number = (plan.part + 1).to_string();
    let at = |from: usize| {
        let path = format!("/items/{}", item.id);
        link::with(&path, s.query, &[("part", &number), ("from", &from.to_string())]) + &format!("#part-{number}")
    };
    let face = Face {
        value: verdict.value,
        progress: verdict.progress,
        lapses_at: verdict.lapses_at,
        simplified: verdict.simplified,
    };
    PartView {
        number: plan.part + 1,
        says: part.says.get(words.0).to_owned(),
        kind: words.say_or(&format!("kind-{}", part.kind.to_ascii_lowercase()), &part.kind),
        chip: Chip::of(words, &face),
        because: verdict.because.get(words.0).to_owned(),
        population: verdict.population,
        rows: seen.into_iter().filter_map(|f| row(s, f)).collect(),
        hidden: hidden.len(),
        before: (from > 0).then(|| at(from.saturating_sub(ROWS))),
        after: (failing.len() > from.saturating_add(ROWS)).then(|| at(from + ROWS)),
        lapse: verdict.lapses_at.map(|d| Lapse::of(words, d, s.board.as_of)),
        remarks: verdict.remarks.iter().map(|r| r.get(words.0).to_owned()).collect(),
    }
}

fn row(s: &Sources, failing: &Failing) -> Option<Row> {
    let (words, view) = (s.seat.words(), s.evaluator.view());
    let version = view.get(failing.id)?;
    let name = Eyes::new(s.seat, s.evaluator).name(version);
    Some(Row {
        href: format!("/records/{}", failing.id),
        register: s.evaluator.catalog().register(failing.register).title.get(words.0).to_owned(),
        code: version.code.to_string(),
        name: if *name == *version.code { String::new() } else { name },
        why: failing.why.get(words.0).to_owned(),
        unknown: failing.unknown,
    })
}

fn registers(s: &Sources, item: &Item) -> Vec<Link> {
    let catalog = s.evaluator.catalog();
    let known = item.registers.iter().filter_map(|key| catalog.register_ix(key));
    let link = |ix: RegisterIx| {
        let register = catalog.register(ix);
        Link { href: format!("/registers/{}", register.key), label: register.title.get(s.seat.ctx.lang).to_owned() }
    };
    known.filter(|ix| s.seat.reads(s.evaluator, *ix)).map(link).collect()
}

/// Sub-duties of the item, or the item it is a sub-duty of.
fn related(s: &Sources, item: &Item, back: &str) -> Vec<(Link, Option<Chip>)> {
    let words = s.seat.words();
    let items = s.evaluator.catalog().items.iter().enumerate();
    let near = items.filter(|(_, i)| i.parent.as_ref() == Some(&item.id) || item.parent.as_ref() == Some(&i.id));
    near.map(|(ix, i)| {
        let link = Link { href: format!("/items/{}{back}", i.id), label: format!("{} {}", i.id, i.title.get(words.0)) };
        (link, s.board.items[ix].face.map(|f| Chip::of(words, &f)))
    })
    .collect()
}

fn turn(words: Words, turn: &Turn) -> Option<TurnView> {
    let value = turns::judged(&turn.verdict)?;
    let because = turn.because.get(words.0).to_owned();
    Some(TurnView { at: instant(turn.at), part: turn.part, chip: Chip::plain(words, value), because })
}
