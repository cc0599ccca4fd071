//! An old copy of a checkpoint (a file, or lines typed from paper) against today's log: the log must continue it.

use akashi_journal::Digest;
use akashi_journal::checkpoint::{Checkpoint, epoch_origin};
use akashi_journal::merkle::{empty_root, verify_consistency};
use akashi_journal::note::Note;
use unicode_normalization::UnicodeNormalization as _;

use super::{authorize, may_read};
use crate::ctx::Ctx;
use crate::error::{AppError, Result};
use crate::service::App;

/// What an old copy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldCopy {
    /// Identity of the log.
    pub origin: String,
    /// Entries it had.
    pub size: u64,
    /// Root of its tree.
    pub root: Digest,
    /// The whole note, when the copy has its signatures.
    note: Option<Note>,
}

/// How the log stands to an old copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The log continues it.
    Continues,
    /// The log has fewer entries now: its end was cut off, or it was replaced.
    Shortened,
    /// The log has another tree of that size: it was replaced, or is damaged.
    Replaced,
    /// The copy is of another log.
    OtherLog,
}

/// An old copy compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    pub copy: OldCopy,
    pub outcome: Outcome,
    /// Whether a key of this log signed the copy; none when it carries no signature.
    pub signed: Option<bool>,
    /// Entries the log has now.
    pub newest: u64,
    /// This log.
    pub origin: String,
}

impl OldCopy {
    /// Reads a checkpoint file, or lines typed from paper: origin, number of entries, root in base64 or hexadecimal,
    /// where blanks, full-width forms and line ends do not matter.
    ///
    /// # Errors
    /// What is missing.
    pub fn read(text: &str) -> Result<OldCopy> {
        if let Ok(note) = Note::parse(text.as_bytes())
            && let Ok(checkpoint) = Checkpoint::parse(note.text())
        {
            let Checkpoint { origin, size, root, .. } = checkpoint;
            return Ok(OldCopy { origin, size, root, note: Some(note) });
        }
        OldCopy::typed(text)
    }

    fn typed(text: &str) -> Result<OldCopy> {
        let plain: String = text.nfkc().collect();
        let mut lines = plain.lines().map(str::trim).filter(|line| !line.is_empty());
        let missing = |ja: &str, en: &str| {
            AppError::invalid(format!("控えを読めません: {ja}"), format!("The copy cannot be read: {en}"))
        };
        let origin = lines
            .next()
            .ok_or_else(|| missing("1行目のログの名前がありません", "the name of the log in line 1 is missing"))?;
        let size: String =
            lines.next().unwrap_or_default().chars().filter(|c| !c.is_whitespace() && *c != ',').collect();
        let size = size
            .parse()
            .map_err(|_| missing("2行目の件数が数字ではありません", "the number of entries in line 2 is no number"))?;
        let root: String = lines.flat_map(str::chars).filter(|c| !c.is_whitespace()).collect();
        let root = typed_root(&root).ok_or_else(|| {
            missing(
                "3行目のルートが64桁の16進数でも44文字のbase64でもありません",
                "the root in line 3 is neither 64 hexadecimal digits nor 44 characters of base64",
            )
        })?;
        Ok(OldCopy { origin: origin.to_owned(), size, root, note: None })
    }
}

/// A root, perhaps with signature lines typed after it.
fn typed_root(text: &str) -> Option<Digest> {
    let hex: String = text.chars().take(64).collect::<String>().to_ascii_lowercase();
    let base64: String = text.chars().take(44).collect();
    Digest::from_hex(&hex).ok().or_else(|| Digest::from_base64(&base64).ok())
}

impl App {
    /// Compares an old copy with the log as it is now.
    ///
    /// # Errors
    /// Forbidden, or whatever the store meets; a copy that does not fit is an [`Outcome`].
    pub async fn compare_copy(&self, ctx: &Ctx, copy: OldCopy) -> Result<Compared> {
        authorize(may_read(&ctx.actor))?;
        let newest = self.store().latest_checkpoint().await?;
        let (size, root) = newest.map_or((0, empty_root()), |c| (c.size, c.root));
        let origin = self.store().meta().origin.clone();
        // A log that goes on in a new epoch has another name and is the same log.
        let outcome = if epoch_origin(&copy.origin, 1) != epoch_origin(&origin, 1) {
            Outcome::OtherLog
        } else if copy.size > size {
            Outcome::Shortened
        } else {
            let path = self.store().prove_consistency(copy.size, size).await?;
            let same = verify_consistency(copy.size, &copy.root, size, &root, &path);
            if same.is_ok() { Outcome::Continues } else { Outcome::Replaced }
        };
        let signed = match &copy.note {
            Some(note) => {
                // Paper carries the short signature only, so one key of this log is enough.
                let ring = self.store().key_ring().await?;
                let keys: Vec<_> = ring.keys().map(|(key, ..)| key).collect();
                Some(note.open(&keys).is_ok())
            }
            None => None,
        };
        Ok(Compared { copy, outcome, signed, newest: size, origin })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_read_as_typed() {
        let root = Digest::of(b"x");
        let (hex, base64) = (root.to_hex(), root.to_base64());
        let grouped: String = hex
            .to_uppercase()
            .chars()
            .enumerate()
            .map(|(ix, c)| if ix % 4 == 3 { format!("{c} ") } else { c.to_string() })
            .collect();
        let halves = grouped.split_at(40);
        let table = [
            format!("h.example/a\n12\n{base64}\n"),
            format!("  h.example/a \r\n\r\n 12 \r\n{hex}"),
            format!("h.example/a\n１２\n{grouped}"),
            format!("ｈ.example/a\n1 2\n{}\n{}\n", halves.0, halves.1),
        ];
        for text in table {
            let copy = OldCopy::read(&text).unwrap();
            assert_eq!(
                (copy.origin.as_str(), copy.size, copy.root, copy.note),
                ("h.example/a", 12, root, None),
                "{text}"
            );
        }
        for bad in ["", "h.example/a", "h.example/a\nten\n", "h.example/a\n12\nabc"] {
            assert!(OldCopy::read(bad).is_err(), "{bad}");
        }
    }
}
