//! Facts about the hospital: what records imply, else the latest confirmed profile answer, else unknown.
//! Also the lengths of periods as the hospital set them in its rules.

use crate::catalog::Catalog;
use crate::cond::days;
use crate::date::{Day, Span};
use crate::expr::Tri;
use crate::label::Label;
use crate::record::{RecordId, Version};
use crate::register::Register;
use crate::value::{Link, Value};
use crate::world::View;

/// A fact as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct FactState {
    pub value: Tri,
    pub why: FactWhy,
    /// When the profile's answer may turn; what records imply turns with them.
    pub(super) turns: Option<Day>,
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

/// Works out one fact as of a day; `implied` is how many rows imply it then.
pub(super) fn fact(key: &str, implied: usize, view: &View, period: Span, day: Day) -> FactState {
    let answer = answer(key, view, period, day);
    if implied == 0 {
        return answer;
    }
    let against_answer = answer.value == Tri::False;
    FactState { value: Tri::True, why: FactWhy::Implied { rows: implied, against_answer }, turns: None }
}

/// The latest confirmed answer up to the day, while it is not too old.
fn answer(key: &str, view: &View, period: Span, day: Day) -> FactState {
    let mut given: Vec<Answer> = Vec::new();
    if let Some(register) = view.catalog.register_by_key("profile") {
        let live = view.rows_of("profile").iter().filter(|v| view.is_live(v));
        given.extend(live.filter_map(|v| read_answer(register, v, key)));
    }
    let next = given.iter().map(|a| a.on).filter(|on| *on > day).min();
    let Some(last) = given.iter().filter(|a| a.on <= day).max_by_key(|a| (a.on, a.recorded_at, a.id)) else {
        return FactState { value: Tri::Unknown, why: FactWhy::Unanswered, turns: next };
    };
    let ends = Day(last.on.plus(period).0.saturating_add(1));
    if day >= ends {
        return FactState { value: Tri::Unknown, why: FactWhy::Stale { on: last.on }, turns: next };
    }
    let turns = next.map_or(ends, |next| next.min(ends));
    FactState { value: last.yes.into(), why: FactWhy::Answered { on: last.on }, turns: Some(turns) }
}

struct Answer {
    on: Day,
    yes: bool,
    recorded_at: i64,
    id: RecordId,
}

/// An answer counts only when it says who confirmed it and when.
fn read_answer(register: &Register, v: &Version, key: &str) -> Option<Answer> {
    let Value::Text(fact) = v.get(register, "fact") else { return None };
    let Value::YesNo(yes) = v.get(register, "answer") else { return None };
    if **fact != *key || v.get(register, "confirmed_by").is_missing() {
        return None;
    }
    let (on, _) = days(v.get(register, "confirmed_on"))?;
    Some(Answer { on, yes: *yes, recorded_at: v.recorded_at, id: v.id })
}

/// Lengths of all periods: the hospital's rule when there is one, within the ceiling unless approved.
pub(super) fn periods(catalog: &Catalog, view: &View) -> Vec<Span> {
    catalog.periods.iter().map(|p| period(&p.key, &p.default, p.ceiling.as_deref(), view)).collect()
}

const YEAR: Span = Span { months: 12, days: 0 };

/// Of several rules in force the shortest counts.
fn period(key: &str, default: &str, ceiling: Option<&str>, view: &View) -> Span {
    let default = Span::parse(default).unwrap_or(YEAR);
    let longest = |a: Span, b: Span| if b.approx_days() > a.approx_days() { b } else { a };
    let ceiling = ceiling.and_then(Span::parse).unwrap_or_else(|| longest(YEAR, default));
    let Some(register) = view.catalog.register_by_key("period-rule") else { return default };
    let rules =
        view.rows_of("period-rule").iter().filter(|v| view.is_live(v) && text(v.get(register, "period")) == Some(key));
    let allowed = rules.filter_map(|v| {
        let length = Span::parse(text(v.get(register, "length"))?)?;
        let fits = length.approx_days() <= ceiling.approx_days();
        (fits || approved(register, v, view)).then_some(length)
    });
    allowed.min_by_key(|s| (s.approx_days(), s.days)).unwrap_or(default)
}

/// A longer period needs a reason and a decision in force that approves it.
fn approved(register: &Register, rule: &Version, view: &View) -> bool {
    approves(rule.get(register, "approval"), view) && !rule.get(register, "reason").is_missing()
}

/// Whether a link leads to a decision in force that approves. One that only reports or confirms does not.
pub(super) fn approves(approval: &Value, view: &View) -> bool {
    let Value::Link(Link::To(id)) = approval else { return false };
    let approving = |d: &Version| {
        let kind = d.get(view.register(d), "kind");
        &*d.state == "approved" && matches!(kind, Value::Choice(k) if matches!(&**k, "approve" | "report-and-approve"))
    };
    view.get(*id).is_some_and(|d| view.is_live(d) && approving(d))
}

/// Whether a link leads to a record in a live state.
fn in_force(link: &Value, view: &View) -> bool {
    matches!(link, Value::Link(Link::To(id)) if view.get(*id).is_some_and(|v| view.is_live(v)))
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Text(t) => Some(t),
        _ => None,
    }
}

/// The percentage a rule of the hospital asks for, the highest of several; 100 when it has none. A rule stands in a
/// document in force or is approved: a figure somebody typed is none.
pub(super) fn percent(rule: Option<&str>, view: &View) -> usize {
    let (Some(rule), Some(register)) = (rule, view.catalog.register_by_key("period-rule")) else { return 100 };
    let founded = |v: &Version| in_force(v.get(register, "document"), view) || approved(register, v, view);
    let rows = view.rows_of("period-rule").iter();
    let rows = rows.filter(|v| view.is_live(v) && text(v.get(register, "period")) == Some(rule) && founded(v));
    let read =
        rows.filter_map(|v| text(v.get(register, "length"))?.trim_end_matches(['%', '％']).parse::<usize>().ok());
    read.max().map_or(100, |p| p.clamp(1, 100))
}

/// Tells whether a change in the register can change periods or percentages.
pub(super) fn sets_periods(register: &str) -> bool {
    matches!(register, "period-rule" | "decision" | "document")
}
