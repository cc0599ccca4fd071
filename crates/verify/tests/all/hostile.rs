//! Bundles made to harm: each is refused with a clear place and nothing is unpacked, however it was built.

use akashi_journal::checkpoint::{Checkpoint, KeyRing};
use akashi_journal::note::Note;
use akashi_journal::proof::TlogProof;
use akashi_journal::{Digest, Entry};
use akashi_verify::{Answer, Bundle, Given, Stamp, verify};

use crate::make::{bundle, failed, signer};

/// A ZIP as other programs write it, so that anything can be put into it.
#[derive(Default)]
struct Zip {
    body: Vec<u8>,
    central: Vec<u8>,
    count: u16,
}

impl Zip {
    /// Adds a member; `method` 0 is stored, 8 deflate; sizes are what the headers claim.
    fn add(mut self, name: &[u8], method: u16, content: &[u8], claimed: u32) -> Zip {
        let at = self.body.len() as u32;
        let mut head = vec![20, 0, 0, 0];
        head.extend(method.to_le_bytes());
        head.extend([0, 0, 0x21, 0]);
        head.extend(crc(content).to_le_bytes());
        head.extend((content.len() as u32).to_le_bytes());
        head.extend(claimed.to_le_bytes());
        head.extend((name.len() as u16).to_le_bytes());
        head.extend([0, 0]);
        self.body.extend([b"PK\x03\x04", &head[..], name, content].concat());
        self.central.extend([b"PK\x01\x02", &[20, 0][..], &head, &[0; 10], &at.to_le_bytes(), name].concat());
        self.count += 1;
        self
    }

    fn stored(self, name: &str, content: &[u8]) -> Zip {
        self.add(name.as_bytes(), 0, content, content.len() as u32)
    }

    fn end(self) -> Vec<u8> {
        let (at, length) = ((self.body.len() as u32).to_le_bytes(), (self.central.len() as u32).to_le_bytes());
        let count = self.count.to_le_bytes();
        [&self.body[..], &self.central, b"PK\x05\x06", &[0; 4], &count, &count, &length, &at, &[0, 0]].concat()
    }
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = !0_u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
        }
    }
    !crc
}

