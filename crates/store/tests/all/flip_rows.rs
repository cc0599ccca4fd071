//! Single bits flipped in every column of the evidence, behind the store's back. Each is found with its place – or the
//! program reads exactly what it read before.

use std::collections::BTreeMap;

use akashi_store::StoreError;
use akashi_store::verify::{Fault, Place};
use akashi_testkit::disk::Dice;

use crate::flip::{SEED, faults, filled, meaning};
use crate::home::{Home, assert_clean};
use crate::tamper::quote;

/// Bits flipped in rows of each database.
const ROWS: usize = 1_000;
/// Tables whose rows are changed and looked at together: a fault in one makes none at the place of another. What
/// everything else hangs on is looked at alone. Named as often as it shall come up.
const TOGETHER: [(&[&str], usize); 10] = [
    (&["record_version"], 12),
    (&["record_version"], 12),
    (&["record_version"], 12),
    (&["record_key"], 12),
    (&["node", "checkpoint", "counter", "person_account", "blob", "blob_chunk", "blob_key", "blob_use"], 1),
    (&["node", "checkpoint", "counter", "person_account", "blob", "blob_chunk", "blob_key", "blob_use"], 1),
    (&["entry"], 1),
    (&["signing_key"], 1),
    (&["log_state"], 1),
    (&["meta"], 1),
];
/// What the log does not authenticate, as docs/ARCHITECTURE.md says, and why.
const NOT_EVIDENCE: [(&str, &str); 12] = [
    ("session", "who is logged in now; ends by itself"),
    ("login_failure", "a brake, emptied by time"),
    ("draft", "work in progress"),
    ("saved_mapping", "a suggestion for the next import"),
    ("upload", "work in progress; sealed, so a flipped bit is found when it is opened"),
    ("upload_part", "work in progress; sealed"),
    ("verdict_history", "computed from evidence, can be computed again"),
    ("_sqlx_migrations", "which schema this is"),
    ("anchor", "stories of its own; its settings are in the log as records"),
    ("attestation", "stories of its own; checked by what the anchor signed"),
    ("revocation_source", "where to ask, a hint"),
    ("revocation", "stories of its own; signed by who issued it"),
];

crate::stories! {
    flipped_bits_of_rows_are_found
}

async fn flipped_bits_of_rows_are_found(home: Home) {
    println!("seed {SEED}");
    let home = home.another("flip");
    filled(&home).await.close().await;
    let clean = meaning(&home).await.unwrap();
    let tables = Table::all(&home).await;
    let mut dice = Dice::new(SEED);
    let (mut tried, mut meaningless) = (BTreeMap::new(), BTreeMap::new());
    while tried.values().sum::<usize>() < ROWS {
        let flips = some(&home, &tables, &mut dice).await;
        for flip in &flips {
            *tried.entry(flip.table.clone()).or_default() += 1;
        }
        let found = faults(&home).await;
        let missed: Vec<&Flip> = flips.iter().filter(|flip| !flip.is_in(&found)).collect();
        undo(&home, &flips).await;
        // Another one may have hidden it.
        for flip in missed {
            assert!(flip.make(&home).await);
            let alone = faults(&home).await;
            if !flip.is_in(&alone) {
                let now = meaning(&home).await;
                let same = now.as_ref().is_ok_and(|now| *now == clean);
                assert!(same, "{flip:?} changes what is read and is not found: {alone:#?}");
                *meaningless.entry(format!("{}.{}", flip.table, flip.column)).or_insert(0) += 1;
            }
            undo(&home, std::slice::from_ref(flip)).await;
        }
    }
    assert_eq!(meaning(&home).await.unwrap(), clean, "every flip was undone");
    assert!(tables.iter().all(|table| tried.contains_key(&table.name)), "{tried:?}");
    assert_clean(&home.open().await).await;
    println!("bits flipped in rows: {tried:?}; of which without meaning: {meaningless:?}");
}

/// Makes changes that are looked at together.
async fn some(home: &Home, tables: &[Table], dice: &mut Dice) -> Vec<Flip> {
    let (names, count) = TOGETHER[dice.below(TOGETHER.len())];
    let mut flips: Vec<Flip> = Vec::new();
    for table in tables.iter().filter(|table| names.contains(&table.name.as_str())) {
        for _ in 0..count {
            let Some(flip) = table.flip(home, dice) else { continue };
            if flips.iter().all(|other| other.row[0] != flip.row[0]) && flip.make(home).await {
                flips.push(flip);
            }
        }
    }
    flips
}

/// Undoes them, backwards: one may stand where another was.
async fn undo(home: &Home, flips: &[Flip]) {
    let sql: String = flips.iter().rev().map(Flip::undoing).collect();
    assert_eq!(home.try_tamper(&sql).await.unwrap(), flips.len() as u64, "{sql}");
}

