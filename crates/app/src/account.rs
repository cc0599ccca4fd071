//! Accounts and log-in: argon2id, failed attempts counted, sessions by random token.

use akashi_domain::authz::Actor;
use akashi_domain::{Label, Lang, RecordId};
use akashi_journal::entry::Command;
pub use akashi_store::Account;
use akashi_store::{NewVersion, SessionRow, WriteCtx};
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use serde_json::json;

use crate::command::new_id;
use crate::ctx::Ctx;
use crate::error::{AppError, Result};
use crate::service::App;

/// A session ends after this long without use, microseconds.
const IDLE: i64 = 8 * 3600 * 1_000_000;
/// Failed attempts in [`WINDOW`] after which an account waits.
const TRIES: u64 = 8;
const WINDOW: i64 = 15 * 60 * 1_000_000;

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

/// A log-in that succeeded.
#[derive(Clone, Debug)]
pub struct LoggedIn {
    /// Shown to the browser once; the store keeps its hash only.
    pub token: String,
    pub account: Account,
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
            password_hash: hash(password).await?,
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

    /// Gives an account a new password.
    ///
    /// # Errors
    /// A wrong old password, or a new one that is too short.
    pub async fn change_password(&self, ctx: &Ctx, login: &str, old: &str, new: &str) -> Result<()> {
        let Some(mut account) = self.store().account_by_login(login).await? else { return Err(wrong()) };
        if !verify(old, &account.password_hash).await {
            return Err(wrong());
        }
        account.password_hash = hash(new).await?;
        account.must_change = false;
        let rev = self.store().history(account.id).await?.len() as u32;
        self.save(ctx, &account, rev).await
    }

    /// The entry names the account by its pseudonym and says its roles, never a name or a password.
    async fn save(&self, ctx: &Ctx, account: &Account, rev: u32) -> Result<()> {
        self.write_account(ctx, account, rev).await?;
        self.settle(ctx.now).await
    }

    /// As [`App::save`], without settling: whoever writes several settles once.
    pub(crate) async fn write_account(&self, ctx: &Ctx, account: &Account, rev: u32) -> Result<()> {
        let mut tx = self.store().begin(&WriteCtx { actor: ctx.actor.pseudonym.clone(), at: ctx.now }).await?;
        tx.save_account(account).await?;
        let body = json!({
            "pseudonym": account.pseudonym, "roles": account.roles, "disabled": account.disabled, "row": account.seal(),
        });
        let receipt = tx.put(NewVersion::system("account", account.id, rev, Command::Account, body)).await?;
        tx.commit(receipt).await?;
        Ok(())
    }

    /// Logs in. A wrong login and a wrong password look the same and take the same time.
    ///
    /// # Errors
    /// Wrong, disabled, or too many attempts.
    pub async fn log_in(&self, login: &str, password: &str, address: &str, agent: &str, now: i64) -> Result<LoggedIn> {
        if self.store().login_failures(login, now - WINDOW).await? >= TRIES {
            return Err(AppError::Forbidden(Label::new(
                "失敗が続いたため、しばらくログインできません。15分後にやり直してください",
                "Too many failed attempts; try again in 15 minutes",
            )));
        }
        let account = self.store().account_by_login(login).await?.filter(|a| !a.disabled);
        let known = account.as_ref().map_or(NOBODY, |a| a.password_hash.as_str());
        let right = verify(password, known).await;
        let Some(account) = account.filter(|_| right) else {
            self.store().note_login_failure(login, address, now).await?;
            return Err(wrong());
        };
        self.store().clear_login_failures(login).await?;
        let token = random_text(32);
        self.store().start_session(&token, account.id, now, now + IDLE, agent).await?;
        Ok(LoggedIn { token, account })
    }

    /// Returns who a session token belongs to, and keeps the session alive.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn session(&self, token: &str, now: i64) -> Result<Option<(SessionRow, Account)>> {
        const TOUCH_EVERY: i64 = 60 * 1_000_000;
        let Some(session) = self.store().session(token, now).await? else { return Ok(None) };
        let Some(account) = self.store().account(session.account).await?.filter(|a| !a.disabled) else {
            return Ok(None);
        };
        if now - session.last_seen > TOUCH_EVERY {
            self.store().touch_session(session.id, now, now + IDLE).await?;
        }
        Ok(Some((session, account)))
    }
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

fn wrong() -> AppError {
    AppError::Forbidden(Label::new("ログイン名またはパスワードが違います", "Wrong login or password"))
}

/// Hash of a password nobody knows, so that unknown logins take as long as known ones.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$BaIjR2ZQKPQaVYDl6ZzN0jTqKUhQE9ObBwRjFvPtVbE";

fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(19 * 1024, 2, 1, None).unwrap_or_default())
}

/// Hashing takes tens of milliseconds of one core: it leaves the async threads.
pub(crate) async fn hash(password: &str) -> Result<String> {
    const SHORTEST: usize = 10;
    if password.chars().count() < SHORTEST {
        return Err(AppError::invalid(
            "パスワードは10文字以上にしてください",
            "A password needs at least 10 characters",
        ));
    }
    let password = password.to_owned();
    let salt = hex::decode(random_text(16)).ok().and_then(|bytes| SaltString::encode_b64(&bytes).ok());
    let Some(salt) = salt else {
        return Err(AppError::invalid("パスワードを処理できません", "The password cannot be hashed"));
    };
    let work = move || hasher().hash_password(password.as_bytes(), &salt).map(|h| h.to_string());
    let hashed = tokio::task::spawn_blocking(work).await;
    hashed
        .ok()
        .and_then(std::result::Result::ok)
        .ok_or_else(|| AppError::invalid("パスワードを処理できません", "The password cannot be hashed"))
}

async fn verify(password: &str, hash: &str) -> bool {
    let (password, hash) = (password.to_owned(), hash.to_owned());
    let check =
        move || PasswordHash::new(&hash).is_ok_and(|h| hasher().verify_password(password.as_bytes(), &h).is_ok());
    tokio::task::spawn_blocking(check).await.unwrap_or(false)
}

/// Returns `bytes` random bytes as hex.
pub fn random_text(bytes: usize) -> String {
    let mut random = vec![0; bytes];
    getrandom::fill(&mut random).expect("the operating system gives random bytes");
    hex::encode(random)
}
