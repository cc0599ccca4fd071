//! Whatever bytes and cells come in: no panic, and every row with content is taken, skipped or rejected – told in any case.

use akashi_app::sheet::read::{Cell, Limits, Raw, Sheet, SheetRow, read};
use akashi_app::sheet::values::date::{DateContext, fiscal_year, scan};
use akashi_app::sheet::values::{choice, number, period, read_date};
use akashi_app::sheet::{ditto, layout, words};
use proptest::prelude::*;

use crate::bench::catalog;
use crate::ledger::Ledger;

/// Cells people write, and cells nobody should.
const CELLS: [&str; 48] = [
    "",
    "",
    "",
    "管理番号",
    "機器名",
    "種別",
    "氏名",
    "職員番号",
    "契約期間",
    "No.",
    "備考",
    "所属",
    "出欠",
    "〃",
    "同上",
    "同左",
    "-",
    "ー",
    "?",
    "不明",
    "小計",
    "合計",
    "※注",
    "■ 病棟",
    "4月",
    "END",
    "1",
    "2",
    "450",
    "0012",
    "2026/4/1",
    "R8.4.1",
    "4/12",
    "H32",
    "令和5年2月30日",
    "自 令和6年4月1日\n至 令和9年3月31日",
    "12TB",
    "約12万人",
    "1,200円",
    "○(第12条)",
    "×\n次回",
    "大(3)",
    "髙橋 誠㊞",
    "└ 架空",
    "10.0.0.1",
    "a,b\"c",
    "\u{202e}逆",
    "＝1+1",
];

fn grid() -> impl Strategy<Value = Vec<Vec<usize>>> {
    proptest::collection::vec(proptest::collection::vec(0..CELLS.len(), 0..9), 0..25)
}

fn sheet(grid: &[Vec<usize>], typed: bool) -> Sheet {
    let cell = |ix: usize, at: usize| {
        let raw = match (typed, ix % 7) {
            (true, 0) => Raw::Number(ix as f64 * 1000.5),
            (true, 1) => Raw::Date(45_000.0 + at as f64 / 3.0),
            (true, 2) => Raw::Error("#REF!".into()),
            (true, 3) => Raw::Bool(true),
            _ => return Cell::text(CELLS[ix]),
        };
        Cell { raw, struck: at.is_multiple_of(5) }
    };
    let row = |(number, row): (usize, &Vec<usize>)| {
        let cells =
            row.iter().enumerate().map(|(at, ix)| (at as u16, cell(*ix, at))).filter(|(_, c)| !c.is_empty()).collect();
        SheetRow { number: number as u32 * 2 + 1, cells }
    };
    Sheet {
        name: "R8".into(),
        rows: grid.iter().enumerate().map(row).filter(|r| !r.cells.is_empty()).collect(),
        ..Sheet::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400), kind in 0..5_usize) {
        let start: [&[u8]; 5] = [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\xef\xbb\xbf", b"\xff\xfe"];
        let bytes = [start[kind], &bytes].concat();
        if let Err(e) = read("x.xlsx", &bytes, &Limits::default()) {
            prop_assert!(!e.label().ja.is_empty() && !e.label().en.is_empty());
        }
    }

    #[test]
    fn any_text_is_scanned(text in "\\PC{0,40}", fiscal in proptest::option::of(1990_i16..2100)) {
        let context = DateContext { fiscal_year: fiscal, ..DateContext::default() };
        let chars: Vec<char> = words::plain(&text).chars().collect();
        for whole in [true, false] {
            for found in scan(&chars, &context, whole) {
                prop_assert!(found.start < found.end && found.end <= chars.len());
            }
        }
        let _ = (read_date(&text, &context), period::read(&text, &context), number::read(&text, Some("GB"), 1.0), fiscal_year(&text), choice::split_list(&text), words::head_base(&text));
    }

    #[test]
    fn dates_of_digits_and_marks_are_scanned(text in "[RHST令平和成元年月日度/.\\-~ 0-9から自至]{0,24}") {
        let context = DateContext { fiscal_year: Some(2026), ..DateContext::default() };
        if let Some(found) = period::read(&text, &context)
            && let (Some(from), Some(to)) = (found.from, found.to)
        {
            prop_assert!(from.first() <= to.last());
        }
        let _ = read_date(&text, &context);
    }

    #[test]
    fn any_grid_has_each_row_in_its_place(grid in grid(), typed in any::<bool>()) {
        let sheet = sheet(&grid, typed);
        let lexicon = layout::Lexicon::new(&catalog());
        let mut tables = layout::tables(&sheet, &lexicon);
        let turned = tables.iter().any(|t| t.transposed);
        for table in &mut tables {
            ditto::fill(table);
            let width = table.columns.len();
            prop_assert!(table.rows.iter().all(|r| r.cells.len() == width));
        }
        // The row of a form is a column of its record; its place tells which.
        let known = |n: u32| tables.iter().any(|t| t.places.iter().any(|p| p.0 == n) || t.rows.iter().any(|r| r.number == n) || t.skipped.iter().any(|s| s.row == n) || t.outside.iter().any(|o| o.0.trim_start_matches(|c: char| c.is_ascii_alphabetic()) == n.to_string()));
        for row in &sheet.rows {
            prop_assert!(turned || known(row.number), "row {} is nowhere: {:?}", row.number, row);
        }
    }

    #[test]
    fn any_csv_is_imported_or_told(grid in grid(), which in 0..9_usize) {
        let keys = ["device", "personnel", "user-id", "vendor", "contract", "information", "training", "take-out", "storage"];
        let quoted = |ix: &usize| format!("\"{}\"", CELLS[*ix].replace('"', "\"\""));
        let text: String = grid.iter().map(|r| r.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n").collect();
        let mut ledger = Ledger::new();
        let file = ("r8.csv".to_string(), text.into_bytes());
        let found = ledger.import(keys[which], &file);
        let told: usize = found.rows.len() + found.skipped.len() + found.rejected.len() + found.notes.len();
        prop_assert!(told > 0);
        // Again, against what it made: nothing is created twice.
        let again = ledger.read(keys[which], &file, None);
        let plan = ledger.plan(&again);
        prop_assert_eq!(plan.create.len(), 0, "{:?}", plan);
    }
}
