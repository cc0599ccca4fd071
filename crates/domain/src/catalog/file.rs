//! Files of the catalogue as the caller read them, and faults with their places.

use std::ops::Range;

use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// A file of the catalogue, read by the caller.
#[derive(Clone, Debug)]
pub struct CatalogFile {
    /// Path below the catalogue's root, with `/`. Files of the hospital's own folder begin with [`OVERLAY`].
    pub path: String,
    pub text: String,
}

/// What the paths of overlay files begin with.
pub const OVERLAY: &str = "overlay/";

/// A fault of the catalogue, for people to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub file: String,
    /// 1-based; 0 when the fault has no line.
    pub line: usize,
    pub what: String,
    pub hint: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.what)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, "\n    → {}", self.hint) }
    }
}

impl CatalogFile {
    /// Returns the path without the mark of an overlay.
    pub(super) fn kind(&self) -> &str {
        self.path.strip_prefix(OVERLAY).unwrap_or(&self.path)
    }

    /// Tells whether the file is the hospital's own.
    pub(super) fn is_over(&self) -> bool {
        self.path.starts_with(OVERLAY)
    }

    /// Returns the 1-based line of a byte.
    pub(super) fn line(&self, at: usize) -> usize {
        1 + self.text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count()
    }

    pub(super) fn fault(&self, span: Option<Range<usize>>, what: impl Into<String>, hint: impl Into<String>) -> Fault {
        let line = span.map_or(0, |s| self.line(s.start));
        Fault { file: self.path.clone(), line, what: what.into(), hint: hint.into() }
    }

    /// Reads the file. Spans come out `offset` bytes further on, so that several files can be told apart by them.
    pub(super) fn parse_at<T: DeserializeOwned>(&self, offset: usize, faults: &mut Vec<Fault>) -> Option<T> {
        let padded;
        let text = if offset == 0 {
            &self.text
        } else {
            padded = " ".repeat(offset) + &self.text;
            &padded
        };
        match toml::from_str(text) {
            Ok(value) => Some(value),
            Err(e) => {
                let span = e.span().map(|s| s.start.saturating_sub(offset)..s.end.saturating_sub(offset));
                let hint = "see docs/CATALOGUE.md for the keys this file may hold";
                faults.push(self.fault(span, e.message().to_string(), hint));
                None
            }
        }
    }

    pub(super) fn parse<T: DeserializeOwned>(&self, faults: &mut Vec<Fault>) -> Option<T> {
        self.parse_at(0, faults)
    }
}

/// SHA-256 over all files whatever their order, hex.
pub(super) fn digest(files: &[CatalogFile]) -> String {
    let mut sorted: Vec<&CatalogFile> = files.iter().collect();
    sorted.sort_by(|a, b| a.path.cmp(&b.path));
    let mut hash = Sha256::new();
    for file in sorted {
        for part in [&file.path, &file.text] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
    }
    hex::encode(hash.finalize())
}
