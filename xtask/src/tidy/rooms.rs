//! The rules about the crates' manifests: which room may name which, and who may open which door.

use std::collections::BTreeSet;
use std::path::Path;

use super::Fault;

/// Which rooms a room may name. The design (§5) draws these arrows; they go down only.
const ARROWS: [(&str, &[&str]); 12] = [
    ("akashi", &["web", "app", "report", "store", "domain", "journal", "verify"]),
    ("web", &["app", "domain"]),
    ("app", &["store", "access", "sign", "journal", "domain", "verify"]),
    ("store", &["domain", "journal"]),
    ("report", &["domain"]),
    ("access", &["journal"]),
    ("domain", &[]),
    ("journal", &[]),
    ("verify", &["journal", "sign"]),
    ("sign", &[]),
    ("testkit", &[]),
    ("xtask", &["testkit"]),
];

/// Outside crates that only one room may name (the beginning of their names).
const DOORS: [(&str, &str); 8] = [
    ("sqlx", "store"),
    ("axum", "web"),
    ("askama", "web"),
    ("tower-http", "web"),
    ("ureq", "web"),
    ("rustls", "web"),
    ("cel", "domain"),
    ("typst", "report"),
];

/// All faults of one crate's manifest; `file` is `crates/ROOM/Cargo.toml` or `xtask/Cargo.toml`.
pub(crate) fn check(file: &Path, text: &str) -> Vec<Fault> {
    let at = |name: &str, what: String, instead: &str| Fault {
        file: file.to_path_buf(),
        line: line_of(text, name),
        what,
        instead: instead.to_owned(),
    };
    let manifest: toml::Table = match text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![at("", format!("no TOML: {}", error.message()), "mend the manifest")],
    };
    let room = file.parent().and_then(Path::file_name).and_then(|name| name.to_str()).unwrap_or_default();
    let Some(direct) = allowed(room) else {
        return vec![at(
            "name",
            format!("{room} is a new room"),
            "give it its arrows in xtask/src/tidy/rooms.rs and the design",
        )];
    };
    let mut faults = Vec::new();
    if !inherits(manifest.get("lints")) {
        faults.push(at("[lints]", "does not take the workspace's lints".to_owned(), "add [lints] workspace = true"));
    }
    for (section, name, value) in dependencies(&manifest) {
        if !inherits(Some(value)) {
            faults.push(at(
                name,
                format!("{name} has a version of its own"),
                "declare it in the root manifest with its reason, and name it here with .workspace = true",
            ));
        }
        if let Some(what) = wrong_arrow(room, section, name, direct) {
            faults.push(at(name, what, "arrows go down only (design §5): move the code, or pass plain values"));
        }
        if let Some((_, door)) = DOORS.iter().find(|(outside, door)| opens(name, outside) && *door != room) {
            faults.push(at(name, format!("{room} names {name}"), &format!("only {door} may: ask it for a function")));
        }
    }
    faults
}

fn allowed(room: &str) -> Option<&'static [&'static str]> {
    ARROWS.iter().find(|(from, _)| *from == room).map(|(_, to)| *to)
}

/// Why this room may not name that dependency, or nothing.
fn wrong_arrow(room: &str, section: &str, name: &str, direct: &[&str]) -> Option<String> {
    let target = if name == "akashi" { "akashi" } else { name.strip_prefix("akashi-")? };
    let tests = section == "dev-dependencies";
    if target == "testkit" && (tests || direct.contains(&"testkit")) {
        return None;
    }
    // Tests may build what lies below in full; the room itself only names its neighbours.
    let fine = if tests { below(room).contains(target) } else { direct.contains(&target) };
    (!fine).then(|| format!("{room} → {target} is no arrow of the design ({section})"))
}

/// Every room that can be reached from this one.
fn below(room: &str) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = allowed(room).unwrap_or_default().to_vec();
    while let Some(next) = open.pop() {
        if let Some((name, to)) = ARROWS.iter().find(|(from, _)| *from == next)
            && found.insert(*name)
        {
            open.extend(*to);
        }
    }
    found
}

