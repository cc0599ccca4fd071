//! Backups: everything of one moment as two streams, the same for both databases. The *data* hold no key and
//! may lie in locked storage for years; the *keys* are small and are replaced with every backup, so that a
//! disposal reaches old backups too. Encryption and where streams go are decided above.
//!
//! Stream: `akashi-backup/v1 data|keys\n`, then items: `T` table with columns and rows, `B` part of a file,
//! `E` end. Numbers are little-endian; texts and bytes have a length of 4 bytes in front.

mod load;
mod row;
mod save;
mod schema;

pub use load::Restored;
pub use save::Saved;

/// First lines of the two streams.
const DATA: &[u8] = b"akashi-backup/v1 data\n";
const KEYS: &[u8] = b"akashi-backup/v1 keys\n";
/// Begins a table: name, number of columns, their names; rows follow, each begun by 1, the last by 0.
const TABLE: u8 = b'T';
/// A sealed part of a file: digest, number, bytes.
const PART: u8 = b'B';
/// The end: a stream without it is cut.
const END: u8 = b'E';
