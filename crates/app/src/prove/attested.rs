//! Under which checkpoint a version is proven: one that others attest, where there is one, with their stamps.

use std::collections::BTreeMap;

use akashi_journal::note::VerifierKey;
use akashi_journal::policy::Policy;
use akashi_store::{Anchor, Attestation, AttestationState};
use akashi_verify::Stamp;

use crate::error::Result;
use crate::service::App;

/// What others attest of one checkpoint.
#[derive(Default)]
pub(super) struct Attested {
    pub(super) size: u64,
    pub(super) stamps: Vec<Stamp>,
    /// How many witnesses signed it.
    cosigned: usize,
}

impl App {
    /// The oldest checkpoint over an entry that is both stamped and cosigned, else stamped, else cosigned: the older it
    /// is, the closer it shows the entry's time. None when nobody attests one.
    pub(super) async fn attested(&self, index: u64) -> Result<Option<Attested>> {
        const LOOKED_AT: u32 = 512;
        let anchors = self.store().anchors().await?;
        let kind =
            |a: &Attestation| anchors.iter().find(|anchor| anchor.id == a.anchor).map(|anchor| anchor.kind.as_str());
        let mut sizes: BTreeMap<u64, Attested> = BTreeMap::new();
        for held in self.store().attestations(index + 1, LOOKED_AT).await? {
            let (AttestationState::Held, Some(token)) = (held.state, &held.token) else { continue };
            let at = sizes.entry(held.size).or_insert_with(|| Attested { size: held.size, ..Attested::default() });
            match kind(&held) {
                Some("tsa") => at.stamps.push(Stamp {
                    subject: held.subject.clone().into_bytes(),
                    token: token.clone(),
                    evidence: held.evidence.clone(),
                }),
                Some("witness") => at.cosigned += 1,
                _ => {}
            }
        }
        let mut all: Vec<Attested> = sizes.into_values().collect();
        // Stable: among equals the smallest, which is the oldest, stays first.
        all.sort_by_key(|at| std::cmp::Reverse((!at.stamps.is_empty(), at.cosigned > 0)));
        Ok(all.into_iter().next().filter(|at| !at.stamps.is_empty() || at.cosigned > 0))
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
