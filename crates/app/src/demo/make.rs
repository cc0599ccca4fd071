//! Makes commands of the demo's written records: ids, versions, files, the digests that decisions name, and their order.

use std::collections::{BTreeMap, HashMap};

use akashi_domain::catalog::Catalog;
use akashi_domain::notation::{self, Names, Written as Notation};
use akashi_domain::{Day, FileRef, PartialDate, RecordId, Value, Version};
use akashi_journal::entry::Command;
use sha2::{Digest, Sha256};

use super::expand::{Account, Set, Written};
use super::{Demo, DemoAccount, DemoCommand, DemoFault, DemoFile, Named};

/// What a sub-field holds that is to become the digest of a record: `of:doc-d01`.
const OF: &str = "of:";

struct Maker<'a> {
    catalog: &'a Catalog,
    names: Names,
    ids: HashMap<String, RecordId>,
    /// Logins to pseudonyms.
    actors: HashMap<&'a str, String>,
    files: BTreeMap<String, DemoFile>,
    now: i64,
}

/// A command whose digests are still names.
struct Draft {
    command: DemoCommand,
    /// Place, and the name of the record meant.
    of: Vec<(usize, usize, usize, String)>,
}

/// Makes everything; records are those of `set` in full.
pub(super) fn make(set: &Set, catalog: &Catalog, today: Day, now: i64) -> Result<Demo, DemoFault> {
    let ids: HashMap<String, RecordId> = set.records.iter().map(|w| (w.id.clone(), id(&w.id, today))).collect();
    let mut names = Names::default();
    ids.iter().for_each(|(name, id)| names.insert(name.clone(), *id));
    let actors = set.accounts.iter().map(|a| (a.login.as_str(), pseudonym(&a.login))).collect();
    let mut maker = Maker { catalog, names, ids, actors, files: BTreeMap::new(), now };
    let mut drafts = Vec::new();
    for written in &set.records {
        maker.record(written, &mut drafts)?;
    }
    // Versions of a record stay in the order of their revisions: the sort is stable, and their times never go back.
    drafts.sort_by_key(|d| d.command.at);
    let accounts = set.accounts.iter().map(|a| maker.account(a)).collect();
    let commands = named(drafts, &maker.ids)?;
    Ok(Demo { commands, files: maker.files.into_values().collect(), accounts, anchors: set.anchors.clone() })
}

/// An id that depends on the name alone, two years old.
fn id(name: &str, today: Day) -> RecordId {
    let hash = Sha256::digest(name.as_bytes());
    let mut random = [0; 10];
    random.copy_from_slice(&hash[..10]);
    RecordId::new((i64::from(today.0) - 730).max(0) as u64 * 86_400_000, random)
}

fn pseudonym(login: &str) -> String {
    hex::encode(&Sha256::digest(format!("demo {login}").as_bytes())[..8])
}

