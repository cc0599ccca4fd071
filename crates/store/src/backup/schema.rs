//! The tables and columns there are, read from the schema steps themselves, so that none can be forgotten.

use crate::migrate::STEPS;

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

/// Tables of the keys stream. The log's own key is a column of `signing_key` and taken apart in `save`.
pub(super) const KEY_TABLES: [&str; 3] = ["record_key", "blob_key", "signing_key"];
/// Not evidence and not worth keeping: log-ins have to be made again. Parts of files go in their own form.
const LEFT_OUT: [&str; 3] = ["session", "login_failure", "blob_chunk"];

/// The tables of a backup, in the order of the schema.
pub(super) fn tables() -> Vec<Table> {
    let all = STEPS.iter().flat_map(|(_, _, text)| parse(text));
    all.filter(|table| !LEFT_OUT.contains(&table.name)).collect()
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
        assert!(KEY_TABLES.iter().all(|name| tables().iter().any(|t| t.name == *name)));
    }
}
