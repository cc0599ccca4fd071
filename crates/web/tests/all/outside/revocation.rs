//! Whether a TSA's certificates were revoked, with a real CA and responder of OpenSSL and its lists served over HTTP:
//! fetched, kept, awaited, refused, carried; and the verdict of every revocation beside OpenSSL's own.

use std::process::Command;

use akashi_app::anchor::{Change, Imported, Kind, Known, Standing, Told, Trouble};
use akashi_testkit::Scratch;
use akashi_testkit::tsa::{Authority, Identity, Key, Publisher, TSA_EXTENSIONS, Tsa};
use akashi_verify::{Given, Outcome, verify};

use super::{DAY, House, MINUTE, NOW, ctx, made, on_both};

on_both! {
    lists_are_fetched_kept_and_go_along_with_proofs
    every_revocation_has_its_verdict
    what_cannot_be_had_waits_and_never_passes
    a_responder_is_asked
    lists_are_carried_by_hand
}

/// A list made long before any stamp and current for as long as tests run; one made long after; and a time after that.
const EARLY: (&str, &str) = ("20200102000000Z", "20480101000000Z");
const LATE: (&str, &str) = ("20410101000000Z", "20480101000000Z");
const LATER: &str = "2240697600";

/// A CA whose certificates say where its list and responder are, and its TSA.
struct Outside {
    publisher: Publisher,
    tsa: Tsa,
    identity: Identity,
}

/// The usual words of a TSA's certificate, and where to ask about it.
fn saying(places: &str) -> String {
    format!("{TSA_EXTENSIONS}{places}\n")
}

fn outside(story: &str, places: impl Fn(&Publisher) -> String) -> Option<Outside> {
    let ca = made(story, Authority::new("Akashi Test CA", Key::P256))?;
    let publisher = Publisher::start().unwrap();
    let identity = ca.issue("Akashi Test TSA", Key::P256, &saying(&places(&publisher))).unwrap();
    let tsa = Tsa::with(ca, &identity, "").unwrap();
    Some(Outside { publisher, tsa, identity })
}

fn list_of(publisher: &Publisher) -> String {
    format!("crlDistributionPoints = URI:{}", publisher.url("/ca.crl"))
}

async fn told(house: &House) -> Told {
    house.overview().await.anchors.remove(0).revocation.unwrap()
}

/// Whether OpenSSL accepts the held stamp at a time after all lists, with what is kept beside it; and its words.
async fn openssl_says(house: &House, root: &Authority) -> (bool, String) {
    let scratch = Scratch::new("revocation");
    let files = house.app.saved_attestation(&ctx(NOW), "時刻", None).await.unwrap();
    let [(_, subject), (_, token), (_, evidence)] = &files[..] else { panic!("{}", files.len()) };
    scratch.file("data", subject);
    scratch.file("token", token);
    scratch.file("kept.pem", evidence);
    let trusted = format!("{}{}", root.certificate_pem().unwrap(), String::from_utf8_lossy(evidence));
    scratch.file("ca.pem", trusted);
    let words = "ts -verify -token_in -in token -data data -untrusted kept.pem -CAfile ca.pem -crl_check_all -attime";
    let words = words.split(' ').chain([LATER]);
    let out = Command::new("openssl").current_dir(scratch.path()).args(words).output().unwrap();
    (out.status.success(), String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned())
}

