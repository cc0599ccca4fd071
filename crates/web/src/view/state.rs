//! The page of the installation's state: what is late with the next step, then one card for each thing that has to go on.

use akashi_app::status::{About, AnchorState, Level, Status};
use akashi_domain::verdict::explain::instant;

use super::anchor::number;
use super::chip::StateChip;
use super::value::size;
use crate::words::Words;

pub(crate) struct StateView {
    pub(crate) concerns: Vec<ConcernLine>,
    pub(crate) cards: Vec<Card>,
}

pub(crate) struct ConcernLine {
    /// `high`, `medium` or `low`.
    pub(crate) kind: &'static str,
    pub(crate) kind_label: String,
    pub(crate) what: String,
    pub(crate) next: String,
}

/// One thing that has to go on.
pub(crate) struct Card {
    /// Names its heading on the page.
    pub(crate) key: &'static str,
    pub(crate) title: String,
    /// None where nothing can be late.
    pub(crate) state: Option<StateChip>,
    pub(crate) lines: Vec<Line>,
    /// Where more stands: address and words.
    pub(crate) more: Option<(&'static str, String)>,
}

pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) text: String,
    /// To be compared letter by letter.
    pub(crate) exact: bool,
}

/// The word styles and texts use.
pub(crate) fn level(level: Level) -> &'static str {
    match level {
        Level::High => "high",
        Level::Medium => "medium",
        Level::Low => "low",
    }
}

struct Writer<'s> {
    words: Words,
    /// The page of anchors is open to the reader: no link leads to a closed door.
    to_anchors: bool,
    status: &'s Status,
    lines: Vec<Line>,
}

impl StateView {
    pub(crate) fn make(words: Words, status: &Status, to_anchors: bool) -> StateView {
        let concerns = status.concerns.iter().map(|c| ConcernLine {
            kind: level(c.level),
            kind_label: words.say(&format!("task-{}", level(c.level))),
            what: c.what.get(words.0).to_owned(),
            next: c.next.get(words.0).to_owned(),
        });
        let writer = || Writer { words, to_anchors, status, lines: Vec::new() };
        let cards = vec![
            writer().backup(),
            writer().drill(),
            writer().log(),
            writer().anchors(),
            writer().database(),
            writer().program(),
        ];
        StateView { concerns: concerns.collect(), cards }
    }
}

