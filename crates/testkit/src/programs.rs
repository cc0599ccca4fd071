//! Finding and running the outside programs that tests start.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;

/// The first file called one of `names` on `PATH`.
pub(crate) fn on_path(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let dirs: Vec<PathBuf> = std::env::split_paths(&path).collect();
    names.iter().flat_map(|name| dirs.iter().map(move |dir| dir.join(name))).find(|file| file.is_file())
}

/// Runs a command to its end and gives its output, or what it said when it failed.
pub(crate) fn run(command: &mut Command) -> Result<String, Error> {
    let program = Path::new(command.get_program()).display().to_string();
    let out = command.stdin(std::process::Stdio::null()).output().map_err(Error::io("start", &program))?;
    let text = [out.stdout, out.stderr].concat();
    let text = String::from_utf8_lossy(&text).trim().to_owned();
    if out.status.success() {
        return Ok(text);
    }
    let tail = text.chars().count().saturating_sub(2000);
    Err(Error::Program { program, status: out.status.to_string(), output: text.chars().skip(tail).collect() })
}

#[cfg(test)]
mod tests {
    use super::{on_path, run};
    use std::process::Command;

    #[test]
    fn finds_and_runs() {
        assert!(on_path(&["no-such-program-anywhere", "sh"]).is_some_and(|p| p.ends_with("sh")));
        assert_eq!(run(Command::new("sh").args(["-c", "echo hi"])).unwrap(), "hi");
        let failed = run(Command::new("sh").args(["-c", "echo broken >&2; exit 3"])).unwrap_err().to_string();
        assert!(failed.contains("broken") && failed.contains('3'), "{failed}");
    }
}