async fn lists_are_fetched_kept_and_go_along_with_proofs(house: House) {
    let story = "lists_are_fetched_kept_and_go_along_with_proofs";
    let Some(root) = made(story, Authority::new("Akashi Test Root", Key::P256)) else { return };
    let publisher = Publisher::start().unwrap();
    let at = |name: &str| format!("crlDistributionPoints = URI:{}\n", publisher.url(name));
    let usual = "basicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign, cRLSign\n\
                 subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n";
    let below = root.subordinate("Akashi Test CA", Key::P256, Some(&format!("{usual}{}", at("/root.crl")))).unwrap();
    let identity = below.issue("Akashi Test TSA", Key::P256, &saying(&at("/ca.crl"))).unwrap();
    let tsa = Tsa::with(below, &identity, "").unwrap();
    let publish = |times| {
        publisher.put("/root.crl", root.crl_of(times).unwrap());
        publisher.put("/ca.crl", tsa.ca().crl_of(times).unwrap());
    };
    publish(EARLY);
    house.add(Kind::Tsa, "時刻", &tsa.url(), &root.certificate_pem().unwrap()).await;
    let run = house.tick(NOW).await.remove(0);
    assert_eq!((run.held.len(), run.lists, run.unchecked), (1, 2, None));
    let first = told(&house).await;
    assert!(first.known == Known::Open && first.words.en.contains("CRL of 2020-01-02"), "{first:?}");
    assert!(first.words.en.contains("made after the stamp will settle it"), "{first:?}");
    assert!(first.places.iter().all(|place| place.open && place.next == Some(NOW + DAY) && place.trouble.is_none()));
    let asked = publisher.asked();
    assert!(asked.len() == 2 && asked.iter().all(|(method, ..)| method == "GET"), "{asked:?}");

    // Switched off, it is still asked about the stamp it gave: once a day, until a list made after the stamp is there.
    let off = Change { enabled: Some(false), ..Change::default() };
    house.app.change_anchor(&ctx(NOW), "時刻", off).await.unwrap();
    house.tick(NOW + DAY - 1).await;
    assert_eq!(publisher.asked().len(), 0);
    house.tick(NOW + DAY).await;
    assert_eq!((publisher.asked().len(), told(&house).await.known), (2, Known::Open), "the same lists as before");
    publish(LATE);
    house.tick(NOW + 2 * DAY).await;
    let settled = told(&house).await;
    assert!(settled.known == Known::Settled && settled.words.en.contains("CRL of 2041-01-01"), "{settled:?}");
    house.tick(NOW + 9 * DAY).await;
    assert_eq!(publisher.asked().len(), 2, "what is settled is not asked about again");
    assert_eq!(house.faults().await, Vec::<String>::new());
    let (accepted, words) = openssl_says(&house, &root).await;
    assert!(accepted, "{words}");

    // The proof carries the lists, and whoever checks it without us reads of them.
    let proof = house.app.prove_entry(&ctx(NOW), 0).await.unwrap();
    let given = Given { tsa_roots: root.certificate_pem().unwrap().parse().unwrap(), ..Given::default() };
    let steps = verify(&proof.bytes, &given).steps;
    let stamp = steps.iter().find(|step| step.step == "stamp").unwrap();
    assert!(
        stamp.outcome == Outcome::Passed && stamp.says.en.contains("revocation checked: CRL of 2041-01-01"),
        "{stamp:?}"
    );
}

