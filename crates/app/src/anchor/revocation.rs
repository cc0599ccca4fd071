//! Whether a TSA's certificates were revoked: where that can be asked is noted with every stamp, asked at once and again
//! when a newer list is due, and kept with the anchor. A list made after the stamp settles it; until then it is
//! shown as open. Nothing that is missing counts as good.

use std::sync::Arc;

use akashi_domain::verdict::explain::instant;
use akashi_domain::{Label, RecordId};
use akashi_sign::tsp::{Cause, Indication, Judgement};
use akashi_sign::x509::{self, Certificate, RevocationStatus, Source, ocsp_question};
use akashi_store::{Attestation, AttestationState, Kept, RevocationKind, RevocationSource};
use akashi_verify::revocation_words;

use super::terms::next_try;
use super::transport::Unreachable;
use super::{Anchor, Kind, Transport, Trouble, evidence, tsa};
use crate::error::Result;
use crate::service::App;

/// A try that was begun and not ended is taken up again after this long, microseconds.
const LEASE: i64 = 5 * MINUTE;
const MINUTE: i64 = 60 * 1_000_000;
/// While word is open, a newer list is looked for at least and at most so often: many authorities publish long before the
/// last list ends.
const OFTEN: (i64, i64) = (10 * MINUTE, 24 * 60 * MINUTE);
/// Stamps looked back at for the newest that still holds.
const BACK: u32 = 64;

/// How well it is known that the certificates of a stamp were not revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Evidence made at or after the stamp says so, of every certificate.
    Settled,
    /// Only what was current at that time, or nothing: a later list is awaited.
    Open,
    /// One was revoked; the stamp does not count.
    Revoked,
}

/// What is known of the certificates of an anchor's newest stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub known: Known,
    /// By which evidence, or why not.
    pub words: Label,
    pub places: Vec<Asked>,
}

/// A place that is to be asked, or was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub url: String,
    /// Nothing made after the newest stamp came from there yet.
    pub open: bool,
    /// When it is asked next; none where somebody has to carry it.
    pub next: Option<i64>,
    /// What went wrong last.
    pub trouble: Option<Trouble>,
}

/// What asking gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fetched {
    /// Answers that are new.
    pub(super) kept: usize,
    pub(super) trouble: Option<Trouble>,
}

impl App {
    /// Notes where the certificates of a stamp are spoken of.
    pub(super) async fn note_places(&self, anchor: &Anchor, token: &[u8], at: i64, now: i64) -> Result<()> {
        for source in places(anchor, token, at, now) {
            self.store().want_revocation(&source).await?;
        }
        Ok(())
    }

    /// Asks the places of an anchor that are due. One switched off is still asked about the stamps it gave. `force`
    /// asks at once whatever is open.
    pub(super) async fn ask_revocation(
        &self,
        anchor: &Anchor,
        transport: &Arc<dyn Transport>,
        now: i64,
        force: bool,
    ) -> Result<Fetched> {
        let mut fetched = Fetched::default();
        for source in self.noted_places(anchor, now).await? {
            let due = source.is_open() && (force || source.next_try <= now);
            if !due || !self.store().claim_revocation(&source, now + LEASE).await? {
                continue;
            }
            match fetch(&source, transport, now).await {
                Ok(kept) => {
                    let next = kept.next_update.unwrap_or(now + OFTEN.1).clamp(now + OFTEN.0, now + OFTEN.1);
                    fetched.kept += usize::from(self.store().keep_revocation(&source, kept, next).await?);
                }
                Err(trouble) => {
                    let next = next_try(source.tries + 1, now);
                    self.store().put_off_revocation(&source, &trouble.stored(), next).await?;
                    fetched.trouble = Some(trouble);
                }
            }
        }
        Ok(fetched)
    }

