//! What is known of the revocation of a stamp's certificates, in words: by which evidence, as of when, or that nothing
//! tells. What counts is decided in `sign`.

use akashi_sign::Instant;
use akashi_sign::tsp::Judgement;
use akashi_sign::x509::{Reason, RevocationStatus, Source};

use crate::words::Words;

/// What is known for the path as a whole: as much as for the certificate least is known of. `time` writes a time for
/// people.
#[must_use]
pub fn words(judged: &Judgement, time: &dyn Fn(Instant) -> String) -> Words {
    let unknown = judged.path.iter().find(|link| link.revocation == Some(RevocationStatus::NotGiven));
    if let Some(link) = unknown {
        let subject = &link.subject;
        return Words::new(
            format!("失効は未確認です: {subject} の証明書について、その時刻を語る失効情報が同梱されていません"),
            format!("revocation not checked: nothing enclosed tells of the certificate of {subject} at that time"),
        );
    }
    let known = || judged.path.iter().filter_map(|link| link.revocation.map(|status| (&link.subject, status)));
    let mut said = joined(known().filter_map(|(_, status)| evidence(status, time)).collect());
    if known().any(|(_, status)| matches!(status, RevocationStatus::Good { later: false, .. })) {
        said.ja += "。その時刻に有効だったもので、タイムスタンプの後に作られたものが届けば確定します";
        said.en += "; current at that time, and one made after the stamp will settle it";
    }
    for (subject, status) in known() {
        if let RevocationStatus::Afterwards { at, reason, .. } = status {
            let at = time(at);
            said.ja += &format!(
                "。{subject} の証明書は後の {at} に失効({})しましたが、それ以前のタイムスタンプは有効です",
                japanese(reason)
            );
            said.en += &format!(
                "; the certificate of {subject} was revoked later, at {at} ({reason}), which leaves the stamps made before"
            );
        }
    }
    match known().next() {
        None => Words::new("失効を確かめる証明書はありません", "there is no certificate that could be revoked"),
        Some(_) => Words::new(format!("失効確認済み: {}", said.ja), format!("revocation checked: {}", said.en)),
    }
}

/// Which evidence said so, and as of when.
fn evidence(status: RevocationStatus, time: &dyn Fn(Instant) -> String) -> Option<Words> {
    let of = |source: Source, as_of: String| match source {
        Source::List => Words::new(format!("{as_of} の失効リスト(CRL)"), format!("CRL of {as_of}")),
        Source::Ocsp => Words::new(format!("{as_of} の OCSP 応答"), format!("OCSP answer of {as_of}")),
    };
    match status {
        RevocationStatus::Good { source, as_of, .. } => Some(of(source, time(as_of))),
        RevocationStatus::Afterwards { source: Source::List, .. } => Some(Words::new("失効リスト(CRL)", "CRL")),
        RevocationStatus::Afterwards { source: Source::Ocsp, .. } => Some(Words::new("OCSP 応答", "OCSP answer")),
        RevocationStatus::Revoked { .. } | RevocationStatus::NotGiven => None,
    }
}

/// Each once.
fn joined(all: Vec<Words>) -> Words {
    let mut said = Words::new("", "");
    let mut seen: Vec<Words> = Vec::new();
    for words in all {
        if seen.contains(&words) {
            continue;
        }
        if !seen.is_empty() {
            said.ja += "、";
            said.en += ", ";
        }
        said.ja += &words.ja;
        said.en += &words.en;
        seen.push(words);
    }
    said
}

fn japanese(reason: Reason) -> &'static str {
    match reason {
        Reason::Unspecified => "理由の指定なし",
        Reason::AffiliationChanged => "所属の変更",
        Reason::Superseded => "証明書の更新",
        Reason::CessationOfOperation => "運用の終了",
        Reason::KeyCompromise => "鍵の危殆化",
        Reason::CaCompromise => "認証局の危殆化",
        Reason::CertificateHold => "一時停止",
        Reason::Other(_) => "その他の理由",
    }
}
