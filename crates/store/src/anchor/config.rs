//! Who attests: written inside a transaction of commands, so that the change is journaled with it.

use akashi_domain::RecordId;
use serde_json::Value as Json;

use crate::error::{Result, StoreError};
use crate::rows::Insert;
use crate::sql::{Arg, Sql};
use crate::store::Store;
use crate::write::{Beside, Tx};

/// Somebody outside who attests checkpoints.
#[derive(Clone, Debug, PartialEq)]
pub struct Anchor {
    pub id: RecordId,
    /// The protocol, e.g. `tsa`, `witness`.
    pub kind: String,
    /// What people call it; unique.
    pub name: String,
    /// Where requests go; empty: by file only.
    pub url: String,
    /// What answers are checked with, in the kind's own text form.
    pub trust: String,
    /// Schedule and policy.
    pub terms: Json,
    pub enabled: bool,
    /// Microseconds UTC.
    pub created: i64,
    /// The size the anchor last said it holds: a hint for the next request, no evidence and not journaled.
    pub seen: u64,
}

type Row = (String, String, String, String, String, String, bool, i64, i64);

const SELECT: &str = "select id, kind, name, url, trust, terms, enabled, created, seen from anchor";

impl Anchor {
    /// The row that adds the anchor or changes it.
    fn row(&self) -> Insert {
        let into = "anchor (id, kind, name, url, trust, terms, enabled, created, seen)";
        let mut row = Insert::new("keep an anchor", into, 9).then(
            " on conflict (id) do update set name = excluded.name, url = excluded.url, trust = excluded.trust,
             terms = excluded.terms, enabled = excluded.enabled",
        );
        row.push([
            Arg::from(self.id.to_string()),
            Arg::from(self.kind.as_str()),
            Arg::from(self.name.as_str()),
            Arg::from(self.url.as_str()),
            Arg::from(self.trust.as_str()),
            Arg::from(self.terms.to_string()),
            Arg::from(self.enabled),
            Arg::from(self.created),
            Arg::from(self.seen),
        ]);
        row
    }
}

impl Beside {
    /// An anchor that is added or changed; a name that another anchor has is refused. The entry that says so is a
    /// version of the same command.
    #[must_use]
    pub fn anchor(anchor: &Anchor) -> Beside {
        Beside(vec![anchor.row()])
    }
}

impl Tx {
    /// Adds an anchor or changes it. The entry that says so is a version the caller puts beside it.
    ///
    /// # Errors
    /// A name that another anchor has, and whatever the database meets.
    pub async fn save_anchor(&mut self, anchor: &Anchor) -> Result<()> {
        self.insert(vec![anchor.row()]).await
    }
}

impl Store {
    /// Returns all anchors by name.
    ///
    /// # Errors
    /// Whatever the database meets, and a row that cannot be read.
    pub async fn anchors(&self) -> Result<Vec<Anchor>> {
        let rows = self.db().all::<Row>(Sql::new("read the anchors", SELECT).text(" order by name")).await?;
        rows.into_iter().map(read).collect()
    }

    /// Returns the anchor of this name.
    ///
    /// # Errors
    /// Whatever the database meets, and a row that cannot be read.
    pub async fn anchor_by_name(&self, name: &str) -> Result<Option<Anchor>> {
        let sql = Sql::new("read an anchor", SELECT).text(" where name = $1").bind(name);
        self.db().one::<Row>(sql).await?.map(read).transpose()
    }

    /// Remembers the size an anchor said it holds.
    ///
    /// # Errors
    /// Whatever the database meets.
    pub async fn note_seen(&self, anchor: RecordId, size: u64) -> Result<()> {
        let text = "update anchor set seen = $1 where id = $2";
        let sql = Sql::new("note what an anchor holds", text).bind(size).bind(anchor.to_string());
        self.db().execute(sql).await.map(drop)
    }
}

fn read((id, kind, name, url, trust, terms, enabled, created, seen): Row) -> Result<Anchor> {
    let damaged = |what: &str| StoreError::damaged(format!("anchor {name}"), what);
    let id = RecordId::parse(&id).ok_or_else(|| damaged("its id is not one"))?;
    let terms = serde_json::from_str(&terms).map_err(|_| damaged("its terms cannot be read"))?;
    Ok(Anchor { id, kind, url, trust, terms, enabled, created, seen: seen.max(0) as u64, name })
}
