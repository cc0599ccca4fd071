//! Time stamps by OpenSSL's own responder: scheduled, away for days, refused, wrong; and what OpenSSL says to ours.

use std::process::Command;
use std::sync::Arc;

use akashi_app::anchor::{Imported, Kind, Reply, Standing, Transport, Trouble, Unreachable};
use akashi_store::AttestationState;
use akashi_testkit::Scratch;
use akashi_testkit::tsa::{Authority, Key, Mode, TSA_EXTENSIONS, Tsa};

use super::{DAY, House, MINUTE, NOW, ctx, made, on_both};

on_both! {
    stamps_come_on_schedule_and_openssl_accepts_them
    what_could_not_be_reached_drains_in_order
    wrong_answers_are_not_kept
    one_that_is_away_holds_nobody_up
    a_stamp_is_carried_by_hand
    a_revoked_tsa_is_found
}

/// Whether `openssl ts -verify` accepts the files of a held stamp.
async fn openssl_accepts(house: &House, tsa: &Tsa) -> bool {
    let scratch = Scratch::new("openssl");
    let files = house.app.saved_attestation(&ctx(NOW), "時刻", None).await.unwrap();
    let [(data, subject), (token, bytes), _] = &files[..] else { panic!("{:?}", files.len()) };
    let (data, token) = (scratch.file(data, subject), scratch.file(token, bytes));
    let ca = scratch.file("ca.pem", tsa.ca().certificate_pem().unwrap());
    let mut openssl = Command::new("openssl");
    openssl.args(["ts", "-verify", "-token_in", "-in"]).arg(token).arg("-data").arg(data).arg("-CAfile").arg(ca);
    openssl.output().unwrap().status.success()
}

async fn with_tsa(house: &House, story: &str) -> Option<Tsa> {
    let tsa = made(story, Tsa::start(Key::P256))?;
    house.add(Kind::Tsa, "時刻", &tsa.url(), &tsa.ca().certificate_pem().unwrap()).await;
    Some(tsa)
}

async fn stamps_come_on_schedule_and_openssl_accepts_them(house: House) {
    let Some(tsa) = with_tsa(&house, "stamps_come_on_schedule_and_openssl_accepts_them").await else { return };
    let size = house.app.store().latest_checkpoint().await.unwrap().unwrap().size;
    let runs = house.tick(NOW + 1).await;
    assert_eq!((runs[0].held.clone(), runs[0].waiting), (vec![size], 0), "{runs:?}");
    assert!(openssl_accepts(&house, &tsa).await);
    house.entry(NOW + MINUTE).await;
    assert!(house.tick(NOW + DAY - MINUTE).await[0].held.is_empty(), "once a day is enough");
    let seen = house.overview().await;
    assert_eq!((seen.covered(), seen.size, seen.anchors[0].standing), (size, size + 1, Standing::Held));
    assert_eq!(house.tick(NOW + DAY + 1).await[0].held, [size + 1]);
    assert!(house.tick(NOW + 9 * DAY).await[0].held.is_empty(), "nothing new to stamp");
    assert_eq!((tsa.asked(), house.faults().await), (2, Vec::new()));
    assert_eq!(house.app.check_attestations().await.held, 2);
}

async fn what_could_not_be_reached_drains_in_order(house: House) {
    let Some(tsa) = with_tsa(&house, "what_could_not_be_reached_drains_in_order").await else { return };
    tsa.set(Mode::Unreachable).unwrap();
    let mut sizes = Vec::new();
    for day in 0..3 {
        sizes.push(house.entry(NOW + day * DAY).await);
        let runs = house.tick(NOW + day * DAY + 1).await;
        assert_eq!(runs[0].waiting, sizes.len());
        assert!(matches!(runs[0].error, Some(Trouble::Unreachable(_))), "{runs:?}");
    }
    let seen = house.overview().await;
    let waiting = &seen.anchors[0].waiting;
    assert_eq!((seen.covered(), seen.anchors[0].standing, waiting[0].since), (0, Standing::Waiting, NOW + 1));
    assert_eq!(waiting.iter().map(|a| a.size).collect::<Vec<_>>(), sizes);
    assert_eq!((waiting[0].tries, waiting[1].tries), (3, 0), "only the first is tried");
    let next = waiting[0].next_try;
    assert_eq!(next, NOW + 2 * DAY + 1 + 4 * MINUTE, "each time it waits twice as long");

    // Back again: not before its time, then all of them, oldest first.
    tsa.set(Mode::Answer).unwrap();
    assert!(house.tick(next - 1).await[0].held.is_empty());
    assert_eq!(house.tick(next).await[0].held, sizes);
    assert_eq!(house.faults().await, Vec::<String>::new());
    assert_eq!(tsa.asked(), 3);
}

