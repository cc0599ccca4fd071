//! The page for people in a bundle: readable on paper, in both languages, and no part of the proof.

use akashi_domain::{Label, Lang};
use akashi_journal::Digest;
use akashi_journal::checkpoint::{Checkpoint, KeyRing};
use akashi_journal::merkle::leaf_hash;
use akashi_journal::note::{Algorithm, Note, Signature, VerifierKey};
use akashi_journal::witness::AddCheckpoint;
use akashi_store::InclusionProof;
use akashi_verify::{Bundle, Outcome, Report};

use super::commands;
use super::html::{both, escape, fill, items, row};
use super::when;

/// Everything the page is made from.
pub(super) struct Page<'a> {
    pub(super) organisation: &'a str,
    pub(super) subject: &'a Subject,
    /// Who recorded it, by name where it is known.
    pub(super) by: &'a str,
    pub(super) inclusion: &'a InclusionProof,
    pub(super) keys: &'a KeyRing,
    /// Name of the bundle's file.
    pub(super) file: &'a str,
}

/// What is proven, as people read it.
pub(super) struct Subject {
    /// Title of the register, or what the program itself recorded.
    pub(super) register: Label,
    /// Number of the record; empty when it has none.
    pub(super) code: String,
    /// Number and name.
    pub(super) named: String,
    pub(super) record: String,
    pub(super) rev: u32,
    /// Microseconds UTC.
    pub(super) recorded_at: i64,
    /// Pseudonym.
    pub(super) author: String,
    /// HTML; empty when it has none.
    pub(super) state: String,
    pub(super) valid_from: Option<String>,
    /// The content, HTML.
    pub(super) content: String,
}

impl Page<'_> {
    /// The page of a bundle that is complete but for it.
    pub(super) fn html(&self, bundle: &Bundle, report: &Report) -> String {
        let (shows, not) = (self.shows(bundle), self.not_shown(bundle));
        let pick = |labels: &[Label], lang| items(&labels.iter().map(|l| l.get(lang).to_owned()).collect::<Vec<_>>());
        let parts = [
            ("heading", escape(&format!("{} r{}", self.subject.code, self.subject.rev))),
            ("facts", self.facts(bundle)),
            ("content", self.subject.content.clone()),
            ("shows-ja", pick(&shows, Lang::Ja)),
            ("shows-en", pick(&shows, Lang::En)),
            ("not-ja", pick(&not, Lang::Ja)),
            ("not-en", pick(&not, Lang::En)),
            ("steps", steps(report)),
            ("keys", escape(&self.shown_keys())),
            ("file", escape(self.file)),
            ("commands", commands::html(self.file, bundle, self.inclusion.index, self.signer().as_ref())),
            ("foot", foot(bundle)),
        ];
        fill(include_str!("explanation.html"), &parts)
    }

    fn facts(&self, bundle: &Bundle) -> String {
        let subject = self.subject;
        let at = subject.recorded_at;
        let moment = format!("{}\n<span lang=\"en\">{}</span>", when::japanese(at), when::english(at));
        let by = if self.by == subject.author {
            escape(self.by)
        } else {
            format!("{}({})", escape(self.by), escape(&subject.author))
        };
        let place = format!("{} / {}", self.inclusion.index, self.inclusion.size);
        let mut rows = vec![
            row("病院", "Hospital", &escape(self.organisation)),
            row("台帳", "Register", &both(&subject.register)),
            row(
                "記録",
                "Record",
                &format!("<b>{}</b>\n<span class=\"code\">{}</span>", escape(&subject.named), escape(&subject.record)),
            ),
            row("版", "Revision", &subject.rev.to_string()),
            row("記録した日時", "Recorded", &moment),
            row("記録者", "Recorded by", &by),
        ];
        rows.extend(Some(row("状態", "State", &subject.state)).filter(|_| !subject.state.is_empty()));
        rows.extend(subject.valid_from.as_ref().map(|day| row("いつから有効か", "True from", &escape(day))));
        rows.push(row(
            "証跡ログの中の位置",
            "Place in the log",
            &format!("{place}\n<span class=\"code\">{}</span>", escape(self.keys.origin())),
        ));
        rows.push(row(
            "証跡の指紋",
            "Hash of the entry",
            &format!("<span class=\"code\">{}</span>", leaf_hash(&bundle.entry).to_hex()),
        ));
        rows.extend(
            root(bundle)
                .map(|root| row("ログ全体の指紋", "Root of the log", &format!("<span class=\"code\">{root}</span>"))),
        );
        rows.concat()
    }

    fn shows(&self, bundle: &Bundle) -> Vec<Label> {
        let (index, size) = (self.inclusion.index, self.inclusion.size);
        let mut out = vec![
            match bundle.opening {
                Some(_) => Label::new(
                    "「内容」の欄が、この版として記録されたとおりであり、一文字も変わっていないこと。",
                    "That what stands under “Content” is what was recorded as this revision, unchanged to the letter.",
                ),
                None => Label::new(
                    "この版が記録されたこと(内容は廃棄済み)。",
                    "That this revision was recorded; its content was disposed of.",
                ),
            },
            Label::new(
                format!(
                    "それが病院の証跡ログの {index} 番目(0 から数えて、{size} 件中)に固定され、並べ替えも抜き取りもできないこと。"
                ),
                format!(
                    "That it stands at place {index} of the hospital's log of {size} entries, counted from 0, and can be neither moved nor taken out."
                ),
            ),
            Label::new(
                "ログ全体の指紋に、病院の鍵の署名があること。",
                "That the root of the whole log is signed with the hospital's key.",
            ),
        ];
        if !bundle.stamps.is_empty() {
            out.push(Label::new(
                "タイムスタンプ局が示す時刻に、このログ(とこの版)が既にあったこと。",
                "That this log, and this revision in it, existed at the time a time stamping authority attests.",
            ));
        }
        if self.cosigned(bundle) {
            out.push(Label::new(
                "病院の外の立会者が、このログの同じ指紋か、その続きを見て署名したこと(立会者の鍵があれば確かめられます)。",
                "That witnesses outside the hospital saw the same root, or a continuation, and signed it (with their keys this can be checked).",
            ));
        }
        if !bundle.later.is_empty() {
            out.push(Label::new(
                "同梱の後のチェックポイントが、このログに書き足されただけの続きであること。",
                "That the later checkpoints enclosed are of this same log, which only grew until then.",
            ));
        }
        out
    }

    fn not_shown(&self, bundle: &Bundle) -> Vec<Label> {
        let mut out = vec![
            Label::new("書かれた内容が事実であること。", "That what was written is true."),
            Label::new("これより新しい版がないこと。", "That there is no newer revision."),
            Label::new(
                "記録者の名前(ログにあるのは仮名の ID だけ)。",
                "The name of who recorded it: the log knows a pseudonym only.",
            ),
        ];
        if bundle.stamps.is_empty() {
            out.push(Label::new(
                "時刻の正しさ(タイムスタンプがなく、病院の時計による)。",
                "That the time is right: there is no time stamp, it is the hospital's own clock.",
            ));
        }
        if !self.cosigned(bundle) {
            out.push(Label::new(
                "病院が別のログをほかの人に見せていないこと(立会署名がない)。",
                "That the hospital keeps only one log: no witness signed it.",
            ));
        }
        if !bundle.policy.is_empty() {
            out.push(Label::new(
                "立会のポリシーが十分かどうか(同梱のものは病院が述べたもので、検証はそれを信頼しません)。",
                "That the policy of witnesses suffices: the one enclosed is what the hospital says, and no check trusts it.",
            ));
        }
        out
    }

    /// Whether more than the log's own keys signed the checkpoint or a later one.
    fn cosigned(&self, bundle: &Bundle) -> bool {
        let own = |signature: &Signature| self.keys.keys().any(|(key, _, _)| signature.is_by(key));
        let later = bundle.later.iter().filter_map(|bytes| AddCheckpoint::parse(bytes).ok());
        let mut notes = Note::parse(&bundle.checkpoint).into_iter().chain(later.map(|request| request.note().clone()));
        notes.any(|note| !note.signatures().iter().all(own))
    }

    /// The key ring as it fits on paper, the keys that other people's tools know first.
    fn shown_keys(&self) -> String {
        let mut all: Vec<_> = self.keys.keys().collect();
        all.sort_by_key(|(key, from, _)| (key.algorithm() != Algorithm::Ed25519, *from));
        all.into_iter().map(|(key, from, until)| shown(key, from, until)).collect::<Vec<_>>().join("\n")
    }

    /// The Ed25519 key that signed the checkpoint: what other people's tools know.
    fn signer(&self) -> Option<VerifierKey> {
        let note = Note::parse(self.inclusion.checkpoint.as_bytes()).ok()?;
        let signed = |key: &VerifierKey| note.signatures().iter().any(|signature| signature.is_by(key));
        let classic = |key: &&VerifierKey| key.algorithm() == Algorithm::Ed25519;
        self.keys.keys().map(|(key, _, _)| key).filter(classic).find(|key| signed(key)).cloned()
    }
}

