//! Whether a record may be disposed of: the rules of retention that cover it, the day the longest of them ends, and
//! what blocks it all the same – a hold, a matter that is not over, a date nobody wrote. Deny by default: what no
//! rule covers stays. Carrying a disposal out is not this room's work.

mod hold;
mod plan;

use serde::Serialize;

use crate::cond::{Flip, all};
use crate::date::Day;
use crate::expr::Tri;
use crate::label::Label;
use crate::record::Version;
use crate::verdict::Evaluator;

pub use hold::Holds;
pub use plan::RetentionPlan;
pub(crate) use plan::compile;

/// The register of disposals.
pub const DISPOSAL: &str = "disposal";
/// The register of holds.
pub const HOLD: &str = "legal-hold";
/// Registers no rule may speak of: they prove disposals, or decide verdicts without being a row of any check.
pub const KEPT_FOR_EVER: [&str; 6] = [DISPOSAL, HOLD, "decision", "profile", "override", "period-rule"];

/// How long a record is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Retention {
    /// Keys of the rules that cover it; the one that ends last is the first.
    pub rules: Vec<String>,
    /// The last day it has to be kept; none when that cannot be told.
    pub ends: Option<Day>,
    /// Why it may not go today; empty: it may.
    pub blocks: Vec<Block>,
}

/// Why a record may not be disposed of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Block {
    pub kind: BlockKind,
    /// In words, with the day or the number of what blocks.
    pub why: Label,
    /// Until when, where that is known.
    pub until: Option<Day>,
}

/// What blocks a disposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockKind {
    /// It was disposed of already.
    Gone,
    /// No rule covers the record.
    NoRule,
    /// The matter is not over.
    Open,
    /// A date or a fact the rule asks for is missing.
    Unknown,
    /// The time is not over.
    Running,
    /// A hold.
    Held,
    /// Something the rule names.
    Other,
}

impl Retention {
    /// Tells whether the record may be disposed of today.
    pub fn is_over(&self) -> bool {
        self.blocks.is_empty()
    }

    fn block(&mut self, kind: BlockKind, why: Label, until: Option<Day>) {
        self.blocks.push(Block { kind, why, until });
    }
}

impl Evaluator {
    /// Judges a record by the rules of retention and the holds, as of the day of the view.
    pub fn retention(&self, version: &Version, holds: &Holds) -> Retention {
        let mut out = Retention::default();
        if version.disposed {
            out.block(BlockKind::Gone, Label::new("すでに廃棄済みです", "It was disposed of already"), None);
            return out;
        }
        let mut ends: Vec<(Day, &str)> = Vec::new();
        let mut covering = 0;
        for plan in self.program().retention.iter().filter(|p| p.register == version.register) {
            match self.framed(|frame| all(&plan.scope, frame, version, None, &mut Flip::default())) {
                Tri::False => {}
                Tri::Unknown => {
                    covering += 1;
                    out.block(BlockKind::Unknown, self.unclear(plan), None);
                }
                Tri::True => {
                    covering += 1;
                    ends.extend(self.by_rule(plan, version, &mut out).map(|day| (day, plan.key.as_str())));
                }
            }
        }
        if covering == 0 {
            let why =
                Label::new("この行に当てはまる保存期間の規則がありません", "No rule of retention covers this record");
            out.block(BlockKind::NoRule, why, None);
        }
        ends.sort_by_key(|(day, _)| std::cmp::Reverse(*day));
        out.rules.extend(ends.iter().map(|(_, key)| (*key).to_owned()));
        out.ends = ends.first().map(|(day, _)| *day).filter(|_| ends.len() == covering);
        holds.block(self, version, &mut out);
        out
    }

    /// One rule that covers the record: the last day it orders, and what it blocks.
    fn by_rule(&self, plan: &RetentionPlan, version: &Version, out: &mut Retention) -> Option<Day> {
        let register = self.view().register(version);
        let finished = match &plan.states {
            Some(states) => states.iter().any(|s| s == "*" || **s == *version.state),
            None => !register.is_live(&version.state),
        };
        if !finished {
            let state = register
                .state(&version.state)
                .map_or_else(|| Label::new(&*version.state, &*version.state), |s| s.title.clone());
            out.block(
                BlockKind::Open,
                Label::new(
                    format!("まだ終わっていません(状態「{}」)", state.ja),
                    format!("The matter is not over (state “{}”)", state.en),
                ),
                None,
            );
        }
        for (conditions, why) in &plan.blocks {
            // What cannot be told blocks as well.
            if self.framed(|frame| all(conditions, frame, version, None, &mut Flip::default())) != Tri::False {
                out.block(BlockKind::Other, why.clone(), None);
            }
        }
        let Some(end) = plan.end(self.view(), version) else {
            out.block(BlockKind::Unknown, self.unclear(plan), None);
            return None;
        };
        if end >= self.view().as_of {
            let title = self.rule_title(&plan.key);
            out.block(
                BlockKind::Running,
                Label::new(
                    format!("保存期間中です({end}まで、{})", title.ja),
                    format!("Kept until {end} ({})", title.en),
                ),
                Some(end),
            );
        }
        Some(end)
    }

    fn unclear(&self, plan: &RetentionPlan) -> Label {
        let title = self.rule_title(&plan.key);
        let asked = self.framed(|frame| plan.asks(frame.view));
        Label::new(
            format!("保存期間を数えられません({}: {}が未記入)", title.ja, asked.ja),
            format!("The time cannot be told ({}: {} not filled in)", title.en, asked.en),
        )
    }

    fn rule_title(&self, key: &str) -> Label {
        self.catalog().retention_rule(key).map_or_else(|| Label::new(key, key), |rule| rule.title.clone())
    }
}
