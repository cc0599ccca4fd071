//! Facts about the hospital: what records imply, else the latest confirmed profile answer, else unknown.
//! Also the lengths of periods as the hospital set them in its rules.

use super::program::Program;
use crate::catalog::Catalog;
use crate::cond::{Flip, days};
use crate::date::{Day, Span};
use crate::expr::Tri;
use crate::label::Label;
use crate::record::Version;
use crate::register::Register;
use crate::value::{Link, Value};
use crate::world::View;

/// A fact as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct FactState {
    pub value: Tri,
    pub why: FactWhy,
    /// When it may turn.
    pub flip: Flip,
}

/// Where a fact comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum FactWhy {
    /// Records imply it; a contrary answer does not count.
    Implied {
        rows: usize,
        against_answer: bool,
    },
    Answered {
        on: Day,
    },
    /// An answer exists but is older than the profile period.
    Stale {
        on: Day,
    },
    Unanswered,
}

impl FactState {
    /// Says in words why it is so.
    pub fn because(&self, title: &Label) -> Label {
        match &self.why {
            FactWhy::Implied { rows, against_answer } => {
                let extra = if *against_answer {
                    ("(プロファイルの回答と矛盾)", " (against the profile answer)")
                } else {
                    ("", "")
                };
                Label::new(
                    format!("「{}」は台帳の{rows}件から明らかです{}", title.ja, extra.0),
                    format!("“{}” follows from {rows} record(s){}", title.en, extra.1),
                )
            }
            FactWhy::Answered { on } => {
                let (ja, en) = if self.value == Tri::True { ("はい", "yes") } else { ("いいえ", "no") };
                Label::new(
                    format!("「{}」に{on}「{ja}」と確認済み", title.ja),
                    format!("“{}” confirmed as {en} on {on}", title.en),
                )
            }
            FactWhy::Stale { on } => Label::new(
                format!("「{}」の確認({on})が古くなっています。プロファイルを確認し直してください", title.ja),
                format!("The answer to “{}” ({on}) is too old; confirm the profile again", title.en),
            ),
            FactWhy::Unanswered => Label::new(
                format!("「{}」が未回答です。プロファイルに答えてください", title.ja),
                format!("“{}” is not answered; answer it in the profile", title.en),
            ),
        }
    }
}

/// Works out one fact. `implied` is how many rows imply it and when that may turn.
pub(super) fn fact(key: &str, implied: (usize, Flip), view: &View, period: Span, day: Day) -> FactState {
    let answer = answer(key, view, period, day);
    if implied.0 > 0 {
        let against_answer = answer.value == Tri::False;
        return FactState {
            value: Tri::True,
            why: FactWhy::Implied { rows: implied.0, against_answer },
            flip: implied.1,
        };
    }
    let mut out = answer;
    out.flip.join(implied.1);
    out
}

fn answer(key: &str, view: &View, period: Span, day: Day) -> FactState {
    let unanswered = FactState { value: Tri::Unknown, why: FactWhy::Unanswered, flip: Flip::default() };
    let Some(register) = view.catalog.register_by_key("profile") else { return unanswered };
    let live = view.rows_of("profile").iter().filter(|v| view.is_live(v));
    let given = live.filter_map(|v| read_answer(register, v, key));
    let Some((on, yes)) = given.filter(|(on, _)| *on <= day).max_by_key(|(on, _)| *on) else { return unanswered };
    let ends = Day(on.plus(period).0 + 1);
    if day >= ends {
        return FactState { value: Tri::Unknown, why: FactWhy::Stale { on }, flip: Flip::default() };
    }
    FactState { value: yes.into(), why: FactWhy::Answered { on }, flip: Flip(Some(ends)) }
}

/// An answer counts only when it says who confirmed it and when.
fn read_answer(register: &Register, v: &Version, key: &str) -> Option<(Day, bool)> {
    let Value::Text(fact) = v.get(register, "fact") else { return None };
    let Value::YesNo(yes) = v.get(register, "answer") else { return None };
    if **fact != *key || v.get(register, "confirmed_by").is_missing() {
        return None;
    }
    days(v.get(register, "confirmed_on")).map(|d| (d.1, *yes))
}

/// Lengths of all periods: the hospital's rule when there is one, within the ceiling unless approved.
pub(super) fn periods(catalog: &Catalog, view: &View) -> Vec<Span> {
    catalog.periods.iter().map(|p| period(&p.key, &p.default, p.ceiling.as_deref(), view)).collect()
}

const YEAR: Span = Span { months: 12, days: 0 };

fn period(key: &str, default: &str, ceiling: Option<&str>, view: &View) -> Span {
    let default = Span::parse(default).unwrap_or(YEAR);
    let ceiling = ceiling.and_then(Span::parse).unwrap_or(YEAR);
    let Some(register) = view.catalog.register_by_key("period-rule") else { return default };
    let rules =
        view.rows_of("period-rule").iter().filter(|v| view.is_live(v) && text(v.get(register, "period")) == Some(key));
    let allowed = rules.filter_map(|v| {
        let length = Span::parse(text(v.get(register, "length"))?)?;
        let fits = length.approx_days() <= ceiling.approx_days();
        (fits || approved(register, v, view)).then_some(length)
    });
    allowed.last().unwrap_or(default)
}

/// A longer period needs a reason and a live decision.
fn approved(register: &Register, rule: &Version, view: &View) -> bool {
    let decided = match rule.get(register, "approval") {
        Value::Link(Link::To(id)) => view.get(*id).is_some_and(|d| view.is_live(d)),
        _ => false,
    };
    decided && !rule.get(register, "reason").is_missing()
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(t) => Some(t),
        _ => None,
    }
}

/// The percentage a rule of the hospital asks for; 100 when it has none.
pub(super) fn percent(rule: Option<&str>, view: &View) -> usize {
    let (Some(rule), Some(register)) = (rule, view.catalog.register_by_key("period-rule")) else { return 100 };
    let rows =
        view.rows_of("period-rule").iter().filter(|v| view.is_live(v) && text(v.get(register, "period")) == Some(rule));
    let read = rows.filter_map(|v| text(v.get(register, "length"))?.trim_end_matches('%').parse::<usize>().ok());
    read.last().map_or(100, |p| p.clamp(1, 100))
}

/// Tells whether a change in the register can change periods or percentages.
pub(super) fn sets_periods(catalog: &Catalog, register: &Register) -> bool {
    register.key == "period-rule" || (register.key == "decision" && catalog.register_by_key("period-rule").is_some())
}

impl Program {
    /// Tells whether any check reads facts inside its conditions.
    pub(super) fn reads_facts(&self) -> impl Iterator<Item = usize> {
        self.checks.iter().enumerate().filter(|(_, c)| !c.reads.facts.is_empty()).map(|(ix, _)| ix)
    }
}
