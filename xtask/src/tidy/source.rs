//! The rules about Rust files: one door per danger, pure rooms, no leftovers, a head on every file.
//! Rules are rows of a table; a new one is a new row.

use std::path::Path;

use super::Fault;
use super::scan::{Line, scan};

/// Where a rule holds.
enum Where {
    /// In every file.
    Everywhere,
    /// In every file but those below these paths.
    Outside(&'static [&'static str]),
    /// In product code (not tests, not benches) below these paths.
    Pure,
}

/// A piece of code that must not stand where the rule holds.
struct Rule {
    holds: Where,
    /// Paths or words of code, matched as whole words.
    code: &'static [&'static str],
    what: &'static str,
    instead: &'static str,
}

/// The rooms without I/O, clock and chance.
const PURE: [&str; 3] = ["crates/domain/src/", "crates/journal/src/", "crates/sign/src/"];
/// The room of the databases.
const STORE: &str = "crates/store/";

const RULES: [Rule; 10] = [
    Rule {
        holds: Where::Pure,
        code: &[
            "SystemTime::now",
            "Timestamp::now",
            "Zoned::now",
            "Instant::now",
            "UNIX_EPOCH.elapsed",
            "Uuid::now_v7",
            "OffsetDateTime::now_utc",
        ],
        what: "reads the clock in a pure room",
        instead: "take the time as an argument; the caller's Ctx has it",
    },
    Rule {
        holds: Where::Pure,
        code: &["std::fs", "std::net", "std::env", "std::process", "std::thread", "tokio", "getrandom", "Uuid::new_v4"],
        what: "does I/O, spawns or draws chance in a pure room",
        instead: "take the bytes or the number as an argument; app or the binary gets them",
    },
    Rule {
        holds: Where::Outside(&[STORE]),
        code: &["sqlx"],
        what: "names sqlx outside crates/store",
        instead: "give store a function for it and call that",
    },
    Rule {
        holds: Where::Outside(&["crates/web/"]),
        code: &["axum"],
        what: "names axum outside crates/web",
        instead: "web is the only room that knows HTTP: move the code or pass plain values",
    },
    Rule {
        // The reference test compares with the crate's own interpreter.
        holds: Where::Outside(&[
            "crates/domain/src/expr",
            "crates/domain/tests/all/expr",
            "crates/domain/benches/expr",
        ]),
        code: &["cel"],
        what: "names the cel crate outside domain::expr",
        instead: "use the compiled expression that domain::expr gives",
    },
    Rule {
        holds: Where::Outside(&["crates/report/"]),
        code: &["typst"],
        what: "names Typst outside crates/report",
        instead: "ask the renderer trait of domain; the binary wires report in",
    },
    Rule {
        holds: Where::Everywhere,
        code: &["unsafe"],
        what: "unsafe code",
        instead: "find the safe way; no crate of ours has any",
    },
    Rule {
        holds: Where::Everywhere,
        code: &["todo!", "unimplemented!"],
        what: "unfinished code",
        instead: "write it, or do not offer it yet",
    },
    Rule {
        holds: Where::Everywhere,
        code: &["#[ignore"],
        what: "an ignored test",
        instead: "make it pass, make it skip with a printed reason (akashi_testkit::skip), or remove it",
    },
    Rule {
        holds: Where::Everywhere,
        code: &["dbg!"],
        what: "a debugging print",
        instead: "remove it, or log through tracing",
    },
];

/// Words in comments that mark something as not done.
const LEFTOVERS: [&str; 3] = ["TODO", "FIXME", "XXX"];

