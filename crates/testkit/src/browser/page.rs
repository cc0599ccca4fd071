//! What a person does on a page: go, read, click, fill, choose, upload. Nothing about looks.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Browser;
use crate::Error;

/// The key under which WebDriver names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// How long the next page may take on a busy machine.
const NEXT_PAGE: Duration = Duration::from_secs(20);
/// Date and time fields take keys in the browser's own order of parts; setting the value is the same everywhere.
const SET_VALUE: &str = "const [field, value] = arguments; field.value = value; \
    for (const name of ['input', 'change']) field.dispatchEvent(new Event(name, { bubbles: true }));";

impl Browser {
    /// Opens an address and waits for it to load.
    ///
    /// # Errors
    /// When nothing answers there.
    pub async fn goto(&self, url: &str) -> Result<(), Error> {
        self.post("/url", json!({ "url": url })).await.map(drop)
    }

    /// Goes back one page.
    ///
    /// # Errors
    /// When the driver is gone.
    pub async fn back(&self) -> Result<(), Error> {
        self.post("/back", json!({})).await.map(drop)
    }

    /// The address shown now.
    ///
    /// # Errors
    /// When the driver is gone.
    pub async fn url(&self) -> Result<String, Error> {
        Ok(words(&self.get("/url").await?))
    }

    /// The page's title.
    ///
    /// # Errors
    /// When the driver is gone.
    pub async fn title(&self) -> Result<String, Error> {
        Ok(words(&self.get("/title").await?))
    }

    /// The page as HTML, as it stands now.
    ///
    /// # Errors
    /// When the driver is gone.
    pub async fn source(&self) -> Result<String, Error> {
        Ok(words(&self.get("/source").await?))
    }

    /// Clicks the first match and does not wait for what follows; see [`Browser::follow`].
    ///
    /// # Errors
    /// When nothing matches within 5 s, or something lies over it.
    pub async fn click(&self, css: &str) -> Result<(), Error> {
        let element = self.find(css).await?;
        self.post(&format!("/element/{element}/click"), json!({})).await.map(drop)
    }

    /// Clicks a link or button that opens another page and waits until that page has loaded.
    ///
    /// # Errors
    /// When nothing matches, or no other page has come within 20 s.
    pub async fn follow(&self, css: &str) -> Result<(), Error> {
        let before = self.find("html").await?;
        self.click(css).await?;
        let deadline = Instant::now() + NEXT_PAGE;
        while !self.has_left(&before).await {
            if Instant::now() > deadline {
                let message = format!("no other page came within {} s", NEXT_PAGE.as_secs());
                return Err(Error::Browser { command: format!("follow {css}"), message });
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Whether the document of that root element is gone and the next one is complete. Between the two a script fails.
    async fn has_left(&self, root: &str) -> bool {
        if self.get(&format!("/element/{root}/name")).await.is_ok() {
            return false;
        }
        self.script("return document.readyState", json!([])).await.is_ok_and(|state| state == "complete")
    }

    /// Clears the first match and types `text` into it.
    ///
    /// # Errors
    /// When nothing matches, or it takes no text.
    pub async fn fill(&self, css: &str, text: &str) -> Result<(), Error> {
        let element = self.find(css).await?;
        let kind = words(&self.get(&format!("/element/{element}/property/type")).await?);
        if matches!(kind.as_str(), "date" | "month" | "time" | "datetime-local" | "week") {
            return self.script(SET_VALUE, json!([{ ELEMENT: element }, text])).await.map(drop);
        }
        self.post(&format!("/element/{element}/clear"), json!({})).await?;
        self.post(&format!("/element/{element}/value"), json!({ "text": text })).await.map(drop)
    }

    /// Presses keys in the first match, for example `"\u{E007}"` for Enter or `"\u{E004}"` for Tab.
    ///
    /// # Errors
    /// When nothing matches.
    pub async fn press(&self, css: &str, keys: &str) -> Result<(), Error> {
        let element = self.find(css).await?;
        self.post(&format!("/element/{element}/value"), json!({ "text": keys })).await.map(drop)
    }

    /// Chooses the option with this `value` in the first matching `select`.
    ///
    /// # Errors
    /// When there is no such field or option.
    pub async fn choose(&self, css: &str, value: &str) -> Result<(), Error> {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        self.click(&format!("{css} option[value=\"{value}\"]")).await
    }

    /// Puts a file into the first matching file field.
    ///
    /// # Errors
    /// When there is no such field or file.
    pub async fn upload(&self, css: &str, file: &Path) -> Result<(), Error> {
        let full = file.canonicalize().map_err(Error::io("find", file))?;
        self.press(css, &full.to_string_lossy()).await
    }

    /// The visible text of the first match.
    ///
    /// # Errors
    /// When nothing matches within 5 s.
    pub async fn text(&self, css: &str) -> Result<String, Error> {
        let element = self.find(css).await?;
        Ok(words(&self.get(&format!("/element/{element}/text")).await?))
    }

    /// The visible texts of all matches at this moment; none is an answer, not an error.
    ///
    /// # Errors
    /// When the selector is wrong or the driver is gone.
    pub async fn texts(&self, css: &str) -> Result<Vec<String>, Error> {
        let script = "return [...document.querySelectorAll(arguments[0])].map(e => e.innerText)";
        let found = self.script(script, json!([css])).await?;
        Ok(found.as_array().map(|all| all.iter().map(words).collect()).unwrap_or_default())
    }

    /// An attribute of the first match, or `None` where it has none.
    ///
    /// # Errors
    /// When nothing matches within 5 s.
    pub async fn attribute(&self, css: &str, name: &str) -> Result<Option<String>, Error> {
        let element = self.find(css).await?;
        let value = self.get(&format!("/element/{element}/attribute/{name}")).await?;
        Ok(value.as_str().map(str::to_owned))
    }

    /// The present value of the first matching field.
    ///
    /// # Errors
    /// When nothing matches within 5 s.
    pub async fn value(&self, css: &str) -> Result<String, Error> {
        let element = self.find(css).await?;
        Ok(words(&self.get(&format!("/element/{element}/property/value")).await?))
    }

    /// Runs a script body in the page with `args` and gives what it returns. The page's own CSP does not bind it.
    ///
    /// # Errors
    /// When the script throws.
    pub async fn script(&self, body: &str, args: Value) -> Result<Value, Error> {
        self.post("/execute/sync", json!({ "script": body, "args": args })).await
    }

    /// Forgets all cookies of the page shown: logged out.
    ///
    /// # Errors
    /// When the driver is gone.
    pub async fn forget_cookies(&self) -> Result<(), Error> {
        self.call("DELETE", "/cookie", None).await.map(drop)
    }

    async fn find(&self, css: &str) -> Result<String, Error> {
        let found = self.post("/element", json!({ "using": "css selector", "value": css })).await?;
        Ok(found.get(ELEMENT).map(words).unwrap_or_default())
    }
}

fn words(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
