//! The journal as stored: leaf bytes in bundles, the tree above them, signed checkpoints, keys, proofs.
//! Which version makes which leaf is `write`'s work, hashing and signing the journal crate's.

pub(crate) mod bundle;
mod checkpoint;
mod export;
pub(crate) mod keys;
mod known;
mod prove;
mod sequence;
mod sequencer;
pub(crate) mod state;
mod tile;

pub use checkpoint::{SignedCheckpoint, replace_file};
pub(crate) use checkpoint::{newest as newest_in, sync_folder};
pub use export::Exported;
pub use keys::LogKeys;
pub(crate) use known::Known;
pub use prove::InclusionProof;
pub(crate) use prove::{NodeRow, find_nodes, read_node};
pub(crate) use sequence::STORED;
pub(crate) use sequencer::Sequencing;
