//! Single bits flipped behind the store's back, in every column of the evidence, in the database file, contents of
//! files, the checkpoint and an exported log. Each is found with its place – or the program reads exactly what it read
//! before: what "changes meaning" is not a list but a comparison of everything that can be read.

use std::collections::BTreeMap;
use std::path::Path;

use akashi_domain::{Lang, PartialDate};
use akashi_journal::{Command, Digest};
use akashi_store::verify::{Fault, How, Place, check_tiles};
use akashi_store::{Account, NewVersion, Store, StoreError};
use akashi_testkit::Scratch;
use akashi_testkit::disk::Dice;
use serde_json::json;

use crate::home::{Home, NOW, assert_clean, catalog, ctx, device, id, put, sequence};
use crate::tamper::{quote, read_bytes, read_text};

/// Bits flipped in rows of each database.
const ROWS: usize = 1_000;
/// Bits flipped in files: the database, contents, checkpoint, exported log.
const FILES: usize = 160;
/// Rows of one table that are changed and looked at together.
const TOGETHER: usize = 6;
/// Changed by hand to look for other bits.
const SEED: u64 = 4_711;
/// Not evidence: sessions, work in progress, and what is derived from evidence. Anchors have stories of their own.
const WORK: [&str; 8] = [
    "session",
    "login_failure",
    "draft",
    "saved_mapping",
    "verdict_history",
    "_sqlx_migrations",
    "anchor",
    "attestation",
];

crate::stories! {
    flipped_bits_are_found
}

/// 290 records, some changed, with reasons, files, a batch, numbers from outside, an account, a disposal, two keys,
/// five checkpoints.
async fn filled(home: &Home) -> Store {
    let store = home.create().await;
    let meta = store.meta().clone();
    let body = json!({
        "organisation": meta.organisation, "origin": meta.origin, "catalogue": meta.catalogue, "created": meta.created,
    });
    put(&store, NewVersion::system("setup", id(8000), 0, Command::Setup, body)).await;
    let mut papers = Vec::new();
    for n in 0..4_u8 {
        papers.push(store.put_blob(vec![n; 200 + usize::from(n)], NOW).await.unwrap().digest);
    }
    for round in 0..3_u64 {
        let mut versions: Vec<_> = (round * 97..round * 97 + 93).map(|n| device(n, 0, "機器")).collect();
        versions.push(device(round * 97, 1, "again"));
        versions[1].body["code"] = format!("AST-2019-{:04}", round + 40).into();
        for (n, version) in versions.iter_mut().enumerate().filter(|(n, _)| n % 3 == 0) {
            version.reason = Some("棚卸 2026".into());
            version.blobs = vec![papers[n % 3]];
            version.batch = Some(id(9999));
            version.valid_from = PartialDate::parse("2026-04-01");
        }
        let mut tx = store.begin(&ctx()).await.unwrap();
        let receipts = tx.put_all(versions).await.unwrap();
        tx.commit(receipts).await.unwrap();
        sequence(&store).await;
        if round == 1 {
            store.rotate_key(NOW).await.unwrap();
        }
    }
    account(&store).await;
    let mut last = device(7000, 0, "廃棄");
    last.blobs = vec![papers[3]];
    put(&store, last).await;
    crate::disposal::dispose(&store, 7000, 1).await;
    sequence(&store).await;
    put(&store, device(7001, 0, "x")).await;
    sequence(&store).await;
    assert_clean(&store).await;
    store
}

async fn account(store: &Store) {
    let account = Account {
        id: id(600),
        login: "hanako".into(),
        name: "花子".into(),
        pseudonym: "p-1".into(),
        password_hash: "$argon2id$v=19$x".into(),
        roles: vec!["operator".into()],
        lang: Lang::Ja,
        facility: "main".into(),
        personnel: Some(id(5)),
        disabled: false,
        must_change: false,
        created: NOW,
    };
    let mut tx = store.begin(&ctx()).await.unwrap();
    tx.save_account(&account).await.unwrap();
    let body = json!({ "pseudonym": "p-1", "roles": ["operator"], "disabled": false, "row": account.seal() });
    let receipt = tx.put(NewVersion::system("account", account.id, 0, Command::Account, body)).await.unwrap();
    tx.commit(receipt).await.unwrap();
}

fn how() -> How {
    How { prefixes: BTreeMap::from([("device".to_owned(), "AST".to_owned())]), ..How::default() }
}

/// Faults, or the refusal to open a store whose identity is damaged.
async fn faults(home: &Home) -> Result<Vec<Fault>, StoreError> {
    let store = Store::open(home.address(), home.data()).await?;
    let report = store.verify_with(how(), |_| ()).await;
    store.close().await;
    Ok(report?.faults)
}

