//! Words for verdicts: why a part is as it is, and what is wrong with each failing row.
//! Made on demand, so that judging a hundred thousand rows writes no text.

mod join;
mod row;
mod show;
mod words;

use super::check::{CheckIx, Mode, Row};
use super::evaluator::Evaluator;
use super::judge::{Answers, all_of, any_of};
use super::program::Plan;
use super::statement::Judgement;
use super::{Failing, Judged, join};
use crate::catalog::Finding;
use crate::expr::{Expr, Tri};
use crate::label::{Label, Lang};
use crate::record::Version;

pub(crate) use row::path_title;
pub use show::{headline, instant, show};

use row::row_why;
use show::fill;

impl Evaluator {
    /// Judges a plan with words.
    pub(super) fn judge(&self, plan: &Plan) -> Judgement {
        match plan {
            Plan::Check(ix) => self.judge_check(*ix),
            Plan::Event { events, nil, contrary } => self.judge_event(*events, *nil, contrary),
            Plan::All(inner) => {
                let parts: Vec<Judgement> = inner.iter().map(|p| self.judge(p)).collect();
                let value = all_of(parts.iter().map(|j| j.value));
                combine(value, parts)
            }
            Plan::AnyOf(inner) => {
                let parts: Vec<Judgement> = inner.iter().map(|p| self.judge(p)).collect();
                let value = any_of(parts.iter().map(|j| j.value));
                combine(value, parts)
            }
            Plan::When { when, then, otherwise } => match (self.fact_test(when), otherwise) {
                (Tri::True, _) => self.judge(then),
                (Tri::False, Some(p)) => self.judge(p),
                (known, _) => self.judge_inapplicable(when, known),
            },
        }
    }

    fn judge_inapplicable(&self, when: &Expr, known: Tri) -> Judgement {
        let titles: Vec<Label> = self
            .catalog()
            .facts
            .iter()
            .filter(|f| when.reads().facts.contains(&f.key))
            .map(|f| f.title.clone())
            .collect();
        let named = join(&titles);
        let (value, because) = if known == Tri::False {
            (
                Judged::NotApplicable,
                Label::new(
                    format!("「{}」に当たらないため対象外です", named.ja),
                    format!("Not applicable: “{}” does not hold", named.en),
                ),
            )
        } else {
            (
                Judged::Insufficient,
                Label::new(
                    format!("「{}」がわからないため判定できません", named.ja),
                    format!("Cannot be judged: “{}” is not known", named.en),
                ),
            )
        };
        Judgement { value, population: 0, because, legacy: false, empty: true }
    }

    fn judge_check(&self, ix: CheckIx) -> Judgement {
        let (check, tally) = (self.check(ix), self.memos[ix].tally);
        let value = self.check_value(ix);
        let register = &self.catalog().register(check.register).title;
        let population = tally.population();
        let because = match (&check.mode, value) {
            (_, _) if population == 0 && check.mode != Mode::None => nothing(register, &check.mode, value),
            (Mode::Any, Judged::Satisfied) => self.holding(ix, register),
            (Mode::Any, _) => self.nearest(ix, register),
            (Mode::None, Judged::Satisfied) => Label::new(
                format!("「{}」に反する行はありません", register.ja),
                format!("No contrary row in “{}”", register.en),
            ),
            (Mode::None, _) => Label::new(
                format!("「{}」の{population}件が反しています", register.ja),
                format!("{population} row(s) of “{}” stand against it", register.en),
            ),
            (_, Judged::Satisfied) => Label::new(
                format!("「{}」の{population}件すべてが条件を満たします", register.ja),
                format!("All {population} row(s) of “{}” hold", register.en),
            ),
            _ => self.shortfall(ix, register, population),
        };
        let because = match &check.mode {
            Mode::Share { .. } => share(register, tally.pass + tally.legacy, population),
            _ => because,
        };
        Judgement { value, population, because, legacy: tally.legacy > 0, empty: population == 0 }
    }

