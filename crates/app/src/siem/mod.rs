//! The log as lines for a SIEM: every entry of the signed tree, as it stands or as an OCSF event. Only what the log
//! itself has leaves the house: no contents, no reasons, no names. Same log, same bytes.

mod ocsf;

use std::io::Write;

use akashi_journal::Entry;
use akashi_journal::merkle::leaf_hash;
use akashi_store::Store;

use crate::error::{AppError, Result};
use crate::service::App;

/// Entries read at once.
const PACKET: u64 = 4096;

/// How an entry is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `{"entry":…,"index":…,"leaf_hash":…}`: the leaf bytes themselves with their place and hash.
    Jsonl,
    /// An event of the Open Cybersecurity Schema Framework.
    Ocsf,
}

/// Which entries are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// First index.
    pub from: u64,
    /// Only entries of then and later, microseconds UTC.
    pub since: Option<i64>,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    pub lines: u64,
    /// Where the next export goes on.
    pub next: u64,
    /// The reader went away before the end (a closed pipe).
    pub stopped: bool,
}

impl App {
    /// Writes the entries of the newest signed checkpoint, one line each, in the order of the log. `tell` hears how
    /// many entries are done, of how many.
    ///
    /// # Errors
    /// Entries that cannot be read, an output that cannot be written; a reader that closed its end is none.
    pub async fn export_journal(
        &self,
        format: Format,
        wanted: Wanted,
        out: &mut (dyn Write + Send),
        mut tell: impl FnMut(u64, u64) + Send,
    ) -> Result<Written> {
        let store = self.store();
        let end = store.latest_checkpoint().await?.map_or(0, |c| c.size);
        let first = match wanted.since {
            Some(since) => wanted.from.max(first_since(store, end, since).await?),
            None => wanted.from,
        };
        let origin = &store.meta().origin;
        let mut written = Written { lines: 0, next: first.min(end), stopped: false };
        tell(0, end - written.next);
        while written.next < end {
            let until = end.min(written.next + PACKET);
            let mut lines = Vec::new();
            for (index, leaf) in (written.next..).zip(store.entries(written.next, until).await?) {
                let entry = Entry::from_leaf(&leaf).map_err(|e| unreadable(index, &e))?;
                if wanted.since.is_none_or(|since| entry.at >= since) {
                    line(format, origin, index, &entry, &leaf, &mut lines);
                    written.lines += 1;
                }
            }
            match out.write_all(&lines) {
                Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => {
                    written.stopped = true;
                    return Ok(written);
                }
                ended => ended.map_err(failed)?,
            }
            written.next = until;
            tell(until - first.min(until), end - first.min(end));
        }
        match out.flush() {
            Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => written.stopped = true,
            ended => ended.map_err(failed)?,
        }
        Ok(written)
    }
}

fn line(format: Format, origin: &str, index: u64, entry: &Entry, leaf: &[u8], out: &mut Vec<u8>) {
    match format {
        Format::Jsonl => {
            let hash = leaf_hash(leaf).to_hex();
            out.extend_from_slice(b"{\"entry\":");
            out.extend_from_slice(leaf);
            out.extend_from_slice(format!(",\"index\":{index},\"leaf_hash\":\"{hash}\"}}").as_bytes());
        }
        Format::Ocsf => {
            let event = ocsf_event(origin, index, entry, leaf);
            out.extend_from_slice(event.as_bytes());
        }
    }
    out.push(b'\n');
}

/// The event of one entry of the log `origin`, as JSON of one line; `leaf` are its bytes.
pub fn ocsf_event(origin: &str, index: u64, entry: &Entry, leaf: &[u8]) -> String {
    ocsf::event(origin, index, entry, &String::from_utf8_lossy(leaf), &leaf_hash(leaf).to_hex()).to_string()
}

/// An index before which nothing is of `since` or later: commit times do not fall, so it is found by halving. Commands
/// that shared a transaction may differ a little, hence a packet earlier than found.
async fn first_since(store: &Store, end: u64, since: i64) -> Result<u64> {
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = low + (high - low) / 2;
        let leaf = store.entries(middle, middle + 1).await?.pop().unwrap_or_default();
        let at = Entry::from_leaf(&leaf).map_err(|e| unreadable(middle, &e))?.at;
        if at < since { low = middle + 1 } else { high = middle }
    }
    Ok(low.saturating_sub(PACKET))
}

fn unreadable(index: u64, e: &dyn ToString) -> AppError {
    let what = e.to_string();
    AppError::invalid(
        format!("証跡 {index} を読めません({what})。akashi journal verify で確かめてください"),
        format!("Entry {index} cannot be read ({what}); run akashi journal verify"),
    )
}

fn failed(source: std::io::Error) -> AppError {
    AppError::Io { what: "export".into(), source }
}
