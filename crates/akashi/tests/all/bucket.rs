//! Backups in an S3 bucket at the command line: locked pieces, keys that can be replaced, what is said where there is no
//! lock; credentials come from the environment and are shown nowhere.

use std::process::{Command, Output};

use akashi_testkit::{Scratch, python, s3};
use serde_json::Value as Json;

use crate::program::{json, program, text};

const SECRET: &str = "geheimer/Schluessel";

#[test]
fn a_hospital_goes_to_a_bucket_and_comes_back() {
    let Some(python) = python::for_story("S3 backups") else { return };
    let Some(server) = s3::Server::for_story("S3 backups") else { return };
    let scratch = Scratch::new("cli-bucket");
    let script = format!(
        "import boto3\ns3 = boto3.client('s3', endpoint_url='{}', region_name='us-east-1', aws_access_key_id='a', \
         aws_secret_access_key='b')\ns3.create_bucket(Bucket='locked', ObjectLockEnabledForBucket=True)\n\
         s3.create_bucket(Bucket='plain')",
        server.endpoint()
    );
    assert!(Command::new(python).args(["-c", &script]).status().unwrap().success());
    let run = |args: &[&str]| -> Output {
        let mut command = program(scratch.path(), args);
        command.env("AKASHI_LOG", "trace");
        command.env("AKASHI_PASSPHRASE", "正しい馬と電池のホッチキス").env("AWS_ENDPOINT_URL", server.endpoint());
        command.env("AWS_ACCESS_KEY_ID", "a").env("AWS_SECRET_ACCESS_KEY", SECRET);
        let out = command.output().unwrap();
        let shown = [&out.stdout[..], &out.stderr[..]].concat();
        assert!(!text(&shown).contains(SECRET), "{args:?} shows the secret");
        out
    };
    let json = |args: &[&str]| json(&run(args));
    assert!(run(&["init", "--name", "架空病院", "--data", "h"]).status.success());
    let to = ["backup", "--data", "h", "--to", "s3://locked/akashi", "--object-lock", "30", "--json"];
    let first = json(&to);
    assert!(first["locked_until"].is_string() && first["notes"] == Json::Array(Vec::new()), "{first}");
    let second = json(&to);
    assert_eq!((&second["piece"], &second["chain"]), (&1.into(), &first["chain"]), "{second}");
    let from = ["--from", "s3://locked/akashi", "--json"];
    let checked = json(&[&["backup", "check"], &from[..]].concat());
    assert_eq!(
        (&checked["chains"][0]["pieces"], &checked["chains"][0]["damage"]),
        (&2.into(), &Json::Array(Vec::new()))
    );
    let drill = json(&[&["backup", "drill", "--data", "h"], &from[..]].concat());
    assert_eq!((&drill["covered"], &drill["faults"]), (&second["entries"], &Json::Array(Vec::new())), "{drill}");
    let restored = json(&[&["restore", "--data", "r"], &from[..]].concat());
    assert_eq!(restored["root"], drill["root"]);

    // What is locked stays, and that is said; where there are no locks, that is said.
    let full = run(&[&to[..], &["--full", "--keep", "1"]].concat());
    assert_eq!(full.status.code(), Some(3));
    let full: Json = serde_json::from_slice(&full.stdout).unwrap();
    assert_eq!((&full["removed"], full["notes"].as_array().unwrap().len()), (&Json::Array(Vec::new()), 1), "{full}");
    let plain = run(&["backup", "--data", "h", "--to", "s3://plain", "--object-lock", "30", "--json"]);
    assert_eq!(plain.status.code(), Some(3));
    assert!(text(&plain.stdout).contains("s3://plain"));
    assert_eq!(run(&["backup", "--data", "h", "--to", "s3://nowhere"]).status.code(), Some(1));
}
