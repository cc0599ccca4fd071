//! The command line as a script sees it: a new hospital, ledgers in, verdicts out, exit codes, bad input.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use akashi_testkit::{Scratch, shared_dir, skip};
use serde_json::Value as Json;

use crate::program::{json, program, text};

struct Hospital {
    scratch: Scratch,
    /// A PostgreSQL address; none: SQLite in the folder.
    database: Option<String>,
}

impl Hospital {
    fn new(name: &str, database: Option<String>) -> Hospital {
        let hospital = Hospital { scratch: Scratch::new(name), database };
        let out = hospital.run(&["init", "--name", "架空病院", "--pattern", "I", "--json"]);
        assert!(out.status.success(), "{}", text(&out.stderr));
        hospital
    }

    fn data(&self) -> PathBuf {
        self.scratch.path().join("data")
    }

    fn run(&self, args: &[&str]) -> Output {
        let mut command = program(self.scratch.path(), args);
        command.arg("--data").arg(self.data());
        if let Some(url) = &self.database {
            command.args(["--database", url]);
        }
        command.output().unwrap()
    }

    fn json(&self, args: &[&str]) -> Json {
        json(&self.run(args))
    }

    fn import(&self, register: &str, file: &Path) -> Json {
        self.json(&["import", "--register", register, "--json", file.to_str().unwrap()])
    }
}

const DEVICES: &str = "管理番号,機器名,種別,設置場所,OS,最終確認日\n\
    A-001,受付端末1,PC,1階受付,Windows 11 Pro 25H2,2026/10/01\n\
    A-002,検査サーバ,サーバ,,Windows Server 2012 R2,R8.4.1\n\
    A-002,検査サーバ予備,サーバ,検査室,,\n";

fn devices(h: &Hospital) -> PathBuf {
    h.scratch.file("機器台帳.csv", DEVICES.as_bytes())
}

/// A new hospital is told to back up, then to try a restore; after both a monitoring script may sleep.
fn what_is_late_is_told(h: &Hospital, kind: &str) {
    let passphrase = h.scratch.file("passphrase", "kakuu no aikotoba\n");
    let (passphrase, place) = (passphrase.to_str().unwrap(), h.scratch.path().join("backup"));
    let place = place.to_str().unwrap();
    let late = || {
        let out = h.run(&["status", "--json"]);
        let status: Json = serde_json::from_slice(&out.stdout).unwrap();
        let about: Vec<Json> = status["concerns"].as_array().unwrap().iter().map(|c| c["about"].clone()).collect();
        (out.status.code(), about, status)
    };
    let (code, about, status) = late();
    assert_eq!((code, about), (Some(3), vec!["backup".into(), "anchors".into()]), "{status}");
    assert_eq!((&status["database"]["kind"], &status["log"]["behind"]), (&kind.into(), &0.into()), "{status}");
    assert!(status["database"]["bytes"].as_u64().unwrap() > 100_000, "{status}");
    let out = h.run(&["backup", "--to", place, "--passphrase-file", passphrase]);
    assert!(out.status.success(), "{}", text(&out.stderr));
    let (code, about, status) = late();
    assert_eq!((code, about), (Some(3), vec!["drill".into(), "anchors".into()]), "{status}");
    let out = h.run(&["backup", "drill", "--from", place, "--passphrase-file", passphrase]);
    assert!(out.status.success(), "{}", text(&out.stderr));
    let (code, about, status) = late();
    assert_eq!((code, about), (Some(0), vec!["anchors".into()]), "nobody outside is worth knowing, not late: {status}");
    assert_eq!(status["backup"]["drill"]["ok"], true, "{status}");
    let said = text(&h.run(&["status"]).stdout);
    assert!(said.contains("復元訓練") && said.contains("控えを印刷"), "{said}");
}