/// Everything the program reads of the evidence, as text.
async fn meaning(home: &Home) -> Result<String, StoreError> {
    let published = std::fs::read(home.data().join("checkpoint")).ok();
    let store = Store::open(home.address(), home.data()).await?;
    let read = read_all(&store).await;
    let uses: Vec<(String, String)> = home.rows("select digest, record from blob_use order by digest, record").await;
    store.close().await;
    Ok(format!("{published:?} {uses:?} {}", read?))
}

async fn read_all(store: &Store) -> Result<String, StoreError> {
    let (_, loaded) = store.load_world(catalog()).await?;
    let mut text = format!("{:?} {:?} {:?} {:?}", store.meta(), loaded.versions, loaded.faults, loaded.next);
    let end = store.end().await?;
    text += &format!("{:?} {:?}", store.entries(0, end + 300).await?, store.checkpoints(0, 1000).await?);
    for version in &loaded.versions {
        text += &format!("{:?}", store.history(version.id).await?);
    }
    for system in [600, 8000] {
        text += &format!("{:?}", store.history(id(system)).await?);
    }
    // The ring is a set.
    let ring = store.key_ring().await?.to_string();
    text += &format!("{:?}", ring.lines().collect::<std::collections::BTreeSet<_>>());
    text += &format!("{:?}", store.signer().await?.verifiers().collect::<Vec<_>>());
    for account in store.accounts().await? {
        text += &account.seal();
    }
    for n in 0..4_u8 {
        let digest = Digest::of(&vec![n; 200 + usize::from(n)]);
        let content = store.blob(digest).await;
        text += &format!("{:?} {:?}", store.blob_size(digest).await?, content.map_err(|e| e.to_string()));
    }
    for index in (0..end).step_by(40) {
        text += &format!("{:?}", store.prove(index).await?);
    }
    for pair in store.checkpoints(0, 1000).await?.windows(2) {
        text += &format!("{:?}", store.prove_consistency(pair[0].size, pair[1].size).await?);
    }
    text += &format!("{:?}", store.sequence(NOW, &store.signer().await?).await?);
    let mut tx = store.begin(&ctx()).await?;
    let mut imported = device(9_000, 0, "x");
    imported.body["code"] = "AST-2019-0001".into();
    tx.put(imported).await?;
    text += &tx.put(device(9_001, 0, "x")).await?.code;
    tx.rollback().await?;
    Ok(text)
}

async fn flipped_bits_are_found(home: Home) {
    println!("seed {SEED}");
    let home = home.another("flip");
    filled(&home).await.close().await;
    home.tamper("select 1").await;
    let clean = meaning(&home).await.unwrap();
    let tables = Table::all(&home).await;
    let mut dice = Dice::new(SEED);
    let (mut tried, mut meaningless) = (0, BTreeMap::<String, usize>::new());
    while tried < ROWS {
        let table = &tables[dice.below(tables.len())];
        let mut flips: Vec<Flip> = Vec::new();
        for _ in 0..TOGETHER.min(table.rows.div_ceil(8)) {
            let Some(flip) = table.flip(&home, &mut dice).await else { continue };
            if flips.iter().all(|other| other.row != flip.row) && flip.make(&home).await {
                flips.push(flip);
            }
        }
        tried += flips.len();
        let found = faults(&home).await;
        let missed: Vec<usize> = (0..flips.len()).filter(|n| !flips[*n].is_in(&found)).collect();
        // Backwards: one may stand where another was.
        for flip in flips.iter().rev() {
            flip.undo(&home).await;
        }
        // Another one may have hidden it.
        for flip in missed.into_iter().map(|n| &flips[n]) {
            assert!(flip.make(&home).await);
            let alone = faults(&home).await;
            if !flip.is_in(&alone) {
                let same = meaning(&home).await.is_ok_and(|now| now == clean);
                assert!(same, "{flip:?} changes what is read and is not found: {alone:#?}");
                *meaningless.entry(format!("{}.{}", flip.table, flip.column)).or_default() += 1;
            }
            flip.undo(&home).await;
        }
    }
    assert_eq!(meaning(&home).await.unwrap(), clean, "every flip was undone");
    assert_clean(&home.open().await).await;
    println!("{tried} bits flipped in rows, of which without meaning: {meaningless:?}");
}