    fn shortfall(&self, ix: CheckIx, register: &Label, population: usize) -> Label {
        let tally = self.memos[ix].tally;
        let mut ja = Vec::new();
        let mut en = Vec::new();
        if tally.fail > 0 {
            ja.push(format!("{}件が条件を満たしません", tally.fail));
            en.push(format!("{} fail(s)", tally.fail));
        }
        if tally.unknown > 0 {
            ja.push(format!("{}件は記入が足りません", tally.unknown));
            en.push(format!("{} lack(s) data", tally.unknown));
        }
        if ja.is_empty() {
            ja.push("必要な件数に届きません".into());
            en.push("fewer than needed".into());
        }
        let first = self.failing_of(ix, 1).pop().map(|f| f.why).unwrap_or_default();
        let (sep_ja, sep_en) = if first.ja.is_empty() { ("", "") } else { ("。例: ", "; e.g. ") };
        Label::new(
            format!("「{}」{population}件のうち{}{sep_ja}{}", register.ja, ja.join("、"), first.ja),
            format!("Of {population} row(s) of “{}”, {}{sep_en}{}", register.en, en.join(", "), first.en),
        )
    }

    fn holding(&self, ix: CheckIx, register: &Label) -> Label {
        let rows = self.view.rows(self.check(ix).register);
        let last = self.memos[ix].rows(|r| matches!(r, Row::Pass | Row::Legacy)).last().map(|at| &rows[at as usize]);
        let code = last.map_or("", |v| &*v.code);
        Label::new(format!("「{}」{code} により満たします", register.ja), format!("Met by {code} of “{}”", register.en))
    }

    /// Of the candidates, the newest says what it lacks.
    fn nearest(&self, ix: CheckIx, register: &Label) -> Label {
        let rows = self.view.rows(self.check(ix).register);
        let Some(at) = self.memos[ix].rows(|r| r != Row::Out).last() else {
            return nothing(register, &Mode::Any, Judged::NotSatisfied);
        };
        let version = &rows[at as usize];
        let why = self.framed(|frame| row_why(self.check(ix), frame, version));
        Label::new(
            format!("「{}」{}: {}", register.ja, version.code, why.ja),
            format!("{} of “{}”: {}", version.code, register.en, why.en),
        )
    }

    fn judge_event(&self, events: CheckIx, nil: CheckIx, contrary: &[CheckIx]) -> Judgement {
        let value = self.event_value(events, nil, contrary);
        let happened = self.memos[events].tally.population();
        if happened > 0 {
            return self.judge_check(events);
        }
        let against = contrary.iter().find(|c| self.check_value(**c) != Judged::Satisfied);
        let because = match (against, value) {
            (Some(c), _) => {
                let j = self.judge_check(*c);
                Label::new(
                    format!("「該当なし」と食い違う記録があります。{}", j.because.ja),
                    format!("Records contradict that nothing happened. {}", j.because.en),
                )
            }
            (None, Judged::Satisfied) => {
                let held = self.holding(nil, &self.catalog().register(self.check(nil).register).title);
                Label::new(format!("該当する事象はありません。{}", held.ja), format!("No such event. {}", held.en))
            }
            (None, _) => Label::new(
                "該当する事象の記録も、期間内の「該当なし」の宣言もありません",
                "There is neither a record of such an event nor a nil declaration for the period",
            ),
        };
        Judgement { value, population: 0, because, legacy: false, empty: self.memos[nil].tally.population() == 0 }
    }

    /// Returns up to `limit` rows that keep the part at `ix` from being satisfied.
    pub fn failing(&self, ix: usize, limit: usize) -> Vec<Failing> {
        let plan = &self.program.parts[ix].plan;
        let mut out = Vec::new();
        self.failing_in(plan, limit, &mut out);
        out
    }

