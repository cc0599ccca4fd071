//! Files that must be refused with a clear reason, and odd ones that must be read as far as they can be.

use std::io::{Cursor, Write};

use akashi_app::sheet::read::{Limits, ReadError, RemarkKind, read};
use rust_xlsxwriter::{Formula, Workbook};
use zip::write::SimpleFileOptions;

use crate::ledger::Ledger;

/// A workbook of one sheet.
fn xlsx(fill: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet());
    book.save_to_buffer().unwrap()
}

/// The same workbook with one part replaced.
fn with_part(bytes: &[u8], part: &str, content: &[u8]) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for ix in 0..from.len() {
        let mut entry = from.by_index(ix).unwrap();
        let name = entry.name().to_string();
        to.start_file(&name, SimpleFileOptions::default()).unwrap();
        if name == part {
            to.write_all(content).unwrap();
        } else {
            std::io::copy(&mut entry, &mut to).unwrap();
        }
    }
    to.finish().unwrap().into_inner()
}

fn small() -> Vec<u8> {
    xlsx(|s| {
        for (c, text) in ["管理番号", "機器名", "種別"].iter().enumerate() {
            s.write_string(0, c as u16, *text).unwrap();
            s.write_string(1, c as u16, "x").unwrap();
        }
    })
}

#[test]
fn a_zip_bomb_is_refused_before_it_unpacks() {
    let start = br#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#;
    let mut sheet = start.to_vec();
    sheet.extend(std::iter::repeat_n(b' ', 64 << 20));
    sheet.extend(b"</sheetData></worksheet>");
    let bomb = with_part(&small(), "xl/worksheets/sheet1.xml", &sheet);
    assert!(bomb.len() < 1 << 20, "the bomb itself is small");
    let error = read("bomb.xlsx", &bomb, &Limits::default()).unwrap_err();
    assert!(matches!(error, ReadError::Bomb { .. }), "{error:?}");
    assert!(error.label().ja.contains("展開") && error.label().en.contains("unpacks"));
}

#[test]
fn one_long_text_repeated_in_many_cells_is_bounded() {
    let long = "あ".repeat(10_000);
    let bytes = xlsx(|s| {
        for row in 0..2_000 {
            s.write_string(row, 0, &long).unwrap();
        }
    });
    let limits = Limits { text_bytes: 20 << 20, ..Limits::default() };
    assert!(matches!(read("long.xlsx", &bytes, &limits), Err(ReadError::TooMany { what: "characters", .. })));
}

#[test]
fn a_lone_cell_in_the_last_corner_costs_one_cell() {
    let bytes = xlsx(|s| {
        s.write_string(0, 0, "管理番号").unwrap();
        s.write_string(1_048_575, 16_383, "隅").unwrap();
    });
    let book = read("corner.xlsx", &bytes, &Limits::default()).unwrap();
    assert_eq!(book.sheets[0].rows.len(), 2);
    // Import goes through it too.
    let found = Ledger::new().read("device", &("corner.xlsx".into(), bytes), None);
    assert!(found.rows.is_empty());
}

#[test]
fn cut_off_and_garbled_workbooks() {
    let whole = small();
    for cut in [whole.len() / 2, whole.len() - 30, 100] {
        let error = read("cut.xlsx", &whole[..cut], &Limits::default()).unwrap_err();
        assert!(matches!(error, ReadError::Broken { .. }), "{cut}: {error:?}");
    }
    let broken_xml = with_part(
        &whole,
        "xl/worksheets/sheet1.xml",
        b"<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v>",
    );
    assert!(matches!(read("x.xlsx", &broken_xml, &Limits::default()), Err(ReadError::Broken { .. })));
    // A shared string that is not there.
    let lost = with_part(&whole, "xl/sharedStrings.xml", b"<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" count=\"0\" uniqueCount=\"0\"></sst>");
    assert!(read("x.xlsx", &lost, &Limits::default()).is_err());
}