/// A table with its columns, as the database describes it.
struct Table {
    name: String,
    /// Name, kind.
    columns: Vec<(String, Kind)>,
    keys: Vec<String>,
    rows: usize,
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
        for (table, column, kind, key) in home.rows::<(String, String, String, i64)>(text).await {
            if WORK.contains(&table.as_str()) {
                continue;
            }
            if tables.last().is_none_or(|last| last.name != table) {
                let rows = home.number(&format!("select count(*) from {table}")).await as usize;
                tables.push(Table { name: table, columns: Vec::new(), keys: Vec::new(), rows });
            }
            let last = tables.last_mut().unwrap();
            let kind = match kind.as_str() {
                "bigint" => Kind::Int,
                "boolean" => Kind::Flag,
                "bytea" => Kind::Bytes,
                _ => Kind::Text,
            };
            last.keys.extend((key > 0).then(|| column.clone()));
            last.columns.push((column, kind));
        }
        tables.retain(|table| table.rows > 0);
        tables
    }

    /// One bit of a random value; none where there is nothing to flip.
    async fn flip(&self, home: &Home, dice: &mut Dice) -> Option<Flip> {
        let (column, kind) = &self.columns[dice.below(self.columns.len())];
        let evidence = if self.name == "meta" { " where key like 'akashi.%'" } else { "" };
        let count = home.number(&format!("select count(*) from {}{evidence}", self.name)).await as usize;
        let order = format!(
            "from {}{evidence} order by {} limit 1 offset {}",
            self.name,
            self.keys.join(", "),
            dice.below(count)
        );
        let mut keys = Vec::new();
        for key in &self.keys {
            let text = read_text(home, &format!("select cast({key} as text) {order}")).await;
            let is_text = self.columns.iter().any(|(name, kind)| name == key && *kind == Kind::Text);
            keys.push((key.clone(), text.clone(), if is_text { quote(&text) } else { text }));
        }
        if home.number(&format!("select count(*) from (select {column} as c {order}) x where c is null")).await > 0 {
            return None;
        }
        let (old, new, byte) = bit(home, dice, *kind, column, &order).await?;
        let wanted = |keys: &[(String, String, String)]| {
            keys.iter().map(|(key, _, literal)| format!("{key} = {literal}")).collect::<Vec<_>>().join(" and ")
        };
        let here = wanted(&keys);
        let mut moved = keys.clone();
        moved.iter_mut().filter(|(key, ..)| key == column).for_each(|(_, _, literal)| literal.clone_from(&new));
        let there = wanted(&moved);
        let row = keys.into_iter().map(|(_, text, _)| text).collect();
        let (table, column) = (self.name.clone(), column.clone());
        Some(Flip { table, column, row, here, there, old, new, byte })
    }
}

/// Old literal, new literal, the byte changed.
async fn bit(home: &Home, dice: &mut Dice, kind: Kind, column: &str, order: &str) -> Option<(String, String, usize)> {
    match kind {
        Kind::Text => {
            let old = read_text(home, &format!("select {column} {order}")).await;
            let mut bytes = old.clone().into_bytes();
            let at = dice.below(bytes.len());
            *bytes.get_mut(at)? ^= 1 << dice.below(7);
            // What no database takes as text cannot stand there.
            let new = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))?;
            Some((quote(&old), quote(&new), at))
        }
        Kind::Int => {
            let old = home.number(&format!("select {column} {order}")).await;
            // Also the bits far beyond anything that occurs.
            let bits = if dice.one_in(2) { 12 } else { 64 };
            Some((old.to_string(), (old ^ (1_i64 << dice.below(bits))).to_string(), 0))
        }
        Kind::Bytes => {
            let old = read_bytes(home, &format!("select {column} {order}")).await;
            let mut new = old.clone();
            let at = dice.below(new.len());
            *new.get_mut(at)? ^= 1 << dice.below(8);
            Some((home.bytes(&old), home.bytes(&new), at))
        }
        Kind::Flag => {
            let set = home.number(&format!("select count(*) from (select {column} as c {order}) x where c")).await > 0;
            Some((set.to_string(), (!set).to_string(), 0))
        }
    }
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
    old: String,
    new: String,
    byte: usize,
}

impl Flip {
    /// Makes it; false when the database does not let it stand (a key that is taken, a wrong form).
    async fn make(&self, home: &Home) -> bool {
        let sql = format!("update {} set {} = {} where {}", self.table, self.column, self.new, self.here);
        home.try_sql(&sql).await.is_ok()
    }

