//! Files meant to do harm, or large by mistake: a clear answer in both languages, in bounded memory, and nothing taken.

use std::io::{Cursor, Read, Write};
use std::time::Instant;

use akashi_app::sheet::read::{Limits, ReadError, column_name, read};
use rust_xlsxwriter::Workbook;
use zip::write::SimpleFileOptions;

use crate::ledger::Ledger;

/// A ledger of a few rows, as bytes of an xlsx.
fn honest() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (c, text) in ["管理番号", "機器名", "種別", "設置場所"].iter().enumerate() {
        sheet.write_string(0, c as u16, *text).unwrap();
    }
    for r in 1..80_u32 {
        for (c, text) in [format!("A-{r}"), format!("端末{r}"), "PC".into(), format!("{}階", r % 9)].iter().enumerate()
        {
            sheet.write_string(r, c as u16, text).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

/// The parts of an xlsx, changed or with others added.
fn repacked(bytes: &[u8], change: impl Fn(&str, Vec<u8>) -> Vec<u8>, more: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut from = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for ix in 0..from.len() {
        let mut entry = from.by_index(ix).unwrap();
        let name = entry.name().to_string();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        to.start_file(&name, SimpleFileOptions::default()).unwrap();
        to.write_all(&change(&name, content)).unwrap();
    }
    for (name, content) in more {
        to.start_file(name, SimpleFileOptions::default()).unwrap();
        to.write_all(content).unwrap();
    }
    to.finish().unwrap().into_inner()
}

/// Nothing of the file is taken, and the one reason stands in both languages.
fn refused(name: &str, bytes: &[u8]) -> String {
    let found = Ledger::new().read("device", &(name.into(), bytes.to_vec()), None);
    assert_eq!((found.rows.len(), found.rejected.len()), (0, 1), "{name}: {:?}", found.rejected.first());
    let reason = &found.rejected[0].reason;
    assert!(reason.ja.contains(name) && reason.en.contains(name) && reason.ja != reason.en, "{reason:?}");
    reason.en.clone()
}

#[test]
fn bombs_of_three_kinds() {
    let many: Vec<(String, Vec<u8>)> =
        (2..40).map(|n| (format!("xl/worksheets/sheet{n}.xml"), vec![b' '; 8 << 20])).collect();
    let sheets = repacked(&honest(), |_, c| c, &many);
    let empty = b"<si><t/></si>".repeat(1 << 17);
    let strings =
        repacked(&honest(), |name, c| if name.ends_with("sharedStrings.xml") { empty.clone() } else { c }, &[]);
    let parts: Vec<(String, Vec<u8>)> = (0..5_000).map(|n| (format!("xl/media/p{n}.bin"), Vec::new())).collect();
    let crowd = repacked(&honest(), |_, c| c, &parts);
    for (name, bytes) in [("sheets.xlsx", sheets), ("strings.xlsx", strings), ("crowd.xlsx", crowd)] {
        let start = Instant::now();
        let reason = refused(name, &bytes);
        println!("{name}: {} KB, refused after {:?}: {reason}", bytes.len() >> 10, start.elapsed());
        assert!(name == "strings.xlsx" || reason.contains("unpacks"), "{name}: {reason}");
    }
}

#[test]
fn cut_off_at_twenty_places() {
    let whole = honest();
    let mut seed = 0x2545_f491_u64;
    for _ in 0..20 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = 40 + (seed >> 33) as usize % (whole.len() - 60);
        let error = read("cut.xlsx", &whole[..at], &Limits::default()).unwrap_err();
        assert!(matches!(error, ReadError::Broken { .. }), "{at} of {}: {error:?}", whole.len());
        // Bytes turned over inside: an error or the same rows, never others.
        let mut bent = whole.clone();
        bent[at] ^= 0x55;
        let found = Ledger::new().read("device", &("bent.xlsx".into(), bent), None);
        assert!(
            found.rows.len() == 79 || (found.rows.is_empty() && !found.rejected.is_empty()),
            "{at}: {} rows",
            found.rows.len()
        );
    }
}

#[test]
fn entities_are_not_followed() {
    let laughs = "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;\">]>";
    let outside = "<!DOCTYPE x [<!ENTITY c SYSTEM \"file:///etc/passwd\">]>";
    for (name, doctype) in [("laughs.xlsx", laughs), ("outside.xlsx", outside)] {
        let change = |part: &str, content: Vec<u8>| {
            if !part.ends_with("sharedStrings.xml") {
                return content;
            }
            let text = String::from_utf8(content).unwrap();
            text.replacen("?>", &format!("?>{doctype}"), 1).replacen("<t>端末1</t>", "<t>&c;</t>", 1).into_bytes()
        };
        let bytes = repacked(&honest(), change, &[]);
        let found = Ledger::new().read("device", &(name.into(), bytes), None);
        println!("{name}: {} rows, rejected {:?}", found.rows.len(), found.rejected.first().map(|r| &r.reason.en));
        let shown = format!("{:?}", found.rows);
        assert!(!shown.contains("haha") && !shown.contains("root:"), "an entity was followed");
        assert!(found.rows.is_empty() && found.rejected.len() == 1, "what an entity stood for is not lost silently");
    }
}

#[test]
fn a_million_rows_in_bounded_memory() {
    let before = peak();
    let mut text = String::from("管理番号,機器名,種別,設置場所,備考\n");
    for n in 0..1_000_000 {
        text.push_str(&format!("A-{n},端末,PC,{}階,\n", n % 9));
    }
    let start = Instant::now();
    let reason = refused("million.csv", text.as_bytes());
    let grown = peak().saturating_sub(before);
    println!("{} MB, {:?}, peak +{} MB: {reason}", text.len() >> 20, start.elapsed(), grown >> 10);
    assert!(reason.contains("rows"));
    assert!(grown < 600 << 10, "peak grew by {} MB", grown >> 10);
}

/// Peak resident memory of this process in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM:"));
    line.and_then(|l| l.split_whitespace().nth(1)).and_then(|n| n.parse().ok()).unwrap_or(0)
}

