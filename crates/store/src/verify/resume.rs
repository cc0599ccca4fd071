//! How far a check is, in the file `verify.progress` beside the data, so that an interrupted one can go on. Of each
//! clean stretch it has a digest of all rows read: where that is the same, the outcome is the same and only reading is
//! needed; where it is not, the past was changed and the stretch is checked again.

use std::path::PathBuf;

use akashi_journal::Digest;
use serde_json::{Value as Json, json};

use super::files::FilesDone;
use crate::error::{Result, StoreError};
use crate::log::replace_file;

/// Format of the file.
const FORMAT: u64 = 1;
/// Stretches between two writes of the file.
const EVERY: usize = 16;

/// What a check went on from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Entries whose rows are those of the earlier check; they were read, not recomputed.
    pub entries: u64,
    /// Stretches of entries (first, end) that were changed since the earlier check, e.g. by a disposal; recomputed.
    pub changed: Vec<(u64, u64)>,
    /// Files that were not read again: listed as they were, same length and time of change.
    pub files: u64,
    /// The list of files was changed since; all were read again.
    pub files_changed: bool,
    /// Why nothing could be skipped.
    pub refused: Option<String>,
}

/// A clean stretch: digest of its rows, and its node in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PageMark {
    pub(super) rows: Digest,
    pub(super) node: Digest,
}

/// What the file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Saved {
    pages: Vec<PageMark>,
    files: Option<FilesDone>,
}

/// The file, as found and as it grows.
#[derive(Default)]
pub(super) struct Resume {
    path: Option<PathBuf>,
    /// What the marks hold for: the log and the keys trusted.
    state: String,
    before: Saved,
    now: Saved,
    /// Stretches since the first one that cannot be kept are not kept either.
    broken: bool,
    pub(super) skipped: Option<Skipped>,
}

impl Resume {
    /// Keeps progress in `path`; goes on from what is there when `resume`.
    pub(super) fn open(path: PathBuf, state: String, resume: bool) -> Resume {
        let mut opened = Resume { path: Some(path), state, ..Resume::default() };
        if resume {
            let mut skipped = Skipped::default();
            match opened.read() {
                Ok(saved) => opened.before = saved,
                Err(why) => skipped.refused = Some(why),
            }
            opened.skipped = Some(skipped);
        }
        opened
    }

    fn read(&self) -> Result<Saved, String> {
        let path = self.path.as_deref().unwrap_or(std::path::Path::new(""));
        let bytes = std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
        let json: Json = serde_json::from_slice(&bytes).map_err(|e| format!("{}: {e}", path.display()))?;
        if json["format"] != FORMAT || json["state"] != self.state.as_str() {
            return Err(format!("{} was made for another log, other keys or another version", path.display()));
        }
        parse(&json).ok_or_else(|| format!("{} is damaged", path.display()))
    }

    /// The mark an earlier check left for stretch `number`.
    pub(super) fn page_before(&self, number: u64) -> Option<PageMark> {
        self.before.pages.get(usize::try_from(number).ok()?).copied()
    }

    /// The files an earlier check left behind it, if it did not come to its end.
    pub(super) fn files_before(&self) -> Option<FilesDone> {
        self.before.files.clone()
    }

    /// Tells whether progress is kept at all.
    pub(super) fn is_kept(&self) -> bool {
        self.path.is_some()
    }

    /// Notes a stretch; without a mark no later one can be noted.
    pub(super) async fn page(&mut self, number: u64, mark: Option<PageMark>) -> Result<()> {
        match mark {
            Some(mark) if !self.broken && self.now.pages.len() as u64 == number => self.now.pages.push(mark),
            _ => self.broken = true,
        }
        if !self.broken && self.now.pages.len().is_multiple_of(EVERY) { self.save().await } else { Ok(()) }
    }

    pub(super) fn skipped_page(&mut self, entries: u64) {
        self.skipped.iter_mut().for_each(|skipped| skipped.entries += entries);
    }

    pub(super) fn changed_page(&mut self, start: u64, end: u64) {
        self.skipped.iter_mut().for_each(|skipped| skipped.changed.push((start, end)));
    }

    pub(super) fn skipped_files(&mut self, count: u64) {
        self.skipped.iter_mut().for_each(|skipped| skipped.files = count);
    }

    pub(super) fn files_changed(&mut self) {
        self.skipped.iter_mut().for_each(|skipped| skipped.files_changed = true);
    }

    pub(super) fn files(&mut self, done: FilesDone) {
        self.now.files = Some(done);
    }

    /// Writes the file at the end of a check: the next one reads every file again.
    pub(super) async fn finish(&mut self) -> Result<()> {
        self.now.files = None;
        self.save().await
    }

    /// Writes the file.
    pub(super) async fn save(&self) -> Result<()> {
        let Some(path) = self.path.clone() else { return Ok(()) };
        let text = self.text();
        let write = move || replace_file(&path, text.as_bytes());
        tokio::task::spawn_blocking(write).await.map_err(|e| StoreError::Interrupted { what: e.to_string() })?
    }

    fn text(&self) -> String {
        let page = |mark: &PageMark| format!("{} {}", mark.rows.to_hex(), mark.node.to_hex());
        let files = self.now.files.as_ref().map(|f| json!({ "after": f.after, "count": f.count, "mark": f.mark }));
        let pages: Vec<_> = self.now.pages.iter().map(page).collect();
        json!({ "format": FORMAT, "state": self.state, "pages": pages, "files": files }).to_string()
    }
}

fn parse(json: &Json) -> Option<Saved> {
    let page = |text: &Json| {
        let (rows, node) = text.as_str()?.split_once(' ')?;
        Some(PageMark { rows: Digest::from_hex(rows).ok()?, node: Digest::from_hex(node).ok()? })
    };
    let files = match &json["files"] {
        Json::Null => None,
        files => Some(FilesDone {
            after: files["after"].as_str()?.to_owned(),
            count: files["count"].as_u64()?,
            mark: files["mark"].as_str()?.to_owned(),
        }),
    };
    Some(Saved { pages: json["pages"].as_array()?.iter().map(page).collect::<Option<_>>()?, files })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let mark = PageMark { rows: Digest([1; 32]), node: Digest([2; 32]) };
        let files = FilesDone { after: "ab".into(), count: 3, mark: "cd".into() };
        let now = Saved { pages: vec![mark, mark], files: Some(files) };
        let resume = Resume { state: "s".into(), now: now.clone(), ..Resume::default() };
        assert_eq!(parse(&serde_json::from_str(&resume.text()).unwrap()), Some(now));
        assert_eq!(parse(&json!({ "pages": ["x"] })), None);
    }
}