    fn failing_in(&self, plan: &Plan, limit: usize, out: &mut Vec<Failing>) {
        match plan {
            Plan::Check(ix) => {
                if !self.check_value(*ix).is_settled() {
                    out.extend(self.failing_of(*ix, limit.saturating_sub(out.len())));
                }
            }
            Plan::Event { events, contrary, .. } => {
                for ix in std::iter::once(events).chain(contrary).filter(|ix| !self.check_value(**ix).is_settled()) {
                    out.extend(self.failing_of(*ix, limit.saturating_sub(out.len())));
                }
            }
            Plan::All(inner) => inner.iter().for_each(|p| self.failing_in(p, limit, out)),
            Plan::AnyOf(inner) => {
                if !self.plan_value(plan).is_settled() {
                    inner.iter().for_each(|p| self.failing_in(p, limit, out));
                }
            }
            Plan::When { when, then, otherwise } => match (self.fact_test(when), otherwise) {
                (Tri::True, _) => self.failing_in(then, limit, out),
                (Tri::False, Some(p)) => self.failing_in(p, limit, out),
                _ => {}
            },
        }
    }

    fn failing_of(&self, ix: CheckIx, limit: usize) -> Vec<Failing> {
        let check = self.check(ix);
        let against = |r: Row| match check.mode {
            Mode::None => matches!(r, Row::Pass | Row::Unknown),
            _ => matches!(r, Row::Fail | Row::Unknown),
        };
        let rows = self.view.rows(check.register);
        self.framed(|frame| {
            let bad = self.memos[ix].rows(against).take(limit).map(|at| {
                let version = &rows[at as usize];
                let unknown = self.memos[ix].row(at) == Row::Unknown;
                Failing { register: check.register, id: version.id, why: row_why(check, frame, version), unknown }
            });
            bad.collect()
        })
    }

    /// Returns the text of a finding about a row: `{field.path}` is replaced by what the row holds.
    pub fn finding_why(&self, finding: &Finding, version: &Version) -> Label {
        let fill = |text: &str, lang| fill(text, &self.view, version, lang);
        Label::new(fill(&finding.why.ja, Lang::Ja), fill(&finding.why.en, Lang::En))
    }
}

fn combine(value: Judged, parts: Vec<Judgement>) -> Judgement {
    let deciding: Vec<&Judgement> = parts
        .iter()
        .filter(|j| if value.is_settled() { j.value.is_settled() } else { !j.value.is_settled() })
        .collect();
    let because: Vec<Label> = deciding.iter().take(3).map(|j| j.because.clone()).collect();
    Judgement {
        value,
        population: parts.iter().map(|j| j.population).max().unwrap_or(0),
        because: sentences(&because),
        legacy: deciding.iter().any(|j| j.legacy),
        empty: parts.iter().all(|j| j.empty),
    }
}

/// Reasons one after the other; the same one is said once.
fn sentences(labels: &[Label]) -> Label {
    let mut said: Vec<&Label> = Vec::new();
    for label in labels {
        if !said.contains(&label) {
            said.push(label);
        }
    }
    let pick = |f: fn(&Label) -> &String, sep| said.iter().map(|l| f(l)).cloned().collect::<Vec<_>>().join(sep);
    Label::new(pick(|l| &l.ja, "。"), pick(|l| &l.en, ". "))
}

fn nothing(register: &Label, mode: &Mode, value: Judged) -> Label {
    match (mode, value) {
        (_, Judged::Satisfied) => Label::new(
            format!("「{}」に該当する行はありません", register.ja),
            format!("“{}” has no such row", register.en),
        ),
        (Mode::Any, _) => Label::new(
            format!("「{}」に根拠となる記録がまだありません", register.ja),
            format!("“{}” holds no record to rest on yet", register.en),
        ),
        _ => Label::new(
            format!("「{}」に該当する行がまだありません", register.ja),
            format!("“{}” has no such row yet", register.en),
        ),
    }
}

fn share(register: &Label, good: usize, population: usize) -> Label {
    let percent = if population == 0 { 0.0 } else { good as f64 * 100.0 / population as f64 };
    Label::new(
        format!("「{}」{population}人のうち{good}人({percent:.1}%)が受講しています", register.ja),
        format!("{good} of {population} people of “{}” ({percent:.1}%) took part", register.en),
    )
}
