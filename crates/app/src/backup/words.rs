//! What is wrong with a backup, in words for people. Readers hand their findings on as texts of I/O errors; here they
//! get their Japanese, and what to do next.

use akashi_domain::Label;

use super::chain::Damage;

/// Texts of readers, their Japanese, and what helps.
const KNOWN: [(&str, &str); 8] = [
    ("it is not there", "見つかりません。--from と --keys の場所を確かめてください"),
    ("the passphrase is another", "合言葉が違います"),
    ("its header was changed", "先頭が変えられています"),
    ("its bytes have another SHA-256", "内容が変わっています(SHA-256 が控えと違います)"),
    ("it was changed or cut", "変えられたか、途中で切れています"),
    ("no piece is there", "中身がありません"),
    ("it belongs to another chain or to another place in it", "別の世代、または別の回のものです"),
    ("it has another form; use a newer Akashi", "形式が新しすぎます。新しい版の Akashi を使ってください"),
];

impl Damage {
    /// The damage in both languages, with the object it is in.
    pub fn label(&self) -> Label {
        Label::new(format!("{}: {}", self.object, japanese(&self.what)), self.to_string())
    }
}

/// The Japanese of a reader's text, which may stand behind the name of an object; else the text itself.
pub(crate) fn japanese(what: &str) -> String {
    let known = |(en, ja): &(&str, &str)| what.strip_suffix(en).map(|before| format!("{before}{ja}"));
    KNOWN.iter().find_map(known).unwrap_or_else(|| what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_readers_say_is_said_in_japanese() {
        assert_eq!(japanese("the passphrase is another"), "合言葉が違います");
        assert_eq!(
            japanese("a/0001.data.age: it was changed or cut"),
            "a/0001.data.age: 変えられたか、途中で切れています"
        );
        assert_eq!(japanese("disk on fire"), "disk on fire");
    }
}
