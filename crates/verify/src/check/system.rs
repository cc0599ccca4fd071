//! Entries the program itself makes, which no register of the hospital has: what each is, and whether it fits the log
//! it stands in. The setup names the log; the first entry of an epoch names what was published before and is lost.

use akashi_journal::checkpoint::{KeyRing, epoch_origin};
use akashi_journal::note::Note;
use akashi_journal::{Digest, Entry};
use serde::Deserialize;

use super::Run;
use crate::bundle::Bundle;
use crate::report::Outcome;
use crate::words::Words;

const STEP: &str = "system";
const PLACE: &str = "body.json";

/// Body of `akashi.setup`.
#[derive(Deserialize)]
struct Setup {
    origin: String,
    organisation: String,
    catalogue: String,
    created: i64,
}

/// Body of `akashi.epoch`.
#[derive(Deserialize)]
struct Epoch {
    /// Entries that were restored: the index of this one.
    goes_on_at: u64,
    goes_on_as: String,
    lost: u64,
    /// The log before.
    origin: String,
    published: Published,
}

/// The checkpoint that says more than was restored.
#[derive(Deserialize)]
struct Published {
    size: u64,
    root: Digest,
    note: String,
    digest: Digest,
}

/// What an entry of the program itself is, by the register it names; none for registers of the hospital.
#[must_use]
pub fn system_title(register: &str) -> Option<Words> {
    let (ja, en) = match register.strip_prefix("akashi.")? {
        "setup" => ("病院の開設(ログの始まり)", "the setup of the hospital, with which its log begins"),
        "epoch" => ("復元後の新しいログの始まり", "the beginning of a new epoch of the log after a restore"),
        "account" => ("利用者アカウントの設定", "a setting of an account"),
        "anchor" => ("外部保証先の設定", "a setting of an anchor"),
        "log-key" => ("ログの署名鍵の交代", "a rotation of the log's keys"),
        _ => ("プログラムの記録", "a record of the program itself"),
    };
    Some(Words::new(ja, en))
}

impl Run {
    /// The step about such an entry, after inclusion; nothing for others, or without contents.
    pub(super) fn system(&mut self, bundle: &Bundle, ring: &KeyRing) {
        let (Some(entry), Some(opening), Some(origin)) = (&self.entry, &bundle.opening, &self.origin) else { return };
        let said = match entry.register.as_str() {
            "akashi.setup" => setup(&opening.body, origin),
            "akashi.epoch" => epoch(&opening.body, origin, entry, self.index, ring),
            _ => return,
        };
        match said {
            Ok((outcome, says)) => self.push(STEP, PLACE, outcome, says),
            Err(why) => self.fail(STEP, PLACE, "この項目はこのログに合いません", &why),
        }
    }
}

/// The hospital and its log, which has to be this one.
fn setup(body: &[u8], origin: &str) -> Result<(Outcome, Words), String> {
    let Setup { origin: named, organisation, catalogue, created } = read(body)?;
    if epoch_origin(&named, 1) != epoch_origin(origin, 1) {
        return Err(format!("it sets up log {named}, not {origin}"));
    }
    let at = Words::moment(created);
    let says = Words::new(
        format!("{} に「{organisation}」のログ {named} を開設した記録です(カタログ {catalogue})", at.ja),
        format!("log {named} of “{organisation}” was set up at {}, with catalogue {catalogue}", at.en),
    );
    Ok((Outcome::Passed, says))
}

/// Which epoch begins here, and what was published before; its signature counts if the keys at hand know that epoch.
fn epoch(
    body: &[u8],
    origin: &str,
    entry: &Entry,
    index: Option<u64>,
    ring: &KeyRing,
) -> Result<(Outcome, Words), String> {
    let Epoch { goes_on_at, goes_on_as, lost, origin: before, published } = read(body)?;
    let number = entry.epoch;
    let same_log = |name: &str| epoch_origin(name, 1) == epoch_origin(origin, 1);
    if !same_log(&before) || goes_on_as != epoch_origin(&before, number) || goes_on_as == before {
        return Err(format!("{goes_on_as} is not epoch {number} of log {before}"));
    }
    if index.is_some_and(|index| index != goes_on_at) || published.size.saturating_sub(goes_on_at) != lost {
        return Err(format!("it says it is entry {goes_on_at} and that {lost} of {} are lost", published.size));
    }
    let note = Note::parse(published.note.as_bytes()).map_err(|e| e.to_string())?;
    let digest = Digest::of(published.note.as_bytes());
    let stated = format!("{before}\n{}\n{}\n", published.size, published.root.to_base64());
    if digest != published.digest || note.text() != stated {
        return Err("the published checkpoint it encloses is another than the one it names".into());
    }
    let (size, root) = (published.size, published.root.to_hex());
    let opens = Words::new(
        format!(
            "復元の後、{goes_on_at} 件目から第{number}期のログ {goes_on_as} として続いています。前の期 {before} では {size} 件(ルート {root})までが公表され、うち {lost} 件が失われました"
        ),
        format!(
            "after a restore the log goes on from entry {goes_on_at} as epoch {number}, {goes_on_as}; of {before} {size} entries had been published (root {root}), of which {lost} are lost"
        ),
    );
    // What was published goes beyond what was restored, and so beyond the sizes for which its keys are still trusted.
    let keys: Vec<_> = ring.keys().map(|(key, ..)| key).filter(|key| key.name() == before).collect();
    let (outcome, more) = match note.open(&keys) {
        Ok(_) => {
            (Outcome::Passed, ["。公表されたものの署名も確かめました", "; the signature of what was published holds"])
        }
        Err(_) if keys.is_empty() => (
            Outcome::NotChecked,
            [
                "。前の期の鍵が渡されていないため、公表されたものの署名は確かめていません",
                "; its signature was not checked, for want of the keys of that epoch",
            ],
        ),
        Err(e) => return Err(e.to_string()),
    };
    Ok((outcome, Words::new(opens.ja + more[0], opens.en + more[1])))
}

fn read<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|e| e.to_string())
}
