//! The board: chapters, items, verdicts; filters over them, and counts.

use std::sync::Arc;

use akashi_domain::catalog::{Item, Management};
use akashi_domain::text::fold;
use akashi_domain::verdict::{Evaluator, Judged};
use akashi_domain::{Day, Label};

use super::chip::{self, Chip, Lapse};
use super::link;
use crate::board::{Board, ItemFace};
use crate::guard::form::Fields;
use crate::when::{NAMES, When};
use crate::words::Words;

/// The whole page.
pub(crate) struct BoardView {
    pub(crate) as_of: String,
    /// The day up to which records were known; empty: now.
    pub(crate) known: String,
    /// What that means for what is shown.
    pub(crate) known_note: String,
    pub(crate) is_today: bool,
    pub(crate) counts: Vec<Count>,
    pub(crate) parts: usize,
    pub(crate) chapters: Vec<ChapterView>,
    pub(crate) shown: usize,
    pub(crate) filters: Vec<Filter>,
    pub(crate) q: String,
    pub(crate) filtered: bool,
    pub(crate) reset: String,
    /// Filters that stay when the day changes.
    pub(crate) kept: Vec<(String, String)>,
}

/// How many parts have a verdict; the link shows only those.
pub(crate) struct Count {
    pub(crate) chip: Chip,
    pub(crate) n: usize,
    /// Where its stretch of the bar begins.
    pub(crate) at: usize,
    pub(crate) href: String,
    pub(crate) current: bool,
}

/// A choice among few.
pub(crate) struct Filter {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) options: Vec<Opt>,
}

/// An option of a filter or field.
pub(crate) struct Opt {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) chosen: bool,
}

pub(crate) struct ChapterView {
    pub(crate) number: u8,
    pub(crate) title: String,
    pub(crate) lines: Vec<Line>,
}

/// One item.
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) href: String,
    pub(crate) title: String,
    /// A printed sub-duty of another item.
    pub(crate) sub: bool,
    pub(crate) chip: Option<Chip>,
    /// One for each part.
    pub(crate) pips: Vec<Chip>,
    pub(crate) actors: String,
    pub(crate) management: Option<String>,
    pub(crate) lapse: Option<Lapse>,
}

const LAPSING: [&str; 4] = ["30", "90", "180", "365"];
const PROGRESS: [&str; 3] = ["not-started", "planned", "deficient"];

impl BoardView {
    pub(crate) fn make(
        words: Words,
        board: &Arc<Board>,
        evaluator: &Evaluator,
        query: &Fields,
        when: When,
        today: Day,
    ) -> BoardView {
        let items = &evaluator.catalog().items;
        let line = |f: &ItemFace| line(words, board, items, f, when);
        let mut chapters: Vec<ChapterView> = evaluator
            .catalog()
            .chapters
            .iter()
            .map(|c| ChapterView { number: c.number, title: c.title.get(words.0).to_owned(), lines: Vec::new() })
            .collect();
        for face in board.items.iter().filter(|f| is_wanted(words, board, &items[f.item], f, query)) {
            if let Some(chapter) = chapters.iter_mut().find(|c| c.number == items[face.item].chapter()) {
                chapter.lines.push(line(face));
            }
        }
        chapters.retain(|c| !c.lines.is_empty());
        let filtered = ["v", "p", "m", "a", "l", "q"].iter().any(|name| query.get(name).is_some());
        BoardView {
            is_today: board.as_of == today && when.known.is_none(),
            counts: counts(words, board, query),
            parts: board.faces.len(),
            shown: chapters.iter().map(|c| c.lines.len()).sum(),
            chapters,
            filters: filters(words, items, query),
            q: query.get("q").unwrap_or_default().to_owned(),
            filtered,
            reset: format!("/board{}", when.query()),
            kept: query.0.iter().filter(|(n, v)| !NAMES.contains(&n.as_str()) && !v.is_empty()).cloned().collect(),
            as_of: board.as_of.to_string(),
            known_note: known_note(words, when),
            known: when.known.map(|d| d.to_string()).unwrap_or_default(),
        }
    }
}

fn counts(words: Words, board: &Board, query: &Fields) -> Vec<Count> {
    let mut at = 0;
    let count = |value: Judged| {
        let (n, current) = (board.count(value), query.get("v") == Some(chip::key(value)));
        let href = link::with("/board", query, &[("v", if current { "" } else { chip::key(value) })]);
        let begin = at;
        at += n;
        Count { chip: Chip::plain(words, value), n, at: begin, href, current }
    };
    chip::ALL.into_iter().map(count).collect()
}

