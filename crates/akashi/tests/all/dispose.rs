//! `akashi dispose` as two people at one machine use it: listed, proposed, approved by an account, carried out, verified.

use std::path::PathBuf;
use std::process::{Command, Output};

use akashi_testkit::Scratch;
use akashi_testkit::disk::Shim;
use serde_json::Value as Json;

use crate::program::{json, program, text};

struct Hospital {
    scratch: Scratch,
}

impl Hospital {
    fn data(&self) -> PathBuf {
        self.scratch.path().join("data")
    }

    fn run(&self, args: &[&str], password: &str) -> Output {
        let mut command = program(self.scratch.path(), args);
        command.arg("--data").arg(self.data()).env("AKASHI_LANG", "en").env("AKASHI_PASSWORD", password);
        Shim::get().clock(&mut command, &self.scratch.path().join("clock"));
        command.output().unwrap()
    }

    fn json(&self, args: &[&str], password: &str) -> Json {
        let out = self.run(args, password);
        assert!(out.status.success(), "{args:?}: {}", text(&out.stderr));
        json(&out)
    }

    /// The refusal and its exit code.
    fn refused(&self, args: &[&str], password: &str) -> (Option<i32>, String) {
        let out = self.run(args, password);
        (out.status.code(), text(&out.stderr))
    }
}

#[test]
fn a_record_is_disposed_of_by_two_people() {
    let h = Hospital { scratch: Scratch::new("dispose-cli") };
    // Seven years ago the hospital began, and held a training that verdicts look at.
    let clock = h.scratch.file("clock", (-7 * 365 * 86_400_i64).to_string());
    h.json(&["init", "--name", "架空病院", "--json"], "");
    let file = h.scratch.file("研修.csv", "研修名,実施日,状態\n安全管理研修,2019/4/10,完了\n");
    h.json(&["import", "--register", "training", "--json", file.to_str().unwrap()], "");
    std::fs::remove_file(clock).unwrap();
    let file = h.scratch.file("職員名簿.csv", "職員番号,氏名,所属,職種,採用日,退職日\n0001,架空 昔子,医事課,事務,1999/4/1,2015/3/31\n0002,架空 今子,医事課,事務,2009/4/1,\n");
    h.json(&["import", "--register", "personnel", "--json", file.to_str().unwrap()], "");
    let listed = h.json(&["dispose", "list", "--register", "personnel", "--json"], "");
    assert_eq!(
        (listed["ready"].as_array().unwrap().len(), listed["kept"].as_array().unwrap().len()),
        (1, 1),
        "{listed}"
    );
    assert_eq!(listed["ready"][0]["ends"], "2020-03-31");
    let (old, new) = (listed["ready"][0]["code"].as_str().unwrap(), listed["kept"][0]["code"].as_str().unwrap());
    let (code, said) = h.refused(&["dispose", "propose", new], "");
    assert!(code == Some(1) && said.contains("The matter is not over"), "{said}");

    let trained = h.json(&["dispose", "list", "--register", "training", "--json"], "");
    let trained = trained["ready"][0]["code"].as_str().unwrap_or_else(|| panic!("{trained}"));

    let proposed = h.json(&["dispose", "propose", old, trained, "--reason", "over", "--json"], "");
    let disposal = proposed["code"].as_str().unwrap();
    assert_eq!(
        (proposed["state"].as_str(), proposed["records"][0]["stand"].as_str()),
        (Some("planned"), Some("ready"))
    );
    let (code, said) = h.refused(&["dispose", "approve", disposal], "");
    assert!(code == Some(1) && said.contains("another person must"), "{said}");
    let account = h.json(
        &["account", "add", "--login", "plan", "--name", "架空 花子", "--role", "planning-manager", "--json"],
        "",
    );
    let password = account["password"].as_str().unwrap();
    let (code, said) = h.refused(&["dispose", "approve", disposal, "--login", "plan"], "wrong password");
    assert!(code == Some(1) && said.contains("Wrong login or password"), "{said}");
    let approved = h.json(&["dispose", "approve", disposal, "--login", "plan", "--json"], password);
    assert_eq!(approved["state"], "approved");

    let (code, said) = h.refused(&["dispose", "run", disposal], "");
    assert!(code == Some(1) && said.contains("cannot be undone"), "{said}");
    let before = h.json(&["check", "--json"], "");
    let moment = Command::new("date").args(["-u", "+%Y-%m-%dT%H:%M:%S.%NZ"]).output().unwrap().stdout;
    let moment = String::from_utf8(moment).unwrap();
    let done = h.json(&["dispose", "run", disposal, "--yes", "--json"], "");
    assert_eq!((done["records"].as_array().unwrap().len(), done["wiping"].as_bool()), (2, Some(false)), "{done}");
    let all = h.json(&["dispose", "list", "--json"], "");
    assert_eq!(all["disposals"][0]["records"][0]["stand"], "gone");
    let verified = h.json(&["journal", "verify", "--json"], "");
    assert_eq!(
        (verified["faults"].as_array().unwrap().len(), &verified["disposals"][0]["entry"]),
        (0, &done["records"][0]["entry"])
    );
    rests_on_what_was_kept(&h, &before, moment.trim());
    let name = "架空 昔子".as_bytes();
    let database = std::fs::read(h.data().join("akashi.db")).unwrap();
    assert!(!database.windows(name.len()).any(|w| w == name));
}

/// As known before the disposal, every verdict is what it was then; those that read the row say that it is gone, and why.
fn rests_on_what_was_kept(h: &Hospital, before: &Json, moment: &str) {
    let then = h.json(&["check", "--known-at", moment, "--json"], "");
    let parts = |report: &Json| report["parts"].as_array().unwrap().clone();
    let (old, new) = (parts(before), parts(&then));
    assert_eq!(old.len(), new.len());
    let mut resting = 0;
    for (old, new) in old.iter().zip(&new) {
        assert_eq!(old["verdict"], new["verdict"], "{new}");
        if new["rests_on"].is_object() {
            resting += 1;
            let row = &new["rests_on"]["disposed"][0];
            assert_eq!(row["register"], "training", "{new}");
            assert!(row["why"]["en"].as_str().unwrap().contains("approval DSP-"), "{new}");
            assert!(new["rests_on"]["kept_at"].is_string(), "{new}");
            let because = new["because"]["en"].as_str().unwrap();
            assert!(
                because.contains("Rests on the verdict kept then") && !because.contains("安全管理研修"),
                "{because}"
            );
        }
    }
    assert!(resting > 0 && resting < new.len(), "{resting} of {}", new.len());
    let said = h.run(&["check", "--known-at", moment], "").stdout;
    assert!(text(&said).contains("row(s) were disposed of after this day"));
    assert!(parts(&h.json(&["check", "--json"], "")).iter().all(|part| part.get("rests_on").is_none_or(Json::is_null)));
    // Before anything was kept nothing is known, and nothing passes.
    let unknown = parts(&h.json(&["check", "--known-at", "2021-01-01", "--json"], ""));
    let resting: Vec<_> = unknown.iter().filter(|part| part["rests_on"].is_object()).collect();
    assert!(!resting.is_empty() && resting.iter().all(|part| part["verdict"] == "insufficient"), "{resting:?}");
}
