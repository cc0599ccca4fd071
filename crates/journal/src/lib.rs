//! Evidence that a stranger can check: canonical JSON, journal entries, the Merkle tree, C2SP tiles,
//! signed notes, checkpoints, cosignatures, witnesses, policies and proof files. Pure: no file, socket, clock or random
//! source is touched here; times, keys and stored hashes are arguments. Storing and serving live in `store`.

pub mod canon;
pub mod checkpoint;
pub mod commitment;
pub mod cosignature;
pub mod digest;
pub mod entry;
pub mod merkle;
pub mod note;
pub mod policy;
pub mod proof;
pub mod tile;
pub mod time;
pub mod witness;

pub use digest::Digest;
pub use entry::{Command, Entry};
