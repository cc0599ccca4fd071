//! One version against its entry: every column, every commitment, the chain to the revision before.

use akashi_journal::commitment::{Purpose, RecordKey};
use akashi_journal::merkle::leaf_hash;
use akashi_journal::{Digest, Entry};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use super::accounts::REGISTER as ACCOUNTS;
use super::count::{Count, Wanted};
use super::fault::{Fault, FaultKind, Place};
use super::page::{Leaf, part};
use crate::seal::Sealer;
use crate::write::blob_list;

/// A version with its record's key and the revision before it.
#[derive(Clone, sqlx::FromRow)]
pub(super) struct Row {
    pub(super) seq: i64,
    register: String,
    pub(super) record: String,
    rev: i64,
    def_version: i64,
    command: String,
    state: String,
    code: String,
    facility: String,
    valid_from: Option<String>,
    pub(super) recorded_at: i64,
    author: String,
    digest: Vec<u8>,
    leaf_hash: Vec<u8>,
    batch: Option<String>,
    reason: Option<Vec<u8>>,
    blobs: String,
    disposed: bool,
    body: Option<Vec<u8>>,
    key: Option<Vec<u8>>,
    prev_leaf: Option<Vec<u8>>,
    prev_seq: Option<i64>,
    /// Later versions that say the record was disposed of.
    disposals: i64,
}

/// Reads the rows of [`Row`] between two positions. Sub-selects, not joins: PostgreSQL would hash whole tables.
pub(super) const SELECT: &str = "select v.seq, v.register, v.record, v.rev, v.def_version, v.command, v.state, v.code,
    v.facility, v.valid_from, v.recorded_at, v.author, v.digest, v.leaf_hash, v.batch, v.reason, v.blobs, v.disposed,
    v.body,
    (select k.key from record_key k where k.record = v.record) as key,
    (select p.leaf_hash from record_version p where p.record = v.record and p.rev = v.rev - 1) as prev_leaf,
    (select p.seq from record_version p where p.record = v.record and p.rev = v.rev - 1) as prev_seq,
    case when v.disposed then (select count(*) from record_version d
        where d.record = v.record and d.rev > v.rev and d.command = 'dispose') else 0 end as disposals
    from record_version v
    where v.seq >= $1 and v.seq < $2 order by v.seq";

impl Row {
    /// Where this version is.
    pub(super) fn place(&self) -> Place {
        let (register, record) = (self.register.clone(), self.record.clone());
        Place::Version { seq: self.seq as u64, register, record, rev: self.rev as u32 }
    }

    /// The leaf hash the version names.
    pub(super) fn leaf_hash(&self) -> Option<Digest> {
        self.leaf_hash.as_slice().try_into().ok().map(Digest)
    }

    /// The digests of its files, as far as they are digests.
    pub(super) fn files(&self) -> impl Iterator<Item = Digest> {
        self.blobs.split(' ').filter_map(|hex| Digest::from_hex(hex).ok())
    }

    /// Adds every value read to a digest.
    pub(super) fn feed(&self, hash: &mut Sha256) {
        let numbers = [self.seq, self.rev, self.def_version, self.recorded_at, self.disposals];
        numbers.iter().for_each(|n| hash.update(n.to_be_bytes()));
        hash.update([u8::from(self.disposed)]);
        hash.update(self.prev_seq.unwrap_or(-1).to_be_bytes());
        for text in [&self.register, &self.record, &self.command, &self.state, &self.code, &self.facility, &self.author]
        {
            part(hash, Some(text));
        }
        [&self.valid_from, &self.batch].into_iter().for_each(|text| part(hash, text.as_ref()));
        part(hash, Some(&self.blobs));
        [&self.digest, &self.leaf_hash].into_iter().for_each(|bytes| part(hash, Some(bytes)));
        for bytes in [&self.reason, &self.body, &self.key, &self.prev_leaf] {
            part(hash, bytes.as_ref());
        }
    }

    /// Takes note of the number it carries.
    pub(super) fn count(&self, wanted: &Wanted, counts: &mut Count) {
        counts.take(wanted, &self.register, &self.facility, &self.code, self.rev == 1);
    }

    /// Its record, if that is an account.
    pub(super) fn account(&self) -> Option<String> {
        (self.register == ACCOUNTS).then(|| self.record.clone())
    }

