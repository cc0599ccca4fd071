//! Carrying a disposal out. Under the writers' lock everything is asked again – approval, versions, retention,
//! holds – then contents and keys of every record are destroyed and the disposal says so, in one transaction.

use akashi_domain::retention::Holds;
use akashi_domain::{Label, Link, PartialDate, RecordId, Value, Version};
use akashi_journal::entry::Command;
use akashi_store::{Account, Disposal, HistoryRow, NewVersion, Receipts, Tx, WriteCtx};
use serde::Serialize;

use super::approve::{another_person, disposal, may_step, not_your_role};
use super::form::{APPROVED, DONE, Form, Named, PLANNED, text};
use super::may_go;
use crate::command::known;
use crate::ctx::Ctx;
use crate::error::{AppError, Result};
use crate::service::App;

/// What was disposed of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Disposed {
    /// The disposal under which it went.
    #[serde(serialize_with = "text")]
    pub approval: RecordId,
    pub code: String,
    pub records: Vec<DisposedRecord>,
    /// The old place of the keys on the disk could not be overwritten yet because somebody reads an older state; it is
    /// done as soon as that ends.
    pub wiping: bool,
}

/// One record that is gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DisposedRecord {
    #[serde(serialize_with = "text")]
    pub record: RecordId,
    pub register: String,
    pub code: String,
    pub rule: String,
    /// Index of the entry that says so.
    pub entry: u64,
}

/// An approved disposal, ready.
struct Ready {
    version: Version,
    named: Vec<Named>,
    /// Register key and version of its definition, for each.
    registers: Vec<(String, u32)>,
}

impl App {
    /// Destroys contents and keys of every record an approved disposal names. It cannot be undone.
    ///
    /// # Errors
    /// A role that may not; an approval that is missing, not by somebody who may, by a proposer, or of other records;
    /// a record that changed since, is not over or is held. Then nothing is changed.
    pub async fn dispose(&self, ctx: &Ctx, record: RecordId, expected: u32) -> Result<Disposed> {
        // Verdicts as they are now are kept before the rows they rest on go.
        self.note_turns(ctx.now).await?;
        let accounts = self.store().accounts().await?;
        let mut tx = self.store().begin(&WriteCtx { actor: ctx.actor.pseudonym.clone(), at: ctx.now }).await?;
        // From here on nobody else writes: what is asked now is still so when it is committed.
        let history = self.store().history(record).await?;
        self.catch_up(ctx.now).await?;
        let ready = self.ready(ctx, record, expected, &history, &accounts).await?;
        let (receipts, done) = self.destroy(ctx, &mut tx, ready).await?;
        tx.commit(receipts).await?;
        self.settle(ctx.now).await?;
        let wiping = self.store().get("wipe").await?.is_some();
        Ok(Disposed { wiping, ..done })
    }

    async fn ready(
        &self,
        ctx: &Ctx,
        record: RecordId,
        expected: u32,
        history: &[HistoryRow],
        accounts: &[Account],
    ) -> Result<Ready> {
        let live = self.live(ctx.now).await?;
        let form = Form::of(self.catalog())?;
        let version = disposal(&form, known(&live.world, record)?)?;
        may_step(&live.evaluator, ctx, &form, &version, APPROVED, DONE)?;
        if version.rev != expected {
            return Err(AppError::Store(akashi_store::StoreError::StaleRevision {
                record,
                expected,
                found: version.rev,
            }));
        }
        let approve = form.register.moves.iter().find(|m| m.to == APPROVED).ok_or_else(not_your_role)?;
        approved(history, accounts, &approve.by)?;
        let named = form.named(&version, live.evaluator.view());
        if named.is_empty() {
            return Err(AppError::invalid("廃棄する記録が書かれていません", "It names no record"));
        }
        may_go(&live.evaluator, &Holds::of(&live.evaluator), &named)?;
        let catalog = self.catalog();
        let mut registers = Vec::new();
        for one in &named {
            let register = catalog.register(known(&live.world, one.record)?.register);
            registers.push((register.key.clone(), register.version));
        }
        Ok(Ready { version, named, registers })
    }

    async fn destroy(&self, ctx: &Ctx, tx: &mut Tx, ready: Ready) -> Result<(Receipts, Disposed)> {
        let Ready { mut version, mut named, registers } = ready;
        let form = Form::of(self.catalog())?;
        let mut receipts: Option<Receipts> = None;
        let mut records = Vec::new();
        for (one, (register, def_version)) in named.iter_mut().zip(registers) {
            let disposal = Disposal {
                register: register.clone(),
                def_version,
                record: one.record,
                expected: one.rev,
                approval: version.id,
                rule: one.rule.clone(),
            };
            let receipt = tx.dispose(disposal).await?;
            one.entry = Some(receipt.seq);
            records.push(DisposedRecord {
                record: one.record,
                register,
                code: one.code.clone(),
                rule: one.rule.clone(),
                entry: receipt.seq,
            });
            match &mut receipts {
                Some(all) => all.extend(receipt),
                None => receipts = Some(receipt.into()),
            }
        }
        form.name(&mut version, &named);
        form.set(&mut version, "done_on", Value::Date(PartialDate::of(ctx.today())));
        let who = if ctx.actor.name.is_empty() { &ctx.actor.pseudonym } else { &ctx.actor.name };
        let who = ctx.actor.person.map_or_else(|| Link::Text(who.as_str().into()), Link::To);
        form.set(&mut version, "by_person", Value::Link(who));
        version.state = DONE.into();
        version.rev += 1;
        let receipt = tx.put(NewVersion::of(form.register, &version, Command::Move)).await?;
        let done = Disposed { approval: version.id, code: version.code.to_string(), records, wiping: false };
        let receipts = match receipts {
            Some(mut all) => {
                all.extend(receipt);
                all
            }
            None => receipt.into(),
        };
        Ok((receipts, done))
    }
}

/// The approval, read from the log rather than from what the record says: a move from proposed to approved, by an
/// account in force whose role may, not by anybody who wrote before; and since then nothing else was named.
fn approved(history: &[HistoryRow], accounts: &[Account], by: &[String]) -> Result<()> {
    let missing = || {
        AppError::Forbidden(Label::new(
            "有効な承認がありません(承認の操作が証跡にありません)",
            "There is no valid approval: the log holds no such move",
        ))
    };
    let state =
        |row: &HistoryRow| row.body.as_ref().and_then(|b| b["state"].as_str().map(str::to_owned)).unwrap_or_default();
    let at =
        history.windows(2).rposition(|w| state(&w[0]) == PLANNED && state(&w[1]) == APPROVED && w[1].command == "move");
    let approval = &history[at.ok_or_else(missing)? + 1];
    another_person(history, accounts, &approval.author, approval.rev)?;
    let may = |a: &Account| !a.disabled && a.roles.iter().any(|role| by.contains(role));
    let known = accounts.iter().find(|a| a.pseudonym == approval.author);
    if approval.author != Ctx::LOCAL && !known.is_some_and(may) {
        return Err(AppError::Forbidden(Label::new(
            "承認した人に今は承認の権限がありません。別の人が承認し直してください",
            "Whoever approved it may not approve any more; somebody else must approve it again",
        )));
    }
    let records = |row: &HistoryRow| row.body.as_ref().map(|b| b["fields"]["records"].clone());
    if history.last().map(records) != Some(records(approval)) {
        return Err(AppError::Conflict(Label::new(
            "承認の後に、廃棄する記録の一覧が変更されています。取り消して申請し直してください",
            "The list of records was changed after the approval; cancel it and propose it again",
        )));
    }
    Ok(())
}
