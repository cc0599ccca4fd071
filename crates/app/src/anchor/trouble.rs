//! What can be wrong with an anchor, in both languages, and what to do next. Kept in the queue as `code detail`.

use std::fmt;

use akashi_domain::Label;

/// Why an attestation is not held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing came back; why, in the words of the network.
    Unreachable(String),
    /// An HTTP status that says nothing more.
    Status(u16),
    /// What came back cannot be read: perhaps another server's page.
    Unreadable(String),
    /// The witness does not know this log.
    UnknownLog,
    /// The witness does not know the key this log signs with now.
    UnknownKey,
    /// It cannot answer just now; its own words.
    Busy(String),
    /// It refused; its own words.
    Rejected(String),
    /// An answer came and does not hold: wrong imprint, wrong key, …
    DoesNotHold(String),
    /// A certificate of its stamps was revoked; of whom, when and why.
    Revoked(String),
    /// The witness has seen more entries than the log has now.
    Ahead { held: u64, newest: u64 },
    /// The witness cosigned another tree of that size.
    Forked { size: u64 },
    /// The witness finds that the log does not continue what it cosigned.
    Inconsistent,
    /// Something here went wrong.
    Other(String),
}

impl Trouble {
    /// Tells whether it means that this log may have been replaced or cut.
    pub fn is_alarm(&self) -> bool {
        matches!(self, Trouble::Ahead { .. } | Trouble::Forked { .. } | Trouble::Inconsistent)
    }

    /// The form it is kept in.
    pub(crate) fn stored(&self) -> String {
        match self {
            Trouble::Unreachable(why) => format!("unreachable {why}"),
            Trouble::Status(status) => format!("status {status}"),
            Trouble::Unreadable(why) => format!("unreadable {why}"),
            Trouble::UnknownLog => "unknown-log".into(),
            Trouble::UnknownKey => "unknown-key".into(),
            Trouble::Busy(why) => format!("busy {why}"),
            Trouble::Rejected(why) => format!("rejected {why}"),
            Trouble::DoesNotHold(why) => format!("does-not-hold {why}"),
            Trouble::Revoked(why) => format!("revoked {why}"),
            Trouble::Ahead { held, newest } => format!("ahead {held} {newest}"),
            Trouble::Forked { size } => format!("forked {size}"),
            Trouble::Inconsistent => "inconsistent".into(),
            Trouble::Other(why) => format!("other {why}"),
        }
    }

    /// Reads the form it is kept in.
    pub fn parse(stored: &str) -> Trouble {
        let (code, detail) = stored.split_once(' ').unwrap_or((stored, ""));
        let number = |text: &str| text.parse::<u64>().ok();
        let known = match code {
            "unreachable" => Some(Trouble::Unreachable(detail.into())),
            "status" => detail.parse().ok().map(Trouble::Status),
            "unreadable" => Some(Trouble::Unreadable(detail.into())),
            "unknown-log" => Some(Trouble::UnknownLog),
            "unknown-key" => Some(Trouble::UnknownKey),
            "busy" => Some(Trouble::Busy(detail.into())),
            "rejected" => Some(Trouble::Rejected(detail.into())),
            "does-not-hold" => Some(Trouble::DoesNotHold(detail.into())),
            "revoked" => Some(Trouble::Revoked(detail.into())),
            "ahead" => detail
                .split_once(' ')
                .and_then(|(held, newest)| Some(Trouble::Ahead { held: number(held)?, newest: number(newest)? })),
            "forked" => number(detail).map(|size| Trouble::Forked { size }),
            "inconsistent" => Some(Trouble::Inconsistent),
            "other" => Some(Trouble::Other(detail.into())),
            _ => None,
        };
        known.unwrap_or_else(|| Trouble::Other(stored.to_owned()))
    }

