//! What is late or wrong in an installation, how pressing it is, and what to do next. Pure: facts and a time in, words out.

use akashi_domain::Label;
use serde::Serialize;

use super::{AnchorState, Facts};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;
/// The log is at most a second behind; after so long something holds it up.
const STUCK: i64 = 60 * SECOND;
/// Clocks of servers that share a database may differ by so much.
const SKEW: i64 = 5 * 60 * SECOND;
/// A backup is made daily; after so long at least one was missed, …
const BACKUP_LATE: i64 = 2 * DAY;
/// … and after so long it is grave. Also the time a new hospital has for its first.
const BACKUP_GRAVE: i64 = 7 * DAY;
/// How long before its end a drill is called for.
const DRILL_SOON: i64 = 30 * DAY;
/// A file on a stick takes a while to come back; after so long somebody asks where it is.
const ANCHOR_LATE: i64 = 7 * DAY;

/// What it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    Log,
    Backup,
    Drill,
    Anchors,
}

/// How pressing it is, most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Evidence or data may be lost: today.
    High,
    /// In the next days.
    Medium,
    /// Worth knowing; nothing is late.
    Low,
}

/// One thing that is late or wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Concern {
    pub about: About,
    pub level: Level,
    pub what: Label,
    /// What to do next.
    pub next: Label,
}

/// Returns what is late or wrong, most pressing first.
pub(super) fn of(facts: &Facts, now: i64) -> Vec<Concern> {
    let mut all = Vec::new();
    all.extend(log(facts, now));
    all.extend(backup(facts, now));
    all.extend(drill(facts, now));
    all.extend(anchors(facts, now));
    all.sort_by_key(|c| c.level);
    all
}

fn concern(about: About, level: Level, what: (String, String), next: (&str, &str)) -> Concern {
    Concern { about, level, what: Label::new(what.0, what.1), next: Label::new(next.0, next.1) }
}

fn log(facts: &Facts, now: i64) -> Vec<Concern> {
    let (log, mut out) = (&facts.log, Vec::new());
    if log.unreadable > 0 {
        let n = log.unreadable;
        let what = (format!("読めない行が {n} 件あります"), format!("{n} rows cannot be read"));
        let next = (
            "akashi journal verify で場所を確かめ、バックアップから復元してください",
            "Find the place with akashi journal verify, then restore from a backup",
        );
        out.push(concern(About::Log, Level::High, what, next));
    }
    if log.behind_since.is_some_and(|since| now - since > STUCK) {
        let n = log.behind;
        let what = (
            format!("証跡 {n} 件が1分以上署名されていません"),
            format!("{n} entries have waited for a signature for more than a minute"),
        );
        let next = (
            "akashi serve を再起動し、続くときはサーバーの出力と空き容量を確かめてください。記録は失われていません",
            "Restart akashi serve; if it stays so, look at its output and the free space. No record is lost",
        );
        out.push(concern(About::Log, Level::High, what, next));
    }
    if log.checkpoint.is_some_and(|c| c.at > now + SKEW) {
        let what = (
            "最新の署名の時刻が今より後です。時計が戻っています".to_owned(),
            "The newest signature is dated after now: the clock went back".to_owned(),
        );
        let next = ("サーバーの時刻同期(NTP)を確かめてください", "Check the server's time synchronisation");
        out.push(concern(About::Log, Level::Medium, what, next));
    }
    out
}

fn backup(facts: &Facts, now: i64) -> Option<Concern> {
    let next = (
        "akashi backup を実行し、毎日動くように予定してください(手順は docs/OPERATION.md)",
        "Run akashi backup and schedule it daily (docs/OPERATION.md tells how)",
    );
    let graver = |grave: bool| if grave { Level::High } else { Level::Medium };
    let Some(last) = &facts.backup.backup else {
        let what = ("バックアップを一度も作っていません".to_owned(), "No backup was ever made".to_owned());
        return Some(concern(About::Backup, graver(now - facts.created > BACKUP_GRAVE), what, next));
    };
    let (age, unsaved) = (now - last.at, facts.backup.unsaved);
    if age > BACKUP_LATE && unsaved > 0 {
        let days = age / DAY;
        let what = (
            format!("最後のバックアップから {days} 日たち、証跡 {unsaved} 件がまだ入っていません"),
            format!("The last backup is {days} days old and lacks {unsaved} entries"),
        );
        return Some(concern(About::Backup, graver(age > BACKUP_GRAVE), what, next));
    }
    last.noted.then(|| {
        let what = (
            "最後のバックアップに確かめることがあります".to_owned(),
            "The last backup said something to look at".to_owned(),
        );
        let next = ("akashi backup check で確かめてください", "Look with akashi backup check");
        concern(About::Backup, Level::Medium, what, next)
    })
}

