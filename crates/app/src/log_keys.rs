//! The keys the log is signed with: who is to trust which, and their rotation. What was done is an entry of the log
//! itself, so that the old keys vouch for the new ones.

use akashi_journal::entry::Command;
use akashi_store::{NewVersion, StoreError, WriteCtx};
use serde_json::json;

use crate::command::new_id;
use crate::ctx::Ctx;
use crate::error::{AppError, Result};
use crate::service::App;

/// A step of a rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// New keys sign beside the old ones; whoever trusts either accepts.
    Start,
    /// The old keys sign no more.
    End,
    /// New keys replace the old ones without an overlap: for keys that leaked.
    AtOnce,
}

/// The keys after a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotated {
    /// Keys that sign now, as text to hand on: by kind, in each the older first.
    pub keys: Vec<String>,
    /// Ids of the keys that signed before and do no more.
    pub retired: Vec<String>,
}

impl App {
    /// Takes a step of a rotation and journals it. For whoever runs the installation, at its command line.
    ///
    /// # Errors
    /// A start during a rotation, an end without one; whatever the store meets.
    pub async fn rotate_log_keys(&self, ctx: &Ctx, step: Rotation) -> Result<Rotated> {
        let store = self.store();
        let before: Vec<_> = store.signer().await?.verifiers().map(|key| key.id()).collect();
        match step {
            Rotation::Start => drop(store.start_rotation(ctx.now).await.map_err(say)?),
            Rotation::End => drop(store.end_rotation().await.map_err(say)?),
            Rotation::AtOnce => drop(store.rotate_key(ctx.now).await?),
        }
        let after = store.signer().await?;
        let ids: Vec<_> = after.verifiers().map(|key| key.id()).collect();
        let retired = before.iter().filter(|id| !ids.contains(id)).map(ToString::to_string).collect();
        let rotated = Rotated { keys: after.verifiers().map(|key| key.to_string()).collect(), retired };
        let body = json!({ "keys": rotated.keys, "retired": rotated.retired });
        let mut tx = store.begin(&WriteCtx { actor: ctx.actor.pseudonym.clone(), at: ctx.now }).await?;
        let receipt = tx.put(NewVersion::system("log-key", new_id(ctx.now), 0, Command::Setup, body)).await?;
        tx.commit(receipt).await?;
        self.settle(ctx.now).await?;
        Ok(rotated)
    }
}

fn say(error: StoreError) -> AppError {
    match error {
        StoreError::Rotation { .. } => AppError::invalid(
            "鍵の交代は、始めてから終えるまで一度に一つです。始めるには --end なし、終えるには --end を付けます",
            format!("{error}; without --end a rotation is started, with --end it is ended"),
        ),
        other => other.into(),
    }
}
