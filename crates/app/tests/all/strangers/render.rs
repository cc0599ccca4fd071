//! A ledger in text form → the bytes of the xlsx or text file it stands for.

use rust_xlsxwriter::{Color, ExcelDateTime, Format, Formula, Note, Workbook, Worksheet};

use super::led::{Led, LedSheet};

/// Writes the file.
pub(crate) fn bytes(led: &Led) -> Vec<u8> {
    if led.form.is_empty() { xlsx(led) } else { text(led) }
}

fn text(led: &Led) -> Vec<u8> {
    let has = |w: &str| led.form.iter().any(|f| f == w);
    let mark = if has("tab") {
        "\t"
    } else if has("semicolon") {
        ";"
    } else {
        ","
    };
    let quote = |c: &String| {
        if c.contains(mark) || c.contains(['"', '\n']) { format!("\"{}\"", c.replace('"', "\"\"")) } else { c.clone() }
    };
    let width = led.sheets[0].rows.iter().map(Vec::len).max().unwrap_or(0);
    let line = |row: &Vec<String>| {
        let width = if has("ragged") { row.len() } else { width };
        (0..width).map(|ix| row.get(ix).map(quote).unwrap_or_default()).collect::<Vec<_>>().join(mark)
    };
    let all: String = led.sheets[0].rows.iter().map(|r| line(r) + "\r\n").collect();
    if has("cp932") {
        let (bytes, _, bad) = encoding_rs::SHIFT_JIS.encode(&all);
        assert!(!bad, "{} holds what CP932 cannot", led.file);
        return bytes.into_owned();
    }
    if has("euc") {
        return encoding_rs::EUC_JP.encode(&all).0.into_owned();
    }
    if has("utf16") {
        return std::iter::once(0xfeff).chain(all.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    }
    if has("bom") { [b"\xef\xbb\xbf".as_slice(), all.as_bytes()].concat() } else { all.into_bytes() }
}

fn xlsx(led: &Led) -> Vec<u8> {
    let mut book = Workbook::new();
    let option = |key: &str| led.options.iter().find(|o| o.0 == key).map(|o| o.1.as_str());
    for sheet in &led.sheets {
        let out = book.add_worksheet();
        out.set_name(&sheet.name).unwrap();
        out.set_hidden(sheet.hidden);
        merges(out, sheet);
        for (r, row) in sheet.rows.iter().enumerate() {
            for (c, cell) in row.iter().enumerate().filter(|(_, t)| !t.is_empty() && *t != "<" && *t != "^") {
                put(out, r as u32, c as u16, cell, option("1904").is_some());
            }
        }
        if let Some(columns) = option("hide-columns") {
            for column in columns.split(',') {
                out.set_column_hidden(column.parse().unwrap()).unwrap();
            }
        }
        if let Some(rows) = option("hide-rows") {
            for row in rows.split(',') {
                out.set_row_hidden(row.parse::<u32>().unwrap() - 1).unwrap();
            }
        }
        if option("autofilter").is_some() {
            out.autofilter(2, 0, sheet.rows.len() as u32, 5).unwrap();
        }
        if let Some((at, note)) = option("comment").and_then(|v| v.split_once(' ')) {
            let column = u16::from(at.as_bytes()[0] - b'A');
            out.insert_note(at[1..].parse::<u32>().unwrap() - 1, column, &Note::new(note)).unwrap();
        }
        if let Some(n) = option("formatted-rows") {
            let border = Format::new().set_border(rust_xlsxwriter::FormatBorder::Thin);
            for r in 0..n.parse().unwrap() {
                for c in 0..30 {
                    out.write_blank(sheet.rows.len() as u32 + r, c, &border).unwrap();
                }
            }
        }
    }
    let bytes = book.save_to_buffer().unwrap();
    if option("1904").is_some() { in_1904(&bytes) } else { bytes }
}

/// Turns the flag of the 1904 date system on.
fn in_1904(bytes: &[u8]) -> Vec<u8> {
    use std::io::{Cursor, Read, Write};
    let mut from = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for ix in 0..from.len() {
        let mut entry = from.by_index(ix).unwrap();
        let name = entry.name().to_string();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        if name == "xl/workbook.xml" {
            let text = String::from_utf8(content).unwrap();
            assert!(text.contains("<workbookPr "));
            content = text.replace("<workbookPr ", "<workbookPr date1904=\"1\" ").into_bytes();
        }
        to.start_file(&name, zip::write::SimpleFileOptions::default()).unwrap();
        to.write_all(&content).unwrap();
    }
    to.finish().unwrap().into_inner()
}

/// Joins `<` to the cell at its left and `^` to the one above.
fn merges(out: &mut Worksheet, sheet: &LedSheet) {
    let at = |r: usize, c: usize| sheet.rows.get(r).and_then(|row| row.get(c)).map_or("", String::as_str);
    for (r, row) in sheet.rows.iter().enumerate() {
        for (c, _) in row.iter().enumerate().filter(|(_, t)| *t != "<" && *t != "^") {
            let right = (c + 1..).take_while(|x| at(r, *x) == "<").last().unwrap_or(c);
            let down = (r + 1..).take_while(|y| at(*y, c) == "^").last().unwrap_or(r);
            if right > c || down > r {
                out.merge_range(r as u32, c as u16, down as u32, right as u16, "", &Format::new()).unwrap();
            }
        }
    }
}

fn put(out: &mut Worksheet, r: u32, c: u16, cell: &str, old_epoch: bool) {
    let number = |t: &str| t.replace(',', "").parse::<f64>().unwrap_or_else(|_| panic!("no number: {t}"));
    let date = Format::new().set_num_format("yyyy/m/d");
    if let Some(text) = cell.strip_prefix("s:") {
        out.write_string_with_format(r, c, text, &Format::new().set_font_strikethrough()).unwrap();
    } else if let Some(text) = cell.strip_prefix("y:") {
        out.write_string_with_format(r, c, text, &Format::new().set_background_color(Color::Yellow)).unwrap();
    } else if let Some(text) = cell.strip_prefix("g:") {
        out.write_string_with_format(r, c, text, &Format::new().set_background_color(Color::Gray)).unwrap();
    } else if let Some(n) = cell.strip_prefix('#') {
        out.write_number(r, c, number(n)).unwrap();
    } else if let Some(day) = cell.strip_prefix("d:") {
        let serial = ExcelDateTime::parse_from_str(day).unwrap().to_excel() - if old_epoch { 1462.0 } else { 0.0 };
        out.write_number_with_format(r, c, serial, &date).unwrap();
    } else if let Some(serial) = cell.strip_prefix("t:") {
        out.write_number_with_format(r, c, number(serial), &Format::new().set_num_format("yyyy/m/d h:mm")).unwrap();
    } else if let Some(rest) = cell.strip_prefix("f:") {
        let (formula, result) = rest.split_once("=>").unwrap();
        out.write_formula(r, c, Formula::new(formula).set_result(result)).unwrap();
    } else if let Some(b) = cell.strip_prefix("b:") {
        out.write_boolean(r, c, b == "true").unwrap();
    } else if let Some((zeros, n)) = cell.strip_prefix("z:").and_then(|t| t.split_once(':')) {
        let format = Format::new().set_num_format("0".repeat(zeros.parse().unwrap()));
        out.write_number_with_format(r, c, number(n), &format).unwrap();
    } else {
        out.write_string(r, c, cell).unwrap();
    }
}
