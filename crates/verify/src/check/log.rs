//! Keys, checkpoint, inclusion, witnesses: is the entry in a log that the right keys signed?

use akashi_journal::checkpoint::{Checkpoint, KeyRing, OpenCheckpoint};
use akashi_journal::cosignature::{self, Cosignature};
use akashi_journal::merkle::leaf_hash;
use akashi_journal::note::{Note, VerifierKey};
use akashi_journal::policy::Policy;
use akashi_journal::proof::TlogProof;

use super::Run;
use crate::bundle::Bundle;
use crate::given::Given;
use crate::report::{Outcome, Trust};
use crate::words::Words;

impl Run {
    /// Keys, checkpoint, inclusion, witnesses.
    pub(super) fn log(&mut self, bundle: &Bundle, given: &Given) {
        let enclosed = match bundle.keys.parse::<KeyRing>() {
            Ok(ring) => Some(ring),
            Err(e) => {
                self.fail("keys", "keys", "同梱の鍵を読めません", &e);
                None
            }
        };
        let origin = Note::parse(&bundle.checkpoint).ok().and_then(|note| Checkpoint::parse(note.text()).ok());
        let own = given.ring(&origin.map(|checkpoint| checkpoint.origin).unwrap_or_default());
        self.keys(own.as_ref(), enclosed.as_ref());
        let Some(ring) = own.as_ref().or(enclosed.as_ref()) else { return };
        let open = match ring.open(&bundle.checkpoint) {
            Ok(open) => open,
            Err(e) => return self.fail("checkpoint", "checkpoint", "チェックポイントの署名を確認できません", &e),
        };
        self.signed(&open);
        self.origin = Some(open.checkpoint.origin.clone());
        self.size = Some(open.checkpoint.size);
        self.inclusion(bundle, ring);
        self.system(bundle, ring);
        let later = self.later(bundle, ring, &open.checkpoint);
        self.witnesses(&open, &later, &given.witnesses);
        self.policy(&open, &later, given.policy.as_ref(), bundle);
    }

    fn keys(&mut self, given: Option<&KeyRing>, enclosed: Option<&KeyRing>) {
        self.trust = if given.is_some() { Trust::Given } else { Trust::Enclosed };
        match (given, enclosed) {
            (Some(given), Some(enclosed)) if given == enclosed => {
                self.pass("keys", "keys", "渡された鍵で確かめました", "checked with the keys you gave");
            }
            (Some(_), _) => self.pass(
                "keys",
                "keys",
                "渡された鍵で確かめました(同梱の鍵とは異なるため、同梱の鍵は使いません)",
                "checked with the keys you gave; those enclosed differ and are not used",
            ),
            (None, _) => self.skip(
                "keys",
                "keys",
                "署名は同梱の鍵だけで確かめました。鍵そのものが病院のものかは、別の経路で受け取った鍵を --key で渡すと確かめられます",
                "the signature was checked with the enclosed keys only. Give keys you got another way with --key to know that they are the hospital's",
            ),
        }
    }

    fn signed(&mut self, open: &OpenCheckpoint) {
        let (origin, size) = (&open.checkpoint.origin, open.checkpoint.size);
        let keys = open.signed_by.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let says = Words::new(
            format!("ログ {origin} の {size} 件時点のチェックポイントは鍵 {keys} で署名されています"),
            format!("the checkpoint of log {origin} over {size} entries is signed by key {keys}"),
        );
        self.push("checkpoint", "checkpoint", Outcome::Passed, says);
    }