async fn wrong_answers_are_not_kept(house: House) {
    let Some(tsa) = with_tsa(&house, "wrong_answers_are_not_kept").await else { return };
    let busy = |t: &Trouble| matches!(t, Trouble::Busy(_));
    let unreadable = |t: &Trouble| matches!(t, Trouble::Unreadable(_));
    for (mode, fits) in [(Mode::Busy, &busy as &dyn Fn(&Trouble) -> bool), (Mode::Garbage, &unreadable)] {
        tsa.set(mode).unwrap();
        let runs = house.app.ask_anchors(NOW, &super::http(), true, None).await.unwrap();
        assert_eq!((runs[0].waiting, runs[0].refused.len()), (1, 0), "{mode:?} passes");
        assert!(fits(runs[0].error.as_ref().unwrap()), "{runs:?}");
    }
    for mode in [Mode::Refuse, Mode::WrongNonce] {
        tsa.set(mode).unwrap();
        let runs = house.app.ask_anchors(NOW, &super::http(), true, None).await.unwrap();
        assert_eq!((runs[0].waiting, runs[0].refused.len()), (0, 1), "{mode:?} does not pass by itself");
        let fits = match runs[0].error.as_ref().unwrap() {
            Trouble::Rejected(_) => mode == Mode::Refuse,
            Trouble::DoesNotHold(why) => mode == Mode::WrongNonce && why.contains("nonce"),
            _ => false,
        };
        assert!(fits, "{runs:?}");
    }
    assert_eq!(house.overview().await.anchors[0].standing, Standing::Refused);

    // An honest stamp, over something else.
    tsa.set(Mode::Answer).unwrap();
    let liar: Arc<dyn Transport> = Arc::new(OtherBytes(Arc::new(tsa)));
    let runs = house.app.ask_anchors(NOW, &liar, true, None).await.unwrap();
    let Some(Trouble::DoesNotHold(why)) = &runs[0].error else { panic!("{runs:?}") };
    assert!(why.contains("other bytes"), "{why}");

    // A TSA below another root than is trusted.
    let stranger = Tsa::start(Key::P256).unwrap();
    let other = Authority::new("Other Root", Key::P256).unwrap().certificate_pem().unwrap();
    house.add(Kind::Tsa, "よその", &stranger.url(), &other).await;
    let runs = house.app.ask_anchors(NOW, &super::http(), true, Some("よその")).await.unwrap();
    assert!(matches!(runs[0].error, Some(Trouble::DoesNotHold(_))) && runs[0].held.is_empty(), "{runs:?}");
    let held = house.app.store().attestations(0, 9).await.unwrap();
    assert!(held.iter().all(|a| a.state == AttestationState::Refused && a.token.is_none()));
    // Asked again once all is well.
    assert_eq!(house.app.retry_anchor(&ctx(NOW), "時刻").await.unwrap(), 1);
    assert_eq!(house.tick(NOW + 1).await[1].held.len(), 1);
}

/// Sends on another question with the same nonce.
struct OtherBytes(Arc<Tsa>);

impl Transport for OtherBytes {
    fn post(&self, _: &str, _: &str, body: &[u8]) -> Result<Reply, Unreachable> {
        let mut other = body.to_vec();
        // The digest is the only value of 32 bytes.
        let at = other.windows(2).position(|w| w == [0x04, 0x20]).unwrap() + 2;
        other[at] ^= 1;
        let body = self.0.reply(&other).unwrap();
        Ok(Reply { status: 200, content_type: "application/timestamp-reply".into(), body })
    }

    fn get(&self, url: &str) -> Result<Reply, Unreachable> {
        Err(Unreachable { what: url.to_owned() })
    }
}

