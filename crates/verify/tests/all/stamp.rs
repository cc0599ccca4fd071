//! Time stamps in bundles: of a real responder of OpenSSL, with and without its root, and with every fault.

use std::process::Command;

use akashi_journal::note::Note;
use akashi_sign::HashAlgorithm;
use akashi_sign::tsp::{Imprint, Request, Token};
use akashi_sign::x509::{Evidence, read_certificates};
use akashi_testkit::need::{OPENSSL, skip};
use akashi_testkit::tsa::{Authority, Key, Mode, TSA_EXTENSIONS, Tsa};
use akashi_testkit::{Error, Scratch};
use akashi_verify::{Answer, Bundle, Given, Outcome, Stamp, Step, read_keys, verify};

use crate::make::{bundle, failed, signer};

fn tsa(story: &str) -> Option<Tsa> {
    match Tsa::start(Key::P256) {
        Ok(tsa) => Some(tsa),
        Err(why @ Error::Missing { .. }) => {
            skip(OPENSSL, story, &why.to_string());
            None
        }
        Err(why) => panic!("{story}: {why}"),
    }
}

/// The checkpoint of [`bundle`] as the log signed it, before any witness.
fn subject() -> Vec<u8> {
    let whole = Note::parse(&bundle().checkpoint).unwrap();
    let own = whole.signatures().iter().filter(|s| s.name == "h.example/log").cloned().collect();
    Note::new(whole.text().to_owned(), own).unwrap().to_string().into_bytes()
}

/// A stamp over `subject`, with its certificates kept beside it.
fn stamp(tsa: &Tsa, subject: Vec<u8>) -> Stamp {
    let asked = Request::new(Imprint::of(HashAlgorithm::Sha256, &subject)).with_nonce(&[7; 16]);
    let token = tsa.reply(&asked.to_der()).unwrap();
    let evidence = Token::from_file(&token).map(|token| token.data.enclosed.to_pem()).unwrap_or_default();
    Stamp { subject, token, evidence }
}

fn stamped(stamps: Vec<Stamp>) -> Vec<u8> {
    Bundle { stamps, ..bundle() }.to_bytes().unwrap()
}

fn given(roots: &[&Tsa]) -> Given {
    let text: String = roots.iter().map(|tsa| tsa.ca().certificate_pem().unwrap()).collect();
    let keys = read_keys(&signer("h.example/log", 1).verifier().to_string()).ok();
    Given { keys, tsa_roots: text.parse().unwrap(), ..Given::default() }
}

/// The steps about stamps.
fn steps(bytes: &[u8], given: &Given) -> Vec<Step> {
    verify(bytes, given).steps.into_iter().filter(|step| step.step == "stamp").collect()
}

#[test]
fn a_stamp_of_a_given_root_proves_the_time() {
    let Some(tsa) = tsa("a_stamp_of_a_given_root_proves_the_time") else { return };
    let stamp = stamp(&tsa, subject());
    let time = Token::from_file(&stamp.token).unwrap().info.gen_time.to_string();
    let bytes = stamped(vec![stamp]);
    let report = verify(&bytes, &given(&[&tsa]));
    assert_eq!((report.result, failed(&report).len()), (Answer::Verified, 0), "{:#?}", report.steps);
    let found = steps(&bytes, &given(&[&tsa]));
    assert!(found.len() == 1 && found[0].outcome == Outcome::Passed && found[0].place == "stamp-0.tsr");
    for words in [&found[0].says.ja, &found[0].says.en] {
        assert!(words.contains(&time) && words.contains("CN=Akashi Test TSA") && words.contains("1.5001 s"), "{words}");
    }
    assert!(found[0].says.en.contains(
        "revocation not checked: nothing enclosed tells of the certificate of C=JP, O=Akashi, CN=Akashi Test TSA"
    ));
}

#[test]
fn without_its_root_a_stamp_is_not_checked_and_says_how() {
    let story = "without_its_root_a_stamp_is_not_checked_and_says_how";
    let (Some(ours), Some(other)) = (tsa(story), tsa(story)) else { return };
    let bytes = stamped(vec![stamp(&ours, subject()), stamp(&other, subject())]);
    let none = steps(&bytes, &given(&[]));
    assert!(none.iter().all(|s| s.outcome == Outcome::NotChecked && s.says.en.contains("--tsa-root")), "{none:#?}");
    assert_eq!(verify(&bytes, &given(&[])).result, Answer::Verified, "a stamp less is no fault of the log");
    let one = steps(&bytes, &given(&[&other]));
    assert_eq!((one[0].outcome, one[1].outcome), (Outcome::NotChecked, Outcome::Passed));
    assert!(one[0].says.en.contains("none of the given roots"));
    let both = steps(&bytes, &given(&[&other, &ours]));
    assert!(both.iter().all(|s| s.outcome == Outcome::Passed));
}

