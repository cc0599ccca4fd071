//! The tables and columns there are, read from the schema steps themselves, so that none can be forgotten; and which of
//! them only grow, so that a later piece holds the new rows alone.

use super::save::Since;
use crate::migrate::STEPS;
use crate::sql::Sql;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Int,
    Flag,
    Bytes,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) columns: Vec<(&'static str, Kind)>,
}

/// Tables of the keys stream.
pub(super) const KEY_TABLES: [&str; 3] = ["record_key", "blob_key", "signing_key"];
/// Not evidence and not worth keeping: log-ins have to be made again, files that wait for their import sent again. Parts
/// of files go in their own form.
const LEFT_OUT: [&str; 5] = ["session", "login_failure", "blob_chunk", "upload", "upload_part"];
/// Tables of which a later piece holds the new rows only. All others are small or change: each piece holds them whole.
const GROWING: [&str; 4] = ["record_version", "entry", "node", "checkpoint"];
/// Heights of stored nodes: those of a tree of 2^63 leaves.
const HEIGHTS: std::ops::RangeInclusive<u32> = 8..=63;

/// The tables of a backup, in the order of the schema.
pub(super) fn tables() -> Vec<Table> {
    let all = STEPS.iter().flat_map(|(_, _, text)| parse(text));
    all.filter(|table| !LEFT_OUT.contains(&table.name)).collect()
}

impl Table {
    /// Whether later pieces add to it.
    pub(super) fn grows(&self) -> bool {
        GROWING.contains(&self.name)
    }

    /// The statements that read what belongs into a piece, one after the other. `origins` are the names the log has
    /// had, one for each epoch.
    pub(super) fn read(&self, since: Option<&Since<'_>>, origins: &[String]) -> Vec<Sql> {
        let Some(since) = since.filter(|_| self.grows()) else {
            // What the program remembers of its backups would make each one differ from the last.
            let kept =
                if self.name == "meta" { " where key not like 'set.backup.%' order by 1" } else { " order by 1, 2" };
            return vec![self.select().text(kept)];
        };
        let one = |condition: &'static str, from: u64| self.select().text(condition).bind(from);
        match self.name {
            "record_version" => vec![one(" where seq >= $1 order by 1", since.entries)],
            // The open bundle of then is closed by now.
            "entry" => vec![one(" where first >= $1 order by 1", since.entries - since.entries % 256)],
            "checkpoint" => {
                let new = one(" where size > $1 order by 1", since.size);
                let cosigned = origins.iter().map(|origin| {
                    // Cosignatures come later than the checkpoint: those with a signature in another name are taken again.
                    let text = " where size <= $1 and substr(note, 1, length($2)) = $2
                                and replace(note, $3, '') like '%— %' order by 1";
                    one(text, since.size).bind(format!("{origin}\n")).bind(format!("— {origin} "))
                });
                std::iter::once(new).chain(cosigned).collect()
            }
            _ => {
                let of =
                    |level: u32| one(" where number >= $1 and level = $2 order by 2", since.size >> level).bind(level);
                HEIGHTS.map(of).collect()
            }
        }
    }

    fn select(&self) -> Sql {
        self.names(Sql::new("read a table", "select ")).text(" from ").text(self.name)
    }

    /// Writes the names of the columns.
    pub(super) fn names(&self, mut sql: Sql) -> Sql {
        for (ix, (name, _)) in self.columns.iter().enumerate() {
            sql = sql.text(if ix == 0 { "" } else { ", " }).text(name);
        }
        sql
    }
}

/// `create table` and `alter table … add column`, in the plain form our schema steps have.
fn parse(text: &'static str) -> Vec<Table> {
    let mut found: Vec<Table> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(name) = line.strip_prefix("create table ").and_then(|rest| rest.strip_suffix(" (")) else { continue };
        let columns = lines.by_ref().take_while(|line| *line != ");").filter_map(column).collect();
        found.push(Table { name, columns });
    }
    found
}

fn column(line: &'static str) -> Option<(&'static str, Kind)> {
    let mut words = line.trim().trim_end_matches(',').split(' ');
    let (name, kind) = (words.next()?, words.next()?);
    let kind = match kind {
        "text" => Kind::Text,
        "bigint" => Kind::Int,
        "boolean" => Kind::Flag,
        "bytea" => Kind::Bytes,
        _ => return None,
    };
    Some((name, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_of_the_schema_is_known() {
        let created = STEPS.iter().map(|(_, _, text)| text.matches("create table ").count()).sum::<usize>();
        assert_eq!(STEPS.iter().map(|(_, _, text)| parse(text).len()).sum::<usize>(), created);
        assert!(STEPS.iter().all(|(_, _, text)| !text.contains("alter table")), "teach this file to read it");
        let versions = tables().into_iter().find(|t| t.name == "record_version").unwrap();
        assert_eq!(versions.columns.len(), 19);
        assert_eq!((versions.columns[0], versions.columns[17]), (("seq", Kind::Int), ("disposed", Kind::Flag)));
        let known = |name: &&str| tables().iter().any(|t| t.name == *name);
        assert!(KEY_TABLES.iter().chain(&GROWING).all(known));
    }
}
