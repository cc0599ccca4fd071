//! Disposals of Akashi's own records, as pages and the command line list them.

use akashi_domain::authz::{Action, allowed};
use akashi_domain::retention::Holds;
use akashi_domain::verdict::Evaluator;
use akashi_domain::verdict::explain::show;
use akashi_domain::{Day, Label, RecordId, Value, Version};
use serde::Serialize;

use super::form::{APPROVED, Form, PLANNED, text};
use super::obstacle;
use crate::command::{authorize, known};
use crate::ctx::Ctx;
use crate::error::{AppError, Result};
use crate::service::App;

/// A disposal and the records it names.
#[derive(Clone, Debug, Serialize)]
pub struct DisposalLine {
    #[serde(serialize_with = "text")]
    pub record: RecordId,
    pub code: String,
    pub rev: u32,
    pub subject: String,
    /// State key.
    pub state: String,
    pub state_title: Label,
    /// In words: person or name; empty until then.
    pub approved_by: String,
    pub done_on: Option<Day>,
    pub records: Vec<Deposed>,
    /// Whether the actor may take the next step, were nothing in the way.
    pub may_approve: bool,
    pub may_run: bool,
    /// The actor wrote the proposal, and so cannot approve it.
    pub own: bool,
}

/// A record that a disposal names.
#[derive(Clone, Debug, Serialize)]
pub struct Deposed {
    #[serde(serialize_with = "text")]
    pub record: RecordId,
    pub register: String,
    pub code: String,
    /// What people know it by; empty once it is gone.
    pub name: String,
    pub rev: u32,
    pub rule: String,
    pub kept_until: Option<Day>,
    pub entry: Option<u64>,
    pub stand: Stand,
    /// What is in the way today.
    pub why: Option<Label>,
}

/// How a named record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stand {
    /// It may go.
    Ready,
    /// Something is in the way.
    Blocked,
    /// It is gone.
    Gone,
}

impl App {
    /// Returns the disposals of records, newest first.
    ///
    /// # Errors
    /// No right to read the register.
    pub async fn disposals(&self, ctx: &Ctx) -> Result<Vec<DisposalLine>> {
        let live = self.live(ctx.now).await?;
        let form = Form::of(self.catalog())?;
        authorize(&live.evaluator, ctx, Action::Read, form.ix, None)?;
        let holds = Holds::of(&live.evaluator);
        let readable = |v: &&std::sync::Arc<Version>| {
            form.is_of_records(v) && allowed(&live.evaluator, &ctx.actor, Action::Read, form.ix, Some(v))
        };
        let mut rows: Vec<_> = live.evaluator.view().rows(form.ix).iter().filter(readable).collect();
        rows.sort_by(|a, b| b.code.cmp(&a.code));
        Ok(rows.into_iter().map(|v| line(ctx, &live, &form, &holds, v)).collect())
    }

    /// Returns one disposal of records.
    ///
    /// # Errors
    /// Not found, not such a disposal, or no right to read it.
    pub async fn disposal_line(&self, ctx: &Ctx, record: RecordId) -> Result<DisposalLine> {
        let live = self.live(ctx.now).await?;
        let form = Form::of(self.catalog())?;
        let version = known(&live.world, record)?;
        authorize(&live.evaluator, ctx, Action::Read, version.register, Some(&version))?;
        let version = super::approve::disposal(&form, version)?;
        Ok(line(ctx, &live, &form, &Holds::of(&live.evaluator), &version))
    }

    /// Finds a disposal by number or id.
    ///
    /// # Errors
    /// Not found.
    pub async fn find_disposal(&self, ctx: &Ctx, name: &str) -> Result<DisposalLine> {
        let record = match RecordId::parse(name) {
            Some(id) => id,
            None => {
                let all = self.disposals(ctx).await?;
                let found = all.into_iter().find(|d| d.code == name).map(|d| d.record);
                found.ok_or_else(|| {
                    AppError::not_found(
                        format!("廃棄「{name}」は見つかりません"),
                        format!("There is no disposal {name}"),
                    )
                })?
            }
        };
        self.disposal_line(ctx, record).await
    }
}

fn line(ctx: &Ctx, live: &crate::Live, form: &Form, holds: &Holds, v: &Version) -> DisposalLine {
    let evaluator = &live.evaluator;
    let shown = |key: &str| {
        let field = form.register.field(key);
        field.map(|f| show(v.get(form.register, key), f, evaluator.view(), ctx.lang)).unwrap_or_default()
    };
    let title = form.register.state(&v.state).map_or_else(|| Label::new(&*v.state, &*v.state), |s| s.title.clone());
    let done_on = match v.get(form.register, "done_on") {
        Value::Date(day) => Some(day.last()),
        _ => None,
    };
    let may = |from: &str, to: &str| {
        let role = |m: &akashi_domain::register::Move| {
            m.to == to && m.from.iter().any(|f| f == from) && m.by.iter().any(|role| ctx.actor.is(role))
        };
        *v.state == *from
            && form.register.moves.iter().any(role)
            && allowed(evaluator, &ctx.actor, Action::Move, form.ix, Some(v))
    };
    DisposalLine {
        record: v.id,
        code: v.code.to_string(),
        rev: v.rev,
        subject: shown("subject"),
        state: v.state.to_string(),
        state_title: title,
        approved_by: shown("approved_by"),
        done_on,
        records: form.named(v, evaluator.view()).iter().map(|n| deposed(ctx, evaluator, holds, n)).collect(),
        may_approve: may(PLANNED, APPROVED),
        may_run: may(APPROVED, super::form::DONE),
        own: live.world.history(v.id).iter().any(|old| *old.author == *ctx.actor.pseudonym),
    }
}

fn deposed(ctx: &Ctx, evaluator: &Evaluator, holds: &Holds, named: &super::Named) -> Deposed {
    let version = evaluator.view().get(named.record);
    let gone = version.is_some_and(|v| v.disposed);
    let readable = version.filter(|v| !v.disposed && allowed(evaluator, &ctx.actor, Action::Read, v.register, Some(v)));
    let why = if named.entry.is_some() && gone { None } else { obstacle(evaluator, holds, named) };
    let stand = match (&why, gone) {
        (_, true) => Stand::Gone,
        (Some(_), _) => Stand::Blocked,
        (None, _) => Stand::Ready,
    };
    Deposed {
        record: named.record,
        register: version.map(|v| evaluator.view().register(v).key.clone()).unwrap_or_default(),
        code: named.code.clone(),
        name: readable
            .map(|v| akashi_domain::verdict::explain::headline(v, evaluator.view(), ctx.lang))
            .unwrap_or_default(),
        rev: named.rev,
        rule: named.rule.clone(),
        kept_until: named.kept_until,
        entry: named.entry,
        stand,
        why: why.filter(|_| stand != Stand::Gone),
    }
}
