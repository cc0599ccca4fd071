//! CSV and its kin → [`Workbook`]: UTF-8 with or without BOM, UTF-16, CP932, EUC-JP; comma, tab or semicolon.

use encoding_rs::{EUC_JP, Encoding, ISO_2022_JP, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

use super::{Cell, Limits, ReadError, Remark, RemarkKind, Sheet, SheetRow, Workbook};

pub(super) fn read(file: &str, bytes: &[u8], limits: &Limits) -> Result<Workbook, ReadError> {
    let (text, encoding) = decode(file, bytes)?;
    if let Some(at) = text.bytes().position(|b| b == 0) {
        let line = text.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1;
        return Err(ReadError::Encoding { file: file.into(), line });
    }
    let delimiter = delimiter(&text);
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let width = usual_width(&text, delimiter);
    let mut sheet = Sheet { csv: true, ..Sheet::default() };
    let mut remarks = vec![remark(RemarkKind::Encoding, String::new(), encoding)];
    let mut record = csv::StringRecord::new();
    let mut cells = 0;
    let mut number = 0;
    loop {
        let more = reader
            .read_record(&mut record)
            .map_err(|e| ReadError::Broken { file: file.into(), detail: e.to_string() })?;
        if !more {
            break;
        }
        number += 1;
        if record.iter().any(|f| runaway(f, delimiter)) {
            return Err(ReadError::Quote { file: file.into(), record: u64::from(number) });
        }
        if let Some(remark) = too_long(number, &record, limits).or_else(|| fit(number, &mut record, width)) {
            let lost = remark.kind != RemarkKind::Mended;
            remarks.push(remark);
            if lost {
                continue;
            }
        }
        let row = row(number, &record);
        cells += row.cells.len();
        if row.cells.is_empty() {
            continue;
        }
        sheet.rows.push(row);
        for (what, have, limit) in [("rows", sheet.rows.len(), limits.rows), ("cells", cells, limits.cells)] {
            if have > limit {
                return Err(ReadError::TooMany { file: file.into(), what, limit });
            }
        }
    }
    if sheet.rows.is_empty() {
        return Err(ReadError::Empty { file: file.into() });
    }
    Ok(Workbook { file: file.into(), sheets: vec![sheet], remarks })
}

fn remark(kind: RemarkKind, cell: String, detail: &str) -> Remark {
    Remark { sheet: String::new(), cell, kind, detail: detail.into() }
}

/// A cell longer than any of ours.
fn too_long(number: u32, record: &csv::StringRecord, limits: &Limits) -> Option<Remark> {
    let at = record.iter().position(|f| f.len() > limits.cell_bytes)?;
    let column = u16::try_from(at).unwrap_or(u16::MAX);
    let size = record.get(at).map_or(0, str::len) >> 10;
    Some(remark(RemarkKind::TooLong, super::cell_name(number, column), &size.to_string()))
}

/// Mends a record that is wider than the others, if it can be.
fn fit(number: u32, record: &mut csv::StringRecord, width: Option<usize>) -> Option<Remark> {
    let width = width.filter(|width| too_wide(record, *width))?;
    let kind = match mend(record, width) {
        Some(mended) => {
            *record = mended;
            RemarkKind::Mended
        }
        None => RemarkKind::Ragged,
    };
    let begins = record.iter().take(3).collect::<Vec<_>>().join(",");
    Some(remark(kind, super::cell_name(number, 0), &begins))
}

/// The number of fields nearly all records have, if there is one.
fn usual_width(text: &str, delimiter: u8) -> Option<usize> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut counts: std::collections::HashMap<usize, usize> = std::collections::HashMap::new();
    let lengths = reader.records().map_while(Result::ok).take(2_000).map(|r| r.len());
    lengths.for_each(|n| *counts.entry(n).or_default() += 1);
    let all: usize = counts.values().sum();
    counts.into_iter().find(|(width, n)| *width > 2 && n * 10 >= all * 6 && all >= 3).map(|(width, _)| width)
}

fn too_wide(record: &csv::StringRecord, width: usize) -> bool {
    record.iter().skip(width).any(|f| !f.trim().is_empty())
}

