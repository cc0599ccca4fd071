//! The chromedriver process and one session in it. Ends both when dropped, also when a test panics.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use super::wire;
use crate::{Error, Scratch, programs};

/// What Chromium is started with on a closed network, as root, in a container.
const FLAGS: [&str; 11] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
];

/// The programs of a browser session.
#[derive(Debug)]
pub(super) struct Programs {
    /// The browser.
    pub(super) chromium: PathBuf,
    chromedriver: PathBuf,
}

/// Finds Chromium and its driver.
///
/// # Errors
/// Names the one that is missing.
pub(super) fn find() -> Result<Programs, Error> {
    let chromium = programs::on_path(&["chromium", "chromium-browser", "google-chrome"])
        .ok_or(Error::Missing { program: "chromium", package: "chromium" })?;
    let chromedriver = programs::on_path(&["chromedriver"])
        .ok_or(Error::Missing { program: "chromedriver", package: "chromium-driver" })?;
    Ok(Programs { chromium, chromedriver })
}

/// A running driver with one open session.
#[derive(Debug)]
pub(super) struct Driver {
    child: Child,
    port: u16,
    session: String,
    // Held so that the profile goes away after the browser.
    _profile: Scratch,
}

impl Driver {
    /// Starts the driver and opens a session whose pages see `lang` as the preferred language.
    pub(super) fn start(found: &Programs, lang: &str) -> Result<Self, Error> {
        let mut child = Command::new(&found.chromedriver)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Error::io("start", &found.chromedriver))?;
        let port = read_port(&mut child)?;
        let profile = Scratch::new("browser");
        let mut driver = Self { child, port, session: String::new(), _profile: profile };
        driver.session = driver.open(found, lang)?;
        Ok(driver)
    }

    fn open(&self, found: &Programs, lang: &str) -> Result<String, Error> {
        let profile = format!("--user-data-dir={}", self._profile.path().join("profile").display());
        let lang_flags = [format!("--lang={lang}"), format!("--accept-lang={lang}"), profile];
        let args: Vec<&str> = FLAGS.into_iter().chain(lang_flags.iter().map(String::as_str)).collect();
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {
                "binary": found.chromium,
                "args": args,
                "prefs": { "intl.accept_languages": lang },
            },
            // Elements are waited for by the driver, so that no test sleeps.
            "timeouts": { "implicit": 5_000, "pageLoad": 60_000, "script": 60_000 },
        } } });
        let opened = wire::call(self.port, "POST", "/session", Some(&wanted))?;
        let session = opened.get("sessionId").and_then(Value::as_str).unwrap_or_default();
        Ok(session.to_owned())
    }

    /// Where commands of this session go: the driver's port and the path prefix.
    pub(super) fn address(&self) -> (u16, String) {
        (self.port, format!("/session/{}", self.session))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            // Closing the session is what ends Chromium's own processes.
            let _ = wire::call(self.port, "DELETE", &format!("/session/{}", self.session), None);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The driver chooses a free port and says it on one of its first lines.
fn read_port(child: &mut Child) -> Result<u16, Error> {
    let out = child.stdout.take().map(BufReader::new);
    let lines = out.into_iter().flat_map(|reader| reader.lines().map_while(Result::ok));
    let mut said = Vec::new();
    for line in lines {
        if let Some(port) = port_in(&line) {
            return Ok(port);
        }
        said.push(line);
    }
    let _ = child.wait();
    Err(Error::Browser { command: "chromedriver --port=0".to_owned(), message: said.join(" ") })
}

/// Reads "… started successfully on port 12345."
fn port_in(line: &str) -> Option<u16> {
    let (_, port) = line.split_once("successfully on port ")?;
    port.trim_end_matches(['.', '\r']).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::port_in;

    #[test]
    fn the_port_is_read_from_the_greeting() {
        assert_eq!(port_in("ChromeDriver was started successfully on port 41234."), Some(41234));
        assert_eq!(port_in("Starting ChromeDriver 156 on port 0"), None);
    }
}
