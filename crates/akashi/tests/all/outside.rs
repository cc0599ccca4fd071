//! Anchors as people use them at the command line: two hospitals witnessing each other over HTTP, a stick carried between
//! machines without a network, an old copy out of a safe.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Output, Stdio};

use akashi_testkit::{Scratch, pg};
use serde_json::Value as Json;

use crate::program::{json, program, text};

/// A machine with a hospital or a witness on it.
struct Machine {
    scratch: Scratch,
    database: Option<pg::TempDatabase>,
}

impl Machine {
    fn new(name: &str, database: Option<pg::TempDatabase>) -> Machine {
        Machine { scratch: Scratch::new(name), database }
    }

    /// A hospital with `devices` devices.
    fn hospital(name: &str, database: Option<pg::TempDatabase>) -> Machine {
        let h = Machine::new(name, database);
        h.ok(&["init", "--name", "架空病院", "--origin", &format!("{name}.example/akashi"), "--data", "h"]);
        h.import("d1", 3);
        h
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = program(self.scratch.path(), args);
        if let Some(database) = self.database.as_ref().filter(|_| args.first() != Some(&"witness")) {
            command.args(["--database", database.url()]);
        }
        command.output().unwrap()
    }

    fn ok(&self, args: &[&str]) -> String {
        let out = self.run(args);
        assert!(out.status.success(), "{args:?}: {}{}", text(&out.stdout), text(&out.stderr));
        text(&out.stdout)
    }

    /// The exit code and what was printed as JSON.
    fn json(&self, args: &[&str]) -> (i32, Json) {
        let out = self.run(&[args, &["--json"]].concat());
        (out.status.code().unwrap(), json(&out))
    }

    fn import(&self, batch: &str, rows: usize) {
        let rows: String = (0..rows).map(|n| format!("{batch}-{n},端末{n},PC\n")).collect();
        let file = self.scratch.file(&format!("{batch}.csv"), format!("管理番号,機器名,種別\n{rows}"));
        self.ok(&["import", "--register", "device", "--data", "h", file.to_str().unwrap()]);
    }

    fn stamp(&self) -> (i32, Json) {
        let (code, runs) = self.json(&["stamp", "--data", "h"]);
        (code, runs[0].clone())
    }

    fn size(&self) -> u64 {
        self.json(&["anchor", "list", "--data", "h"]).1["size"].as_u64().unwrap()
    }

    /// A witness in folder `w`; gives its public key.
    fn witness(&self, name: &str) -> String {
        self.json(&["witness", "init", "--name", name, "--data", "w"]).1["key"].as_str().unwrap().to_owned()
    }
}

/// A running `akashi witness serve`.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(machine: &Machine, listen: &str) -> Server {
        let args = ["witness", "serve", "--data", "w", "--listen", listen, "--lang", "en"];
        let mut child =
            program(machine.scratch.path(), &args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).and_then(|rest| rest.split(' ').next()).expect("it says where");
        Server { child, address: address.to_owned() }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What a monitor reads.
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn two_hospitals_witness_each_other() {
    witness_each_other(Machine::hospital("kita", None), Machine::hospital("minami", None));
}

#[test]
fn two_hospitals_witness_each_other_on_postgres() {
    let story = "two_hospitals_witness_each_other_on_postgres";
    let Some((one, two)) = pg::database(story).zip(pg::database(story)) else { return };
    witness_each_other(Machine::hospital("kita", Some(one)), Machine::hospital("minami", Some(two)));
}

