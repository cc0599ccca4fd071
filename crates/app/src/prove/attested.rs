//! Under which checkpoints a version is proven: the oldest ones that others attest, with their stamps.

use std::collections::BTreeSet;

use akashi_journal::checkpoint::Checkpoint;
use akashi_journal::note::{Note, VerifierKey};
use akashi_journal::policy::Policy;
use akashi_journal::witness::AddCheckpoint;
use akashi_store::Anchor;
use akashi_verify::Stamp;

use crate::error::Result;
use crate::service::App;

/// What others attest of the log with an entry.
pub(super) struct Attested {
    /// Size of the first checkpoint somebody attests: the entry is proven under it.
    pub(super) size: u64,
    /// Later ones that others attest, each with the proof that it continues the first.
    pub(super) later: Vec<Vec<u8>>,
    pub(super) stamps: Vec<Stamp>,
}

impl App {
    /// What each anchor attested first of a log that holds the entry: the older it is, the closer it shows the entry's
    /// time. Stamps under a revoked certificate are left out: they show nothing. None when nobody attests one.
    pub(super) async fn attested(&self, index: u64) -> Result<Option<Attested>> {
        let anchors = self.store().anchors().await?;
        let (mut sizes, mut stamps) = (BTreeSet::new(), Vec::new());
        for held in self.store().first_held(index + 1).await? {
            let Some(row) = anchors.iter().find(|anchor| anchor.id == held.anchor) else { continue };
            let Some(held) = self.counting(row, held).await? else { continue };
            match (row.kind.as_str(), &held.token) {
                ("tsa", Some(token)) => {
                    let evidence = self.evidence_of(held.anchor, &held).await?;
                    let stamp = Stamp { subject: held.subject.clone().into_bytes(), token: token.clone(), evidence };
                    stamps.push((held.size, stamp));
                }
                // The cosignature stands in the checkpoint.
                ("witness", Some(_)) => {}
                _ => continue,
            }
            sizes.insert(held.size);
        }
        let Some(size) = sizes.pop_first() else { return Ok(None) };
        let mut later = Vec::new();
        for of in sizes {
            match self.continuation(size, of).await? {
                Some(request) => later.push(request),
                // Only stamps over a checkpoint of the bundle say something about the entry.
                None => stamps.retain(|(at, _)| *at != of),
            }
        }
        Ok(Some(Attested { size, later, stamps: stamps.into_iter().map(|(_, stamp)| stamp).collect() }))
    }

    /// The checkpoint of `later` entries with the proof that it continues the one of `first`; none when the log had
    /// another name by then: whoever checks may have the keys of one epoch only.
    async fn continuation(&self, first: u64, later: u64) -> Result<Option<Vec<u8>>> {
        let (Some(old), Some(new)) = (self.kept(first).await?, self.kept(later).await?) else { return Ok(None) };
        let origin = |note: &Note| Checkpoint::parse(note.text()).ok().map(|checkpoint| checkpoint.origin);
        if origin(&old) != origin(&new) {
            return Ok(None);
        }
        let proof = self.store().prove_consistency(first, later).await?;
        Ok(AddCheckpoint::new(first, proof, new).ok().map(|request| request.to_string().into_bytes()))
    }

    /// The signed checkpoint of that size, if it is kept and can be read.
    async fn kept(&self, size: u64) -> Result<Option<Note>> {
        let found = self.store().checkpoints(size, 1).await?.pop().filter(|kept| kept.size == size);
        Ok(found.and_then(|kept| Note::parse(kept.note.as_bytes()).ok()))
    }

    /// The witnesses the hospital asks, as a policy of which one has to have signed; empty when it asks none.
    pub(super) async fn stated_policy(&self) -> Result<String> {
        let anchors = self.store().anchors().await?;
        let witnesses = anchors.iter().filter(|anchor| anchor.enabled && anchor.kind == "witness");
        let keys = witnesses.filter_map(key).collect::<Vec<_>>();
        if keys.is_empty() {
            return Ok(String::new());
        }
        let names: Vec<String> = (1..=keys.len()).map(|n| format!("w{n}")).collect();
        let mut text = String::new();
        for (name, key) in names.iter().zip(&keys) {
            text += &format!("witness {name} {key}\n");
        }
        text += &format!("group witnesses any {}\nquorum witnesses\n", names.join(" "));
        // A key listed twice makes no policy: then nothing is stated.
        Ok(if text.parse::<Policy>().is_ok() { text } else { String::new() })
    }
}

/// The key of a witness: what its answers are checked with.
fn key(anchor: &Anchor) -> Option<VerifierKey> {
    anchor.trust.split_whitespace().next()?.parse().ok()
}
