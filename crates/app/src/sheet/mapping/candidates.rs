//! The words of every register, prepared once: what may head a column, and which target it would mean.

use std::collections::HashMap;

use akashi_domain::catalog::Catalog;
use akashi_domain::register::{Field, FieldKind};
use akashi_domain::{Register, RegisterIx};

use super::target::{Target, matrix, ticked};
use crate::sheet::words::head_key;

/// All targets of all registers with their words.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    registers: Vec<Vec<Candidate>>,
    /// Word → registers and candidate indexes that have it.
    by_word: HashMap<String, Vec<(RegisterIx, usize)>>,
    /// Words that name a file, sheet or title of a register.
    names: Vec<Vec<String>>,
}

/// A target with its words.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub target: Target,
    pub words: Vec<Word>,
    /// Every record has it.
    pub common: bool,
}

/// A header word in its two forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub key: String,
    pub loose: String,
}

impl Vocabulary {
    /// Prepares the words of a catalogue.
    pub fn new(catalog: &Catalog) -> Vocabulary {
        let mut out = Vocabulary::default();
        for (ix, register) in catalog.registers.iter().enumerate() {
            let found = candidates(register);
            let ix = RegisterIx(ix as u16);
            for (nth, candidate) in found.iter().enumerate() {
                for word in candidate.words.iter().flat_map(|w| [&w.key, &w.loose]) {
                    let places = out.by_word.entry(word.clone()).or_default();
                    if places.last() != Some(&(ix, nth)) {
                        places.push((ix, nth));
                    }
                }
            }
            let names = register.words.iter().chain([&register.title.ja, &register.title.en]);
            out.names.push(names.map(|w| head_key(w)).filter(|w| w.chars().count() >= 2).collect());
            out.registers.push(found);
        }
        out
    }

    pub(super) fn of(&self, register: RegisterIx) -> &[Candidate] {
        &self.registers[usize::from(register.0)]
    }

    pub(super) fn places(&self, word: &str) -> &[(RegisterIx, usize)] {
        self.by_word.get(word).map_or(&[], Vec::as_slice)
    }

    pub(super) fn names(&self, register: usize) -> &[String] {
        &self.names[register]
    }

    pub(super) fn len(&self) -> usize {
        self.registers.len()
    }
}

/// Header words of a state column.
const STATUS: [&str; 30] = [
    "在職状況",
    "職員状態",
    "アカウント状態",
    "利用状態",
    "取引",
    "取引区分",
    "稼働区分",
    "機器状況",
    "使用区分",
    "current status",
    "状態",
    "ステータス",
    "状況",
    "現況",
    "稼働状況",
    "使用状況",
    "利用状況",
    "運用状況",
    "在籍状況",
    "在籍区分",
    "在職区分",
    "在籍",
    "契約状況",
    "契約状態",
    "取引状況",
    "登録状態",
    "機器状態",
    "使用状態",
    "status",
    "state",
];

/// More headers of remarks, which every register has.
const REMARKS: [&str; 12] = [
    "remarks",
    "remark",
    "comments",
    "comment",
    "description",
    "notes",
    "memo",
    "補足",
    "特記",
    "その他特記事項",
    "留意事項",
    "連絡事項",
];

fn candidates(register: &Register) -> Vec<Candidate> {
    let mut out = Vec::new();
    for (ix, field) in register.fields().iter().enumerate() {
        if direct(field) {
            out.push(Candidate { target: Target::Field(ix), words: words(field), common: field.common });
        }
        for (sub, inner) in field.rows().iter().enumerate() {
            out.push(Candidate { target: Target::Sub { rows: ix, sub }, words: words(inner), common: false });
        }
        if let Some((by, value)) = matrix(&field.kind) {
            for option in field.rows()[by].options() {
                let texts = [&option.title.ja, &option.title.en, &option.key].into_iter().chain(&option.words);
                let target = Target::Option { rows: ix, by, option: option.key.as_str().into(), value };
                out.push(Candidate {
                    target,
                    words: texts.map(|w| word(w)).filter(|w| w.key.chars().count() >= 2).collect(),
                    common: false,
                });
            }
        }
    }
    out.push(Candidate { target: Target::Status, words: STATUS.iter().map(|w| word(w)).collect(), common: false });
    out.extend(marks(register).map(|target| Candidate { target, words: Vec::new(), common: false }));
    out
}

/// Targets of columns to tick; which column they head is [`super::ticks`]' work.
fn marks(register: &Register) -> impl Iterator<Item = Target> + '_ {
    let options =
        register.fields().iter().enumerate().filter(|(_, f)| ticked(f)).flat_map(|(slot, f)| {
            f.options().iter().map(move |o| Target::Tick { slot, option: o.key.as_str().into() })
        });
    options.chain(register.states.iter().map(|s| Target::State(s.key.as_str().into())))
}

/// Fields a single cell can fill: all but files and rows without a text.
fn direct(field: &Field) -> bool {
    match &field.kind {
        FieldKind::Rows(fields) => !field.words.is_empty() && fields.iter().any(|f| matches!(f.kind, FieldKind::Text)),
        _ => true,
    }
}

fn words(field: &Field) -> Vec<Word> {
    let mut out: Vec<Word> = Vec::new();
    let remarks: &[&str] = if field.common && field.key == "note" { &REMARKS } else { &[] };
    let texts = field.words.iter().chain([&field.title.ja, &field.title.en, &field.key]).map(String::as_str);
    for text in texts.chain(remarks.iter().copied()) {
        let word = word(text);
        if !word.key.is_empty() && !out.contains(&word) {
            out.push(word);
        }
    }
    out
}

pub(super) fn word(text: &str) -> Word {
    let key = head_key(text);
    Word { loose: loose(&key), key }
}

/// A looser form: 機器の名称 ≈ 機器名, 管理No ≈ 管理ID ≈ 管理番号, 購入年月日 ≈ 購入日, メーカ ≈ メーカー.
pub(super) fn loose(key: &str) -> String {
    let mut out = key.to_string();
    for (from, to) in [
        ("ナンバー", "番号"),
        ("年月日", "日"),
        ("日付", "日"),
        ("日時", "日"),
        ("名称", "名"),
        ("名前", "名"),
        ("及び", ""),
        ("および", ""),
        ("または", ""),
        ("の", ""),
        ("ー", ""),
        ("等", ""),
        ("有無", ""),
        ("していますか", ""),
        ("している", ""),
        ("した", ""),
        ("さん", ""),
        ("お名", "名"),
        ("ご", ""),
        ("記入してください", ""),
        ("入力してください", ""),
        ("選択してください", ""),
        ("選んでください", ""),
        ("教えてください", ""),
        ("を", ""),
    ] {
        out = out.replace(from, to);
    }
    // コード has lost its bar above.
    let number = ["no", "cd", "id", "コド"].iter().find_map(|n| out.strip_suffix(n));
    match number {
        Some(head) if !head.is_empty() && !head.is_ascii() => format!("{head}番号"),
        _ => out,
    }
}
