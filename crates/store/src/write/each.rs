//! Several commands in one transaction, each as a whole or not at all: what cannot be written is found before
//! anything is, so that all the others share few statements. Who waits for whom is `group`'s work.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use akashi_journal::Digest;

use super::head::Look;
use super::insert::{Beside, Rows};
use super::make::{Fresh, Head, Heads, Pen, check};
use super::number::{Counters, number, take_number, wants_number};
use super::receipt::Receipts;
use super::tx::{Tx, WriteCtx};
use super::version::NewVersion;
use crate::error::{Result, StoreError};
use crate::rows::Insert;

/// A command that shares a transaction with others.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) ctx: WriteCtx,
    /// At least one.
    pub(super) versions: Vec<NewVersion>,
    pub(super) beside: Beside,
}

/// Commands that share a transaction; at least one.
pub(super) struct Batch {
    commands: Vec<Shared>,
    /// Which versions came without a number.
    unnumbered: Vec<bool>,
}

/// What became of each command.
pub(super) type Answers = Vec<Result<Receipts>>;

/// What the next version builds on: the state of the store after everything written and under way. As long as nobody
/// unknown writes, which the position of the next version tells, all of it holds.
#[derive(Clone, Default)]
pub(super) struct Tip {
    /// Position of the next version.
    next: u64,
    /// Commit time of the last one.
    at: i64,
    counters: Counters,
    /// Newest versions of the records written last.
    heads: Heads,
}

/// A batch with all that is to be written of it.
pub(super) struct Prepared {
    /// Position and time it was made for.
    first: u64,
    at: i64,
    rows: Vec<Insert>,
    answers: Answers,
    /// What the store is like once it is written.
    tip: Tip,
    /// How long a command took to make.
    each: Duration,
}

impl std::fmt::Debug for Tip {
    /// Heads hold keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tip({}, {})", self.next, self.at)
    }
}

impl Batch {
    pub(super) fn new(commands: Vec<Shared>) -> Batch {
        let unnumbered = all(&commands).map(wants_number).collect();
        Batch { commands, unnumbered }
    }

    pub(super) fn len(&self) -> usize {
        self.commands.len()
    }

    /// In whose name, and when, the transaction begins.
    pub(super) fn ctx(&self) -> WriteCtx {
        self.commands.first().map_or(WriteCtx { actor: String::new(), at: i64::MIN }, |command| command.ctx.clone())
    }

    /// The commands as they came, without the numbers a transaction gave that is undone.
    pub(super) fn again(&mut self) -> &mut Batch {
        let versions = self.commands.iter_mut().flat_map(|command| &mut command.versions);
        versions.zip(&self.unnumbered).filter(|v| *v.1).for_each(|v| take_number(v.0));
        self
    }
}

impl Tip {
    /// Makes what is to be written of each command that can be written. Nothing is written here.
    ///
    /// # Errors
    /// What no look ahead could tell of one of the commands.
    pub(super) async fn prepare(
        &self,
        mut look: Look<'_>,
        (epoch, ticket): (u32, u64),
        batch: &mut Batch,
    ) -> Result<Prepared> {
        let at = self.at.max(batch.ctx().at);
        let commands = &mut batch.again().commands;
        let mut heads = look.heads_of(all(commands), &self.heads).await?;
        let again = all(commands).filter_map(|v| Some((v.record, self.heads.get(&v.record)?.clone())));
        heads.extend(again.collect::<Vec<_>>());
        let missing = look.missing_files(all(commands)).await?;
        let judged = judge(commands, &heads, &missing);
        let mut counters = self.counters.clone();
        let good = commands.iter_mut().zip(&judged).filter(|(_, judged)| judged.is_ok());
        let mut good: Vec<_> = good.flat_map(|(command, _)| &mut command.versions).collect();
        let numbers = number(&mut look, &mut counters, at, &mut good).await?;

        let began = Instant::now();
        let mut pen = Pen { actor: String::new(), at, epoch, ticket };
        let mut rows = Rows::new(self.next);
        rows.number(numbers);
        let answers = make(commands, judged, &mut pen, &mut heads, &mut rows)?;
        let each = began.elapsed() / u32::try_from(commands.len()).unwrap_or(u32::MAX).max(1);
        let tip = Tip { next: rows.next(), at: pen.at, counters, heads };
        Ok(Prepared { first: self.next, at, rows: rows.take(true)?, answers, tip, each })
    }
}

