//! What people are told of files, tables, rows and columns that are no records: remarks of the reader, rows left aside, columns
//! without a field, what stood around a table.

use akashi_domain::Label;

use super::build::{Builder, Note};
use super::cells::note_of;
use super::{Incoming, Rejected, SkippedRow, Unmapped};
use crate::sheet::layout::{Table, Why};
use crate::sheet::mapping::Target;
use crate::sheet::read::{Cell, Remark, RemarkKind, Workbook, column_name};
use crate::sheet::words::{is_running_header, plain};

impl Builder<'_, '_> {
    /// Reports columns without a field.
    pub(super) fn unmapped(&mut self) {
        let table = &self.job.table;
        for plan in self.reader.plans.iter().filter(|p| p.parts.is_empty()) {
            let cells: Vec<&Cell> = table.rows.iter().map(|r| &r.cells[plan.slot]).filter(|c| !c.is_empty()).collect();
            if cells.is_empty() && plan.label.starts_with('(') {
                continue;
            }
            let running = is_running_header(&plan.label);
            let reason = if running {
                Label::new("通し番号の列", "a running number")
            } else {
                Label::new("対応する項目がありません", "no field for it")
            };
            let mut examples: Vec<String> = cells
                .iter()
                .map(|c| c.shown().chars().take(30).collect::<String>())
                .filter(|t| !personal(&plan.label, t))
                .collect();
            examples.dedup();
            examples.truncate(2);
            self.out.unmapped.push(Unmapped {
                file: self.file.into(),
                sheet: table.sheet.clone(),
                column: column_name(table.columns[plan.slot].at),
                header: plan.label.clone(),
                filled: cells.len(),
                examples,
                reason,
            });
        }
    }

    /// Tells what headings between rows and texts around the table were taken for.
    pub(super) fn tell_headings(&mut self) {
        for (path, text) in &self.job.mapping.constants {
            let Some(Target::Field(slot)) = Target::parse(self.register, path) else { continue };
            let field = self.register.slot(slot);
            let what = Label::new(
                format!("表の外に書かれた「{text}」を全ての行の「{}」としました", field.title.ja),
                format!("“{text}”, written outside the table, was taken as “{}” of all rows", field.title.en),
            );
            self.note(self.job.table.header_rows.0, 0, Some(field.key.clone()), what);
        }
        for (row, what) in self.headings.told(self.job, self.register) {
            self.out.notes.push(note_of(self.file, &self.job.table, row, 0, None, what));
        }
    }
}

/// A column whose header or content may name people shows no examples.
fn personal(label: &str, text: &str) -> bool {
    const WORDS: [&str; 16] = [
        "氏名",
        "名前",
        "患者",
        "生年",
        "住所",
        "電話",
        "携帯",
        "メール",
        "mail",
        "カナ",
        "性別",
        "年齢",
        "家族",
        "口座",
        "name",
        "番号",
    ];
    let label = plain(label).to_lowercase();
    WORDS.iter().any(|w| label.contains(w)) || text.contains('@')
}

pub(super) fn hidden() -> Label {
    Label::new("非表示のシートです", "the sheet is hidden")
}

pub(super) fn by_mapping() -> Label {
    Label::new("対応付けで取り込まないと決めた表です", "the mapping leaves this table out")
}

fn aside_table() -> Label {
    Label::new(
        "同じファイルの本体の表と見出しがほとんど合わない表です(コード表など)",
        "its headers hardly match those of the main table of the file (a list of codes?)",
    )
}

fn other_register(best: Option<&Label>) -> Label {
    match best {
        Some(best) => Label::new(
            format!("この台帳ではなく「{}」の表と見られます", best.ja),
            format!("this looks like a table of “{}”, not of this register", best.en),
        ),
        None => Label::new(
            "この台帳の表と分かる見出しがありません",
            "no header tells that this is a table of this register",
        ),
    }
}

/// A table of something else: of codes `aside` of the ledger, or of the register it fits `best`.
pub(super) fn other_table(file: &str, table: &Table, aside: bool, best: Option<&Label>) -> SkippedRow {
    let last = table.rows.last().map_or(table.header_rows.1, |r| r.number);
    SkippedRow {
        file: file.into(),
        sheet: table.sheet.clone(),
        rows: (table.header_rows.0, last),
        reason: if aside && best.is_none() { aside_table() } else { other_register(best) },
        text: table.rows.len().to_string(),
    }
}

pub(super) fn whole_sheet(file: &str, sheet: &str, rows: usize, reason: &Label, text: &str) -> SkippedRow {
    let last = u32::try_from(rows).unwrap_or(u32::MAX);
    SkippedRow { file: file.into(), sheet: sheet.into(), rows: (1, last), reason: reason.clone(), text: text.into() }
}