    async fn undo(&self, home: &Home) {
        let sql = format!("update {} set {} = {} where {}", self.table, self.column, self.old, self.there);
        assert_eq!(home.try_sql(&sql).await.unwrap(), 1, "{sql}");
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
        let moved = self.new.trim_matches('\'');
        let is = |name: &str| self.row[0] == name || (self.here != self.there && moved == name);
        let number = |n: u64| is(&(n as i64).to_string());
        let first = self.row[0].parse::<u64>().unwrap_or_default();
        match (self.table.as_str(), place) {
            (table, Place::Row { table: named, .. }) => table == *named,
            ("record_version", Place::Version { seq, .. } | Place::Entry(seq)) => number(*seq),
            ("record_version" | "entry", Place::Entries { from, until }) => (*from..*until).contains(&first),
            ("record_key", Place::Version { record, .. }) => is(record),
            ("entry", Place::Version { seq, .. } | Place::Entry(seq)) => self.leaf(first, *seq),
            ("node", Place::Node { level, number }) => {
                let bit = |text: &str| text == level.to_string() || text == number.to_string();
                self.row.iter().all(|key| bit(key)) || bit(moved)
            }
            ("checkpoint", Place::Checkpoint(size)) => number(*size),
            ("checkpoint", Place::CheckpointFile) => self.column != "at",
            ("log_state", Place::LogState) => true,
            ("signing_key", Place::SigningKey(key)) => is(key),
            ("signing_key", Place::SigningKeys) => true,
            ("counter", Place::Counter { .. }) => true,
            ("person_account", Place::Account(account)) => is(account),
            ("blob" | "blob_key" | "blob_chunk", Place::Blob(digest)) => is(digest),
            ("blob_use", Place::BlobUse { digest, record }) => is(digest) || self.row[1] == *record,
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
        let hex = self.old.trim_start_matches("x'").trim_start_matches("'\\x");
        let byte = |at: usize| usize::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
        let (mut at, mut leaf) = (0, first);
        loop {
            let end = at + 2 + byte(at) * 256 + byte(at + 1);
            if self.byte < end {
                // In the length before a leaf: from there on nothing can be read.
                return ix == leaf || (self.byte < at + 2 && ix >= first);
            }
            (at, leaf) = (end, leaf + 1);
        }
    }
}

/// Bits of whole files. Where the program reads the same as before, it was an unused place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn flipped_bits_of_files_are_found() {
    println!("seed {SEED}");
    let home = Home::in_memory();
    let store = filled(&home).await;
    let tiles = Scratch::in_memory("tiles");
    store.export_tiles(tiles.path(), |_, _| ()).await.unwrap();
    // Everything into the one file.
    store.close().await;
    std::fs::remove_file(home.data().join("akashi.db-wal")).ok();
    let clean = meaning(&home).await.unwrap();
    let files = listed(home.data()).into_iter().filter(|name| !name.contains("akashi.db-"));
    let (database, others): (Vec<_>, Vec<_>) = files.partition(|name| name == "akashi.db");
    let exported = listed(tiles.path());
    let mut dice = Dice::new(SEED);
    let mut unused = 0;
    for round in 0..FILES {
        match round % 4 {
            0 => flip_exported(tiles.path(), &exported[dice.below(exported.len())], &mut dice),
            1 => {
                let name = &others[dice.below(others.len())];
                let undo = flip_file(&home.data().join(name), &mut dice);
                let found = faults(&home).await.unwrap();
                let named = |f: &Fault| match &f.place {
                    Place::CheckpointFile => name == "checkpoint",
                    Place::Blob(_) => name.starts_with("blobs/"),
                    _ => false,
                };
                assert!(found.iter().any(named), "{name}: {found:#?}");
                undo();
            }
            _ => {
                let undo = flip_file(&home.data().join(&database[0]), &mut dice);
                let found = faults(&home).await;
                if found.as_ref().is_ok_and(Vec::is_empty) {
                    let now = meaning(&home).await;
                    assert!(now.is_ok_and(|now| now == clean), "a bit of the database file changes what is read");
                    unused += 1;
                }
                undo();
                // What was written meanwhile (settings of the connection) belongs to the changed file.
                for side in ["akashi.db-wal", "akashi.db-shm"] {
                    std::fs::remove_file(home.data().join(side)).ok();
                }
            }
        }
    }
    println!("{FILES} bits flipped in files, {unused} of them in unused places of the database file");
    assert!(unused < FILES / 3);
    assert_eq!(meaning(&home).await.unwrap(), clean);
}

fn flip_exported(folder: &Path, name: &str, dice: &mut Dice) {
    let undo = flip_file(&folder.join(name), dice);
    let found = check_tiles(folder, None, |_, _| ()).unwrap().faults;
    // The keys enclosed are checked by what they signed.
    let named =
        |f: &Fault| matches!(&f.place, Place::File(file) if file == name || (name == "keys" && file == "checkpoint"));
    if !found.iter().any(named) {
        // A retired key is not needed for the newest checkpoint.
        assert_eq!(name, "keys", "{found:#?}");
    }
    undo();
}

/// Flips one bit of a file; what is returned puts it back as it was.
fn flip_file(path: &Path, dice: &mut Dice) -> impl FnOnce() + use<> {
    let good = std::fs::read(path).unwrap();
    let mut bad = good.clone();
    let at = dice.below(bad.len());
    bad[at] ^= 1 << dice.below(8);
    std::fs::write(path, bad).unwrap();
    let path = path.to_owned();
    move || std::fs::write(path, good).unwrap()
}

/// Names of all files below a folder.
fn listed(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                open.push(entry);
            } else {
                found.push(entry.strip_prefix(folder).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}
