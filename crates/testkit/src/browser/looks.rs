//! How a page looks and whether everybody can use it: viewports, screenshots, print, no scripts, axe.

use std::path::Path;

use base64::Engine as _;
use serde_json::{Value, json};

use super::Browser;
use crate::Error;

/// axe-core 4.14.1 (MPL-2.0, unchanged; licence beside it), from the npm package of that name.
const AXE: &str = include_str!("../../assets/axe.min.js");
/// Runs every rule of axe; "incomplete" results need a person and are no violations.
const RUN_AXE: &str = "const done = arguments[arguments.length - 1]; \
    axe.run(document, { resultTypes: ['violations'] }) \
       .then(r => done({ violations: r.violations, passes: r.passes.length }), e => done({ error: String(e) }));";
/// Below this width a page is laid out as on a telephone.
const TELEPHONE: u32 = 600;

impl Browser {
    /// Sets the page area in CSS pixels. Narrow ones (390) are laid out as on a telephone.
    ///
    /// # Errors
    /// When the driver is gone.
    pub async fn viewport(&self, width: u32, height: u32) -> Result<(), Error> {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < TELEPHONE });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await.map(drop)
    }

    /// Writes the visible part of the page, `width` × `height`, to a PNG file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn screenshot(&self, width: u32, height: u32, file: &Path) -> Result<(), Error> {
        self.viewport(width, height).await?;
        let shot = self.devtools("Page.captureScreenshot", json!({ "format": "png" })).await?;
        save(file, shot.get("data"))
    }

    /// Writes the whole page, however long, at this width to a PNG file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn full_screenshot(&self, width: u32, file: &Path) -> Result<(), Error> {
        self.viewport(width, 900).await?;
        let all = json!({ "format": "png", "captureBeyondViewport": true, "clip": self.whole_page(width).await? });
        let shot = self.devtools("Page.captureScreenshot", all).await?;
        save(file, shot.get("data"))
    }

    async fn whole_page(&self, width: u32) -> Result<Value, Error> {
        let height = self.script("return document.documentElement.scrollHeight", json!([])).await?;
        Ok(json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 }))
    }

    /// Pixels by which the page is wider than its viewport; more than 0 means a sideways scroll bar.
    ///
    /// # Errors
    /// When the driver is gone.
    pub async fn overflow(&self) -> Result<i64, Error> {
        let script = "const e = document.documentElement; return e.scrollWidth - e.clientWidth";
        Ok(self.script(script, json!([])).await?.as_i64().unwrap_or_default())
    }

    /// Prints the page to an A4 PDF file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub async fn print(&self, file: &Path) -> Result<(), Error> {
        let a4 = json!({ "page": { "width": 21.0, "height": 29.7 }, "background": true });
        save(file, Some(&self.post("/print", a4).await?))
    }

    /// Shows pages as for `media` (`screen`, `print`) and in a colour scheme (`light`, `dark`).
    ///
    /// # Errors
    /// When the driver is gone.
    pub async fn media(&self, media: &str, scheme: &str) -> Result<(), Error> {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "media": media, "features": features })).await.map(drop)
    }

    /// Switches the scripts of pages opened from now on off or on. [`Browser::script`] works all the same.
    ///
    /// # Errors
    /// When the driver is gone.
    pub async fn javascript(&self, on: bool) -> Result<(), Error> {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({ "value": !on })).await.map(drop)
    }

    /// Runs axe over the page; every violation is one text: rule, impact, what, and the elements. Empty is good.
    ///
    /// # Errors
    /// When axe does not run, for example on an empty page.
    pub async fn axe(&self) -> Result<Vec<String>, Error> {
        self.script(AXE, json!([])).await?;
        let result = self.post("/execute/async", json!({ "script": RUN_AXE, "args": [] })).await?;
        let broken = |message: &str| Error::Browser { command: "axe.run".to_owned(), message: message.to_owned() };
        if let Some(error) = result.get("error").and_then(Value::as_str) {
            return Err(broken(error));
        }
        // A run that checked nothing must not read as "no violation".
        if result.get("passes").and_then(Value::as_u64).unwrap_or_default() == 0 {
            return Err(broken("no rule applied to this page"));
        }
        let violations = result.get("violations").and_then(Value::as_array);
        Ok(violations.map(|all| all.iter().map(violation).collect()).unwrap_or_default())
    }
}

/// One violation in one text.
fn violation(found: &Value) -> String {
    let text = |key: &str| found.get(key).and_then(Value::as_str).unwrap_or("?");
    let nodes = found.get("nodes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let places: Vec<String> = nodes.iter().map(place).collect();
    format!("{} ({}): {} – {}", text("id"), text("impact"), text("help"), places.join("; "))
}

/// The element, and the first line of what axe says to do about it.
fn place(node: &Value) -> String {
    let target = node.get("target").map(Value::to_string).unwrap_or_default();
    let advice = node.get("failureSummary").and_then(Value::as_str).unwrap_or_default();
    format!("{target} {}", advice.lines().nth(1).unwrap_or_default().trim())
}

fn save(file: &Path, data: Option<&Value>) -> Result<(), Error> {
    let data = data.and_then(Value::as_str).unwrap_or_default();
    let bytes = base64::engine::general_purpose::STANDARD.decode(data).map_err(|e| Error::Browser {
        command: "save a picture".to_owned(),
        message: format!("what came back is not base64: {e}"),
    })?;
    std::fs::write(file, bytes).map_err(Error::io("write", file))
}
