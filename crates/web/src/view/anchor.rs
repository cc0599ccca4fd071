//! The page of anchors: what is attested outside, what waits, what is wrong and what to do, what could be lost.

use akashi_app::anchor::{Asked, Compared, Kind, Known, Outcome, Overview, Shown, Standing, Told, Trouble, may_keep};
use akashi_domain::verdict::explain::instant;

use super::chip::StateChip;
use crate::guard::seat::Seat;
use crate::words::{Words, grouped};

pub(crate) struct AnchorsView {
    /// What is safe and what is not, in one sentence each.
    pub(crate) covered: String,
    pub(crate) exposed: Option<String>,
    /// There is nobody outside at all.
    pub(crate) alone: bool,
    pub(crate) anchors: Vec<AnchorLine>,
    /// May ask again and exchange files.
    pub(crate) keeps: bool,
    /// There is a checkpoint to print.
    pub(crate) printable: bool,
    pub(crate) compared: Option<ComparedView>,
}

pub(crate) struct AnchorLine {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) state: StateChip,
    pub(crate) place: String,
    pub(crate) schedule: String,
    /// The last attestation held.
    pub(crate) held: Option<String>,
    pub(crate) waiting: Option<String>,
    /// What is known of the revocation of its certificates; of TSAs only.
    pub(crate) revocation: Option<RevocationLine>,
    pub(crate) troubles: Vec<TroubleLine>,
    pub(crate) enabled: bool,
    /// Where its settings are changed.
    pub(crate) edit: String,
    /// Something waits or was refused, and could be asked for again.
    pub(crate) again: bool,
}

pub(crate) struct RevocationLine {
    pub(crate) says: String,
    /// Where word is awaited from, and what came.
    pub(crate) places: Vec<String>,
}

pub(crate) struct TroubleLine {
    pub(crate) what: String,
    pub(crate) next: String,
    pub(crate) alarm: bool,
    /// When it is tried again.
    pub(crate) later: Option<String>,
}

pub(crate) struct ComparedView {
    pub(crate) good: bool,
    pub(crate) text: String,
}

impl AnchorsView {
    pub(crate) fn make(seat: &Seat, seen: &Overview, compared: Option<ComparedView>) -> AnchorsView {
        let words = seat.words();
        let (size, covered) = (seen.size, seen.covered());
        let open = size.saturating_sub(covered);
        AnchorsView {
            covered: words.with("anchors-covered", &[("all", &number(size)), ("covered", &number(covered.min(size)))]),
            exposed: (open > 0).then(|| words.with("anchors-exposed", &[("open", &number(open))])),
            alone: !seen.anchors.iter().any(|a| a.anchor.enabled),
            anchors: seen.anchors.iter().map(|a| line(words, a)).collect(),
            keeps: may_keep(&seat.ctx.actor),
            printable: seen.note.is_some(),
            compared,
        }
    }
}

fn line(words: Words, shown: &Shown) -> AnchorLine {
    let anchor = &shown.anchor;
    let kind = match anchor.kind {
        Kind::Tsa => "anchors-kind-tsa",
        Kind::Witness => "anchors-kind-witness",
    };
    let held = shown.held.as_ref().map(|a| {
        let at = a.at.map(instant).unwrap_or_default();
        words.with("anchors-held", &[("n", &number(a.size)), ("at", &at)])
    });
    let waiting = shown.waiting.first().map(|first| {
        let n = shown.waiting.len().to_string();
        words.with("anchors-waiting", &[("n", &n), ("since", &instant(first.since))])
    });
    AnchorLine {
        name: anchor.name.clone(),
        kind: words.say(kind),
        state: state(words, shown.standing),
        place: if anchor.url.is_empty() { words.say("anchors-by-file") } else { plain_address(&anchor.url) },
        schedule: schedule(words, anchor.terms.every_minutes, anchor.terms.after_entries),
        held,
        waiting,
        revocation: shown.revocation.as_ref().filter(|told| told.known != Known::Revoked).map(|t| revocation(words, t)),
        troubles: troubles(words, shown),
        enabled: anchor.enabled,
        edit: format!("/anchors/{}/edit", anchor.id),
        again: !(anchor.url.is_empty() || shown.waiting.is_empty() && shown.refused.is_empty()),
    }
}