/// Joins a number that was divided at its thousands (`約3,000件` without quotes), when that alone explains the width.
fn mend(record: &csv::StringRecord, width: usize) -> Option<csv::StringRecord> {
    let fields: Vec<&str> = record.iter().collect();
    let divided = |ix: &usize| {
        let before = fields[*ix].chars().rev().take_while(char::is_ascii_digit).count();
        let after = fields[ix + 1].chars().take_while(char::is_ascii_digit).count();
        (1..=3).contains(&before) && after == 3
    };
    let places: Vec<usize> = (0..fields.len().saturating_sub(1)).filter(divided).collect();
    let [at] = places.as_slice() else { return None };
    let joined = format!("{},{}", fields[*at], fields[at + 1]);
    let mut out: Vec<&str> = fields[..*at].to_vec();
    out.push(&joined);
    out.extend(&fields[at + 2..]);
    (out.len() == width).then(|| csv::StringRecord::from(out))
}

fn row(number: u32, record: &csv::StringRecord) -> SheetRow {
    let cells = record.iter().enumerate().map_while(|(ix, text)| Some((u16::try_from(ix).ok()?, Cell::text(text))));
    SheetRow { number, cells: cells.filter(|(_, c)| !c.is_empty()).collect() }
}

/// A field that swallows many lines full of delimiters: its quotation mark was never closed.
fn runaway(field: &str, delimiter: u8) -> bool {
    let full = |line: &&str| line.bytes().filter(|b| *b == delimiter).count() >= 2;
    field.len() > 200 && field.lines().filter(full).count() > 20
}

/// Returns the text and the name of its encoding.
fn decode<'a>(file: &str, bytes: &'a [u8]) -> Result<(std::borrow::Cow<'a, str>, &'static str), ReadError> {
    let whole = |encoding: &'static Encoding, bytes: &'a [u8]| {
        encoding.decode_without_bom_handling_and_without_replacement(bytes)
    };
    if let Some((encoding, skip)) = Encoding::for_bom(bytes) {
        let name = if encoding == UTF_16LE || encoding == UTF_16BE { "UTF-16" } else { "UTF-8 (BOM)" };
        return whole(encoding, &bytes[skip..]).map(|t| (t, name)).ok_or_else(|| error(file, bytes));
    }
    if let Some(text) = bare_utf16(bytes).and_then(|encoding| whole(encoding, bytes)) {
        return Ok((text, "UTF-16"));
    }
    if [b"\x1b$B", b"\x1b$@"].iter().any(|start| bytes.windows(3).any(|w| w == *start)) {
        return whole(ISO_2022_JP, bytes).map(|t| (t, "ISO-2022-JP")).ok_or_else(|| error(file, bytes));
    }
    if let Some(text) = whole(UTF_8, bytes) {
        return Ok((text, "UTF-8"));
    }
    match (whole(SHIFT_JIS, bytes), whole(EUC_JP, bytes)) {
        (Some(sjis), Some(euc))
            if half_width(&sjis) > half_width(&euc) + 8 && half_width(&sjis) * 4 > sjis.chars().count() =>
        {
            Ok((euc, "EUC-JP"))
        }
        // Müller of a Western file would become M・ler with a kanji nobody wrote.
        (Some(sjis), _) if western(&sjis) => Err(ReadError::Encoding { file: file.into(), line: first_western(bytes) }),
        (Some(sjis), _) => Ok((sjis, "CP932")),
        (None, Some(euc)) => Ok((euc, "EUC-JP")),
        (None, None) => Err(error(file, bytes)),
    }
}

/// The byte order of UTF-16 without a mark: every ASCII character has a zero on the same side.
pub(super) fn bare_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = &bytes[..bytes.len().min(8192) & !1];
    let zeros = |side: usize| start.iter().skip(side).step_by(2).filter(|b| **b == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let enough = |n: usize| n * 40 >= start.len();
    match (even, odd) {
        _ if bytes.len() % 2 == 1 || start.len() < 8 => None,
        (0, n) if enough(n) => Some(UTF_16LE),
        (n, 0) if enough(n) => Some(UTF_16BE),
        _ => None,
    }
}

/// Tells whether every character beyond ASCII is a lone kanji touching a Latin letter: Latin-1 misread as CP932.
fn western(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let mut any = false;
    for (ix, c) in chars.iter().enumerate().filter(|(_, c)| !c.is_ascii()) {
        let neighbours = [ix.checked_sub(1).map(|i| chars[i]), chars.get(ix + 1).copied()];
        let latin = neighbours.iter().flatten().any(char::is_ascii_alphabetic);
        let alone = neighbours.iter().flatten().all(char::is_ascii);
        let kana = ('\u{3041}'..='\u{30ff}').contains(c);
        if !(latin && alone && !kana) {
            return false;
        }
        any = true;
    }
    any
}

