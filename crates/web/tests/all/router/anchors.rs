//! The page of anchors: who sees what, files by the page, an old copy compared, the sheet for the safe.

use akashi_app::Ctx;
use akashi_app::anchor::{Kind, NewAnchor, Terms};
use akashi_app::witness::Witness;
use akashi_domain::Lang;
use akashi_testkit::Scratch;
use akashi_testkit::tsa::{Authority, Key};
use axum::http::StatusCode;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::client::Client;
use crate::hospital::{Hospital, clock};
use crate::outside::made;

/// A hospital with a witness that is reached by file.
async fn house() -> (Hospital, Scratch, Witness) {
    let house = Hospital::empty().await;
    let (folder, witness) = witness_of(&house).await;
    (house, folder, witness)
}

/// Gives a hospital its witness.
pub(super) async fn witness_of(house: &Hospital) -> (Scratch, Witness) {
    let folder = Scratch::new("witness");
    let witness = Witness::create(folder.path(), "minami.example/w", &[5; 32]).unwrap();
    let ring = house.app.store().key_ring().await.unwrap().to_string();
    witness.add_log(&ring, false, clock()).unwrap();
    let terms = Terms::default_of(Kind::Witness);
    let trust = witness.verifier().to_string();
    let new = NewAnchor { kind: Kind::Witness, name: "隣の病院".into(), url: String::new(), trust, terms };
    house.app.add_anchor(&Ctx::local(clock(), Lang::Ja), new).await.unwrap();
    (folder, witness)
}