/// A table as it was before anything was changed.
struct Table {
    name: String,
    columns: Vec<Column>,
    rows: usize,
}

struct Column {
    name: String,
    kind: Kind,
    is_key: bool,
    /// By row; bytes in hexadecimal.
    values: Vec<Option<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Text,
    Int,
    Bytes,
    Flag,
}

impl Table {
    async fn all(home: &Home) -> Vec<Table> {
        let text = if home.is_postgres() {
            "select c.table_name, c.column_name, c.data_type, cast(exists (select 1 from
             information_schema.key_column_usage k join information_schema.table_constraints t
             on t.constraint_name = k.constraint_name and t.constraint_type = 'PRIMARY KEY'
             where k.table_name = c.table_name and k.column_name = c.column_name) as int)::bigint
             from information_schema.columns c where c.table_schema = 'public' order by c.table_name, c.ordinal_position"
        } else {
            "select m.name, c.name, c.type, c.pk > 0 from sqlite_master m, pragma_table_info(m.name) c
             where m.type = 'table' order by m.name, c.cid"
        };
        let mut tables: Vec<Table> = Vec::new();
        for (table, name, kind, key) in home.rows::<(String, String, String, i64)>(text).await {
            if NOT_EVIDENCE.iter().any(|(name, _)| *name == table) {
                continue;
            }
            if tables.last().is_none_or(|last| last.name != table) {
                tables.push(Table { name: table, columns: Vec::new(), rows: 0 });
            }
            let kind = match kind.as_str() {
                "bigint" => Kind::Int,
                "boolean" => Kind::Flag,
                "bytea" => Kind::Bytes,
                _ => Kind::Text,
            };
            let column = Column { name, kind, is_key: key > 0, values: Vec::new() };
            tables.last_mut().unwrap().columns.push(column);
        }
        for table in &mut tables {
            table.read(home).await;
            let looked_at = TOGETHER.iter().any(|(names, _)| names.contains(&table.name.as_str()));
            assert!(looked_at, "the table {} is neither evidence nor named as what is not", table.name);
        }
        tables.retain(|table| table.rows > 0);
        tables
    }

    async fn read(&mut self, home: &Home) {
        let keys: Vec<_> = self.columns.iter().filter(|c| c.is_key).map(|c| format!("t.{}", c.name)).collect();
        // Settings of the program are no evidence.
        let evidence = if self.name == "meta" { "where key like 'akashi.%'" } else { "" };
        let rest = format!("from {} t {evidence} order by {}", self.name, keys.join(", "));
        for column in &mut self.columns {
            let name = &column.name;
            let shown = match (column.kind, home.is_postgres()) {
                (Kind::Bytes, true) => format!("encode(t.{name}, 'hex')"),
                (Kind::Bytes, false) => format!("lower(hex(t.{name}))"),
                _ => format!("cast(t.{name} as text)"),
            };
            let null = format!("case when t.{name} is null then null else {shown} end as shown");
            let values = home.rows::<(Option<String>,)>(&format!("select {null} {rest}")).await;
            column.values = values.into_iter().map(|row| row.0).collect();
            self.rows = column.values.len();
        }
    }

    /// One bit of a random value; none where there is nothing to flip.
    fn flip(&self, home: &Home, dice: &mut Dice) -> Option<Flip> {
        let column = &self.columns[dice.below(self.columns.len())];
        let row = dice.below(self.rows);
        let (new, byte) = column.bit(row, dice)?;
        let wanted = |moved: bool| {
            let keys = self.columns.iter().filter(|c| c.is_key).map(|key| {
                let value = if moved && key.name == column.name { &new } else { key.values[row].as_ref().unwrap() };
                format!("{} = {}", key.name, key.kind.literal(home, value))
            });
            keys.collect::<Vec<_>>().join(" and ")
        };
        let old = column.values[row].clone()?;
        let keys = self.columns.iter().filter(|c| c.is_key);
        Some(Flip {
            table: self.name.clone(),
            column: column.name.clone(),
            row: keys.map(|key| key.values[row].clone().unwrap()).collect(),
            here: wanted(false),
            there: wanted(true),
            set: column.kind.literal(home, &new),
            back: column.kind.literal(home, &old),
            old,
            new,
            byte,
        })
    }
}

impl Kind {
    /// A value as a statement has it.
    fn literal(self, home: &Home, value: &str) -> String {
        match self {
            Kind::Text => quote(value),
            Kind::Bytes => home.bytes(&unhex(value)),
            Kind::Int | Kind::Flag => value.to_owned(),
        }
    }
}