    /// The places of an anchor; those of its newest stamp too where a release before this one took it, or a process died
    /// in between.
    async fn noted_places(&self, anchor: &Anchor, now: i64) -> Result<Vec<RevocationSource>> {
        let known = self.store().revocation_sources(anchor.id).await?;
        let newest = self.store().newest_attestations(anchor.id, Some(AttestationState::Held), 1).await?.pop();
        let Some(Attestation { token: Some(token), at: Some(at), .. }) = newest else { return Ok(known) };
        if known.iter().any(|source| source.wanted >= at) {
            return Ok(known);
        }
        self.note_places(anchor, &token, at, now).await?;
        Ok(self.store().revocation_sources(anchor.id).await?)
    }

    /// The evidence of a held attestation: what was kept with it, and what is known of revocation.
    pub(crate) async fn evidence_of(&self, anchor: RecordId, held: &Attestation) -> Result<String> {
        let kept = self.store().kept_revocation(anchor, held.at.unwrap_or_default()).await?;
        Ok(if kept.is_empty() { held.evidence.clone() } else { evidence::with(&held.evidence, &kept) })
    }

    /// The attestation if it counts, or else, when a certificate under it was revoked, the newest of its anchor that does.
    pub(crate) async fn counting(&self, row: &akashi_store::Anchor, held: Attestation) -> Result<Option<Attestation>> {
        // How an anchor is to be asked is no matter of what it attested.
        let Some(anchor) = Anchor::of(row.clone()).ok().filter(|anchor| anchor.kind == Kind::Tsa) else {
            return Ok(Some(held));
        };
        let evidence = self.evidence_of(anchor.id, &held).await?;
        match tsa::judged(&anchor, &held, &evidence) {
            Ok(judged) if known(&judged) == Known::Revoked => {
                Ok(self.newest_held(&anchor).await?.0.filter(|newest| newest.size > held.size))
            }
            // Damage is told by whoever checks.
            _ => Ok(Some(held)),
        }
    }

    /// Keeps what somebody carried here for every place it is authentic word of.
    pub(super) async fn keep_carried(&self, anchor: RecordId, values: &[&[u8]], now: i64) -> Result<()> {
        for source in self.store().revocation_sources(anchor).await? {
            for value in values {
                if let Ok(kept) = accept(&source, value, now) {
                    self.store().keep_revocation(&source, kept, source.next_try).await?;
                }
            }
        }
        Ok(())
    }

    /// The newest attestation that still holds, and what is known of the certificates of the newest.
    pub(super) async fn newest_held(&self, anchor: &Anchor) -> Result<(Option<Attestation>, Option<Told>)> {
        let limit = if anchor.kind == Kind::Tsa { BACK } else { 1 };
        let mut newest = self.store().newest_attestations(anchor.id, Some(AttestationState::Held), limit).await?;
        if anchor.kind != Kind::Tsa || newest.is_empty() {
            return Ok((newest.pop(), None));
        }
        let (mut told, mut holds) = (None, None);
        for held in newest {
            let evidence = self.evidence_of(anchor.id, &held).await?;
            let Ok(judged) = tsa::judged(anchor, &held, &evidence) else {
                // Damage: `verify` tells of it.
                holds = Some(held);
                break;
            };
            let known = known(&judged);
            if told.is_none() {
                told = Some(self.told(anchor, known, &judged).await?);
            }
            if known != Known::Revoked {
                holds = Some(held);
                break;
            }
        }
        Ok((holds, told))
    }

    async fn told(&self, anchor: &Anchor, known: Known, judged: &Judgement) -> Result<Told> {
        let words = match judged.indication.cause() {
            Some(cause @ Cause::Revoked { .. }) => Trouble::Revoked(cause.to_string()).what(),
            _ => {
                let words = revocation_words(judged, &|at| instant(at.0));
                Label::new(words.ja, words.en)
            }
        };
        let sources = self.store().revocation_sources(anchor.id).await?;
        let by_hand = anchor.url.is_empty();
        let places = sources.into_iter().map(|source| Asked {
            open: source.is_open(),
            next: (source.is_open() && !by_hand).then_some(source.next_try),
            trouble: source.error.as_deref().map(Trouble::parse),
            url: source.url,
        });
        Ok(Told { known, words, places: places.collect() })
    }
}