/// A line of the key ring that fits on paper: a post-quantum key is 1,800 letters long, so its hash stands for it.
fn shown(key: &VerifierKey, from: u64, until: Option<u64>) -> String {
    let text = key.to_string();
    let until = until.map_or_else(|| "-".to_owned(), |size| size.to_string());
    let text = match text.len() {
        0..=300 => text,
        _ => format!("{}+{}+… (SHA-256 {})", key.name(), key.id(), Digest::of(text.as_bytes())),
    };
    format!("{text} {from} {until}")
}

/// The root of the checkpoint, as its third line has it.
fn root(bundle: &Bundle) -> Option<String> {
    let note = Note::parse(&bundle.checkpoint).ok()?;
    Checkpoint::parse(note.text()).ok().map(|checkpoint| checkpoint.root.to_base64())
}

fn steps(report: &Report) -> String {
    let line = |step: &akashi_verify::Step| {
        let (ja, en) = match step.outcome {
            Outcome::Passed => ("○ 確認", "checked"),
            Outcome::Failed => ("× 失敗", "FAILED"),
            Outcome::NotChecked => ("－ 未確認", "not checked"),
        };
        format!(
            "<tr><td>{ja}<br><span lang=\"en\">{en}</span></td><td>{}</td><td lang=\"en\">{}</td></tr>",
            escape(&step.says.ja),
            escape(&step.says.en)
        )
    };
    report.steps.iter().map(line).collect()
}

fn foot(bundle: &Bundle) -> String {
    let with = if bundle.opening.is_some() { "、内容 body.json" } else { "" };
    let with_en = if bundle.opening.is_some() { ", the content body.json" } else { "" };
    format!(
        "証 Akashi。束の中身: 証跡 entry.json{with}、包含証明 proof.tlog-proof、チェックポイント checkpoint、鍵 keys、この説明。\
<span lang=\"en\">In the bundle: the entry{with_en}, the inclusion proof, the checkpoint, the keys, this page. The formats are described in Akashi's journal/FORMAT.md and by C2SP.</span>"
    )
}
