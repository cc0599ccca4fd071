//! Every command as an OCSF event: the class it is, accepted by the published schema.

use std::io::Write as _;
use std::process::{Command as Process, Stdio};

use akashi_app::siem::ocsf_event;
use akashi_journal::{Command, Digest, Entry};
use akashi_testkit::python;
use serde_json::Value as Json;

fn entry(command: Command, rev: u32) -> Entry {
    Entry {
        actor: "p-5f0c".into(),
        at: 1_795_309_200_123_456,
        batch: Some("0190a5b0-0000-7000-8000-000000000001".into()),
        blobs: vec![Digest([7; 32])],
        body: Digest([1; 32]),
        catalogue: Some(Digest([2; 32])),
        command,
        def_version: 3,
        epoch: 1,
        prev: (rev > 1).then_some(Digest([3; 32])),
        reason: Some(Digest([4; 32])),
        record: "0190a5b0-0000-7000-8000-000000000002".into(),
        register: "device".into(),
        rev,
        state: "in-use".into(),
        v: 1,
        valid_from: Some("2026-04".into()),
    }
}

#[test]
fn every_command_is_an_event_of_its_class() {
    use Command::*;
    let table = [
        (Put, 1, 300_401),
        (Put, 2, 300_403),
        (Import, 1, 300_401),
        (Import, 2, 300_403),
        (Attach, 2, 300_403),
        (Move, 2, 300_403),
        (Dispose, 2, 300_404),
        (Decide, 2, 300_499),
        (Review, 1, 300_499),
        (Ingest, 1, 300_499),
        (Account, 1, 300_101),
        (Account, 2, 300_199),
        (Setup, 1, 600_201),
        (Setup, 2, 600_299),
        (Catalogue, 1, 600_299),
        (Epoch, 1, 600_299),
    ];
    let mut lines = String::new();
    for (index, (command, rev, expected)) in (0..).zip(table) {
        let entry = entry(command, rev);
        let line = ocsf_event("kita.example/akashi", index, &entry, &entry.to_leaf().unwrap());
        let event: Json = serde_json::from_str(&line).unwrap();
        assert_eq!(event["type_uid"], expected, "{command:?} {rev}");
        let (class, activity) = (event["class_uid"].as_u64().unwrap(), event["activity_id"].as_u64().unwrap());
        assert_eq!((class * 100 + activity, event["time"].as_u64()), (expected, Some(1_795_309_200_123)));
        lines += &(line + "\n");
    }
    let Some(python) = python::for_story("OCSF schema of every command") else { return };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ocsf.py");
    let mut process = Process::new(python).arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    process.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let out = process.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&out.stdout).trim(), table.len().to_string());
}