async fn one_that_is_away_holds_nobody_up(house: House) {
    let Some(good) = with_tsa(&house, "one_that_is_away_holds_nobody_up").await else { return };
    let away = Tsa::start(Key::Rsa).unwrap();
    house.add(Kind::Tsa, "不在", &away.url(), &away.ca().certificate_pem().unwrap()).await;
    away.set(Mode::Unreachable).unwrap();
    let runs = house.tick(NOW).await;
    let of = |name: &str| runs.iter().find(|r| r.anchor == name).unwrap();
    assert_eq!((of("時刻").held.len(), of("不在").held.len(), of("不在").waiting), (1, 0, 1));
    away.set(Mode::Answer).unwrap();
    let runs = house.tick(NOW + MINUTE).await;
    assert_eq!(runs.iter().map(|r| r.held.len()).sum::<usize>(), 1, "RSA as well as elliptic curves: {runs:?}");
    assert_eq!((good.asked(), away.asked()), (1, 1));
}

async fn a_stamp_is_carried_by_hand(house: House) {
    let Some(tsa) = made("a_stamp_is_carried_by_hand", Tsa::start(Key::P256)) else { return };
    let ca = tsa.ca().certificate_pem().unwrap();
    house.add(Kind::Tsa, "時刻", "", &ca).await;
    let who = ctx(NOW);
    let import = |bytes: Vec<u8>| house.app.import_answer(&who, "時刻", bytes);
    assert!(import(b"x".to_vec()).await.is_err(), "nothing was asked");
    house.tick(NOW).await;
    house.entry(NOW + 1).await;
    house.tick(NOW + 2 * DAY).await;
    assert_eq!(house.overview().await.anchors[0].waiting.len(), 1, "one request is enough to carry");
    let request = house.app.export_request(&ctx(NOW), "時刻").await.unwrap();
    assert!(request.name.ends_with(".tsq"));
    let answer = tsa.reply(&request.bytes).unwrap();
    let mut changed = answer.clone();
    *changed.last_mut().unwrap() ^= 1;
    for bad in [changed, b"x".to_vec(), request.bytes.clone(), answer[..answer.len() - 9].to_vec()] {
        assert!(import(bad).await.is_err());
    }
    let Imported::Held { size, at } = import(answer.clone()).await.unwrap() else { panic!("a stamp") };
    assert_eq!(size, request.size);
    assert!(at > NOW - 3650 * DAY);
    assert!(openssl_accepts(&house, &tsa).await);
    let seen = house.overview().await;
    assert!(seen.anchors[0].waiting.is_empty() && seen.covered() == size);
    assert!(import(answer).await.is_err(), "taken in once");
    assert!(house.app.export_request(&ctx(NOW), "時刻").await.is_err(), "nothing new");
}

/// A revocation list that comes later tells that the TSA's key was stolen: its stamps no longer count, and verify says so.
async fn a_revoked_tsa_is_found(house: House) {
    let Some(ca) = made("a_revoked_tsa_is_found", Authority::new("Akashi Test CA", Key::P256)) else { return };
    let identity = ca.issue("Akashi Test TSA", Key::P256, TSA_EXTENSIONS).unwrap();
    let clean = ca.crl().unwrap();
    ca.revoke(&identity, Some("keyCompromise")).unwrap();
    let revoked = ca.crl().unwrap();
    let tsa = Tsa::with(ca, &identity, "").unwrap();
    house.add(Kind::Tsa, "時刻", &tsa.url(), &tsa.ca().certificate_pem().unwrap()).await;
    assert_eq!(house.tick(NOW).await[0].held.len(), 1);
    assert!(house.app.add_evidence(&ctx(NOW), "時刻", None, b"no evidence").await.is_err());
    house.app.add_evidence(&ctx(NOW), "時刻", None, &clean).await.unwrap();
    assert_eq!(house.faults().await, Vec::<String>::new());
    house.app.add_evidence(&ctx(NOW), "時刻", None, &revoked).await.unwrap();
    let faults = house.faults().await;
    assert!(faults.len() == 1 && faults[0].contains("時刻") && faults[0].contains("revoked"), "{faults:?}");
}
