//! The story of a proof: a record is kept, proven, carried away and checked; what was changed is refused.

use akashi_app::command::Put;
use akashi_app::{App, AppError, Ctx};
use akashi_domain::authz::Actor;
use akashi_domain::{FileRef, RecordId, Value};
use akashi_journal::Command;
use akashi_store::{Anchor, NewVersion, WriteCtx};
use akashi_testkit::Scratch;
use akashi_testkit::need::{OPENSSL, skip};
use akashi_testkit::tsa::{Key, Tsa};
use akashi_verify::{Answer, Bundle, Given, Outcome, Texts, verify};

use crate::hospital::{NOW, hospital, put_of, text};

/// A device with a paper; two revisions.
async fn device(app: &App, ctx: &Ctx) -> RecordId {
    let mut fields = vec![("name", text("受付端末<1>"))];
    let register = app.catalog().register_by_key("device").unwrap();
    if let Some(field) = register.fields().iter().find(|f| matches!(f.kind, akashi_domain::FieldKind::Files)) {
        let file: FileRef = app.keep_file("保証書.pdf", b"%PDF-1.7 paper".to_vec(), NOW).await.unwrap();
        fields.push((&field.key, Value::Files(vec![file])));
    }
    let put = Put { reason: Some("新規購入".into()), ..put_of(app, "device", None, &fields) };
    let done = app.put(ctx, put).await.unwrap();
    app.put(ctx, renamed(app, done.record, 1, "受付端末2")).await.unwrap();
    done.record
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_is_proven_to_a_stranger() {
    let folder = Scratch::new("prove");
    let (app, ctx) = hospital(folder.path()).await;
    let record = device(&app, &ctx).await;
    let code = app.deeds(record).await.unwrap().len();
    assert_eq!(code, 2);
    let number = app.live(NOW).await.unwrap().world.latest(record).unwrap().code.to_string();
    assert_eq!(app.find(NOW, &number).await.unwrap(), record);
    assert_eq!(app.find(NOW, &record.to_string()).await.unwrap(), record);
    assert!(matches!(app.find(NOW, "NONE-1").await, Err(AppError::NotFound(_))));

    let proof = app.prove(&ctx, record, Some(1)).await.unwrap();
    assert_eq!(proof.name, format!("{number}-r1.zip"));
    assert_eq!(proof.bytes, app.prove(&ctx, record, Some(1)).await.unwrap().bytes, "the same proof has the same bytes");
    let keys = app.store().key_ring().await.unwrap().to_string();
    let given = Given::read(&Texts { keys: &keys, ..Texts::default() }).unwrap();
    let report = verify(&proof.bytes, &given);
    assert_eq!(report.result, Answer::Verified, "{}", report.text(false));
    assert_eq!(report.index, Some(proof.index));
    let bundle = Bundle::parse(&proof.bytes).unwrap();
    let opening = bundle.opening.as_ref().unwrap();
    assert!(String::from_utf8_lossy(&opening.body).contains("受付端末<1>"));
    assert_eq!(opening.reason.as_ref().unwrap().0, "新規購入");
    assert!(bundle.explanation.contains("受付端末&lt;1&gt;") && bundle.explanation.contains("What this bundle shows"));

    let newest = app.prove(&ctx, record, None).await.unwrap();
    assert_eq!(newest.rev, 2);
    assert!(verify(&newest.bytes, &given).ok);
    assert!(matches!(app.prove(&ctx, record, Some(9)).await, Err(AppError::NotFound(_))));

    // The content of one revision under the proof of another, closed properly.
    let mut mixed = bundle;
    mixed.opening = Bundle::parse(&newest.bytes).unwrap().opening;
    let report = verify(&mixed.to_bytes().unwrap(), &given);
    let failed: Vec<_> =
        report.steps.iter().filter(|s| s.outcome == Outcome::Failed).map(|s| s.place.as_str()).collect();
    assert!(!report.ok && failed.contains(&"body.json"), "{failed:?}");
}

/// An answer of a real time-stamping authority over `subject`.
fn stamped(tsa: &Tsa, folder: &Scratch, subject: &str) -> Vec<u8> {
    let file = folder.file("subject", subject);
    let mut query = std::process::Command::new("openssl");
    let query = query.args(["ts", "-query", "-sha256", "-cert", "-data"]).arg(file).output().unwrap();
    assert!(query.status.success(), "{}", String::from_utf8_lossy(&query.stderr));
    tsa.reply(&query.stdout).unwrap()
}

/// An anchor as it is stored, with the entry that says so.
async fn anchor(app: &App, id: u128, tsa: &Tsa) -> Anchor {
    let anchor = Anchor {
        id: RecordId(id),
        kind: "tsa".into(),
        name: format!("架空時刻認証局{id}"),
        url: String::new(),
        trust: tsa.ca().certificate_pem().unwrap(),
        terms: serde_json::json!({}),
        enabled: true,
        created: NOW,
        seen: 0,
    };
    let mut tx = app.store().begin(&WriteCtx { actor: "local".into(), at: NOW }).await.unwrap();
    tx.save_anchor(&anchor).await.unwrap();
    let body = serde_json::json!({ "code": "", "facility": "", "state": "", "fields": {} });
    let said = NewVersion::system("anchor", anchor.id, 0, Command::Setup, body);
    let receipt = tx.put(said).await.unwrap();
    tx.commit(receipt).await.unwrap();
    anchor
}

/// The newest checkpoint is stamped by a real authority.
async fn stamp(app: &App, anchor: &Anchor, tsa: &Tsa, folder: &Scratch) -> u64 {
    let checkpoint = app.store().latest_checkpoint().await.unwrap().unwrap();
    app.store().want_attestation(anchor.id, &checkpoint, NOW).await.unwrap();
    let token = stamped(tsa, folder, &checkpoint.note);
    app.store().hold_attestation(anchor.id, checkpoint.size, token, "", NOW).await.unwrap();
    checkpoint.size
}

/// A version is proven under the oldest checkpoint that somebody outside attests, with the stamp; a later one under the newest.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stamped_checkpoint_is_taken_where_there_is_one() {
    let tsa = match Tsa::start(Key::P256) {
        Ok(tsa) => tsa,
        Err(why) => return skip(OPENSSL, "a_stamped_checkpoint_is_taken_where_there_is_one", &why.to_string()),
    };
    let folder = Scratch::new("stamped");
    let (app, ctx) = hospital(folder.path()).await;
    let early = device(&app, &ctx).await;
    let first = anchor(&app, 0xa0, &tsa).await;
    let checkpoint = app.store().latest_checkpoint().await.unwrap().unwrap();
    app.store().want_attestation(first.id, &checkpoint, NOW).await.unwrap();
    let unstamped = app.prove(&ctx, early, Some(2)).await.unwrap();
    assert!(Bundle::parse(&unstamped.bytes).unwrap().stamps.is_empty(), "a question is no answer");
    let size = stamp(&app, &first, &tsa, &folder).await;
    let late = device(&app, &ctx).await;

    let keys = app.store().key_ring().await.unwrap().to_string();
    let given = Given::read(&Texts { keys: &keys, tsa_roots: &first.trust, ..Texts::default() }).unwrap();
    for (record, stamps) in [(early, 1), (late, 0)] {
        let proof = app.prove(&ctx, record, None).await.unwrap();
        let report = verify(&proof.bytes, &given);
        assert_eq!(report.result, Answer::Verified, "{}", report.text(false));
        let bundle = Bundle::parse(&proof.bytes).unwrap();
        assert_eq!((bundle.stamps.len(), bundle.later.len()), (stamps, 0));
        assert_eq!(report.size == Some(size), stamps == 1, "{:?}", report.size);
        let checked = report.steps.iter().any(|s| s.step == "stamp" && s.outcome == Outcome::Passed);
        assert_eq!(checked, stamps == 1, "{}", report.text(false));
        assert_eq!(bundle.explanation.contains("openssl ts -verify"), stamps == 1);
    }

    // A second anchor attests a larger log, twice: its first word goes along, with the proof that it is the same log.
    let second = anchor(&app, 0xa1, &tsa).await;
    app.put(&ctx, renamed(&app, late, 2, "受付端末3")).await.unwrap();
    let larger = stamp(&app, &second, &tsa, &folder).await;
    device(&app, &ctx).await;
    assert!(stamp(&app, &second, &tsa, &folder).await > larger && larger > size);
    let report = verify(&app.prove(&ctx, early, None).await.unwrap().bytes, &given);
    let passed = |step: &str| report.steps.iter().filter(|s| s.step == step && s.outcome == Outcome::Passed).count();
    assert_eq!((report.result, report.size), (Answer::Verified, Some(size)), "{}", report.text(false));
    assert_eq!((passed("stamp"), passed("consistency")), (2, 1), "{}", report.text(false));
    assert!(report.text(false).contains(&format!("over {larger} entries is signed and continues the one over {size}")));
    let report = verify(&app.prove(&ctx, late, Some(1)).await.unwrap().bytes, &given);
    assert_eq!((report.result, report.size), (Answer::Verified, Some(larger)), "{}", report.text(false));
}