/// All faults of one file; `file` is relative to the repository.
pub(crate) fn check(file: &Path, source: &str) -> Vec<Fault> {
    let place = file.to_string_lossy().replace('\\', "/");
    let lines = scan(source);
    let mut faults = Vec::new();
    if !source.starts_with("//!") {
        faults.push(fault(file, 0, "no //! head", "say in 1–5 lines what lives here and what does not"));
    }
    for (number, line) in lines.iter().enumerate() {
        let test = line.test || is_test_file(&place);
        for rule in RULES.iter().filter(|rule| rule.holds(&place, test)) {
            if let Some(code) = rule.code.iter().find(|code| has_word(&line.code, code)) {
                faults.push(fault(file, number, &format!("{} ({code})", rule.what), rule.instead));
            }
        }
        faults.extend(leftover(line).map(|word| {
            fault(file, number, &format!("{word} in a comment"), "do it now, or file an issue and say nothing here")
        }));
        let sql = line.strings.iter().find(|text| !test && !place.starts_with(STORE) && is_sql(text));
        faults.extend(
            sql.map(|_| fault(file, number, "SQL outside crates/store", "give store a function for it and call that")),
        );
    }
    faults
}

fn fault(file: &Path, number: usize, what: &str, instead: &str) -> Fault {
    Fault { file: file.to_path_buf(), line: number + 1, what: what.to_owned(), instead: instead.to_owned() }
}

impl Rule {
    fn holds(&self, place: &str, test: bool) -> bool {
        match self.holds {
            Where::Everywhere => true,
            Where::Outside(rooms) => !rooms.iter().any(|room| place.starts_with(room)),
            Where::Pure => !test && PURE.iter().any(|room| place.starts_with(room)),
        }
    }
}

/// Whole files of tests, benches, examples and fuzz targets.
fn is_test_file(place: &str) -> bool {
    let dirs = ["tests", "benches", "examples", "fuzz"];
    place.split('/').any(|part| dirs.contains(&part) || part == "tests.rs") || place.starts_with("crates/testkit/")
}

fn leftover(line: &Line) -> Option<&'static str> {
    LEFTOVERS.into_iter().find(|word| has_word(&line.comment, word))
}

/// Whether `word` stands in `code` as a whole path or word: `cel::Program` has `cel`, `my::cel` and `cell` do not.
fn has_word(code: &str, word: &str) -> bool {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = &code[..at];
        let after = code[at + word.len()..].chars().next();
        let inside_path = before.strip_suffix("::").is_some_and(|path| path.ends_with(part_of_name));
        let single = !word.contains("::");
        // `self.cel` and `x.cel()` are names of ours; `std::time::Instant::now` is still the clock.
        let ours = single && (inside_path || before.ends_with('.')) && word != "unsafe";
        let name_goes_on = after.is_some_and(part_of_name) && !word.starts_with('#');
        !before.ends_with(part_of_name)
            && !name_goes_on
            && !ours
            && !is_local_name(before, &code[at + word.len()..], word)
    })
}

/// A binding, field or module of ours that happens to have a crate's name: `cel:` alone is a field, `mod cel`, `fn cel`.
fn is_local_name(before: &str, after: &str, word: &str) -> bool {
    if !matches!(word, "cel" | "tokio" | "typst") {
        return false;
    }
    let declared = ["mod ", "fn ", "let ", "mut "].iter().any(|keyword| before.ends_with(keyword));
    let used_as_crate =
        after.starts_with("::") || before.trim_end().ends_with("use") || before.trim_end().ends_with("crate");
    declared || !used_as_crate
}

