//! Text to tokens.

use super::ExprFault;

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Num(f64),
    Text(Box<str>),
    Name(Box<str>),
    Sign(&'static str),
    End,
}

/// Signs of the language, longer ones first.
const SIGNS: [&str; 24] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "+", "-", "*", "/", "%", "?", ":", ".", ",", "(", ")", "[", "]",
    "{", "}",
];

/// A token and where it begins, in bytes.
pub(super) type Placed = (Token, usize);

/// Splits a text into tokens; the last one is [`Token::End`].
pub(super) fn lex(source: &str) -> Result<Vec<Placed>, ExprFault> {
    let mut lexer = Lexer { source, at: 0 };
    let mut out = Vec::new();
    loop {
        lexer.skip_space();
        let start = lexer.at;
        let token = lexer.token()?;
        let ended = token == Token::End;
        out.push((token, start));
        if ended {
            return Ok(out);
        }
    }
}

/// Says where in the text something is wrong.
pub(super) fn fault(source: &str, at: usize, what: &str, hint: &str) -> ExprFault {
    let before = source.get(..at).unwrap_or(source);
    ExprFault::new(format!("not CEL: {what} at character {}", before.chars().count() + 1), hint)
}

struct Lexer<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Lexer<'s> {
    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or("")
    }

    /// Takes the leading characters that fit.
    fn take(&mut self, fits: impl Fn(char) -> bool) -> &'s str {
        let rest = self.rest();
        let len = rest.find(|c| !fits(c)).unwrap_or(rest.len());
        self.at += len;
        rest.get(..len).unwrap_or("")
    }

    /// Passes over white space and comments.
    fn skip_space(&mut self) {
        loop {
            self.take(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}'));
            if !self.rest().starts_with("//") {
                return;
            }
            self.take(|c| c != '\n');
        }
    }

    fn token(&mut self) -> Result<Token, ExprFault> {
        let Some(first) = self.rest().chars().next() else { return Ok(Token::End) };
        if self.rest().starts_with("r'") || self.rest().starts_with("r\"") {
            self.at += 1;
            return self.text(true);
        }
        match first {
            '\'' | '"' => self.text(false),
            '0'..='9' => self.number(),
            'a'..='z' | 'A'..='Z' | '_' => Ok(Token::Name(self.take(|c| c.is_ascii_alphanumeric() || c == '_').into())),
            _ => self.sign(first),
        }
    }

    fn sign(&mut self, first: char) -> Result<Token, ExprFault> {
        if let Some(sign) = SIGNS.into_iter().find(|s| self.rest().starts_with(s)) {
            self.at += sign.len();
            return Ok(Token::Sign(sign));
        }
        let hint = match first {
            '=' => "compare with `==`",
            '&' => "write `&&`",
            '|' => "write `||`",
            _ => "texts stand in quotes; names are ASCII",
        };
        Err(fault(self.source, self.at, &format!("`{first}`"), hint))
    }

    fn number(&mut self) -> Result<Token, ExprFault> {
        let start = self.at;
        self.take(|c| c.is_ascii_digit());
        let fraction = self.rest().strip_prefix('.').is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()));
        if fraction {
            self.at += 1;
            self.take(|c| c.is_ascii_digit());
        }
        let text = self.source.get(start..self.at).unwrap_or("");
        let whole = fraction || text.parse::<i64>().is_ok();
        match text.parse::<f64>() {
            Ok(n) if whole && n.is_finite() => Ok(Token::Num(n)),
            _ => Err(fault(self.source, start, "a number too large", "write a smaller one")),
        }
    }

    /// Reads a quoted text; in a raw one a backslash is a backslash.
    fn text(&mut self, raw: bool) -> Result<Token, ExprFault> {
        let start = self.at;
        let mut chars = self.rest().char_indices();
        let quote = chars.next().map_or('\'', |(_, c)| c);
        let mut out = String::new();
        while let Some((offset, c)) = chars.next() {
            match c {
                _ if c == quote => {
                    self.at = start + offset + c.len_utf8();
                    return Ok(Token::Text(out.into()));
                }
                '\n' | '\r' => break,
                '\\' if !raw => {
                    let escaped = chars.next().and_then(|(_, c)| escape(c, &mut chars));
                    let what = "an escape nobody knows";
                    out.push(
                        escaped
                            .ok_or_else(|| fault(self.source, start + offset, what, r"escapes: \\ \' \n \t \u3042"))?,
                    );
                }
                _ => out.push(c),
            }
        }
        Err(fault(self.source, start, "a text without its closing quote", "close it on the same line"))
    }
}

/// Returns the character that stands behind a backslash.
fn escape(c: char, rest: &mut std::str::CharIndices) -> Option<char> {
    Some(match c {
        '\\' | '\'' | '"' | '`' | '?' => c,
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'u' => {
            let hex: String = rest.take(4).map(|(_, c)| c).filter(char::is_ascii_hexdigit).collect();
            let code = (hex.len() == 4).then(|| u32::from_str_radix(&hex, 16).ok()).flatten()?;
            char::from_u32(code)?
        }
        _ => return None,
    })
}
