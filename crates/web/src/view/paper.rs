//! The sheet for the safe: the newest checkpoint as text to type and as a QR code to read.

use akashi_app::anchor::Overview;
use akashi_app::prove::japanese;
use akashi_domain::verdict::explain::instant;
use qrcodegen::{QrCode, QrCodeEcc};

use super::anchor::number;

pub(crate) struct PaperView {
    pub(crate) origin: String,
    pub(crate) size: u64,
    /// Written for people, 12,345.
    pub(crate) entries: String,
    pub(crate) at: String,
    /// The same with the era, as papers in Japan have it.
    pub(crate) at_in_era: String,
    /// The root in hexadecimal, in groups of four: base64 is hard to type.
    pub(crate) groups: Vec<String>,
    /// Lines of the note, those signatures left out that are too long for paper.
    pub(crate) note: Vec<String>,
    pub(crate) code: Option<CodeView>,
}

/// A QR code as one path of squares.
pub(crate) struct CodeView {
    /// Squares along a side, with the quiet zone.
    pub(crate) side: i32,
    pub(crate) path: String,
}

impl PaperView {
    /// Lays the newest checkpoint out; none while there is none.
    pub(crate) fn make(seen: &Overview) -> Option<PaperView> {
        let (root, at, note) = (seen.root?, seen.at?, seen.note.as_ref()?);
        let hex = root.to_hex();
        let groups = hex.as_bytes().chunks(4).map(|four| String::from_utf8_lossy(four).into_owned());
        Some(PaperView {
            origin: seen.origin.clone(),
            size: seen.size,
            entries: number(seen.size),
            at: instant(at),
            at_in_era: japanese(at),
            groups: groups.collect(),
            note: short(note),
            code: code(&short(note).iter().map(|line| format!("{line}\n")).collect::<String>()),
        })
    }
}

/// The note without signatures that paper cannot carry: those of post-quantum keys have thousands of characters.
fn short(note: &str) -> Vec<String> {
    const LONGEST_LINE: usize = 300;
    const MOST_LINES: usize = 10;
    let carried = note.lines().filter(|line| line.len() <= LONGEST_LINE).take(MOST_LINES);
    carried.map(String::from).collect()
}

/// Draws a text; none when it is too long for a code that a telephone still reads from paper.
fn code(text: &str) -> Option<CodeView> {
    const QUIET: i32 = 4;
    const LONGEST: usize = 1800;
    let code = (text.len() <= LONGEST).then(|| QrCode::encode_text(text, QrCodeEcc::Medium).ok())??;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in (0..code.size()).filter(|x| code.get_module(*x, y)) {
            path.push_str(&format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET));
        }
    }
    Some(CodeView { side: code.size() + 2 * QUIET, path })
}

#[cfg(test)]
mod tests {
    use super::{code, short};

    #[test]
    fn a_code_has_its_corners_and_its_quiet_zone() {
        let drawn = code("hospital.example/akashi\n5\n").unwrap();
        assert!(drawn.path.starts_with("M4 4h1v1h-1zM5 4h1v1h-1z"), "the first corner square");
        assert!(drawn.side >= 29 && !drawn.path.contains("M3 "));
        assert!(code(&"x".repeat(2000)).is_none());
    }

    #[test]
    fn paper_carries_the_short_signatures() {
        let long = format!("— log {}", "A".repeat(3000));
        assert_eq!(short(&format!("log\n1\nroot\n\n— log AAAA\n{long}\n")), ["log", "1", "root", "", "— log AAAA"]);
    }
}