fn drill(facts: &Facts, now: i64) -> Option<Concern> {
    // Without a backup there is nothing to restore; that is said already.
    facts.backup.backup.as_ref()?;
    let next = (
        "akashi backup drill を実行し、結果を保存場所・バックアップ台帳に残してください",
        "Run akashi backup drill and file the result in the storage register",
    );
    let Some(last) = &facts.backup.drill else {
        let what = ("復元訓練をまだ行っていません".to_owned(), "No restore was ever tried".to_owned());
        return Some(concern(About::Drill, Level::Medium, what, next));
    };
    if !last.ok {
        let what = ("最後の復元訓練が失敗しています".to_owned(), "The last drill failed".to_owned());
        let next = (
            "akashi backup check で壊れた箇所を探し、--full で全体を作り直してから、もう一度訓練してください",
            "Look for the damaged piece with akashi backup check, make a whole one with --full, then try again",
        );
        return Some(concern(About::Drill, Level::High, what, next));
    }
    let left = last.at + i64::from(facts.drill_every.approx_days()) * DAY - now;
    let days = left.abs() / DAY;
    let (level, what) = match left {
        ..0 => (
            Level::High,
            (format!("復元訓練の期限を {days} 日過ぎています"), format!("The drill is {days} days overdue")),
        ),
        0..DRILL_SOON => (
            Level::Medium,
            (format!("復元訓練の期限まで {days} 日です"), format!("The next drill is due in {days} days")),
        ),
        _ => return None,
    };
    Some(concern(About::Drill, level, what, next))
}

fn anchors(facts: &Facts, now: i64) -> Vec<Concern> {
    let on: Vec<&AnchorState> = facts.anchors.iter().filter(|a| a.standing != "off").collect();
    if on.is_empty() {
        let what = ("証跡を院外で証明する相手がいません".to_owned(), "Nobody outside attests the evidence".to_owned());
        let next = (
            "外部保証の画面で控えを印刷して金庫に入れるか、立会者・時刻認証局を登録してください",
            "Print the sheet for the safe on the page Anchors, or add a witness or a time-stamping authority",
        );
        return vec![concern(About::Anchors, Level::Low, what, next)];
    }
    on.into_iter().filter_map(|a| anchor(a, now)).collect()
}

fn anchor(a: &AnchorState, now: i64) -> Option<Concern> {
    let name = &a.name;
    let next = ("外部保証の画面に理由と直し方があります", "The page Anchors tells why and what to do");
    if a.standing == "revoked" {
        let what = (
            format!("外部保証「{name}」の証明書が失効し、最新の証明が効力を失いました"),
            format!("A certificate of the anchor “{name}” was revoked; its newest attestation no longer counts"),
        );
        return Some(concern(About::Anchors, Level::High, what, next));
    }
    if a.alarm || a.standing == "refused" {
        let what =
            (format!("外部保証「{name}」が証明を拒んでいます"), format!("The anchor “{name}” refuses to attest"));
        return Some(concern(About::Anchors, Level::High, what, next));
    }
    let waited = now - a.since?;
    (waited > ANCHOR_LATE).then(|| {
        let days = waited / DAY;
        let what = (
            format!("外部保証「{name}」の回答を {days} 日待っています"),
            format!("The anchor “{name}” has not answered for {days} days"),
        );
        concern(About::Anchors, Level::Medium, what, next)
    })
}

#[cfg(test)]
mod tests {
    use akashi_domain::Span;

    use super::*;
    use crate::backup::{BackupState, LastBackup, LastDrill};
    use crate::status::{CheckpointState, LogState};

    const NOW: i64 = 20_000 * DAY;

