//! The sequencer: takes committed entries into the tree and signs what it reached.

use akashi_journal::checkpoint::Checkpoint;
use akashi_journal::merkle::{Frontier, leaf_hash};

use super::bundle::{self, BundleRow};
use super::keys::{self, LogKeys};
use super::{checkpoint, state};
use crate::SignedCheckpoint;
use crate::db::OpenTx;
use crate::dialect::Lock;
use crate::error::{Result, StoreError};
use crate::sql::{Arg, Sql};
use crate::store::Store;

/// Rows of entries read at once.
const PACKET: u32 = 64;
/// Height from which nodes are stored.
pub(crate) const STORED: u8 = 8;

impl Store {
    /// Takes every entry committed before this call into the log and returns the checkpoint that covers
    /// them; none while the log is empty. Calling it again, or from several servers at once, does no harm.
    ///
    /// If the keys were rotated since `keys` were read, those in force sign.
    /// Entries are on disk before anything is signed, and nobody sees a signature before it is on disk too.
    pub async fn sequence(&self, now: i64, keys: &LogKeys) -> Result<Option<SignedCheckpoint>> {
        let tx = self.db().begin(Some(Lock::Sequencer)).await?;
        self.sequence_in(tx, now, keys).await
    }

    /// As [`Store::sequence`], within a transaction that has the sequencers' turn.
    pub(super) async fn sequence_in(
        &self,
        mut tx: OpenTx,
        now: i64,
        keys: &LogKeys,
    ) -> Result<Option<SignedCheckpoint>> {
        let mut frontier = state::read(&mut tx).await?;
        let (old, kept) = (frontier.size(), checkpoint::newest(&mut tx).await?);
        check(&frontier, kept.as_ref())?;
        append(&mut tx, &mut frontier).await?;
        let newest = match kept {
            kept if frontier.size() == old => {
                tx.rollback().await?;
                kept
            }
            _ => {
                bundle::close(&mut tx, old, frontier.size()).await?;
                tx.on().execute(state::write(&frontier)).await?;
                let keys = keys::in_force(&mut tx, keys).await?;
                // A clock that went back does not take the order of checkpoints with it.
                let at = kept.map_or(now, |kept| now.max(kept.at));
                let signed = sign(&self.meta().origin, &frontier, at, &keys)?;
                tx.on().execute(checkpoint::insert(&signed)).await?;
                tx.commit().await?;
                Some(signed)
            }
        };
        self.publish().await?;
        self.sequencing().reached(frontier.size());
        self.wipe_if_due().await;
        Ok(newest)
    }
}

/// The stored edge must be what was signed last: never sign over a damaged tree.
fn check(frontier: &Frontier, newest: Option<&SignedCheckpoint>) -> Result<()> {
    let (size, root) = newest.map_or((0, akashi_journal::merkle::empty_root()), |c| (c.size, c.root));
    if size == frontier.size() && root == frontier.root() {
        return Ok(());
    }
    Err(StoreError::damaged("log_state", format!("it is not the tree of {size} entries that was signed last")))
}

async fn append(tx: &mut OpenTx, frontier: &mut Frontier) -> Result<()> {
    loop {
        let text = "select first, count, leaves from entry where first >= $1 order by first limit $2";
        let sql = Sql::new("read new entries", text).bind(frontier.size()).bind(PACKET);
        let rows = tx.on().all::<BundleRow>(sql).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let mut nodes = Vec::new();
        for row in &rows {
            if row.0 as u64 != frontier.size() {
                let what = format!("the next entry found is {}", row.0);
                return Err(StoreError::damaged(format!("entry {}", frontier.size()), what));
            }
            for leaf in bundle::parse(row)? {
                frontier.append_with(leaf_hash(leaf), |node, hash| {
                    if node.level >= STORED {
                        nodes.push([
                            Arg::from(u32::from(node.level)),
                            Arg::from(node.index),
                            Arg::from(hash.0.to_vec()),
                        ]);
                    }
                });
            }
        }
        if !nodes.is_empty() {
            let insert = Sql::new("keep nodes of the tree", "insert into node (level, number, hash) values ");
            tx.on().execute(insert.rows(nodes, false)).await?;
        }
    }
}

fn sign(origin: &str, frontier: &Frontier, at: i64, keys: &LogKeys) -> Result<SignedCheckpoint> {
    let (size, root) = (frontier.size(), frontier.root());
    // Whole seconds, as the signature says them: nothing is kept that nobody signed.
    let at = at - at.rem_euclid(1_000_000);
    let note = Checkpoint::new(origin, size, root).and_then(|c| keys.sign(&c, at));
    let note = note.map_err(|source| StoreError::Checkpoint { source })?.to_string();
    Ok(SignedCheckpoint { size, root, note, at })
}