fn is_wanted(words: Words, board: &Board, item: &Item, face: &ItemFace, query: &Fields) -> bool {
    let faces = || face.parts.iter().map(|ix| &board.faces[*ix]).chain(&face.face);
    let verdict = query.get("v").is_none_or(|v| faces().any(|f| chip::key(f.value) == v));
    let progress =
        query.get("p").is_none_or(|p| faces().any(|f| f.progress.is_some_and(|x| chip::progress_key(x) == p)));
    let management = query.get("m").is_none_or(|m| management_key(item.management) == m);
    let actor = query.get("a").is_none_or(|a| item.actors.iter().any(|x| x == a));
    let days = query.get("l").and_then(|l| l.parse().ok());
    let lapsing = days.is_none_or(|days| faces().any(|f| board.lapses_within(f, days)));
    verdict && progress && management && actor && lapsing && says(words, item, query.get("q"))
}

fn says(words: Words, item: &Item, wanted: Option<&str>) -> bool {
    let Some(wanted) = wanted.map(fold) else { return true };
    let texts = std::iter::once(&item.title).chain(item.parts.iter().map(|p| &p.says));
    item.id.starts_with(wanted.as_str()) || texts.map(|t: &Label| fold(t.get(words.0))).any(|t| t.contains(&wanted))
}

fn line(words: Words, board: &Board, items: &[Item], face: &ItemFace, when: When) -> Line {
    let item = &items[face.item];
    let actors: Vec<String> = item.actors.iter().map(|a| actor(words, a)).collect();
    Line {
        id: item.id.clone(),
        href: format!("/items/{}{}", item.id, when.query()),
        title: item.title.get(words.0).to_owned(),
        sub: item.parent.is_some(),
        chip: face.face.map(|f| Chip::of(words, &f)),
        pips: face.parts.iter().map(|ix| Chip::of(words, &board.faces[*ix])).collect(),
        actors: actors.join(&words.say("comma")),
        management: management(words, item.management),
        lapse: face.face.and_then(|f| f.lapses_at).map(|d| Lapse::of(words, d, board.as_of)),
    }
}

/// Says that only what had been recorded by then counts; empty when everything does.
pub(crate) fn known_note(words: Words, when: When) -> String {
    when.known.map(|day| words.with("known-note", &[("day", &day.to_string())])).unwrap_or_default()
}

/// Returns an actor's name.
pub(crate) fn actor(words: Words, key: &str) -> String {
    words.say_or(&format!("actor-{key}"), key)
}

/// Returns what management has to do, if anything.
pub(crate) fn management(words: Words, need: Management) -> Option<String> {
    (need != Management::None).then(|| words.say(&format!("management-{}", management_key(need))))
}

fn management_key(need: Management) -> &'static str {
    match need {
        Management::None => "none",
        Management::Report => "report",
        Management::Confirm => "confirm",
        Management::Approve => "approve",
        Management::ReportAndApprove => "report-and-approve",
        Management::Prepare => "prepare",
    }
}

fn filters(words: Words, items: &[Item], query: &Fields) -> Vec<Filter> {
    let mut actors: Vec<&str> = items.iter().flat_map(|i| i.actors.iter().map(String::as_str)).collect();
    actors.sort_unstable();
    actors.dedup();
    let needs = [
        Management::Report,
        Management::Confirm,
        Management::Approve,
        Management::ReportAndApprove,
        Management::Prepare,
    ];
    let verdicts = chip::ALL.into_iter().map(|v| (chip::key(v).to_owned(), chip::label(words, v)));
    let progress = PROGRESS.iter().map(|p| ((*p).to_owned(), words.say(&format!("filter-progress-{p}"))));
    let needs = needs.into_iter().map(|m| (management_key(m).to_owned(), management(words, m).unwrap_or_default()));
    let actors = actors.into_iter().map(|a| (a.to_owned(), actor(words, a)));
    let lapsing = LAPSING.iter().map(|d| ((*d).to_owned(), words.with("filter-lapsing-days", &[("days", d)])));
    vec![
        filter(words, "v", "filter-verdict", query, verdicts.collect()),
        filter(words, "p", "filter-progress", query, progress.collect()),
        filter(words, "m", "filter-management", query, needs.collect()),
        filter(words, "a", "filter-actor", query, actors.collect()),
        filter(words, "l", "filter-lapsing", query, lapsing.collect()),
    ]
}

/// Makes a filter whose first option is “all”.
pub(crate) fn filter(
    words: Words,
    name: &'static str,
    label: &str,
    query: &Fields,
    options: Vec<(String, String)>,
) -> Filter {
    let chosen = query.get(name).unwrap_or_default();
    let all = Opt { value: String::new(), label: words.say("filter-all"), chosen: chosen.is_empty() };
    let rest = options.into_iter().map(|(value, label)| Opt { chosen: value == chosen, value, label });
    Filter { name: name.to_owned(), label: words.say(label), options: std::iter::once(all).chain(rest).collect() }
}
