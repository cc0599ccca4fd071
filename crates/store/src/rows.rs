//! Rows for tables, written in as few trips to the database as it allows: packets in few shapes, so that their texts stay
//! prepared, or row after row where SQLite is at hand without any trip.

use crate::db::OpenTx;
use crate::error::Result;
use crate::sql::{Arg, Sql};

/// Most rows of a statement: two bundles, and with 19 columns within what SQLite binds.
pub(crate) const PACKET: usize = 512;

/// Rows for one table.
#[derive(Clone)]
pub(crate) struct Insert {
    doing: &'static str,
    /// `t (a, b)`.
    into: &'static str,
    /// ` on conflict …`, or nothing.
    then: &'static str,
    width: usize,
    /// Row after row. The first value of each is not null.
    args: Vec<Arg>,
}

impl std::fmt::Debug for Insert {
    /// Values may be keys and password hashes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} rows)", self.into, self.len())
    }
}

impl Insert {
    /// For a table with so many columns; `into` is `t (a, b)`.
    pub(crate) fn new(doing: &'static str, into: &'static str, width: usize) -> Insert {
        Insert { doing, into, then: "", width, args: Vec::new() }
    }

    /// What follows the rows: ` on conflict …`.
    pub(crate) fn then(self, then: &'static str) -> Insert {
        Insert { then, ..self }
    }

    /// Adds a row.
    pub(crate) fn push<const N: usize>(&mut self, row: [Arg; N]) {
        debug_assert_eq!(N, self.width, "{}", self.into);
        self.args.extend(row);
    }

    /// Adds the rows of another for the same table.
    pub(crate) fn append(&mut self, more: &mut Insert) {
        self.args.append(&mut more.args);
    }

    /// Takes the rows out.
    pub(crate) fn take(&mut self) -> Insert {
        Insert { args: std::mem::take(&mut self.args), ..*self }
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.args.len() / self.width
    }

    /// Statements of 1, 2, 4 … rows.
    fn packets(self, on_sqlite: bool) -> impl Iterator<Item = Sql> {
        let (mut left, width, begin) = (self.len(), self.width, self.begin(on_sqlite));
        let mut args = self.args.into_iter();
        std::iter::from_fn(move || {
            let some = PACKET.min(1 << left.checked_ilog2()?);
            left -= some;
            let rows: Vec<Arg> = args.by_ref().take(some * width).collect();
            Some(Sql::new(self.doing, begin).text(self.into).text(" values ").values(rows, width).text(self.then))
        })
    }

    /// Who writes undoes everything after an error: SQLite need not note down how to undo a single statement.
    fn begin(&self, on_sqlite: bool) -> &'static str {
        if on_sqlite && self.then.is_empty() { "insert or fail into " } else { "insert into " }
    }

    /// Writes row after row with one prepared statement, within a transaction that is undone after an error.
    pub(crate) fn write_on(&self, db: &rusqlite::Connection) -> rusqlite::Result<()> {
        if self.args.is_empty() {
            return Ok(());
        }
        let marks = vec!["?"; self.width].join(", ");
        let text = format!("{}{} values ({marks}){}", self.begin(true), self.into, self.then);
        let mut statement = db.prepare_cached(&text)?;
        for row in self.args.chunks_exact(self.width) {
            for (place, arg) in (1..).zip(row) {
                statement.raw_bind_parameter(place, arg)?;
            }
            statement.raw_execute()?;
        }
        Ok(())
    }
}

impl OpenTx {
    /// Writes rows of several tables.
    pub(crate) async fn insert(&mut self, inserts: Vec<Insert>) -> Result<()> {
        let on_sqlite = matches!(self, OpenTx::Sqlite(..));
        for packet in inserts.into_iter().flat_map(|insert| insert.packets(on_sqlite)) {
            self.on().execute(packet).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: i64) -> Insert {
        let mut insert = Insert::new("t", "x (a, b)", 2).then(" on conflict do nothing");
        (0..count).for_each(|n| insert.push([Arg::from(n), Arg::from("v")]));
        insert
    }

    #[test]
    fn statements_come_in_few_shapes() {
        let shapes = |count| rows(count).packets(true).map(|sql| sql.for_sqlite().arg_count() / 2).collect::<Vec<_>>();
        assert_eq!(shapes(1), [1]);
        assert_eq!(shapes(13), [8, 4, 1]);
        assert_eq!(shapes(1200), [512, 512, 128, 32, 16]);
    }

    #[test]
    fn rows_go_down_with_a_prepared_statement() {
        let db = rusqlite::Connection::open_in_memory().unwrap();
        db.execute_batch("create table x (a integer not null primary key, b text)").unwrap();
        rows(3).write_on(&db).unwrap();
        rows(5).write_on(&db).unwrap();
        assert!(Insert { then: "", ..rows(6) }.write_on(&db).is_err(), "the first is there");
        let found: i64 = db.query_row("select count(*) from x where b = 'v'", [], |row| row.get(0)).unwrap();
        assert_eq!(found, 5);
    }
}
