//! A real headless Chromium, driven through chromedriver over plain loopback HTTP (no TLS crate is needed for that).
//! Here: starting, and the one way to send a command. What a page can do is in `page`, how it looks in `looks`.

mod driver;
mod looks;
mod page;
mod wire;

use std::sync::Arc;

use serde_json::Value;

use crate::Error;
use crate::need::{BROWSER, skip};
use driver::Driver;

/// One browser with one page, closed when dropped. Elements are named by CSS selectors and waited for up to 5 s.
#[derive(Debug, Clone)]
pub struct Browser {
    driver: Arc<Driver>,
}

impl Browser {
    /// Starts a browser whose pages see `lang` (`ja`, `en`) as the preferred language.
    ///
    /// # Errors
    /// When Chromium or its driver is missing or does not start.
    pub async fn start(lang: &str) -> Result<Self, Error> {
        let lang = lang.to_owned();
        let driver = off_runtime(move || Driver::start(&driver::find()?, &lang)).await?;
        Ok(Self { driver: Arc::new(driver) })
    }

    /// A browser for `story`, or `None` after saying that the story is skipped because there is none here.
    ///
    /// # Panics
    /// When there is a browser and it does not start, or `AKASHI_REQUIRE` lists `browser` and there is none.
    pub async fn for_story(story: &str, lang: &str) -> Option<Self> {
        match Self::start(lang).await {
            Ok(browser) => Some(browser),
            Err(missing @ Error::Missing { .. }) => {
                skip(BROWSER, story, &missing.to_string());
                None
            }
            Err(broken) => panic!("{story}: {broken}"),
        }
    }

    /// Sends one WebDriver command of this session; `path` begins with a slash.
    async fn call(&self, method: &'static str, path: &str, body: Option<Value>) -> Result<Value, Error> {
        let (port, session) = self.driver.address();
        let path = format!("{session}{path}");
        off_runtime(move || wire::call(port, method, &path, body.as_ref())).await
    }

    async fn post(&self, path: &str, body: Value) -> Result<Value, Error> {
        self.call("POST", path, Some(body)).await
    }

    async fn get(&self, path: &str) -> Result<Value, Error> {
        self.call("GET", path, None).await
    }

    /// Sends a DevTools command, for what WebDriver has no word for (viewports, media, switching scripts off).
    async fn devtools(&self, command: &str, params: Value) -> Result<Value, Error> {
        self.post("/goog/cdp/execute", serde_json::json!({ "cmd": command, "params": params })).await
    }
}

/// Where Chromium is, when its driver is there too.
///
/// # Errors
/// Names the program that is missing and its package.
pub fn found() -> Result<std::path::PathBuf, Error> {
    driver::find().map(|programs| programs.chromium)
}

/// Runs blocking work beside the runtime, so that a server under test in the same process goes on answering.
async fn off_runtime<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(lost) => Err(Error::Browser { command: "a driver call".to_owned(), message: lost.to_string() }),
    }
}
