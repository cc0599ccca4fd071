//! The check of a bundle, step by step. It goes on after a fault, so that the report names every place, and it
//! says as loudly what it could not check.

use akashi_journal::checkpoint::{KeyRing, OpenCheckpoint};
use akashi_journal::commitment::Salt;
use akashi_journal::merkle::leaf_hash;
use akashi_journal::note::VerifierKey;
use akashi_journal::proof::TlogProof;
use akashi_journal::{Command, Digest, Entry, canon, cosignature, time};
use serde::Serialize;

use crate::bundle::{Bundle, Opening};
use crate::words::Words;

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Checked, and it holds.
    Passed,
    /// Checked, and it does not hold.
    Failed,
    /// Not checked; the words say why, and how it can be.
    NotChecked,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Stable name: `archive entry body reason files keys checkpoint inclusion witness stamp truth`.
    pub step: &'static str,
    pub outcome: Outcome,
    /// The file of the bundle this is about.
    pub place: String,
    pub says: Words,
}

/// Where the keys came from that the signature was checked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// Given by whoever checks.
    Given,
    /// Only those inside the bundle: who made the bundle may have made them too.
    Enclosed,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// No step failed. With [`Trust::Enclosed`] this says only that the bundle agrees with itself.
    pub ok: bool,
    pub trust: Trust,
    pub steps: Vec<Step>,
    /// What the bundle is about, as far as the entry can be read.
    pub entry: Option<Entry>,
    /// Identity of the log.
    pub origin: Option<String>,
    /// Place in the log.
    pub index: Option<u64>,
    /// Entries the checkpoint covers.
    pub size: Option<u64>,
}

/// Checks a bundle with the keys given, else with those inside. `witnesses` are keys of other logs' keepers.
#[must_use]
pub fn verify(bytes: &[u8], given: Option<&KeyRing>, witnesses: &[VerifierKey]) -> Report {
    let trust = if given.is_some() { Trust::Given } else { Trust::Enclosed };
    let mut run = Run { steps: Vec::new() };
    let mut report = Report { ok: false, trust, steps: Vec::new(), entry: None, origin: None, index: None, size: None };
    match Bundle::parse(bytes) {
        Ok(bundle) => {
            run.pass("archive", "ZIP", "ファイルの形に異常はありません", "the bundle is well formed");
            run.contents(&bundle, &mut report);
            run.log(&bundle, given, witnesses, &mut report);
            run.beyond(&bundle);
        }
        Err(e) => run.fail("archive", e.place(), "束を読めません", &e),
    }
    report.ok = run.steps.iter().all(|step| step.outcome != Outcome::Failed);
    report.steps = run.steps;
    report
}

struct Run {
    steps: Vec<Step>,
}

impl Run {
    fn push(&mut self, step: &'static str, place: &str, outcome: Outcome, says: Words) {
        self.steps.push(Step { step, outcome, place: place.to_owned(), says });
    }

    fn pass(&mut self, step: &'static str, place: &str, ja: &str, en: &str) {
        self.push(step, place, Outcome::Passed, Words::new(ja, en));
    }

    fn skip(&mut self, step: &'static str, place: &str, ja: &str, en: &str) {
        self.push(step, place, Outcome::NotChecked, Words::new(ja, en));
    }

    fn fail(&mut self, step: &'static str, place: &str, ja: &str, why: &impl ToString) {
        let why = why.to_string();
        self.push(step, place, Outcome::Failed, Words::new(format!("{ja}（{why}）"), why));
    }

    /// Entry and contents.
    fn contents(&mut self, bundle: &Bundle, report: &mut Report) {
        let entry = match Entry::from_leaf(&bundle.entry) {
            Ok(entry) => entry,
            Err(e) => return self.fail("entry", "entry.json", "証跡の項目を読めません", &e),
        };
        self.pass("entry", "entry.json", "証跡の項目は正しい形です", "the entry is in its one canonical form");
        match &bundle.opening {
            Some(opening) => self.opening(&entry, opening),
            None if entry.command == Command::Dispose => self.skip("body", "body.json", "内容は同梱されていません", "no content is enclosed"),
            None => self.skip(
                "body",
                "body.json",
                "内容は同梱されていません（廃棄済みなら復元できません）。この項目がログにあることだけを示します",
                "no content is enclosed (it cannot come back if it was disposed of): only that this entry is in the log",
            ),
        }
        report.entry = Some(entry);
    }