    /// What is wrong.
    pub fn what(&self) -> Label {
        match self {
            Trouble::Unreachable(why) => both("届きません", "It cannot be reached", why),
            Trouble::Status(status) => both("思わぬ応答です", "An unexpected answer", &format!("HTTP {status}")),
            Trouble::Unreadable(why) => both("応答を読めません", "Its answer cannot be read", why),
            Trouble::UnknownLog => Label::new("立会者がこのログを知りません", "The witness does not know this log"),
            Trouble::UnknownKey => Label::new(
                "立会者がこのログの今の鍵を知りません",
                "The witness does not know the key this log signs with now",
            ),
            Trouble::Busy(why) => both("今は応じられないとの応答です", "It cannot answer just now", why),
            Trouble::Rejected(why) => both("拒まれました", "It refused", why),
            Trouble::DoesNotHold(why) => both("応答が検証できません", "Its answer does not hold", why),
            Trouble::Revoked(why) => both(
                "時刻認証局の証明書が失効しており、この局の最新のタイムスタンプは証明になりません",
                "A certificate of the authority was revoked; its newest stamp no longer proves a time",
                why,
            ),
            Trouble::Ahead { held, newest } => Label::new(
                format!(
                    "立会者は{held}件まで見ているのに、今のログは{newest}件しかありません。末尾が削られたか、ログが取り替えられています"
                ),
                format!(
                    "The witness has seen {held} entries, the log has only {newest} now: its end was cut off or it was replaced"
                ),
            ),
            Trouble::Forked { size } => Label::new(
                format!("立会者は{size}件時点で別の内容に署名しています。ログが枝分かれしたか、取り替えられています"),
                format!("The witness cosigned another tree of {size} entries: the log was forked or replaced"),
            ),
            Trouble::Inconsistent => Label::new(
                "今のログは、立会者が前に署名した内容を引き継いでいません。作り替えられたか、古いバックアップから続いています",
                "The log does not continue what the witness cosigned before: it was rewritten, or goes on from an old backup",
            ),
            Trouble::Other(why) => both("依頼できませんでした", "It could not be asked", why),
        }
    }

    /// What to do next.
    pub fn next(&self) -> Label {
        let (ja, en) = match self {
            Trouble::Unreachable(_) => (
                "ネットワークと宛先を確かめてください。起動中は自動でやり直します。つながらない施設では、依頼をファイルで運べます。",
                "Check network and address. It is tried again by itself; without a network the request can be carried as a file.",
            ),
            Trouble::Status(_) | Trouble::Unreadable(_) => (
                "宛先の URL とプロキシを確かめてください。自動でやり直します。",
                "Check the address and the proxy. It is tried again by itself.",
            ),
            Trouble::UnknownLog | Trouble::UnknownKey => (
                "akashi anchor key の出力を立会者の担当者に渡し、akashi witness add-log で加えてもらってください。",
                "Give what akashi anchor key prints to the witness' operator, who takes it in with akashi witness add-log.",
            ),
            Trouble::Busy(_) => ("待つ必要はありません。自動でやり直します。", "Nothing: it is tried again by itself."),
            Trouble::Rejected(_) => (
                "契約とポリシーを認証局に確かめ、直したあとで「もう一度頼む」を押してください。",
                "Ask the authority about contract and policy, put it right, then ask again.",
            ),
            Trouble::DoesNotHold(_) => (
                "登録した証明書・鍵が今のものか確かめてください。合っているなら、応答が途中で変えられています。",
                "Check whether the certificates or keys configured are the present ones. If they are, the answer was changed on its way.",
            ),
            Trouble::Revoked(_) => (
                "時刻認証局に事情を確かめ、別の局か新しい証明書で、できるだけ早くタイムスタンプを取り直してください。",
                "Ask the authority what happened, and have the log stamped again soon, by another one or under its new certificate.",
            ),
            Trouble::Ahead { .. } | Trouble::Forked { .. } | Trouble::Inconsistent => (
                "ただちに akashi journal verify を実行し、バックアップと金庫の控えと照合してください。復元したのなら、その旨を立会者に伝えてください。",
                "Run akashi journal verify now and compare with backups and the copy in the safe. If this log was restored, tell the witness so.",
            ),
            Trouble::Other(_) => ("akashi journal verify で確かめてください。", "Run akashi journal verify."),
        };
        Label::new(ja, en)
    }
}

fn both(ja: &str, en: &str, detail: &str) -> Label {
    if detail.is_empty() {
        Label::new(ja, en)
    } else {
        Label::new(format!("{ja}({detail})"), format!("{en} ({detail})"))
    }
}

/// In English, for logs.
impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what().en)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        let why = || "a b  c".to_owned();
        let all = [
            Trouble::Unreachable(why()),
            Trouble::Status(503),
            Trouble::Unreadable(why()),
            Trouble::UnknownLog,
            Trouble::UnknownKey,
            Trouble::Busy(String::new()),
            Trouble::Rejected(why()),
            Trouble::DoesNotHold(why()),
            Trouble::Revoked(why()),
            Trouble::Ahead { held: 9, newest: 3 },
            Trouble::Forked { size: 3 },
            Trouble::Inconsistent,
            Trouble::Other(why()),
        ];
        for trouble in all {
            assert_eq!(Trouble::parse(&trouble.stored()), trouble);
            assert!(!trouble.what().ja.is_empty() && !trouble.next().en.is_empty());
        }
        assert_eq!(Trouble::parse("ahead x"), Trouble::Other("ahead x".into()));
    }
}
