//! A statement with its values. Text grows only from literals, values are a closed set of types:
//! what users write can never become SQL. The one place that asserts this to sqlx.

use std::borrow::Cow;

use rusqlite::types::{ToSqlOutput, ValueRef};
use sqlx::database::HasStatementCache;
use sqlx::query::{Query, QueryAs};
use sqlx::{AssertSqlSafe, Database, Encode, FromRow, Type};

/// A value of a statement.
#[derive(Clone, Debug)]
pub(crate) enum Arg {
    Text(Option<String>),
    Int(Option<i64>),
    Bool(bool),
    Bytes(Option<Vec<u8>>),
}

/// A statement that runs on both databases.
#[derive(Clone, Debug)]
pub(crate) struct Sql {
    /// What it does, for error messages: "read the accounts".
    pub(crate) doing: &'static str,
    /// Values of lists stand in it as [`MARK`], single ones as `$1`, `$2`, ….
    text: Cow<'static, str>,
    args: Vec<Arg>,
    /// Whether there is a single value.
    numbered: bool,
    keep: bool,
}

/// The place of a list's value, until it is known for which database.
const MARK: char = '\u{1}';

impl Sql {
    /// Begins a statement.
    pub(crate) fn new(doing: &'static str, text: &'static str) -> Sql {
        Sql { doing, text: Cow::Borrowed(text), args: Vec::new(), numbered: false, keep: true }
    }

    /// Gives the value of the next `$n` of the text. Single values come before lists.
    pub(crate) fn bind(mut self, value: impl Into<Arg>) -> Sql {
        self.args.push(value.into());
        self.numbered = true;
        self
    }

    /// Goes on with more text.
    pub(crate) fn text(mut self, text: &'static str) -> Sql {
        self.text.to_mut().push_str(text);
        self
    }

    /// Writes `a, b, …` for a list of values.
    pub(crate) fn list(mut self, values: impl IntoIterator<Item = Arg>) -> Sql {
        self.push_list(values);
        // One statement text per length: not worth a place in the statement cache.
        self.keep = false;
        self
    }

    /// As [`Sql::list`], for lists of few different lengths.
    pub(crate) fn known_list(mut self, values: impl IntoIterator<Item = Arg>) -> Sql {
        self.push_list(values);
        self
    }

    /// Writes `(a, b), (c, d), …`; `keep` when the same number of rows comes often.
    pub(crate) fn rows<R: IntoIterator<Item = Arg>>(mut self, rows: impl IntoIterator<Item = R>, keep: bool) -> Sql {
        for (ix, row) in rows.into_iter().enumerate() {
            self.text.to_mut().push_str(if ix == 0 { "(" } else { ", (" });
            self.push_list(row);
            self.text.to_mut().push(')');
        }
        self.keep = keep;
        self
    }

    /// Writes `(a, b), (c, d), …` for values that come row after row.
    pub(crate) fn values(mut self, values: Vec<Arg>, width: usize) -> Sql {
        let text = self.text.to_mut();
        text.reserve(values.len() * 3 + values.len() / width * 4);
        for ix in 0..values.len() {
            text.push_str(match ix % width {
                0 if ix == 0 => "(",
                0 => "), (",
                _ => ", ",
            });
            text.push(MARK);
        }
        text.push(')');
        match self.args.is_empty() {
            true => self.args = values,
            false => self.args.extend(values),
        }
        self
    }

    fn push_list(&mut self, values: impl IntoIterator<Item = Arg>) {
        let text = self.text.to_mut();
        for (ix, value) in values.into_iter().enumerate() {
            self.args.push(value);
            text.push_str(if ix == 0 { "" } else { ", " });
            text.push(MARK);
        }
    }

    /// The statement for SQLite. It looks up each `$n` among all names of the statement, which makes
    /// thousands of them slow; a plain `?` has no name, but cannot be mixed with numbers.
    pub(crate) fn for_sqlite(mut self) -> Sql {
        if self.numbered {
            return self.for_postgres();
        }
        if let Cow::Owned(text) = self.text {
            // One byte for one byte: nothing moves.
            let mut bytes = text.into_bytes();
            bytes.iter_mut().filter(|byte| **byte == MARK as u8).for_each(|byte| *byte = b'?');
            self.text = Cow::Owned(String::from_utf8(bytes).expect("one ASCII character for another"));
        }
        self
    }

    /// The statement for PostgreSQL.
    pub(crate) fn for_postgres(mut self) -> Sql {
        if let Cow::Owned(text) = &self.text {
            let marks = text.chars().filter(|c| *c == MARK).count();
            let mut numbered = String::with_capacity(text.len() + marks * 4);
            let mut number = self.args.len() - marks;
            for piece in text.split_inclusive(MARK) {
                numbered.push_str(piece.trim_end_matches(MARK));
                if piece.ends_with(MARK) {
                    number += 1;
                    push_number(&mut numbered, number);
                }
            }
            self.text = Cow::Owned(numbered);
        }
        self
    }

