//! The entry and the contents enclosed with it: does each open the commitment the entry makes to it?

use akashi_journal::commitment::Salt;
use akashi_journal::{Command, Digest, Entry, canon};

use super::Run;
use crate::bundle::{Bundle, Opening};
use crate::report::Outcome;
use crate::words::Words;

impl Run {
    /// Entry and contents.
    pub(super) fn contents(&mut self, bundle: &Bundle) {
        let entry = match Entry::from_leaf(&bundle.entry) {
            Ok(entry) => entry,
            Err(e) => return self.fail("entry", "entry.json", "証跡の項目を読めません", &e),
        };
        self.pass("entry", "entry.json", "証跡の項目は正しい形です", "the entry is in its one canonical form");
        match &bundle.opening {
            Some(opening) => self.opening(&entry, opening),
            None if entry.command == Command::Dispose => self.skip("body", "body.json", "内容は同梱されていません", "no content is enclosed"),
            None => self.skip(
                "body",
                "body.json",
                "内容は同梱されていません(廃棄済みなら復元できません)。この項目がログにあることだけを示します",
                "no content is enclosed (it cannot come back if it was disposed of): only that this entry is in the log",
            ),
        }
        self.entry = Some(entry);
    }

    fn opening(&mut self, entry: &Entry, opening: &Opening) {
        self.body(entry, opening);
        match (&entry.reason, &opening.reason) {
            (None, None) => {}
            (Some(commitment), Some((text, salt))) if opens(salt, commitment, text.as_bytes()) => {
                self.pass(
                    "reason",
                    "reason.txt",
                    "理由は項目の約束値と一致します",
                    "the reason is the one the entry commits to",
                );
            }
            _ => self.fail(
                "reason",
                "reason.txt",
                "理由が項目の約束値と一致しません",
                &"the reason is not the one the entry commits to",
            ),
        }
        self.files(entry, opening);
    }

    fn body(&mut self, entry: &Entry, opening: &Opening) {
        let (step, place) = ("body", "body.json");
        if !opens(&opening.body_salt, &entry.body, &opening.body) {
            let why = "the content is not the one the entry commits to";
            return self.fail(step, place, "内容が項目の約束値と一致しません。書き換えられています", &why);
        }
        let canonical = serde_json::from_slice(&opening.body).ok().and_then(|body| canon::to_vec(&body).ok());
        if canonical.as_ref() != Some(&opening.body) {
            return self.fail(step, place, "内容が正準形ではありません", &"the content is not canonical JSON");
        }
        self.pass(step, place, "内容は項目の約束値と一致します", "the content is the one the entry commits to");
    }

    fn files(&mut self, entry: &Entry, opening: &Opening) {
        if entry.blobs.len() != opening.files.len() {
            let why = format!("the entry names {} files, the bundle {}", entry.blobs.len(), opening.files.len());
            return self.fail("files", "opening.json", "添付の数が項目と一致しません", &why);
        }
        for (place, (commitment, file)) in entry.blobs.iter().zip(&opening.files).enumerate() {
            let name = format!("files/{place}");
            if !opens(&file.salt, commitment, &file.digest.0) {
                let why = "the file is not the one the entry commits to";
                self.fail("files", &name, "添付が項目の約束値と一致しません", &why);
                continue;
            }
            match &file.content {
                Some(content) if Digest::of(content) != file.digest => {
                    self.fail("files", &name, "添付の中身が変わっています", &"the content has another SHA-256");
                }
                Some(_) => self.pass(
                    "files",
                    &name,
                    "添付は項目の約束値と一致します",
                    "the file is the one the entry commits to",
                ),
                None => {
                    let ja = format!("添付は同梱されていません。SHA-256 は {} です", file.digest);
                    let en = format!("the file is not enclosed; its SHA-256 is {}", file.digest);
                    self.push("files", &name, Outcome::NotChecked, Words::new(ja, en));
                }
            }
        }
    }
}

/// Salts are written like digests.
fn opens(salt: &Digest, commitment: &Digest, bytes: &[u8]) -> bool {
    Salt(salt.0).opens(commitment, bytes)
}