/// What the reader remarked: with some of it a row is lost.
pub(super) fn remarks(book: &Workbook, out: &mut Incoming) {
    for remark in &book.remarks {
        let (file, sheet, cell) = (book.file.clone(), remark.sheet.clone(), remark.cell.clone());
        let what = remarked(remark);
        if matches!(remark.kind, RemarkKind::TooLong | RemarkKind::Ragged) {
            out.rejected.push(Rejected { file, sheet, cell, reason: what });
        } else {
            out.notes.push(Note { file, sheet, cell, field: None, what });
        }
    }
}

fn remarked(remark: &Remark) -> Label {
    let detail = &remark.detail;
    match remark.kind {
        RemarkKind::Formulas => Label::new(
            format!("数式{detail}個は保存されていた計算結果を使いました"),
            format!("{detail} formulas: the stored results were taken"),
        ),
        RemarkKind::FormulaWithoutValue => Label::new(
            "数式に計算結果がありません。Excelで開いて保存し直してください",
            "the formula has no stored result; open the file in Excel and save it anew",
        ),
        RemarkKind::ExcelError => {
            Label::new(format!("Excelのエラー値です({detail})"), format!("an Excel error ({detail})"))
        }
        RemarkKind::Encoding => Label::new(
            format!("文字コードは {detail} と判断しました"),
            format!("the encoding was found to be {detail}"),
        ),
        RemarkKind::Mended => Label::new(
            "引用符のない桁区切りの数を一つにつなぎました",
            "a number divided at its thousands (no quotation marks) was joined again",
        ),
        RemarkKind::TooLong => Label::new(
            format!("一つのセルの文字が長すぎます({detail} KB)。この行は取り込みません"),
            format!("the text of one cell is too long ({detail} KB); the row is not taken"),
        ),
        RemarkKind::Ragged => Label::new(
            format!(
                "項目が他の行より多く、どの列の値か決められません({detail}…)。値の中のコンマを引用符で囲んでください"
            ),
            format!(
                "more fields than the other records, so no value has a sure column ({detail}…); put quotation marks around commas"
            ),
        ),
    }
}

/// Tells every row that is not data, runs of the same kind together. `aside`: the ledger stands elsewhere in the file, and a
/// sheet without a header is no loss (a legend, how to fill in).
pub(super) fn report_rows(file: &str, table: &Table, aside: bool, out: &mut Incoming) {
    for skipped in &table.skipped {
        let reason = why(skipped.why);
        if skipped.why == Why::NoHeader && !(aside && table.columns.is_empty()) {
            let cell = table.cell_name(skipped.row, 0);
            out.rejected.push(Rejected { file: file.into(), sheet: table.sheet.clone(), cell, reason });
            continue;
        }
        out.skipped.push(SkippedRow {
            file: file.into(),
            sheet: table.sheet.clone(),
            rows: (skipped.row, skipped.row),
            reason,
            text: skipped.text.clone(),
        });
    }
    let coloured = |t: &&(String, String)| {
        ["色", "網掛", "網かけ", "グレー", "ハッチング", "塗りつぶし"].iter().any(|w| t.1.contains(w))
            && !t.1.contains("特色")
    };
    for (cell, _) in table.titles.iter().filter(coloured) {
        let what = Label::new(
            "色で示された意味は読み取りません。列に言葉で書いてください",
            "what a colour means is not read; write it into a column",
        );
        out.notes.push(Note { file: file.into(), sheet: table.sheet.clone(), cell: cell.clone(), field: None, what });
    }
    for (cell, text) in &table.outside {
        let what = Label::new(format!("表の外の文字です: {text}"), format!("text beside the table: {text}"));
        out.notes.push(Note { file: file.into(), sheet: table.sheet.clone(), cell: cell.clone(), field: None, what });
    }
}

pub(super) fn why(why: Why) -> Label {
    let (ja, en) = match why {
        Why::Title => ("表題", "title"),
        Why::Header => ("見出し", "header"),
        Why::RepeatedHeader => ("繰り返しの見出し", "header repeated"),
        Why::Section => ("区切りの見出し", "section heading"),
        Why::Total => ("小計・合計", "total"),
        Why::Footnote => ("注記", "footnote"),
        Why::Trailer => ("末尾の行", "trailer"),
        Why::Unused => ("番号だけの空行", "empty row with a number"),
        Why::Lone => ("一つのセルだけの行(要確認)", "row with a lone cell (please check)"),
        Why::NoHeader => ("見出しが見つからず、読めない行", "no header was found for this row"),
    };
    Label::new(ja, en)
}
