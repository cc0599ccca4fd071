//! Files that were uploaded and wait for their import to be confirmed: in memory, for a while, for whoever sent them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use akashi_app::import::{ImportReport, ImportRequest};
use akashi_domain::RecordId;

/// An import before it is confirmed, or just after.
#[derive(Clone)]
pub(crate) struct Pending {
    pub(crate) account: RecordId,
    /// Microseconds UTC.
    pub(crate) at: i64,
    pub(crate) request: ImportRequest,
    pub(crate) report: Arc<ImportReport>,
    /// Somebody changed the mapping.
    pub(crate) adjusted: bool,
    /// A mapping kept from the last file of this layout is used.
    pub(crate) kept: bool,
    /// The import was made; the report says what it did.
    pub(crate) done: bool,
}

/// All of them, oldest first.
#[derive(Default)]
pub(crate) struct Uploads {
    waiting: Mutex<VecDeque<(String, Pending)>>,
}

/// Uploads wait this long, microseconds.
const PATIENCE: i64 = 3600 * 1_000_000;
/// Bytes of all files that wait.
const ROOM: usize = 256 << 20;

impl Uploads {
    /// Keeps an upload under its token in the place of its former state; older ones make room.
    pub(crate) fn keep(&self, token: &str, pending: Pending) {
        let mut waiting = self.lock();
        let now = pending.at;
        waiting.retain(|(t, p)| t != token && now - p.at < PATIENCE);
        waiting.push_back((token.to_owned(), pending));
        while waiting.len() > 1 && waiting.iter().map(|(_, p)| size(p)).sum::<usize>() > ROOM {
            waiting.pop_front();
        }
    }

    /// Returns an upload of this account.
    pub(crate) fn find(&self, token: &str, account: RecordId) -> Option<Pending> {
        self.lock().iter().find(|(t, p)| t == token && p.account == account).map(|(_, p)| p.clone())
    }

    /// Forgets an upload of this account.
    pub(crate) fn forget(&self, token: &str, account: RecordId) {
        self.lock().retain(|(t, p)| t != token || p.account != account);
    }

    /// Forgets everything: an import that waits may repeat what was disposed of meanwhile.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// Entries are only ever replaced as a whole: a thread that panicked cannot have left one half done.
    fn lock(&self) -> MutexGuard<'_, VecDeque<(String, Pending)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn size(pending: &Pending) -> usize {
    pending.request.files.iter().map(|f| f.bytes.len()).sum()
}
