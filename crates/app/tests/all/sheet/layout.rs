//! Layouts: which rows of a sheet are data, under which labels.

use akashi_app::sheet::ditto;
use akashi_app::sheet::layout::{Lexicon, Table, Why, tables};
use akashi_app::sheet::read::{Limits, read};

use crate::bench::catalog;
use crate::ledger::sample;

fn tables_of(name: &str, bytes: &[u8]) -> Vec<Table> {
    let book = read(name, bytes, &Limits::default()).unwrap_or_else(|e| panic!("{e}"));
    let lexicon = Lexicon::new(&catalog());
    book.sheets.iter().flat_map(|s| tables(s, &lexicon)).collect()
}

#[test]
fn sample_files_have_exactly_their_rows() {
    let expected: [(&str, &[(&str, usize)]); 8] = [
        ("01_", &[("本館", 310), ("東館", 186), ("別館", 104)]),
        ("02_", &[("", 450)]),
        ("03_", &[("", 480)]),
        ("04_", &[("事業者一覧", 28), ("契約一覧", 35)]),
        ("05_", &[("情報資産一覧", 61)]),
        (
            "06_",
            &[
                ("R7第2回(R8.2.10)", 393),
                ("R8新採用(R8.4.2)", 29),
                ("R8第1回(R8.6.18)", 408),
                ("eラーニング(R8.8)", 406),
                ("R8第2回補講(R8.9.10)", 99),
                ("R8第3回(R9.1予定)", 0),
            ],
        ),
        ("07_", &[("令和7年度", 73), ("令和8年度", 47)]),
        ("08_", &[("一覧", 12)]),
    ];
    for (prefix, sheets) in expected {
        let Some((name, bytes)) = sample(prefix) else { return };
        let found = tables_of(&name, &bytes);
        for (sheet, rows) in sheets {
            let here: Vec<&Table> = found.iter().filter(|t| t.sheet == *sheet && !t.hidden).collect();
            let count: usize = here.iter().map(|t| t.rows.len()).sum();
            let told: Vec<String> = here
                .iter()
                .flat_map(|t| t.skipped.iter())
                .filter(|s| matches!(s.why, Why::Lone | Why::NoHeader))
                .map(|s| format!("{s:?}"))
                .collect();
            assert_eq!(count, *rows, "{name} {sheet}: {told:?}");
        }
    }
}

#[test]
fn device_sheets_in_detail() {
    let Some((name, bytes)) = sample("01_") else { return };
    let mut found = tables_of(&name, &bytes);
    let taken: usize = found.iter_mut().filter(|t| !t.hidden).map(|t| ditto::fill(t).taken).sum();
    assert_eq!(taken, 1549);
    let main = &found[0];
    let labels: Vec<String> = main.columns.iter().map(|c| c.label()).collect();
    assert_eq!(
        &labels[..9],
        [
            "No.",
            "管理番号",
            "機器名称",
            "種別",
            "機 器 仕 様/メーカー",
            "機 器 仕 様/型番",
            "機 器 仕 様/製造番号",
            "設 置/階・場所",
            "設 置/部署"
        ]
    );
    assert_eq!(main.header_rows, (5, 6));
    let count = |why: Why| main.skipped.iter().filter(|s| s.why == why).count();
    assert_eq!(
        (count(Why::Section), count(Why::RepeatedHeader), count(Why::Total), count(Why::Footnote)),
        (11, 4, 12, 1)
    );
    assert!(main.skipped.iter().all(|s| s.why != Why::Lone), "{:?}", main.skipped);
    // The legend to the right is no column; it is kept with the titles.
    assert!(main.titles.iter().any(|t| t == &("U4".to_string(), "灰色 … 廃棄済".to_string())));
}
