//! Verdicts and states as chips: a shape and words, never colour alone.

use akashi_domain::Day;
use akashi_domain::register::Register;
use akashi_domain::verdict::{Judged, Progress};

use crate::board::Face;
use crate::words::Words;

/// A verdict as pages show it.
#[derive(Clone, Debug)]
pub(crate) struct Chip {
    /// Names shape and colour: `satisfied`, `not-satisfied`, `insufficient`, `not-applicable`, `overridden`.
    pub(crate) kind: &'static str,
    pub(crate) label: String,
    /// Beside the verdict: how far an unmet one is, or that it was simplified.
    pub(crate) aside: Option<String>,
}

impl Chip {
    pub(crate) fn of(words: Words, face: &Face) -> Chip {
        Chip { kind: key(face.value), label: label(words, face.value), aside: aside(words, face) }
    }

    pub(crate) fn plain(words: Words, value: Judged) -> Chip {
        Chip { kind: key(value), label: label(words, value), aside: None }
    }

    /// The shape, as inline SVG of a 16 × 16 box.
    pub(crate) fn icon(&self) -> &'static str {
        icon(self.kind)
    }
}

/// All verdicts in the order they are counted and shown.
pub(crate) const ALL: [Judged; 5] =
    [Judged::NotSatisfied, Judged::Insufficient, Judged::Satisfied, Judged::Overridden, Judged::NotApplicable];

/// The word addresses and styles use.
pub(crate) fn key(value: Judged) -> &'static str {
    match value {
        Judged::Satisfied => "satisfied",
        Judged::NotSatisfied => "not-satisfied",
        Judged::Insufficient => "insufficient",
        Judged::NotApplicable => "not-applicable",
        Judged::Overridden => "overridden",
    }
}

pub(crate) fn label(words: Words, value: Judged) -> String {
    value.label().get(words.0).to_owned()
}

fn aside(words: Words, face: &Face) -> Option<String> {
    match face.progress {
        Some(progress) => Some(progress_label(words, progress)),
        None => (face.simplified && face.value == Judged::Satisfied).then(|| words.say("verdict-simplified")),
    }
}

/// Says how far an unmet part is.
pub(crate) fn progress_label(words: Words, progress: Progress) -> String {
    match progress {
        Progress::NotStarted => words.say("progress-not-started"),
        Progress::Planned { until } => words.with("progress-planned", &[("day", &until.to_string())]),
        Progress::Deficient => words.say("progress-deficient"),
    }
}

/// The word filters use for it.
pub(crate) fn progress_key(progress: Progress) -> &'static str {
    match progress {
        Progress::NotStarted => "not-started",
        Progress::Planned { .. } => "planned",
        Progress::Deficient => "deficient",
    }
}

fn icon(kind: &str) -> &'static str {
    match kind {
        "satisfied" => {
            r##"<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="8" fill="currentColor"/><path d="M4.2 8.3l2.6 2.6 5-5.4" fill="none" stroke="#fff" stroke-width="2"/></svg>"##
        }
        "not-satisfied" => {
            r##"<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M4.7 0h6.6L16 4.7v6.6L11.3 16H4.7L0 11.3V4.7z" fill="currentColor"/><path d="M5 5l6 6M11 5l-6 6" stroke="#fff" stroke-width="2"/></svg>"##
        }
        "insufficient" => {
            r##"<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="7" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3.4 2"/><path d="M6 6.2c0-2.6 4-2.6 4-.2 0 1.500-2 1.500-2 3.200M8 11v1.400" fill="none" stroke="currentColor" stroke-width="1.600"/></svg>"##
        }
        "overridden" => {
            r##"<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M8 0l8 8-8 8-8-8z" fill="currentColor"/><path d="M8 4v5M8 10.500v1.700" stroke="#fff" stroke-width="2"/></svg>"##
        }
        _ => {
            r##"<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="7" fill="none" stroke="currentColor" stroke-width="1.500"/><path d="M4.500 8h7" stroke="currentColor" stroke-width="1.500"/></svg>"##
        }
    }
}

/// A record's state as pages show it.
#[derive(Clone, Debug)]
pub(crate) struct StateChip {
    pub(crate) tone: String,
    pub(crate) label: String,
}

impl StateChip {
    /// Of a record whose content was disposed of, whatever state it was in.
    pub(crate) fn gone(words: Words) -> StateChip {
        StateChip { tone: "closed".into(), label: words.say("disposal-gone") }
    }

    pub(crate) fn of(words: Words, register: &Register, state: &str) -> StateChip {
        match register.state(state) {
            Some(s) => StateChip { tone: s.tone.clone(), label: s.title.get(words.0).to_owned() },
            None => StateChip { tone: "neutral".into(), label: state.to_owned() },
        }
    }
}

/// Says when something lapses and how far away that is.
#[derive(Clone, Debug)]
pub(crate) struct Lapse {
    pub(crate) day: String,
    pub(crate) away: String,
    /// `soon` within 30 days, `near` within 90, else `far`.
    pub(crate) kind: &'static str,
}

impl Lapse {
    pub(crate) fn of(words: Words, day: Day, from: Day) -> Lapse {
        let days = day.0 - from.0;
        let kind = match days {
            ..=30 => "soon",
            31..=90 => "near",
            _ => "far",
        };
        let away = words.count("days-away", usize::try_from(days).unwrap_or(0));
        Lapse { day: day.to_string(), away, kind }
    }
}