impl Maker<'_> {
    fn account(&self, account: &Account) -> DemoAccount {
        DemoAccount {
            login: account.login.clone(),
            name: account.name.clone(),
            pseudonym: self.actors[account.login.as_str()].clone(),
            roles: account.roles.clone(),
            person: account.person.as_ref().and_then(|p| self.ids.get(p)).copied(),
        }
    }

    fn record(&mut self, written: &Written, drafts: &mut Vec<Draft>) -> Result<(), DemoFault> {
        let mut before: Option<Version> = None;
        let mut last = i64::MIN;
        for (ix, version) in written.versions.iter().enumerate() {
            let fault = |what: String| DemoFault { file: written.file.clone(), record: written.id.clone(), what };
            let at = self.at(&version.at).ok_or_else(|| fault(format!("`{}` is not a moment", version.at)))?.max(last);
            last = at;
            let actor = self.actors.get(version.by.as_str()).cloned();
            let actor = actor.ok_or_else(|| fault(format!("no account `{}`", version.by)))?;
            let mut made = self.version(written, ix).map_err(fault)?;
            made.valid_from = Some(PartialDate::of(akashi_domain::cond::tokyo_day(at)));
            let of = self.settle(&mut made);
            let (command, moved) = self.kind(&made, before.as_ref());
            before = Some(made.clone());
            drafts.push(Draft { command: DemoCommand { actor, at, command, moved, version: made, names: vec![] }, of });
        }
        Ok(())
    }

    /// Nothing of a hospital's history lies in the future.
    fn at(&self, text: &str) -> Option<i64> {
        notation::instant(text).map(|us| if text.len() == 10 { us + 9 * 3_600_000_000 } else { us }.min(self.now))
    }

    fn version(&self, written: &Written, ix: usize) -> Result<Version, String> {
        let version = &written.versions[ix];
        let notation = Notation {
            register: written.register.clone(),
            id: Some(written.id.clone()),
            state: version.state.clone(),
            code: Some(String::new()),
            facility: None,
            valid_from: None,
            f: version.f.clone().into_iter().collect(),
            extra: BTreeMap::new(),
            source: None,
        };
        let id = self.ids[&written.id];
        let read = notation::read(&notation, self.catalog, &self.names, id, self.now).map_err(|e| e.what)?;
        Ok(Version { rev: ix as u32 + 1, author: "".into(), digest: "".into(), ..read })
    }

    /// Gives files their content, and takes out the names that stand for digests.
    fn settle(&mut self, version: &mut Version) -> Vec<(usize, usize, usize, String)> {
        let mut of = Vec::new();
        for (slot, value) in version.cells.iter_mut().enumerate() {
            self.file_of(value);
            let Value::Rows(rows) = value else { continue };
            for (row, inner) in rows.iter_mut().enumerate() {
                for (cell, value) in inner.cells.iter_mut().enumerate() {
                    self.file_of(value);
                    let name = match value {
                        Value::Text(t) => t.strip_prefix(OF).map(String::from),
                        _ => None,
                    };
                    if let Some(name) = name {
                        of.push((slot, row, cell, name));
                        *value = Value::Null;
                    }
                }
            }
        }
        of
    }

    fn file_of(&mut self, value: &mut Value) {
        let Value::Files(files) = value else { return };
        for FileRef { name, digest, size } in files {
            let bytes = format!("{name}\n\n架空の病院の見本です。実在の文書ではありません。\n").into_bytes();
            *digest = hex::encode(Sha256::digest(&bytes)).into();
            *size = bytes.len() as u64;
            let file = DemoFile { name: name.to_string(), digest: digest.to_string(), bytes };
            self.files.entry(file.digest.clone()).or_insert(file);
        }
    }

    /// A change of state is a move when the register has one that leads there.
    fn kind(&self, version: &Version, before: Option<&Version>) -> (Command, Option<String>) {
        let register = self.catalog.register(version.register);
        let moved = before.filter(|b| b.state != version.state).and_then(|b| {
            let leads =
                |m: &&akashi_domain::register::Move| m.to == *version.state && m.from.iter().any(|s| **s == *b.state);
            register.moves.iter().find(leads).map(|m| m.key.clone())
        });
        let command = match register.key.as_str() {
            "decision" => Command::Decide,
            "review" => Command::Review,
            _ if before.is_some_and(|b| b.state != version.state) => Command::Move,
            _ => Command::Put,
        };
        (command, moved)
    }
}

/// Turns names into records and revisions: the newest version written before the one that names it.
fn named(drafts: Vec<Draft>, ids: &HashMap<String, RecordId>) -> Result<Vec<DemoCommand>, DemoFault> {
    let mut revs: HashMap<RecordId, u32> = HashMap::new();
    let mut out = Vec::new();
    for mut draft in drafts {
        for (slot, row, cell, name) in draft.of {
            let fault = |what: &str| DemoFault { file: "demo".into(), record: name.clone(), what: what.into() };
            let record = *ids.get(&name).ok_or_else(|| fault("is named by a digest, but there is no such record"))?;
            let rev = *revs.get(&record).ok_or_else(|| fault("is named by a digest before it was written"))?;
            draft.command.names.push(Named { slot, row, cell, record, rev });
        }
        revs.insert(draft.command.version.id, draft.command.version.rev);
        out.push(draft.command);
    }
    Ok(out)
}
