//! Which records of a register could be proposed for disposal, and until when or by what the others are kept.

use std::collections::HashSet;
use std::sync::Arc;

use akashi_domain::authz::{Action, allowed};
use akashi_domain::retention::{Block, BlockKind, Holds};
use akashi_domain::verdict::explain::headline;
use akashi_domain::{Day, RecordId, Version};
use serde::Serialize;

use super::form::{APPROVED, Form, PLANNED, text};
use crate::command::authorize;
use crate::ctx::Ctx;
use crate::error::Result;
use crate::service::App;

/// A record and how long it is kept.
#[derive(Clone, Debug, Serialize)]
pub struct Offer {
    #[serde(serialize_with = "text")]
    pub record: RecordId,
    pub code: String,
    /// What people know it by.
    pub name: String,
    /// Keys of the rules that cover it.
    pub rules: Vec<String>,
    /// The last day it has to be kept, where that can be told.
    pub ends: Option<Day>,
    /// Why it may not go today; empty: it may.
    pub blocks: Vec<Block>,
    /// A disposal that names it already waits.
    pub proposed: Option<String>,
}

/// The records of a register, those whose time is over first; what was disposed of is left out.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Offers {
    pub ready: Vec<Offer>,
    /// By the day they end; those of which no day is known last.
    pub kept: Vec<Offer>,
}

impl App {
    /// Judges every record of a register the actor may read.
    ///
    /// # Errors
    /// An unknown register, or no right to read it.
    pub async fn disposable(&self, ctx: &Ctx, register: &str) -> Result<Offers> {
        let ix = self.register_ix(register)?;
        let live = self.live(ctx.now).await?;
        let evaluator = &live.evaluator;
        authorize(evaluator, ctx, Action::Read, ix, None)?;
        let holds = Holds::of(evaluator);
        let form = Form::of(self.catalog())?;
        let waiting = waiting(evaluator, &form);
        let seen = |v: &&Arc<Version>| !v.disposed && allowed(evaluator, &ctx.actor, Action::Read, ix, Some(v));
        let mut out = Offers::default();
        for version in evaluator.view().rows(ix).iter().filter(seen) {
            let found = evaluator.retention(version, &holds);
            let proposed = waiting.iter().find(|(id, _)| *id == version.id).map(|(_, code)| code.clone());
            let offer = Offer {
                record: version.id,
                code: version.code.to_string(),
                name: headline(version, evaluator.view(), ctx.lang),
                rules: found.rules,
                ends: found.ends,
                blocks: found.blocks,
                proposed,
            };
            if offer.blocks.is_empty() { out.ready.push(offer) } else { out.kept.push(offer) }
        }
        let rank = |o: &Offer| (o.blocks.iter().all(|b| b.kind != BlockKind::Held), o.ends.is_none(), o.ends);
        out.ready.sort_by_key(|o| o.ends);
        out.kept.sort_by_key(rank);
        Ok(out)
    }

    /// How many records of each register with rules the actor could propose today, by its key; registers without any
    /// record, or closed to the actor, are left out.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn disposable_counts(&self, ctx: &Ctx) -> Result<Vec<(String, usize)>> {
        let live = self.live(ctx.now).await?;
        let evaluator = &live.evaluator;
        let (holds, form) = (Holds::of(evaluator), Form::of(self.catalog())?);
        let named: HashSet<RecordId> = waiting(evaluator, &form).into_iter().map(|(id, _)| id).collect();
        let mut out = Vec::new();
        for register in self.registers_with_retention() {
            let ix = self.register_ix(&register.key)?;
            let reads = |v: Option<&Version>| allowed(evaluator, &ctx.actor, Action::Read, ix, v);
            let rows: Vec<_> = evaluator.view().rows(ix).iter().filter(|v| !v.disposed && reads(Some(v))).collect();
            if !reads(None) || rows.is_empty() {
                continue;
            }
            let goes = |v: &&&Arc<Version>| !named.contains(&v.id) && evaluator.retention(v, &holds).blocks.is_empty();
            out.push((register.key.clone(), rows.iter().filter(goes).count()));
        }
        Ok(out)
    }

    /// Registers some rule of retention speaks of, in the order of the catalogue.
    pub fn registers_with_retention(&self) -> Vec<&akashi_domain::Register> {
        let plans = &self.catalogue().program.retention;
        let ruled = |ix: usize| plans.iter().any(|p| usize::from(p.register.0) == ix);
        let registers = self.catalog().registers.iter().enumerate();
        registers.filter(|(ix, _)| ruled(*ix)).map(|(_, register)| register).collect()
    }
}

/// Records that open disposals name, with the number of the disposal.
pub(super) fn waiting(evaluator: &akashi_domain::verdict::Evaluator, form: &Form) -> Vec<(RecordId, String)> {
    let rows = evaluator.view().rows(form.ix).iter();
    let open = rows.filter(|v| form.is_of_records(v) && (*v.state == *PLANNED || *v.state == *APPROVED));
    open.flat_map(|v| form.named(v, evaluator.view()).into_iter().map(|n| (n.record, v.code.to_string()))).collect()
}
