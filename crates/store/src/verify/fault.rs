//! What `verify` can find, and where. Contents are never repeated in a fault.

use akashi_domain::{Label, Lang};

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub place: Place,
    pub kind: FaultKind,
}

/// Where a fault is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The leaf bytes of an entry.
    Entry(u64),
    /// A version: its position, register, record and revision.
    Version { seq: u64, register: String, record: String, rev: u32 },
    /// A stored node of the tree.
    Node { level: u8, number: u64 },
    /// A kept checkpoint, by its size.
    Checkpoint(u64),
    /// The file `checkpoint` in the data folder.
    CheckpointFile,
    /// The stored edge of the tree.
    LogState,
    /// The log's keys.
    SigningKeys,
    /// One key of the log, by its id.
    SigningKey(String),
    /// A file content, by its SHA-256 in hexadecimal.
    Blob(String),
    /// A held attestation of an anchor, by the size it speaks of.
    Attestation { anchor: String, size: u64 },
    /// What is kept about the revocation of an anchor's certificates, by where it came from and its digest.
    Revocation { url: String, digest: String },
    /// That a record names a file content.
    BlobUse { digest: String, record: String },
    /// Entries from one index up to, not including, another.
    Entries { from: u64, until: u64 },
    /// What the installation says of itself, by key.
    Meta(String),
    /// The last number given for a prefix, facility and year.
    Counter { prefix: String, facility: String, year: i64 },
    /// An account, by its id.
    Account(String),
    /// A checkpoint that was kept elsewhere, by the name it was given under.
    Known(String),
    /// A row of a table, by its key.
    Row { table: &'static str, key: String },
    /// The database file as a whole.
    Database,
    /// A file of an exported log.
    File(String),
}