    fn opening(&mut self, entry: &Entry, opening: &Opening) {
        self.body(entry, opening);
        match (&entry.reason, &opening.reason) {
            (None, None) => {}
            (Some(commitment), Some((text, salt))) if opens(salt, commitment, text.as_bytes()) => {
                self.pass(
                    "reason",
                    "reason.txt",
                    "理由は項目の約束値と一致します",
                    "the reason is the one the entry commits to",
                );
            }
            _ => self.fail(
                "reason",
                "reason.txt",
                "理由が項目の約束値と一致しません",
                &"the reason is not the one the entry commits to",
            ),
        }
        self.files(entry, opening);
    }

    fn body(&mut self, entry: &Entry, opening: &Opening) {
        let (step, place) = ("body", "body.json");
        if !opens(&opening.body_salt, &entry.body, &opening.body) {
            let why = "the content is not the one the entry commits to";
            return self.fail(step, place, "内容が項目の約束値と一致しません。書き換えられています", &why);
        }
        let canonical = serde_json::from_slice(&opening.body).ok().and_then(|body| canon::to_vec(&body).ok());
        if canonical.as_ref() != Some(&opening.body) {
            return self.fail(step, place, "内容が正準形ではありません", &"the content is not canonical JSON");
        }
        self.pass(step, place, "内容は項目の約束値と一致します", "the content is the one the entry commits to");
    }

    fn files(&mut self, entry: &Entry, opening: &Opening) {
        if entry.blobs.len() != opening.files.len() {
            let why = format!("the entry names {} files, the bundle {}", entry.blobs.len(), opening.files.len());
            return self.fail("files", "opening.json", "添付の数が項目と一致しません", &why);
        }
        for (place, (commitment, file)) in entry.blobs.iter().zip(&opening.files).enumerate() {
            let name = format!("files/{place}");
            if !opens(&file.salt, commitment, &file.digest.0) {
                let why = "the file is not the one the entry commits to";
                self.fail("files", &name, "添付が項目の約束値と一致しません", &why);
                continue;
            }
            match &file.content {
                Some(content) if Digest::of(content) != file.digest => {
                    self.fail("files", &name, "添付の中身が変わっています", &"the content has another SHA-256");
                }
                Some(_) => self.pass(
                    "files",
                    &name,
                    "添付は項目の約束値と一致します",
                    "the file is the one the entry commits to",
                ),
                None => {
                    let ja = format!("添付は同梱されていません。SHA-256 は {} です", file.digest);
                    let en = format!("the file is not enclosed; its SHA-256 is {}", file.digest);
                    self.push("files", &name, Outcome::NotChecked, Words::new(ja, en));
                }
            }
        }
    }

    /// Keys, checkpoint, inclusion, witnesses.
    fn log(&mut self, bundle: &Bundle, given: Option<&KeyRing>, witnesses: &[VerifierKey], report: &mut Report) {
        let enclosed = match bundle.keys.parse::<KeyRing>() {
            Ok(ring) => Some(ring),
            Err(e) => {
                self.fail("keys", "keys", "同梱の鍵を読めません", &e);
                None
            }
        };
        self.keys(given, enclosed.as_ref());
        let Some(ring) = given.or(enclosed.as_ref()) else { return };
        let open = match ring.open(&bundle.checkpoint) {
            Ok(open) => open,
            Err(e) => return self.fail("checkpoint", "checkpoint", "チェックポイントの署名を確認できません", &e),
        };
        self.signed(&open);
        report.origin = Some(open.checkpoint.origin.clone());
        report.size = Some(open.checkpoint.size);
        self.inclusion(bundle, ring, report);
        self.witnesses(&open, witnesses);
    }