/// `sqlx` opens the door of `sqlx` and `sqlx-core`; `cel` does not open that of `celery`.
fn opens(name: &str, outside: &str) -> bool {
    name.strip_prefix(outside).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn inherits(value: Option<&toml::Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(toml::Value::as_bool) == Some(true)
}

/// Section, name and value of each dependency, those for one platform included.
fn dependencies(manifest: &toml::Table) -> Vec<(&'static str, &str, &toml::Value)> {
    let platforms = manifest.get("target").and_then(toml::Value::as_table);
    let tables = platforms.into_iter().flat_map(|all| all.values().filter_map(toml::Value::as_table)).chain([manifest]);
    let mut found = Vec::new();
    for table in tables {
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let named = table.get(section).and_then(toml::Value::as_table);
            found.extend(named.into_iter().flatten().map(|(name, value)| (section, name.as_str(), value)));
        }
    }
    found
}

/// The first line that begins with this name, from 1.
fn line_of(text: &str, name: &str) -> usize {
    let names = |line: &str| line.trim_start().strip_prefix(name).is_some_and(|rest| !rest.starts_with(['-', '_']));
    text.lines().position(names).map_or(1, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(room: &str, dependencies: &str) -> Vec<String> {
        let text = format!("[package]\nname = \"x\"\n[lints]\nworkspace = true\n{dependencies}");
        let file = format!("crates/{room}/Cargo.toml");
        check(Path::new(&file), &text).into_iter().map(|fault| format!("{}: {}", fault.line, fault.what)).collect()
    }

    #[test]
    fn arrows_go_down_only() {
        let table = [
            ("web", "[dependencies]\nakashi-app.workspace = true", None),
            ("web", "[dependencies]\nakashi-store.workspace = true", Some("6: web → store")),
            ("web", "[dev-dependencies]\nakashi-store.workspace = true", None),
            ("store", "[dev-dependencies]\nakashi-app.workspace = true", Some("6: store → app")),
            (
                "domain",
                "[dependencies]\nserde.workspace = true\nakashi-journal.workspace = true",
                Some("7: domain → journal"),
            ),
            ("app", "[dependencies]\nakashi-report.workspace = true", Some("app → report")),
            ("app", "[dependencies]\nakashi.workspace = true", Some("app → akashi")),
            ("app", "[dependencies]\nakashi-testkit.workspace = true", Some("app → testkit")),
            ("app", "[dev-dependencies]\nakashi-testkit.workspace = true", None),
            ("app", "[target.'cfg(unix)'.dependencies]\nakashi-web.workspace = true", Some("app → web")),
            ("app", "[dependencies]\nsqlx.workspace = true", Some("app names sqlx")),
            ("store", "[dependencies]\nsqlx.workspace = true", None),
            ("app", "[dev-dependencies]\ncel.workspace = true", Some("app names cel")),
            ("app", "[dependencies]\ncelery.workspace = true", None),
            ("app", "[dependencies]\nserde = \"1\"", Some("version of its own")),
            ("app", "[dependencies]\nserde = { workspace = true }", None),
            ("magic", "", Some("new room")),
            ("app", "[dependencies\n", Some("no TOML")),
        ];
        for (room, dependencies, expect) in table {
            let found = faults(room, dependencies);
            match expect {
                None => assert!(found.is_empty(), "{room} {dependencies}: {found:?}"),
                Some(words) => {
                    assert!(found.len() == 1 && found[0].contains(words), "{room} {dependencies}: {found:?}")
                }
            }
        }
    }

    #[test]
    fn lints_are_inherited() {
        let found = check(Path::new("crates/app/Cargo.toml"), "[package]\nname = \"x\"\n");
        assert!(found.len() == 1 && found[0].what.contains("lints"), "{found:?}");
    }

    #[test]
    fn the_drawing_itself_has_no_circle() {
        for (room, _) in ARROWS {
            assert!(!below(room).contains(room), "{room} reaches itself");
        }
    }
}
