//! Held tokens checked again, signature by signature; whether they fit the tree, `store` checks.

use std::collections::HashMap;

use akashi_domain::{Label, RecordId};
use akashi_store::{Attestation, AttestationState};

use super::{Anchor, Kind, tsa, witness};
use crate::error::Result;
use crate::service::App;
use crate::verify::Fault;

/// What checking the held attestations gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Attestations checked.
    pub held: u64,
    pub faults: Vec<Fault>,
}

impl App {
    /// Checks every held token with the anchor's keys and certificates. What cannot be read is a fault too.
    pub async fn check_attestations(&self) -> Checked {
        let mut checked = Checked::default();
        if let Err(e) = self.check_all(&mut checked).await {
            let at = Label::new("外部の証明", "the attestations");
            checked.faults.push(Fault {
                place: at.en.clone(),
                at,
                table: "attestation",
                what: e.label(),
                record: None,
            });
        }
        checked
    }

    async fn check_all(&self, checked: &mut Checked) -> Result<()> {
        const PACKET: u32 = 256;
        let anchors: HashMap<RecordId, Anchor> = self.anchors().await?.into_iter().map(|a| (a.id, a)).collect();
        let mut after = None;
        loop {
            let packet = self.store().attestations_after(after, PACKET).await?;
            let Some(last) = packet.last() else { return Ok(()) };
            after = Some((last.size, last.anchor));
            for held in packet.iter().filter(|a| a.state == AttestationState::Held) {
                checked.held += 1;
                let anchor = anchors.get(&held.anchor);
                let outcome = match anchor {
                    Some(anchor) => check(anchor, held, &self.evidence_of(anchor.id, held).await?),
                    None => Err("its anchor is gone".to_owned()),
                };
                checked.faults.extend(outcome.err().map(|what| fault(anchor, held, &what)));
            }
        }
    }
}

/// Checks one held token, with the evidence that is known now.
fn check(anchor: &Anchor, held: &Attestation, evidence: &str) -> std::result::Result<(), String> {
    let token = held.token.as_deref().ok_or("its token is gone")?;
    match anchor.kind {
        Kind::Tsa => tsa::check(anchor, held, evidence),
        Kind::Witness => witness::check(&anchor.trust, &held.subject, token),
    }
}

fn fault(anchor: Option<&Anchor>, held: &Attestation, what: &str) -> Fault {
    let (name, size) = (anchor.map_or_else(|| held.anchor.to_string(), |a| a.name.clone()), held.size);
    let at = Label::new(
        format!("外部保証先「{name}」の{size}件時点の証明"),
        format!("the attestation of {size} entries by “{name}”"),
    );
    let what = Label::new(format!("証明が検証できません({what})"), format!("it does not hold ({what})"));
    Fault { place: at.en.clone(), at, table: "attestation", what, record: None }
}