fn first_western(bytes: &[u8]) -> usize {
    bytes.split(|b| *b == b'\n').position(|line| !line.is_ascii()).map_or(1, |ix| ix + 1)
}

/// EUC-JP read as CP932 turns into half-width kana.
fn half_width(text: &str) -> usize {
    text.chars().filter(|c| ('\u{ff61}'..='\u{ff9f}').contains(c)).count()
}

/// Names the first line that neither UTF-8 nor CP932 can read.
fn error(file: &str, bytes: &[u8]) -> ReadError {
    let unreadable = |line: &[u8]| {
        std::str::from_utf8(line).is_err()
            && SHIFT_JIS.decode_without_bom_handling_and_without_replacement(line).is_none()
    };
    let line = bytes.split(|b| *b == b'\n').position(unreadable).map_or(1, |ix| ix + 1);
    ReadError::Encoding { file: file.into(), line }
}

/// The delimiter that divides the first lines most evenly.
fn delimiter(text: &str) -> u8 {
    let count = |d: u8| {
        let lines = text.lines().filter(|l| !l.trim().is_empty()).take(30);
        let mut counts: Vec<usize> = lines.map(|l| outside_quotes(l, d)).collect();
        counts.sort_unstable();
        counts.get(counts.len() / 2).copied().unwrap_or(0)
    };
    [b',', b'\t', b';', b'|'].into_iter().rev().max_by_key(|d| count(*d)).unwrap_or(b',')
}

fn outside_quotes(line: &str, delimiter: u8) -> usize {
    let mut quoted = false;
    let mut n = 0;
    for b in line.bytes() {
        quoted ^= b == b'"';
        n += usize::from(b == delimiter && !quoted);
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8]) -> Vec<Vec<String>> {
        let book = read("x.csv", bytes, &Limits::default()).unwrap();
        let cells = |r: &SheetRow| r.cells.iter().map(|c| c.1.shown().into_owned()).collect();
        book.sheets[0].rows.iter().map(cells).collect()
    }

    #[test]
    fn encodings_and_delimiters() {
        let want = vec![vec!["職員番号".to_string(), "氏名".into()], vec!["000123".into(), "髙橋 﨑".into()]];
        let text = "職員番号,氏名\r\n000123,髙橋 﨑\r\n";
        let utf16: Vec<u8> = std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        let bom = [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
        for bytes in [
            text.as_bytes(),
            &bom,
            &SHIFT_JIS.encode(text).0,
            &utf16,
            text.replace(',', "\t").as_bytes(),
            text.replace(',', ";").as_bytes(),
        ] {
            assert_eq!(shown(bytes), want);
        }
        let euc = "職員番号,氏名\n000123,高橋 太郎\n000124,山田 花子\n".repeat(3);
        assert_eq!(shown(&EUC_JP.encode(&euc).0)[1][1], "高橋 太郎");
    }

    #[test]
    fn quoted_line_breaks_stay_in_one_record() {
        assert_eq!(shown(b"a,b\n\"x\n\"\"y\"\"\",2\n"), [["a", "b"], ["x\n\"y\"", "2"]]);
    }

    #[test]
    fn wrong_encodings_and_open_quotes_are_refused() {
        let bad = [b"a,b\n".as_slice(), &[0x81, 0xff, 0xff, 0xa0, 0xfd], b"\n"].concat();
        assert_eq!(read("x", &bad, &Limits::default()).unwrap_err(), ReadError::Encoding { file: "x".into(), line: 2 });
        let open = format!("a,b,c\n\"open,1,2\n{}", "x,1,2\n".repeat(50));
        assert_eq!(
            read("x", open.as_bytes(), &Limits::default()).unwrap_err(),
            ReadError::Quote { file: "x".into(), record: 2 }
        );
        let limits = Limits { rows: 10, ..Limits::default() };
        assert!(matches!(
            read("x", "a,b\n".repeat(20).as_bytes(), &limits),
            Err(ReadError::TooMany { what: "rows", limit: 10, .. })
        ));
    }
}