fn revocation(words: Words, told: &Told) -> RevocationLine {
    let place = |asked: &Asked| {
        let url = ("url", plain_address(&asked.url));
        let at = ("at", asked.next.map(instant).unwrap_or_default());
        let why = ("why", asked.trouble.as_ref().map(|t| t.what().get(words.0).to_owned()).unwrap_or_default());
        let key = match (asked.open, &asked.trouble, asked.next) {
            (false, ..) => "anchors-word-came",
            (true, _, None) => "anchors-word-carry",
            (true, Some(_), Some(_)) => "anchors-word-failed",
            (true, None, Some(_)) => "anchors-word-awaited",
        };
        words.with(key, &[(url.0, &url.1), (at.0, &at.1), (why.0, &why.1)])
    };
    RevocationLine { says: told.words.get(words.0).to_owned(), places: told.places.iter().map(place).collect() }
}

/// Without the scheme: it is shown, not followed.
fn plain_address(url: &str) -> String {
    url.split_once("://").map_or(url, |(_, rest)| rest).to_owned()
}

fn state(words: Words, standing: Standing) -> StateChip {
    let (tone, key) = match standing {
        Standing::Revoked => ("bad", "anchors-state-revoked"),
        Standing::Refused => ("bad", "anchors-state-refused"),
        Standing::Waiting => ("warn", "anchors-state-waiting"),
        Standing::New => ("active", "anchors-state-new"),
        Standing::Held => ("good", "anchors-state-held"),
        Standing::Off => ("closed", "anchors-state-off"),
    };
    StateChip { tone: tone.into(), label: words.say(key) }
}

fn schedule(words: Words, minutes: u32, entries: u64) -> String {
    let every = match minutes {
        m if m % 1440 == 0 => words.count("span-days", (m / 1440) as usize),
        m if m % 60 == 0 => words.count("anchors-hours", (m / 60) as usize),
        m => words.count("anchors-minutes", m as usize),
    };
    words.with("anchors-schedule", &[("every", &every), ("n", &number(entries))])
}

fn troubles(words: Words, shown: &Shown) -> Vec<TroubleLine> {
    let first = shown.waiting.first();
    let waiting = first.and_then(|a| Some((a.error.as_deref()?, Some(instant(a.next_try)))));
    let refused = shown.refused.first().and_then(|a| Some((a.error.as_deref()?, None)));
    let say = |(stored, later): (&str, Option<String>)| {
        let trouble = Trouble::parse(stored);
        TroubleLine {
            what: trouble.what().get(words.0).to_owned(),
            next: trouble.next().get(words.0).to_owned(),
            alarm: trouble.is_alarm(),
            later: later.map(|at| words.with("anchors-later", &[("at", &at)])),
        }
    };
    let revoked = shown.revocation.as_ref().filter(|_| shown.standing == Standing::Revoked);
    let revoked = revoked.map(|told| TroubleLine {
        what: told.words.get(words.0).to_owned(),
        next: Trouble::Revoked(String::new()).next().get(words.0).to_owned(),
        alarm: true,
        later: None,
    });
    revoked.into_iter().chain(refused.into_iter().chain(waiting).map(say)).collect()
}

/// What comparing an old copy gave.
pub(crate) fn compared(words: Words, c: &Compared) -> ComparedView {
    let (key, good) = match (&c.outcome, c.signed) {
        (Outcome::Continues, Some(false)) => ("anchors-copy-unsigned", false),
        (Outcome::Continues, _) => ("anchors-copy-good", true),
        (Outcome::Shortened, _) => ("anchors-copy-shortened", false),
        (Outcome::Replaced, _) => ("anchors-copy-replaced", false),
        (Outcome::OtherLog, _) => ("anchors-copy-other", false),
    };
    let text =
        words.with(key, &[("size", &number(c.copy.size)), ("newest", &number(c.newest)), ("log", &c.copy.origin)]);
    ComparedView { good, text }
}

pub(crate) fn number(n: u64) -> String {
    grouped(usize::try_from(n).unwrap_or(usize::MAX))
}
