//! Every text a page asks for exists, and every text that exists is asked for.

use std::collections::BTreeSet;
use std::path::Path;

use akashi_domain::Lang;
use akashi_web::keys;

/// Asked for by keys made at run time: what stands before the part that varies.
const MADE: [&str; 20] = [
    "actor-",
    "anchors-state-",
    "answer-",
    "deed-",
    "done-",
    "filter-progress-",
    "group-",
    "import-trust-",
    "kind-",
    "management-",
    "month-",
    "problem-",
    "progress-",
    "severity-",
    "simplify-",
    "task-",
    "weekday-",
    "filter-blank",
    "import-done-title",
    "import-preview-title",
];

fn read(folder: &Path, out: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs" || e == "html") {
            out.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn texts_and_pages_fit() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut source = String::new();
    read(&root.join("src"), &mut source);
    read(&root.join("templates"), &mut source);
    let known: BTreeSet<&str> = keys(Lang::Ja).into_iter().collect();
    let mut asked = BTreeSet::new();
    for call in [".t(\"", ".n(\"", ".say(\"", ".with(\"", ".count(\""] {
        asked.extend(source.split(call).skip(1).filter_map(|rest| rest.split('"').next()));
    }
    let missing: Vec<&&str> = asked.iter().filter(|key| !known.contains(*key)).collect();
    assert!(missing.is_empty(), "asked for, but nowhere: {missing:?}");
    let quoted = |key: &str| source.contains(&format!("\"{key}\""));
    let idle: Vec<&&str> = known.iter().filter(|k| !quoted(k) && !MADE.iter().any(|m| k.starts_with(m))).collect();
    assert!(idle.is_empty(), "there, but never asked for: {idle:?}");
}
