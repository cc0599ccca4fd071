//! Files that wait for their import to be confirmed: work in progress, but it holds what ledgers hold.
//!
//! Everything is sealed under a key made of two halves: one in the row, one the token that only the sender's browser
//! has. A copy of the database alone opens nothing. When an upload is confirmed, given up, too old or made room for,
//! the half in its row is destroyed; so is every one with a disposal, since a file may repeat what was disposed of.

use akashi_domain::RecordId;
use akashi_journal::Digest;
use akashi_journal::commitment::RecordKey;

use crate::error::{Result, StoreError};
use crate::log::keys;
use crate::seal::{NONCE, Sealer};
use crate::sql::{Arg, Sql};
use crate::store::Store;

/// How long an upload waits after somebody last did something with it, microseconds.
const PATIENCE: i64 = 3600 * 1_000_000;
/// How many uploads of an account may wait.
const MOST: usize = 8;
/// Bytes of all files of an account that wait.
const ROOM: u64 = 256 << 20;
/// Bytes in one row.
const PART: usize = 1 << 20;

/// Names the upload: what the sender's browser has, and whose it is.
#[derive(Clone, Copy, Debug)]
pub struct UploadKey<'a> {
    pub token: &'a str,
    pub account: RecordId,
}

impl UploadKey<'_> {
    /// The token itself is never stored.
    fn name(self) -> String {
        Digest::of(format!("akashi/upload/name/v1\n{}\n{}", self.account, self.token).as_bytes()).to_hex()
    }

    fn sealer(self, half: &[u8]) -> Sealer {
        let whole = Digest::of(&[b"akashi/upload/key/v1\n", half, self.token.as_bytes()].concat());
        Sealer::new(&RecordKey::new(whole.0), &self.name())
    }
}

impl Store {
    /// Keeps an upload: its files' bytes, and what is known about it so far. The oldest of the account make room.
    ///
    /// # Errors
    /// Whatever the database refuses.
    pub async fn keep_upload(&self, key: UploadKey<'_>, at: i64, state: &[u8], bytes: &[u8]) -> Result<()> {
        self.expire_uploads(at).await?;
        self.make_room(key.account, bytes.len() as u64).await?;
        let half = half()?;
        let (name, sealer) = (key.name(), key.sealer(&half));
        // The row comes last: without it the parts are nothing, and the next expiry takes them.
        for (number, part) in (0u32..).zip(bytes.chunks(PART)) {
            let text = "insert into upload_part (name, number, since, bytes) values ($1, $2, $3, $4)";
            let sealed = sealer.seal(number, "part", &nonce()?, part);
            let sql = Sql::new("keep a file that was sent", text);
            let sql = sql.bind(name.as_str()).bind(i64::from(number)).bind(at).bind(sealed);
            self.db().execute(sql).await?;
        }
        let text =
            "insert into upload (name, account, at, size, parts, half, state) values ($1, $2, $3, $4, $5, $6, $7)";
        let sql = Sql::new("keep an upload", text)
            .bind(name)
            .bind(key.account.to_string())
            .bind(at)
            .bind(bytes.len() as u64)
            .bind(bytes.len().div_ceil(PART) as u64)
            .bind(half.to_vec())
            .bind(sealer.seal(0, "state", &nonce()?, state));
        self.db().execute(sql).await.map(drop)
    }

    /// Keeps what is known about an upload now; false when there is none any more.
    ///
    /// # Errors
    /// Whatever the database refuses.
    pub async fn change_upload(&self, key: UploadKey<'_>, at: i64, state: &[u8]) -> Result<bool> {
        let Some((half, ..)) = self.upload_row(key, at).await? else { return Ok(false) };
        let text = "update upload set at = $1, state = $2 where name = $3 and half = $4";
        let sealed = key.sealer(&half).seal(0, "state", &nonce()?, state);
        let sql = Sql::new("change an upload", text).bind(at).bind(sealed).bind(key.name()).bind(half);
        Ok(self.db().execute(sql).await? > 0)
    }

    /// The import was made: destroys the files and their key, and keeps `state`, what it did, to be read for a while.
    ///
    /// # Errors
    /// Whatever the database refuses.
    pub async fn finish_upload(&self, key: UploadKey<'_>, at: i64, state: &[u8]) -> Result<()> {
        self.drop_upload(key).await?;
        self.keep_upload(key, at, state, &[]).await
    }

