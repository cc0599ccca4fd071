//! Anchors without a network: the request as a file on a stick, the answer as a file back, checked as if it had come by
//! HTTP. A witness' file holds what its server would have answered; a TSA's is the DER of RFC 3161 (.tsq, .tsr).

use akashi_store::{Attestation, AttestationState};

use super::ask::{Answered, Request, read};
use super::{Anchor, Kind, Reply, Trouble, authorize, may_keep};
use crate::ctx::Ctx;
use crate::error::{AppError, Result};
use crate::service::App;

/// A request to carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Entries of the checkpoint.
    pub size: u64,
    /// A name for the file.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// What a carried answer was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    /// An attestation; it is held now.
    Held {
        size: u64,
        /// Microseconds UTC.
        at: i64,
    },
    /// The witness holds another size: export again, the request then starts from there.
    From { size: u64 },
}

impl App {
    /// Makes the request for the newest checkpoint, to be carried to an anchor.
    ///
    /// # Errors
    /// Forbidden, no such anchor, nothing new to attest, or whatever the store meets.
    pub async fn export_request(&self, ctx: &Ctx, name: &str) -> Result<Exported> {
        authorize(may_keep(&ctx.actor))?;
        let anchor = self.anchor(name).await?;
        let wanted = self.wanted_now(&anchor, ctx.now).await?;
        let Request { body, .. } = match self.request_for(&anchor, &wanted).await? {
            Ok(request) => request,
            Err(Answered::Refused(why) | Answered::Later(why)) => return Err(AppError::Invalid(why.what())),
            Err(_) => return Err(nothing_new(name)),
        };
        self.store().keep_request(anchor.id, wanted.size, body.clone()).await?;
        let ending = match anchor.kind {
            Kind::Tsa => "tsq",
            Kind::Witness => "checkpoint-request.txt",
        };
        let name = format!("{}-{}.{ending}", file_name(&anchor.name), wanted.size);
        Ok(Exported { size: wanted.size, name, bytes: body })
    }

    async fn wanted_now(&self, anchor: &Anchor, now: i64) -> Result<Attestation> {
        let newest = self.store().latest_checkpoint().await?.ok_or_else(|| nothing_new(&anchor.name))?;
        self.store().want_attestation(anchor.id, &newest, now).await?;
        let find = || async {
            let found = self.store().newest_attestations(anchor.id, None, 8).await?;
            Ok::<_, AppError>(found.into_iter().find(|a| a.size == newest.size))
        };
        let mut found = find().await?;
        if found.as_ref().is_some_and(|a| a.state == AttestationState::Refused) {
            self.store().retry_attestations(anchor.id, now).await?;
            found = find().await?;
        }
        found.filter(|a| a.state == AttestationState::Waiting).ok_or_else(|| nothing_new(&anchor.name))
    }

    /// Takes in an answer that was carried back. Nothing is kept that does not hold.
    ///
    /// # Errors
    /// Forbidden, no such anchor, no request under way, an answer that does not fit or hold.
    pub async fn import_answer(&self, ctx: &Ctx, name: &str, bytes: Vec<u8>) -> Result<Imported> {
        authorize(may_keep(&ctx.actor))?;
        let anchor = self.anchor(name).await?;
        let reply = as_reply(anchor.kind, bytes);
        let mut why = None;
        let waiting = self.store().waiting_attestations(anchor.id).await?;
        for wanted in waiting.iter().rev() {
            let Some(request) = &wanted.request else { continue };
            match read(&anchor, wanted, request, &reply) {
                Answered::Held(held) => {
                    let at = held.at;
                    self.settle_answer(&anchor, wanted.size, Answered::Held(held), ctx.now, ctx.now).await?;
                    self.drop_older(&anchor, &waiting, wanted.size).await?;
                    return Ok(Imported::Held { size: wanted.size, at });
                }
                Answered::From(size) => {
                    self.store().note_seen(anchor.id, size).await?;
                    return Ok(Imported::From { size });
                }
                Answered::Refused(e) | Answered::Later(e) => why = why.or(Some(e)),
                Answered::Passed { .. } => {}
            }
        }
        Err(unfit(name, why))
    }

    /// What is older and has to be carried by hand too is not needed any more: the newer one covers it.
    async fn drop_older(&self, anchor: &Anchor, waiting: &[Attestation], size: u64) -> Result<()> {
        for older in waiting.iter().filter(|a| a.size < size && anchor.url.is_empty()) {
            self.store().drop_attestation(anchor.id, older.size).await?;
        }
        Ok(())
    }
}

/// The file as its server would have sent it: a witness' conflict is a bare number.
fn as_reply(kind: Kind, body: Vec<u8>) -> Reply {
    let number = !body.is_empty() && body.trim_ascii().iter().all(u8::is_ascii_digit);
    let status = if kind == Kind::Witness && number { 409 } else { 200 };
    let content_type = match kind {
        Kind::Tsa => "application/timestamp-reply",
        Kind::Witness => "text/plain",
    };
    Reply { status, content_type: content_type.into(), body }
}

/// Letters and digits of any script; everything else could mean something to a file system.
pub(super) fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect()
}

fn nothing_new(name: &str) -> AppError {
    AppError::invalid(
        format!("「{name}」に証明してもらう新しい証跡はありません"),
        format!("There is nothing new for “{name}” to attest"),
    )
}

fn unfit(name: &str, why: Option<Trouble>) -> AppError {
    match why {
        Some(why) => AppError::invalid(
            format!("この回答は「{name}」への依頼に合わないか、検証できません。何も変えていません。{}", why.what().ja),
            format!(
                "This answer does not fit any request to “{name}”, or does not hold; nothing was changed. {}",
                why.what().en
            ),
        ),
        None => AppError::invalid(
            format!(
                "「{name}」に渡した依頼がありません。先に「依頼ファイルを書き出す」(akashi anchor export)で依頼を書き出してください"
            ),
            format!("No request to “{name}” is under way; write one with akashi anchor export first"),
        ),
    }
}
