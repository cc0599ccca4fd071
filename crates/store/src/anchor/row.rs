//! One attestation as it is stored.

use akashi_domain::RecordId;

use crate::error::{Result, StoreError};

/// How far an attestation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AttestationState {
    /// Asked for, not answered yet.
    Waiting,
    /// Answered and checked; never changed again.
    Held,
    /// Refused for good, or answered with something that does not hold.
    Refused,
}

/// One anchor's word on one checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    pub anchor: RecordId,
    /// Entries the checkpoint covers.
    pub size: u64,
    pub state: AttestationState,
    /// The signed checkpoint exactly as it was sent.
    pub subject: String,
    /// The request while the answer is expected by file.
    pub request: Option<Vec<u8>>,
    /// How often it was tried.
    pub tries: u32,
    /// When it was asked for first, microseconds UTC.
    pub since: i64,
    /// Not before then, microseconds UTC.
    pub next_try: i64,
    /// What went wrong last.
    pub error: Option<String>,
    /// The anchor's answer; there when held.
    pub token: Option<Vec<u8>>,
    /// Certificates and revocation lists for later checks, PEM; may be empty.
    pub evidence: String,
    /// The time the anchor attests, microseconds UTC; there when held.
    pub at: Option<i64>,
}

impl AttestationState {
    pub(super) fn key(self) -> &'static str {
        match self {
            AttestationState::Waiting => "waiting",
            AttestationState::Held => "held",
            AttestationState::Refused => "refused",
        }
    }

    fn parse(key: &str) -> Option<AttestationState> {
        use AttestationState::{Held, Refused, Waiting};
        [Waiting, Held, Refused].into_iter().find(|state| state.key() == key)
    }
}

/// Columns in the order of [`Row`].
pub(crate) const SELECT: &str = "select anchor, size, state, subject, request, tries, since, next_try, error, token,
    evidence, at from attestation";

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    anchor: String,
    size: i64,
    state: String,
    subject: String,
    request: Option<Vec<u8>>,
    tries: i64,
    since: i64,
    next_try: i64,
    error: Option<String>,
    token: Option<Vec<u8>>,
    evidence: String,
    at: Option<i64>,
}

impl Row {
    /// Size and anchor as they stand in the row.
    pub(crate) fn key(&self) -> (i64, String) {
        (self.size, self.anchor.clone())
    }

    /// Reads the stored form.
    pub(crate) fn read(self) -> Result<Attestation> {
        let place = format!("attestation of {} at {}", self.anchor, self.size);
        let damaged = |what: &str| StoreError::damaged(&place, what);
        let held = self.state == AttestationState::Held.key();
        if held && (self.token.is_none() || self.at.is_none()) {
            return Err(damaged("its token is gone"));
        }
        Ok(Attestation {
            anchor: RecordId::parse(&self.anchor).ok_or_else(|| damaged("its anchor is not an id"))?,
            state: AttestationState::parse(&self.state).ok_or_else(|| damaged("its state is unknown"))?,
            size: u64::try_from(self.size).map_err(|_| damaged("its size is negative"))?,
            tries: u32::try_from(self.tries).map_err(|_| damaged("its tries are out of range"))?,
            subject: self.subject,
            request: self.request,
            since: self.since,
            next_try: self.next_try,
            error: self.error,
            token: self.token,
            evidence: self.evidence,
            at: self.at,
        })
    }
}
