//! Takes a Rust file apart into code, comments and string literals, line by line, and marks what is test code.
//! A scanner, not a parser: it knows literals, comments and braces, nothing about meaning.

/// One line of a source file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Code without comments; literals are left as `""` and `' '`.
    pub(crate) code: String,
    /// The text of comments.
    pub(crate) comment: String,
    /// The string literals that begin on this line.
    pub(crate) strings: Vec<String>,
    /// Whether it belongs to an item under `#[cfg(test)]`.
    pub(crate) test: bool,
}

enum Mode {
    Code,
    LineComment,
    /// Depth of nesting.
    BlockComment(usize),
    /// Number of hashes of a raw string; `None` for one with escapes. And the line where it began.
    Text(Option<usize>, usize),
}

/// Takes a file apart. Never fails: an unfinished literal or comment runs to the end.
pub(crate) fn scan(source: &str) -> Vec<Line> {
    let mut scanner =
        Scanner { chars: source.chars().collect(), at: 0, lines: vec![Line::default()], mode: Mode::Code };
    while scanner.at < scanner.chars.len() {
        scanner.step();
    }
    mark_tests(&mut scanner.lines);
    scanner.lines
}

struct Scanner {
    chars: Vec<char>,
    at: usize,
    lines: Vec<Line>,
    mode: Mode,
}

impl Scanner {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn line(&mut self) -> &mut Line {
        if self.lines.is_empty() {
            self.lines.push(Line::default());
        }
        let last = self.lines.len() - 1;
        &mut self.lines[last]
    }

    fn step(&mut self) {
        let here = self.peek(0);
        if here == '\n' {
            self.lines.push(Line::default());
            if matches!(self.mode, Mode::LineComment) {
                self.mode = Mode::Code;
            }
        }
        match self.mode {
            Mode::Code => self.code(here),
            Mode::LineComment => self.comment(here),
            Mode::BlockComment(depth) => self.block_comment(here, depth),
            Mode::Text(hashes, began) => self.text(here, hashes, began),
        }
    }

    fn code(&mut self, here: char) {
        match here {
            '/' if self.peek(1) == '/' => self.enter(Mode::LineComment, 2),
            '/' if self.peek(1) == '*' => self.enter(Mode::BlockComment(1), 2),
            '"' => self.open_text(None, 1),
            '\'' => self.quote(),
            'r' if !self.after_name() => match self.raw_hashes() {
                Some(hashes) => self.open_text(Some(hashes), hashes + 2),
                None => self.keep(here),
            },
            '\n' => self.at += 1,
            _ => self.keep(here),
        }
    }

    fn keep(&mut self, here: char) {
        self.line().code.push(here);
        self.at += 1;
    }

    fn enter(&mut self, mode: Mode, skip: usize) {
        self.mode = mode;
        self.at += skip;
    }

    /// Whether an identifier runs right up to here; `b` and `c` are prefixes of literals.
    fn after_name(&self) -> bool {
        let before = |back: usize| self.at.checked_sub(back).and_then(|at| self.chars.get(at)).copied();
        let is_name = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        match before(1) {
            Some('b' | 'c') => is_name(before(2)),
            other => is_name(other),
        }
    }

    /// The hashes of a raw string that begins here at its `r`.
    fn raw_hashes(&self) -> Option<usize> {
        let hashes = (1..).take_while(|&ahead| self.peek(ahead) == '#').count();
        (self.peek(hashes + 1) == '"').then_some(hashes)
    }

    fn open_text(&mut self, hashes: Option<usize>, skip: usize) {
        let began = self.lines.len() - 1;
        let line = self.line();
        line.code.push_str("\"\"");
        line.strings.push(String::new());
        self.enter(Mode::Text(hashes, began), skip);
    }

    /// A character literal or a lifetime.
    fn quote(&mut self) {
        let length = match (self.peek(1), self.peek(2)) {
            ('\\', _) => (3..12).find(|&ahead| self.peek(ahead) == '\'').map(|ahead| ahead + 1),
            (_, '\'') => Some(3),
            _ => None,
        };
        match length {
            Some(length) => {
                self.line().code.push_str("' '");
                self.at += length;
            }
            None => self.keep('\''),
        }
    }

