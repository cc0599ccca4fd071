//! The programs as people and the page start them: options, languages, exit codes.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use akashi_verify::{Given, verify};
use serde_json::{Value as Json, json};

use crate::make::{bundle, signer};

/// A folder with a good bundle, one with another content, and a file that is none; goes away with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("akashi-verify-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        let folder = Folder(path);
        folder.write("good.zip", &bundle().to_bytes().unwrap());
        let mut changed = bundle();
        changed.opening.iter_mut().for_each(|opening| opening.body.push(b' '));
        folder.write("changed.zip", &changed.to_bytes().unwrap());
        folder.write("none.zip", b"PK");
        folder.write("keys", signer("h.example/log", 1).verifier().to_string().as_bytes());
        let (log, witness) = (signer("h.example/log", 1).verifier(), signer("w.example/w", 2).cosigner());
        folder.write("policy", format!("log {log}\nwitness w {witness}\nquorum w\n").as_bytes());
        let other = signer("v.example/v", 3).cosigner();
        let far = format!("log {log}\nwitness w {witness}\nwitness v {other}\ngroup g all w v\nquorum g\n");
        folder.write("far", far.as_bytes());
        folder
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.0.join(name), bytes).unwrap();
    }

    fn run(&self, args: &[&str]) -> (Option<i32>, String, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_akashi-verify"));
        let out = command.args(args).current_dir(&self.0).env("AKASHI_LANG", "ja").output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (out.status.code(), text(out.stdout), text(out.stderr))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn the_exit_code_says_what_happened() {
    let folder = Folder::new("codes");
    let witness = signer("w.example/w", 2).cosigner().to_string();
    let table: [(&[&str], i32); 17] = [
        (&["--key", "keys", "good.zip"], 0),
        (&["--key=keys", "--witness", &witness, "good.zip"], 0),
        (&["--policy", "policy", "good.zip"], 0),
        (&["--policy", "far", "good.zip"], 1),
        (&["--policy", "keys", "good.zip"], 2),
        (&["good.zip"], 3),
        (&["--key", "keys", "good.zip", "changed.zip"], 1),
        (&["--key", "keys", "none.zip", "good.zip"], 1),
        (&["nowhere.zip"], 1),
        (&["."], 1),
        (&[], 2),
        (&["--key", "nowhere", "good.zip"], 2),
        (&["--key", "none.zip", "good.zip"], 2),
        (&["--witness", "keys", "good.zip"], 2),
        (&["--frob", "good.zip"], 2),
        (&["--lang", "fr", "good.zip"], 2),
        (&["--help"], 0),
    ];
    for (args, code) in table {
        let (found, out, err) = folder.run(args);
        assert_eq!(found, Some(code), "{args:?}\n{out}\n{err}");
        assert!(!out.is_empty() || !err.is_empty(), "{args:?} says something");
    }
}

#[test]
fn both_languages_say_the_same_steps() {
    let folder = Folder::new("languages");
    let (_, ja, _) = folder.run(&["--key", "keys", "good.zip", "changed.zip"]);
    let (_, en, _) = folder.run(&["--lang", "en", "--key", "keys", "good.zip", "changed.zip"]);
    assert_eq!(ja.lines().count(), en.lines().count());
    assert!(ja.contains("検証できました") && en.contains("VERIFIED"), "{ja}\n{en}");
    assert!(ja.contains("未確認") && en.contains("not checked"), "{ja}\n{en}");
    let (_, help, _) = folder.run(&["--help", "--lang", "en"]);
    assert!(help.contains("Exit codes"));
}

#[test]
fn json_names_the_files() {
    let folder = Folder::new("json");
    let (_, one, _) = folder.run(&["--json", "good.zip"]);
    let one: Json = serde_json::from_str(&one).unwrap();
    assert_eq!((&one["file"], &one["result"]), (&json!("good.zip"), &json!("unanchored")));
    let (_, all, _) = folder.run(&["--json", "good.zip", "none.zip"]);
    let all: Json = serde_json::from_str(&all).unwrap();
    assert_eq!((&all[1]["file"], &all[1]["result"]), (&json!("none.zip"), &json!("failed")));
}

/// What the page's module answers is the library's report, word for word.
#[test]
fn the_module_of_the_page_answers_the_same_report() {
    let keys = signer("h.example/log", 1).verifier().to_string();
    for bytes in [bundle().to_bytes().unwrap(), b"PK".to_vec(), Vec::new()] {
        let line = json!({ "keys": keys, "witnesses": "", "policy": "" }).to_string();
        let out = page(&[line.as_bytes(), b"\n", &bytes].concat());
        let given = Given { keys: akashi_verify::read_keys(&keys).ok(), ..Given::default() };
        let report = serde_json::to_value(verify(&bytes, &given)).unwrap();
        let answer: Json = serde_json::from_slice(&out.stdout).unwrap();
        assert_eq!(answer["report"], report);
        assert_eq!(answer["content"].is_object(), report["ok"] == true, "content only of what was proven");
    }
    for input in [&b""[..], b"{}\n", br#"{"keys":"x","witnesses":"","policy":""}"#, b"\xff\n"] {
        let answer: Json = serde_json::from_slice(&page(input).stdout).unwrap();
        assert!(answer["refused"]["ja"].is_string(), "{answer}");
    }
}

fn page(input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_akashi-verify-page"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}