    fn inclusion(&mut self, bundle: &Bundle, ring: &KeyRing) {
        let (step, place) = ("inclusion", "proof.tlog-proof");
        let proof = match TlogProof::parse(&bundle.proof) {
            Ok(proof) => proof,
            Err(e) => return self.fail(step, place, "証明を読めません", &e),
        };
        if proof.checkpoint.to_string().as_bytes() != bundle.checkpoint {
            let why = "the checkpoint in the proof is another than the file checkpoint";
            return self.fail(step, place, "証明の中のチェックポイントが別のものです", &why);
        }
        match proof.verify(&leaf_hash(&bundle.entry), ring, &[], 0) {
            Ok(proven) => {
                self.index = Some(proven.index);
                let (index, size) = (proven.index, proven.checkpoint.checkpoint.size);
                let ja = format!("項目はログの {index} 番目({size} 件中、0 から数えて)にあります");
                self.push(
                    step,
                    place,
                    Outcome::Passed,
                    Words::new(ja, format!("the entry is number {index} of the log's {size}, counted from 0")),
                );
            }
            Err(e) => self.fail(step, place, "項目がこのログにあることを確認できません", &e),
        }
    }

    fn witnesses(&mut self, open: &OpenCheckpoint, later: &[OpenCheckpoint], witnesses: &[VerifierKey]) {
        let (step, place) = ("witness", "checkpoint");
        let all = || std::iter::once(open).chain(later);
        let others: usize = all().map(|open| open.note.signatures().len().saturating_sub(open.signed_by.len())).sum();
        let mut found = Vec::new();
        for open in all() {
            match cosignature::verify(&open.note, witnesses) {
                Err(e) => return self.fail(step, place, "立会署名を確認できません", &e),
                Ok(of_one) => found.extend(of_one.into_iter().map(|by| (by, open.checkpoint.size))),
            }
        }
        if !found.is_empty() {
            let at = |seconds: u64| Words::moment((seconds as i64).saturating_mul(1_000_000));
            let said = |(by, size): &(Cosignature, u64)| {
                let at = at(by.time);
                (
                    format!("{} が {} に {size} 件時点で", by.name, at.ja),
                    format!("{} at {}, {size} entries", by.name, at.en),
                )
            };
            let (ja, en): (Vec<_>, Vec<_>) = found.iter().map(said).unzip();
            let ja = format!("立会署名を確認しました: {}", ja.join("、"));
            let en = format!("cosigned by witnesses: {}", en.join("; "));
            self.push(step, place, Outcome::Passed, Words::new(ja, en));
        } else if others > 0 {
            self.skip(
                step,
                place,
                "ほかの署名が付いていますが、立会者の鍵が渡されていないため確かめていません(--witness)",
                "there are more signatures, but no witness keys were given to check them (--witness)",
            );
        } else {
            self.skip(
                step,
                place,
                "立会署名はありません。病院が別のログを見せていないことまでは示せません",
                "no witness signed: it is not shown that the hospital keeps only one log",
            );
        }
    }

    /// The policy of whoever checks. One in the bundle only says what the hospital asks of its witnesses.
    /// Who vouches for a later checkpoint that continues this one, vouches for this one.
    fn policy(&mut self, open: &OpenCheckpoint, later: &[OpenCheckpoint], given: Option<&Policy>, bundle: &Bundle) {
        let step = "policy";
        let later: Vec<&Note> = later.iter().map(|open| &open.note).collect();
        match given {
            None if bundle.policy.is_empty() => {}
            None => self.skip(
                step,
                "policy",
                "病院が挙げた立会のポリシーが同梱されていますが、信頼の根拠にはしていません(--policy で自分のポリシーを渡せます)",
                "the policy of witnesses the hospital states is enclosed and was not trusted; give your own with --policy",
            ),
            Some(policy) => match policy.judge_with(&open.note, &later) {
                Err(e) => self.fail(step, "checkpoint", "渡されたポリシーに合いません", &e),
                Ok(found) if !found.quorum => {
                    let why = format!("only {} of the policy vouch for it", listed(&found.vouching));
                    self.fail(step, "checkpoint", "渡されたポリシーの定足数に届きません", &why);
                }
                Ok(found) => {
                    let list = listed(&found.vouching);
                    let ja = format!("渡されたポリシーを満たします: {list}");
                    self.push(step, "checkpoint", Outcome::Passed, Words::new(ja, format!("your policy is met: {list}")));
                }
            },
        }
    }
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "-".to_owned() } else { names.join(", ") }
}
