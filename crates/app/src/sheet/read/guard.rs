//! Looks at a file before anything trusts it: what it is by its first bytes, and how large it would unpack.
//! Sizes declared inside a zip are not believed; every part is unpacked into nothing and counted.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::{Limits, ReadError};

/// What kind of reader a file needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    Xlsx,
    Text,
}

/// What the survey of an xlsx saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Survey {
    pub formulas: bool,
    pub merges: bool,
}

/// First bytes of kinds people try to import.
const KINDS: [(&[u8], &str); 9] = [
    (b"%PDF", "PDF"),
    (b"{\\rtf", "RTF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf", "7z"),
    (b"Rar!", "RAR"),
    (b"SQLite format 3", "SQLite"),
];

/// Tells the kind of a file, refusing what no reader takes.
pub(super) fn sort_of(file: &str, bytes: &[u8], limits: &Limits) -> Result<Sort, ReadError> {
    let file = || file.to_string();
    if bytes.len() as u64 > limits.file_bytes {
        return Err(ReadError::TooLarge { file: file(), bytes: bytes.len() as u64, limit: limits.file_bytes });
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ReadError::Empty { file: file() });
    }
    if bytes.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
        return Err(old_office(file(), bytes));
    }
    if bytes.starts_with(b"PK") {
        return packed(file(), bytes).map(|()| Sort::Xlsx);
    }
    if let Some((_, found)) = KINDS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(ReadError::Unsupported { file: file(), found });
    }
    let start: Vec<u8> = bytes.iter().take(200).map(u8::to_ascii_lowercase).collect();
    if contains(&start, b"<html") || contains(&start, b"<!doctype") || contains(&start, b"<?xml") {
        return Err(ReadError::Unsupported { file: file(), found: "HTML/XML" });
    }
    let wide = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    if !wide && bytes.iter().take(4096).any(|b| *b == 0) && super::text::bare_utf16(bytes).is_none() {
        return Err(ReadError::Unsupported { file: file(), found: "binary" });
    }
    Ok(Sort::Text)
}

fn contains(hay: &[u8], needle: &[u8]) -> bool {
    hay.windows(needle.len()).any(|w| w == needle)
}

/// An OLE file is either a protected xlsx or an Office file of before 2007.
fn old_office(file: String, bytes: &[u8]) -> ReadError {
    let wide: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    if contains(bytes, &wide) {
        ReadError::Protected { file }
    } else {
        ReadError::Unsupported { file, found: "Excel 97-2003 (.xls)" }
    }
}

fn packed(file: String, bytes: &[u8]) -> Result<(), ReadError> {
    let archive = ZipArchive::new(Cursor::new(bytes))
        .map_err(|e| ReadError::Broken { file: file.clone(), detail: e.to_string() })?;
    let has = |name: &str| archive.file_names().any(|n| n.eq_ignore_ascii_case(name) || n.starts_with(name));
    let found = if has("xl/workbook.bin") {
        "Excel binary (.xlsb)"
    } else if has("xl/") {
        return Ok(());
    } else if has("word/") {
        "Word"
    } else if has("ppt/") {
        "PowerPoint"
    } else if has("content.xml") {
        "OpenDocument (.ods)"
    } else {
        "zip"
    };
    Err(ReadError::Unsupported { file, found })
}

/// Unpacks every part into nothing, counting; stops at the limits.
pub(super) fn survey(file: &str, bytes: &[u8], limits: &Limits) -> Result<Survey, ReadError> {
    let broken = |detail: String| ReadError::Broken { file: file.into(), detail };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| broken(e.to_string()))?;
    if archive.len() > limits.parts {
        return Err(ReadError::Bomb { file: file.into(), part: format!("{} parts", archive.len()) });
    }
    let mut seen = Survey::default();
    let mut total = 0;
    let mut all_packed = 0;
    for ix in 0..archive.len() {
        let mut part = archive.by_index(ix).map_err(|e| broken(e.to_string()))?;
        let name = part.name().to_string();
        let packed = part.compressed_size().max(1);
        let mut counter = Counter { limits, packed, size: 0, sheet: name.contains("worksheets/"), seen: &mut seen };
        match counter.drain(&mut part) {
            Ok(true) => {}
            Ok(false) => return Err(ReadError::Bomb { file: file.into(), part: name }),
            Err(e) => return Err(broken(format!("{name}: {e}"))),
        }
        total += counter.size;
        all_packed += packed;
        // Many parts that are each just small enough are a bomb too.
        let swollen = total > 32 << 20 && total / all_packed > limits.ratio;
        if swollen || total > limits.total_bytes {
            return Err(ReadError::Bomb { file: file.into(), part: name });
        }
    }
    Ok(seen)
}

struct Counter<'a> {
    limits: &'a Limits,
    packed: u64,
    size: u64,
    sheet: bool,
    seen: &'a mut Survey,
}

impl Counter<'_> {
    /// Reads to the end; `false` when a limit is passed.
    fn drain(&mut self, part: &mut impl Read) -> std::io::Result<bool> {
        // The tail of a chunk is kept in front of the next, so that a tag cut in two is still seen.
        const KEEP: usize = 16;
        let mut buffer = vec![0_u8; KEEP + (64 << 10)];
        loop {
            let n = part.read(&mut buffer[KEEP..])?;
            if n == 0 {
                return Ok(true);
            }
            self.size += n as u64;
            let ratio = self.size / self.packed;
            if self.size > self.limits.part_bytes || (self.size > 8 << 20 && ratio > self.limits.ratio) {
                return Ok(false);
            }
            if self.sheet {
                self.look(&buffer[..KEEP + n]);
            }
            buffer.copy_within(n..n + KEEP, 0);
        }
    }

    fn look(&mut self, chunk: &[u8]) {
        for tag in tags(chunk) {
            self.seen.formulas |= bears(tag, b"f");
            self.seen.merges |= bears(tag, b"mergeCell");
        }
    }
}

/// What follows each `<` of the chunk.
fn tags(chunk: &[u8]) -> impl Iterator<Item = &[u8]> {
    chunk.iter().enumerate().filter(|(_, b)| **b == b'<').map(|(at, _)| &chunk[at + 1..])
}

/// Tells whether a tag has that name; what follows it must be there too.
fn bears(tag: &[u8], name: &[u8]) -> bool {
    tag.get(name.len()).is_some_and(|b| matches!(b, b' ' | b'>' | b'/')) && tag.starts_with(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_by_first_bytes() {
        let cases: [(&[u8], &str); 4] =
            [(b"%PDF-1.7", "PDF"), (b"<html><table>", "HTML/XML"), (b"a\0b,c", "binary"), (b"\x1f\x8b\x08", "gzip")];
        for (bytes, found) in cases {
            let got = sort_of("x", bytes, &Limits::default());
            assert_eq!(got, Err(ReadError::Unsupported { file: "x".into(), found }));
        }
        assert_eq!(sort_of("x", b" \n", &Limits::default()), Err(ReadError::Empty { file: "x".into() }));
        assert_eq!(sort_of("x", "名称,数".as_bytes(), &Limits::default()), Ok(Sort::Text));
    }

    #[test]
    fn names_of_tags() {
        let tag = |chunk, name| tags(chunk).any(|tag| bears(tag, name));
        assert!(tag(b"<c><f>SUM</f>", b"f"));
        assert!(tag(b"<c><f t=\"shared\">", b"f"));
        assert!(!tag(b"<font><fill>", b"f"));
        assert!(!tag(b"<c><f", b"f"));
    }
}
