//! Accounts against the log: each row is what the newest version of its record says, and none is without a record.
//! Who may do what rests on these rows; nobody gives himself a role in the database unnoticed.

use serde_json::Value as Json;

use super::Run;
use super::fault::{FaultKind, Place};
use crate::error::Result;
use crate::people::{Account, AccountRow, SELECT_ACCOUNT};
use crate::seal::Sealer;
use crate::sql::Sql;

/// The register of the records that say what accounts there are.
pub(super) const REGISTER: &str = "akashi.account";
/// Accounts read at once.
const PACKET: u32 = 256;

/// Revision, body, key.
type Newest = (i64, Option<Vec<u8>>, Option<Vec<u8>>);

impl Run {
    /// Compares all accounts.
    pub(super) async fn check_accounts(&mut self) -> Result<()> {
        let mut journaled = std::mem::take(&mut self.seen.accounts);
        let mut after = String::new();
        loop {
            let sql = Sql::new("read the accounts", SELECT_ACCOUNT).text(" where id > $1 order by id limit $2");
            let rows = match self.tx.on().all::<AccountRow>(sql.bind(after.as_str()).bind(PACKET)).await {
                Err(e) if e.is_damage() => {
                    let kind = FaultKind::Unreadable { what: e.to_string() };
                    self.fault(Place::Row { table: "person_account", key: format!("after {after}") }, kind);
                    return Ok(());
                }
                rows => rows?,
            };
            let Some(last) = rows.last() else { break };
            after = last.id().to_owned();
            for row in rows {
                journaled.remove(row.id());
                self.check_account(row).await?;
            }
        }
        for id in journaled {
            self.fault(Place::Account(id), FaultKind::Missing);
        }
        Ok(())
    }

    async fn check_account(&mut self, row: AccountRow) -> Result<()> {
        let id = row.id().to_owned();
        let text = "select v.rev, v.body, (select k.key from record_key k where k.record = v.record) as key
                    from record_version v where v.record = $1 and v.register = $2 order by v.rev desc limit 1";
        let sql = Sql::new("read what the log says of an account", text).bind(id.as_str()).bind(REGISTER);
        let newest = self.tx.on().one::<Newest>(sql).await?;
        let kind = match (newest, row.read()) {
            (None, _) => Some(FaultKind::Stray),
            (_, Err(e)) => Some(FaultKind::Unreadable { what: e.to_string() }),
            (Some(newest), Ok(account)) => compare(&id, newest, &account),
        };
        kind.into_iter().for_each(|kind| self.fault(Place::Account(id.clone()), kind));
        Ok(())
    }
}

fn compare(id: &str, (rev, body, key): Newest, account: &Account) -> Option<FaultKind> {
    let body = Sealer::of(key.as_deref(), id)?.open(rev as u32, "body", body.as_deref()?)?;
    // What cannot be opened or read is told of at the version itself.
    let body: Json = serde_json::from_slice(&body).ok()?;
    let stands = [
        ("pseudonym", Json::from(account.pseudonym.as_str())),
        ("roles", Json::from(account.roles.clone())),
        ("disabled", Json::from(account.disabled)),
    ];
    let other = |(column, value): &(&'static str, Json)| body.get(column).is_some_and(|said| said != value);
    if let Some((column, _)) = stands.into_iter().find(other) {
        return Some(FaultKind::Differs { column });
    }
    // Entries written before accounts were sealed as a whole do not say it.
    let row = body.get("row").and_then(Json::as_str)?;
    (row != account.seal()).then_some(FaultKind::Differs { column: "row" })
}
