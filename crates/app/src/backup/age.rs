//! Files in the age format, version 1 (age-encryption.org/v1), with a passphrase: any age tool opens them.
//! Written here on RustCrypto's ciphers: the crate `age` calls itself a beta and brings 150 packages. What is
//! encrypted, and where it goes, is the neighbour's matter. Recipients by public key are not written yet.

use std::io::{self, Read, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::Aead as _;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

const INTRO: &str = "age-encryption.org/v1\n";
/// Plain bytes of a chunk.
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
/// Work of scrypt as a power of two: a second or so, 256 MiB.
pub const WORK: u8 = 18;
/// Most work that is done for a file from elsewhere.
const MOST_WORK: u8 = 22;
/// Longest header that is read.
const MAX_HEADER: usize = 4096;

/// Encrypts what is written to it; [`Encrypt::finish`] makes it whole.
pub(super) struct Encrypt<W: Write> {
    out: W,
    cipher: ChaCha20Poly1305,
    open: Vec<u8>,
    number: u64,
}

/// Decrypts what is read through it. A cut or changed file ends in an error, never in a short read.
pub(super) struct Decrypt<R: Read> {
    from: R,
    cipher: ChaCha20Poly1305,
    plain: Vec<u8>,
    at: usize,
    /// One chunk ahead: only then is it known which one is the last.
    next: Vec<u8>,
    number: u64,
    ended: bool,
}

impl<W: Write> Encrypt<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// Writing failed, or there is no randomness.
    pub(super) fn begin(mut out: W, passphrase: &str, work: u8) -> io::Result<Self> {
        let (mut file_key, mut salt, mut nonce) = ([0; 16], [0; 16], [0; 16]);
        for bytes in [&mut file_key, &mut salt, &mut nonce] {
            getrandom::fill(bytes).map_err(|e| io::Error::other(e.to_string()))?;
        }
        let wrap = ChaCha20Poly1305::new((&scrypt_key(passphrase, &salt, work)?).into());
        let wrapped = wrap.encrypt(&Nonce::default(), &file_key[..]).map_err(|_| wrong("the key cannot be wrapped"))?;
        let (salt, wrapped) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(wrapped));
        let header = format!("{INTRO}-> scrypt {salt} {work}\n{wrapped}\n---");
        let mac = STANDARD_NO_PAD.encode(hmac(&hkdf(&file_key, &[], b"header"), &[header.as_bytes()]));
        out.write_all(format!("{header} {mac}\n").as_bytes())?;
        out.write_all(&nonce)?;
        let cipher = ChaCha20Poly1305::new((&hkdf(&file_key, &nonce, b"payload")).into());
        Ok(Encrypt { out, cipher, open: Vec::with_capacity(CHUNK), number: 0 })
    }

    fn seal(&mut self, last: bool) -> io::Result<()> {
        let sealed = self.cipher.encrypt(&stream_nonce(self.number, last), &self.open[..]);
        self.out.write_all(&sealed.map_err(|_| wrong("a chunk cannot be encrypted"))?)?;
        self.number += 1;
        self.open.clear();
        Ok(())
    }

    /// Writes the end; a file without it cannot be read.
    ///
    /// # Errors
    /// Writing failed.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.seal(true)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Encrypt<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk waits for more: the last one must not be empty unless all is empty.
        if self.open.len() == CHUNK {
            self.seal(false)?;
        }
        let taken = bytes.len().min(CHUNK - self.open.len());
        self.open.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<R: Read> Decrypt<R> {
    /// Opens a file.
    ///
    /// # Errors
    /// Not such a file, another passphrase, or a changed header.
    pub(super) fn open(mut from: R, passphrase: &str) -> io::Result<Self> {
        let header = read_header(&mut from)?;
        let file_key = file_key(&header, passphrase)?;
        let mut nonce = [0; 16];
        from.read_exact(&mut nonce)?;
        let cipher = ChaCha20Poly1305::new((&hkdf(&file_key, &nonce, b"payload")).into());
        let next = read_chunk(&mut from)?;
        Ok(Decrypt { from, cipher, plain: Vec::new(), at: 0, next, number: 0, ended: false })
    }

    fn advance(&mut self) -> io::Result<()> {
        let sealed = std::mem::replace(&mut self.next, read_chunk(&mut self.from)?);
        let last = self.next.is_empty();
        let plain = self.cipher.decrypt(&stream_nonce(self.number, last), &sealed[..]);
        self.plain = plain.map_err(|_| wrong("it was changed or cut"))?;
        (self.at, self.ended) = (0, last);
        self.number += 1;
        if self.plain.is_empty() && self.number > 1 {
            return Err(wrong("it ends in an empty chunk"));
        }
        Ok(())
    }
}

impl<R: Read> Read for Decrypt<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.plain.len() && !self.ended {
            self.advance()?;
        }
        let given = into.len().min(self.plain.len() - self.at);
        into[..given].copy_from_slice(&self.plain[self.at..self.at + given]);
        self.at += given;
        Ok(given)
    }
}

/// The header's text up to and including the line of its code.
fn read_header(from: &mut impl Read) -> io::Result<String> {
    let (mut header, mut line) = (Vec::new(), 0);
    loop {
        let mut byte = [0];
        from.read_exact(&mut byte)?;
        header.push(byte[0]);
        if header.len() > MAX_HEADER || (header.len() == INTRO.len() && header != INTRO.as_bytes()) {
            return Err(wrong("it is no age file"));
        }
        if byte[0] == b'\n' {
            if header[line..].starts_with(b"--- ") {
                return String::from_utf8(header).map_err(|_| wrong("it is no age file"));
            }
            line = header.len();
        }
    }
}

