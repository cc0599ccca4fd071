//! A row of any table: read from either driver, written to a stream, read back.

use std::io::{Read, Write};

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{ColumnIndex, FromRow, Row, TypeInfo as _, ValueRef as _};

use super::schema::Kind;
use crate::error::{Result, StoreError};
use crate::sql::Arg;

/// Longest text or bytes of one value.
const MAX: u32 = 1 << 30;

/// A value as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Null,
    Text(String),
    Int(i64),
    Flag(bool),
    Bytes(Vec<u8>),
}

/// A row with its values in the order of the columns.
pub(super) struct AnyRow(pub(super) Vec<Cell>);

impl<'r> FromRow<'r, SqliteRow> for AnyRow {
    fn from_row(row: &'r SqliteRow) -> sqlx::Result<Self> {
        // Unchecked, for a cell of SQLite may hold another type than its column declares.
        cells(row, |ix, kind| match kind {
            "TEXT" => row.try_get_unchecked(ix).map(Cell::Text),
            "BLOB" => row.try_get_unchecked(ix).map(Cell::Bytes),
            _ => row.try_get_unchecked(ix).map(Cell::Int),
        })
    }
}

impl<'r> FromRow<'r, PgRow> for AnyRow {
    fn from_row(row: &'r PgRow) -> sqlx::Result<Self> {
        cells(row, |ix, kind| match kind {
            "TEXT" => row.try_get(ix).map(Cell::Text),
            "BYTEA" => row.try_get(ix).map(Cell::Bytes),
            "BOOL" => row.try_get(ix).map(Cell::Flag),
            _ => row.try_get(ix).map(Cell::Int),
        })
    }
}

/// Every cell of a row; `value` reads one that is not null, given its place and the driver's name of its type.
fn cells<R: Row>(row: &R, value: impl Fn(usize, &str) -> sqlx::Result<Cell>) -> sqlx::Result<AnyRow>
where
    usize: ColumnIndex<R>,
{
    let cell = |ix: usize| {
        let (null, kind) = {
            let raw = row.try_get_raw(ix)?;
            (raw.is_null(), raw.type_info().name().to_owned())
        };
        if null { Ok(Cell::Null) } else { value(ix, &kind) }
    };
    (0..row.len()).map(cell).collect::<sqlx::Result<_>>().map(AnyRow)
}

impl Cell {
    /// Writes it in the form of its column.
    pub(super) fn write(&self, kind: Kind, out: &mut dyn Write) -> std::io::Result<()> {
        match (self, kind) {
            (Cell::Null, _) => out.write_all(&[0]),
            (Cell::Text(text), _) => write_bytes(1, text.as_bytes(), out),
            (Cell::Int(number), Kind::Flag) => out.write_all(&[3, u8::from(*number != 0)]),
            (Cell::Int(number), _) => out.write_all(&[&[2][..], &number.to_le_bytes()].concat()),
            (Cell::Flag(flag), _) => out.write_all(&[3, u8::from(*flag)]),
            (Cell::Bytes(bytes), _) => write_bytes(4, bytes, out),
        }
    }

    /// Reads one.
    pub(super) fn read(from: &mut dyn Read) -> Result<Cell> {
        Ok(match byte(from)? {
            0 => Cell::Null,
            1 => Cell::Text(String::from_utf8(read_bytes(from)?).map_err(|_| wrong("a text is not UTF-8"))?),
            2 => {
                let mut number = [0; 8];
                exact(from, &mut number)?;
                Cell::Int(i64::from_le_bytes(number))
            }
            3 => Cell::Flag(byte(from)? != 0),
            4 => Cell::Bytes(read_bytes(from)?),
            _ => return Err(wrong("a value of no known kind")),
        })
    }

    /// The value for a column of that kind; none when it does not fit.
    pub(super) fn arg(self, kind: Kind) -> Option<Arg> {
        Some(match (self, kind) {
            (Cell::Null, Kind::Text) => Arg::Text(None),
            (Cell::Null, Kind::Int) => Arg::Int(None),
            (Cell::Null, Kind::Bytes) => Arg::Bytes(None),
            (Cell::Text(text), Kind::Text) => Arg::from(text),
            (Cell::Int(number), Kind::Int) => Arg::from(number),
            (Cell::Flag(flag), Kind::Flag) => Arg::from(flag),
            (Cell::Bytes(bytes), Kind::Bytes) => Arg::from(bytes),
            _ => return None,
        })
    }
}

pub(super) fn write_bytes(tag: u8, bytes: &[u8], out: &mut dyn Write) -> std::io::Result<()> {
    out.write_all(&[tag])?;
    out.write_all(&(bytes.len() as u32).to_le_bytes())?;
    out.write_all(bytes)
}

pub(super) fn read_bytes(from: &mut dyn Read) -> Result<Vec<u8>> {
    let mut length = [0; 4];
    exact(from, &mut length)?;
    let length = u32::from_le_bytes(length);
    if length > MAX {
        return Err(wrong("a value is too long"));
    }
    let mut bytes = Vec::new();
    let read = from.take(u64::from(length)).read_to_end(&mut bytes).map_err(unreadable)?;
    if read as u64 == u64::from(length) { Ok(bytes) } else { Err(wrong("it is cut")) }
}

pub(super) fn byte(from: &mut dyn Read) -> Result<u8> {
    let mut byte = [0];
    exact(from, &mut byte)?;
    Ok(byte[0])
}

pub(super) fn exact(from: &mut dyn Read, bytes: &mut [u8]) -> Result<()> {
    from.read_exact(bytes).map_err(unreadable)
}

pub(super) fn wrong(what: &str) -> StoreError {
    StoreError::Backup { what: what.to_owned() }
}

pub(super) fn unreadable(e: std::io::Error) -> StoreError {
    let cut = e.kind() == std::io::ErrorKind::UnexpectedEof;
    StoreError::Backup { what: if cut { "it is cut".to_owned() } else { e.to_string() } }
}
