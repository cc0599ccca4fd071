//! Answering `add-checkpoint`, whether it came by HTTP or as a file: read, decide, store, and only then answer.

use akashi_journal::witness::{AddCheckpoint, Answer, Refusal, Seen, decide};

use super::folder::Witness;
use crate::error::Result;

/// What a witness answers, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replied {
    /// HTTP status.
    pub status: u16,
    pub content_type: &'static str,
    pub body: String,
    pub outcome: Outcome,
}

/// What happened, for whoever looks after the witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Cosigned; it is on disk.
    Cosigned { origin: String, size: u64 },
    /// The proof starts from another size than this witness holds; the answer says which.
    From { origin: String, held: u64 },
    /// Not cosigned.
    Refused {
        /// Empty when the request could not be read.
        origin: String,
        why: String,
        /// The log signed what contradicts what it signed before: look into it.
        alarming: bool,
    },
}

impl Witness {
    /// Decides on a request at `now`, microseconds UTC.
    ///
    /// # Errors
    /// The folder cannot be read or written; then nothing was cosigned.
    pub fn add_checkpoint(&self, body: &[u8], now: i64) -> Result<Replied> {
        let request = match AddCheckpoint::parse(body) {
            Ok(request) => request,
            Err(e) => return Ok(refused(&Answer::Malformed, "", e.to_string(), false)),
        };
        let place = self.place(request.origin());
        // Reading what is held and writing what is held next belong together: else two requests could roll a log back.
        let _alone = self.lock()?;
        let keys = self.keys_in(&place)?;
        let held = self.newest_in(&place)?.map(|(_, c)| Seen { size: c.size, root: c.root });
        let seconds = u64::try_from(now / 1_000_000).unwrap_or(0);
        match decide(held.as_ref(), keys.as_ref(), &request, &[self.signer()], seconds) {
            Ok(accepted) => {
                self.keep(&place, &accepted.note)?;
                let outcome = Outcome::Cosigned { origin: request.origin().to_owned(), size: accepted.seen.size };
                Ok(reply(&accepted.answer(), outcome))
            }
            Err(Refusal::OtherSize { held, .. }) => {
                let outcome = Outcome::From { origin: request.origin().to_owned(), held };
                Ok(reply(&Answer::Conflict { size: held }, outcome))
            }
            Err(refusal) => {
                let alarming = matches!(refusal, Refusal::Forked { .. } | Refusal::Inconsistent(_));
                if alarming {
                    let name = format!("{}-{seconds}", request.checkpoint().size);
                    self.keep_refused(&place, &name, request.note().to_string().as_bytes())?;
                }
                Ok(refused(&refusal.answer(), request.origin(), refusal.to_string(), alarming))
            }
        }
    }
}

fn refused(answer: &Answer, origin: &str, why: String, alarming: bool) -> Replied {
    reply(answer, Outcome::Refused { origin: origin.to_owned(), why, alarming })
}

fn reply(answer: &Answer, outcome: Outcome) -> Replied {
    Replied { status: answer.status(), content_type: answer.content_type(), body: answer.body(), outcome }
}
