//! What is demanded of a record and whether it is there; clocks that run over it and over the rows that link to it.

use akashi_domain::register::Sensitivity;
use akashi_domain::verdict::demand::{Answer, Demanded, Running};
use akashi_domain::{Label, Value, Version};

use super::chip::StateChip;
use super::eyes::Eyes;
use super::item::Link;

/// A demand as a record's page shows it.
pub(crate) struct DemandView {
    pub(crate) title: String,
    pub(crate) asks: Option<String>,
    pub(crate) items: Vec<Link>,
    pub(crate) state: StateChip,
    pub(crate) lacks: Vec<String>,
    /// Another record that carries it.
    pub(crate) elsewhere: Option<Link>,
}

/// A clock as a record's page shows it.
pub(crate) struct ClockView {
    pub(crate) title: String,
    pub(crate) says: String,
    pub(crate) to: Option<String>,
    /// With its day of the week.
    pub(crate) due: String,
    pub(crate) state: StateChip,
    pub(crate) entered: bool,
    /// The row it runs over, where that is another than the page's.
    pub(crate) row: Option<Link>,
}

/// Returns what is demanded of the record, as far as the reader may see what tells: what is missing first.
pub(crate) fn demands(eyes: &Eyes, version: &Version) -> Vec<DemandView> {
    let register = eyes.evaluator.catalog().register(version.register);
    let seen = |d: &&Demanded| match &d.plan.rests_on {
        Some(slots) => slots.iter().all(|ix| eyes.sees(register.slot(*ix))),
        None => eyes.sees_all(Sensitivity::Confidential),
    };
    let all = eyes.evaluator.demands(version);
    let mut out: Vec<&Demanded> = all.iter().filter(seen).collect();
    out.sort_by_key(|d| match d.answer {
        Answer::Missing => 0,
        Answer::Unknown => 1,
        Answer::Elsewhere(_) => 2,
        Answer::Met => 3,
    });
    out.into_iter().map(|d| demand(eyes, d)).collect()
}

fn demand(eyes: &Eyes, demanded: &Demanded) -> DemandView {
    let words = eyes.seat.words();
    let (tone, key) = match demanded.answer {
        Answer::Met => ("good", "demand-met"),
        Answer::Elsewhere(_) => ("neutral", "demand-elsewhere"),
        Answer::Missing => ("bad", "demand-missing"),
        Answer::Unknown => ("warn", "demand-unknown"),
    };
    let elsewhere = match &demanded.answer {
        Answer::Elsewhere(other) if eyes.opens(other) => Some(link(eyes, other)),
        _ => None,
    };
    let text = |label: &Label| label.get(words.0).to_owned();
    DemandView {
        title: text(&demanded.plan.title),
        asks: demanded.plan.asks.as_ref().map(text),
        items: demanded.plan.items.iter().map(|i| Link { href: format!("/items/{i}"), label: i.clone() }).collect(),
        state: StateChip { tone: tone.into(), label: words.say(key) },
        lacks: if elsewhere.is_some() { Vec::new() } else { demanded.lacks.iter().map(text).collect() },
        elsewhere,
    }
}

/// Returns the clocks of the record, and those of the rows that link to it.
pub(crate) fn clocks<'v>(eyes: &Eyes, version: &Version, linked: impl Iterator<Item = &'v Version>) -> Vec<ClockView> {
    let mut out = of(eyes, version, false);
    linked.for_each(|other| out.extend(of(eyes, other, true)));
    out
}

fn of(eyes: &Eyes, version: &Version, linked: bool) -> Vec<ClockView> {
    let register = eyes.evaluator.catalog().register(version.register);
    let running = eyes.evaluator.clocks(version).into_iter().filter(|r| eyes.sees(register.slot(r.slot)));
    running.map(|r| clock(eyes, &r, linked.then(|| link(eyes, version)))).collect()
}

fn clock(eyes: &Eyes, running: &Running, row: Option<Link>) -> ClockView {
    let words = eyes.seat.words();
    let today = eyes.evaluator.view().as_of;
    let left = running.due.last().0 - today.0;
    let days = |n: i32| usize::try_from(n).unwrap_or(0);
    let (tone, label) = match running.done {
        Some(done) => ("good", words.with("clock-done", &[("day", &day_of(done))])),
        None if left < 0 => ("bad", words.count("clock-over", days(-left))),
        None => ("warn", words.count("days-away", days(left))),
    };
    ClockView {
        title: running.clock.title.get(words.0).to_owned(),
        says: running.clock.says.get(words.0).to_owned(),
        to: running.clock.to.as_ref().map(|t| t.get(words.0).to_owned()),
        due: super::long_day(words, running.due.last()),
        state: StateChip { tone: tone.into(), label },
        entered: running.entered,
        row,
    }
}

fn day_of(value: &Value) -> String {
    akashi_domain::cond::days(value).map(|(_, last)| last.to_string()).unwrap_or_default()
}

fn link(eyes: &Eyes, version: &Version) -> Link {
    Link { href: format!("/records/{}", version.id), label: eyes.titled(version) }
}
