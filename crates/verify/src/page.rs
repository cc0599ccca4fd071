//! The check for the page in a browser, as a program without files: what was given as one line of JSON and the bundle
//! come in at standard input, the report as JSON goes out. The page runs it as a WASI module; see `page/`.

use std::io::{Read as _, Write as _};

use akashi_verify::{Bundle, Given, MAX_BYTES, Report, Texts, Words, verify};
use serde::{Deserialize, Serialize};

/// The first line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    keys: String,
    witnesses: String,
    policy: String,
    /// PEM.
    #[serde(default)]
    tsa_roots: String,
}

/// What comes back: a report, or why what was given cannot be used.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case", untagged)]
enum Answer {
    Report { report: Box<Report>, content: Option<Content> },
    Refused { refused: Words },
}

/// What the proof covers, as text; only when nothing failed.
#[derive(Serialize)]
struct Content {
    /// Canonical JSON.
    body: String,
    reason: Option<String>,
}

fn main() -> std::io::Result<()> {
    let mut input = Vec::new();
    std::io::stdin().take(MAX_BYTES as u64 + (64 << 20)).read_to_end(&mut input)?;
    let text = serde_json::to_vec(&answer(&input))?;
    std::io::stdout().write_all(&text)
}

fn answer(input: &[u8]) -> Answer {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (line, bundle) = (&input[..end], input.get(end + 1..).unwrap_or_default());
    let asked: Asked = match serde_json::from_slice(line) {
        Ok(asked) => asked,
        Err(e) => {
            let refused = Words::new(format!("ページからの指定の誤り({e})"), format!("the page asked wrongly: {e}"));
            return Answer::Refused { refused };
        }
    };
    let texts =
        Texts { keys: &asked.keys, witnesses: &asked.witnesses, policy: &asked.policy, tsa_roots: &asked.tsa_roots };
    match Given::read(&texts) {
        Ok(given) => {
            let report = Box::new(verify(bundle, &given));
            let content = if report.ok { content(bundle) } else { None };
            Answer::Report { report, content }
        }
        Err(e) => Answer::Refused { refused: e.words() },
    }
}

fn content(bundle: &[u8]) -> Option<Content> {
    let opening = Bundle::parse(bundle).ok()?.opening?;
    Some(Content { body: String::from_utf8(opening.body).ok()?, reason: opening.reason.map(|(text, _)| text) })
}