#[test]
fn other_kinds_of_files_are_named() {
    let ole = |inside: &[u8]| [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".as_slice(), &[0; 600], inside].concat();
    let wide: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(
        read("a/locked.xlsx", &ole(&wide), &Limits::default()).unwrap_err(),
        ReadError::Protected { file: "locked.xlsx".into() }
    );
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("content.xml", SimpleFileOptions::default()).unwrap();
    let ods = zip.finish().unwrap().into_inner();
    for (bytes, found) in [
        (ole(b""), "Excel 97-2003 (.xls)"),
        (ods, "OpenDocument (.ods)"),
        (b"%PDF-1.7 ...".to_vec(), "PDF"),
        (b"<html><table></table></html>".to_vec(), "HTML/XML"),
    ] {
        let error = read("x", &bytes, &Limits::default()).unwrap_err();
        assert_eq!(error, ReadError::Unsupported { file: "x".into(), found });
        assert!(error.label().ja.contains(found) && error.label().en.contains(found));
    }
}

#[test]
fn too_many_rows_and_too_many_bytes() {
    let line = "A-1,端末,PC\n";
    let csv = format!("管理番号,機器名,種別\n{}", line.repeat(400_000));
    assert!(matches!(read("m.csv", csv.as_bytes(), &Limits::default()), Err(ReadError::TooMany { what: "rows", .. })));
    let limits = Limits { file_bytes: 1000, ..Limits::default() };
    assert!(matches!(read("m.csv", csv.as_bytes(), &limits), Err(ReadError::TooLarge { .. })));
    let found = Ledger::new().read("device", &("m.csv".into(), csv.into_bytes()), None);
    assert_eq!((found.rows.len(), found.rejected.len()), (0, 1));
    assert!(found.rejected[0].reason.ja.contains("行が多すぎ"));
}

#[test]
fn formulas_errors_and_dates_of_both_epochs() {
    let bytes = xlsx(|s| {
        for (c, text) in ["管理番号", "機器名", "種別", "購入日"].iter().enumerate() {
            s.write_string(0, c as u16, *text).unwrap();
        }
        s.write_formula(1, 0, Formula::new("=\"A-\"&1").set_result("A-1")).unwrap();
        s.write_string(1, 1, "端末").unwrap();
        s.write_string(1, 2, "PC").unwrap();
        s.write_number(1, 3, 45_379.0).unwrap();
        s.write_string(2, 0, "A-2").unwrap();
        s.write_formula(2, 1, Formula::new("=NOWHERE()").set_result("#NAME?")).unwrap();
    });
    let book = read("f.xlsx", &bytes, &Limits::default()).unwrap();
    let kinds: Vec<(RemarkKind, &str)> = book.remarks.iter().map(|r| (r.kind, r.cell.as_str())).collect();
    assert!(kinds.contains(&(RemarkKind::Formulas, "")), "{kinds:?}");
    let mut ledger = Ledger::new();
    let found = ledger.import("device", &("f.xlsx".into(), bytes));
    assert_eq!(ledger.text("device", &found.rows[0].values, "asset_no"), "A-1");
    assert_eq!(ledger.text("device", &found.rows[0].values, "purchased_on"), "2024-03-28");
    // The cell with the formula that never was calculated.
    let no_value = with_part(&small(), "xl/worksheets/sheet1.xml", br#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1"><f>NOW()</f></c><c r="B1" t="e"><v>#REF!</v></c></row></sheetData></worksheet>"#);
    let book = read("n.xlsx", &no_value, &Limits::default()).unwrap();
    let kinds: Vec<(RemarkKind, &str)> = book.remarks.iter().map(|r| (r.kind, r.cell.as_str())).collect();
    assert_eq!(kinds, [(RemarkKind::FormulaWithoutValue, "A1"), (RemarkKind::ExcelError, "B1")]);
}

#[test]
fn rows_nobody_can_place_are_rejected_with_their_cell() {
    let ledger = Ledger::new();
    let csv = "番号,名称,区分,備考\n1,端末,PC,\n2,端末,PC,\n3,端末,PC,\n4,端末,PC,a,b,c\n";
    let found = ledger.read("device", &("r.csv".into(), csv.as_bytes().to_vec()), None);
    assert_eq!((found.rows.len(), found.rejected.len(), found.rejected[0].cell.as_str()), (3, 1, "A5"));
    let bare = "1,2,3\n4,5,6\n7,8,9\n";
    let found = ledger.read("device", &("bare.csv".into(), bare.as_bytes().to_vec()), None);
    assert_eq!((found.rows.len(), found.rejected.len()), (0, 3), "no header, nothing guessed, all told");
}