impl Column {
    /// The value with one bit changed, and the byte it is in.
    fn bit(&self, row: usize, dice: &mut Dice) -> Option<(String, usize)> {
        let old = self.values[row].as_ref()?;
        match self.kind {
            Kind::Text => {
                let mut bytes = old.clone().into_bytes();
                let at = dice.below(bytes.len());
                *bytes.get_mut(at)? ^= 1 << dice.below(7);
                // What no database takes as text cannot stand there.
                let new = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))?;
                Some((new, at))
            }
            Kind::Int => {
                // Also the bits far beyond anything that occurs.
                let bits = if dice.one_in(2) { 12 } else { 64 };
                Some(((old.parse::<i64>().unwrap() ^ (1_i64 << dice.below(bits))).to_string(), 0))
            }
            Kind::Bytes => {
                let mut new = unhex(old);
                let at = dice.below(new.len());
                *new.get_mut(at)? ^= 1 << dice.below(8);
                Some((new.iter().map(|byte| format!("{byte:02x}")).collect(), at))
            }
            Kind::Flag => Some((if matches!(old.as_str(), "true" | "1") { "false" } else { "true" }.into(), 0)),
        }
    }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
}

/// A change of one bit of one value.
#[derive(Debug)]
struct Flip {
    table: String,
    column: String,
    /// The key of the row before.
    row: Vec<String>,
    /// Finds the row before and after.
    here: String,
    there: String,
    /// The values, and as statements have them.
    old: String,
    new: String,
    set: String,
    back: String,
    byte: usize,
}

impl Flip {
    /// Makes it; false when the database does not let it stand (a key that is taken, a wrong form).
    async fn make(&self, home: &Home) -> bool {
        let Flip { table, column, set, here, .. } = self;
        home.try_tamper(&format!("update {table} set {column} = {set} where {here}")).await.is_ok_and(|rows| rows == 1)
    }

    fn undoing(&self) -> String {
        let Flip { table, column, back, there, .. } = self;
        format!("update {table} set {column} = {back} where {there};")
    }

    fn is_in(&self, found: &Result<Vec<Fault>, StoreError>) -> bool {
        match found {
            Ok(faults) => faults.iter().any(|fault| self.is_at(&fault.place)),
            // The program does not start: it says which table is damaged.
            Err(e) => {
                matches!(e, StoreError::Damaged { .. } | StoreError::NotInitialised { .. } | StoreError::Key { .. })
                    && matches!(self.table.as_str(), "meta" | "signing_key")
            }
        }
    }

    /// Whether a fault is where this flip is.
    fn is_at(&self, place: &Place) -> bool {
        let is = |name: &str| self.row[0] == name || (self.here != self.there && self.new == name);
        let number = |n: u64| is(&(n as i64).to_string());
        let first = self.row[0].parse::<u64>().unwrap_or_default();
        match (self.table.as_str(), place) {
            (table, Place::Row { table: named, .. }) => table == *named,
            ("record_version", Place::Version { seq, .. } | Place::Entry(seq)) => number(*seq),
            ("record_version" | "entry", Place::Entries { from, until }) => (*from..*until).contains(&first),
            ("record_key", Place::Version { record, .. }) => is(record),
            ("entry", Place::Version { seq, .. } | Place::Entry(seq)) => self.leaf(first, *seq),
            ("node", Place::Node { level, number }) => self.row == [level.to_string(), number.to_string()],
            ("checkpoint", Place::Checkpoint(size)) => number(*size),
            ("checkpoint", Place::CheckpointFile) => self.column != "at",
            ("log_state", Place::LogState) => true,
            ("signing_key", Place::SigningKey(key)) => is(key),
            ("signing_key", Place::SigningKeys) => true,
            ("counter", Place::Counter { prefix, .. }) => is(prefix),
            ("person_account", Place::Account(account)) => is(account),
            ("blob" | "blob_key" | "blob_chunk", Place::Blob(digest)) => is(digest),
            ("blob_use", Place::BlobUse { digest, record }) => self.row == [digest.as_str(), record.as_str()],
            ("meta", Place::Meta(key)) => is(key),
            // The name of the log is in everything signed; the fault names the key that says otherwise.
            ("meta", Place::SigningKey(_)) => self.row[0] == "akashi.origin",
            _ => false,
        }
    }

    /// Whether the entry is the one whose bytes were changed, or the whole row cannot be read.
    fn leaf(&self, first: u64, ix: u64) -> bool {
        if self.column != "leaves" {
            return (first..first + 256).contains(&ix) || self.here != self.there;
        }
        let leaves = unhex(&self.old);
        let (mut at, mut leaf) = (0, first);
        loop {
            let end = at + 2 + usize::from(leaves[at]) * 256 + usize::from(leaves[at + 1]);
            if self.byte < end {
                // In the length before a leaf: from there on nothing can be read.
                return ix == leaf || (self.byte < at + 2 && ix >= first);
            }
            (at, leaf) = (end, leaf + 1);
        }
    }
}
