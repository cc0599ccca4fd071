//! Accounts. They are written inside a transaction of commands, so that the change is journaled with them.

use akashi_domain::{Lang, RecordId};
use akashi_journal::Digest;
use serde_json::json;

use crate::error::{Result, StoreError};
use crate::rows::Insert;
use crate::sql::{Arg, Sql};
use crate::store::Store;
use crate::write::{Beside, Tx};

/// Somebody who may log in.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    pub id: RecordId,
    /// What is typed at log-in; unique.
    pub login: String,
    pub name: String,
    /// What the log names; unique, never changes, tells nothing.
    pub pseudonym: String,
    /// PHC string; empty: cannot log in with a password.
    pub password_hash: String,
    /// Role keys.
    pub roles: Vec<String>,
    pub lang: Lang,
    /// Facility key; empty: all.
    pub facility: String,
    /// The row of the personnel register.
    pub personnel: Option<RecordId>,
    pub disabled: bool,
    /// The password has to be changed at the next log-in.
    pub must_change: bool,
    /// Microseconds UTC.
    pub created: i64,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Account({}, roles {:?}, disabled {})", self.pseudonym, self.roles, self.disabled)
    }
}

impl Account {
    /// Digest of the whole account, hexadecimal: the record in the log carries it, so that `verify` finds any change
    /// made in the table alone.
    #[must_use]
    pub fn seal(&self) -> String {
        let row = json!([
            "akashi/account/v1",
            self.id.to_string(),
            self.login,
            self.name,
            self.pseudonym,
            self.password_hash,
            self.roles,
            self.lang.tag(),
            self.facility,
            self.personnel.map(|id| id.to_string()),
            self.disabled,
            self.must_change,
            self.created,
        ]);
        Digest::of(row.to_string().as_bytes()).to_hex()
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: String,
    login: String,
    name: String,
    pseudonym: String,
    password_hash: String,
    roles: String,
    lang: String,
    facility: String,
    personnel: Option<String>,
    disabled: bool,
    must_change: bool,
    created: i64,
}

/// The columns of [`Row`].
pub(crate) const SELECT: &str =
    "select id, login, name, pseudonym, password_hash, roles, lang, facility, personnel, disabled,
    must_change, created from person_account";

impl Account {
    /// The row that adds the account or changes it.
    fn row(&self) -> Insert {
        let into = "person_account (id, login, name, pseudonym, password_hash, roles, lang, facility,
                    personnel, disabled, must_change, created)";
        let mut row = Insert::new("keep an account", into, 12).then(
            " on conflict (id) do update set login = excluded.login, name = excluded.name,
             password_hash = excluded.password_hash, roles = excluded.roles, lang = excluded.lang,
             facility = excluded.facility, personnel = excluded.personnel, disabled = excluded.disabled,
             must_change = excluded.must_change",
        );
        row.push([
            Arg::from(self.id.to_string()),
            Arg::from(self.login.as_str()),
            Arg::from(self.name.as_str()),
            Arg::from(self.pseudonym.as_str()),
            Arg::from(self.password_hash.as_str()),
            Arg::from(serde_json::Value::from(self.roles.clone()).to_string()),
            Arg::from(self.lang.tag()),
            Arg::from(self.facility.as_str()),
            Arg::from(self.personnel.map(|id| id.to_string())),
            Arg::from(self.disabled),
            Arg::from(self.must_change),
            Arg::from(self.created),
        ]);
        row
    }
}

impl Beside {
    /// An account that is added or changed. The entry that says so is a version of the same command.
    #[must_use]
    pub fn account(account: &Account) -> Beside {
        Beside(vec![account.row()])
    }
}

impl Tx {
    /// Adds an account or changes it. The entry that says so is a version the caller puts beside it.
    pub async fn save_account(&mut self, account: &Account) -> Result<()> {
        self.insert(vec![account.row()]).await
    }
}

impl Store {
    /// Returns all accounts by login.
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        let sql = Sql::new("read the accounts", SELECT).text(" order by login");
        self.db().all::<Row>(sql).await?.into_iter().map(Row::read).collect()
    }

    /// Returns an account.
    pub async fn account(&self, id: RecordId) -> Result<Option<Account>> {
        let sql = Sql::new("read an account", SELECT).text(" where id = $1").bind(id.to_string());
        self.db().one::<Row>(sql).await?.map(Row::read).transpose()
    }

    /// Returns the account with this login.
    pub async fn account_by_login(&self, login: &str) -> Result<Option<Account>> {
        let sql = Sql::new("read an account", SELECT).text(" where login = $1").bind(login);
        self.db().one::<Row>(sql).await?.map(Row::read).transpose()
    }
}

impl Row {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn read(self) -> Result<Account> {
        let damaged = |what: &str| StoreError::damaged(format!("account {}", self.id), what);
        let id = |text: &str| RecordId::parse(text).ok_or_else(|| damaged("an id is not one"));
        Ok(Account {
            id: id(&self.id)?,
            roles: serde_json::from_str(&self.roles).map_err(|_| damaged("its roles cannot be read"))?,
            lang: Lang::parse(&self.lang).unwrap_or_default(),
            personnel: self.personnel.as_deref().map(id).transpose()?,
            login: self.login,
            name: self.name,
            pseudonym: self.pseudonym,
            password_hash: self.password_hash,
            facility: self.facility,
            disabled: self.disabled,
            must_change: self.must_change,
            created: self.created,
        })
    }
}