/// When it was revoked, why, and what that means for a stamp of now. OpenSSL asks only whether a certificate is on the
/// list; RFC 3161 (4) leaves stamps made before a revocation that has nothing to do with the key.
async fn every_revocation_has_its_verdict(house: House) {
    let table = [
        ("superseded", "20250101000000Z", Known::Revoked),
        ("superseded", "20400101000000Z", Known::Settled),
        ("cessationOfOperation", "20400101000000Z", Known::Settled),
        ("keyCompromise", "20250101000000Z", Known::Revoked),
        ("keyCompromise", "20400101000000Z", Known::Revoked),
    ];
    for (round, (reason, at, expected)) in table.into_iter().enumerate() {
        let Some(outside) = outside("every_revocation_has_its_verdict", list_of) else { return };
        let (Outside { publisher, tsa, identity }, now) = (outside, NOW + round as i64 * 9 * DAY);
        publisher.put("/ca.crl", tsa.ca().crl_of(EARLY).unwrap());
        let name = format!("{round} {reason}");
        house.entry(now).await;
        house.add(Kind::Tsa, &name, &tsa.url(), &tsa.ca().certificate_pem().unwrap()).await;
        house.app.ask_anchors(now, &super::http(), false, Some(&name)).await.unwrap();
        let shown = || async { house.overview().await.anchors.into_iter().find(|a| a.anchor.name == name).unwrap() };
        assert_eq!(shown().await.standing, Standing::Held, "nothing is on the first list");

        tsa.ca().revoke_at(&identity, reason, at).unwrap();
        let list = tsa.ca().crl_of(LATE).unwrap();
        publisher.put("/ca.crl", list.clone());
        let run = house.app.ask_anchors(now + DAY, &super::http(), false, Some(&name)).await.unwrap().remove(0);
        assert_eq!(run.lists, 1);
        let seen = shown().await;
        let told = seen.revocation.clone().unwrap();
        assert_eq!(told.known, expected, "{name} {at}: {told:?}");
        let counts = expected != Known::Revoked;
        assert_eq!((seen.held.is_some(), seen.standing == Standing::Held), (counts, counts), "{name}");
        assert!(told.words.en.contains(reason) && told.words.en.contains(&at[..4]), "{told:?}");
        let proof = house.app.prove_entry(&ctx(now), 0).await.unwrap();
        let steps = verify(&proof.bytes, &Given::default()).steps;
        assert!(
            steps.iter().all(|step| step.outcome != Outcome::Failed),
            "a proof leaves out what shows nothing: {steps:?}"
        );
        let faults = house.faults().await.into_iter().filter(|fault| fault.contains(&format!("“{name}”"))).count();
        assert_eq!(faults, usize::from(!counts), "{name}");

        let scratch = Scratch::new("crl-check");
        let pem = |label: &str, der: &[u8]| scratch.file(label, der);
        pem("list.der", &list);
        scratch.file("ca.pem", tsa.ca().certificate_pem().unwrap());
        let mut openssl = Command::new("openssl");
        let words = "verify -crl_check -CRLfile list.der -CAfile ca.pem -purpose timestampsign -attime";
        openssl.current_dir(scratch.path()).args(words.split(' ')).arg(LATER).arg(&identity.certificate);
        let out = openssl.output().unwrap();
        let words = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
        assert!(!out.status.success() && words.contains("certificate revoked"), "{name}: {words}");
        let off = Change { enabled: Some(false), ..Change::default() };
        house.app.change_anchor(&ctx(now), &name, off).await.unwrap();
    }
}

async fn what_cannot_be_had_waits_and_never_passes(house: House) {
    let Some(outside) = outside("what_cannot_be_had_waits_and_never_passes", list_of) else { return };
    let Outside { publisher, tsa, .. } = outside;
    let other = Authority::new("Akashi Test CA", Key::P256).unwrap();
    house.add(Kind::Tsa, "時刻", &tsa.url(), &tsa.ca().certificate_pem().unwrap()).await;
    publisher.set_away(true).unwrap();
    let run = house.tick(NOW).await.remove(0);
    assert!(run.held.len() == 1 && matches!(run.unchecked, Some(Trouble::Unreachable(_))), "{run:?}");
    let first = told(&house).await;
    assert!(first.known == Known::Open && first.words.en.starts_with("revocation not checked"), "{first:?}");
    let place = &first.places[0];
    assert!(place.open && place.next == Some(NOW + MINUTE) && place.trouble.is_some(), "{place:?}");

    // Whatever is no list of that CA is not kept, whoever sends it; each time it waits twice as long.
    publisher.set_away(false).unwrap();
    let does_not_hold = |t: &Trouble| matches!(t, Trouble::DoesNotHold(_));
    let unreadable = |t: &Trouble| matches!(t, Trouble::Unreadable(_));
    let mut flipped = tsa.ca().crl().unwrap();
    *flipped.last_mut().unwrap() ^= 1;
    let too_long = |t: &Trouble| matches!(t, Trouble::Unreachable(_));
    let table = [
        (b"<html>log in first</html>".to_vec(), &unreadable as &dyn Fn(&Trouble) -> bool),
        (other.crl().unwrap(), &does_not_hold),
        (flipped, &does_not_hold),
        (vec![0x30; 3 << 20], &too_long),
    ];
    let mut at = NOW;
    for (tries, (bytes, fits)) in table.into_iter().enumerate() {
        at += MINUTE << tries;
        publisher.put("/ca.crl", bytes);
        let run = house.tick(at).await.remove(0);
        assert!(run.lists == 0 && run.unchecked.as_ref().is_some_and(fits), "{run:?}");
    }
    assert_eq!((told(&house).await.known, publisher.asked().len()), (Known::Open, 4));
    assert_eq!(house.faults().await, Vec::<String>::new(), "nothing is disproved");
    publisher.put("/ca.crl", tsa.ca().crl_of(LATE).unwrap());
    assert_eq!(house.app.ask_anchors(at, &super::http(), true, None).await.unwrap()[0].lists, 1, "asked at once");
    assert_eq!(told(&house).await.known, Known::Settled);
}

