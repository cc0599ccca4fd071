//! The words of the pages in two languages: Fluent files in `locales/`, compiled in and compared by a test.
//! What the catalogue names itself (registers, fields, items) has its two languages there.

use std::sync::OnceLock;

use akashi_domain::Lang;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};

type Bundle = FluentBundle<FluentResource>;

const FILES: [(&str, &str); 8] = [
    (include_str!("../locales/ja/frame.ftl"), include_str!("../locales/en/frame.ftl")),
    (include_str!("../locales/ja/pages.ftl"), include_str!("../locales/en/pages.ftl")),
    (include_str!("../locales/ja/work.ftl"), include_str!("../locales/en/work.ftl")),
    (include_str!("../locales/ja/import.ftl"), include_str!("../locales/en/import.ftl")),
    (include_str!("../locales/ja/proof.ftl"), include_str!("../locales/en/proof.ftl")),
    (include_str!("../locales/ja/disposal.ftl"), include_str!("../locales/en/disposal.ftl")),
    (include_str!("../locales/ja/anchors.ftl"), include_str!("../locales/en/anchors.ftl")),
    (include_str!("../locales/ja/state.ftl"), include_str!("../locales/en/state.ftl")),
];

/// The words of one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Words(pub(crate) Lang);

impl Words {
    /// Returns a text. Tests hold that every key used exists; an unknown one shows itself.
    pub(crate) fn say(self, key: &str) -> String {
        self.format(key, None)
    }

    /// Returns a text, or `other` when the catalogue uses a word the pages do not know.
    pub(crate) fn say_or(self, key: &str, other: &str) -> String {
        if bundle(self.0).has_message(key) { self.say(key) } else { other.to_owned() }
    }

    /// Returns a text with words put in.
    pub(crate) fn with(self, key: &str, words: &[(&'static str, &str)]) -> String {
        let mut args = FluentArgs::new();
        words.iter().for_each(|(name, word)| args.set(*name, (*word).to_owned()));
        self.format(key, Some(&args))
    }

    /// Returns a text with a number `n`, which chooses the plural, and `shown`, the number as people write it.
    pub(crate) fn count(self, key: &str, n: usize) -> String {
        let mut args = FluentArgs::new();
        args.set("n", n);
        args.set("shown", grouped(n));
        self.format(key, Some(&args))
    }

    fn format(self, key: &str, args: Option<&FluentArgs>) -> String {
        let bundle = bundle(self.0);
        let pattern = bundle.get_message(key).and_then(|m| m.value());
        pattern.map_or_else(|| format!("⟨{key}⟩"), |p| bundle.format_pattern(p, args, &mut Vec::new()).into_owned())
    }
}

/// Writes 12345 as 12,345.
pub(crate) fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (ix, digit) in digits.chars().enumerate() {
        if ix > 0 && (digits.len() - ix).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn bundle(lang: Lang) -> &'static Bundle {
    static JA: OnceLock<Bundle> = OnceLock::new();
    static EN: OnceLock<Bundle> = OnceLock::new();
    match lang {
        Lang::Ja => JA.get_or_init(|| load(lang, FILES.map(|f| f.0))),
        Lang::En => EN.get_or_init(|| load(lang, FILES.map(|f| f.1))),
    }
}

/// A faulty message is left out and shows its key; the test below refuses such a build.
fn load(lang: Lang, files: [&str; FILES.len()]) -> Bundle {
    let id = lang.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    bundle.set_use_isolating(false);
    for text in files {
        let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(partial, _)| partial);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// Returns the keys of all texts of a language, in the order of the files.
pub fn keys(lang: Lang) -> Vec<&'static str> {
    let text = |f: &(&'static str, &'static str)| if lang == Lang::Ja { f.0 } else { f.1 };
    let lines = FILES.iter().flat_map(move |f| text(f).lines());
    lines.filter_map(|l| l.split_once(" =").map(|(key, _)| key)).filter(|k| is_key(k)).collect()
}

fn is_key(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_say_the_same_things() {
        assert_eq!(keys(Lang::Ja), keys(Lang::En));
        let mut sorted = keys(Lang::Ja);
        sorted.sort_unstable();
        sorted.windows(2).for_each(|pair| assert_ne!(pair[0], pair[1], "given twice"));
    }

    #[test]
    fn every_file_parses() {
        for text in FILES.iter().flat_map(|f| [f.0, f.1]) {
            if let Err((_, faults)) = FluentResource::try_new(text.to_owned()) {
                panic!("{faults:?}");
            }
        }
    }

    #[test]
    fn numbers_are_grouped() {
        for (n, shown) in [(0, "0"), (999, "999"), (1000, "1,000"), (1234567, "1,234,567")] {
            assert_eq!(grouped(n), shown);
        }
    }
}
