//! Where the revocation of an anchor's certificates can be asked, when that is due, and what was answered. What an
//! answer says is judged above.

use akashi_domain::RecordId;
use akashi_journal::Digest;

use super::queue::shortened;
use crate::error::{Result, StoreError};
use crate::sql::Sql;
use crate::store::Store;

/// How a place is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevocationKind {
    /// A list is fetched.
    List,
    /// An OCSP responder is asked.
    Ocsp,
}

/// A place that speaks of the certificates of an anchor's stamps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationSource {
    pub anchor: RecordId,
    pub kind: RevocationKind,
    pub url: String,
    /// The certificate asked about, DER: of a list the one met last.
    pub certificate: Vec<u8>,
    /// Its issuer, DER.
    pub issuer: Vec<u8>,
    /// Word made at or after this time is wanted: that of the newest stamp, microseconds UTC.
    pub wanted: i64,
    /// How often in a row it was tried in vain.
    pub tries: u32,
    /// When it was met first, microseconds UTC.
    pub since: i64,
    /// Not before then, microseconds UTC.
    pub next_try: i64,
    /// What went wrong last.
    pub error: Option<String>,
    /// As of when the newest kept answer speaks, microseconds UTC.
    pub newest: Option<i64>,
}

/// An answer to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// DER.
    pub bytes: Vec<u8>,
    /// As of when it speaks, and when the next is due, microseconds UTC.
    pub this_update: i64,
    pub next_update: Option<i64>,
    /// When it came, microseconds UTC.
    pub fetched: i64,
}

type Row = (String, String, String, Vec<u8>, Vec<u8>, i64, i64, i64, i64, Option<String>, Option<i64>);

const SELECT: &str = "select anchor, kind, url, certificate, issuer, wanted, tries, since, next_try, error,
    (select max(this_update) from revocation where source = id) from revocation_source";

impl RevocationKind {
    fn key(self) -> &'static str {
        match self {
            RevocationKind::List => "list",
            RevocationKind::Ocsp => "ocsp",
        }
    }
}

impl RevocationSource {
    /// Whether nothing made after the newest stamp is kept yet.
    pub fn is_open(&self) -> bool {
        self.newest.is_none_or(|newest| newest < self.wanted)
    }

    /// Whose word it is: a list is its issuer's and speaks of all of its certificates, an OCSP answer of one.
    fn about(&self) -> String {
        let whose = match self.kind {
            RevocationKind::List => &self.issuer,
            RevocationKind::Ocsp => &self.certificate,
        };
        Digest::of(whose).to_hex()
    }

    fn id(&self) -> String {
        let (anchor, kind, about) = (self.anchor, self.kind.key(), self.about());
        Digest::of(format!("{anchor} {kind} {about} {}", self.url).as_bytes()).to_hex()
    }
}

