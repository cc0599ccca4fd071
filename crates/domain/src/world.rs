//! All records in memory: every version, and the view of them at one day and one state of knowledge.
//! Loading them is the store's work; judging them the verdict engine's.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::cond::tokyo_day;
use crate::date::{Day, PartialDate};
use crate::record::{RecordId, Version};
use crate::register::{Register, RegisterIx};
use crate::value::Value;

/// Every version of every record.
#[derive(Clone, Debug)]
pub struct World {
    pub catalog: Arc<Catalog>,
    records: HashMap<RecordId, Vec<Arc<Version>>>,
    /// Records in the order they first appeared, so that views are the same everywhere.
    order: Vec<RecordId>,
    adopted: Option<Day>,
    materials: Arc<HashMap<Box<str>, u64>>,
}

/// One version per record: what is true on a day, as known at a moment.
#[derive(Clone, Debug)]
pub struct View {
    pub catalog: Arc<Catalog>,
    pub as_of: Day,
    /// Microseconds UTC; `None`: everything known now.
    pub known_at: Option<i64>,
    tables: Vec<Vec<Arc<Version>>>,
    places: HashMap<RecordId, (RegisterIx, u32)>,
    /// Day of the first record: arrangements begun earlier are 導入前案件.
    pub adopted: Option<Day>,
    /// Fingerprint of the material fields of every version, by its digest.
    materials: Arc<HashMap<Box<str>, u64>>,
}

impl World {
    /// Makes a world without records.
    pub fn new(catalog: Arc<Catalog>) -> World {
        World { catalog, records: HashMap::new(), order: Vec::new(), adopted: None, materials: Arc::default() }
    }

    /// Adds a version; versions of a record arrive in the order of their revisions.
    pub fn insert(&mut self, mut version: Version) -> Arc<Version> {
        derive(&self.catalog, &mut version);
        let version = Arc::new(version);
        let day = tokyo_day(version.recorded_at);
        self.adopted = Some(self.adopted.map_or(day, |a| a.min(day)));
        if self.catalog.is_approved_by_version(version.register) {
            Arc::make_mut(&mut self.materials).insert(version.digest.clone(), material(&self.catalog, &version));
        }
        let versions = self.records.entry(version.id).or_default();
        if versions.is_empty() {
            self.order.push(version.id);
        }
        match versions.iter().position(|v| v.rev == version.rev) {
            Some(ix) => versions[ix] = version.clone(),
            None => versions.push(version.clone()),
        }
        version
    }

    /// Returns the versions of a record, oldest first.
    pub fn history(&self, id: RecordId) -> &[Arc<Version>] {
        self.records.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Returns the newest version of a record.
    pub fn latest(&self, id: RecordId) -> Option<&Arc<Version>> {
        self.history(id).last()
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
        for id in &self.order {
            if let Some(version) = pick(&self.records[id], as_of, known_at) {
                view.put(version.clone());
            }
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
        let starts = self.records.values().flatten().filter_map(|v| v.valid_from.map(PartialDate::first));
        starts.into_iter().any(|d| first < d && d <= last)
    }
}

/// The newest known version that is already true; among equals the later revision.
fn pick(versions: &[Arc<Version>], as_of: Day, known_at: Option<i64>) -> Option<&Arc<Version>> {
    let known = |v: &&Arc<Version>| known_at.is_none_or(|k| v.recorded_at <= k);
    let begins = |v: &Arc<Version>| v.valid_from.map(PartialDate::first);
    versions.iter().filter(known).filter(|v| begins(v).is_none_or(|d| d <= as_of)).max_by_key(|v| (begins(v), v.rev))
}

impl View {
    /// Makes a view without records.
    pub fn empty(catalog: Arc<Catalog>, as_of: Day, known_at: Option<i64>) -> View {
        let tables = vec![Vec::new(); catalog.registers.len()];
        View { catalog, as_of, known_at, tables, places: HashMap::new(), adopted: None, materials: Arc::default() }
    }

    /// Puts a version in the place of the record's former one; returns that.
    pub fn put(&mut self, version: Arc<Version>) -> Option<Arc<Version>> {
        if self.catalog.is_approved_by_version(version.register) && !self.materials.contains_key(&version.digest) {
            Arc::make_mut(&mut self.materials).insert(version.digest.clone(), material(&self.catalog, &version));
        }
        let table = &mut self.tables[usize::from(version.register.0)];
        match self.places.get(&version.id) {
            Some((_, row)) => Some(std::mem::replace(&mut table[*row as usize], version)),
            None => {
                self.places.insert(version.id, (version.register, table.len() as u32));
                table.push(version);
                None
            }
        }
    }

    /// Returns all records of a register, live or not.
    pub fn rows(&self, register: RegisterIx) -> &[Arc<Version>] {
        &self.tables[usize::from(register.0)]
    }

    /// Returns the records of the register named `key`; none when there is no such register.
    pub fn rows_of(&self, key: &str) -> &[Arc<Version>] {
        self.catalog.register_ix(key).map_or(&[], |ix| self.rows(ix))
    }

    /// Returns the position of a record.
    pub fn place(&self, id: RecordId) -> Option<(RegisterIx, u32)> {
        self.places.get(&id).copied()
    }

    /// Returns a record.
    pub fn get(&self, id: RecordId) -> Option<&Arc<Version>> {
        self.place(id).map(|(register, row)| &self.rows(register)[row as usize])
    }

    /// Returns the definition of a version's register.
    pub fn register(&self, version: &Version) -> &Register {
        self.catalog.register(version.register)
    }

    /// Tells whether the record is in a live state of its register.
    pub fn is_live(&self, version: &Version) -> bool {
        self.register(version).is_live(&version.state)
    }

    /// Tells whether a version named by its digest is materially what `current` is.
    pub fn same_material(&self, digest: &str, current: &Version) -> bool {
        if *current.digest == *digest {
            return true;
        }
        let then = self.materials.get(digest);
        then.is_some_and(|m| *m == material(&self.catalog, current))
    }

    /// Returns how many records the view holds.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Tells whether the view holds no record.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

/// Fills the derived slots of a version from the catalogue's tables.
fn derive(catalog: &Catalog, version: &mut Version) {
    let register = catalog.register(version.register);
    version.cells.truncate(register.fields().len());
    for d in &register.derived {
        let given = d.unless.map(|ix| version.cell(ix)).filter(|v| !v.is_missing());
        let value = match (given, version.cell(d.from)) {
            (Some(v), _) => v.clone(),
            (None, Value::Text(t)) => {
                catalog.end_of_support(t).map_or(Value::Null, |d| Value::Date(PartialDate::of(d)))
            }
            _ => Value::Null,
        };
        version.cells.push(value);
    }
}

/// Fingerprint of what an approval rests on: facility and the fields that are material.
fn material(catalog: &Catalog, version: &Version) -> u64 {
    let register = catalog.register(version.register);
    let mut hash = DefaultHasher::new();
    version.facility.hash(&mut hash);
    for (field, cell) in register.fields().iter().zip(&version.cells).filter(|(f, _)| f.material) {
        if let Some(json) = cell.to_json(field) {
            (&field.key, json.to_string()).hash(&mut hash);
        }
    }
    hash.finish()
}
