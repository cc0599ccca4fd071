//! Evidence at the command line: a record proven and checked, a changed bundle refused, a backup that comes back.

use std::io::{BufRead as _, BufReader};
use std::process::{Output, Stdio};

use akashi_testkit::Scratch;
use akashi_testkit::disk::Shim;
use serde_json::Value as Json;

use crate::program::{json, program, text};

struct Hospital(Scratch);

impl Hospital {
    /// Two devices, imported.
    fn new(name: &str) -> Hospital {
        let hospital = Hospital(Scratch::new(name));
        let file =
            hospital.0.file("devices.csv", "管理番号,機器名,種別\nA-001,受付端末1,PC\nA-002,検査サーバ,サーバ\n");
        assert!(hospital.run(&["init", "--name", "架空病院", "--data", "h"]).status.success());
        let out = hospital.run(&["import", "--register", "device", "--data", "h", file.to_str().unwrap()]);
        assert!(out.status.success(), "{}", text(&out.stderr));
        hospital
    }

    fn run(&self, args: &[&str]) -> Output {
        program(self.0.path(), args).env("AKASHI_PASSPHRASE", "正しい馬と電池のホッチキス").output().unwrap()
    }

    /// The number of the first device: it carries the year of today.
    fn number(&self) -> String {
        let year = std::process::Command::new("date").env("TZ", "Asia/Tokyo").arg("+%Y").output().unwrap().stdout;
        format!("AST-{}-0001", text(&year).trim())
    }

    fn json(&self, args: &[&str]) -> Json {
        json(&self.run(args))
    }
}

