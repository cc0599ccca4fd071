//! What the stories share: the moment they happen, a new hospital, and a record put as a form does.

use std::path::Path;

use akashi_app::command::Put;
use akashi_app::service::NewHospital;
use akashi_app::{App, Ctx};
use akashi_domain::{Lang, RecordId, Value};

/// 2026-11-22 10:00 in Tokyo.
pub(crate) const NOW: i64 = 1_795_309_200_000_000;
pub(crate) const NAME: &str = "架空病院";
pub(crate) const ORIGIN: &str = "kaku.example/akashi";

pub(crate) fn ctx() -> Ctx {
    Ctx::local(NOW, Lang::Ja)
}

/// Where the SQLite database of a data folder is.
pub(crate) fn address(folder: &Path) -> String {
    format!("sqlite://{}/akashi.db", folder.display())
}

/// A hospital that begins with Akashi at `now`.
pub(crate) async fn create(address: &str, folder: &Path, now: i64) -> App {
    let new = NewHospital { organisation: NAME.into(), origin: ORIGIN.into(), now };
    App::create(address, folder, &new, Ctx::local(now, Lang::Ja).today()).await.unwrap()
}

/// A new hospital on SQLite, and somebody at the machine.
pub(crate) async fn hospital(folder: &Path) -> (App, Ctx) {
    (create(&address(folder), folder, NOW).await, ctx())
}

/// The program started once more on the folder's database.
pub(crate) async fn open(folder: &Path) -> App {
    App::open(&address(folder), folder, ctx().today()).await.unwrap()
}

/// These fields of a new record, or of the known one whose revision was seen.
pub(crate) fn put_of(app: &App, register: &str, seen: Option<(RecordId, u32)>, fields: &[(&str, Value)]) -> Put {
    let register = app.catalog().register_ix(register).unwrap();
    let slot = |key: &str| app.catalog().register(register).field_ix(key).unwrap();
    let values = fields.iter().map(|(key, value)| (slot(key), value.clone())).collect();
    let (record, expected) = seen.map_or((None, 0), |(record, rev)| (Some(record), rev));
    Put { register, record, expected, values, valid_from: None, reason: None }
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.into())
}
