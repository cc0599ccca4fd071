//! Witnesses from the log's side: the request with the right consistency proof, and the answer checked with their keys.

use akashi_journal::note::{Algorithm, Note, VerifierKey};
use akashi_journal::witness::{ADD_CHECKPOINT, AddCheckpoint, Answer, accept};
use akashi_journal::{cosignature, witness as protocol};
use akashi_store::Attestation;

use super::ask::{Answered, Held, Request, damaged};
use super::transport::Reply;
use super::{Anchor, Trouble};
use crate::error::Result;
use crate::service::App;

impl App {
    /// The request for a checkpoint, with the proof from the size the witness is known to hold.
    pub(super) async fn witness_request(
        &self,
        anchor: &Anchor,
        wanted: &Attestation,
    ) -> Result<std::result::Result<Request, Answered>> {
        let old = anchor.seen;
        if old > wanted.size {
            return Ok(Err(self.ahead(old).await?));
        }
        let note = Note::parse(wanted.subject.as_bytes()).map_err(|e| damaged(wanted.size, &e))?;
        let proof = if old == 0 { Vec::new() } else { self.store().prove_consistency(old, wanted.size).await? };
        let request = AddCheckpoint::new(old, proof, note).map_err(|e| damaged(wanted.size, &e))?;
        Ok(Ok(Request {
            url: format!("{}/{ADD_CHECKPOINT}", anchor.url.trim_end_matches('/')),
            content_type: "text/plain; charset=utf-8",
            body: request.to_string().into_bytes(),
        }))
    }

    /// The witness holds more than was asked for: fine as long as the log has that much.
    async fn ahead(&self, held: u64) -> Result<Answered> {
        let newest = self.store().latest_checkpoint().await?.map_or(0, |c| c.size);
        if held <= newest {
            return Ok(Answered::Passed { held });
        }
        Ok(Answered::Refused(Trouble::Ahead { held, newest }))
    }

    /// Adds the cosignatures of a token to the kept checkpoint of its size.
    pub(super) async fn merge_cosignatures(&self, anchor: &Anchor, token: &[u8]) -> Result<()> {
        let token = Note::parse(token).map_err(|e| damaged(0, &e))?;
        let keys = keys(&anchor.trust).map_err(|e| damaged(0, &e))?;
        let by = |s: &&akashi_journal::note::Signature| keys.iter().any(|key| s.is_by(key));
        let cosigned: Vec<_> = token.signatures().iter().filter(by).cloned().collect();
        let note = Note::new(token.text().to_owned(), cosigned).map_err(|e| damaged(0, &e))?;
        Ok(self.store().add_signatures(&note).await?)
    }
}

/// Reads an answer to `add-checkpoint`.
pub(super) fn read(anchor: &Anchor, wanted: &Attestation, request: &[u8], reply: &Reply) -> Answered {
    let answer = match Answer::parse(reply.status, &reply.body) {
        Ok(answer) => answer,
        Err(e) => return Answered::Later(Trouble::Unreadable(e.to_string())),
    };
    match answer {
        Answer::Cosigned(signatures) => cosigned(anchor, wanted, &signatures),
        Answer::Conflict { size } => conflict(wanted, request, size),
        Answer::Inconsistent => Answered::Refused(Trouble::Inconsistent),
        Answer::UnknownLog => Answered::Later(Trouble::UnknownLog),
        Answer::NotSigned => Answered::Later(Trouble::UnknownKey),
        Answer::Malformed => Answered::Later(Trouble::Status(400)),
        Answer::Other { status } => Answered::Later(Trouble::Status(status)),
    }
}

fn cosigned(anchor: &Anchor, wanted: &Attestation, signatures: &[akashi_journal::note::Signature]) -> Answered {
    let checked = keys(&anchor.trust).and_then(|keys| {
        let mut note = Note::parse(wanted.subject.as_bytes()).map_err(|e| e.to_string())?;
        let found = accept(&mut note, signatures, &keys).map_err(|e| e.to_string())?;
        Ok((note, found))
    });
    match checked {
        Ok((note, found)) => match found.iter().map(|c| c.time).min() {
            Some(time) => Answered::Held(Held {
                token: note.to_string().into_bytes(),
                evidence: String::new(),
                at: i64::try_from(time).unwrap_or(i64::MAX).saturating_mul(1_000_000),
            }),
            None => Answered::Refused(Trouble::DoesNotHold("signed by another key than is configured".into())),
        },
        Err(e) => Answered::Refused(Trouble::DoesNotHold(e)),
    }
}

fn conflict(wanted: &Attestation, request: &[u8], held: u64) -> Answered {
    let sent = AddCheckpoint::parse(request).map(|r| r.old());
    if held == wanted.size && sent == Ok(held) {
        return Answered::Refused(Trouble::Forked { size: held });
    }
    Answered::From(held)
}

/// The keys of a witness, one per line.
pub(super) fn keys(trust: &str) -> std::result::Result<Vec<VerifierKey>, String> {
    let lines = trust.lines().map(str::trim).filter(|line| !line.is_empty());
    let keys: Vec<VerifierKey> =
        lines.map(|l| l.parse().map_err(|e| format!("{e}"))).collect::<std::result::Result<_, _>>()?;
    match keys.iter().find(|key| key.algorithm() == Algorithm::Ed25519) {
        Some(log) => Err(format!("{} is the key of a log, not of a witness", log.name())),
        None if keys.is_empty() => Err("there is no witness key".into()),
        None => Ok(keys),
    }
}

/// Checks a held token again: the cosignatures hold over the subject's text.
pub(super) fn check(trust: &str, subject: &str, token: &[u8]) -> std::result::Result<(), String> {
    let keys = keys(trust)?;
    let note = Note::parse(token).map_err(|e| e.to_string())?;
    let subject = Note::parse(subject.as_bytes()).map_err(|e| e.to_string())?;
    if note.text() != subject.text() {
        return Err("the token is of another checkpoint".into());
    }
    match cosignature::verify(&note, &keys) {
        Ok(found) if found.is_empty() => Err("no key of the witness signed it".into()),
        Ok(_) => Ok(()),
        Err(e) => Err(e.to_string()),
    }
}

/// The path below a witness' address where anybody reads the newest checkpoint it cosigned of this log.
pub fn monitoring(url: &str, origin: &str) -> String {
    format!("{}/{}", url.trim_end_matches('/'), protocol::monitoring_path(origin))
}
