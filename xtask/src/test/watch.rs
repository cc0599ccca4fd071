//! Runs a program, echoes both its streams line by line and hands each line to a reader.
//! It ends when the program ends, even if something the program left behind still holds its output open.

use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use crate::fail::Fail;

/// How long the last lines may take to come after the program itself has ended.
const LAST_LINES: Duration = Duration::from_secs(2);

/// Runs `command` to its end; `true` when it exits with 0.
pub(crate) fn run(command: &mut Command, read: &mut dyn FnMut(&str)) -> Result<bool, Fail> {
    let program = command.get_program().to_owned();
    let name = Path::new(&program).file_name().unwrap_or(&program);
    let words = std::iter::once(name).chain(command.get_args());
    let shown = words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ");
    println!("$ {shown}");
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = spawned.map_err(Fail::io("start", &program))?;
    let (sender, lines) = channel();
    if let Some(stream) = child.stdout.take() {
        forward(stream, sender.clone());
    }
    if let Some(stream) = child.stderr.take() {
        forward(stream, sender);
    }
    loop {
        match lines.recv_timeout(LAST_LINES) {
            Ok(line) => {
                println!("{line}");
                read(&line);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                if child.try_wait().map_err(Fail::io("wait for", &program))?.is_some() {
                    break;
                }
            }
        }
    }
    let status = child.wait().map_err(Fail::io("wait for", &program))?;
    if !status.success() {
        println!("{shown}: {status}");
    }
    Ok(status.success())
}

/// Sends the lines of a stream from a thread of its own. Bytes that are no UTF-8 are shown as such.
fn forward(stream: impl Read + Send + 'static, to: Sender<String>) {
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
            if to.send(text).is_err() {
                return;
            }
            line.clear();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::run;
    use std::process::Command;

    #[test]
    fn both_streams_are_read_and_the_exit_code_tells() {
        let mut lines = Vec::new();
        let mut script = Command::new("sh");
        script.args(["-c", "echo out; echo err >&2; exit 3"]);
        assert!(!run(&mut script, &mut |line| lines.push(line.to_owned())).unwrap());
        lines.sort();
        assert_eq!(lines, ["err", "out"]);
    }

    #[test]
    fn something_left_behind_does_not_hold_it_up() {
        let began = std::time::Instant::now();
        let mut script = Command::new("sh");
        script.args(["-c", "sleep 30 & echo done"]);
        assert!(run(&mut script, &mut |_| {}).unwrap());
        assert!(began.elapsed().as_secs() < 20);
    }
}
