//! Checking proofs, after RFC 9162 §2.1.3.2 and §2.1.4.2. Works on hashes alone.

use super::{MerkleError, check_size, empty_root, expect_root, node_hash};
use crate::Digest;

/// The root that an inclusion proof leads to.
///
/// # Errors
/// The leaf is not in such a tree, or the number of hashes cannot be right.
pub fn root_of_inclusion(leaf: &Digest, index: u64, size: u64, proof: &[Digest]) -> Result<Digest, MerkleError> {
    check_size(size)?;
    if index >= size {
        return Err(MerkleError::NoSuchLeaf { index, size });
    }
    let expected = inclusion_len(index, size);
    if proof.len() != expected {
        return Err(MerkleError::WrongLength { found: proof.len(), expected });
    }
    let (mut place, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if place & 1 == 1 || place == last {
            hash = node_hash(sibling, &hash);
            climb_left_edge(&mut place, &mut last);
        } else {
            hash = node_hash(&hash, sibling);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    Ok(hash)
}

/// Whether `leaf` is at `index` in the tree of `size` leaves with this `root`.
pub fn verify_inclusion(
    leaf: &Digest,
    index: u64,
    size: u64,
    proof: &[Digest],
    root: &Digest,
) -> Result<(), MerkleError> {
    expect_root(root_of_inclusion(leaf, index, size, proof)?, root)
}

/// Whether the tree of `old` leaves with `old_root` is the beginning of the tree of `new` leaves with `new_root`.
/// An empty old tree is the beginning of every tree; the proof is then empty.
pub fn verify_consistency(
    old: u64,
    old_root: &Digest,
    new: u64,
    new_root: &Digest,
    proof: &[Digest],
) -> Result<(), MerkleError> {
    check_size(new)?;
    if old > new {
        return Err(MerkleError::Shrunk { old, new });
    }
    let expected = consistency_len(old, new);
    if proof.len() != expected {
        return Err(MerkleError::WrongLength { found: proof.len(), expected });
    }
    if old == new {
        return expect_root(*old_root, new_root);
    }
    if old == 0 {
        return expect_root(*old_root, &empty_root());
    }
    let (from_old, to_new) = roots_of_consistency(old, old_root, new, proof);
    expect_root(from_old, old_root)?;
    expect_root(to_new, new_root)
}

/// The two roots a proof leads to, for 0 < `old` < `new` and a proof of the right length.
fn roots_of_consistency(old: u64, old_root: &Digest, new: u64, proof: &[Digest]) -> (Digest, Digest) {
    let shift = (old - 1).trailing_ones();
    let (mut place, mut last) = ((old - 1) >> shift, (new - 1) >> shift);
    // A complete old tree is a subtree of the new one, so its root itself is where the path starts.
    let (start, path) = match proof.split_first() {
        Some((first, rest)) if !old.is_power_of_two() => (*first, rest),
        _ => (*old_root, proof),
    };
    let (mut from_old, mut to_new) = (start, start);
    for sibling in path {
        if place & 1 == 1 || place == last {
            from_old = node_hash(sibling, &from_old);
            to_new = node_hash(sibling, &to_new);
            climb_left_edge(&mut place, &mut last);
        } else {
            to_new = node_hash(&to_new, sibling);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    (from_old, to_new)
}

/// On the right edge a subtree has no sibling on some levels: skips them.
fn climb_left_edge(place: &mut u64, last: &mut u64) {
    while *place & 1 == 0 && *place != 0 {
        *place >>= 1;
        *last >>= 1;
    }
}

/// Number of hashes in an inclusion proof: below the fork from the right edge one per level, above it one per bit set.
fn inclusion_len(index: u64, size: u64) -> usize {
    let fork = u64::BITS - (index ^ (size - 1)).leading_zeros();
    (fork + (index.checked_shr(fork).unwrap_or(0)).count_ones()) as usize
}

/// Number of hashes in a consistency proof.
fn consistency_len(old: u64, new: u64) -> usize {
    if old == 0 || old == new {
        return 0;
    }
    let shift = (old - 1).trailing_ones();
    let path = inclusion_len((old - 1) >> shift, ((new - 1) >> shift) + 1);
    path + usize::from(!old.is_power_of_two())
}