/// The same story on both databases.
fn ledgers_in_verdicts_out(h: &Hospital) {
    let file = devices(h);
    let first = h.import("device", &file);
    assert_eq!((&first["rows"], &first["imported"], &first["unchanged"]), (&3.into(), &3.into(), &0.into()), "{first}");
    assert_eq!(first["rejected"].as_array().unwrap().len(), 0, "{first}");
    let again = h.import("device", &file);
    assert_eq!(
        (&again["imported"], &again["changed"], &again["unchanged"]),
        (&0.into(), &0.into(), &3.into()),
        "{again}"
    );

    let changed = h.scratch.file("機器台帳.csv", DEVICES.replace("1階受付", "2階受付").as_bytes());
    let third = h.import("device", &changed);
    assert_eq!(
        (&third["imported"], &third["changed"], &third["unchanged"]),
        (&0.into(), &1.into(), &2.into()),
        "{third}"
    );
    assert_eq!(third["changes"][0]["fields"][0]["field"], "place", "{third}");

    let check = h.json(&["check", "--as-of", "2026-11-22", "--json"]);
    assert_eq!(check["as_of"], "2026-11-22");
    let parts = check["parts"].as_array().unwrap();
    assert!(parts.iter().all(|p| p["because"]["ja"] != "" && p["because"]["en"] != ""), "every verdict says why");
    let ledger = parts.iter().find(|p| p["item"] == "9.2" && p["part"] == 1).unwrap();
    assert_ne!(ledger["verdict"], "satisfied", "three rows, one without a place: {ledger}");
    let rule = |key: &str| {
        check["findings"].as_array().unwrap().iter().find(|f| f["rule"] == key).unwrap()["rows"]
            .as_array()
            .unwrap()
            .clone()
    };
    assert_eq!(rule("duplicate_asset_numbers").len(), 2);
    let past = rule("past_support_in_use");
    assert_eq!(past.len(), 1, "{past:?}");
    assert_eq!((&past[0]["source"]["file"], &past[0]["source"]["row"]), (&"機器台帳.csv".into(), &3.into()));

    let verified = h.json(&["journal", "verify", "--json"]);
    assert_eq!(verified["faults"].as_array().unwrap().len(), 0, "{verified}");
    assert!(verified["entries"].as_u64().unwrap() >= 4, "{verified}");
}

#[test]
fn on_sqlite() {
    let h = Hospital::new("cli-sqlite", None);
    what_is_late_is_told(&h, "sqlite");
    ledgers_in_verdicts_out(&h);
}

#[test]
fn on_postgresql() {
    if let Some(database) = akashi_testkit::pg::database("cli on PostgreSQL") {
        let h = Hospital::new("cli-pg", Some(database.url().to_owned()));
        what_is_late_is_told(&h, "postgresql");
        ledgers_in_verdicts_out(&h);
    }
}

#[test]
fn an_export_imports_back_unchanged() {
    let h = Hospital::new("cli-export", None);
    h.import("device", &devices(&h));
    let book = h.scratch.path().join("device.xlsx");
    let out = h.run(&["export", "--register", "device", "--out", book.to_str().unwrap()]);
    assert!(out.status.success(), "{}", text(&out.stderr));
    let back = h.import("device", &book);
    assert_eq!((&back["imported"], &back["changed"], &back["unchanged"]), (&0.into(), &0.into(), &3.into()), "{back}");
    let first = std::fs::read(&book).unwrap();
    h.run(&["export", "--register", "device", "--out", book.to_str().unwrap()]);
    assert_eq!(first, std::fs::read(&book).unwrap(), "the same data gives the same bytes");
}