    /// An installation in which nothing is late.
    fn sound() -> Facts {
        let backup = LastBackup {
            at: NOW - DAY,
            place: "/mnt/backup".into(),
            keys: None,
            chain: "akashi-1".into(),
            piece: 1,
            entries: 90,
            stored_bytes: 1,
            locked_until: None,
            noted: false,
        };
        let drill = LastDrill {
            at: NOW - 100 * DAY,
            place: "/mnt/backup".into(),
            ok: true,
            entries: 90,
            seconds: 1,
            filed: None,
        };
        Facts {
            created: NOW - 400 * DAY,
            log: LogState {
                origin: "test.example/akashi".into(),
                epoch: 1,
                entries: 100,
                checkpoint: Some(CheckpointState { size: 100, at: NOW - SECOND }),
                behind: 0,
                behind_since: None,
                keys: 2,
                unreadable: 0,
            },
            backup: BackupState { backup: Some(backup), drill: Some(drill), unsaved: 10 },
            drill_every: Span { months: 12, days: 0 },
            anchors: vec![AnchorState {
                name: "隣の病院".into(),
                kind: "witness",
                standing: "held",
                waiting: 0,
                since: None,
                held: Some(CheckpointState { size: 100, at: NOW - DAY }),
                trouble: None,
                alarm: false,
            }],
            covered: 100,
        }
    }

    type Change = fn(&mut Facts);

    #[test]
    fn each_thing_that_is_late_is_told_once() {
        let table: [(Change, Option<(About, Level)>); 16] = [
            (|_| {}, None),
            (|f| f.log.unreadable = 1, Some((About::Log, Level::High))),
            (|f| f.log.behind_since = Some(NOW - STUCK), None),
            (|f| f.log.behind_since = Some(NOW - STUCK - 1), Some((About::Log, Level::High))),
            (
                |f| f.log.checkpoint = Some(CheckpointState { size: 1, at: NOW + DAY }),
                Some((About::Log, Level::Medium)),
            ),
            (|f| f.backup.backup = None, Some((About::Backup, Level::High))),
            (
                |f| {
                    f.backup.backup = None;
                    f.created = NOW - DAY;
                },
                Some((About::Backup, Level::Medium)),
            ),
            (|f| last(f).at = NOW - 3 * DAY, Some((About::Backup, Level::Medium))),
            (|f| last(f).at = NOW - 8 * DAY, Some((About::Backup, Level::High))),
            (
                |f| {
                    last(f).at = NOW - 8 * DAY;
                    f.backup.unsaved = 0;
                },
                None,
            ),
            (|f| last(f).noted = true, Some((About::Backup, Level::Medium))),
            (|f| f.backup.drill = None, Some((About::Drill, Level::Medium))),
            (|f| tried(f).ok = false, Some((About::Drill, Level::High))),
            (|f| tried(f).at = NOW - 350 * DAY, Some((About::Drill, Level::Medium))),
            (|f| tried(f).at = NOW - 380 * DAY, Some((About::Drill, Level::High))),
            (|f| f.anchors.clear(), Some((About::Anchors, Level::Low))),
        ];
        for (ix, (change, expected)) in table.into_iter().enumerate() {
            let mut facts = sound();
            change(&mut facts);
            let told: Vec<_> = of(&facts, NOW).iter().map(|c| (c.about, c.level)).collect();
            assert_eq!(told, expected.into_iter().collect::<Vec<_>>(), "row {ix}");
        }
    }

    #[test]
    fn anchors_are_asked_after_when_they_refuse_or_keep_silent() {
        type Change = fn(&mut AnchorState);
        let table: [(Change, Option<Level>); 6] = [
            (|a| a.standing = "refused", Some(Level::High)),
            (|a| a.standing = "revoked", Some(Level::High)),
            (|a| a.alarm = true, Some(Level::High)),
            (|a| a.since = Some(NOW - 6 * DAY), None),
            (|a| a.since = Some(NOW - 8 * DAY), Some(Level::Medium)),
            (|a| a.standing = "off", Some(Level::Low)),
        ];
        for (ix, (change, expected)) in table.into_iter().enumerate() {
            let mut facts = sound();
            change(&mut facts.anchors[0]);
            assert_eq!(of(&facts, NOW).first().map(|c| c.level), expected, "row {ix}");
        }
    }

    #[test]
    fn the_most_pressing_comes_first() {
        let mut facts = sound();
        facts.anchors.clear();
        tried(&mut facts).ok = false;
        let levels: Vec<Level> = of(&facts, NOW).iter().map(|c| c.level).collect();
        assert_eq!(levels, [Level::High, Level::Low]);
    }

    fn last(facts: &mut Facts) -> &mut LastBackup {
        facts.backup.backup.as_mut().unwrap()
    }

    fn tried(facts: &mut Facts) -> &mut LastDrill {
        facts.backup.drill.as_mut().unwrap()
    }
}
