//! An expression in people's words: titles for fields, options and states, words for operators.
//! What is too intricate for that is told by the fields it speaks of.

use super::row::path_title;
use crate::label::Lang;
use crate::register::{Field, Register};
use crate::world::View;

/// Returns the expression as people read it.
pub(super) fn in_words(source: &str, view: &View, register: &Register, lang: Lang) -> String {
    let tokens = tokens(source);
    if tokens.iter().any(|t| matches!(t, Token::Word(w) if is_macro(w))) {
        return fields(&tokens, view, register, lang);
    }
    let mut writer = Writer { view, register, lang, out: String::new(), field: None, holder: register };
    let mut at = 0;
    while at < tokens.len() {
        at += writer.token(&tokens[at..]);
    }
    writer.out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A piece of an expression.
#[derive(Debug, PartialEq)]
enum Token<'a> {
    /// A path, name or number.
    Word(&'a str),
    /// The text between quotes.
    Text(&'a str),
    Sign(&'a str),
}

fn is_macro(word: &str) -> bool {
    let last = word.rsplit('.').next().unwrap_or(word);
    matches!(last, "exists" | "all" | "filter" | "map" | "size" | "contains" | "startsWith" | "endsWith")
}

fn tokens(source: &str) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    let mut rest = source.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, len) = match first {
            '\'' | '"' => {
                let inner = rest[1..].find(first).unwrap_or(rest.len() - 1);
                (Token::Text(&rest[1..1 + inner]), (inner + 2).min(rest.len()))
            }
            c if c.is_alphanumeric() || c == '_' => {
                let len = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).unwrap_or(rest.len());
                (Token::Word(&rest[..len]), len)
            }
            _ => {
                let two = ["&&", "||", "==", "!=", "<=", ">="].iter().any(|s| rest.starts_with(s));
                let len = if two { 2 } else { first.len_utf8() };
                (Token::Sign(&rest[..len]), len)
            }
        };
        out.push(token);
        rest = rest[len..].trim_start();
    }
    out
}

/// The titles of the fields an expression speaks of.
fn fields(tokens: &[Token], view: &View, register: &Register, lang: Lang) -> String {
    let mut said: Vec<String> = Vec::new();
    for token in tokens {
        let Token::Word(word) = token else { continue };
        let Some(key) = word.strip_prefix("r.").and_then(|w| w.split('.').next()) else { continue };
        if register.field(key).is_some() {
            let title = path_title(key, view, register).get(lang).to_string();
            if !said.contains(&title) {
                said.push(title);
            }
        }
    }
    said.join(if lang == Lang::Ja { "、" } else { ", " })
}

struct Writer<'a> {
    view: &'a View,
    register: &'a Register,
    lang: Lang,
    out: String,
    /// The field named last: literals are its options.
    field: Option<&'a Field>,
    /// The register whose state was named last.
    holder: &'a Register,
}

impl<'a> Writer<'a> {
    fn say(&mut self, ja: &str, en: &str) {
        self.out.push_str(if self.lang == Lang::Ja { ja } else { en });
    }

    /// Writes the first token (or a call with its argument); returns how many it took.
    fn token(&mut self, tokens: &[Token]) -> usize {
        match tokens {
            [Token::Sign("!"), Token::Word("has"), Token::Sign("("), Token::Word(path), Token::Sign(")"), ..] => {
                self.call(path, "が未記入", " not filled in");
                5
            }
            [
                Token::Word(name @ ("has" | "written" | "live" | "resolved")),
                Token::Sign("("),
                Token::Word(path),
                Token::Sign(")"),
                ..,
            ] => {
                let (ja, en) = match *name {
                    "live" => ("が有効", " in force"),
                    "resolved" => ("が台帳にある", " in the register"),
                    _ => ("が記入済み", " filled in"),
                };
                self.call(path, ja, en);
                4
            }
            [Token::Word(word), ..] => {
                self.word(word);
                1
            }
            [Token::Text(text), ..] => {
                let title = self.option(text);
                self.out.push_str(&title);
                1
            }
            [Token::Sign(sign), ..] => {
                self.sign(sign);
                1
            }
            [] => 1,
        }
    }

    fn call(&mut self, path: &str, ja: &str, en: &str) {
        self.word(path);
        self.say(ja, en);
    }

    fn word(&mut self, word: &str) {
        match word {
            "true" => self.say("はい", "yes"),
            "false" => self.say("いいえ", "no"),
            "in" => self.say(" が次のいずれか ", " is one of "),
            _ => self.path(word),
        }
    }

    /// A path into the record; other words (numbers) as they are.
    fn path(&mut self, word: &str) {
        let Some(path) = word.strip_prefix("r.").or(word.strip_prefix("s.")) else {
            self.out.push_str(word);
            return;
        };
        self.holder = self.register;
        self.field = None;
        let mut titles: Vec<&str> = Vec::new();
        for key in path.split('.') {
            if key == "status" {
                titles.push(if self.lang == Lang::Ja { "状態" } else { "state" });
                continue;
            }
            let sub = || self.register.fields().iter().flat_map(|f| f.rows()).find(|f| f.key == key);
            let Some(field) = self.holder.field(key).or_else(sub) else { continue };
            titles.push(field.title.get(self.lang));
            self.field = Some(field);
            let target = field.targets().first().and_then(|t| self.view.catalog.register_by_key(t));
            self.holder = target.unwrap_or(self.holder);
        }
        let joined = titles.join(if self.lang == Lang::Ja { "の" } else { " › " });
        self.out.push_str(&joined);
    }

    fn option(&self, key: &str) -> String {
        let option = self.field.and_then(|f| f.options().iter().find(|o| o.key == key)).map(|o| &o.title);
        let title = option.or_else(|| self.holder.state(key).map(|s| &s.title));
        title.map_or_else(|| key.to_string(), |t| t.get(self.lang).to_string())
    }

    fn sign(&mut self, sign: &str) {
        match sign {
            "&&" => self.say(" かつ ", " and "),
            "||" => self.say(" または ", " or "),
            "==" => self.say(" = ", " = "),
            "!=" => self.say(" ≠ ", " ≠ "),
            "<=" => self.say(" ≤ ", " ≤ "),
            ">=" => self.say(" ≥ ", " ≥ "),
            "!" => self.say("次に当たらない: ", "not "),
            "," => self.say("、", ", "),
            "[" | "]" => {}
            "(" => self.out.push_str(" ("),
            ")" => self.out.push_str(") "),
            other => self.out.push_str(&format!(" {other} ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_cut_into_tokens() {
        let got = tokens("r.kind != 'own box' && !has(r.place)");
        let want = [
            Token::Word("r.kind"),
            Token::Sign("!="),
            Token::Text("own box"),
            Token::Sign("&&"),
            Token::Sign("!"),
            Token::Word("has"),
            Token::Sign("("),
            Token::Word("r.place"),
            Token::Sign(")"),
        ];
        assert_eq!(got, want);
        assert_eq!(tokens("'open"), [Token::Text("open")]);
        assert!(tokens("").is_empty());
    }
}
