//! Entry bundles: up to 256 entries, each behind its length as a big-endian 16-bit number.

use super::FULL;

/// Longest entry in bytes.
pub const MAX_ENTRY: usize = u16::MAX as usize;

/// Entries that do not make a bundle, or bytes that are not one. `entry` counts from 0 within the bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Other than 1 to 256 entries.
    #[error("a bundle holds 1 to {FULL} entries, not {found}")]
    Count { found: usize },
    /// An entry that a 16-bit length cannot tell.
    #[error(
        "entry {entry} of the bundle has {bytes} bytes, at most {MAX_ENTRY} are possible; keep it as a blob and log its digest"
    )]
    TooLong { entry: usize, bytes: usize },
    /// The bytes end within an entry or its length, or before the last entry.
    #[error("the bundle ends at byte {at}, inside or before entry {entry} of {width}")]
    Short { entry: usize, width: u16, at: usize },
    /// Bytes after the last entry.
    #[error("{bytes} bytes follow the last of {width} entries")]
    Trailing { width: u16, bytes: usize },
}

/// The bytes of a bundle of 1 to 256 entries.
pub fn encode_bundle<E: AsRef<[u8]>>(entries: &[E]) -> Result<Vec<u8>, BundleError> {
    if entries.is_empty() || entries.len() > usize::from(FULL) {
        return Err(BundleError::Count { found: entries.len() });
    }
    let bytes = entries.iter().map(|entry| entry.as_ref().len() + 2).sum();
    let mut out = Vec::with_capacity(bytes);
    for (place, entry) in entries.iter().enumerate() {
        let entry = entry.as_ref();
        let length = u16::try_from(entry.len());
        let length = length.map_err(|_| BundleError::TooLong { entry: place, bytes: entry.len() })?;
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(entry);
    }
    Ok(out)
}

/// The entries of a bundle whose path says `width`, without copying.
pub fn parse_bundle(bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, BundleError> {
    if width == 0 || width > FULL {
        return Err(BundleError::Count { found: usize::from(width) });
    }
    let (mut rest, mut entries) = (bytes, Vec::with_capacity(usize::from(width)));
    for entry in 0..usize::from(width) {
        let cut = split_entry(rest).ok_or(BundleError::Short { entry, width, at: bytes.len() })?;
        entries.push(cut.0);
        rest = cut.1;
    }
    if rest.is_empty() { Ok(entries) } else { Err(BundleError::Trailing { width, bytes: rest.len() }) }
}

fn split_entry(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))
}
