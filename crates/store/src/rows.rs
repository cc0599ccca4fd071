//! Rows for tables, written in as few trips to the database as it allows. On SQLite a few rows of several tables go down
//! as one text: each trip is two switches of threads. Texts come in few shapes, so that all of them stay prepared.

use crate::db::OpenTx;
use crate::error::Result;
use crate::sql::{Arg, Sql};

/// Most rows of a statement: two bundles, and with 19 columns within what SQLite binds.
pub(crate) const PACKET: usize = 512;
/// Most rows of a table that go down in one text with those of others.
const JOINED: usize = 128;

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

    /// Adds the statement to a text, with rows of nulls up to a number that comes often.
    fn join(self, sql: Sql) -> Sql {
        let (rows, sql) = (self.len(), sql.text(self.begin(true)).text(self.into));
        let mut args = self.args;
        args.resize(padded(rows) * self.width, Arg::Int(None));
        let sql = match rows {
            1 => sql.text(" values ").values(args, self.width),
            _ => sql.text(" select * from (values ").values(args, self.width).text(") where column1 is not null"),
        };
        sql.text(self.then).text("; ")
    }
}

/// The number of rows of the statement that takes so many.
fn padded(rows: usize) -> usize {
    match rows {
        0..=2 => rows,
        3..=4 => 4,
        5..=64 => rows.next_multiple_of(8),
        _ => rows.next_multiple_of(32),
    }
}

/// Whether there are so few rows that they go down in one text.
pub(crate) fn are_few(inserts: &[Insert]) -> bool {
    inserts.iter().all(|insert| insert.len() <= JOINED)
}

/// Adds the statements of all rows to a text, for SQLite.
pub(crate) fn joined(sql: Sql, inserts: Vec<Insert>) -> Sql {
    inserts.into_iter().filter(|insert| insert.len() > 0).fold(sql, |sql, insert| insert.join(sql))
}

impl OpenTx {
    /// Writes rows of several tables.
    pub(crate) async fn insert(&mut self, inserts: Vec<Insert>) -> Result<()> {
        let on_sqlite = matches!(self, OpenTx::Sqlite(..));
        if on_sqlite && are_few(&inserts) {
            let text = joined(Sql::new("write what commands say", ""), inserts);
            return if text.is_empty() { Ok(()) } else { self.on().execute(text).await.map(drop) };
        }
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
        let joined: Vec<_> = (1..=JOINED as i64).map(|n| rows(n).join(Sql::new("t", "")).arg_count() / 2).collect();
        assert!(joined.iter().zip(1..).all(|(padded, rows)| *padded >= rows));
        assert_eq!(joined.iter().collect::<std::collections::BTreeSet<_>>().len(), 13);
    }

    #[test]
    fn joined_statements_are_one_text() {
        let sql = joined(Sql::new("t", "begin; "), vec![rows(2), rows(0), Insert { then: "", ..rows(1) }]);
        let expect = "begin; insert into x (a, b) select * from (values (?, ?), (?, ?)) where column1 is not null \
                      on conflict do nothing; insert or fail into x (a, b) values (?, ?); ";
        assert_eq!(sql.for_sqlite().into_text(), expect);
    }
}