/// A further revision of a device.
fn renamed(app: &App, record: RecordId, seen: u32, name: &str) -> Put {
    put_of(app, "device", Some((record, seen)), &[("name", text(name))])
}

/// What the program itself recorded is proven like everything else, and the verifier says what it is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_setup_is_proven_by_its_place() {
    let folder = Scratch::new("prove");
    let (app, ctx) = hospital(folder.path()).await;
    let record = device(&app, &ctx).await;
    let proof = app.prove_entry(&ctx, 0).await.unwrap();
    assert_eq!((proof.name.as_str(), proof.index, proof.rev), ("akashi-setup-0.zip", 0, 1));
    let keys = app.store().key_ring().await.unwrap().to_string();
    let given = Given::read(&Texts { keys: &keys, ..Texts::default() }).unwrap();
    let report = verify(&proof.bytes, &given);
    assert_eq!(report.result, Answer::Verified, "{}", report.text(false));
    let said = report.steps.iter().find(|s| s.step == "system").unwrap();
    assert!(said.outcome == Outcome::Passed && said.says.ja.contains("架空病院"), "{said:?}");
    assert!(report.text(false).starts_with("the setup of the hospital"), "{}", report.text(false));
    let page = Bundle::parse(&proof.bytes).unwrap().explanation;
    assert!(page.contains("開設") && page.contains("kaku.example/akashi") && page.contains("organisation"));

    // A place where a record stands gives that record's proof.
    assert_eq!(app.prove_entry(&ctx, 1).await.unwrap(), app.prove(&ctx, record, Some(1)).await.unwrap());
    assert!(matches!(app.prove_entry(&ctx, 99).await, Err(AppError::NotFound(_))));
    let nobody = Ctx { actor: Actor { pseudonym: "u-9".into(), ..Actor::default() }, ..ctx };
    for index in [0, 1] {
        assert!(matches!(app.prove_entry(&nobody, index).await, Err(AppError::Forbidden(_))));
    }
}

