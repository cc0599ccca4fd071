//! Contents at rest, format 1: `0x01 ‖ nonce (24) ‖ XChaCha20-Poly1305 ciphertext ‖ tag (16)`.
//!
//! A record's contents are sealed under a key derived from the record's key, with a nonce from the operating
//! system: revisions that were rolled back and written anew differ. A file has a key of its own that seals only
//! this one content, so the number of the part is nonce enough. Without the key nothing can be opened or guessed.

use akashi_journal::Digest;
use akashi_journal::commitment::RecordKey;
use chacha20poly1305::aead::{Aead as _, AeadInPlace as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};

/// First byte of what is sealed.
const FORMAT: u8 = 1;
/// Bytes of a nonce.
pub(crate) const NONCE: usize = 24;
/// Bytes a part of a file grows by.
pub(crate) const TAG: usize = 16;

/// Seals and opens the contents of one record.
pub(crate) struct Sealer {
    cipher: XChaCha20Poly1305,
    record: String,
}

impl Sealer {
    /// For the record of that id (as the database has it) and key.
    pub(crate) fn new(key: &RecordKey, record: &str) -> Sealer {
        Sealer { cipher: XChaCha20Poly1305::new(&key.seal_key().into()), record: record.to_owned() }
    }

    /// Takes the key as the database has it; none when it is not one.
    pub(crate) fn of(key: Option<&[u8]>, record: &str) -> Option<Sealer> {
        Some(Sealer::new(&RecordKey::new(key?.try_into().ok()?), record))
    }

    /// Seals what stands in `column` of revision `rev`; it opens only there.
    pub(crate) fn seal(&self, rev: u32, column: &str, nonce: &[u8; NONCE], plain: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(1 + NONCE + plain.len() + TAG);
        sealed.push(FORMAT);
        sealed.extend_from_slice(nonce);
        sealed.extend_from_slice(plain);
        let (nonce, place) = (XNonce::from_slice(nonce), self.place(rev, column));
        let tag = self.cipher.encrypt_in_place_detached(nonce, &place, &mut sealed[1 + NONCE..]);
        sealed.extend_from_slice(&tag.expect("contents are far shorter than the cipher's 256 GiB"));
        sealed
    }

    /// Opens it; none when a byte, the place or the key is another.
    pub(crate) fn open(&self, rev: u32, column: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, msg) = sealed.strip_prefix(&[FORMAT])?.split_at_checked(NONCE)?;
        self.cipher.decrypt(XNonce::from_slice(nonce), Payload { msg, aad: &self.place(rev, column) }).ok()
    }

    /// As [`Sealer::open`], for text.
    pub(crate) fn open_text(&self, rev: u32, column: &str, sealed: &[u8]) -> Option<String> {
        String::from_utf8(self.open(rev, column, sealed)?).ok()
    }

    fn place(&self, rev: u32, column: &str) -> Vec<u8> {
        format!("akashi/seal/v1\n{}\n{rev}\n{column}", self.record).into_bytes()
    }
}

/// Seals and opens the parts of one file content.
pub(crate) struct FileSealer {
    cipher: XChaCha20Poly1305,
    digest: Digest,
}

impl FileSealer {
    /// For the content of that digest; the key must never have sealed another content.
    pub(crate) fn new(key: &[u8; 32], digest: Digest) -> FileSealer {
        FileSealer { cipher: XChaCha20Poly1305::new(key.into()), digest }
    }

    /// Seals part `number`, counted from 0.
    pub(crate) fn seal(&self, number: u64, plain: &[u8]) -> Vec<u8> {
        let sealed = self.cipher.encrypt(&nonce(number), Payload { msg: plain, aad: &self.digest.0 });
        sealed.expect("a part is far shorter than the cipher's 256 GiB")
    }

    /// Opens part `number`; none when it is not that part of this content.
    pub(crate) fn open(&self, number: u64, sealed: &[u8]) -> Option<Vec<u8>> {
        self.cipher.decrypt(&nonce(number), Payload { msg: sealed, aad: &self.digest.0 }).ok()
    }
}

fn nonce(number: u64) -> XNonce {
    let mut nonce = [0; NONCE];
    nonce[NONCE - 8..].copy_from_slice(&number.to_be_bytes());
    nonce.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_only_at_its_place_and_with_its_key() {
        let key = RecordKey::new([7; 32]);
        let (ours, other) = (Sealer::new(&key, "r1"), Sealer::new(&key, "r2"));
        let sealed = ours.seal(3, "body", &[9; NONCE], "秘密".as_bytes());
        assert_eq!(ours.open_text(3, "body", &sealed).as_deref(), Some("秘密"));
        assert!(ours.open(4, "body", &sealed).is_none());
        assert!(ours.open(3, "reason", &sealed).is_none());
        assert!(other.open(3, "body", &sealed).is_none());
        assert!(Sealer::of(Some(&[8; 32]), "r1").unwrap().open(3, "body", &sealed).is_none());
        assert!(Sealer::of(Some(&[8; 31]), "r1").is_none());
        for at in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[at] ^= 1;
            assert!(ours.open(3, "body", &bad).is_none(), "byte {at}");
        }
        assert!(ours.open(3, "body", &sealed[..20]).is_none());
    }

    #[test]
    fn parts_of_a_file_do_not_change_places() {
        let sealer = FileSealer::new(&[1; 32], Digest::of(b"x"));
        let sealed = sealer.seal(0, b"part");
        assert_eq!(sealed.len(), 4 + TAG);
        assert_eq!(sealer.open(0, &sealed).unwrap(), b"part");
        assert!(sealer.open(1, &sealed).is_none());
        assert!(FileSealer::new(&[1; 32], Digest::of(b"y")).open(0, &sealed).is_none());
    }
}
