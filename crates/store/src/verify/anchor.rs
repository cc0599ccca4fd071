//! Held attestations against the log: whatever somebody outside attested must still be a tree this log had. Whether
//! the token itself holds (signature, certificates) is checked above, where protocols are known.

use akashi_journal::Digest;
use akashi_journal::checkpoint::KeyRing;

use super::Run;
use super::fault::{Fault, FaultKind, Place};
use crate::anchor::{Attestation, AttestationRow, AttestationState, SELECT_ATTESTATION};
use crate::error::Result;
use crate::sql::Sql;

/// Attestations read at once.
const PACKET: u32 = 256;
/// Lists read at once: each may have megabytes.
const LISTS: u32 = 8;

impl Run {
    /// Compares every held attestation with the kept checkpoint of its size, which the tree was compared with.
    pub(super) async fn check_attestations(&mut self, entries: u64, ring: Option<&KeyRing>) -> Result<()> {
        let (mut size, mut anchor) = (-1_i64, String::new());
        loop {
            let sql = Sql::new("read attestations", SELECT_ATTESTATION);
            let sql = sql.text(" where (size > $1 or size = $1 and anchor > $2) order by size, anchor limit $3");
            let rows = self.tx.on().all::<AttestationRow>(sql.bind(size).bind(anchor.as_str()).bind(PACKET)).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            (size, anchor) = last.key();
            for row in rows {
                self.check_attestation(row, entries, ring).await?;
            }
        }
    }

    async fn check_attestation(&mut self, row: AttestationRow, entries: u64, ring: Option<&KeyRing>) -> Result<()> {
        let (size, id) = row.key();
        let kind = match row.read() {
            Err(e) => Some(FaultKind::Unreadable { what: e.to_string() }),
            Ok(held) if held.state == AttestationState::Held => self.compare(&held, entries, ring).await?,
            Ok(_) => None,
        };
        if let Some(kind) = kind {
            let anchor = self.anchor_name(id).await?;
            self.faults.push(Fault { place: Place::Attestation { anchor, size: size.max(0) as u64 }, kind });
        }
        Ok(())
    }

    async fn compare(&mut self, held: &Attestation, entries: u64, ring: Option<&KeyRing>) -> Result<Option<FaultKind>> {
        let Some(ring) = ring else { return Ok(None) };
        let open = match ring.open(held.subject.as_bytes()) {
            Ok(open) => open.checkpoint,
            Err(e) => return Ok(Some(FaultKind::Signature { what: e.to_string() })),
        };
        if open.size != held.size {
            return Ok(Some(FaultKind::Differs { column: "size" }));
        }
        if open.size > entries {
            return Ok(Some(FaultKind::Beyond { entries }));
        }
        let sql = Sql::new("read a checkpoint", "select root from checkpoint where size = $1").bind(open.size);
        Ok(match self.tx.on().one::<(Vec<u8>,)>(sql).await? {
            None => Some(FaultKind::Missing),
            Some((root,)) if root != open.root.0 => Some(FaultKind::Replaced),
            Some(_) => None,
        })
    }

    /// Compares what is kept about revocation with its digest; whether it is authentic is checked above.
    pub(super) async fn check_revocations(&mut self) -> Result<()> {
        let (mut source, mut digest) = (String::new(), String::new());
        loop {
            let text =
                "select source, digest, bytes, (select url from revocation_source where id = source) from revocation
                        where source > $1 or source = $1 and digest > $2 order by source, digest limit $3";
            let sql = Sql::new("read revocation data", text).bind(source.as_str()).bind(digest.as_str()).bind(LISTS);
            let rows = self.tx.on().all::<(String, String, Vec<u8>, Option<String>)>(sql).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            (source, digest) = (last.0.clone(), last.1.clone());
            for (id, digest, bytes, url) in rows {
                if Digest::of(&bytes).to_hex() != digest {
                    let place = Place::Revocation { url: url.unwrap_or(id), digest };
                    self.faults.push(Fault { place, kind: FaultKind::Differs { column: "bytes" } });
                }
            }
        }
    }

    async fn anchor_name(&mut self, id: String) -> Result<String> {
        let sql = Sql::new("read an anchor", "select name from anchor where id = $1").bind(id.as_str());
        Ok(self.tx.on().one::<(String,)>(sql).await?.map_or(id, |row| row.0))
    }
}
