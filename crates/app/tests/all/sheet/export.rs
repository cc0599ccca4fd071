//! Export: the same data gives the same bytes, and the workbook comes back unchanged, edited cells aside.

use akashi_app::sheet::export::export;
use akashi_domain::{RegisterIx, Value, Version};
use calamine::{Reader, Xlsx};

use crate::ledger::{Ledger, own, sample};

fn written(ledger: &Ledger, key: &str) -> Vec<u8> {
    let ix: RegisterIx = ledger.view.catalog.register_ix(key).unwrap();
    let rows: Vec<&Version> = ledger.view.rows(ix).iter().map(|v| &**v).collect();
    export(&ledger.view, ix, &rows, &|_| true).unwrap()
}

/// A ledger of the repository's own files.
fn ledger() -> Ledger {
    let mut ledger = Ledger::new();
    for (key, path) in [
        ("personnel", "b/staff.txt"),
        ("device", "b/pc.csv"),
        ("user-id", "c/ad_export.csv"),
        ("contract", "c/contracts.csv"),
        ("training", "c/training_log.csv"),
        ("take-out", "d/takeout.csv"),
        ("storage", "b/backup.csv"),
        ("information", "d/info.csv"),
    ] {
        ledger.import(key, &own(path));
    }
    ledger
}

#[test]
fn the_same_data_gives_the_same_bytes() {
    let ledger = ledger();
    assert_eq!(written(&ledger, "device"), written(&ledger, "device"));
}

#[test]
fn every_register_comes_back_unchanged() {
    let mut ledger = ledger();
    let filled: Vec<String> = ledger
        .view
        .catalog
        .registers
        .iter()
        .filter(|r| !ledger.view.rows_of(&r.key).is_empty())
        .map(|r| r.key.clone())
        .collect();
    assert_eq!(filled.len(), 8);
    for key in filled {
        let bytes = written(&ledger, &key);
        let back = ledger.read(&key, &("台帳.xlsx".into(), bytes), None);
        let plan = ledger.plan(&back);
        let changed: Vec<String> = plan.change.iter().map(|c| format!("{c:?}")).collect();
        assert!(plan.create.is_empty() && changed.is_empty() && plan.missing.is_empty(), "{key}: {changed:?}");
        assert_eq!(plan.unchanged.len(), ledger.view.rows_of(&key).len(), "{key}");
    }
}

#[test]
fn samples_come_back_unchanged() {
    let mut ledger = Ledger::new();
    for (key, prefix) in
        [("personnel", "02_"), ("vendor", "04_"), ("device", "01_"), ("contract", "04_"), ("training", "06_")]
    {
        let Some(file) = sample(prefix) else { return };
        ledger.import(key, &file);
    }
    for key in ["personnel", "vendor", "device", "contract", "training"] {
        let bytes = written(&ledger, key);
        let back = ledger.read(key, &("台帳.xlsx".into(), bytes), None);
        let plan = ledger.plan(&back);
        assert_eq!((plan.create.len(), plan.change.len(), plan.missing.len()), (0, 0, 0), "{key}");
    }
}

#[test]
fn edited_cells_are_the_only_changes() {
    let mut ledger = ledger();
    let bytes = written(&ledger, "device");
    // The workbook as people see it, with one cell changed, one cleared and a row added.
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(&bytes)).unwrap();
    let names = book.sheet_names();
    let mut out = rust_xlsxwriter::Workbook::new();
    for name in &names {
        let range = book.worksheet_range(name).unwrap();
        let sheet = out.add_worksheet();
        sheet.set_name(name).unwrap();
        if name.starts_with('_') {
            sheet.set_very_hidden(true);
        }
        let heads: Vec<String> =
            range.rows().next().map(|r| r.iter().map(ToString::to_string).collect()).unwrap_or_default();
        for (r, row) in range.rows().enumerate() {
            for (c, cell) in row.iter().enumerate() {
                let text = match (name == &names[0], r, heads.get(c).map(String::as_str)) {
                    (true, 1, Some("OS・版")) => "Windows 11 Pro 25H2".to_string(),
                    (true, 2, Some("IPアドレス")) => String::new(),
                    _ => cell.to_string(),
                };
                if !text.is_empty() {
                    sheet.write_string(r as u32, c as u16, text).unwrap();
                }
            }
        }
        if name == &names[0] {
            let column = |head: &str| heads.iter().position(|h| h == head).unwrap() as u16;
            let end = range.height() as u32;
            sheet.write_string(end, column("資産番号"), "9001").unwrap();
            sheet.write_string(end, column("種別"), "サーバ").unwrap();
        }
    }
    let edited = out.save_to_buffer().unwrap();
    let back = ledger.read("device", &("台帳.xlsx".into(), edited), None);
    let plan = ledger.plan(&back);
    let register = ledger.view.catalog.register_by_key("device").unwrap();
    let changes: Vec<(String, String)> = plan
        .change
        .iter()
        .flat_map(|c| &c.fields)
        .map(|f| (register.slot(f.slot).key.clone(), ledger.show(&f.after)))
        .collect();
    assert_eq!(changes, [("os".to_string(), "Windows 11 Pro 25H2".to_string()), ("ip".into(), String::new())]);
    assert_eq!(plan.create.len(), 1);
    let kind = register.field_ix("kind").unwrap();
    assert_eq!(plan.create[0].values[kind], Value::Choice("server".into()));
}

#[test]
fn fields_a_reader_may_not_see_get_no_column_and_are_not_lost() {
    let mut ledger = ledger();
    let ix = ledger.view.catalog.register_ix("device").unwrap();
    let rows: Vec<&Version> = ledger.view.rows(ix).iter().map(|v| &**v).collect();
    let bytes = export(&ledger.view, ix, &rows, &|f| f.key != "ip").unwrap();
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(&bytes)).unwrap();
    let heads: Vec<String> =
        book.worksheet_range_at(0).unwrap().unwrap().rows().next().unwrap().iter().map(ToString::to_string).collect();
    assert!(!heads.contains(&"IPアドレス".to_string()));
    let back = ledger.read("device", &("台帳.xlsx".into(), bytes), None);
    assert!(ledger.plan(&back).change.is_empty());
}