    fn keys(&mut self, given: Option<&KeyRing>, enclosed: Option<&KeyRing>) {
        match (given, enclosed) {
            (Some(given), Some(enclosed)) if given == enclosed => {
                self.pass("keys", "keys", "渡された鍵で確かめました", "checked with the keys you gave");
            }
            (Some(_), _) => self.pass(
                "keys",
                "keys",
                "渡された鍵で確かめました（同梱の鍵とは異なるため、同梱の鍵は使いません）",
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

    fn inclusion(&mut self, bundle: &Bundle, ring: &KeyRing, report: &mut Report) {
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
                report.index = Some(proven.index);
                let (index, size) = (proven.index, proven.checkpoint.checkpoint.size);
                let ja = format!("項目はログの {index} 番目（{size} 件中、0 から数えて）にあります");
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

    fn witnesses(&mut self, open: &OpenCheckpoint, witnesses: &[VerifierKey]) {
        let (step, place) = ("witness", "checkpoint");
        let others = open.note.signatures().len().saturating_sub(open.signed_by.len());
        match cosignature::verify(&open.note, witnesses) {
            Err(e) => self.fail(step, place, "立会署名を確認できません", &e),
            Ok(found) if !found.is_empty() => {
                let at =
                    |seconds: u64| time::to_rfc3339((seconds as i64).saturating_mul(1_000_000)).unwrap_or_default();
                let list = found.iter().map(|c| format!("{} ({})", c.name, at(c.time))).collect::<Vec<_>>().join(", ");
                let says =
                    Words::new(format!("立会署名を確認しました: {list}"), format!("cosigned by witnesses: {list}"));
                self.push(step, place, Outcome::Passed, says);
            }
            Ok(_) if others > 0 => self.skip(
                step,
                place,
                "ほかの署名が付いていますが、立会者の鍵が渡されていないため確かめていません（--witness）",
                "there are more signatures, but no witness keys were given to check them (--witness)",
            ),
            Ok(_) => self.skip(
                step,
                place,
                "立会署名はありません。病院が別のログを見せていないことまでは示せません",
                "no witness signed: it is not shown that the hospital keeps only one log",
            ),
        }
    }

    /// What no bundle can show, or this program does not check.
    fn beyond(&mut self, bundle: &Bundle) {
        if bundle.stamps.is_empty() {
            self.skip(
                "stamp",
                "checkpoint",
                "タイムスタンプは付いていません。時刻は病院のサーバの時計によります",
                "no time stamp is enclosed: times are those of the hospital's own clock",
            );
        }
        for place in 0..bundle.stamps.len() {
            self.skip(
                "stamp",
                &format!("stamp-{place}.tsr"),
                "タイムスタンプが同梱されています。openssl ts -verify -data checkpoint -in (このファイル) -CAfile (認証局) で確かめられます",
                "a time stamp is enclosed; check it with openssl ts -verify -data checkpoint -in THIS -CAfile CA",
            );
        }
        self.skip(
            "truth",
            "body.json",
            "記録された内容が事実かどうか、これが最新版かどうかは、この束では示されません",
            "not shown by any bundle: that what was recorded is true, and that this is the newest version",
        );
        if !bundle.explanation.is_empty() {
            self.skip(
                "explanation",
                "explanation.html",
                "説明のページは証明の対象ではありません",
                "the page for people is not covered by the proof",
            );
        }
    }
}

/// Salts are written like digests.
fn opens(salt: &Digest, commitment: &Digest, bytes: &[u8]) -> bool {
    Salt(salt.0).opens(commitment, bytes)
}

impl Report {
    /// The report as text, in one language.
    #[must_use]
    pub fn text(&self, japanese: bool) -> String {
        use std::fmt::Write as _;
        let mut out = String::new();
        let pick = |ja: &'static str, en: &'static str| if japanese { ja } else { en };
        if let Some(entry) = &self.entry {
            let (register, record, rev) = (&entry.register, &entry.record, entry.rev);
            let at = time::to_rfc3339(entry.at).unwrap_or_default();
            let _ = match japanese {
                true => writeln!(out, "台帳 {register} の記録 {record} 第{rev}版、{at} に {} が記録", entry.actor),
                false => writeln!(
                    out,
                    "register {register}, record {record}, revision {rev}, recorded {at} by {}",
                    entry.actor
                ),
            };
        }
        for step in &self.steps {
            let mark = match step.outcome {
                Outcome::Passed => "○",
                Outcome::Failed => "×",
                Outcome::NotChecked => "－",
            };
            let _ = writeln!(out, "{mark} {}: {}", step.place, step.says.pick(japanese));
        }
        let last = match (self.ok, self.trust) {
            (false, _) => pick(
                "検証に失敗しました。この束を証拠として使えません",
                "VERIFICATION FAILED: this bundle proves nothing",
            ),
            (true, Trust::Given) => pick("検証できました", "verified"),
            (true, Trust::Enclosed) => pick(
                "束の中では整合しています（鍵は同梱のものだけで確かめました）",
                "verified as far as the enclosed keys go",
            ),
        };
        let _ = writeln!(out, "{last}");
        out
    }
}