/// What is wrong there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// The entry of a version, or the version of an entry, is not there.
    Missing,
    /// Two rows claim the place.
    Doubled,
    /// The bytes cannot be read as what they must be.
    Unreadable { what: String },
    /// The leaf bytes do not have the hash that the version names: row of the table `entry`, and bytes within it.
    LeafHash { row: u64, from: u64, until: u64 },
    /// A column says something else than the entry.
    Differs { column: &'static str },
    /// A column says something else than the body.
    BodyDiffers { column: &'static str },
    /// What is sealed there does not open with the record's key.
    Sealed { column: &'static str },
    /// The body is not the one the entry commits to.
    Body,
    /// The reason is not the one the entry commits to.
    Reason,
    /// The files are not those the entry commits to.
    Files,
    /// The body is gone although nobody disposed of it, or is there although somebody did.
    Disposal,
    /// The record's key is gone or cut: its commitments cannot be recomputed.
    Key,
    /// The revision before is not there.
    Gap,
    /// The entry does not name the entry before it of the same record.
    Chain,
    /// The hash in the tree is another.
    NodeHash,
    /// The tree of that size has another root.
    Root,
    /// No trusted key signed it.
    Signature { what: String },
    /// It speaks of more entries than there are: the end of the log was cut off.
    Beyond { entries: u64 },
    /// A file content has other bytes.
    BlobBytes,
    /// Somebody outside attested another tree of this size: the log was replaced.
    Replaced,
    /// A stretch of a file content does not open: its bytes were changed.
    Bytes { from: u64, until: u64 },
    /// Nothing in the log speaks of it.
    Stray,
    /// It was committed before the entry before it.
    Order,
    /// Numbers up to this one were given.
    Counted { given: i64 },
}

impl Fault {
    /// The fault in words, in both languages.
    pub fn text(&self) -> Label {
        let (place, kind) = (self.place.text(), self.kind.text());
        Label::new(format!("{}：{}", place.ja, kind.ja), format!("{}: {}", place.en, kind.en))
    }

    /// The fault in words.
    pub fn say(&self, lang: Lang) -> String {
        self.text().get(lang).to_owned()
    }
}

impl Place {
    /// The place in words.
    pub fn text(&self) -> Label {
        match self {
            Place::Entry(ix) => Label::new(format!("証跡 {ix}"), format!("entry {ix}")),
            Place::Version { seq, register, record, rev } => Label::new(
                format!("台帳 {register} の行 {record} 第{rev}版(証跡 {seq})"),
                format!("register {register}, record {record}, revision {rev} (entry {seq})"),
            ),
            Place::Node { level, number } => {
                Label::new(format!("木の節 {level}/{number}"), format!("node {level}/{number} of the tree"))
            }
            Place::Checkpoint(size) => {
                Label::new(format!("{size}件時点のチェックポイント"), format!("the checkpoint of {size} entries"))
            }
            Place::CheckpointFile => Label::new("ファイル checkpoint", "the file checkpoint"),
            Place::LogState => Label::new("木の右端の記録", "the stored edge of the tree"),
            Place::SigningKeys => Label::new("署名鍵", "the log's keys"),
            Place::SigningKey(id) => Label::new(format!("署名鍵 {id}"), format!("the log key {id}")),
            Place::Blob(digest) => Label::new(format!("添付ファイル {digest}"), format!("file content {digest}")),
            Place::Attestation { anchor, size } => Label::new(
                format!("外部保証先「{anchor}」の{size}件時点の証明"),
                format!("the attestation of {size} entries by “{anchor}”"),
            ),
            Place::Revocation { url, digest } => Label::new(
                format!("{url} から得た失効情報 {digest}"),
                format!("the revocation data {digest} from {url}"),
            ),
            Place::BlobUse { digest, record } => Label::new(
                format!("行 {record} と添付ファイル {digest} の対応"),
                format!("that record {record} names the file content {digest}"),
            ),
            Place::Entries { from, until } => {
                let last = until - 1;
                Label::new(format!("証跡 {from}〜{last}"), format!("entries {from} to {last}"))
            }
            Place::Meta(key) => Label::new(format!("表 meta の {key}"), format!("{key} in the table meta")),
            Place::Counter { prefix, facility, year } => Label::new(
                format!("番号の記録 {prefix}-{year}(施設「{facility}」)"),
                format!("the counter {prefix}-{year} of facility “{facility}”"),
            ),
            Place::Account(id) => Label::new(format!("アカウント {id}"), format!("account {id}")),
            Place::Known(name) => {
                Label::new(format!("控えのチェックポイント {name}"), format!("the checkpoint kept elsewhere, {name}"))
            }
            Place::Row { table, key } => {
                Label::new(format!("表 {table} の {key}"), format!("{key} in the table {table}"))
            }
            Place::Database => Label::new("データベースファイル", "the database file"),
            Place::File(name) => Label::new(format!("ファイル {name}"), format!("file {name}")),
        }
    }

    /// The table or file it is in, for programs.
    pub fn table(&self) -> &'static str {
        match self {
            Place::Entry(_) | Place::Entries { .. } => "entry",
            Place::Version { .. } => "record_version",
            Place::Node { .. } => "node",
            Place::Checkpoint(_) => "checkpoint",
            Place::CheckpointFile | Place::Known(_) | Place::File(_) => "file",
            Place::LogState => "log_state",
            Place::SigningKeys | Place::SigningKey(_) => "signing_key",
            Place::Blob(_) => "blob",
            Place::BlobUse { .. } => "blob_use",
            Place::Attestation { .. } => "attestation",
            Place::Revocation { .. } => "revocation",
            Place::Meta(_) => "meta",
            Place::Counter { .. } => "counter",
            Place::Account(_) => "person_account",
            Place::Row { table, .. } => table,
            Place::Database => "database",
        }
    }
}

impl FaultKind {
    /// What is wrong, in words.
    pub fn text(&self) -> Label {
        let (ja, en) = match self {
            FaultKind::Missing => ("あるはずのものがありません", "it is missing"),
            FaultKind::Doubled => ("同じ場所に二つの記録があります", "two rows claim the same place"),
            FaultKind::Body => {
                ("内容が証跡の約束値と一致しません(書き換えの疑い)", "the body is not the one the entry commits to")
            }
            FaultKind::Reason => {
                ("理由が証跡の約束値と一致しません(書き換えの疑い)", "the reason is not the one the entry commits to")
            }
            FaultKind::Files => {
                ("添付が証跡の約束値と一致しません(差し替えの疑い)", "the files are not those the entry commits to")
            }
            FaultKind::Disposal => {
                ("廃棄の記録と内容の有無が合いません", "whether the body is there does not fit the records of disposal")
            }
            FaultKind::Key => {
                ("行の鍵がないため照合できません", "the record's key is gone, so nothing can be recomputed")
            }
            FaultKind::Gap => ("一つ前の版がありません", "the revision before it is missing"),
            FaultKind::Chain => {
                ("一つ前の版とのつながりが切れています", "it does not name the record's entry before it")
            }
            FaultKind::NodeHash => ("ハッシュが再計算値と一致しません", "the hash is not the recomputed one"),
            FaultKind::Root => ("木の根が再計算値と一致しません", "the root is not the recomputed one"),
            FaultKind::BlobBytes => ("ファイルの内容が変わっています", "the bytes have another digest or length"),
            FaultKind::Replaced => (
                "外部が証明した木と違います(ログが作り替えられています)",
                "somebody outside attested another tree: the log was replaced",
            ),
            FaultKind::Stray => {
                ("証跡にない余分な記録です", "nothing in the log speaks of it: it was added from outside")
            }
            FaultKind::Order => ("一つ前の証跡より前の時刻です", "its time is before that of the entry before it"),
            FaultKind::LeafHash { row, from, until } => {
                return Label::new(
                    format!("証跡の内容が版の記録と一致しません(表 entry の行 {row}、{from}〜{until} バイト)"),
                    format!(
                        "the entry's bytes do not have the hash that the version names (row {row} of the table entry, bytes {from} to {until})"
                    ),
                );
            }
            FaultKind::Bytes { from, until } => {
                return Label::new(
                    format!("{from}〜{until} バイトの内容が変わっています"),
                    format!("bytes {from} to {until} were changed"),
                );
            }
            FaultKind::Counted { given } => {
                return Label::new(
                    format!("番号は {given} まで使われています"),
                    format!("numbers up to {given} were given"),
                );
            }
            FaultKind::Unreadable { what } => {
                return Label::new(format!("読めません({what})"), format!("it cannot be read ({what})"));
            }
            FaultKind::Sealed { column } => {
                return Label::new(
                    format!("列 {column} を復号できません(書き換え、または鍵の取り違えの疑い)"),
                    format!("the column {column} does not open with the record's key"),
                );
            }
            FaultKind::Differs { column } => {
                return Label::new(
                    format!("列 {column} が証跡と一致しません"),
                    format!("the column {column} says something else than the entry"),
                );
            }
            FaultKind::BodyDiffers { column } => {
                return Label::new(
                    format!("列 {column} が内容と一致しません"),
                    format!("the column {column} says something else than the body"),
                );
            }
            FaultKind::Signature { what } => {
                return Label::new(
                    format!("署名を確認できません({what})"),
                    format!("the signature does not hold ({what})"),
                );
            }
            FaultKind::Beyond { entries } => {
                return Label::new(
                    format!("証跡は{entries}件しかありません(末尾が失われています)"),
                    format!("there are only {entries} entries: the end of the log was cut off"),
                );
            }
        };
        Label::new(ja, en)
    }
}