impl Prepared {
    /// Whether every command can be written.
    pub(super) fn is_whole(&self) -> bool {
        self.answers.iter().all(Result::is_ok)
    }

    /// In whose name, and when, its transaction begins.
    pub(super) fn ctx(&self, batch: &Batch) -> WriteCtx {
        WriteCtx { at: self.at, ..batch.ctx() }
    }

    /// The rows, and what is answered once they are written.
    pub(super) fn into_parts(self) -> (Vec<Insert>, Answers, Tip) {
        (self.rows, self.answers, self.tip)
    }

    pub(super) fn tip(&self) -> &Tip {
        &self.tip
    }

    /// How long a command took to make.
    pub(super) fn each(&self) -> Duration {
        self.each
    }
}

fn make(
    commands: &[Shared],
    judged: Vec<Result<()>>,
    pen: &mut Pen,
    heads: &mut Heads,
    rows: &mut Rows,
) -> Result<Answers> {
    let mut fresh = Fresh::draw(all(commands).count())?.into_iter();
    let mut answers = Vec::with_capacity(commands.len());
    for (command, judged) in commands.iter().zip(judged) {
        if let Err(refused) = judged {
            answers.push(Err(refused));
            continue;
        }
        pen.act_in(&command.ctx);
        let made = command.versions.iter().zip(&mut fresh).map(|(v, f)| pen.make(v, heads, f, rows));
        answers.push(Receipts::of(made.collect::<Result<_>>()?));
        rows.beside(&command.beside);
    }
    Ok(answers)
}

impl Tx {
    /// As [`Tip::prepare`], with what this transaction sees: its answers are exact.
    pub(super) async fn prepare(&mut self, batch: &mut Batch) -> Result<Prepared> {
        let tip = Tip { next: self.next, at: self.at(), ..Tip::default() };
        let pen = (self.pen().epoch, self.ticket());
        tip.prepare(self.look(), pen, batch).await
    }

    /// Whether it was made for the place where this transaction begins.
    pub(super) fn continues(&self, prepared: &Prepared) -> bool {
        prepared.first == self.next && prepared.at == self.at()
    }

    /// Writes each command that can be written; the others leave no trace.
    ///
    /// # Errors
    /// What no look ahead could tell. Then nothing may be committed, and [`Tx::put_one_by_one`] in another
    /// transaction finds the command it is about.
    pub(super) async fn put_prepared(&mut self, prepared: Prepared) -> Result<(Answers, Tip)> {
        self.torn = true;
        self.insert(prepared.rows).await?;
        self.next = prepared.tip.next;
        self.ctx.at = prepared.tip.at;
        self.torn = false;
        Ok((prepared.answers, prepared.tip))
    }

    /// As [`Tx::put_prepared`], each in a savepoint of its own.
    ///
    /// # Errors
    /// When the transaction itself can go no further.
    pub(super) async fn put_one_by_one(&mut self, mut batch: Batch) -> Result<Answers> {
        let mut answers = Vec::with_capacity(batch.len());
        batch.again();
        for command in batch.commands {
            let savepoint = self.savepoint().await?;
            self.act_in(&command.ctx);
            let answer = self.put_command(command).await;
            match &answer {
                Ok(_) => self.release(savepoint).await?,
                Err(_) => self.rollback_to(savepoint).await?,
            }
            answers.push(answer);
        }
        Ok(answers)
    }
}

impl Tx {
    async fn put_command(&mut self, command: Shared) -> Result<Receipts> {
        let receipts = self.put_all(command.versions).await?;
        self.insert(command.beside.0).await?;
        Ok(receipts)
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
