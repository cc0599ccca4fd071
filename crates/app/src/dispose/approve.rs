//! Approving a disposal: another person than any who wrote the proposal, in a role that may, while every record
//! named may still go. The same is asked again, of the log, before it is carried out.

use akashi_domain::authz::{Action, allowed};
use akashi_domain::register::Move;
use akashi_domain::retention::Holds;
use akashi_domain::verdict::Evaluator;
use akashi_domain::{Label, Link, RecordId, Value, Version};
use akashi_journal::entry::Command;
use akashi_store::{Account, HistoryRow};

use super::form::{APPROVED, Form, PLANNED};
use super::may_go;
use crate::command::{Done, known};
use crate::ctx::Ctx;
use crate::error::{AppError, Result};
use crate::service::App;

impl App {
    /// Approves a proposed disposal.
    ///
    /// # Errors
    /// Not such a disposal, or not in that state; a role that may not, or somebody who wrote the proposal; a record
    /// that changed, is not over or is held.
    pub async fn approve_disposal(
        &self,
        ctx: &Ctx,
        record: RecordId,
        expected: u32,
        reason: Option<String>,
    ) -> Result<Done> {
        let history = self.store().history(record).await?;
        let accounts = self.store().accounts().await?;
        let version = {
            let live = self.live(ctx.now).await?;
            let form = Form::of(self.catalog())?;
            let mut version = disposal(&form, known(&live.world, record)?)?;
            may_step(&live.evaluator, ctx, &form, &version, PLANNED, APPROVED)?;
            another_person(&history, &accounts, &ctx.actor.pseudonym, u32::MAX)?;
            may_go(&live.evaluator, &Holds::of(&live.evaluator), &form.named(&version, live.evaluator.view()))?;
            let who = ctx.actor.person.map_or_else(|| Link::Text(name(ctx).into()), Link::To);
            form.set(&mut version, "approved_by", Value::Link(who));
            version.state = APPROVED.into();
            version.rev = expected + 1;
            version
        };
        self.write(ctx, version, Command::Move, reason).await
    }
}

fn name(ctx: &Ctx) -> &str {
    if ctx.actor.name.is_empty() { &ctx.actor.pseudonym } else { &ctx.actor.name }
}

/// The disposal, if it concerns Akashi's own records.
pub(super) fn disposal(form: &Form, version: Version) -> Result<Version> {
    if form.is_of_records(&version) && !version.disposed {
        return Ok(version);
    }
    Err(AppError::invalid(
        "これは Akashi の記録の廃棄ではありません。媒体・機器・紙の破棄は台帳の上で進めてください",
        "This is no disposal of Akashi's own records; destruction of media, devices and paper goes on in its register",
    ))
}

/// Whether the actor may make the move of the catalogue that leads from one state to the other, and the disposal is in
/// the first; whoever may not make it is not told which state that is.
pub(super) fn may_step(
    evaluator: &Evaluator,
    ctx: &Ctx,
    form: &Form<'_>,
    version: &Version,
    from: &str,
    to: &str,
) -> Result<()> {
    let leads = |m: &&Move| m.to == to && m.from.iter().any(|f| f == from);
    let step = form.register.moves.iter().find(leads).ok_or_else(not_your_role)?;
    if !step.by.iter().any(|role| ctx.actor.is(role))
        || !allowed(evaluator, &ctx.actor, Action::Move, form.ix, Some(version))
    {
        return Err(not_your_role());
    }
    let title = |key: &str| form.register.state(key).map_or_else(|| Label::new(key, key), |s| s.title.clone());
    if *version.state != *from {
        let (is, wanted) = (title(&version.state), title(from));
        return Err(AppError::Conflict(Label::new(
            format!("{} は「{}」です。「{}」のときだけできます", version.code, is.ja, wanted.ja),
            format!("{} is “{}”; this is open only while it is “{}”", version.code, is.en, wanted.en),
        )));
    }
    Ok(())
}

pub(super) fn not_your_role() -> AppError {
    AppError::Forbidden(Label::new("この操作をする役割ではありません", "Your role may not do this"))
}

/// Whoever wrote a version below `before` has not the last word: neither by that account nor by another of the same
/// person.
pub(super) fn another_person(history: &[HistoryRow], accounts: &[Account], who: &str, before: u32) -> Result<()> {
    let person = |pseudonym: &str| accounts.iter().find(|a| a.pseudonym == pseudonym).and_then(|a| a.personnel);
    let same = |author: &str| author == who || (person(author).is_some() && person(author) == person(who));
    if history.iter().filter(|row| row.rev < before).any(|row| same(&row.author)) {
        return Err(AppError::Forbidden(Label::new(
            "廃棄を申請した人(内容を書いた人)は承認できません。別の人が承認してください",
            "Whoever wrote the proposal cannot approve it; another person must",
        )));
    }
    Ok(())
}
