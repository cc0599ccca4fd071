//! The log as a SIEM takes it: OCSF events that the published schema accepts, plain lines that hash to the log, nothing
//! of the contents, a pipe that closes early.

use std::process::{Command, Output, Stdio};

use akashi_testkit::{Scratch, python};
use serde_json::Value as Json;

use crate::program::{program, text};

const VALIDATE: &str = include_str!("../../../app/tests/ocsf.py");

struct Hospital(Scratch);

impl Hospital {
    /// 400 devices, imported: more than a pipe holds.
    fn filled(name: &str) -> Hospital {
        let hospital = Hospital(Scratch::new(name));
        let rows: String = (1..=400).map(|n| format!("A-{n:03},受付端末{n},PC\n")).collect();
        let file = hospital.0.file("devices.csv", format!("管理番号,機器名,種別\n{rows}"));
        let file = file.to_str().unwrap();
        for args in [
            &["init", "--name", "架空病院", "--data", "h"][..],
            &["import", "--register", "device", "--data", "h", file],
            &["account", "add", "--login", "sato", "--name", "佐藤", "--role", "operator", "--data", "h"],
        ] {
            let made = hospital.run(args);
            assert!(made.status.success(), "{}", text(&made.stderr));
        }
        hospital
    }

    fn command(&self, args: &[&str]) -> Command {
        program(self.0.path(), args)
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn lines(&self, args: &[&str]) -> Vec<String> {
        let out = self.run(&[&["journal", "export", "--data", "h"], args].concat());
        assert!(out.status.success(), "{}", text(&out.stderr));
        String::from_utf8(out.stdout).unwrap().lines().map(str::to_owned).collect()
    }
}

#[test]
fn a_siem_takes_the_log() {
    let h = Hospital::filled("export");
    let plain = h.lines(&["--format", "jsonl"]);
    let events = h.lines(&[]);
    assert!(plain.len() > 400 && plain.len() == events.len());
    assert_eq!(events, h.lines(&["--format", "ocsf"]), "the same log gives the same bytes");
    for (ix, (line, event)) in plain.iter().zip(&events).enumerate() {
        let line: Json = serde_json::from_str(line).unwrap();
        let event: Json = serde_json::from_str(event).unwrap();
        assert_eq!((&line["index"], &event["metadata"]["sequence"]), (&ix.into(), &ix.into()));
        assert_eq!(line["leaf_hash"], event["metadata"]["uid"]);
        assert_eq!(serde_json::from_str::<Json>(event["raw_data"].as_str().unwrap()).unwrap(), line["entry"]);
        assert_eq!(event["actor"]["user"]["uid"], line["entry"]["actor"]);
    }
    let classes: std::collections::BTreeSet<_> =
        events.iter().map(|e| serde_json::from_str::<Json>(e).unwrap()["type_uid"].as_u64().unwrap()).collect();
    assert!([300_101, 300_401].iter().all(|uid| classes.contains(uid)), "{classes:?}");
    // Every name of the hospital is Japanese; the log is not.
    assert!(events.iter().chain(&plain).all(|line| line.is_ascii()));

    let half = plain.len() / 2;
    assert_eq!(h.lines(&["--format", "jsonl", "--from", &half.to_string()]), plain[half..]);
    let middle: Json = serde_json::from_str(&plain[half]).unwrap();
    let since = middle["entry"]["at"].as_str().unwrap();
    let at = |line: &&String| serde_json::from_str::<Json>(line).unwrap()["entry"]["at"].as_str().unwrap() >= since;
    let expected: Vec<_> = plain.iter().filter(at).cloned().collect();
    assert_eq!(h.lines(&["--format", "jsonl", "--since", since]), expected);
    assert_eq!(h.run(&["journal", "export", "--data", "h", "--since", "gestern"]).status.code(), Some(1));

    let done = h.run(&["journal", "export", "--data", "h", "--out", "log.ocsf", "--json"]);
    let told: Json = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!((&told["lines"], &told["next"]), (&events.len().into(), &events.len().into()));
    let file = std::fs::read_to_string(h.0.path().join("log.ocsf")).unwrap();
    assert_eq!(file.lines().collect::<Vec<_>>(), events);
    let Some(python) = python::for_story("OCSF schema") else { return };
    let file = std::fs::File::open(h.0.path().join("log.ocsf")).unwrap();
    let out = Command::new(python).args(["-c", VALIDATE]).stdin(file).output().unwrap();
    assert!(out.status.success(), "{}", text(&out.stderr));
    assert_eq!(text(&out.stdout).trim(), events.len().to_string());
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let h = Hospital::filled("pipe");
    let mut child =
        h.command(&["journal", "export", "--data", "h"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The reader goes away at once: more is written than a pipe holds.
    drop(child.stdout.take());
    let out = child.wait_with_output().unwrap();
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    assert!(out.stderr.is_empty(), "{}", text(&out.stderr));
}
