//! Writes the demo hospital through the store, as its people would have done over two years.
//! The fictional past keeps its days: a transaction per day, so that "known at" can be tried out.

use std::collections::HashMap;

use akashi_domain::authz::Actor;
use akashi_domain::cond::tokyo_day;
use akashi_domain::{Day, RecordId};
use akashi_store::{Account, NewVersion, Receipts, WriteCtx};

use crate::account::password::hash;
use crate::ctx::Ctx;
use crate::demo::{Demo, DemoAccount, DemoCommand, demo};
use crate::dispose::Stand;
use crate::error::{AppError, Result};
use crate::service::App;

/// Password of every demo account; the demo listens on this machine only.
pub const PASSWORD: &str = "akashi-demo";

/// How long before it is opened the demo's hospital began, microseconds: its log begins before its first record, and
/// the time of entries never goes back.
pub const AGE: i64 = 732 * 86_400_000_000;

/// What later commands name a version of the demo by.
struct Made {
    digest: String,
    code: String,
}

impl App {
    /// Fills an empty hospital with the demo; returns who can log in.
    ///
    /// # Errors
    /// A fault of the demo's data, and whatever the store meets.
    pub async fn fill_demo(&self, ctx: &Ctx) -> Result<Vec<DemoAccount>> {
        let demo = demo(self.catalog(), ctx.today(), ctx.now)
            .map_err(|e| AppError::invalid(format!("デモのデータに誤りがあります: {e}"), e.to_string()))?;
        let Demo { commands, files, accounts, anchors } = demo;
        for file in files {
            self.store().put_blob(file.bytes, ctx.now).await?;
        }
        let mut made = HashMap::new();
        let mut days: Vec<(Day, Vec<DemoCommand>)> = Vec::new();
        for command in commands {
            let day = tokyo_day(command.at);
            match days.last_mut().filter(|(d, _)| *d == day) {
                Some((_, same)) => same.push(command),
                None => days.push((day, vec![command])),
            }
        }
        for (_, commands) in days {
            self.write_day(commands, &mut made).await?;
        }
        self.add_demo_accounts(ctx, &accounts).await?;
        self.settle(ctx.now).await?;
        if let Some(planner) = planner(&accounts) {
            self.add_demo_anchors(ctx, &anchors, planner.clone()).await?;
            self.carry_out_disposals(&Ctx { actor: planner, ..ctx.clone() }).await?;
        }
        Ok(accounts)
    }

    /// Carries out what the demo's people approved; what a hold keeps stays approved.
    async fn carry_out_disposals(&self, ctx: &Ctx) -> Result<()> {
        for disposal in self.disposals(ctx).await? {
            let ready = disposal.records.iter().all(|r| r.stand == Stand::Ready);
            if disposal.may_run && ready {
                self.dispose(ctx, disposal.record, disposal.rev).await?;
            }
        }
        Ok(())
    }

    async fn write_day(&self, commands: Vec<DemoCommand>, made: &mut HashMap<(RecordId, u32), Made>) -> Result<()> {
        let Some(first) = commands.first() else { return Ok(()) };
        let mut tx = self.store().begin(&WriteCtx { actor: first.actor.clone(), at: first.at }).await?;
        let mut receipts: Option<Receipts> = None;
        for mut command in commands {
            command.fill(|record, rev| made.get(&(record, rev)).map(|m| m.digest.clone()));
            // A record keeps the number it got with its first version.
            if let Some(first) = made.get(&(command.version.id, 1)).filter(|_| command.version.code.is_empty()) {
                command.version.code = first.code.as_str().into();
            }
            tx.act_as(&command.actor);
            let register = self.catalog().register(command.version.register);
            let receipt = tx.put(NewVersion::of(register, &command.version, command.command)).await?;
            let written = Made { digest: receipt.digest.to_hex(), code: receipt.code.clone() };
            made.insert((receipt.record, receipt.rev), written);
            match &mut receipts {
                Some(all) => all.extend(receipt),
                None => receipts = Some(receipt.into()),
            }
        }
        if let Some(receipts) = receipts {
            tx.commit(receipts).await?;
        }
        Ok(())
    }

    async fn add_demo_accounts(&self, ctx: &Ctx, accounts: &[DemoAccount]) -> Result<()> {
        let password_hash = hash(PASSWORD).await?;
        for a in accounts {
            let account = Account {
                id: crate::command::new_id(ctx.now),
                login: a.login.clone(),
                name: a.name.clone(),
                pseudonym: a.pseudonym.clone(),
                password_hash: password_hash.clone(),
                roles: a.roles.clone(),
                lang: ctx.lang,
                facility: ctx.facility.clone(),
                personnel: a.person,
                disabled: false,
                must_change: false,
                created: ctx.now,
            };
            self.write_account(ctx, &account, 0).await?;
        }
        Ok(())
    }
}

/// The planning manager among those who can log in.
fn planner(accounts: &[DemoAccount]) -> Option<Actor> {
    let planner = accounts.iter().find(|a| a.roles.iter().any(|r| r == "planning-manager"))?;
    let DemoAccount { name, pseudonym, roles, person, .. } = planner.clone();
    Some(Actor { pseudonym, roles, person, name })
}