/// OpenSSL's responder answers our question, first nowhere to be found; of one TSA it says that its key was stolen.
async fn a_responder_is_asked(house: House) {
    let places = |p: &Publisher| format!("authorityInfoAccess = OCSP;URI:{}", p.url("/ocsp"));
    for (name, expected) in [("時刻", Known::Settled), ("盗難", Known::Revoked)] {
        let Some(Outside { publisher, tsa, identity }) = outside("a_responder_is_asked", places) else { return };
        house.add(Kind::Tsa, name, &tsa.url(), &tsa.ca().certificate_pem().unwrap()).await;
        let ask = |at| {
            let app = &house.app;
            async move { app.ask_anchors(at, &super::http(), false, Some(name)).await.unwrap().remove(0) }
        };
        assert_eq!(ask(NOW).await.unchecked, Some(Trouble::Status(404)));
        let (method, _, question) = publisher.asked().remove(0);
        assert_eq!(method, "POST");
        if expected == Known::Revoked {
            tsa.ca().revoke(&identity, Some("keyCompromise")).unwrap();
        }
        publisher.put("/ocsp", tsa.ca().ocsp_reply(&question, None).unwrap());
        assert_eq!(ask(NOW + MINUTE).await.lists, 1);
        let seen = house.overview().await.anchors.into_iter().find(|a| a.anchor.name == name).unwrap();
        let told = seen.revocation.unwrap();
        assert_eq!(told.known, expected, "{told:?}");
        let says = if expected == Known::Settled { "OCSP answer of" } else { "keyCompromise" };
        assert!(told.words.en.contains(says), "{told:?}");
    }
    assert_eq!(house.overview().await.anchors[1].standing, Standing::Revoked);
}

async fn lists_are_carried_by_hand(house: House) {
    let Some(Outside { publisher, tsa, .. }) = outside("lists_are_carried_by_hand", list_of) else { return };
    house.add(Kind::Tsa, "時刻", "", &tsa.ca().certificate_pem().unwrap()).await;
    for at in [NOW, NOW + DAY] {
        house.entry(at).await;
        let request = house.app.export_request(&ctx(at), "時刻").await.unwrap();
        let answer = tsa.reply(&request.bytes).unwrap();
        let done = house.app.import_answer(&ctx(at), "時刻", answer).await.unwrap();
        assert!(matches!(done, Imported::Held { .. }));
    }
    house.tick(NOW + DAY).await;
    let first = told(&house).await;
    assert!(first.known == Known::Open && first.places[0].next.is_none() && first.places[0].open, "{first:?}");
    assert_eq!(
        (first.places[0].url.clone(), publisher.asked().len()),
        (publisher.url("/ca.crl"), 0),
        "nothing goes out"
    );
    // One list serves both stamps.
    house.app.add_evidence(&ctx(NOW), "時刻", None, &tsa.ca().crl_of(LATE).unwrap()).await.unwrap();
    assert_eq!(told(&house).await.known, Known::Settled);
    let held = house.app.store().attestations(0, 9).await.unwrap();
    for size in held.iter().map(|a| a.size) {
        let files = house.app.saved_attestation(&ctx(NOW), "時刻", Some(size)).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&files[2].1).matches("BEGIN X509 CRL").count(), 1, "{size}");
    }
}