/// The commands of the page for people do what it says they do, with nothing of ours.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_peoples_tools_accept_a_bundle_as_printed() {
    let story = "other_peoples_tools_accept_a_bundle_as_printed";
    let Some(python) = akashi_testkit::python::for_story(story) else { return };
    let folder = akashi_testkit::Scratch::new("printed");
    let (app, ctx) = hospital(folder.path()).await;
    let record = device(&app, &ctx).await;
    // Two checkpoints are stamped, where there is an authority.
    let tsa = Tsa::start(Key::P256).ok();
    for id in [0xa0, 0xa1] {
        let Some(tsa) = &tsa else { break };
        let anchor = anchor(&app, id, tsa).await;
        folder.file("TSA-ROOT.pem", &anchor.trust);
        device(&app, &ctx).await;
        stamp(&app, &anchor, tsa, &folder).await;
    }
    let proof = app.prove(&ctx, record, Some(1)).await.unwrap();
    assert_eq!(Bundle::parse(&proof.bytes).unwrap().later.len(), usize::from(tsa.is_some()));
    folder.file(&proof.name, &proof.bytes);
    let page = Bundle::parse(&proof.bytes).unwrap().explanation;
    let blocks = page.split("<pre>").skip(1).map(|rest| rest.split("</pre>").next().unwrap());
    let plain = |text: &str| {
        text.replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&")
    };
    let blocks: Vec<String> = blocks.map(plain).collect();
    let key = blocks[0].split(' ').next().unwrap();
    let script = blocks[2..]
        .join("\n")
        .replace("unzip ", "python -m zipfile -e ")
        .replace(" -d proof", " proof")
        .replace("python3 -m pip install", "true")
        .replace("TSA-ROOT.pem", "../TSA-ROOT.pem");
    let path = format!("{}:{}", python.parent().unwrap().display(), std::env::var("PATH").unwrap());
    let mut bash = std::process::Command::new("bash");
    let out = bash
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(folder.path())
        .env("PATH", path)
        .env("KEY", key)
        .output();
    let out = out.unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success(), "{script}\n{said}\n{}", String::from_utf8_lossy(&out.stderr));
    let expected: Vec<&str> =
        script.lines().filter_map(|line| line.split_once("# = ")).map(|(_, digest)| digest).collect();
    assert!(expected.len() >= 2, "body and reason at least");
    let entry = String::from_utf8(Bundle::parse(&proof.bytes).unwrap().entry).unwrap();
    for digest in expected {
        assert!(said.contains(&format!("= {digest}")), "{digest} was computed: {said}");
        assert!(entry.contains(digest), "{digest} stands in the entry");
    }
    assert!(said.contains("\"ok\": true"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_proves_what_he_may_not_read() {
    let folder = Scratch::new("prove");
    let (app, ctx) = hospital(folder.path()).await;
    let record = device(&app, &ctx).await;
    let nobody = Ctx { actor: Actor { pseudonym: "u-9".into(), ..Actor::default() }, ..ctx };
    assert!(matches!(app.prove(&nobody, record, None).await, Err(AppError::Forbidden(_))));
}
