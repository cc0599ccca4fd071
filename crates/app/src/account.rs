//! Accounts: who may log in, in which roles, and how each change of that gets into the log. Passwords, log-in and
//! sessions stand in the modules below.

mod log_in;
pub(crate) mod password;

use akashi_domain::authz::Actor;
use akashi_domain::{Lang, RecordId};
use akashi_journal::entry::Command;
pub use akashi_store::Account;
use akashi_store::{Beside, Committed, NewVersion, WriteCtx};
use serde_json::json;

pub use log_in::LoggedIn;

use crate::command::new_id;
use crate::ctx::Ctx;
use crate::error::{AppError, Result};
use crate::service::App;

/// Somebody who may log in, as asked for.
#[derive(Clone, Debug)]
pub struct NewAccount {
    pub login: String,
    pub name: String,
    pub roles: Vec<String>,
    pub lang: Lang,
    pub personnel: Option<RecordId>,
    /// Has to be changed at the first log-in.
    pub must_change: bool,
}

impl App {
    /// Makes an account.
    ///
    /// # Errors
    /// A login that is taken, a role nobody defined, a password that is too short.
    pub async fn add_account(&self, ctx: &Ctx, new: NewAccount, password: &str) -> Result<Account> {
        let roles = &self.catalog().roles.roles;
        if let Some(odd) = new.roles.iter().find(|r| !roles.iter().any(|k| &k.key == *r)) {
            return Err(AppError::invalid(format!("役割「{odd}」はありません"), format!("There is no role “{odd}”")));
        }
        if self.store().account_by_login(&new.login).await?.is_some() {
            return Err(AppError::invalid(
                format!("ログイン名「{}」は使われています", new.login),
                format!("The login “{}” is taken", new.login),
            ));
        }
        let account = Account {
            id: new_id(ctx.now),
            login: new.login,
            name: new.name,
            pseudonym: format!("p-{}", random_text(10)),
            password_hash: password::hash(password).await?,
            roles: new.roles,
            lang: new.lang,
            facility: ctx.facility.clone(),
            personnel: new.personnel,
            disabled: false,
            must_change: new.must_change,
            created: ctx.now,
        };
        self.save(ctx, &account, 0).await?;
        Ok(account)
    }

    /// Gives an account a new password. Every session of the account ends, wherever it is, and a new one begins.
    ///
    /// # Errors
    /// A wrong old password, too many attempts, or a new one that is too short.
    pub async fn change_password(&self, ctx: &Ctx, login: &str, old: &str, new: &str, agent: &str) -> Result<LoggedIn> {
        let mut account = self.known_by_password(login, old, "", ctx.now).await?;
        account.password_hash = password::hash(new).await?;
        account.must_change = false;
        let rev = self.store().history(account.id).await?.len() as u32;
        self.save(ctx, &account, rev).await?;
        self.log_out_everywhere(account.id).await?;
        self.begin_session(account, agent, ctx.now).await
    }

    /// Keeps the language somebody chose with the account; nothing is written when it is the one it has.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn choose_language(&self, ctx: &Ctx, login: &str, lang: Lang) -> Result<()> {
        let account = self.store().account_by_login(login).await?;
        let Some(mut account) = account.filter(|a| a.lang != lang) else { return Ok(()) };
        account.lang = lang;
        let rev = self.store().history(account.id).await?.len() as u32;
        self.save(ctx, &account, rev).await
    }

    /// The entry names the account by its pseudonym and says its roles, never a name or a password.
    async fn save(&self, ctx: &Ctx, account: &Account, rev: u32) -> Result<()> {
        let committed = self.write_account(ctx, account, rev).await?;
        self.settle_shared(ctx.now, &committed).await
    }

    /// As [`App::save`], without settling: whoever writes several settles once.
    pub(crate) async fn write_account(&self, ctx: &Ctx, account: &Account, rev: u32) -> Result<Committed> {
        let body = json!({
            "pseudonym": account.pseudonym, "roles": account.roles, "disabled": account.disabled, "row": account.seal(),
        });
        let version = NewVersion::system("account", account.id, rev, Command::Account, body);
        let write = WriteCtx { actor: ctx.actor.pseudonym.clone(), at: ctx.now };
        Ok(self.store().write_with(write, vec![version], Beside::account(account)).await?)
    }
}

/// Returns the context of what somebody with this account does at `now`, in microseconds of UTC.
pub fn ctx(account: &Account, now: i64) -> Ctx {
    Ctx { actor: actor(account), now, lang: account.lang, facility: account.facility.clone() }
}

/// Returns the actor an account is.
pub fn actor(account: &Account) -> Actor {
    Actor {
        pseudonym: account.pseudonym.clone(),
        roles: account.roles.clone(),
        person: account.personnel,
        name: account.name.clone(),
    }
}

/// Returns `bytes` random bytes as hex.
pub fn random_text(bytes: usize) -> String {
    let mut random = vec![0; bytes];
    getrandom::fill(&mut random).expect("the operating system gives random bytes");
    hex::encode(random)
}