    fn comment(&mut self, here: char) {
        self.line().comment.push(here);
        self.at += 1;
    }

    fn block_comment(&mut self, here: char, depth: usize) {
        match (here, self.peek(1)) {
            ('*', '/') if depth == 1 => self.enter(Mode::Code, 2),
            ('*', '/') => self.enter(Mode::BlockComment(depth - 1), 2),
            ('/', '*') => self.enter(Mode::BlockComment(depth + 1), 2),
            ('\n', _) => self.at += 1,
            _ => self.comment(here),
        }
    }

    fn text(&mut self, here: char, hashes: Option<usize>, began: usize) {
        let closing = hashes.unwrap_or(0);
        if here == '"' && (1..=closing).all(|ahead| self.peek(ahead) == '#') {
            return self.enter(Mode::Code, closing + 1);
        }
        let mut taken = 1;
        let mut kept = here;
        if hashes.is_none() && here == '\\' {
            // An escape is one character of text; which one does not matter to any rule.
            taken = if self.peek(1) == '\n' { 1 } else { 2 };
            kept = ' ';
        }
        if let Some(text) = self.lines[began].strings.last_mut() {
            text.push(kept);
        }
        self.at += taken;
    }
}

/// Marks the items under `#[cfg(test)]`, from the attribute to their closing brace or semicolon.
fn mark_tests(lines: &mut [Line]) {
    let mut at = 0;
    while at < lines.len() {
        if !lines[at].code.replace(' ', "").contains("#[cfg(test)]") {
            at += 1;
            continue;
        }
        let end = end_of_item(lines, at);
        lines[at..=end].iter_mut().for_each(|line| line.test = true);
        at = end + 1;
    }
}

fn end_of_item(lines: &[Line], from: usize) -> usize {
    let mut depth = 0_usize;
    for (number, line) in lines.iter().enumerate().skip(from) {
        for c in line.code.chars() {
            match c {
                '{' => depth += 1,
                '}' => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return number;
                    }
                }
                ';' if depth == 0 => return number,
                _ => {}
            }
        }
    }
    lines.len() - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_comments_and_strings_are_told_apart() {
        // source, code, comment, strings
        let table: &[(&str, &str, &str, &[&str])] = &[
            ("let x = 1; // why", "let x = 1; ", " why", &[]),
            ("f(\"a // b\")", "f(\"\")", "", &["a // b"]),
            ("f(\"a\\\"b\") // c", "f(\"\") ", " c", &["a b"]),
            ("r#\"x\"y\"# + r\"z\"", "\"\" + \"\"", "", &["x\"y", "z"]),
            ("br\"q\" + b\"w\"", "b\"\" + b\"\"", "", &["q", "w"]),
            ("let r#type = var\"\";", "let r#type = var\"\";", "", &[""]),
            ("a /* b /* c */ d */ e", "a  e", " b  c  d ", &[]),
            ("'\"' + '\\'' + '\\u{1F600}'", "' ' + ' ' + ' '", "", &[]),
            ("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}", "", &[]),
        ];
        for (source, code, comment, strings) in table {
            let line = scan(source).remove(0);
            assert_eq!((line.code.as_str(), line.comment.as_str()), (*code, *comment), "{source}");
            assert_eq!(line.strings, *strings, "{source}");
        }
    }

    #[test]
    fn a_string_over_lines_belongs_to_its_first() {
        let lines = scan("a(\"x\n y\");\nb");
        assert_eq!(lines[0].strings, ["x\n y"]);
        assert_eq!((lines[1].code.as_str(), lines[2].code.as_str()), (");", "b"));
    }

    #[test]
    fn test_items_are_marked_to_their_end() {
        let source =
            "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() { '}' }\n}\nfn c() {}\n#[cfg(test)]\nmod t;\nfn d() {}";
        let marks: Vec<bool> = scan(source).iter().map(|line| line.test).collect();
        assert_eq!(marks, [false, true, true, true, true, false, true, true, false]);
    }
}
