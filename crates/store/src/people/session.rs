//! Sessions and failed log-ins. Of a session's token only the SHA-256 is kept.

use akashi_domain::RecordId;
use akashi_journal::Digest;

use crate::error::Result;
use crate::sql::Sql;
use crate::store::Store;

/// A live session. Times are microseconds UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// Names the session in lists and for ending it; the token cannot be told from it.
    pub id: Digest,
    pub account: RecordId,
    pub created: i64,
    pub last_seen: i64,
    pub expires: i64,
    /// What the browser called itself, shortened.
    pub agent: String,
}

type Row = (Vec<u8>, String, i64, i64, i64, String);

const SELECT: &str = "select token_hash, account, created, last_seen, expires, agent from session";

impl Store {
    /// Begins a session for whoever shows `token` (at least 128 random bits, made by the caller).
    pub async fn start_session(
        &self,
        token: &str,
        account: RecordId,
        now: i64,
        expires: i64,
        agent: &str,
    ) -> Result<()> {
        let text = "insert into session (token_hash, account, created, last_seen, expires, agent)
                    values ($1, $2, $3, $3, $4, $5)";
        let sql = Sql::new("begin a session", text).bind(hash(token)).bind(account.to_string()).bind(now).bind(expires);
        self.db().execute(sql.bind(agent.chars().take(200).collect::<String>())).await.map(drop)
    }

    /// Returns the session of a token, unless it has expired.
    pub async fn session(&self, token: &str, now: i64) -> Result<Option<SessionRow>> {
        let sql = Sql::new("read a session", SELECT).text(" where token_hash = $1 and expires > $2");
        let row = self.db().one::<Row>(sql.bind(hash(token)).bind(now)).await?;
        Ok(row.and_then(read))
    }

    /// Notes that the session was used and moves its end. Call it now and then, not on every page.
    pub async fn touch_session(&self, id: Digest, now: i64, expires: i64) -> Result<()> {
        let text = "update session set last_seen = $1, expires = $2 where token_hash = $3";
        self.db().execute(Sql::new("keep a session", text).bind(now).bind(expires).bind(id.0.to_vec())).await.map(drop)
    }

    /// Ends one session.
    pub async fn end_session(&self, id: Digest) -> Result<()> {
        let text = "delete from session where token_hash = $1";
        self.db().execute(Sql::new("end a session", text).bind(id.0.to_vec())).await.map(drop)
    }

    /// Ends all sessions of an account, e.g. when it is disabled.
    pub async fn end_sessions_of(&self, account: RecordId) -> Result<()> {
        let text = "delete from session where account = $1";
        self.db().execute(Sql::new("end sessions", text).bind(account.to_string())).await.map(drop)
    }

    /// Returns the live sessions of an account, newest first.
    pub async fn sessions_of(&self, account: RecordId, now: i64) -> Result<Vec<SessionRow>> {
        let sql = Sql::new("read sessions", SELECT).text(" where account = $1 and expires > $2 order by created desc");
        let rows = self.db().all::<Row>(sql.bind(account.to_string()).bind(now)).await?;
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Removes sessions that expired before `now` and failed log-ins from before `failures_before`.
    pub async fn sweep_sessions(&self, now: i64, failures_before: i64) -> Result<()> {
        self.db().execute(Sql::new("remove old sessions", "delete from session where expires <= $1").bind(now)).await?;
        let sql = Sql::new("remove old failures", "delete from login_failure where at < $1").bind(failures_before);
        self.db().execute(sql).await.map(drop)
    }

    /// Notes a failed log-in.
    pub async fn note_login_failure(&self, login: &str, address: &str, now: i64) -> Result<()> {
        let text = "insert into login_failure (login, at, address) values ($1, $2, $3)";
        // A login nobody has may be of any length.
        let login: String = login.chars().take(200).collect();
        self.db().execute(Sql::new("note a failed log-in", text).bind(login).bind(now).bind(address)).await.map(drop)
    }

    /// Counts failed log-ins of a login since an instant.
    pub async fn login_failures(&self, login: &str, since: i64) -> Result<u64> {
        let text = "select count(*) from login_failure where login = $1 and at >= $2";
        let login: String = login.chars().take(200).collect();
        let row = self.db().one::<(i64,)>(Sql::new("count failed log-ins", text).bind(login).bind(since)).await?;
        Ok(row.map_or(0, |row| row.0 as u64))
    }

    /// Forgets the failed log-ins of a login, after a good one.
    pub async fn clear_login_failures(&self, login: &str) -> Result<()> {
        let text = "delete from login_failure where login = $1";
        self.db().execute(Sql::new("forget failed log-ins", text).bind(login)).await.map(drop)
    }
}

fn hash(token: &str) -> Vec<u8> {
    Digest::of(token.as_bytes()).0.to_vec()
}

/// A row that cannot be read is no session: whoever holds it logs in again.
fn read((hash, account, created, last_seen, expires, agent): Row) -> Option<SessionRow> {
    let id = Digest(hash.try_into().ok()?);
    Some(SessionRow { id, account: RecordId::parse(&account)?, created, last_seen, expires, agent })
}
