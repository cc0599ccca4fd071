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
    /// A file content, by its SHA-256 in hexadecimal.
    Blob(String),
    /// A held attestation of an anchor, by the size it speaks of.
    Attestation { anchor: String, size: u64 },
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
    /// The leaf bytes do not have the hash that the version names.
    LeafHash,
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
                format!("台帳 {register} の行 {record} 第{rev}版（証跡 {seq}）"),
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
            Place::Blob(digest) => Label::new(format!("添付ファイル {digest}"), format!("file content {digest}")),
            Place::Attestation { anchor, size } => Label::new(
                format!("外部保証先「{anchor}」の{size}件時点の証明"),
                format!("the attestation of {size} entries by “{anchor}”"),
            ),
        }
    }
}

impl FaultKind {
    /// What is wrong, in words.
    pub fn text(&self) -> Label {
        let (ja, en) = match self {
            FaultKind::Missing => ("あるはずのものがありません", "it is missing"),
            FaultKind::Doubled => ("同じ場所に二つの記録があります", "two rows claim the same place"),
            FaultKind::LeafHash => {
                ("証跡の内容が版の記録と一致しません", "the entry's bytes do not have the hash that the version names")
            }
            FaultKind::Body => {
                ("内容が証跡の約束値と一致しません（書き換えの疑い）", "the body is not the one the entry commits to")
            }
            FaultKind::Reason => {
                ("理由が証跡の約束値と一致しません（書き換えの疑い）", "the reason is not the one the entry commits to")
            }
            FaultKind::Files => {
                ("添付が証跡の約束値と一致しません（差し替えの疑い）", "the files are not those the entry commits to")
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
                "外部が証明した木と違います（ログが作り替えられています）",
                "somebody outside attested another tree: the log was replaced",
            ),
            FaultKind::Unreadable { what } => {
                return Label::new(format!("読めません（{what}）"), format!("it cannot be read ({what})"));
            }
            FaultKind::Sealed { column } => {
                return Label::new(
                    format!("列 {column} を復号できません（書き換え、または鍵の取り違えの疑い）"),
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
                    format!("署名を確認できません（{what}）"),
                    format!("the signature does not hold ({what})"),
                );
            }
            FaultKind::Beyond { entries } => {
                return Label::new(
                    format!("証跡は{entries}件しかありません（末尾が失われています）"),
                    format!("there are only {entries} entries: the end of the log was cut off"),
                );
            }
        };
        Label::new(ja, en)
    }
}
