//! One question to one anchor, whatever its kind: the request for a checkpoint, and what the answer means.

use std::sync::Arc;

use akashi_store::Attestation;

use super::transport::{Reply, Transport, Unreachable};
use super::{Anchor, Kind, Trouble, tsa, witness};
use crate::error::{AppError, Result};
use crate::service::App;

/// What is sent, or carried as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) url: String,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    /// Attested, and checked here.
    Held(Held),
    /// The anchor holds this size of the log: prove from there and ask again.
    From(u64),
    /// The anchor holds a larger checkpoint of this log already; this one is not needed any more.
    Passed { held: u64 },
    /// Not reached, or not able to answer now: try again later.
    Later(Trouble),
    /// Refused for good, or an answer that does not hold.
    Refused(Trouble),
}

/// An attestation that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) token: Vec<u8>,
    /// PEM; may be empty.
    pub(crate) evidence: String,
    /// The time attested, microseconds UTC.
    pub(crate) at: i64,
}

/// A witness needs at most two rounds when nobody else is writing; more would be an answer that goes in circles.
const ROUNDS: u32 = 4;

impl App {
    /// Asks once, and again where the answer says how.
    pub(crate) async fn ask_anchor(
        &self,
        anchor: &mut Anchor,
        wanted: &Attestation,
        transport: &Arc<dyn Transport>,
    ) -> Result<Answered> {
        for _ in 0..ROUNDS {
            let request = match self.request_for(anchor, wanted).await? {
                Ok(request) => request,
                Err(answered) => return Ok(answered),
            };
            let (url, kind, body) = (request.url, request.content_type, request.body);
            let (carrier, sent) = (transport.clone(), body.clone());
            let reply = tokio::task::spawn_blocking(move || carrier.post(&url, kind, &sent)).await;
            let reply = reply.unwrap_or_else(|e| Err(Unreachable { what: e.to_string() }));
            let answered = match reply {
                Ok(reply) => read(anchor, wanted, &body, &reply),
                Err(e) => Answered::Later(Trouble::Unreachable(e.what)),
            };
            match answered {
                Answered::From(size) => {
                    anchor.seen = size;
                    self.store().note_seen(anchor.id, size).await?;
                }
                other => return Ok(other),
            }
        }
        Ok(Answered::Later(Trouble::Busy("its answers go in circles".into())))
    }

    /// Makes the request; or says at once what would come of it.
    pub(crate) async fn request_for(
        &self,
        anchor: &Anchor,
        wanted: &Attestation,
    ) -> Result<std::result::Result<Request, Answered>> {
        match anchor.kind {
            Kind::Tsa => tsa::request(anchor, wanted).map(Ok),
            Kind::Witness => self.witness_request(anchor, wanted).await,
        }
    }

    /// Keeps what came of a question; gives what is held now.
    pub(crate) async fn settle_answer(
        &self,
        anchor: &Anchor,
        size: u64,
        answered: Answered,
        now: i64,
        next: i64,
    ) -> Result<bool> {
        let (store, id) = (self.store(), anchor.id);
        match answered {
            Answered::Held(held) => {
                let kept = store.hold_attestation(id, size, held.token.clone(), &held.evidence, held.at).await?;
                match anchor.kind {
                    Kind::Witness => {
                        store.note_seen(id, size.max(anchor.seen)).await?;
                        self.merge_cosignatures(anchor, &held.token).await?;
                    }
                    Kind::Tsa => self.note_places(anchor, &held.token, held.at, now).await?,
                }
                return Ok(kept);
            }
            Answered::From(held) => {
                store.note_seen(id, held).await?;
                store.put_off_attestation(id, size, &Trouble::Busy(String::new()).stored(), next).await?;
            }
            Answered::Passed { .. } => store.drop_attestation(id, size).await?,
            Answered::Later(why) => store.put_off_attestation(id, size, &why.stored(), next).await?,
            Answered::Refused(why) => store.refuse_attestation(id, size, &why.stored()).await?,
        }
        Ok(false)
    }
}

/// Reads an answer and checks it against what was asked.
pub(crate) fn read(anchor: &Anchor, wanted: &Attestation, request: &[u8], reply: &Reply) -> Answered {
    match anchor.kind {
        Kind::Tsa => tsa::read(anchor, wanted, request, reply),
        Kind::Witness => witness::read(anchor, wanted, request, reply),
    }
}

/// A stored note or token that does not read: damage, which `akashi journal verify` explains.
pub(crate) fn damaged(size: u64, what: &impl ToString) -> AppError {
    let what = what.to_string();
    AppError::invalid(
        format!("{size}件時点のチェックポイントを読めません({what})。akashi journal verify で確かめてください"),
        format!("The checkpoint of {size} entries cannot be read ({what}); run akashi journal verify"),
    )
}