fn witness_each_other(kita: Machine, minami: Machine) {
    let pairs = [(&kita, &minami), (&minami, &kita)];
    let mut servers = Vec::new();
    for (hospital, other) in pairs {
        let key = other.witness("witness.example/w");
        let server = Server::start(other, "127.0.0.1:0");
        let add = [
            "anchor",
            "add",
            "--kind",
            "witness",
            "--name",
            "隣",
            "--url",
            &server.url(),
            "--key",
            &key,
            "--data",
            "h",
        ];
        hospital.ok(&add);
        servers.push(server);
    }
    // The other does not know this log yet: it waits, and says what to do.
    let (code, run) = kita.stamp();
    assert_eq!((code, &run["waiting"]), (3, &1.into()), "{run}");
    assert!(run["next"].as_str().unwrap().contains("add-log"), "{run}");
    for (hospital, other) in pairs {
        let keys = hospital.ok(&["anchor", "key", "--data", "h"]);
        let file = other.scratch.file("log.keys", keys);
        other.ok(&["witness", "add-log", "--data", "w", file.to_str().unwrap()]);
        let (code, run) = hospital.stamp();
        assert_eq!((code, run["held"].as_array().map(Vec::len)), (0, Some(1)), "{run}");
        hospital.import("more", 300);
        let (code, run) = hospital.stamp();
        assert_eq!((code, &run["held"][0]), (0, &hospital.size().into()), "{run}");
    }
    // What the witness shows to monitors is what the hospital publishes.
    let (_, logs) = minami.json(&["witness", "list", "--data", "w"]);
    assert_eq!(logs[0]["size"], kita.size(), "{logs}");
    let hash = std::fs::read_dir(minami.path("w/logs")).unwrap().next().unwrap().unwrap().file_name();
    let shown = servers[0].get(&format!("/{}/checkpoint", hash.to_str().unwrap()));
    let published = std::fs::read_to_string(kita.path("h/checkpoint")).unwrap();
    assert!(published.contains("witness.example/w") && shown.ends_with(&published), "{shown}\n{published}");
    assert!(servers[0].get("/00/checkpoint").starts_with("HTTP/1.1 404"));

    let (code, verified) = kita.json(&["journal", "verify", "--data", "h"]);
    assert_eq!((code, verified["attestations"].as_u64()), (0, Some(2)), "{verified}");
}

