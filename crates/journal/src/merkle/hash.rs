//! The two hashes of the tree. What is short is laid out in blocks of SHA-256 here: every leaf costs a node, and the
//! buffering of a general hasher shows beside them.

use crate::Digest;
use sha2::digest::generic_array::GenericArray;
use sha2::digest::typenum::U64;
use sha2::{Digest as _, Sha256, compress256};

type Block = GenericArray<u8, U64>;

/// Where SHA-256 begins (FIPS 180-4 §5.3.3).
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
/// Leaves of more blocks go through a general hasher.
const MAX_BLOCKS: usize = 16;

/// SHA-256(0x00 ‖ entry).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Digest {
    // Prefix, entry, 0x80 and eight bytes of length.
    let count = (entry.len() + 10).div_ceil(64);
    if entry.len() < 63 || count > MAX_BLOCKS {
        return long_leaf_hash(entry);
    }
    let mut blocks = [Block::default(); MAX_BLOCKS];
    blocks[0][1..].copy_from_slice(&entry[..63]);
    let (whole, rest) = entry[63..].as_chunks::<64>();
    for (block, bytes) in blocks[1..].iter_mut().zip(whole) {
        block.copy_from_slice(bytes);
    }
    let last = &mut blocks[1 + whole.len()];
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x80;
    let bits = (entry.len() as u64 + 1) * 8;
    blocks[count - 1][56..].copy_from_slice(&bits.to_be_bytes());
    compress(&blocks[..count])
}

fn long_leaf_hash(entry: &[u8]) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(entry);
    Digest(hasher.finalize().into())
}

/// SHA-256(0x01 ‖ left ‖ right).
#[must_use]
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let mut blocks = [Block::default(); 2];
    blocks[0][0] = 1;
    blocks[0][1..33].copy_from_slice(&left.0);
    blocks[0][33..].copy_from_slice(&right.0[..31]);
    blocks[1][..2].copy_from_slice(&[right.0[31], 0x80]);
    blocks[1][62..].copy_from_slice(&(65_u16 * 8).to_be_bytes());
    compress(&blocks)
}

fn compress(blocks: &[Block]) -> Digest {
    let mut state = INITIAL;
    compress256(&mut state, blocks);
    let mut hash = [0; Digest::LEN];
    hash.chunks_exact_mut(4).zip(state).for_each(|(bytes, word)| bytes.copy_from_slice(&word.to_be_bytes()));
    Digest(hash)
}
