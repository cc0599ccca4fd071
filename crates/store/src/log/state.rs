//! How far the tree reaches: the one row of `log_state`.

use akashi_journal::Digest;
use akashi_journal::merkle::Frontier;

use crate::db::OpenTx;
use crate::error::{Result, StoreError};
use crate::sql::Sql;

/// Reads the right edge of the tree; the empty tree when nothing was sequenced yet.
pub(crate) async fn read(tx: &mut OpenTx) -> Result<Frontier> {
    let sql = Sql::new("read the edge of the log", "select size, frontier from log_state where id = 1");
    match tx.on().one::<(i64, Vec<u8>)>(sql).await? {
        Some((size, bytes)) => decode(size as u64, &bytes),
        None => Ok(Frontier::new()),
    }
}

/// The statement that keeps the right edge.
pub(crate) fn write(frontier: &Frontier) -> Sql {
    let bytes: Vec<u8> = frontier.hashes().iter().flat_map(|hash| hash.0).collect();
    let text = "insert into log_state (id, size, frontier) values (1, $1, $2)
                on conflict (id) do update set size = excluded.size, frontier = excluded.frontier";
    Sql::new("keep the edge of the log", text).bind(frontier.size()).bind(bytes)
}

/// Reads the stored form.
pub(crate) fn decode(size: u64, bytes: &[u8]) -> Result<Frontier> {
    let (hashes, rest) = bytes.as_chunks::<{ Digest::LEN }>();
    if !rest.is_empty() {
        return Err(StoreError::damaged("log_state", "the edge is cut"));
    }
    let hashes = hashes.iter().copied().map(Digest).collect();
    Frontier::from_hashes(size, hashes).map_err(|e| StoreError::damaged("log_state", e))
}