/// Whether a string literal is a statement. Only all-lower or all-upper keywords count: "Select …" is English.
fn is_sql(text: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is = |at: usize, keyword: &str| {
        words.get(at).is_some_and(|word| *word == keyword || *word == keyword.to_uppercase())
    };
    let later = |keyword: &str| (1..words.len()).any(|at| is(at, keyword));
    let one_of = |at: usize, keywords: &[&str]| keywords.iter().any(|keyword| is(at, keyword));
    (is(0, "select") && later("from"))
        || (is(0, "insert") && is(1, "into"))
        || (is(0, "delete") && is(1, "from"))
        || (is(0, "update") && is(2, "set"))
        || (is(0, "with") && later("select"))
        || (one_of(0, &["create", "alter", "drop"])
            && one_of(1, &["table", "index", "unique", "view", "trigger", "database"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first fault's words in a file with a head, or nothing.
    fn first(place: &str, code: &str) -> Option<String> {
        let source = format!("//! Head.\n{code}\n");
        check(Path::new(place), &source).into_iter().next().map(|fault| {
            assert_eq!(fault.line, 2, "{code}");
            fault.what
        })
    }

    #[test]
    fn every_rule_finds_its_fault() {
        let table = [
            ("crates/domain/src/a.rs", "let t = Timestamp::now();", "clock"),
            ("crates/domain/src/a.rs", "let t = jiff::Zoned::now();", "clock"),
            ("crates/journal/src/a.rs", "let t = std::time::SystemTime::now();", "clock"),
            ("crates/journal/src/a.rs", "let t = Instant::now();", "clock"),
            ("crates/journal/src/a.rs", "Uuid::now_v7()", "clock"),
            ("crates/domain/src/a.rs", "use std::fs;", "I/O"),
            ("crates/domain/src/a.rs", "tokio::spawn(x)", "I/O"),
            ("crates/app/src/a.rs", "use sqlx::Row;", "sqlx"),
            ("crates/app/src/a.rs", "let q = \"select * from version\";", "SQL"),
            ("crates/web/src/a.rs", "let q = \"INSERT INTO t VALUES (1)\";", "SQL"),
            ("crates/web/src/a.rs", "let q = r#\"update t set x = 1\"#;", "SQL"),
            ("crates/akashi/src/a.rs", "let q = \"create table t (x text)\";", "SQL"),
            ("crates/app/src/a.rs", "let p = cel::Program::compile(x);", "cel"),
            ("crates/domain/src/check.rs", "use cel::Program;", "cel"),
            ("crates/app/src/a.rs", "use axum::Router;", "axum"),
            ("crates/web/src/a.rs", "use typst::World;", "Typst"),
            ("crates/app/src/a.rs", "unsafe { x() }", "unsafe"),
            ("crates/app/src/a.rs", "todo!()", "unfinished"),
            ("crates/app/src/a.rs", "// TODO later", "TODO"),
            ("crates/app/src/a.rs", "/* FIXME: */", "FIXME"),
            ("crates/app/tests/a.rs", "#[ignore = \"slow\"]", "ignored"),
            ("crates/app/src/a.rs", "dbg!(x);", "debugging"),
        ];
        for (place, code, expect) in table {
            let found = first(place, code);
            assert!(found.as_deref().is_some_and(|what| what.contains(expect)), "{place}: {code}: {found:?}");
        }
    }

    #[test]
    fn what_is_allowed_passes() {
        let table = [
            ("crates/app/src/a.rs", "let t = Timestamp::now();"),
            ("crates/domain/src/a.rs", "#[cfg(test)] mod t { fn f() { Instant::now(); } }"),
            ("crates/domain/benches/a.rs", "let t = Instant::now();"),
            ("crates/domain/src/a.rs", "use std::fmt; // std::fs is not for us"),
            ("crates/store/src/a.rs", "let q = \"select * from version\"; use sqlx::Row;"),
            ("crates/app/tests/a.rs", "let q = \"select * from version\";"),
            ("crates/app/src/a.rs", "let hint = \"Select a file from the list\";"),
            ("crates/app/src/a.rs", "let hint = \"update the ledger\"; let x = \"create a copy\";"),
            ("crates/domain/src/expr/lower.rs", "use cel::Program;"),
            ("crates/domain/tests/all/expr/reference.rs", "use cel::Program;"),
            ("crates/domain/src/expr.rs", "cel::Program::compile(x)"),
            ("crates/app/src/a.rs", "let cel = cell(excel::read(x)); y.cel(); crate::expr::cel::go()"),
            ("crates/web/src/a.rs", "use axum::Router;"),
            ("crates/app/src/a.rs", "let unsafe_code = \"unsafe todo!() axum\";"),
            ("crates/app/src/a.rs", "// a mastodon, not a word for later"),
        ];
        for (place, code) in table {
            assert_eq!(first(place, code), None, "{place}: {code}");
        }
    }

    #[test]
    fn every_file_needs_a_head() {
        assert_eq!(check(Path::new("crates/app/src/a.rs"), "fn main() {}").len(), 1);
        assert_eq!(check(Path::new("crates/app/src/a.rs"), "//! What lives here.\nfn main() {}"), []);
    }
}
