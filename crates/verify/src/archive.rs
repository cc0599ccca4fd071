//! The outer form of a bundle: a ZIP without compression, in one way only. Reading writes the archive anew and
//! compares: two programs can never see different contents in it, and any changed byte is found.

/// Longest bundle that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 30;
/// Most files of a bundle.
const MAX_FILES: usize = 1024;
const LOCAL: &[u8; 4] = b"PK\x03\x04";
const CENTRAL: &[u8; 4] = b"PK\x01\x02";
const END: &[u8; 4] = b"PK\x05\x06";
/// Version 2.0, no flags, no compression, 1980-01-01 00:00.
const FIXED: [u8; 10] = [20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];

/// A name and its content.
pub(crate) type File<'a> = (&'a str, &'a [u8]);

/// An archive that cannot be made or is not one of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// More than [`MAX_BYTES`] or too many files.
    #[error("too large: at most {MAX_BYTES} bytes and {MAX_FILES} files")]
    TooLarge,
    /// Not a ZIP at all.
    #[error("this is not a ZIP: choose the bundle itself, a file whose name ends with .zip")]
    NoZip,
    /// Compressed, dated or flagged as no bundle is: another program packed it, or changed it.
    #[error(
        "the ZIP was packed by another program, as happens when a bundle is unpacked and packed again: give the file as the hospital gave it to you"
    )]
    Repacked,
    /// The bytes from there on are not the one form a bundle has.
    #[error("byte {at} is not what a bundle has there: it was changed, cut or made by another program")]
    Form { at: usize },
    /// The content is not the one the archive was closed with.
    #[error("the content of {name} was changed after the bundle was made")]
    Content { name: String },
    /// A name twice, or one that could lead out of a folder.
    #[error("the name {name:?} comes twice or cannot be used")]
    Name { name: String },
}

impl ArchiveError {
    /// The same in Japanese.
    pub(crate) fn japanese(&self) -> String {
        match self {
            ArchiveError::TooLarge => format!("大きすぎます({MAX_BYTES} バイト、{MAX_FILES} ファイルまで)"),
            ArchiveError::NoZip => "ZIP ではありません。束そのもの(名前が .zip で終わるファイル)を選んでください".into(),
            ArchiveError::Repacked => {
                "別のプログラムで詰められた ZIP です(展開して詰め直すとこうなります)。病院から受け取ったままのファイルを渡してください"
                    .into()
            }
            ArchiveError::Form { at } => {
                format!(
                    "{at} バイト目から束の形ではありません。書き換えられたか、途中で切れたか、別のプログラムが作ったものです"
                )
            }
            ArchiveError::Content { name } => format!("{name} の中身が、束が作られた後に変えられています"),
            ArchiveError::Name { name } => format!("名前 {name:?} が重複しているか、使えない名前です"),
        }
    }
}

/// Writes an archive.
pub(crate) fn write(files: &[File<'_>]) -> Result<Vec<u8>, ArchiveError> {
    let size: usize = files.iter().map(|(name, content)| 128 + 2 * name.len() + content.len()).sum();
    if size > MAX_BYTES || files.len() > MAX_FILES {
        return Err(ArchiveError::TooLarge);
    }
    let (mut out, mut central) = (Vec::with_capacity(size), Vec::new());
    for (place, (name, content)) in files.iter().enumerate() {
        if !is_name(name) || files[..place].iter().any(|(other, _)| other == name) {
            return Err(ArchiveError::Name { name: (*name).to_owned() });
        }
        let offset = number(out.len());
        let sizes = [number(content.len()), number(content.len())].concat();
        let head =
            [&FIXED[..], &crc(content).to_le_bytes(), &sizes, &(name.len() as u16).to_le_bytes(), &[0, 0]].concat();
        out.extend_from_slice(&[&LOCAL[..], &head, name.as_bytes(), content].concat());
        central.extend_from_slice(&[&CENTRAL[..], &[20, 0], &head, &[0; 10], &offset, name.as_bytes()].concat());
    }
    let count = (files.len() as u16).to_le_bytes();
    let (length, offset) = (number(central.len()), number(out.len()));
    out.extend_from_slice(&central);
    out.extend_from_slice(&[&END[..], &[0; 4], &count, &count, &length, &offset, &[0, 0]].concat());
    Ok(out)
}

/// Reads an archive that [`write`] made.
pub(crate) fn read(bytes: &[u8]) -> Result<Vec<File<'_>>, ArchiveError> {
    if bytes.len() > MAX_BYTES {
        return Err(ArchiveError::TooLarge);
    }
    if !bytes.starts_with(b"PK") {
        return Err(ArchiveError::NoZip);
    }
    let mut files = Vec::new();
    let mut at = 0;
    while bytes[at..].starts_with(LOCAL) {
        let (file, end) = read_one(bytes, at)?;
        files.push(file);
        at = end;
        if files.len() > MAX_FILES {
            return Err(ArchiveError::TooLarge);
        }
    }
    let anew = write(&files)?;
    if anew == bytes {
        return Ok(files);
    }
    let at = anew.iter().zip(bytes).take_while(|(a, b)| a == b).count();
    Err(ArchiveError::Form { at })
}

