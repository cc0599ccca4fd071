//! Why a file cannot be read: what, where, what to do next, in both languages.

use akashi_domain::Label;

/// A file that cannot be read; nothing of it was taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    #[error("{file}: {bytes} bytes are more than the {limit} allowed")]
    TooLarge { file: String, bytes: u64, limit: u64 },
    #[error("{file}: unpacks to more than allowed ({part})")]
    Bomb { file: String, part: String },
    #[error("{file}: more than {limit} {what}")]
    TooMany { file: String, what: &'static str, limit: usize },
    #[error("{file}: protected by a password")]
    Protected { file: String },
    #[error("{file}: is {found}, not xlsx or CSV")]
    Unsupported { file: String, found: &'static str },
    #[error("{file}: broken or cut off ({detail})")]
    Broken { file: String, detail: String },
    #[error("{file}: the text is in no known encoding (line {line})")]
    Encoding { file: String, line: usize },
    #[error("{file}: a quotation mark is not closed (record {record})")]
    Quote { file: String, record: u64 },
    #[error("{file}: is empty")]
    Empty { file: String },
}

impl ReadError {
    /// Returns the error for people: what it is and what to do.
    pub fn label(&self) -> Label {
        let (ja, en) = match self {
            ReadError::TooLarge { bytes, limit, .. } => (
                format!(
                    "ファイルが大きすぎます({} MB、上限 {} MB)。年度やシートごとに分けてください",
                    bytes >> 20,
                    limit >> 20
                ),
                format!(
                    "the file is too large ({} MB, at most {} MB); split it by year or sheet",
                    bytes >> 20,
                    limit >> 20
                ),
            ),
            ReadError::Bomb { part, .. } => (
                format!(
                    "展開すると異常に大きくなるため読みません({part})。Excelで開き、名前を付けて保存し直してください"
                ),
                format!("it unpacks to an abnormal size ({part}) and is not read; open it in Excel and save it anew"),
            ),
            ReadError::TooMany { what, limit, .. } => {
                let ja = if *what == "rows" {
                    "行"
                } else if *what == "cells" {
                    "セル"
                } else {
                    "文字"
                };
                (
                    format!("{ja}が多すぎます(上限 {limit})。分けて取り込んでください"),
                    format!("too many {what} (at most {limit}); import it in parts"),
                )
            }
            ReadError::Protected { .. } => (
                "パスワードで保護されています。Excelで解除して保存し直してください".into(),
                "it is protected by a password; remove the password in Excel and save it anew".into(),
            ),
            ReadError::Unsupported { found, .. } => (
                format!("{found} 形式は読めません。Excelで「名前を付けて保存」から .xlsx または CSV にしてください"),
                format!("{found} cannot be read; save it as .xlsx or CSV in Excel"),
            ),
            ReadError::Broken { detail, .. } => (
                format!("ファイルが壊れているか、途中で切れています({detail})。元のファイルを確かめてください"),
                format!("the file is broken or cut off ({detail}); check the original"),
            ),
            ReadError::Encoding { line, .. } => (
                format!("{line}行目の文字が読めません。UTF-8 か Shift_JIS (CP932) で保存し直してください"),
                format!("line {line} holds characters of no known encoding; save it as UTF-8 or Shift_JIS (CP932)"),
            ),
            ReadError::Quote { record, .. } => (
                format!("{record}件目の引用符(\")が閉じていません。その行を直してください"),
                format!("a quotation mark in record {record} is not closed; mend that line"),
            ),
            ReadError::Empty { .. } => ("中身がありません".into(), "there is nothing in it".into()),
        };
        Label::new(format!("{}: {ja}", self.file()), format!("{}: {en}", self.file()))
    }

    /// Returns the name of the file.
    pub fn file(&self) -> &str {
        match self {
            ReadError::TooLarge { file, .. }
            | ReadError::Bomb { file, .. }
            | ReadError::TooMany { file, .. }
            | ReadError::Protected { file }
            | ReadError::Unsupported { file, .. }
            | ReadError::Broken { file, .. }
            | ReadError::Encoding { file, .. }
            | ReadError::Quote { file, .. }
            | ReadError::Empty { file } => file,
        }
    }
}
