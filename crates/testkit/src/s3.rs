//! An S3 server for tests (`moto` from PyPI): versions, object lock, multipart. It forgets everything when it ends,
//! and ends when dropped or when this process ends.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use crate::{Error, python};

/// Waits for the pipe of this process to close, then stops the server.
const SERVER: &str = r#"
import os, sys, threading
from moto.server import main
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
main(["-H", "127.0.0.1", "-p", "0"])
"#;

/// A running server.
#[derive(Debug)]
pub struct Server {
    endpoint: String,
    child: Child,
}

impl Server {
    /// A server for `story`, or `None` after saying that the story is skipped.
    ///
    /// # Panics
    /// When Python is there and the server does not start.
    #[must_use]
    pub fn for_story(story: &str) -> Option<Self> {
        let python = python::for_story(story)?;
        Some(Self::start(&python).unwrap_or_else(|error| panic!("{story}: {error}")))
    }

    fn start(python: &std::path::Path) -> Result<Self, Error> {
        let mut command = Command::new(python);
        command.args(["-u", "-c", SERVER]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.process_group(0).spawn().map_err(Error::io("start", python))?;
        let mut said = child.stderr.take().map(BufReader::new).into_iter().flat_map(BufRead::lines);
        let mut before = String::new();
        while let Some(Ok(line)) = said.next() {
            if let Some(at) = line.find("http://") {
                let endpoint = line[at..].chars().take_while(|c| !c.is_whitespace()).collect();
                // It logs every request; a full pipe would stop it.
                std::thread::spawn(move || said.for_each(drop));
                return Ok(Self { endpoint, child });
            }
            before.push_str(&line);
        }
        Err(Error::Program { program: "moto.server".into(), status: "ended".into(), output: before })
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // Nobody can act on a server that cannot be waited for.
        let _ = self.child.wait();
    }
}
