//! The steps about time stamps: whether each is over a checkpoint of this proof, holds, and leads to a root that was given. What the
//! words of RFC 3161 mean is `sign`'s matter.

use akashi_sign::tsp::{Cause, Expected, Indication, Judgement, Token, verify};
use akashi_sign::x509::{Evidence, PathFault, evidence_from_pem};

use super::{Run, revocation, text_of};
use crate::bundle::{Bundle, Stamp};
use crate::given::Given;
use crate::report::Outcome;
use crate::words::Words;

const STEP: &str = "stamp";

impl Run {
    /// Every stamp, each by itself: one of an authority nobody gave does not spoil another.
    pub(super) fn stamps(&mut self, bundle: &Bundle, given: &Given) {
        if bundle.stamps.is_empty() {
            self.skip(
                STEP,
                "checkpoint",
                "タイムスタンプは付いていません。時刻は病院のサーバの時計によります",
                "no time stamp is enclosed: times are those of the hospital's own clock",
            );
        }
        for (number, stamp) in bundle.stamps.iter().enumerate() {
            self.stamp(number, stamp, given);
        }
    }

    fn stamp(&mut self, number: usize, stamp: &Stamp, given: &Given) {
        let place = format!("stamp-{number}.tsr");
        if text_of(&stamp.subject).is_none_or(|text| !self.texts.contains(&text)) {
            let why = "it is over another checkpoint than the proof's";
            return self.fail(STEP, &place, "タイムスタンプは、この証明とは別のチェックポイントに対するものです", &why);
        }
        let token = match Token::from_file(&stamp.token) {
            Ok(token) => token,
            Err(e) => return self.fail(STEP, &place, "タイムスタンプを読めません", &e),
        };
        let kept = match evidence_from_pem(&stamp.evidence) {
            Ok(kept) => kept,
            Err(e) => return self.fail(STEP, &format!("stamp-{number}.pem"), "検証資料を読めません", &e),
        };
        let evidence = match Evidence::parse(&kept) {
            Ok(evidence) => evidence,
            Err(e) => return self.fail(STEP, &format!("stamp-{number}.pem"), "検証資料を読めません", &e),
        };
        let anchors = given.tsa_roots.certificates();
        let judged = verify(&token, &Expected::bytes(&stamp.subject), &anchors, &evidence);
        let claim = Claim::of(&token, &judged);
        match &judged.indication {
            Indication::Passed => self.push(STEP, &place, Outcome::Passed, claim.proved(&judged)),
            Indication::Indeterminate(Cause::Path(PathFault::NoAnchor)) => {
                self.push(STEP, &place, Outcome::NotChecked, claim.without_root(number));
            }
            Indication::Indeterminate(Cause::Path(PathFault::NoIssuer { .. })) => {
                self.push(STEP, &place, Outcome::NotChecked, claim.of_another_root());
            }
            Indication::Indeterminate(cause) | Indication::Failed(cause) => {
                let ja = format!("タイムスタンプは成り立ちません。{} という時刻は証明されません", claim.time);
                self.fail(STEP, &place, &ja, cause);
            }
        }
    }
}

/// What a stamp says, in words for people.
struct Claim {
    time: String,
    /// How far the time may be off, in each language; empty when the authority does not say.
    off: Words,
    authority: String,
}

impl Claim {
    fn of(token: &Token<'_>, judged: &Judgement) -> Self {
        let off = token.info.accuracy.map_or_else(
            || Words::new("", ""),
            |off| Words::new(format!("(誤差 {off} 以内)"), format!(" (within {off})")),
        );
        let authority = judged.path.first().map_or_else(String::new, |link| link.subject.clone());
        Self { time: token.info.gen_time.to_string(), off, authority }
    }

    fn proved(&self, judged: &Judgement) -> Words {
        let (time, authority, off) = (&self.time, &self.authority, &self.off);
        let root = judged.path.last().map_or("", |link| link.subject.as_str());
        let revocation = revocation::words(judged, &|at| at.to_string());
        Words::new(
            format!(
                "このチェックポイントは {time}{} に既にありました。時刻認証局 {authority} が証明し、渡された認証局 {root} につながります。{}",
                off.ja, revocation.ja
            ),
            format!(
                "this checkpoint existed at {time}{}: so says the time-stamping authority {authority}, which leads to the given root {root}; {}",
                off.en, revocation.en
            ),
        )
    }

    fn without_root(&self, number: usize) -> Words {
        let (time, authority) = (&self.time, &self.authority);
        let command =
            format!("openssl ts -verify -data stamp-{number}.checkpoint -in stamp-{number}.tsr -CAfile ROOT.pem");
        Words::new(
            format!(
                "{authority} を名乗る局の {time} のタイムスタンプがあり、署名は整合しています。その局を信頼できるかは、時刻認証局のルート証明書を --tsa-root で渡すと確かめられます(または {command})"
            ),
            format!(
                "a time stamp of {time} by somebody calling itself {authority} is enclosed and agrees with itself; give the root certificate of the time-stamping authority with --tsa-root to know whether to trust it (or {command})"
            ),
        )
    }

    fn of_another_root(&self) -> Words {
        let (time, authority) = (&self.time, &self.authority);
        Words::new(
            format!(
                "{authority} を名乗る局の {time} のタイムスタンプは、渡された認証局のどれにもつながりません。確かめていません"
            ),
            format!(
                "the time stamp of {time} by somebody calling itself {authority} leads to none of the given roots; it was not checked"
            ),
        )
    }
}
