//! The answer to `add-checkpoint`, as both sides see it, and taking cosignatures over into a checkpoint.

use super::SIZE_TYPE;
use crate::checkpoint::decimal;
use crate::cosignature::{self, Cosignature, CosignatureError};
use crate::note::{MAX_SIGNATURES, Note, Signature, VerifierKey};

/// What a witness answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// 200: signature lines, at least one. A client still has to check them: [`accept`].
    Cosigned(Vec<Signature>),
    /// 409: the witness holds this size; prove from there. If that is the size just sent, the log was forked.
    Conflict { size: u64 },
    /// 404: the witness does not know the log.
    UnknownLog,
    /// 403: no signature by a key the witness knows, or a wrong one.
    NotSigned,
    /// 400: the request cannot be read, or its old size is larger than the checkpoint's.
    Malformed,
    /// 422: the consistency proof or the root is wrong.
    Inconsistent,
    /// Any other status: a fault of the witness or of what is between.
    Other { status: u16 },
}

/// An answer that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Not UTF-8, no line, too many, or a last line without newline.
    #[error("the answer is not 1 to {MAX_SIGNATURES} signature lines, each ended by a newline")]
    NoLines,
    /// Not a signature line. Lines count from 1.
    #[error("line {line} of the answer is not a signature line")]
    Line { line: usize },
    /// A conflict without the size.
    #[error("the witness answered 409 without the size it holds")]
    NoSize,
}

impl Answer {
    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Cosigned(_) => 200,
            Self::Malformed => 400,
            Self::NotSigned => 403,
            Self::UnknownLog => 404,
            Self::Conflict { .. } => 409,
            Self::Inconsistent => 422,
            Self::Other { status } => *status,
        }
    }

    /// The content type of [`Answer::body`].
    #[must_use]
    pub const fn content_type(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => SIZE_TYPE,
            _ => "text/plain; charset=utf-8",
        }
    }

    /// The body: signature lines, the size held, or nothing. Signature lines are also what a witness without a
    /// network writes to a file.
    #[must_use]
    pub fn body(&self) -> String {
        match self {
            Self::Cosigned(signatures) => signatures.iter().map(|signature| format!("{signature}\n")).collect(),
            Self::Conflict { size } => format!("{size}\n"),
            _ => String::new(),
        }
    }

    /// Reads what a witness sent. Bodies of refusals are not looked at.
    pub fn parse(status: u16, body: &[u8]) -> Result<Self, AnswerError> {
        Ok(match status {
            200 => Self::Cosigned(read_signatures(body)?),
            400 => Self::Malformed,
            403 => Self::NotSigned,
            404 => Self::UnknownLog,
            409 => Self::Conflict { size: read_size(body).ok_or(AnswerError::NoSize)? },
            422 => Self::Inconsistent,
            status => Self::Other { status },
        })
    }
}

/// Takes the cosignatures of `witnesses` out of an answer into `note`, each checked and with a time; those of unknown
/// keys are passed over. Gives what was taken; none is not an error.
///
/// # Errors
/// A known witness' signature is wrong; then nothing is taken.
pub fn accept(
    note: &mut Note,
    answer: &[Signature],
    witnesses: &[VerifierKey],
) -> Result<Vec<Cosignature>, CosignatureError> {
    if answer.is_empty() {
        return Ok(Vec::new());
    }
    let offered = Note::new(note.text().to_owned(), answer.to_vec())?;
    let found = cosignature::verify(&offered, witnesses)?;
    let mut grown = note.clone();
    for cosignature in &found {
        if cosignature.time == 0 {
            return Err(CosignatureError::Time { time: 0 });
        }
        let by = |signature: &&Signature| signature.id == cosignature.id && signature.name == cosignature.name;
        // The first of a key is the one that was checked.
        if let Some(signature) = offered.signatures().iter().find(by) {
            grown.add(signature.clone())?;
        }
    }
    *note = grown;
    Ok(found)
}

fn read_signatures(body: &[u8]) -> Result<Vec<Signature>, AnswerError> {
    let text = std::str::from_utf8(body).ok().and_then(|text| text.strip_suffix('\n')).ok_or(AnswerError::NoLines)?;
    let lines: Vec<_> = text.split('\n').take(MAX_SIGNATURES + 1).collect();
    if lines.len() > MAX_SIGNATURES {
        return Err(AnswerError::NoLines);
    }
    let read = |(place, line)| Signature::parse(line).ok_or(AnswerError::Line { line: place + 1 });
    lines.into_iter().enumerate().map(read).collect()
}

fn read_size(body: &[u8]) -> Option<u64> {
    decimal(std::str::from_utf8(body).ok()?.strip_suffix('\n')?)
}