impl Store {
    /// Notes a place, or that one known already is wanted for a newer stamp.
    ///
    /// # Errors
    /// Whatever the database meets.
    pub async fn want_revocation(&self, source: &RevocationSource) -> Result<()> {
        let text = "insert into revocation_source
                      (id, anchor, kind, url, about, certificate, issuer, wanted, tries, since, next_try, error)
                    values ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, $10, null)
                    on conflict (id) do update set certificate = excluded.certificate, wanted = excluded.wanted
                    where excluded.wanted > revocation_source.wanted";
        let sql = Sql::new("note where revocation can be asked", text)
            .bind(source.id())
            .bind(source.anchor.to_string())
            .bind(source.kind.key())
            .bind(source.url.as_str())
            .bind(source.about())
            .bind(source.certificate.clone())
            .bind(source.issuer.clone())
            .bind(source.wanted)
            .bind(source.since)
            .bind(source.next_try);
        self.db().execute(sql).await.map(drop)
    }

    /// Returns the places that speak of an anchor's certificates, in the order they were met.
    ///
    /// # Errors
    /// Whatever the database meets, and a row that cannot be read.
    pub async fn revocation_sources(&self, anchor: RecordId) -> Result<Vec<RevocationSource>> {
        let sql = Sql::new("read where revocation can be asked", SELECT).text(" where anchor = $1 order by since, id");
        self.db().all::<Row>(sql.bind(anchor.to_string())).await?.into_iter().map(read).collect()
    }

    /// Takes a place for one try, until `until`; false when another server has it.
    ///
    /// # Errors
    /// Whatever the database meets.
    pub async fn claim_revocation(&self, source: &RevocationSource, until: i64) -> Result<bool> {
        let text = "update revocation_source set tries = tries + 1, next_try = $1
                    where id = $2 and tries = $3 and next_try = $4";
        let sql = Sql::new("take a place's turn", text).bind(until).bind(source.id());
        Ok(self.db().execute(sql.bind(source.tries).bind(source.next_try)).await? > 0)
    }

    /// Notes that a try failed and when the next one is due.
    ///
    /// # Errors
    /// Whatever the database meets.
    pub async fn put_off_revocation(&self, source: &RevocationSource, error: &str, next_try: i64) -> Result<()> {
        let text = "update revocation_source set error = $1, next_try = $2 where id = $3";
        let sql = Sql::new("put a place off", text).bind(shortened(error)).bind(next_try).bind(source.id());
        self.db().execute(sql).await.map(drop)
    }

    /// Keeps an authentic answer, and when to look for a newer one; one that is kept already stays as it is. Tells
    /// whether it is new.
    ///
    /// # Errors
    /// Whatever the database meets.
    pub async fn keep_revocation(&self, source: &RevocationSource, kept: Kept, next_try: i64) -> Result<bool> {
        let text = "insert into revocation (source, digest, this_update, next_update, fetched, bytes)
                    values ($1, $2, $3, $4, $5, $6) on conflict (source, digest) do nothing";
        let sql = Sql::new("keep revocation data", text)
            .bind(source.id())
            .bind(Digest::of(&kept.bytes).to_hex())
            .bind(kept.this_update)
            .bind(kept.next_update)
            .bind(kept.fetched)
            .bind(kept.bytes);
        let new = self.db().execute(sql).await? > 0;
        let text = "update revocation_source set error = null, tries = 0, next_try = $1 where id = $2";
        self.db().execute(Sql::new("note an answer", text).bind(next_try).bind(source.id())).await?;
        Ok(new)
    }

    /// Returns what is kept of each place that matters for a stamp of time `at`: the last made before it, the first made
    /// since, and the newest, which may tell of a key found stolen later. What does not fit its digest is left out: `verify`
    /// tells of it.
    ///
    /// # Errors
    /// Whatever the database meets.
    pub async fn kept_revocation(&self, anchor: RecordId, at: i64) -> Result<Vec<Vec<u8>>> {
        let text = "select digest, bytes from revocation_source s join revocation r on r.source = s.id
                    where s.anchor = $1 and r.this_update in (
                      (select max(this_update) from revocation where source = s.id),
                      (select min(this_update) from revocation where source = s.id and this_update >= $2),
                      (select max(this_update) from revocation where source = s.id and this_update < $2))
                    order by s.since, s.id, r.this_update, digest";
        let sql = Sql::new("read revocation data", text).bind(anchor.to_string()).bind(at);
        let rows = self.db().all::<(String, Vec<u8>)>(sql).await?;
        Ok(rows.into_iter().filter(|(digest, bytes)| Digest::of(bytes).to_hex() == *digest).map(|row| row.1).collect())
    }
}

fn read(row: Row) -> Result<RevocationSource> {
    let (anchor, kind, url, certificate, issuer, wanted, tries, since, next_try, error, newest) = row;
    let damaged = |what: &str| StoreError::damaged(format!("revocation_source of {url}"), what);
    Ok(RevocationSource {
        anchor: RecordId::parse(&anchor).ok_or_else(|| damaged("its anchor is not an id"))?,
        kind: [RevocationKind::List, RevocationKind::Ocsp]
            .into_iter()
            .find(|known| known.key() == kind)
            .ok_or_else(|| damaged("its kind is unknown"))?,
        tries: u32::try_from(tries).map_err(|_| damaged("its tries are out of range"))?,
        url,
        certificate,
        issuer,
        wanted,
        since,
        next_try,
        error,
        newest,
    })
}
