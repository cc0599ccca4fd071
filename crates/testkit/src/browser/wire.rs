//! The HTTP a WebDriver needs: one JSON request to loopback, one JSON answer. Blocking; callers move it off the runtime.

use std::io::{BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::Error;

/// No WebDriver command of a test takes longer than this; a driver that does is stuck.
const PATIENCE: Duration = Duration::from_secs(90);

/// Sends one command and gives the `value` of the answer.
///
/// # Errors
/// When the driver is gone, talks no HTTP, or answers with a WebDriver error.
pub(super) fn call(port: u16, method: &str, path: &str, body: Option<&Value>) -> Result<Value, Error> {
    let command = format!("{method} {path}");
    let answer = exchange(port, &command, body).map_err(Error::io("ask the browser driver", &command))?;
    let mut answer: Value = serde_json::from_slice(&answer)
        .map_err(|e| Error::Browser { command: command.clone(), message: format!("no JSON came back: {e}") })?;
    let value = answer.get_mut("value").map(Value::take).unwrap_or_default();
    match value.get("error").and_then(Value::as_str) {
        None => Ok(value),
        Some(kind) => {
            let said = value.get("message").and_then(Value::as_str).unwrap_or_default();
            let said = said.lines().take(3).collect::<Vec<_>>().join(" ");
            Err(Error::Browser { command, message: format!("{kind}: {said}") })
        }
    }
}

fn exchange(port: u16, command: &str, body: Option<&Value>) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let head = format!(
        "{command} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json; charset=utf-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    read_answer(BufReader::new(stream))
}

/// Reads past the head and gives the body, by its length when one is given, else to the end.
fn read_answer(mut reader: impl std::io::BufRead) -> std::io::Result<Vec<u8>> {
    let mut length = None;
    loop {
        let mut line = String::new();
        let end = reader.read_line(&mut line)? == 0;
        if end || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<usize>().ok();
        }
    }
    let mut body = Vec::new();
    match length {
        None => reader.read_to_end(&mut body)?,
        Some(length) => {
            body.resize(length, 0);
            reader.read_exact(&mut body)?;
            length
        }
    };
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::read_answer;

    #[test]
    fn answers_are_read_by_length_or_to_the_end() {
        let table = [
            ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}trailing", "{}"),
            ("HTTP/1.1 200 OK\r\nX: y\r\n\r\n{\"value\":1}", "{\"value\":1}"),
        ];
        for (input, expect) in table {
            assert_eq!(read_answer(input.as_bytes()).unwrap(), expect.as_bytes());
        }
        assert!(read_answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}".as_bytes()).is_err());
    }
}
