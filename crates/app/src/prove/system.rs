//! Proofs by the place in the log, also of what the program itself recorded there: how the hospital was set up, a new
//! epoch after a restore, keys of the log. No register of the hospital has these.

use akashi_domain::{Label, RecordId};
use akashi_journal::Entry;
use akashi_verify::system_title;
use serde_json::Value as Json;

use super::html::{HEAD, both, escape, row};
use super::page::Subject;
use super::{Proof, none};
use crate::anchor::{authorize, may_read};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::service::App;

/// Registers whose contents speak of the log alone. Those of accounts and anchors stay closed: the proof is then of the
/// entry only.
const OPEN: [&str; 3] = ["akashi.setup", "akashi.epoch", "akashi.log-key"];

impl App {
    /// Makes the bundle that proves the entry at that place of the log, counted from 0: the version of a record, or
    /// what the program itself recorded.
    ///
    /// # Errors
    /// Forbidden, as [`App::prove`], and for entries of the program unless the actor may see the anchors; no such entry;
    /// whatever the store meets.
    pub async fn prove_entry(&self, ctx: &Ctx, index: u64) -> Result<Proof> {
        self.sequence(ctx.now).await?;
        let leaf = self.store().entries(index, index.saturating_add(1)).await?.pop().ok_or_else(none)?;
        let entry = Entry::from_leaf(&leaf).map_err(|_| none())?;
        let record = RecordId::parse(&entry.record).ok_or_else(none)?;
        let Some(title) = system_title(&entry.register) else {
            return self.prove(ctx, record, Some(entry.rev)).await;
        };
        authorize(may_read(&ctx.actor))?;
        let opening = self.store().opening(record, Some(entry.rev)).await?.ok_or_else(none)?;
        let contents = opening.contents.as_ref().filter(|_| OPEN.contains(&entry.register.as_str()));
        let body = contents.and_then(|contents| serde_json::from_slice::<Json>(&contents.body).ok());
        let register = Label::new(title.ja, title.en);
        let subject = Subject {
            code: entry.register.clone(),
            named: register.ja.clone(),
            register,
            record: entry.record,
            rev: entry.rev,
            recorded_at: entry.at,
            author: entry.actor,
            state: String::new(),
            valid_from: None,
            content: content(body.as_ref()),
        };
        let enclosed = match contents {
            Some(contents) => Some(self.enclose(contents).await?),
            None => None,
        };
        let name = format!("{}-{index}.zip", subject.code.replace('.', "-"));
        self.close(ctx, index, enclosed, &subject, name).await
    }
}

/// The body as it stands in `body.json`, a row for each value; no translation could be more exact.
fn content(body: Option<&Json>) -> String {
    let Some(Json::Object(fields)) = body else {
        let words = Label::new("内容は同梱していません。", "No content is enclosed.");
        return format!("{HEAD}<p class=\"gone\">{}</p>", both(&words));
    };
    let mut rows = Vec::new();
    for (name, value) in fields {
        match value {
            Json::Object(inner) => rows.extend(inner.iter().map(|(of, value)| (format!("{name}.{of}"), value))),
            value => rows.push((name.clone(), value)),
        }
    }
    let shown = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let rows: String = rows.iter().map(|(name, value)| row(name, "", &escape(&shown(value)))).collect();
    format!("{HEAD}<table class=\"content\">{rows}</table>")
}
