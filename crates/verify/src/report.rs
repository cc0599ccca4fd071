//! The answer of a check: steps, what they say, and the whole as text or JSON. What is checked stands in `check`.

use std::fmt::Write as _;

use akashi_journal::Entry;
use serde::Serialize;

use crate::check::system_title;
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
    /// Stable name: `archive entry body reason files keys checkpoint inclusion system consistency witness
    /// policy stamp truth explanation`.
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

/// The answer in one word; also the exit code of the programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Holds, with keys given by whoever checks. Exit code 0.
    Verified,
    /// Agrees with itself, but nobody gave keys to tell whose log it is. Exit code 3.
    Unanchored,
    /// Something does not hold. Exit code 1.
    Failed,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// No step failed. With [`Trust::Enclosed`] this says only that the bundle agrees with itself.
    pub ok: bool,
    pub result: Answer,
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

impl Answer {
    /// What a program that checked this ends with.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Answer::Verified => 0,
            Answer::Unanchored => 3,
            Answer::Failed => 1,
        }
    }

    /// The one line that comes last, and loudest.
    #[must_use]
    pub fn words(self) -> Words {
        let (ja, en) = match self {
            Answer::Verified => ("検証できました", "VERIFIED"),
            Answer::Unanchored => (
                "束の中では整合しています。ただし鍵は同梱のものだけで、病院のものか確かめていません",
                "CONSISTENT, BUT NOT ANCHORED: only the enclosed keys were used, nobody vouches that they are the hospital's",
            ),
            Answer::Failed => {
                ("検証に失敗しました。この束を証拠として使えません", "VERIFICATION FAILED: this bundle proves nothing")
            }
        };
        Words::new(ja, en)
    }

    /// What whoever checked can do now; nothing is left to do when it holds.
    #[must_use]
    pub fn next(self) -> Option<Words> {
        let (ja, en) = match self {
            Answer::Verified => return None,
            Answer::Unanchored => (
                "次にすること: ログの鍵を束とは別の経路(対面、書面など)で受け取り、--key で渡してもう一度確かめてください",
                "Next: get the keys of the log another way than the bundle, in person or on paper, and check again with --key",
            ),
            Answer::Failed => (
                "次にすること: 受け取ったままのファイルでもう一度確かめてください。それでも失敗するときは、× の行を病院に示して束を出し直してもらい、監査の責任者に知らせてください",
                "Next: check the file exactly as you got it. If it fails again, show the lines with FAIL to the hospital, ask for a new bundle, and tell whoever leads the audit",
            ),
        };
        Some(Words::new(ja, en))
    }
}

impl Report {
    /// The report of something that could not even be opened, for the program that met it.
    #[must_use]
    pub fn refused(place: &str, says: Words) -> Report {
        let step = Step { step: "archive", outcome: Outcome::Failed, place: place.to_owned(), says };
        Report::of(vec![step], Trust::Enclosed)
    }

    pub(crate) fn of(steps: Vec<Step>, trust: Trust) -> Report {
        let ok = steps.iter().all(|step| step.outcome != Outcome::Failed);
        let result = match (ok, trust) {
            (false, _) => Answer::Failed,
            (true, Trust::Given) => Answer::Verified,
            (true, Trust::Enclosed) => Answer::Unanchored,
        };
        Report { ok, result, trust, steps, entry: None, origin: None, index: None, size: None }
    }

    /// The report as text, in one language.
    #[must_use]
    pub fn text(&self, japanese: bool) -> String {
        let mut out = String::new();
        if let Some(entry) = &self.entry {
            let _ = writeln!(out, "{}", about(entry).pick(japanese));
        }
        for step in &self.steps {
            let mark = match (step.outcome, japanese) {
                (Outcome::Passed, true) => "○",
                (Outcome::Failed, true) => "×",
                (Outcome::NotChecked, true) => "－",
                (Outcome::Passed, false) => "ok  ",
                (Outcome::Failed, false) => "FAIL",
                (Outcome::NotChecked, false) => "-   ",
            };
            let _ = writeln!(out, "{mark} {}: {}", step.place, step.says.pick(japanese));
        }
        let count = |outcome| self.steps.iter().filter(|step| step.outcome == outcome).count();
        let (passed, failed, open) = (count(Outcome::Passed), count(Outcome::Failed), count(Outcome::NotChecked));
        let counts = Words::new(
            format!("確認 {passed}、失敗 {failed}、未確認 {open}"),
            format!("{passed} checked, {failed} failed, {open} not checked"),
        );
        let _ = writeln!(out, "{} ({})", self.result.words().pick(japanese), counts.pick(japanese));
        if let Some(next) = self.result.next() {
            let _ = writeln!(out, "{}", next.pick(japanese));
        }
        out
    }
}

/// What an entry is about, in a line.
pub(crate) fn about(entry: &Entry) -> Words {
    let (register, record, rev, actor) = (&entry.register, &entry.record, entry.rev, &entry.actor);
    let at = Words::moment(entry.at);
    let by = Words::new(
        format!("{} に仮名 {actor} の人が記録", at.ja),
        format!("recorded {} by the person with pseudonym {actor}", at.en),
    );
    if let Some(Words { ja, en }) = system_title(register) {
        return Words::new(
            format!("{ja}: プログラムの記録 {register} {record} 第{rev}版、{} に {actor} が記録", at.ja),
            format!("{en}: record of the program {register} {record}, revision {rev}, recorded {} by {actor}", at.en),
        );
    }
    Words::new(
        format!("台帳 {register} の記録 {record} 第{rev}版、{}", by.ja),
        format!("register {register}, record {record}, revision {rev}, {}", by.en),
    )
}

/// A report and the file it is about, as JSON has it.
#[derive(Serialize)]
struct Named<'r> {
    file: &'r str,
    #[serde(flatten)]
    report: &'r Report,
}

/// Reports as JSON: one object for one bundle, a list for several.
///
/// # Errors
/// None in practice: everything in a report has a JSON form.
pub fn to_json(reports: &[(String, Report)]) -> Result<String, serde_json::Error> {
    let named: Vec<Named<'_>> = reports.iter().map(|(file, report)| Named { file, report }).collect();
    match &named[..] {
        [one] => serde_json::to_string_pretty(one),
        all => serde_json::to_string_pretty(all),
    }
}

/// Reports as text, in one language.
#[must_use]
pub fn to_text(reports: &[(String, Report)], japanese: bool) -> String {
    let one = |(file, report): &(String, Report)| format!("{file}\n{}", report.text(japanese));
    reports.iter().map(one).collect::<Vec<_>>().join("\n")
}

/// The worst exit code of all.
#[must_use]
pub fn exit_code(reports: &[(String, Report)]) -> u8 {
    reports.iter().map(|(_, report)| report.result).max().map_or(0, Answer::exit_code)
}
