//! Several commands in one transaction, each as a whole or not at all: what cannot be written is found before
//! anything is, so that all the others share few statements. Who waits for whom is `group`'s work.

use std::collections::BTreeSet;

use akashi_journal::Digest;

use super::insert::Rows;
use super::make::{Fresh, Head, Heads, check};
use super::number::{take_number, wants_number};
use super::receipt::Receipts;
use super::tx::{Tx, WriteCtx};
use super::version::NewVersion;
use crate::error::{Result, StoreError};

/// A command that shares a transaction with others.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) ctx: WriteCtx,
    /// At least one.
    pub(super) versions: Vec<NewVersion>,
}

/// What became of each command.
pub(super) type Answers = Vec<Result<Receipts>>;

impl Tx {
    /// Writes each command that can be written; the others leave no trace.
    ///
    /// # Errors
    /// What no look ahead could tell. Then nothing may be committed, and [`Tx::put_one_by_one`] in another
    /// transaction finds the command it is about; the commands are as they were.
    pub(super) async fn put_each(&mut self, commands: &mut [Shared]) -> Result<Answers> {
        self.torn = true;
        let heads = self.heads_of(all(commands)).await?;
        let missing = self.missing_files(all(commands)).await?;
        let judged = judge(commands, &heads, &missing);
        let unnumbered: Vec<bool> = all(commands).map(wants_number).collect();
        let answers = self.put_judged(commands, judged, heads).await;
        if answers.is_err() {
            let versions = commands.iter_mut().flat_map(|command| &mut command.versions);
            versions.zip(unnumbered).filter(|v| v.1).for_each(|v| take_number(v.0));
        }
        self.torn = answers.is_err();
        answers
    }

    async fn put_judged(
        &mut self,
        commands: &mut [Shared],
        judged: Vec<Result<()>>,
        mut heads: Heads,
    ) -> Result<Answers> {
        let good = commands.iter_mut().zip(&judged).filter(|(_, judged)| judged.is_ok());
        self.number(&mut good.flat_map(|(command, _)| &mut command.versions).collect::<Vec<_>>()).await?;
        let mut rows = Rows::new(self.next);
        let mut fresh = Fresh::draw(all(commands).count())?.into_iter();
        let mut answers = Vec::with_capacity(commands.len());
        for (command, judged) in commands.iter().zip(judged) {
            if let Err(refused) = judged {
                answers.push(Err(refused));
                continue;
            }
            self.act_in(&command.ctx);
            let pen = self.pen();
            let made = command.versions.iter().zip(&mut fresh).map(|(v, f)| pen.make(v, &mut heads, f, &mut rows));
            answers.push(Receipts::of(made.collect::<Result<_>>()?));
        }
        self.next = rows.next();
        self.write(&mut rows, true).await?;
        Ok(answers)
    }

    /// As [`Tx::put_each`], each in a savepoint of its own.
    ///
    /// # Errors
    /// When the transaction itself can go no further.
    pub(super) async fn put_one_by_one(&mut self, commands: Vec<Shared>) -> Result<Answers> {
        let mut answers = Vec::with_capacity(commands.len());
        for command in commands {
            let savepoint = self.savepoint().await?;
            self.act_in(&command.ctx);
            let answer = self.put_all(command.versions).await;
            match &answer {
                Ok(_) => self.release(savepoint).await?,
                Err(_) => self.rollback_to(savepoint).await?,
            }
            answers.push(answer);
        }
        Ok(answers)
    }
}

fn all(commands: &[Shared]) -> impl Iterator<Item = &NewVersion> {
    commands.iter().flat_map(|command| &command.versions)
}

/// Whether each command can be written after those before it that can.
fn judge(commands: &[Shared], heads: &Heads, missing: &BTreeSet<Digest>) -> Vec<Result<()>> {
    let mut tips = heads.clone();
    commands.iter().map(|command| judge_one(command, &mut tips, missing)).collect()
}

fn judge_one(command: &Shared, tips: &mut Heads, missing: &BTreeSet<Digest>) -> Result<()> {
    let mut before: Vec<_> = Vec::with_capacity(command.versions.len());
    for version in &command.versions {
        let lacks = version.blobs.iter().find(|digest| missing.contains(digest));
        let lacks = lacks.map_or(Ok(()), |digest| Err(StoreError::NoBlob { digest: digest.to_hex() }));
        if let Err(refused) = lacks.and_then(|()| check(version, tips.get(&version.record))) {
            for (record, tip) in before.into_iter().rev() {
                match tip {
                    Some(tip) => tips.insert(record, tip),
                    None => tips.remove(&record),
                };
            }
            return Err(refused);
        }
        before.push((version.record, tips.insert(version.record, Head::ahead(version))));
    }
    Ok(())
}