#[test]
fn as_many_columns_as_excel_has() {
    let header: Vec<String> = ["管理番号", "機器名", "種別"]
        .iter()
        .map(|h| (*h).into())
        .chain((3..16_384).map(|n| format!("予備{}", column_name(n))))
        .collect();
    let line = |r: usize| {
        (0..16_384).map(|c| if c == 0 { format!("A-{r}") } else { format!("v{c}") }).collect::<Vec<_>>().join(",")
    };
    let text = format!("{}\n{}\n{}\n{}\n", header.join(","), line(1), line(2), line(3));
    let start = Instant::now();
    let found = Ledger::new().read("device", &("wide.csv".into(), text.into_bytes()), None);
    println!("16384 columns: {:?}, {} rows, {} unmapped", start.elapsed(), found.rows.len(), found.unmapped.len());
    assert_eq!((found.rows.len(), found.rows[0].extra.len()), (3, found.unmapped.len()));
}

#[test]
fn a_cell_of_fifty_megabytes() {
    let long = "長".repeat((50 << 20) / 3);
    let text = format!("管理番号,機器名,種別\nA-1,端末,PC\nA-2,{long},PC\nA-3,端末,PC\n");
    let found = Ledger::new().read("device", &("long.csv".into(), text.into_bytes()), None);
    assert_eq!((found.rows.len(), found.rejected.len(), found.rejected[0].cell.as_str()), (2, 1, "B3"));
    assert!(found.rejected[0].reason.ja.contains("長すぎ") && found.rejected[0].reason.en.contains("too long"));
    assert!(found.rejected[0].reason.ja.len() < 1_000, "the text itself is not repeated");
}