/// Neither machine has a network.
#[test]
fn a_stick_is_carried() {
    let (h, w) = (Machine::hospital("kita", None), Machine::new("witness", None));
    let key = w.witness("witness.example/w");
    h.ok(&["anchor", "add", "--kind", "witness", "--name", "隣 町", "--key", &key, "--data", "h"]);
    let carry =
        |from: &Machine, to: &Machine, file: &str| std::fs::copy(from.path(file), to.path(file)).map(drop).unwrap();
    h.ok(&["anchor", "export", "--anchor", "隣 町", "q1", "--data", "h"]);
    carry(&h, &w, "q1");
    let unknown = w.run(&["witness", "sign", "--data", "w", "q1"]);
    assert_eq!(unknown.status.code(), Some(1));
    w.ok(&["witness", "add-log", "--data", "w", h.ok(&["anchor", "key", "--data", "h"]).split(' ').next().unwrap()]);
    w.ok(&["witness", "sign", "--data", "w", "q1"]);
    carry(&w, &h, "q1.answer");

    // Changed on the way, or another file altogether: nothing happens.
    let answer = std::fs::read_to_string(h.path("q1.answer")).unwrap();
    let at = answer.len() - 10;
    let other = if &answer[at..=at] == "A" { "B" } else { "A" };
    h.scratch.file("bad", format!("{}{other}{}", &answer[..at], &answer[at + 1..]));
    for bad in ["bad", "q1"] {
        assert_eq!(
            h.run(&["anchor", "import", "--anchor", "隣 町", bad, "--data", "h"]).status.code(),
            Some(1),
            "{bad}"
        );
    }
    let size = h.size();
    let (code, done) = h.json(&["anchor", "import", "--anchor", "隣 町", "q1.answer", "--data", "h"]);
    assert_eq!((code, &done["held"]), (0, &size.into()), "{done}");
    let again = h.run(&["anchor", "export", "--anchor", "隣 町", "q1", "--data", "h"]);
    assert_eq!(again.status.code(), Some(1), "nothing new");

    // The witness went on with an answer that was lost on the way.
    for lost in ["x", "y"] {
        h.import(lost, 3);
        h.ok(&["anchor", "export", "--anchor", "隣 町", lost, "--data", "h"]);
        carry(&h, &w, lost);
        let signed = w.run(&["witness", "sign", "--data", "w", lost]);
        assert_eq!(signed.status.code(), Some(if lost == "x" { 0 } else { 3 }), "{}", text(&signed.stdout));
    }
    carry(&w, &h, "y.answer");
    let (code, from) = h.json(&["anchor", "import", "--anchor", "隣 町", "y.answer", "--data", "h"]);
    assert_eq!((code, &from["held"]), (3, &Json::Null), "{from}");
    h.ok(&["anchor", "export", "--anchor", "隣 町", "z", "--data", "h"]);
    carry(&h, &w, "z");
    w.ok(&["witness", "sign", "--data", "w", "z", "--out", "z.answer"]);
    carry(&w, &h, "z.answer");
    let (code, done) = h.json(&["anchor", "import", "--anchor", "隣 町", "z.answer", "--data", "h"]);
    assert_eq!((code, &done["held"]), (0, &h.size().into()), "{done}");
    let (_, listed) = h.json(&["anchor", "list", "--data", "h"]);
    assert_eq!(listed["anchors"][0]["waiting"], Json::Array(Vec::new()), "the lost one is not needed: {listed}");
    assert_eq!(h.json(&["journal", "verify", "--data", "h"]).0, 0);
    let (_, files) = h.json(&["anchor", "save", "--anchor", "隣 町", "--out", "saved", "--data", "h"]);
    assert_eq!(files.as_array().map(Vec::len), Some(2), "{files}");
    let cosigned =
        std::fs::read_to_string(files[0].as_str().unwrap().replace("saved", h.path("saved").to_str().unwrap()))
            .unwrap();
    assert!(cosigned.contains("witness.example/w"));
}

#[test]
fn anchors_are_configured_with_care() {
    let h = Machine::hospital("kita", None);
    let key = Machine::new("w", None).witness("witness.example/w");
    let log_keys = h.ok(&["anchor", "key", "--data", "h"]);
    // The classic one: a witness' key of the other kind looks the same.
    let log_key = log_keys.split_whitespace().filter(|word| word.contains('+')).min_by_key(|word| word.len()).unwrap();
    let add = |more: &[&str]| h.run(&[&["anchor", "add", "--kind", "witness", "--data", "h"], more].concat());
    let bad: [&[&str]; 5] = [
        &["--name", "a", "--key", "no key"],
        &["--name", "a"],
        &["--name", " a", "--key", &key],
        &["--name", "a", "--key", &key, "--url", "ftp://x"],
        &["--name", "a", "--key", log_key, "--url", "http://x"],
    ];
    for args in bad {
        let out = add(args);
        assert_eq!(out.status.code(), Some(1), "{args:?}: {}", text(&out.stdout));
        assert!(text(&out.stderr).starts_with("エラー"), "{}", text(&out.stderr));
    }
    assert!(add(&["--name", "a", "--key", &key, "--every", "30", "--after", "5"]).status.success());
    assert_eq!(add(&["--name", "a", "--key", &key]).status.code(), Some(1), "the name is taken");
    h.ok(&["anchor", "change", "--anchor", "a", "--off", "--data", "h"]);
    let (code, listed) = h.json(&["anchor", "list", "--data", "h"]);
    assert_eq!((code, &listed["anchors"][0]["enabled"]), (0, &false.into()), "{listed}");
    assert_eq!(h.json(&["stamp", "--data", "h"]), (3, Json::Array(Vec::new())), "nobody to ask");
    assert_eq!(h.run(&["anchor", "change", "--anchor", "b", "--on", "--data", "h"]).status.code(), Some(1));
}