    /// Returns what is known about an upload that still waits.
    ///
    /// # Errors
    /// Whatever the database refuses, and damage.
    pub async fn upload(&self, key: UploadKey<'_>, now: i64) -> Result<Option<Vec<u8>>> {
        let Some((half, state, _)) = self.upload_row(key, now).await? else { return Ok(None) };
        key.sealer(&half).open(0, "state", &state).map(Some).ok_or_else(damaged)
    }

    /// Returns the bytes of its files, one after the other.
    ///
    /// # Errors
    /// Whatever the database refuses, and damage.
    pub async fn upload_bytes(&self, key: UploadKey<'_>, now: i64) -> Result<Option<Vec<u8>>> {
        let Some((half, _, parts)) = self.upload_row(key, now).await? else { return Ok(None) };
        let (name, sealer) = (key.name(), key.sealer(&half));
        let mut out = Vec::new();
        for number in 0..u32::try_from(parts).map_err(|_| damaged())? {
            let text = "select bytes from upload_part where name = $1 and number = $2";
            let sql = Sql::new("read a file that was sent", text).bind(name.as_str()).bind(i64::from(number));
            let (sealed,) = self.db().one::<(Vec<u8>,)>(sql).await?.ok_or_else(damaged)?;
            out.extend(sealer.open(number, "part", &sealed).ok_or_else(damaged)?);
        }
        Ok(Some(out))
    }

    /// Destroys an upload.
    ///
    /// # Errors
    /// Whatever the database refuses.
    pub async fn drop_upload(&self, key: UploadKey<'_>) -> Result<()> {
        self.remove(&[key.name()]).await
    }

    /// Destroys the uploads nobody came back for.
    ///
    /// # Errors
    /// Whatever the database refuses.
    pub async fn expire_uploads(&self, now: i64) -> Result<()> {
        let sql = Sql::new("look for old uploads", "select name from upload where at <= $1").bind(now - PATIENCE);
        let old: Vec<String> = self.db().all::<(String,)>(sql).await?.into_iter().map(|(name,)| name).collect();
        self.remove(&old).await?;
        // Parts whose upload was never finished, or was destroyed by a disposal; those being written are younger.
        let text = "delete from upload_part where since <= $1
                    and not exists (select 1 from upload u where u.name = upload_part.name)";
        self.db().execute(Sql::new("remove parts of old uploads", text).bind(now - PATIENCE)).await.map(drop)
    }

    /// The half key, the sealed state and the number of parts.
    async fn upload_row(&self, key: UploadKey<'_>, now: i64) -> Result<Option<(Vec<u8>, Vec<u8>, i64)>> {
        let text = "select half, state, parts from upload where name = $1 and at > $2";
        self.db().one(Sql::new("read an upload", text).bind(key.name()).bind(now - PATIENCE)).await
    }

    async fn make_room(&self, account: RecordId, coming: u64) -> Result<()> {
        let text = "select name, size from upload where account = $1 order by at desc";
        let sql = Sql::new("look for uploads of an account", text).bind(account.to_string());
        let (mut count, mut sum, mut out) = (1, coming, Vec::new());
        for (name, size) in self.db().all::<(String, i64)>(sql).await? {
            (count, sum) = (count + 1, sum + u64::try_from(size).unwrap_or(0));
            if count > MOST || sum > ROOM {
                out.push(name);
            }
        }
        self.remove(&out).await
    }

    /// The row with its half of the key goes first: what is left of the parts opens nothing.
    async fn remove(&self, names: &[String]) -> Result<()> {
        for packet in names.chunks(128) {
            for text in ["delete from upload where name in (", "delete from upload_part where name in ("] {
                let names = packet.iter().map(|name| Arg::from(name.as_str()));
                self.db().execute(Sql::new("remove uploads", text).list(names).text(")")).await?;
            }
        }
        Ok(())
    }
}

fn half() -> Result<[u8; 32]> {
    let mut half = [0; 32];
    keys::fill(&mut half)?;
    Ok(half)
}

fn nonce() -> Result<[u8; NONCE]> {
    let mut nonce = [0; NONCE];
    keys::fill(&mut nonce)?;
    Ok(nonce)
}

fn damaged() -> StoreError {
    StoreError::damaged("an upload", "a part is missing or cannot be opened")
}
