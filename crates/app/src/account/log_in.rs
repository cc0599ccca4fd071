//! Logging in and out: failed attempts counted, sessions by random token, and when they end.

use akashi_domain::{Label, RecordId};
use akashi_store::{Account, SessionRow};

use super::{password, random_text};
use crate::error::{AppError, Result};
use crate::service::App;

const HOUR: i64 = 3600 * 1_000_000;
/// A session ends after this long without use, microseconds.
const IDLE: i64 = 8 * HOUR;
/// And this long after its beginning however much it is used: the day before and the night after are somebody else's.
const LONGEST: i64 = 24 * HOUR;
/// Failed attempts in [`WINDOW`] after which an account waits.
const TRIES: u64 = 8;
const WINDOW: i64 = HOUR / 4;

/// A log-in that succeeded.
#[derive(Clone)]
pub struct LoggedIn {
    /// Shown to the browser once; the store keeps its hash only.
    pub token: String,
    pub account: Account,
}

impl std::fmt::Debug for LoggedIn {
    /// Without the token: whoever reads a log must not become whoever logged in.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoggedIn").field("account", &self.account).finish_non_exhaustive()
    }
}

impl App {
    /// Logs in. A wrong login and a wrong password look the same and take the same time.
    ///
    /// # Errors
    /// Wrong, disabled, or too many attempts.
    pub async fn log_in(&self, login: &str, password: &str, address: &str, agent: &str, now: i64) -> Result<LoggedIn> {
        let account = self.known_by_password(login, password, address, now).await?;
        self.begin_session(account, agent, now).await
    }

    /// Returns whose login and password these are; what is wrong counts against the login.
    ///
    /// # Errors
    /// Wrong, disabled, or too many attempts.
    pub(super) async fn known_by_password(
        &self,
        login: &str,
        password: &str,
        address: &str,
        now: i64,
    ) -> Result<Account> {
        // Failures are counted and noted within one turn: a thousand guesses sent at once get no more tries.
        let _turn = password::turn().await;
        if self.store().login_failures(login, now - WINDOW).await? >= TRIES {
            return Err(AppError::Forbidden(Label::new(
                "失敗が続いたため、しばらくログインできません。15分後にやり直してください",
                "Too many failed attempts; try again in 15 minutes",
            )));
        }
        let account = self.store().account_by_login(login).await?.filter(|a| !a.disabled);
        let known = account.as_ref().map_or(password::NOBODY, |a| a.password_hash.as_str());
        let right = password::verify(password, known).await;
        let Some(account) = account.filter(|_| right) else {
            self.store().note_login_failure(login, address, now).await?;
            return Err(AppError::Forbidden(Label::new(
                "ログイン名またはパスワードが違います",
                "Wrong login or password",
            )));
        };
        self.store().clear_login_failures(login).await?;
        Ok(account)
    }

    /// Begins a session; what ended by itself meanwhile is swept away.
    pub(super) async fn begin_session(&self, account: Account, agent: &str, now: i64) -> Result<LoggedIn> {
        self.sweep_log_ins(now).await?;
        let token = random_text(32);
        self.store().start_session(&token, account.id, now, now + IDLE, agent).await?;
        Ok(LoggedIn { token, account })
    }

    /// Forgets sessions that ended by themselves, and failures that count no more: whoever guesses at logins nobody has
    /// never gets to a log-in that would.
    pub(crate) async fn sweep_log_ins(&self, now: i64) -> Result<()> {
        Ok(self.store().sweep_sessions(now, now - WINDOW).await?)
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
            let ends = (now + IDLE).min(session.created + LONGEST);
            self.store().touch_session(session.id, now, ends).await?;
        }
        Ok(Some((session, account)))
    }

    /// Ends the session of a token.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn log_out(&self, token: &str, now: i64) -> Result<()> {
        match self.store().session(token, now).await? {
            Some(session) => Ok(self.store().end_session(session.id).await?),
            None => Ok(()),
        }
    }

    /// Ends every session of an account, on whatever machine.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn log_out_everywhere(&self, account: RecordId) -> Result<()> {
        Ok(self.store().end_sessions_of(account).await?)
    }
}
