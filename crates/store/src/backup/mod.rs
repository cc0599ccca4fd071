//! Backups: everything of one moment, or what came since the piece before, as two streams, the same for both databases.
//! The *data* hold no key and may lie in locked storage for years; the *keys* are small and are replaced with every
//! run, so that a disposal reaches old backups too. Encryption and where streams go are decided above.
//!
//! Stream: `akashi-backup/v2 data|keys\n`, then items: `H` head (JSON), `T` table with columns and rows, `B` part of a
//! file, `E` end. Numbers are little-endian; texts and bytes have a length of 4 bytes in front.

mod epoch;
mod files;
mod load;
mod row;
mod save;
mod schema;

use akashi_journal::Digest;
use serde_json::{Value as Json, json};

pub use load::{Opened, Pieces, Restore, Restored};
pub use save::{Saved, Since};

use crate::error::Result;
use row::wrong;

/// First lines of the two streams.
const DATA: &[u8] = b"akashi-backup/v2 data\n";
const KEYS: &[u8] = b"akashi-backup/v2 keys\n";
/// The head: JSON in bytes.
const HEAD: u8 = b'H';
/// Begins a table: name, number of columns, their names; rows follow, each begun by 1, the last by 0.
const TABLE: u8 = b'T';
/// A sealed part of a file: name, digest, bytes.
const PART: u8 = b'B';
/// The end: a stream without it is cut.
const END: u8 = b'E';
/// Name of what the keys say about disposals, beside the tables.
const DISPOSALS: &str = "disposals";

/// Which piece of which chain a stream is: it stands inside the encryption, so that pieces cannot be exchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Counts from 0 in a chain.
    pub piece: u32,
    /// SHA-256 of the manifest of the piece before; none for the first.
    pub previous: Option<Digest>,
}

impl Link {
    fn to_json(&self) -> Json {
        json!({ "piece": self.piece, "previous": self.previous.map(|d| d.to_hex()) })
    }

    fn read(head: &Json) -> Result<Link> {
        let piece = head["piece"].as_u64().and_then(|n| u32::try_from(n).ok());
        let previous = match &head["previous"] {
            Json::String(hex) => Some(Digest::from_hex(hex).map_err(|_| wrong("its head names no digest"))?),
            _ => None,
        };
        Ok(Link { piece: piece.ok_or_else(|| wrong("its head has no number"))?, previous })
    }
}