#[tokio::test(flavor = "multi_thread")]
async fn only_some_may_look_and_fewer_may_act() {
    let (house, ..) = house().await;
    let name = [("anchor", "隣の病院")];
    for (login, sees, acts) in
        [("kanri", true, true), ("incho", true, false), ("tantou", false, false), ("shokuin", false, false)]
    {
        let mut client = Client::logged_in(&house.router, login).await;
        let home = client.get("/").await.text;
        assert_eq!(home.contains("href=\"/anchors\""), sees, "{login}");
        for page in ["/anchors", "/anchors/paper"] {
            let answer = client.get(page).await;
            assert_eq!(answer.status, if sees { StatusCode::OK } else { StatusCode::FORBIDDEN }, "{login} {page}");
            assert_eq!(
                answer.text.contains("kita") || answer.text.contains("test.example"),
                sees && page.ends_with("paper")
            );
        }
        let form = if sees { "/anchors" } else { "/" };
        for path in ["/anchors/request", "/anchors/retry"] {
            let status = client.post(form, path, &name).await.status;
            assert_eq!(status == StatusCode::FORBIDDEN, !acts, "{login} {path}: {status}");
        }
        let compared = client.post(form, "/anchors/compare", &[("copy", "x\n1\n")]).await.status;
        let denied = client.post(
            form,
            "/anchors/compare",
            &[("copy", "test.example/akashi/1\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")],
        );
        assert_eq!((compared, denied.await.status == StatusCode::FORBIDDEN), (StatusCode::UNPROCESSABLE_ENTITY, !sees));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_goes_out_and_its_answer_comes_back_by_the_page() {
    let (house, _folder, witness) = house().await;
    let mut kanri = Client::logged_in(&house.router, "kanri").await;
    let page = kanri.get("/anchors").await.text;
    assert!(
        page.contains("隣の病院") && page.contains("未依頼") && page.contains("気付かれずに"),
        "what could be lost"
    );
    let request = kanri.post("/anchors", "/anchors/request", &[("anchor", "隣の病院")]).await;
    assert!(request.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert!(kanri.get("/anchors").await.text.contains("待機中"));

    let bad = kanri.upload("/anchors", "/anchors/answer", &[("anchor", "隣の病院")], &[("a", b"no answer")]).await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    let signed = witness.add_checkpoint(request.text.as_bytes(), clock()).unwrap();
    let files = [("a.answer", signed.body.as_bytes())];
    let done = kanri.upload("/anchors", "/anchors/answer", &[("anchor", "隣の病院")], &files).await;
    assert_eq!(done.location(), "/anchors?done=attested", "{}", done.text);
    let page = kanri.get(done.location()).await.text;
    assert!(page.contains("証明あり") && page.contains("検証し") && !page.contains("気付かれずに"), "all is attested");
    let missing = kanri.post("/anchors", "/anchors/request", &[("anchor", "よその病院")]).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sheet_is_compared_again() {
    let (house, ..) = house().await;
    let mut kanri = Client::logged_in(&house.router, "kanri").await;
    let newest = house.app.store().latest_checkpoint().await.unwrap().unwrap();
    let sheet = kanri.get("/anchors/paper").await.text;
    let hex = newest.root.to_hex();
    let groups: Vec<&str> = (0..8).map(|ix| &hex[ix * 4..ix * 4 + 4]).collect();
    assert!(sheet.contains("<svg class=\"qr\"") && sheet.contains(&groups.join(" ")), "code, and the root to be typed");
    assert!(sheet.contains("控え") && sheet.contains("Copy of an evidence checkpoint"), "in both languages");

    let typed = format!("test.example/akashi/1\n{}\n{}", newest.size, hex.to_uppercase());
    let same = kanri.post("/anchors", "/anchors/compare", &[("copy", &typed)]).await;
    assert!(same.status == StatusCode::OK && same.text.contains("そのまま引き継いでいます"), "{}", same.status);
    // What the code on the sheet says: the text and its short signature.
    let short: String = newest.note.lines().filter(|l| l.len() < 300).map(|l| format!("{l}\n")).collect();
    let files = [("copy.txt", short.as_bytes())];
    assert_eq!(kanri.upload("/anchors", "/anchors/compare", &[], &files).await.status, StatusCode::OK);
    let other = typed.replace(&hex.to_uppercase(), &"A".repeat(64));
    let longer = typed.replacen(&format!("\n{}\n", newest.size), "\n99999\n", 1);
    for (copy, says) in
        [(other, "作り替えられた"), (longer, "削られたか"), (typed.replace("test", "other"), "別のログ")]
    {
        let answer = kanri.post("/anchors", "/anchors/compare", &[("copy", &copy)]).await;
        assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.text.contains(says), "{says}");
        assert!(answer.text.contains("role=\"alert\""));
    }
}

/// The planner adds, renames, switches off; each fault stands at its control, what was sent stays, and the log knows who.
#[tokio::test(flavor = "multi_thread")]
async fn an_anchor_is_kept_by_its_form() {
    let house = Hospital::empty().await;
    let folder = Scratch::new("witness");
    let witness = Witness::create(folder.path(), "minami.example/w", &[5; 32]).unwrap();
    let key = witness.verifier().to_string();
    let mut kanri = Client::logged_in(&house.router, "kanri").await;
    let page = kanri.get("/anchors/new?kind=witness").await.text;
    let ring = house.app.log_keys().await.unwrap();
    assert!(page.contains(&link_free(ring.lines().next().unwrap())), "what the witness needs: {ring}");

    let send = |name: &'static str, url: &'static str, trust: String, every: &'static str| {
        vec![
            ("kind", "witness".to_owned()),
            ("name", name.into()),
            ("url", url.into()),
            ("trust", trust),
            ("every", every.into()),
            ("after", "50".into()),
        ]
    };
    let bad = [
        (send("", "", key.clone(), "60"), "name-fault", "1〜60文字"),
        (send("隣", "ftp://w.example", key.clone(), "60"), "url-fault", "http://"),
        (send("隣", "", "鍵です".into(), "60"), "trust-fault", "akashi witness key"),
        (send("隣", "", ring.clone(), "60"), "trust-fault", "akashi witness key"),
        (send("隣", "", key.clone(), "0"), "every-fault", "1以上の整数"),
    ];
    for (fields, fault, says) in bad {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let answer = kanri.post("/anchors/new?kind=witness", "/anchors/new", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fault}");
        let text = &answer.text;
        assert!(
            text.contains(&format!("id=\"{fault}\"")) && text.contains(says) && text.contains("value=\"50\""),
            "{fault}: {text}"
        );
        assert_eq!(text.matches("aria-invalid").count(), 1, "{fault}");
    }
    assert!(house.app.anchors().await.unwrap().is_empty(), "nothing was changed");
    let fields = send("隣", "http://w.example", key.clone(), "60");
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let done = kanri.post("/anchors/new?kind=witness", "/anchors/new", &fields).await;
    assert_eq!(done.location(), "/anchors?done=anchor-added", "{}", done.text);
    let twice = kanri.post("/anchors/new?kind=witness", "/anchors/new", &fields).await;
    assert!(twice.status == StatusCode::UNPROCESSABLE_ENTITY && twice.text.contains("登録済み"));

    let anchor = house.app.anchors().await.unwrap().remove(0);
    assert_eq!((anchor.terms.every_minutes, anchor.terms.after_entries, anchor.enabled), (60, 50, true));
    let edit = format!("/anchors/{}/edit", anchor.id);
    let page = kanri.get(&edit).await.text;
    assert!(page.contains(&link_free(&key)) && page.contains("checked"), "what is trusted already, and that it is on");
    let wrong = kanri
        .post(&edit, &edit, &[("name", "隣"), ("every", "60"), ("after", "50"), ("trust", "鍵です"), ("enabled", "1")])
        .await;
    assert!(
        wrong.status == StatusCode::UNPROCESSABLE_ENTITY && wrong.text.contains("trust-fault"),
        "more has to be usable by itself"
    );
    let off = kanri.post(&edit, &edit, &[("name", "隣の病院"), ("url", ""), ("every", "90"), ("after", "50")]).await;
    assert_eq!(off.location(), "/anchors?done=anchor-changed", "{}", off.text);
    let changed = house.app.anchors().await.unwrap().remove(0);
    assert_eq!((changed.name.as_str(), changed.url.as_str(), changed.enabled), ("隣の病院", "", false));
    assert_eq!((changed.trust, changed.terms.every_minutes), (anchor.trust, 90));
    assert!(kanri.get("/anchors").await.text.contains("停止中"));
    let history = house.app.store().history(anchor.id).await.unwrap();
    assert_eq!(history.len(), 2, "each change is an entry");
    assert!(
        history.iter().all(|row| row.author != Ctx::local(clock(), Lang::Ja).actor.pseudonym),
        "of whoever made it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn roots_of_an_authority_come_as_a_file() {
    let story = "roots_of_an_authority_come_as_a_file";
    let Some(ca) = made(story, Authority::new("Akashi Test CA", Key::P256)) else { return };
    let house = Hospital::empty().await;
    let mut kanri = Client::logged_in(&house.router, "kanri").await;
    let pem = ca.certificate_pem().unwrap();
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec();
    let fields =
        [("kind", "tsa"), ("name", "時刻"), ("url", "https://tsa.example/"), ("every", "1440"), ("after", "1000")];
    let form = "/anchors/new?kind=tsa";
    let key = std::fs::read(ca.identity().key).unwrap();
    for bad in [&key[..], &der[..40], b""] {
        let refused = kanri.upload(form, "/anchors/new", &fields, &[("ca", bad)]).await;
        assert!(
            refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.text.contains("trust-fault"),
            "{}",
            refused.status
        );
        assert!(!refused.text.contains("PRIVATE KEY"), "a key sent by mistake is not shown again");
    }
    let policy = [&fields[..], &[("policy", "時刻ポリシー")]].concat();
    let refused = kanri.upload(form, "/anchors/new", &policy, &[("ca", &der)]).await;
    assert!(refused.text.contains("policy-fault") && !refused.text.contains("trust-fault"), "{}", refused.text);
    let done = kanri.upload(form, "/anchors/new", &fields, &[("ca", &der)]).await;
    assert_eq!(done.location(), "/anchors?done=anchor-added", "{}", done.text);
    let anchor = house.app.anchors().await.unwrap().remove(0);
    assert_eq!(anchor.trusted().len(), 1);
    let page = kanri.get(&format!("/anchors/{}/edit", anchor.id)).await.text;
    assert!(page.contains("CN=Akashi Test CA") && page.contains("2050-01-01"), "{page}");
}

/// As a page shows a key: `+` and `/` are no markup, but `=` may be written out.
fn link_free(text: &str) -> String {
    text.split('=').next().unwrap().to_owned()
}
