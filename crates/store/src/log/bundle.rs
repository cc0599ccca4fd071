//! Leaf bytes in rows of C2SP bundle form. A row never crosses a multiple of 256, so that closed
//! bundles are exactly one row; several short rows of a bundle are joined once it is closed.

use akashi_journal::tile::{FULL, encode_bundle, parse_bundle};

use crate::db::OpenTx;
use crate::error::{Result, StoreError};
use crate::rows::Insert;
use crate::sql::{Arg, Sql};
use crate::store::Store;

/// Entries of a closed bundle.
pub(crate) const WIDTH: u64 = FULL as u64;

/// A row of the table `entry`.
pub(crate) type BundleRow = (i64, i64, Vec<u8>);

impl Store {
    /// Returns the leaf bytes of entries `from .. until`, as far as there are any.
    pub async fn entries(&self, from: u64, until: u64) -> Result<Vec<Vec<u8>>> {
        let text = "select first, count, leaves from entry where first >= $1 and first < $2 order by first";
        let sql = Sql::new("read entries", text).bind(from - from % WIDTH).bind(until);
        let mut leaves = Vec::new();
        for row in self.db().all::<BundleRow>(sql).await? {
            let first = row.0 as u64;
            let wanted = parse(&row)?.into_iter().zip(first..).filter(|(_, ix)| (from..until).contains(ix));
            leaves.extend(wanted.map(|(leaf, _)| leaf.to_vec()));
        }
        Ok(leaves)
    }
}

/// The leaves of a row.
pub(crate) fn parse(row: &BundleRow) -> Result<Vec<&[u8]>> {
    let (first, count, leaves) = row;
    let width = u16::try_from(*count).map_err(|_| StoreError::damaged(place(*first), "its count is out of range"))?;
    parse_bundle(leaves, width).map_err(|e| StoreError::damaged(place(*first), e))
}

fn place(first: i64) -> String {
    format!("entry {first}")
}

/// Cuts `leaves`, the first of them at `first`, into rows; gives them for writing.
pub(crate) fn insert(first: u64, leaves: &[Vec<u8>]) -> Result<Insert> {
    let mut rows = Insert::new("journal the entries", "entry (first, count, leaves)", 3);
    let (mut at, mut rest) = (first, leaves);
    while !rest.is_empty() {
        let space = (WIDTH - at % WIDTH) as usize;
        let (now, later) = rest.split_at(space.min(rest.len()));
        let bytes = encode_bundle(now).map_err(|e| StoreError::damaged(place(at as i64), e))?;
        rows.push([Arg::from(at), Arg::from(now.len() as u64), Arg::from(bytes)]);
        (at, rest) = (at + now.len() as u64, later);
    }
    Ok(rows)
}

/// Joins the rows of the closed bundles between two tree sizes.
pub(crate) async fn close(tx: &mut OpenTx, old: u64, new: u64) -> Result<()> {
    let (from, until) = (old - old % WIDTH, new - new % WIDTH);
    let text = "select first, count, leaves from entry where first >= $1 and first < $2 and count < 256 order by first";
    let sql = Sql::new("read open bundles", text).bind(from).bind(until);
    let rows = tx.on().all::<BundleRow>(sql).await?;
    for rows in rows.chunk_by(|a, b| a.0 as u64 / WIDTH == b.0 as u64 / WIDTH) {
        join(tx, rows).await?;
    }
    Ok(())
}

async fn join(tx: &mut OpenTx, rows: &[BundleRow]) -> Result<()> {
    let leaves: Vec<u8> = rows.iter().flat_map(|(_, _, leaves)| leaves).copied().collect();
    let first = rows[0].0 - rows[0].0 % WIDTH as i64;
    let whole = (first, WIDTH as i64, leaves);
    parse(&whole)?;
    let text = "delete from entry where first >= $1 and first < $2 and count < 256";
    tx.on().execute(Sql::new("join a bundle", text).bind(first).bind(first + WIDTH as i64)).await?;
    let text = "insert into entry (first, count, leaves) values ($1, 256, $2)";
    tx.on().execute(Sql::new("join a bundle", text).bind(first).bind(whole.2)).await.map(drop)
}
