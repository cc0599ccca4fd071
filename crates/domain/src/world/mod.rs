//! All records in memory: every version. What is true of them at one day and one state of knowledge stands in `view`,
//! what is computed from a version alone in `derived`. Loading is the store's work, judging the verdict engine's.

mod derived;
mod view;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::cond::tokyo_day;
use crate::date::{Day, PartialDate};
use crate::gone::Gone;
use crate::record::{IdMap, RecordId, Version};
use derived::{derive, material};
pub use view::View;

/// Every version of every record.
#[derive(Clone, Debug)]
pub struct World {
    pub catalog: Arc<Catalog>,
    records: IdMap<Versions>,
    /// Records in the order they first appeared, so that views are the same everywhere.
    order: Vec<RecordId>,
    adopted: Option<Day>,
    materials: Materials,
    /// Records whose content was disposed of.
    gone: Arc<IdMap<Gone>>,
}

/// The versions of a record, oldest first; most records have one.
#[derive(Clone, Debug)]
enum Versions {
    One(Arc<Version>),
    Many(Vec<Arc<Version>>),
}

impl Versions {
    fn all(&self) -> &[Arc<Version>] {
        match self {
            Versions::One(one) => std::slice::from_ref(one),
            Versions::Many(many) => many,
        }
    }

    /// Adds a version, or puts it in the place of the one with its revision.
    fn take(&mut self, version: Arc<Version>) {
        let mut all = self.all().to_vec();
        match all.iter().position(|v| v.rev == version.rev) {
            Some(ix) => all[ix] = version,
            None => all.push(version),
        }
        *self = match all.as_slice() {
            [one] => Versions::One(one.clone()),
            _ => Versions::Many(all),
        };
    }
}

/// Fingerprint of the material fields of every version, by its digest.
type Materials = Arc<HashMap<Box<str>, u64>>;

impl World {
    /// Makes a world without records.
    pub fn new(catalog: Arc<Catalog>) -> World {
        World {
            catalog,
            records: IdMap::default(),
            order: Vec::new(),
            adopted: None,
            materials: Arc::default(),
            gone: Arc::default(),
        }
    }

    /// Adds a version; versions of a record arrive in the order of their revisions.
    pub fn insert(&mut self, mut version: Version) -> Arc<Version> {
        derive(&self.catalog, &mut version);
        let version = Arc::new(version);
        let day = tokyo_day(version.recorded_at);
        self.adopted = Some(self.adopted.map_or(day, |a| a.min(day)));
        if self.catalog.is_approved_by_version(version.register) {
            // Of a version that lost its content the new fingerprint takes the place of one that could be guessed back.
            Arc::make_mut(&mut self.materials).insert(version.digest.clone(), material(&self.catalog, &version));
        }
        match self.records.entry(version.id) {
            Entry::Occupied(mut versions) => versions.get_mut().take(version.clone()),
            Entry::Vacant(empty) => {
                self.order.push(version.id);
                empty.insert(Versions::One(version.clone()));
            }
        }
        version
    }

    /// Notes that a record's content was disposed of.
    pub fn lay_to_rest(&mut self, id: RecordId, gone: Gone) {
        Arc::make_mut(&mut self.gone).insert(id, gone);
    }

    /// Returns how a record was disposed of, if it was.
    pub fn gone(&self, id: RecordId) -> Option<&Gone> {
        self.gone.get(&id)
    }

    /// Returns how many records were disposed of.
    pub fn gone_count(&self) -> usize {
        self.gone.len()
    }

    /// Returns the versions of a record, oldest first.
    pub fn history(&self, id: RecordId) -> &[Arc<Version>] {
        self.records.get(&id).map_or(&[], Versions::all)
    }

    /// Returns the newest version of a record.
    pub fn latest(&self, id: RecordId) -> Option<&Arc<Version>> {
        self.history(id).last()
    }

    /// Returns the day of the first record: arrangements begun earlier are 導入前案件.
    pub fn adopted(&self) -> Option<Day> {
        self.adopted
    }

    /// Returns how many records there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Tells whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Returns the records as true on `as_of`, knowing what was recorded up to `known_at`.
    pub fn view(&self, as_of: Day, known_at: Option<i64>) -> View {
        let mut view = View::empty(self.catalog.clone(), as_of, known_at);
        view.adopted = self.adopted;
        view.materials = self.materials.clone();
        view.gone = self.gone.clone();
        for id in &self.order {
            view.learn(self.history(*id));
        }
        view
    }

    /// Returns the version of one record a view would hold.
    pub fn pick(&self, id: RecordId, as_of: Day, known_at: Option<i64>) -> Option<&Arc<Version>> {
        pick(self.history(id), as_of, known_at)
    }

    /// Tells whether some version begins to be true after `from` and up to `to` (either order).
    pub fn starts_between(&self, from: Day, to: Day) -> bool {
        let (first, last) = (from.min(to), from.max(to));
        let starts = self.records.values().flat_map(Versions::all).filter_map(|v| begins(v));
        starts.into_iter().any(|d| first < d && d <= last)
    }
}

/// The first day a version is true on; none: from the beginning.
fn begins(version: &Version) -> Option<Day> {
    version.valid_from.map(PartialDate::first)
}

/// The version that began last among those known and begun; of several that began on one day the latest revision.
fn pick(versions: &[Arc<Version>], as_of: Day, known_at: Option<i64>) -> Option<&Arc<Version>> {
    let known = versions.iter().filter(|v| known_at.is_none_or(|k| v.recorded_at <= k));
    let begun = known.filter(|v| begins(v).is_none_or(|d| d <= as_of));
    begun.max_by_key(|v| (begins(v), v.rev))
}
