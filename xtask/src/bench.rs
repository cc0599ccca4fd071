//! `cargo xtask bench`: builds and runs what packages register as `[[bench]]`, optimized, one after the other.
//! Each bench prints its own numbers and ratios; nothing is judged here but the exit code.

use serde_json::Value;

use crate::fail::Fail;
use crate::workspace;

/// Runs all benches, or those whose name contains one of the words before `--`; words after it go to the bench.
pub(crate) fn command(args: &[String]) -> Result<bool, Fail> {
    let split = args.iter().position(|word| word == "--").unwrap_or(args.len());
    let (names, rest) = args.split_at(split);
    if let Some(option) = names.iter().find(|name| name.starts_with('-')) {
        return Err(Fail::usage(option, "no such option; words for the bench itself come after --"));
    }
    let root = workspace::root()?;
    let metadata = workspace::cargo(&root).args(["metadata", "--no-deps", "--format-version", "1"]).output();
    let metadata = metadata.map_err(Fail::io("start", "cargo metadata"))?;
    let chosen: Vec<Bench> = benches(&metadata.stdout)?
        .into_iter()
        .filter(|bench| names.is_empty() || names.iter().any(|name| bench.name.contains(name.as_str())))
        .collect();
    if chosen.is_empty() {
        println!("no bench {}", if names.is_empty() { "is registered yet" } else { "has such a name" });
        return Ok(names.is_empty());
    }
    let mut good = true;
    for Bench { package, name } in chosen {
        println!("\n==== {package}: {name} ====");
        let mut command = workspace::cargo(&root);
        command.args(["bench", "-q", "-p", &package, "--bench", &name]).args(rest);
        good &= command.status().map_err(Fail::io("start", "cargo bench"))?.success();
    }
    Ok(good)
}

#[derive(Debug, PartialEq, Eq)]
struct Bench {
    package: String,
    name: String,
}

/// The bench targets in what `cargo metadata` prints.
fn benches(metadata: &[u8]) -> Result<Vec<Bench>, Fail> {
    let metadata: Value = serde_json::from_slice(metadata).map_err(|error| Fail::Program {
        program: "cargo metadata",
        why: format!("no JSON ({error}); run it by hand to see its message"),
    })?;
    let list = |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let text = |value: &Value| value.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for package in list(&metadata, "packages") {
        let targets = list(&package, "targets");
        let of_kind = targets.iter().filter(|target| list(target, "kind").iter().any(|kind| kind == "bench"));
        found.extend(of_kind.map(|target| Bench { package: text(&package), name: text(target) }));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{Bench, benches};

    #[test]
    fn bench_targets_are_read_from_the_metadata() {
        let metadata =
            br#"{"packages":[{"name":"p","targets":[{"name":"p","kind":["lib"]},{"name":"b","kind":["bench"]}]}]}"#;
        assert_eq!(benches(metadata).unwrap(), [Bench { package: "p".into(), name: "b".into() }]);
        assert!(benches(b"error: no manifest").is_err());
    }
}