/// The places that speak of the certificates of a token; none when it does not lead to what is trusted.
fn places(anchor: &Anchor, token: &[u8], wanted: i64, now: i64) -> Vec<RevocationSource> {
    let path = tsa::path(&anchor.trust, token);
    let mut all = Vec::new();
    for pair in path.windows(2) {
        let Ok(certificate) = Certificate::parse(&pair[0]) else { continue };
        all.extend(certificate.revocation_places().into_iter().map(|place| RevocationSource {
            anchor: anchor.id,
            kind: match place.source {
                Source::List => RevocationKind::List,
                Source::Ocsp => RevocationKind::Ocsp,
            },
            url: place.url,
            certificate: pair[0].clone(),
            issuer: pair[1].clone(),
            wanted,
            tries: 0,
            since: now,
            next_try: now,
            error: None,
            newest: None,
        }));
    }
    all
}

/// Asks one place; gives what came only when it is authentic.
async fn fetch(
    source: &RevocationSource,
    transport: &Arc<dyn Transport>,
    now: i64,
) -> std::result::Result<Kept, Trouble> {
    let other = |e: akashi_sign::Asn1Error| Trouble::Other(e.to_string());
    let certificate = Certificate::parse(&source.certificate).map_err(other)?;
    let issuer = Certificate::parse(&source.issuer).map_err(other)?;
    let question = (source.kind == RevocationKind::Ocsp).then(|| ocsp_question(&certificate, &issuer));
    let (carrier, url) = (transport.clone(), source.url.clone());
    let reply = tokio::task::spawn_blocking(move || match question {
        Some(question) => carrier.post(&url, "application/ocsp-request", &question),
        None => carrier.get(&url),
    });
    let reply = reply.await.unwrap_or_else(|e| Err(Unreachable { what: e.to_string() }));
    let reply = reply.map_err(|e| Trouble::Unreachable(e.what))?;
    if reply.status != 200 {
        return Err(Trouble::Status(reply.status));
    }
    let der = evidence::to_der(&reply.body).map_err(Trouble::Unreadable)?;
    accept(source, &der, now)
}

/// What a place gave, to be kept: authentic word about the certificate the place is noted for.
fn accept(source: &RevocationSource, der: &[u8], now: i64) -> std::result::Result<Kept, Trouble> {
    let kind = match source.kind {
        RevocationKind::List => Source::List,
        RevocationKind::Ocsp => Source::Ocsp,
    };
    let other = |e: akashi_sign::Asn1Error| Trouble::Other(e.to_string());
    let certificate = Certificate::parse(&source.certificate).map_err(other)?;
    let issuer = Certificate::parse(&source.issuer).map_err(other)?;
    let word = x509::accept(der, kind, &certificate, &issuer).map_err(|fault| match fault {
        x509::WordFault::Unreadable(e) => Trouble::Unreadable(e.to_string()),
        fault => Trouble::DoesNotHold(fault.to_string()),
    })?;
    let (this_update, next_update) = (word.this_update.0, word.next_update.map(|at| at.0));
    Ok(Kept { bytes: der.to_vec(), this_update, next_update, fetched: now })
}

fn known(judged: &Judgement) -> Known {
    if matches!(&judged.indication, Indication::Failed(Cause::Revoked { .. })) {
        return Known::Revoked;
    }
    let settled = judged.path.iter().filter_map(|link| link.revocation).all(|status| {
        matches!(status, RevocationStatus::Good { later: true, .. } | RevocationStatus::Afterwards { .. })
    });
    if settled && judged.is_passed() { Known::Settled } else { Known::Open }
}
