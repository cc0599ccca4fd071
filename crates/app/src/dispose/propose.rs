//! Proposing a disposal: only records whose time is over and that nothing holds, named by the version seen.

use akashi_domain::authz::Action;
use akashi_domain::retention::Holds;
use akashi_domain::{Label, PartialDate, RecordId, Value};
use akashi_journal::entry::Command;

use super::form::{Form, Named};
use super::offer::waiting;
use super::{MOST, may_go};
use crate::command::{Done, authorize, blank, known, new_id};
use crate::ctx::Ctx;
use crate::error::{AppError, Result};
use crate::service::App;

/// What is to be disposed of.
#[derive(Clone, Debug, Default)]
pub struct Proposal {
    pub records: Vec<RecordId>,
    /// Omitted: the number of records and their register say it.
    pub subject: Option<String>,
    pub reason: Option<String>,
}

impl App {
    /// Writes a proposal that names the newest version of each record.
    ///
    /// # Errors
    /// Forbidden; nothing or too much named; a record that is not over, is held, or is named by another proposal –
    /// all of them told, with the day they end or what holds them.
    pub async fn propose_disposal(&self, ctx: &Ctx, proposal: Proposal) -> Result<Done> {
        let version = {
            let live = self.live(ctx.now).await?;
            let evaluator = &live.evaluator;
            let form = Form::of(self.catalog())?;
            authorize(evaluator, ctx, Action::Create, form.ix, None)?;
            let mut records = proposal.records;
            records.sort_unstable();
            records.dedup();
            if records.is_empty() || records.len() > MOST {
                return Err(AppError::invalid(
                    format!("廃棄する記録を1件から{MOST}件まで選んでください"),
                    format!("Choose one to {MOST} records to dispose of"),
                ));
            }
            let holds = Holds::of(evaluator);
            let mut named = Vec::new();
            for record in &records {
                let version = known(&live.world, *record)?;
                authorize(evaluator, ctx, Action::Read, version.register, Some(&version))?;
                let found = evaluator.retention(&version, &holds);
                named.push(Named {
                    row: new_id(ctx.now),
                    record: *record,
                    code: version.code.to_string(),
                    rev: version.rev,
                    digest: version.digest.to_string(),
                    rule: found.rules.first().cloned().unwrap_or_default(),
                    kept_until: found.ends,
                    entry: None,
                });
            }
            may_go(evaluator, &holds, &named)?;
            not_twice(&waiting(evaluator, &form), &named)?;
            let mut version = blank(form.register, form.ix, ctx);
            version.rev = 1;
            version.facility = known(&live.world, records[0])?.facility;
            form.mark(&mut version);
            form.name(&mut version, &named);
            let subject = proposal.subject.filter(|s| !s.trim().is_empty()).unwrap_or_else(|| title(evaluator, &named));
            form.set(&mut version, "subject", Value::Text(subject.into()));
            form.set(&mut version, "condition_met", Value::Text(met(evaluator, &named).into()));
            form.set(&mut version, "holds_checked", Value::YesNo(true));
            form.set(&mut version, "planned_on", Value::Date(PartialDate::of(ctx.today())));
            version
        };
        self.write(ctx, version, Command::Put, proposal.reason).await
    }
}

fn not_twice(waiting: &[(RecordId, String)], named: &[Named]) -> Result<()> {
    let twice = named.iter().find_map(|n| waiting.iter().find(|w| w.0 == n.record).map(|w| (&n.code, &w.1)));
    match twice {
        None => Ok(()),
        Some((code, other)) => Err(AppError::Conflict(Label::new(
            format!("{code} はすでに廃棄 {other} に含まれています"),
            format!("{code} is named by disposal {other} already"),
        ))),
    }
}

fn title(evaluator: &akashi_domain::verdict::Evaluator, named: &[Named]) -> String {
    let view = evaluator.view();
    let mut titles: Vec<&str> =
        named.iter().filter_map(|n| view.get(n.record)).map(|v| view.register(v).title.ja.as_str()).collect();
    titles.dedup();
    titles.sort_unstable();
    titles.dedup();
    format!("{}の記録{}件", titles.join("・"), named.len())
}

/// The condition that is met, in words: rule, law and day.
fn met(evaluator: &akashi_domain::verdict::Evaluator, named: &[Named]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for one in named {
        let Some(rule) = evaluator.catalog().retention_rule(&one.rule) else { continue };
        let line = format!("保存期間満了: {}({})", rule.title.ja, rule.law);
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("\n")
}