/// The members of a good bundle, to be put together otherwise.
fn members() -> Vec<(&'static str, Vec<u8>)> {
    let b = bundle();
    vec![
        ("bundle.json", br#"{"format":"akashi-proof","v":1}"#.to_vec()),
        ("entry.json", b.entry),
        ("proof.tlog-proof", b.proof),
        ("checkpoint", b.checkpoint),
        ("keys", b.keys.into_bytes()),
    ]
}

fn with(change: impl Fn(&mut Vec<(&'static str, Vec<u8>)>)) -> Vec<u8> {
    let mut all = members();
    change(&mut all);
    all.iter().fold(Zip::default(), |zip, (name, content)| zip.stored(name, content)).end()
}

/// Our own writer of test archives makes what the verifier takes, or the table below would show nothing.
#[test]
fn an_archive_of_another_writer_passes_when_it_is_in_the_one_form() {
    assert_eq!(verify(&with(|_| {}), &Given::default()).result, Answer::Unanchored);
}

#[test]
fn archives_that_are_not_plain_are_refused() {
    let deflated = [0xed, 0xc1, 0x01, 0x01, 0, 0, 0, 0x80, 0x90, 0xfe, 0xaf, 0xee, 0x08, 0x0a];
    let bomb = Zip::default().add(b"bundle.json", 8, &deflated, u32::MAX - 1);
    let one = |name: &[u8]| Zip::default().add(name, 0, b"x", 1).end();
    let many = (0..2000).fold(Zip::default(), |zip, n| zip.stored(&format!("files/{n}"), b""));
    let good = with(|_| {});
    let table: Vec<(&str, Vec<u8>)> = vec![
        ("a deflate bomb", bomb.end()),
        ("a size beyond the file", Zip::default().add(b"bundle.json", 0, b"{}", 2).end().replace_size()),
        ("out of the folder", one(b"../../etc/passwd")),
        ("an absolute name", one(b"/etc/passwd")),
        ("a drive", one(b"C:\\Windows\\x")),
        ("a name with a zero", one(b"keys\0.txt")),
        ("a name that is not UTF-8", one(b"\xff\xfe")),
        ("an empty name", one(b"")),
        ("a very long name", one(&[b'a'; 60_000])),
        ("a name twice", with(|all| all.push(all[4].clone()))),
        ("too many members", many.end()),
        ("only the end", b"PK\x05\x06".iter().copied().chain([0; 18]).collect()),
        ("something before", [b"#!/bin/sh\n", &good[..]].concat()),
        ("something after", [&good[..], b"\n"].concat()),
        ("a second archive behind", [&good[..], &good[..]].concat()),
        ("cut in the middle", good[..good.len() / 2].to_vec()),
        ("cut by one", good[..good.len() - 1].to_vec()),
        ("an unknown member", with(|all| all.push(("evil.exe", b"MZ".to_vec())))),
        ("a stamp without a number before it", with(|all| all.push(("stamp-1.tsr", vec![0x30])))),
        ("a stamp without its subject", with(|all| all.push(("stamp-0.tsr", vec![0x30])))),
        ("a file that no opening names", with(|all| all.push(("files/0", b"x".to_vec())))),
        ("a body without its salts", with(|all| all.push(("body.json", b"{}".to_vec())))),
        ("another format", with(|all| all[0].1 = br#"{"format":"akashi-proof","v":2}"#.to_vec())),
        ("a member left out", with(|all| drop(all.remove(3)))),
        ("keys that are no text", with(|all| all[4].1 = vec![0xff; 8])),
        (
            "salts that are no JSON",
            with(|all| all.extend([("opening.json", b"[".to_vec()), ("body.json", b"{}".to_vec())])),
        ),
    ];
    for (what, bytes) in table {
        let report = verify(&bytes, &Given::default());
        assert_eq!(report.result, Answer::Failed, "{what}");
        assert_eq!(failed(&report)[0].0, "archive", "{what}: {}", report.text(false));
        let says = &report.steps[0].says;
        assert!(says.ja.contains("読めません") && says.en.contains("no bundle"), "{what}: {says:?}");
    }
}

trait Resize {
    fn replace_size(self) -> Vec<u8>;
}

impl Resize for Vec<u8> {
    /// Claims 4 GiB in the first header.
    fn replace_size(mut self) -> Vec<u8> {
        self[18..26].fill(0xff);
        self
    }
}

/// Everything properly closed and each part real, but not belonging together.
#[test]
fn parts_that_do_not_belong_together_are_refused() {
    type Change = fn(&mut Bundle);
    let table: [(&str, &str, Change); 12] = [
        ("another log's checkpoint", "checkpoint", |b| put(b, foreign("x.example/log", 1, 300))),
        ("the same name, another key", "checkpoint", |b| put(b, foreign("h.example/log", 9, 300))),
        ("a root of our own", "proof.tlog-proof", |b| put(b, foreign("h.example/log", 1, 300))),
        ("a smaller log", "proof.tlog-proof", |b| put(b, foreign("h.example/log", 1, 20))),
        ("only the proof's checkpoint is another", "proof.tlog-proof", |b| {
            let proof = TlogProof::parse(&b.proof).unwrap();
            let checkpoint = foreign("h.example/log", 1, 300);
            b.proof = TlogProof { checkpoint, ..proof }.to_string().into_bytes();
        }),
        ("a proof without hashes", "proof.tlog-proof", |b| {
            let proof = TlogProof::parse(&b.proof).unwrap();
            b.proof = TlogProof { hashes: Vec::new(), ..proof }.to_string().into_bytes();
        }),
        ("hashes in another order", "proof.tlog-proof", |b| {
            let mut proof = TlogProof::parse(&b.proof).unwrap();
            proof.hashes.reverse();
            b.proof = proof.to_string().into_bytes();
        }),
        ("another entry", "proof.tlog-proof", |b| {
            let mut entry = Entry::from_leaf(&b.entry).unwrap();
            entry.rev += 1;
            b.entry = entry.to_leaf().unwrap();
        }),
        ("an entry with a space in it", "entry.json", |b| b.entry.insert(1, b' ')),
        ("a stamp over another checkpoint", "stamp-0.tsr", |b| {
            let subject = foreign("h.example/log", 1, 200).to_string().into_bytes();
            b.stamps = vec![Stamp { subject, ..Stamp::default() }];
        }),
        ("no keys at all", "keys", |b| b.keys.clear()),
        ("a key twice the length", "keys", |b| b.keys = b.keys.repeat(2).replace(" 0 -\n", "")),
    ];
    for (what, place, change) in table {
        let mut bad = bundle();
        change(&mut bad);
        let keys = KeyRing::new(signer("h.example/log", 1).verifier()).ok();
        let report = verify(&bad.to_bytes().unwrap(), &Given { keys, ..Given::default() });
        assert!(failed(&report).iter().any(|(_, at)| *at == place), "{what}: {:?}", failed(&report));
        assert_eq!(report.result, Answer::Failed, "{what}");
    }
}

fn foreign(origin: &str, seed: u8, size: u64) -> Note {
    Checkpoint::new(origin, size, Digest([7; 32])).unwrap().sign(&[&signer(origin, seed)]).unwrap()
}

fn put(bundle: &mut Bundle, checkpoint: Note) {
    let proof = TlogProof::parse(&bundle.proof).unwrap();
    bundle.checkpoint = checkpoint.to_string().into_bytes();
    bundle.proof = TlogProof { checkpoint, ..proof }.to_string().into_bytes();
}