impl Writer<'_> {
    fn line(&mut self, key: &str, text: impl Into<String>) {
        self.lines.push(Line { name: self.words.say(key), text: text.into(), exact: false });
    }

    fn exact(&mut self, key: &str, text: impl Into<String>) {
        self.lines.push(Line { name: self.words.say(key), text: text.into(), exact: true });
    }

    fn card(self, key: &'static str, about: Option<About>) -> Card {
        let state = about.map(|about| self.state(about));
        Card { key, title: self.words.say(key), state, lines: self.lines, more: None }
    }

    /// The worst that is said about it.
    fn state(&self, about: About) -> StateChip {
        let worst = self.status.concerns.iter().filter(|c| c.about == about).map(|c| c.level).min();
        let (tone, key) = match worst {
            Some(Level::High) => ("bad", "state-bad"),
            Some(Level::Medium) => ("warn", "state-look"),
            Some(Level::Low) => ("closed", "state-none"),
            None if about == About::Drill && self.status.backup.drill.is_none() => ("closed", "state-never"),
            None if about == About::Anchors && self.is_waiting() => ("warn", "anchors-state-waiting"),
            None => ("good", "state-good"),
        };
        StateChip { tone: tone.into(), label: self.words.say(key) }
    }

    /// An answer is expected; not for so long yet that somebody has to ask.
    fn is_waiting(&self) -> bool {
        self.status.anchors.iter().any(|a| a.standing == "waiting")
    }

    fn backup(mut self) -> Card {
        let state = &self.status.backup;
        match &state.backup {
            None => self.line("state-last", self.words.say("state-never")),
            Some(last) => {
                self.line("state-last", instant(last.at));
                self.line("state-place", last.place.clone());
                if let Some(keys) = &last.keys {
                    self.line("state-keys", keys.clone());
                }
                // Pieces are counted from 0.
                let pieces = (last.piece + 1).to_string();
                let chain = [("chain", last.chain.as_str()), ("pieces", pieces.as_str())];
                self.line("state-chain", self.words.with("state-chain-piece", &chain));
                self.line("state-last-size", size(last.stored_bytes));
                if let Some(until) = &last.locked_until {
                    self.line("state-locked", until.clone());
                }
            }
        }
        self.line("state-unsaved", self.words.count("count-entries", count(state.unsaved)));
        self.card("state-backup", Some(About::Backup))
    }

    fn drill(mut self) -> Card {
        match &self.status.backup.drill {
            None => self.line("state-last", self.words.say("state-never")),
            Some(last) => {
                self.line("state-last", instant(last.at));
                self.line(
                    "state-result",
                    self.words.say(if last.ok { "state-drill-ok" } else { "state-drill-failed" }),
                );
                self.line("state-restored", self.words.count("count-entries", count(last.entries)));
                self.line("state-took", self.words.count("span-seconds", count(last.seconds)));
                self.line("state-place", last.place.clone());
                if let Some(filed) = &last.filed {
                    self.line("state-filed", filed.clone());
                }
            }
        }
        self.line("state-every", self.words.count("span-days", self.status.drill_days.max(0) as usize));
        self.card("state-drill", Some(About::Drill))
    }

    fn log(mut self) -> Card {
        let log = &self.status.log;
        self.line("state-entries", self.words.count("count-entries", count(log.entries)));
        let newest =
            log.checkpoint.map(|c| self.words.with("anchors-held", &[("n", &number(c.size)), ("at", &instant(c.at))]));
        self.line("state-checkpoint", newest.unwrap_or_else(|| self.words.say("state-never")));
        let behind = match log.behind_since {
            Some(since) if log.behind > 0 => {
                let n = number(log.behind);
                self.words.with("anchors-waiting", &[("n", &n), ("since", &instant(since))])
            }
            _ => self.words.say("state-not-behind"),
        };
        self.line("state-behind", behind);
        self.exact("state-origin", log.origin.clone());
        let epoch = usize::try_from(log.epoch).unwrap_or(1);
        self.line("state-epoch", self.words.count("state-epoch-text", epoch));
        self.card("state-log", Some(About::Log))
    }

    fn anchors(mut self) -> Card {
        let covered = [
            ("all", number(self.status.log.checkpoint.map_or(0, |c| c.size))),
            ("covered", number(self.status.covered)),
        ];
        let covered: Vec<(&'static str, &str)> = covered.iter().map(|(name, n)| (*name, n.as_str())).collect();
        self.line("state-attested", self.words.with("state-attested-of", &covered));
        for anchor in &self.status.anchors {
            let text = anchor_words(self.words, anchor);
            self.lines.push(Line { name: anchor.name.clone(), text, exact: false });
        }
        let more = self.to_anchors.then(|| ("/anchors", self.words.say("state-to-anchors")));
        Card { more, ..self.card("state-anchors", Some(About::Anchors)) }
    }

    fn database(mut self) -> Card {
        let db = &self.status.database;
        self.line("state-kind", if db.kind == "sqlite" { "SQLite" } else { "PostgreSQL" });
        self.line("state-place", db.place.clone());
        self.line("state-size", size(db.bytes));
        let files = [("n", number(db.files)), ("size", size(db.file_bytes))];
        let files: Vec<(&'static str, &str)> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
        self.line("state-files", self.words.with("state-files-text", &files));
        self.card("state-database", None)
    }

    fn program(mut self) -> Card {
        let status = self.status;
        self.line("state-version", status.version);
        let counts = [
            ("registers", number(status.catalogue.registers as u64)),
            ("items", number(status.catalogue.items as u64)),
            ("parts", number(status.catalogue.parts as u64)),
        ];
        let counts: Vec<(&'static str, &str)> = counts.iter().map(|(name, n)| (*name, n.as_str())).collect();
        self.line("state-catalogue", self.words.with("state-catalogue-text", &counts));
        self.exact("state-digest", status.catalogue.digest.clone());
        if status.catalogue.first != status.catalogue.digest {
            self.exact("state-first-digest", status.catalogue.first.clone());
        }
        self.line("state-created", instant(status.created));
        self.card("state-program", None)
    }
}

fn anchor_words(words: Words, anchor: &AnchorState) -> String {
    // What waits is said below, with its number and day.
    let standing = anchor.since.is_none().then(|| words.say(&format!("anchors-state-{}", anchor.standing)));
    let mut texts: Vec<String> = standing.into_iter().collect();
    if let Some(held) = anchor.held {
        texts.push(words.with("anchors-held", &[("n", &number(held.size)), ("at", &instant(held.at))]));
    }
    if let Some(since) = anchor.since {
        let n = anchor.waiting.to_string();
        texts.push(format!(
            "{} {}",
            words.say("anchors-queue"),
            words.with("anchors-waiting", &[("n", &n), ("since", &instant(since))])
        ));
    }
    texts.extend(anchor.trouble.as_ref().map(|t| t.get(words.0).to_owned()));
    texts.join(" · ")
}

fn count(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}