#[test]
fn bad_input_changes_nothing_and_says_what_to_do() {
    let h = Hospital::new("cli-bad", None);
    let good = h.import("device", &devices(&h));
    assert_eq!(good["imported"], 3);
    let before = h.json(&["journal", "verify", "--json"]);
    let cases: [(&str, &[u8]); 4] = [
        ("broken.xlsx", b"PK\x03\x04 this is no workbook"),
        ("scan.pdf", b"%PDF-1.7 not a table"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 encrypted or old"),
        ("empty.csv", b""),
    ];
    for (name, bytes) in cases {
        let file = h.scratch.file(name, bytes);
        let out = h.run(&["import", "--register", "device", "--json", file.to_str().unwrap()]);
        let report: Json = serde_json::from_slice(&out.stdout).unwrap();
        assert_eq!(report["imported"], 0, "{name}");
        if !bytes.is_empty() {
            assert_eq!(out.status.code(), Some(1), "{name}: {report}");
            let reason = &report["rejected"][0];
            assert_eq!(reason["file"], name);
            assert!(reason["reason"]["ja"].as_str().is_some_and(|t| !t.is_empty()), "{report}");
        }
    }
    let unknown = h.run(&["import", "--register", "devices", devices(&h).to_str().unwrap()]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(text(&unknown.stderr).contains("device"), "the keys are listed: {}", text(&unknown.stderr));
    let after = h.json(&["journal", "verify", "--json"]);
    assert_eq!(before["entries"], after["entries"], "nothing was written");
}

#[test]
fn nobody_is_asked_to_guess() {
    let h = Hospital::new("cli-words", None);
    let twice = h.run(&["init", "--name", "架空病院"]);
    assert_eq!(twice.status.code(), Some(1), "a hospital is not made over another");
    let usage = Command::new(env!("CARGO_BIN_EXE_akashi")).args(["chekc"]).output().unwrap();
    assert_eq!(usage.status.code(), Some(2));
    for (lang, word) in [("ja", "使い方"), ("en", "Usage")] {
        let help =
            Command::new(env!("CARGO_BIN_EXE_akashi")).args(["--lang", lang, "import", "--help"]).output().unwrap();
        assert!(help.status.success() && text(&help.stdout).contains(word), "{}", text(&help.stdout));
    }
    let catalogue = Command::new(env!("CARGO_BIN_EXE_akashi")).args(["catalog", "check", "--json"]).output().unwrap();
    assert!(catalogue.status.success(), "{}", text(&catalogue.stdout));
}

#[test]
fn a_faulty_overlay_is_explained() {
    let h = Hospital::new("cli-overlay", None);
    let dir = h.scratch.path().join("overlay/registers");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("own.toml"), "key = \"own\"\ncolour = 1\n").unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_akashi"))
        .args(["catalog", "check", "--json"])
        .arg(h.scratch.path().join("overlay"))
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(1));
    let faults: Json = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(faults["faults"][0]["file"], "overlay/registers/own.toml", "{faults}");
    assert_eq!(faults["faults"][0]["line"], 2, "{faults}");
}

/// The acceptance ledgers: every row is taken, in whatever order the files come.
#[test]
fn the_sample_hospital() {
    let Some(shared) = shared_dir() else {
        return skip("../shared", "the sample hospital", "the sample ledgers are not here");
    };
    let dir = shared.join("samples/hospital-a");
    let h = Hospital::new("cli-sample", None);
    let ledgers = [
        ("user-id", "03_", 480),
        ("take-out", "07_", 120),
        ("device", "01_", 600),
        ("personnel", "02_", 450),
        ("contract", "04_", 35),
        ("vendor", "04_", 28),
        ("information", "05_", 61),
        ("training", "06_", 1335),
        ("storage", "08_", 12),
    ];
    for (register, prefix, rows) in ledgers {
        let file = std::fs::read_dir(&dir)
            .unwrap()
            .map(|e| e.unwrap().path())
            .find(|p| p.file_name().unwrap().to_string_lossy().starts_with(prefix))
            .unwrap();
        let report = h.import(register, &file);
        assert_eq!(
            (&report["rows"], &report["imported"]),
            (&rows.into(), &rows.into()),
            "{register}: {}",
            report["tables"]
        );
        assert_eq!(report["rejected"].as_array().unwrap().len(), 0, "{register}: {}", report["rejected"]);
    }
    let check = h.json(&["check", "--as-of", "2026-11-22", "--json"]);
    let count = |key: &str| {
        check["findings"]
            .as_array()
            .unwrap()
            .iter()
            .find(|f| f["rule"] == key)
            .unwrap_or_else(|| panic!("no rule {key}"))["rows"]
            .as_array()
            .unwrap()
            .len()
    };
    for (rule, rows) in [
        ("leaver_ids_still_enabled", 11),
        ("duplicate_asset_numbers", 15),
        ("past_support_in_use", 86),
        ("unreturned_overdue", 5),
        ("missing_serial", 31),
    ] {
        assert_eq!(count(rule), rows, "{rule}");
    }
}

#[test]
fn a_reader_that_stops_early_is_no_failure() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_akashi"));
    command.args(["catalog", "list"]).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let out = child.wait_with_output().unwrap();
    assert_eq!((out.status.code(), text(&out.stderr)), (Some(0), String::new()));
}