#[test]
fn a_proof_is_carried_away_and_checked() {
    let h = Hospital::new("cli-prove");
    let code = h.number();
    let made = h.json(&["prove", &code, "--data", "h", "--out", "p.zip", "--json"]);
    assert_eq!((&made["file"], &made["rev"]), (&"p.zip".into(), &1.into()));
    let report = h.json(&["verify", "p.zip", "--json"]);
    assert_eq!((&report["ok"], &report["trust"]), (&true.into(), &"enclosed".into()), "{report}");
    assert_eq!(h.run(&["verify", "p.zip"]).status.code(), Some(3), "nobody said whose log it is");
    assert!(h.run(&["journal", "export-tiles", "--data", "h", "tiles"]).status.success());
    let report = h.json(&["verify", "--key", "tiles/keys", "p.zip", "--json"]);
    assert_eq!((&report["ok"], &report["result"]), (&true.into(), &"verified".into()), "{report}");
    assert_eq!(h.run(&["verify", "--key", "tiles/keys", "p.zip"]).status.code(), Some(0));

    let mut bytes = std::fs::read(h.0.path().join("p.zip")).unwrap();
    let name = "受付端末1".as_bytes();
    let at = bytes.windows(name.len()).rposition(|w| w == name).unwrap();
    bytes[at] ^= 1;
    h.0.file("bad.zip", &bytes);
    let out = h.run(&["verify", "bad.zip"]);
    assert_eq!(out.status.code(), Some(1));
    let said = text(&out.stdout);
    assert!(said.contains("body.json") && said.contains("失敗"), "{said}");
    assert_eq!(h.run(&["prove", "NONE-1", "--data", "h"]).status.code(), Some(1));
    let setup = h.run(&["prove", "--entry", "0", "--data", "h", "--out", "s.zip"]);
    assert!(setup.status.success(), "{}", text(&setup.stderr));
    let said = h.run(&["verify", "--key", "tiles/keys", "s.zip"]);
    assert!(said.status.success() && text(&said.stdout).contains("架空病院"), "{said:?}");
    for args in [&["prove", "--data", "h"][..], &["prove", &code, "--entry", "0", "--data", "h"]] {
        assert_eq!(h.run(args).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn the_log_keys_rotate_with_an_overlap() {
    let h = Hospital::new("cli-rotate");
    let keys = |out: &Json| out["keys"].as_array().unwrap().len();
    let started = h.json(&["journal", "rotate-key", "--data", "h", "--json"]);
    assert_eq!((keys(&started), &started["retired"]), (4, &Json::Array(Vec::new())), "{started}");
    let again = h.run(&["journal", "rotate-key", "--data", "h"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("--end"), "{}", text(&again.stderr));
    let during = std::fs::read_to_string(h.0.path().join("h/checkpoint")).unwrap();
    assert_eq!(during.lines().filter(|line| line.starts_with('\u{2014}')).count(), 4);
    let ended = h.json(&["journal", "rotate-key", "--data", "h", "--end", "--json"]);
    assert_eq!((keys(&ended), ended["retired"].as_array().unwrap().len()), (2, 2), "{ended}");
    let verified = h.json(&["journal", "verify", "--data", "h", "--json"]);
    assert_eq!(verified["faults"], Json::Array(Vec::new()));
    let replaced = h.run(&["journal", "rotate-key", "--data", "h", "--at-once"]);
    assert!(replaced.status.success());
    assert_eq!(h.json(&["journal", "verify", "--data", "h", "--json"])["faults"], Json::Array(Vec::new()));
    // A proof from now carries the whole ring, and checks with it.
    assert!(h.run(&["prove", &h.number(), "--data", "h", "--out", "p.zip"]).status.success());
    assert_eq!(h.json(&["verify", "p.zip", "--json"])["ok"], true);
}

#[test]
fn a_backup_is_drilled_and_restored() {
    let h = Hospital::new("cli-backup");
    let made = h.json(&["backup", "--data", "h", "--to", "b", "--keys-to", "k", "--json"]);
    assert_eq!((&made["piece"], &made["notes"]), (&0.into(), &Json::Array(Vec::new())), "{made}");
    let made = h.json(&["backup", "--data", "h", "--to", "b", "--keys-to", "k", "--keep", "3", "--json"]);
    assert_eq!((&made["piece"], &made["new_versions"]), (&1.into(), &0.into()), "{made}");
    let listed = h.json(&["backup", "check", "--from", "b", "--json"]);
    assert_eq!(listed["chains"][0]["pieces"], 2, "{listed}");
    let at = ["--from", "b", "--keys", "k", "--json"];
    let drill = h.json(&[&["backup", "drill", "--data", "h"], &at[..]].concat());
    assert_eq!((&drill["covered"], &drill["faults"]), (&made["entries"], &Json::Array(Vec::new())), "{drill}");
    assert_eq!(drill["filed"], Json::Null);
    let restored = h.json(&[&["restore", "--data", "r"], &at[..]].concat());
    assert_eq!((&restored["root"], &restored["new_epoch"]), (&drill["root"], &Json::Null));
    let verified = h.json(&["journal", "verify", "--data", "r", "--json"]);
    assert_eq!((&verified["entries"], &verified["faults"]), (&made["entries"], &Json::Array(Vec::new())));
    let again = h.run(&[&["restore", "--data", "r"], &at[..]].concat());
    assert_eq!(again.status.code(), Some(1), "never over another");

    // Somebody has seen a later checkpoint than the backup holds.
    let added = h.run(&["account", "add", "--login", "sato", "--name", "佐藤", "--role", "operator", "--data", "h"]);
    assert!(added.status.success());
    let known = [&["restore", "--data", "e", "--known-checkpoint", "h/checkpoint"], &at[..]].concat();
    let restored = h.json(&known);
    assert_eq!((&restored["new_epoch"], &restored["lost"]), (&2.into(), &1.into()), "{restored}");
    // A proof of the new epoch is checked with the keys it brings; those of the old epoch do not know its name.
    assert!(h.run(&["journal", "export-tiles", "--data", "h", "old"]).status.success());
    assert!(h.run(&["journal", "export-tiles", "--data", "e", "new"]).status.success());
    assert!(h.run(&["prove", &h.number(), "--data", "e", "--out", "p.zip"]).status.success());
    assert_eq!(h.json(&["verify", "--key", "new/keys", "p.zip", "--json"])["ok"], true);
    assert_eq!(h.run(&["verify", "--key", "old/keys", "p.zip"]).status.code(), Some(1));
    // So is the entry that opens it: what was published before, by the old keys, and is lost.
    let place = made["entries"].to_string();
    let epoch = h.json(&["prove", "--entry", &place, "--data", "e", "--out", "e.zip", "--json"]);
    assert_eq!(epoch["index"], made["entries"], "{epoch}");
    let report = h.json(&["verify", "--key", "new/keys", "e.zip", "--json"]);
    let steps = report["steps"].as_array().unwrap();
    let said = steps.iter().find(|step| step["step"] == "system").unwrap();
    assert_eq!((&report["result"], &said["outcome"]), (&"verified".into(), &"passed".into()), "{report}");
    let words = said["says"]["en"].as_str().unwrap();
    assert!(words.contains("epoch 2") && words.contains("1 are lost") && words.contains("signature"), "{words}");

    let name = made["chain"].as_str().unwrap();
    let path = h.0.path().join(format!("b/{name}/0001.data.age"));
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[300] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let found = h.run(&["backup", "check", "--from", "b"]);
    assert_eq!(found.status.code(), Some(1));
    assert!(text(&found.stdout).contains("0001.data.age"));
}

#[test]
fn a_check_goes_on_and_compares_what_was_kept_elsewhere() {
    let h = Hospital::new("cli-verify");
    let first = h.json(&["journal", "verify", "--data", "h", "--json"]);
    assert_eq!((&first["faults"], &first["skipped"]), (&Json::Array(Vec::new()), &Json::Null), "{first}");
    assert_eq!(first["covered"], first["entries"]);
    let again = h.json(&["journal", "verify", "--resume", "--data", "h", "--json"]);
    assert_eq!(again["skipped"]["refused"], Json::Null, "{again}");
    assert_eq!(again["root"], first["root"]);
    std::fs::copy(h.0.path().join("h/checkpoint"), h.0.path().join("usb")).unwrap();
    assert!(h.run(&["journal", "verify", "--known-checkpoint", "usb", "--data", "h"]).status.success());

    // Another hospital is no continuation of what was kept.
    assert!(h.run(&["init", "--name", "別の病院", "--data", "other"]).status.success());
    let out = h.run(&["journal", "verify", "--known-checkpoint", "usb", "--data", "other"]);
    assert_eq!(out.status.code(), Some(3));
    assert!(text(&out.stdout).contains("控えのチェックポイント usb"), "{out:?}");

    assert!(h.run(&["journal", "export-tiles", "--data", "h", "tiles"]).status.success());
    let tiles = h.json(&["journal", "verify", "--tiles", "tiles", "--key", "tiles/keys", "--json"]);
    assert_eq!((&tiles["root"], &tiles["faults"]), (&first["root"], &Json::Array(Vec::new())), "{tiles}");
    let bundle = h.0.path().join(format!("tiles/tile/entries/000.p/{}", tiles["entries"]));
    let mut bytes = std::fs::read(&bundle).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&bundle, bytes).unwrap();
    let out = h.run(&["journal", "verify", "--tiles", "tiles", "--json"]);
    assert_eq!(out.status.code(), Some(3));
    let report: Json = serde_json::from_slice(&out.stdout).unwrap();
    assert!(report["faults"].to_string().contains("tile/entries/000.p"), "{report}");
    assert_eq!(h.run(&["journal", "verify", "--data", "nowhere"]).status.code(), Some(1));
}

/// The clock of whole processes – a server that keeps the log, and commands beside it – jumps, also back: no time and no
/// place in the log goes back, and everything verifies.
#[test]
fn a_clock_that_jumps_back_changes_no_order() {
    let h = Hospital::new("cli-clock");
    let offset = h.0.path().join("offset");
    let with_clock = |args: &[&str]| {
        let mut command = program(h.0.path(), args);
        command.env("AKASHI_LANG", "en");
        Shim::get().clock(&mut command, &offset);
        command
    };
    let mut server = with_clock(&["serve", "--bind", "127.0.0.1:0", "--data", "h"]);
    let mut server = server.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("Listening"), "{line}");

    let hour = 3_600_i64;
    let jumps = [0, 5 * hour, -3 * hour, 0, -24 * 365 * 30 * hour, hour, 24 * 365 * 30 * hour, -hour];
    let mut entries = h.json(&["journal", "verify", "--data", "h", "--json"])["entries"].as_u64().unwrap();
    for (n, jump) in jumps.into_iter().enumerate() {
        std::fs::write(&offset, jump.to_string()).unwrap();
        let login = format!("user{n}");
        let added = ["account", "add", "--login", &login, "--name", "佐藤", "--role", "operator", "--data", "h"];
        let out = with_clock(&added).output().unwrap();
        assert!(out.status.success(), "{jump}: {}", text(&out.stderr));
        let verified = h.json(&["journal", "verify", "--data", "h", "--json"]);
        assert_eq!(verified["faults"], Json::Array(Vec::new()), "{jump}");
        assert_eq!(verified["entries"].as_u64().unwrap(), entries + 1, "{jump}");
        entries += 1;
    }
    server.kill().unwrap();
    server.wait().unwrap();
    let lines = h.run(&["journal", "export", "--format", "jsonl", "--data", "h"]).stdout;
    let lines = String::from_utf8(lines).unwrap();
    let at = |line: &str| serde_json::from_str::<Json>(line).unwrap()["entry"]["at"].as_str().unwrap().to_owned();
    let times: Vec<String> = lines.lines().map(at).collect();
    assert_eq!(times.len() as u64, entries);
    assert!(times.is_sorted(), "{times:?}");
}