#[test]
fn a_stamp_that_does_not_hold_fails_the_bundle() {
    let Some(tsa) = tsa("a_stamp_that_does_not_hold_fails_the_bundle") else { return };
    let good = stamp(&tsa, subject());
    let changed = |change: &dyn Fn(&mut Stamp)| {
        let mut bad = good.clone();
        change(&mut bad);
        bad
    };
    let flip = |at_end: usize| {
        changed(&move |s: &mut Stamp| {
            let at = s.token.len() - at_end;
            s.token[at] ^= 1;
        })
    };
    tsa.set(Mode::Refuse).unwrap();
    let refused = stamp(&tsa, subject());
    tsa.set(Mode::Answer).unwrap();
    let mut more = subject();
    more.extend_from_slice("\u{2014} h.example/log AAAAAAA=\n".as_bytes());
    let table = [
        ("signature", flip(1), "stamp-0.tsr", "does not match"),
        ("refusal", refused, "stamp-0.tsr", "gave no stamp"),
        ("cut", changed(&|s| s.token.truncate(100)), "stamp-0.tsr", "ends too early"),
        ("the same text, other bytes", changed(&|s| s.subject.clone_from(&more)), "stamp-0.tsr", "over other bytes"),
        ("evidence", changed(&|s| s.evidence = "-----BEGIN CERTIFICATE-----".into()), "stamp-0.pem", "PEM"),
    ];
    for (what, stamp, place, says) in table {
        let bytes = stamped(vec![stamp]);
        for given in [given(&[&tsa]), given(&[])] {
            let report = verify(&bytes, &given);
            assert_eq!((report.result, failed(&report)), (Answer::Failed, vec![("stamp", place)]), "{what}");
            let step = steps(&bytes, &given).remove(0);
            assert!(step.says.en.contains(says) && step.says.ja.contains(says), "{what}: {:?}", step.says);
        }
    }
}

#[test]
fn what_is_kept_beside_a_stamp_tells_of_revocation() {
    let story = "what_is_kept_beside_a_stamp_tells_of_revocation";
    if tsa(story).is_none() {
        return;
    }
    let ca = Authority::new("Akashi Test CA", Key::P256).unwrap();
    let identity = ca.issue("Akashi Test TSA", Key::P256, TSA_EXTENSIONS).unwrap();
    let tsa = Tsa::with(ca, &identity, "").unwrap();
    let with = |list: Vec<u8>| {
        let mut stamp = stamp(&tsa, subject());
        stamp.evidence += &Evidence::parse(&list).unwrap().to_pem();
        stamped(vec![stamp])
    };
    for (made, next, settled) in
        [("20200102000000Z", "20480101000000Z", false), ("20410101000000Z", "20480101000000Z", true)]
    {
        let found = steps(&with(tsa.ca().crl_of((made, next)).unwrap()), &given(&[&tsa])).remove(0);
        let dated = format!("revocation checked: CRL of {}-01-0", &made[..4]);
        assert!(found.outcome == Outcome::Passed && found.says.en.contains(&dated), "{found:?}");
        assert_eq!(!found.says.en.contains("one made after the stamp will settle it"), settled, "{found:?}");
        assert!(found.says.ja.contains("失効確認済み"));
    }
    tsa.ca().revoke(&identity, Some("keyCompromise")).unwrap();
    let found = steps(&with(tsa.ca().crl().unwrap()), &given(&[&tsa])).remove(0);
    assert!(found.outcome == Outcome::Failed && found.says.en.contains("was revoked at"), "{found:?}");
    assert!(found.says.en.contains("keyCompromise") && found.says.ja.contains("成り立ちません"));
}

#[test]
fn openssl_checks_the_files_of_the_bundle_as_they_are() {
    let Some(tsa) = tsa("openssl_checks_the_files_of_the_bundle_as_they_are") else { return };
    let bundle = Bundle::parse(&stamped(vec![stamp(&tsa, subject())])).unwrap();
    let folder = Scratch::new("stranger");
    folder.file("stamp-0.tsr", &bundle.stamps[0].token);
    folder.file("stamp-0.checkpoint", &bundle.stamps[0].subject);
    folder.file("stamp-0.pem", &bundle.stamps[0].evidence);
    folder.file("ROOT.pem", tsa.ca().certificate_pem().unwrap());
    let words = "ts -verify -data stamp-0.checkpoint -in stamp-0.tsr -CAfile ROOT.pem -untrusted stamp-0.pem";
    let out = Command::new("openssl").current_dir(folder.path()).args(words.split(' ')).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn the_program_takes_roots_in_pem_and_der() {
    let Some(tsa) = tsa("the_program_takes_roots_in_pem_and_der") else { return };
    let folder = Scratch::new("roots");
    let pem = tsa.ca().certificate_pem().unwrap();
    folder.file("bundle.zip", stamped(vec![stamp(&tsa, subject())]));
    folder.file("root.der", &read_certificates(pem.as_bytes()).unwrap()[0]);
    folder.file("root.pem", pem);
    folder.file("keys", signer("h.example/log", 1).verifier().to_string());
    let run = |root: &str| {
        let args = ["--lang", "en", "--key", "keys", "--tsa-root", root, "bundle.zip"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_akashi-verify"));
        let out = command.current_dir(folder.path()).args(args).output().unwrap();
        (out.status.code(), String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned())
    };
    for root in ["root.pem", "root.der"] {
        let (code, words) = run(root);
        assert!(code == Some(0) && words.contains("ok   stamp-0.tsr: this checkpoint existed at"), "{words}");
    }
    for root in ["keys", "none.pem"] {
        assert_eq!(run(root).0, Some(2));
    }
}