    /// The statement for one driver.
    pub(crate) fn query<DB>(self) -> Query<'static, DB, DB::Arguments>
    where
        DB: Database + HasStatementCache,
        Option<String>: Encode<'static, DB> + Type<DB>,
        Option<i64>: Encode<'static, DB> + Type<DB>,
        Option<Vec<u8>>: Encode<'static, DB> + Type<DB>,
        bool: Encode<'static, DB> + Type<DB>,
    {
        let query = sqlx::query::<DB>(AssertSqlSafe(self.text)).persistent(self.keep);
        self.args.into_iter().fold(query, |query, arg| match arg {
            Arg::Text(v) => query.bind(v),
            Arg::Int(v) => query.bind(v),
            Arg::Bool(v) => query.bind(v),
            Arg::Bytes(v) => query.bind(v),
        })
    }

    /// The statement for one driver, its rows read as `R`.
    pub(crate) fn query_as<DB, R>(self) -> QueryAs<'static, DB, R, DB::Arguments>
    where
        DB: Database + HasStatementCache,
        R: for<'r> FromRow<'r, DB::Row>,
        Option<String>: Encode<'static, DB> + Type<DB>,
        Option<i64>: Encode<'static, DB> + Type<DB>,
        Option<Vec<u8>>: Encode<'static, DB> + Type<DB>,
        bool: Encode<'static, DB> + Type<DB>,
    {
        let query = sqlx::query_as::<DB, R>(AssertSqlSafe(self.text)).persistent(self.keep);
        self.args.into_iter().fold(query, |query, arg| match arg {
            Arg::Text(v) => query.bind(v),
            Arg::Int(v) => query.bind(v),
            Arg::Bool(v) => query.bind(v),
            Arg::Bytes(v) => query.bind(v),
        })
    }
}

fn push_number(text: &mut String, number: usize) {
    use std::fmt::Write as _;
    // Writing to a String cannot fail.
    let _ = write!(text, "${number}");
}

impl rusqlite::ToSql for Arg {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let value = match self {
            Arg::Text(v) => v.as_deref().map_or(ValueRef::Null, |v| ValueRef::Text(v.as_bytes())),
            Arg::Int(v) => v.map_or(ValueRef::Null, ValueRef::Integer),
            Arg::Bool(v) => ValueRef::Integer((*v).into()),
            Arg::Bytes(v) => v.as_deref().map_or(ValueRef::Null, ValueRef::Blob),
        };
        Ok(ToSqlOutput::Borrowed(value))
    }
}

impl From<&str> for Arg {
    fn from(v: &str) -> Arg {
        Arg::Text(Some(v.to_owned()))
    }
}

impl From<String> for Arg {
    fn from(v: String) -> Arg {
        Arg::Text(Some(v))
    }
}

impl From<Option<String>> for Arg {
    fn from(v: Option<String>) -> Arg {
        Arg::Text(v)
    }
}

impl From<i64> for Arg {
    fn from(v: i64) -> Arg {
        Arg::Int(Some(v))
    }
}

impl From<u32> for Arg {
    fn from(v: u32) -> Arg {
        Arg::Int(Some(i64::from(v)))
    }
}

impl From<u64> for Arg {
    /// Positions and sizes stay far below 2^63.
    fn from(v: u64) -> Arg {
        Arg::Int(Some(v as i64))
    }
}

impl From<Option<i64>> for Arg {
    fn from(v: Option<i64>) -> Arg {
        Arg::Int(v)
    }
}

impl From<bool> for Arg {
    fn from(v: bool) -> Arg {
        Arg::Bool(v)
    }
}

impl From<Vec<u8>> for Arg {
    fn from(v: Vec<u8>) -> Arg {
        Arg::Bytes(Some(v))
    }
}

impl From<Option<Vec<u8>>> for Arg {
    fn from(v: Option<Vec<u8>>) -> Arg {
        Arg::Bytes(v)
    }
}

#[cfg(test)]
impl Sql {
    /// How many values it binds.
    pub(crate) fn arg_count(&self) -> usize {
        self.args.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> [[Arg; 2]; 2] {
        [[Arg::from("p"), Arg::from(true)], [Arg::from("q"), Arg::from(false)]]
    }

    #[test]
    fn rows_are_written_for_each_database() {
        let sql = Sql::new("t", "insert into x values ").rows(values(), true).text(" on conflict do nothing");
        assert_eq!(sql.clone().for_sqlite().text, "insert into x values (?, ?), (?, ?) on conflict do nothing");
        assert_eq!(sql.for_postgres().text, "insert into x values ($1, $2), ($3, $4) on conflict do nothing");
    }

    #[test]
    fn places_are_counted_on_from_single_values() {
        let sql =
            Sql::new("t", "select 1 where a = $1 and b in (").bind("x").list([Arg::from(1_i64), Arg::from(2_i64)]);
        let sql = sql.text(")");
        let expect = "select 1 where a = $1 and b in ($2, $3)";
        assert_eq!(sql.clone().for_sqlite().text, expect);
        assert_eq!(sql.for_postgres().text, expect);
    }
}