fn file_key(header: &str, passphrase: &str) -> io::Result<[u8; 16]> {
    let shape = || wrong("it is not encrypted with a passphrase");
    let lines: Vec<&str> = header.lines().collect();
    let [_, stanza, wrapped, code] = lines[..] else { return Err(shape()) };
    let [arrow, kind, salt, work] = stanza.split(' ').collect::<Vec<_>>()[..] else { return Err(shape()) };
    if (arrow, kind) != ("->", "scrypt") {
        return Err(shape());
    }
    let decode = |text: &str| STANDARD_NO_PAD.decode(text).map_err(|_| shape());
    let work: u8 = work.parse().ok().filter(|work| (1..=MOST_WORK).contains(work)).ok_or_else(shape)?;
    let wrap = ChaCha20Poly1305::new((&scrypt_key(passphrase, &decode(salt)?, work)?).into());
    let key = wrap.decrypt(&Nonce::default(), &decode(wrapped)?[..]).map_err(|_| wrong("the passphrase is another"))?;
    let key: [u8; 16] = key.try_into().map_err(|_| shape())?;
    let signed = &header[..header.len() - code.len() - 1 + 3];
    let mut mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(&hkdf(&key, &[], b"header")).map_err(|_| shape())?;
    mac.update(signed.as_bytes());
    let given = decode(code.strip_prefix("--- ").ok_or_else(shape)?)?;
    mac.verify_slice(&given).map_err(|_| wrong("its header was changed"))?;
    Ok(key)
}

/// A sealed chunk; empty at the end.
fn read_chunk(from: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut chunk = Vec::new();
    from.take((CHUNK + TAG) as u64).read_to_end(&mut chunk)?;
    Ok(chunk)
}

fn stream_nonce(number: u64, last: bool) -> Nonce {
    let mut nonce = [0; 12];
    nonce[3..11].copy_from_slice(&number.to_be_bytes());
    nonce[11] = u8::from(last);
    nonce.into()
}

fn scrypt_key(passphrase: &str, salt: &[u8], work: u8) -> io::Result<[u8; 32]> {
    let params = scrypt::Params::new(work, 8, 1, 32).map_err(|e| io::Error::other(e.to_string()))?;
    let salt = [b"age-encryption.org/v1/scrypt", salt].concat();
    let mut key = [0; 32];
    scrypt::scrypt(passphrase.as_bytes(), &salt, &params, &mut key).map_err(|e| io::Error::other(e.to_string()))?;
    Ok(key)
}

/// HKDF-SHA256 (RFC 5869) for one block.
fn hkdf(key: &[u8], salt: &[u8], info: &[u8]) -> [u8; 32] {
    hmac(&hmac(salt, &[key]), &[info, &[1]])
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256> as hmac::Mac>::new_from_slice(key).expect("HMAC takes a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(plain: &[u8]) -> Vec<u8> {
        let mut file = Encrypt::begin(Vec::new(), "合言葉", 4).unwrap();
        file.write_all(plain).unwrap();
        file.finish().unwrap()
    }

    fn opened(bytes: &[u8], passphrase: &str) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        Decrypt::open(bytes, passphrase)?.read_to_end(&mut plain)?;
        Ok(plain)
    }

    #[test]
    fn what_was_written_comes_back() {
        for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
            let plain: Vec<u8> = (0..size).map(|n| n as u8).collect();
            assert_eq!(opened(&sealed(&plain), "合言葉").unwrap(), plain, "{size}");
        }
    }

    #[test]
    fn a_changed_or_cut_file_is_refused() {
        let file = sealed(&vec![7; 2 * CHUNK + 5]);
        assert!(opened(&file, "別の言葉").is_err());
        for at in (0..file.len()).step_by(97).chain(0..300) {
            let mut bad = file.clone();
            bad[at] ^= 1;
            assert!(opened(&bad, "合言葉").is_err(), "byte {at}");
            assert!(opened(&file[..at], "合言葉").is_err(), "cut at {at}");
        }
    }

    /// The vector of RFC 5869, test case 3, first block.
    #[test]
    fn hkdf_is_that_of_the_standard() {
        let expect = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d";
        assert_eq!(hex::encode(hkdf(&[0x0b; 22], &[], &[])), expect);
    }

    /// Written by rage 0.12 (PyPI `pyrage`), which shares nothing with this file.
    #[test]
    fn a_file_of_another_program_opens() {
        const FILE: &str = "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCB6ZmlNdEk1VUwrRWxJZ2ZidDZuTnNBIDE3Cm5VS1BlZ1pYWWwv\
            Zm40aVpMbE9wQURhdWpnRVQzL0NuVTBjN3VmdGJkM3MKLS0tIHVMemNQZ0k1a24vQUxhZks4LytLZ0RNZXIzQUFnNUJ4dFZHUjViNmtsVmcK\
            VExLf/N7VPURMGk4ldRnLoBvYo6/Vw8kSme96tXxCyAhWMlfhd/+jDwB";
        let file = base64::engine::general_purpose::STANDARD.decode(FILE).unwrap();
        assert_eq!(opened(&file, "合言葉").unwrap(), "証 Akashi".as_bytes());
    }
}