    /// Checks the version against the leaf at its place.
    pub(super) fn check(&self, leaf: &Leaf<'_>) -> Vec<Fault> {
        let mut found = Vec::new();
        if self.leaf_hash() != Some(leaf_hash(leaf.bytes)) {
            found.push(FaultKind::LeafHash { row: leaf.row, from: leaf.from, until: leaf.until() });
        }
        let entry = match Entry::from_leaf(leaf.bytes) {
            Ok(entry) => entry,
            Err(e) => {
                let what = format!("row {} of the table entry, bytes {} to {}: {e}", leaf.row, leaf.from, leaf.until());
                let kind = FaultKind::Unreadable { what };
                return vec![Fault { place: Place::Entry(self.seq as u64), kind }];
            }
        };
        found.extend(self.columns(&entry));
        found.extend(self.chain(&entry));
        found.extend(self.contents(&entry));
        found.into_iter().map(|kind| Fault { place: self.place(), kind }).collect()
    }

    fn columns(&self, entry: &Entry) -> Vec<FaultKind> {
        let table = [
            ("register", self.register == entry.register),
            ("record", self.record == entry.record),
            ("rev", self.rev == i64::from(entry.rev)),
            ("def_version", self.def_version == i64::from(entry.def_version)),
            ("command", self.command == entry.command.name()),
            ("state", self.state == entry.state),
            ("valid_from", self.valid_from == entry.valid_from),
            ("recorded_at", self.recorded_at == entry.at),
            ("author", self.author == entry.actor),
            ("digest", self.digest == entry.body.0),
            ("batch", self.batch == entry.batch),
        ];
        table.into_iter().filter(|(_, same)| !same).map(|(column, _)| FaultKind::Differs { column }).collect()
    }

    fn chain(&self, entry: &Entry) -> Option<FaultKind> {
        match (entry.rev, &self.prev_leaf, entry.prev) {
            (1, _, None) => None,
            (1, _, Some(_)) => Some(FaultKind::Chain),
            (_, None, _) => Some(FaultKind::Gap),
            (_, Some(leaf), Some(prev)) if *leaf == prev.0 && self.prev_seq < Some(self.seq) => None,
            _ => Some(FaultKind::Chain),
        }
    }

    fn contents(&self, entry: &Entry) -> Vec<FaultKind> {
        if self.disposed {
            let clean = self.body.is_none() && self.reason.is_none() && self.blobs.is_empty() && self.disposals > 0;
            return if clean { Vec::new() } else { vec![FaultKind::Disposal] };
        }
        let Some(body) = &self.body else { return vec![FaultKind::Disposal] };
        let Some(key) = self.key.as_deref().and_then(|key| key.try_into().ok()) else { return vec![FaultKind::Key] };
        let key = RecordKey::new(key);
        let sealer = Sealer::new(&key, &self.record);
        let open = |column: &'static str, sealed: &Vec<u8>| {
            sealer.open(self.rev as u32, column, sealed).ok_or(FaultKind::Sealed { column })
        };
        let mut found = Vec::new();
        match open("body", body) {
            Ok(body) if key.commit(Purpose::Body, entry.rev, &body) != entry.body => found.push(FaultKind::Body),
            Ok(body) => found.extend(self.repeated(&body)),
            Err(kind) => found.push(kind),
        }
        match self.reason.as_ref().map(|sealed| open("reason", sealed)).transpose() {
            Ok(text) if text.as_ref().map(|text| key.commit(Purpose::Reason, entry.rev, text)) != entry.reason => {
                found.push(FaultKind::Reason);
            }
            Ok(_) => {}
            Err(kind) => found.push(kind),
        }
        let files: Vec<_> = self.files().collect();
        let commit = |(place, digest): (u32, &Digest)| key.commit(Purpose::Blob(place), entry.rev, &digest.0);
        let same = blob_list(&files) == self.blobs && (0..).zip(&files).map(commit).eq(entry.blobs.iter().copied());
        if !same {
            found.push(FaultKind::Files);
        }
        found
    }

    /// Code, facility and state stand in columns too, for reading them without the body.
    fn repeated(&self, body: &[u8]) -> Vec<FaultKind> {
        let body: Json = match serde_json::from_slice(body) {
            Ok(body) => body,
            Err(e) => return vec![FaultKind::Unreadable { what: e.to_string() }],
        };
        let table = [("code", &self.code), ("facility", &self.facility), ("state", &self.state)];
        let differs =
            |column: &str, value: &String| body.get(column).and_then(Json::as_str).unwrap_or_default() != value;
        let found = table.into_iter().filter(|(column, value)| differs(column, value));
        found.map(|(column, _)| FaultKind::BodyDiffers { column }).collect()
    }
}