#[test]
fn encodings_right_or_refused() {
    let text = "管理番号,機器名,種別,備考\r\nA-1,受付端末,PC,要更新\r\nA-2,会計端末,PC,\r\nA-3,診察端末,PC,予備\r\n";
    let rows = |bytes: Vec<u8>| {
        let ledger = Ledger::new();
        let found = ledger.read("device", &("e.csv".into(), bytes), None);
        found.rows.iter().map(|r| ledger.text("device", &r.values, "name")).collect::<Vec<_>>()
    };
    let want = ["受付端末", "会計端末", "診察端末"];
    let wide = |bom: bool, little: bool| -> Vec<u8> {
        let units = bom.then_some(0xfeff).into_iter().chain(text.encode_utf16());
        units.flat_map(|u| if little { u.to_le_bytes() } else { u.to_be_bytes() }).collect()
    };
    for (name, bytes) in [
        ("CP932", encoding_rs::SHIFT_JIS.encode(text).0.into_owned()),
        ("EUC-JP", encoding_rs::EUC_JP.encode(text).0.into_owned()),
        ("UTF-16LE", wide(true, true)),
        ("UTF-16BE", wide(true, false)),
        ("UTF-16LE without BOM", wide(false, true)),
        ("ISO-2022-JP", encoding_rs::ISO_2022_JP.encode(text).0.into_owned()),
    ] {
        assert_eq!(rows(bytes), want, "{name}");
    }
    let latin: Vec<u8> = "Asset No,Name,Type\nA-1,Müller Gerät,PC\nA-2,Café Zürich,PC\nA-3,Señor,PC\n"
        .chars()
        .map(|c| c as u8)
        .collect();
    assert!(refused("latin.csv", &latin).contains("encoding"));
    let mut nul = text.repeat(200).into_bytes();
    nul[5_000] = 0;
    assert!(refused("nul.csv", &nul).contains("line"));
    assert!(refused("start.csv", b"\0\0\0,a,b\n").contains("binary"));
}

/// The honest workbook with another first sheet.
fn with_sheet(rows: &str) -> Vec<u8> {
    let start = r#"<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>"#;
    let sheet = format!("{start}{rows}</sheetData></worksheet>").into_bytes();
    repacked(&honest(), |name, c| if name == "xl/worksheets/sheet1.xml" { sheet.clone() } else { c }, &[])
}

const HEADER: &str = r#"<row r="1"><c r="A1" t="inlineStr"><is><t>管理番号</t></is></c><c r="B1" t="inlineStr"><is><r><t>機</t></r><r><t>器名</t></r></is></c><c r="C1" t="inlineStr"><is><t>種別</t></is></c><c r="D1" t="inlineStr"><is><t>備考</t></is></c></row>"#;

#[test]
fn inline_strings_and_shared_formulas_of_other_programs() {
    let rows = r#"<row r="2"><c r="A2" t="str"><f t="shared" ref="A2:A3" si="0">"A-"&amp;ROW()</f><v>A-2</v></c><c r="B2" t="inlineStr"><is><t xml:space="preserve"> 端末 </t></is></c><c r="C2" t="inlineStr"><is><t>PC</t></is></c></row>
        <row r="3"><c r="A3" t="str"><f t="shared" si="0"/><v>A-3</v></c><c r="B3" t="inlineStr"><is><t>端末&#10;予備</t></is></c><c r="C3" t="inlineStr"><is><t>PC</t></is></c><c r="D3" t="str"><f>NOW()</f></c></row>"#;
    let ledger = Ledger::new();
    let found = ledger.read("device", &("inline.xlsx".into(), with_sheet(&format!("{HEADER}{rows}"))), None);
    let text = |row: usize, field: &str| ledger.text("device", &found.rows[row].values, field);
    assert_eq!(
        [text(0, "asset_no"), text(0, "name"), text(1, "asset_no"), text(1, "name")],
        ["A-2", "端末", "A-3", "端末 予備"]
    );
    assert!(found.notes.iter().any(|n| n.cell == "D3"), "a formula without a result is told: {:?}", found.notes);
}

#[test]
fn a_million_blank_rows_below() {
    let mut rows = String::from(HEADER);
    rows.push_str(r#"<row r="2"><c r="A2" t="inlineStr"><is><t>A-1</t></is></c><c r="B2" t="inlineStr"><is><t>端末</t></is></c><c r="C2" t="inlineStr"><is><t>PC</t></is></c></row>"#);
    (3..1_048_577).for_each(|n| rows.push_str(&format!(r#"<row r="{n}" s="1"/>"#)));
    let found = Ledger::new().read("device", &("blank.xlsx".into(), with_sheet(&rows)), None);
    assert_eq!((found.rows.len(), found.rejected.len(), found.skipped.len()), (1, 0, 1), "{:?}", found.skipped.first());
}
