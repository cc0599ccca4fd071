//! Writing a group by what the database says, in one transaction or, when one command spoils it, in a savepoint each.
//! What could be written as it was made ahead goes past this; what could not comes here.

use std::sync::Arc;
use std::time::Instant;

use super::each::{Answers, Batch, Prepared};
use super::group::{Answer, Known};
use super::receipt::{Committed, Receipts};
use super::tx::Tx;
use crate::error::{Result, StoreError};
use crate::store::Store;

/// What became of a group.
pub(super) struct Wrote {
    pub(super) answers: Vec<Result<Committed>>,
    /// It was written as it was made, so that what was made to follow it does.
    pub(super) as_made: bool,
    pub(super) known: Known,
}

impl Store {
    /// Writes commands that came together, made ahead or not; as many answers, in their order.
    pub(super) async fn write_group(&self, mut batch: Batch, made: Option<Prepared>) -> Wrote {
        let (count, ahead) = (batch.len(), made.is_some());
        let wrote = match self.write_together(&mut batch, made).await {
            // An index may know better than who made it ahead: what the database says is asked.
            Err(_) if ahead => self.write_together(&mut batch, None).await,
            wrote => wrote,
        };
        match wrote {
            Ok(wrote) => return wrote,
            Err(_) if count > 1 => {}
            Err(error) => return Wrote::unknown(vec![Err(error)]),
        }
        // One of them is to blame: each in a savepoint.
        Wrote::unknown(match self.write_one_by_one(batch).await {
            Ok(answers) => answers,
            Err(error) => all_failed(error, count),
        })
    }

    /// Fails only when nothing was written.
    async fn write_together(&self, batch: &mut Batch, made: Option<Prepared>) -> Result<Wrote> {
        let began = Instant::now();
        let mut tx = self.begin(&made.as_ref().map_or_else(|| batch.ctx(), |made| made.ctx(batch))).await?;
        let made = made.filter(|made| tx.continues(made));
        let as_made = made.is_some();
        let made = match made {
            Some(made) => made,
            None => tx.prepare(batch).await?,
        };
        let each = made.each();
        let (answers, tip) = tx.put_prepared(made).await?;
        let (answers, kept) = finish(tx, answers).await;
        let known = Known { tip: Some(tip).filter(|_| kept), each, wrote: began.elapsed() };
        Ok(Wrote { answers, as_made: as_made && kept, known })
    }

    async fn write_one_by_one(&self, batch: Batch) -> Result<Vec<Result<Committed>>> {
        let mut tx = self.begin(&batch.ctx()).await?;
        let answers = tx.put_one_by_one(batch).await?;
        Ok(finish(tx, answers).await.0)
    }
}

impl Wrote {
    fn unknown(answers: Vec<Result<Committed>>) -> Wrote {
        Wrote { answers, as_made: false, known: Known::default() }
    }
}

/// Commits what was written, and tells whether it is. A commit that fails may have happened all the same: it is never
/// tried again.
async fn finish(tx: Tx, answers: Answers) -> (Vec<Result<Committed>>, bool) {
    let written = answers.iter().any(Result::is_ok);
    match if written { tx.finish().await } else { tx.rollback().await } {
        Ok(()) => (kept(answers), true),
        Err(error) => (none_known(answers, error), false),
    }
}

/// The answers where what was written is on disk.
pub(super) fn kept(answers: Answers) -> Vec<Result<Committed>> {
    answers.into_iter().map(|answer| answer.map(Committed)).collect()
}

/// The answers where nobody knows whether something was written.
pub(super) fn none_known(answers: Answers, error: StoreError) -> Vec<Result<Committed>> {
    let error = Arc::new(error);
    let failed = |_: Receipts| Err(StoreError::Together(error.clone()));
    answers.into_iter().map(|answer| answer.and_then(failed)).collect()
}

fn all_failed(error: StoreError, count: usize) -> Vec<Result<Committed>> {
    let error = Arc::new(error);
    (0..count).map(|_| Err(StoreError::Together(error.clone()))).collect()
}

/// Tells everybody what became of his command. Whoever asked may have gone; what was written stays.
pub(super) fn tell(askers: Vec<Answer>, answers: Vec<Result<Committed>>) {
    for (asker, answer) in askers.into_iter().zip(answers) {
        drop(asker.send(answer));
    }
}
