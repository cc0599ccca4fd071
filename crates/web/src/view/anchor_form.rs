//! The form of an anchor: its controls with what was sent and what is wrong, what is trusted already, the log's keys
//! for a witness.

use akashi_app::anchor::{Anchor, Kind, Terms};
use akashi_domain::cond::tokyo_day;

use super::read::Faults;
use crate::guard::form::Fields;
use crate::words::Words;

/// The texts of the controls.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent {
    pub(crate) name: String,
    pub(crate) url: String,
    /// What is trusted; when changing: more of it.
    pub(crate) trust: String,
    pub(crate) every: String,
    pub(crate) after: String,
    pub(crate) policy: String,
    pub(crate) enabled: bool,
}

pub(crate) struct AnchorForm {
    pub(crate) title: String,
    pub(crate) action: String,
    pub(crate) kind: &'static str,
    pub(crate) kind_label: String,
    pub(crate) is_new: bool,
    pub(crate) sent: Sent,
    pub(crate) lines: Vec<Control>,
    pub(crate) trust: Control,
    /// What is trusted already.
    pub(crate) trusted: Vec<String>,
    /// The log's keys, to be given to a witness.
    pub(crate) keys: String,
    /// Controls with a fault, in the order of the form.
    pub(crate) wrong: Vec<(String, String)>,
}

/// A line of text.
#[derive(Clone)]
pub(crate) struct Control {
    pub(crate) name: &'static str,
    pub(crate) label: String,
    pub(crate) help: String,
    pub(crate) value: String,
    pub(crate) fault: Option<String>,
}

impl Sent {
    /// A new one, with the usual schedule.
    pub(crate) fn of_kind(kind: Kind) -> Sent {
        let usual = Terms::default_of(kind);
        let (every, after) = (usual.every_minutes.to_string(), usual.after_entries.to_string());
        Sent { every, after, enabled: true, ..Sent::default() }
    }

    /// One that is there, as it is now.
    pub(crate) fn of(anchor: &Anchor) -> Sent {
        Sent {
            name: anchor.name.clone(),
            url: anchor.url.clone(),
            trust: String::new(),
            every: anchor.terms.every_minutes.to_string(),
            after: anchor.terms.after_entries.to_string(),
            policy: anchor.terms.policy.clone().unwrap_or_default(),
            enabled: anchor.enabled,
        }
    }

    pub(crate) fn read(fields: &Fields) -> Sent {
        let text = |name: &str| fields.get(name).unwrap_or_default().to_owned();
        Sent {
            name: text("name"),
            url: text("url"),
            trust: text("trust").replace('\r', ""),
            every: text("every"),
            after: text("after"),
            policy: text("policy"),
            enabled: fields.has("enabled"),
        }
    }
}

impl AnchorForm {
    pub(crate) fn make(
        words: Words,
        kind: Kind,
        anchor: Option<&Anchor>,
        sent: Sent,
        faults: &Faults,
        keys: String,
    ) -> AnchorForm {
        let is_tsa = kind == Kind::Tsa;
        let control = |name: &'static str, value: &str, label: &str, help: &str| {
            let (label, help) = (words.say(label), words.say(help));
            Control { name, label, help, value: value.to_owned(), fault: faults.of(name) }
        };
        let (url_help, trust_help) = match kind {
            Kind::Tsa => ("anchor-url-tsa", "anchor-trust-tsa"),
            Kind::Witness => ("anchor-url-help", "anchor-trust-help"),
        };
        let mut lines = vec![
            control("name", &sent.name, "anchor-name", "anchor-name-help"),
            control("url", &sent.url, "anchor-url", url_help),
            control("every", &sent.every, "anchor-every", "anchor-every-help"),
            control("after", &sent.after, "anchor-after", "anchor-after-help"),
        ];
        lines.extend(is_tsa.then(|| control("policy", &sent.policy, "anchor-policy", "anchor-policy-help")));
        let trust_label = if anchor.is_some() { "anchor-trust-more" } else { "anchor-trust" };
        let trust = control("trust", &sent.trust, trust_label, trust_help);
        let all = lines.iter().chain([&trust]).filter(|control| control.fault.is_some());
        let wrong = all.map(|control| (control.name.to_owned(), control.label.clone())).collect();
        let title = match anchor {
            Some(anchor) => words.with("anchor-change-title", &[("name", &anchor.name)]),
            None => words.say(if is_tsa { "anchors-add-tsa" } else { "anchors-add-witness" }),
        };
        AnchorForm {
            title,
            action: anchor.map_or_else(|| "/anchors/new".to_owned(), |anchor| format!("/anchors/{}/edit", anchor.id)),
            kind: kind.key(),
            kind_label: words.say(if is_tsa { "anchors-kind-tsa" } else { "anchors-kind-witness" }),
            is_new: anchor.is_none(),
            lines,
            trust,
            trusted: anchor.map(|anchor| trusted(words, anchor)).unwrap_or_default(),
            keys,
            wrong,
            sent,
        }
    }
}

fn trusted(words: Words, anchor: &Anchor) -> Vec<String> {
    let line = |one: akashi_app::anchor::Trusted| match one.until {
        Some(until) => {
            let until = tokyo_day(until).to_string();
            words.with("anchor-trusted", &[("name", &one.name), ("until", &until), ("print", &one.fingerprint)])
        }
        None => one.name,
    };
    anchor.trusted().into_iter().map(line).collect()
}
