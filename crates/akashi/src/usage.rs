//! What is said about a command line that cannot be understood, in Japanese; clap says it in English.
//! Which words there are stands in `cmd/`, how help is written in `words`.

use akashi_domain::Lang;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::out;

/// Prints what clap answers instead of a command: help and version to stdout, faults to stderr. Returns the exit code.
pub(crate) fn tell(e: &clap::Error, lang: Lang) -> u8 {
    if !e.use_stderr() {
        drop(e.print());
        return out::OK;
    }
    match (lang, fault(e)) {
        (Lang::Ja, Some(fault)) => eprintln!("{}", page(e, &fault)),
        _ => drop(e.print()),
    }
    out::USAGE
}

/// The fault, what may be meant, how the command is used, and what to do next.
fn page(e: &clap::Error, fault: &str) -> String {
    let mut page = format!("エラー: {fault}\n");
    for (kind, says) in HINTS {
        if let Some(word) = context(e, *kind) {
            page.push_str(&format!("  {says}: {word}\n"));
        }
    }
    if let Some(usage) = context(e, ContextKind::Usage) {
        page.push_str(&format!("\n{}\n", usage.replacen("Usage: ", "使い方: ", 1)));
    }
    page + "\nくわしくは --help をご覧ください。"
}

/// What clap adds to a fault, and how it is introduced.
const HINTS: &[(ContextKind, &str)] = &[
    (ContextKind::ValidValue, "使える値"),
    (ContextKind::ValidSubcommand, "使えるコマンド"),
    (ContextKind::SuggestedArg, "もしかして"),
    (ContextKind::SuggestedSubcommand, "もしかして"),
    (ContextKind::SuggestedValue, "もしかして"),
];

/// The fault itself; none for a kind that has no words here, which is then told as clap does.
fn fault(e: &clap::Error) -> Option<String> {
    let arg = || context(e, ContextKind::InvalidArg).unwrap_or_else(|| "引数".into());
    let value = context(e, ContextKind::InvalidValue).unwrap_or_default();
    Some(match e.kind() {
        ErrorKind::InvalidValue if value.is_empty() => format!("{} に値がありません", arg()),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => format!("{} に「{value}」は使えません", arg()),
        ErrorKind::UnknownArgument => format!("{} という引数はありません", arg()),
        ErrorKind::InvalidSubcommand => {
            format!("「{}」というコマンドはありません", context(e, ContextKind::InvalidSubcommand)?)
        }
        ErrorKind::NoEquals => format!("{} は「=」で値を付けて書きます", arg()),
        ErrorKind::TooManyValues => format!("{} に「{value}」は余分です", arg()),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => format!("{} の値の数が合いません", arg()),
        ErrorKind::ArgumentConflict => {
            let other = context(e, ContextKind::PriorArg)?;
            match arg() {
                same if same == other => format!("{same} は一度だけ書けます"),
                arg => format!("{arg} は {other} と一緒には使えません"),
            }
        }
        ErrorKind::MissingRequiredArgument => format!("足りない引数があります: {}", arg()),
        ErrorKind::MissingSubcommand => "コマンドがありません".into(),
        ErrorKind::InvalidUtf8 => "引数に読めない文字があります".into(),
        _ => return None,
    })
}

/// A piece of what clap knows, as plain text.
fn context(e: &clap::Error, kind: ContextKind) -> Option<String> {
    match e.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) if !texts.is_empty() => Some(texts.join("、")),
        ContextValue::Number(number) => Some(number.to_string()),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cmd::command_line;

    #[test]
    fn faults_are_told_in_japanese_with_the_word_and_the_usage() {
        let table: [(&[&str], &[&str]); 8] = [
            (&["chekc"], &["「chekc」というコマンドはありません", "もしかして: check"]),
            (&["check", "--as-off", "x"], &["--as-off という引数はありません", "もしかして: --as-of"]),
            (&["init", "--name"], &["--name", "に値がありません"]),
            (&["init", "--pattern", "V", "--name", "a"], &["「V」は使えません", "使える値: I、II、III、IV"]),
            (&["import", "a.xlsx"], &["足りない引数があります", "--register <KEY>"]),
            (&["check", "--json", "--json"], &["--json は一度だけ書けます"]),
            (&["prove", "--rev", "0", "X"], &["「0」は使えません"]),
            (&["check", "more"], &["more という引数はありません"]),
        ];
        for (args, says) in table {
            let all = ["akashi"].iter().chain(args).copied();
            let e = command_line(Lang::Ja).try_get_matches_from(all).unwrap_err();
            let page = page(&e, &fault(&e).unwrap_or_else(|| panic!("{args:?}: {:?}", e.kind())));
            says.iter().for_each(|word| assert!(page.contains(word), "{args:?}: {page}"));
            assert!(page.contains("使い方: akashi") || e.get(ContextKind::Usage).is_none(), "{args:?}: {page}");
            assert!(!page.contains("error:") && !page.contains("Usage"), "{page}");
        }
    }
}