fn read_one(bytes: &[u8], at: usize) -> Result<(File<'_>, usize), ArchiveError> {
    let form = || ArchiveError::Form { at };
    let head = bytes.get(at..at + 30).ok_or_else(form)?;
    if head[4..14] != FIXED {
        return Err(ArchiveError::Repacked);
    }
    let u32_at = |from: usize| u32::from_le_bytes([head[from], head[from + 1], head[from + 2], head[from + 3]]);
    let names = at + 30;
    let contents = names + usize::from(u16::from_le_bytes([head[26], head[27]]));
    let end = contents.checked_add(u32_at(18) as usize).ok_or_else(form)?;
    let name = bytes.get(names..contents).and_then(|name| std::str::from_utf8(name).ok()).ok_or_else(form)?;
    let content = bytes.get(contents..end).ok_or_else(form)?;
    if crc(content) != u32_at(14) {
        return Err(ArchiveError::Content { name: name.to_owned() });
    }
    Ok(((name, content), end))
}

/// ASCII without anything a file system or a terminal could take for something else.
fn is_name(name: &str) -> bool {
    let fine = |b: u8| b.is_ascii_alphanumeric() || b"._-/".contains(&b);
    (1..=100).contains(&name.len()) && name.bytes().all(fine) && !name.starts_with('/') && !name.contains("..")
}

/// Sizes stay below 2^30.
fn number(value: usize) -> [u8; 4] {
    (value as u32).to_le_bytes()
}

/// CRC-32 as ZIP has it.
fn crc(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = table();
    !bytes.iter().fold(!0, |crc: u32, byte| TABLE[usize::from((crc as u8) ^ byte)] ^ (crc >> 8))
}

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let (mut value, mut bit) = (index as u32, 0);
        while bit < 8 {
            value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [File<'static>; 3] = [("a.json", b"{}"), ("files/0", b""), ("b", &[7; 300])];

    #[test]
    fn the_checksum_is_that_of_zip() {
        assert_eq!(crc(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn what_was_written_is_read() {
        let bytes = write(&FILES).unwrap();
        assert_eq!(read(&bytes).unwrap(), FILES);
    }

    #[test]
    fn every_changed_byte_is_found() {
        let bytes = write(&FILES).unwrap();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut bad = bytes.clone();
                bad[at] ^= 1 << bit;
                assert!(read(&bad).is_err(), "byte {at}, bit {bit}");
            }
            assert!(read(&bytes[..at]).is_err(), "cut at {at}");
        }
        assert!(read(&[&bytes[..], b"x"].concat()).is_err());
    }

    /// Unpacking a bundle and packing it again is what people do to look inside; they are told so.
    #[test]
    fn what_another_program_packed_is_told_from_a_change() {
        let mut compressed = write(&FILES).unwrap();
        compressed[8] = 8;
        assert_eq!(read(&compressed), Err(ArchiveError::Repacked));
        assert_eq!(read(b"root:x:0:0"), Err(ArchiveError::NoZip));
        assert_eq!(read(b""), Err(ArchiveError::NoZip));
    }

    #[test]
    fn names_are_plain_and_come_once() {
        for name in ["", "/etc/passwd", "a/../b", "a b", "a\\b", "é", "a\n"] {
            assert!(matches!(write(&[(name, b"")]), Err(ArchiveError::Name { .. })), "{name:?}");
        }
        assert!(matches!(write(&[("a", b"1"), ("a", b"2")]), Err(ArchiveError::Name { .. })));
    }
}
