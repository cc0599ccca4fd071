//! The records as they are on one day, as known at one moment: a version each, in tables by register, and those that
//! begin later. Choosing the version of a record is `super::pick`'s.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::derived::material;
use super::{Materials, World, begins, pick};
use crate::catalog::Catalog;
use crate::cond::tokyo_day;
use crate::date::Day;
use crate::gone::Gone;
use crate::record::{IdMap, RecordId, Version};
use crate::register::{Register, RegisterIx};

/// One version per record: what is true on a day, as known at a moment. Clones share the records.
#[derive(Clone, Debug)]
pub struct View {
    pub catalog: Arc<Catalog>,
    pub as_of: Day,
    /// Microseconds UTC; `None`: everything known now.
    pub known_at: Option<i64>,
    tables: Vec<Arc<Vec<Arc<Version>>>>,
    /// Beside each row of a table, whether it is in a live state.
    live: Vec<Arc<Vec<bool>>>,
    places: Arc<IdMap<(RegisterIx, u32)>>,
    /// Day of the first record: arrangements begun earlier are 導入前案件.
    pub adopted: Option<Day>,
    /// Day on which the newest of its versions was recorded.
    pub(crate) newest: Option<Day>,
    /// Known versions that begin to be true after `as_of`, by that day.
    pub(crate) ahead: BTreeMap<Day, Vec<Arc<Version>>>,
    pub(super) materials: Materials,
    pub(super) gone: Arc<IdMap<Gone>>,
    /// Words made of it name no values of rows: they are to be kept longer than the rows.
    pub(crate) terse: bool,
}

impl View {
    /// Makes a view without records.
    pub fn empty(catalog: Arc<Catalog>, as_of: Day, known_at: Option<i64>) -> View {
        View {
            as_of,
            known_at,
            tables: vec![Arc::default(); catalog.registers.len()],
            live: vec![Arc::default(); catalog.registers.len()],
            catalog,
            places: Arc::default(),
            adopted: None,
            newest: None,
            ahead: BTreeMap::new(),
            materials: Arc::default(),
            gone: Arc::default(),
            terse: false,
        }
    }

    /// Takes over what the world knows of disposals, and its fingerprints, which hold nothing of them any more.
    /// Tells whether there were new ones.
    pub(crate) fn lay_to_rest(&mut self, world: &World) -> bool {
        let news = !Arc::ptr_eq(&self.gone, &world.gone);
        if news {
            self.gone = world.gone.clone();
            self.materials = world.materials.clone();
        }
        news
    }

    /// Returns how a record was disposed of, if it was, however the day judged lies.
    pub fn gone(&self, id: RecordId) -> Option<&Gone> {
        self.gone.get(&id)
    }

    /// Returns the records that were there on the day judged and whose content was disposed of since.
    pub fn gone_since(&self) -> impl Iterator<Item = &Arc<Version>> {
        let then = |gone: &Gone| gone.was_there(self.as_of, self.known_at);
        let mut ids: Vec<RecordId> = self.gone.iter().filter(|(_, gone)| then(gone)).map(|(id, _)| *id).collect();
        ids.sort_unstable();
        ids.into_iter().filter_map(|id| self.get(id))
    }

    /// Takes in one record from its versions: the one true now, and those that will be.
    pub(super) fn learn(&mut self, versions: &[Arc<Version>]) {
        if let Some(version) = pick(versions, self.as_of, self.known_at) {
            self.put(version.clone());
        }
        if versions.iter().any(|v| begins(v) > Some(self.as_of)) {
            self.expect_all(versions);
        }
    }

    /// Notes the known versions of a record that begin later; tells whether there are other ones than before.
    pub(crate) fn expect_all(&mut self, versions: &[Arc<Version>]) -> bool {
        let later: BTreeSet<Day> = versions.iter().filter_map(|v| begins(v)).filter(|d| *d > self.as_of).collect();
        let begin = |day: Day| pick(versions, day, self.known_at).filter(|v| begins(v) == Some(day));
        let beginnings: Vec<(Day, Arc<Version>)> =
            later.into_iter().filter_map(|d| Some((d, begin(d)?.clone()))).collect();
        let Some(first) = versions.first() else { return false };
        let before = self.ahead.iter().flat_map(|(day, all)| all.iter().map(|v| (*day, v.clone())));
        let before: Vec<(Day, Arc<Version>)> = before.filter(|(_, v)| v.id == first.id).collect();
        if before == beginnings {
            return false;
        }
        self.ahead.values_mut().for_each(|all| all.retain(|v| v.id != first.id));
        self.ahead.retain(|_, all| !all.is_empty());
        beginnings.into_iter().for_each(|(day, version)| self.expect(day, version));
        true
    }

    /// Lets time pass to `day`; returns the versions that begin until then, the last one of each record.
    pub(crate) fn begin(&mut self, day: Day) -> Vec<Arc<Version>> {
        self.as_of = day;
        let later = self.ahead.split_off(&Day(day.0.saturating_add(1)));
        let begun = std::mem::replace(&mut self.ahead, later);
        let mut out: Vec<Arc<Version>> = Vec::new();
        for version in begun.into_values().flatten() {
            out.retain(|v| v.id != version.id);
            out.push(version);
        }
        out
    }

    /// Puts a version in the place of the record's former one; returns that.
    pub fn put(&mut self, version: Arc<Version>) -> Option<Arc<Version>> {
        if self.catalog.is_approved_by_version(version.register) && !self.materials.contains_key(&version.digest) {
            Arc::make_mut(&mut self.materials).insert(version.digest.clone(), material(&self.catalog, &version));
        }
        let day = tokyo_day(version.recorded_at);
        self.adopted = Some(self.adopted.map_or(day, |a| a.min(day)));
        self.newest = self.newest.max(Some(day));
        let is_live = self.is_live(&version);
        let table = Arc::make_mut(&mut self.tables[usize::from(version.register.0)]);
        let live = Arc::make_mut(&mut self.live[usize::from(version.register.0)]);
        match self.places.get(&version.id) {
            Some((_, row)) => {
                live[*row as usize] = is_live;
                Some(std::mem::replace(&mut table[*row as usize], version))
            }
            None => {
                Arc::make_mut(&mut self.places).insert(version.id, (version.register, table.len() as u32));
                live.push(is_live);
                table.push(version);
                None
            }
        }
    }

    /// Notes a version that begins to be true on a later day, in place of an older one of that record and day.
    pub(crate) fn expect(&mut self, day: Day, version: Arc<Version>) {
        let then = self.ahead.entry(day).or_default();
        then.retain(|v| v.id != version.id);
        then.push(version);
    }

    /// Returns the position of a version in its table; `None` when the view holds another one of the record.
    pub(crate) fn position_of(&self, version: &Version) -> Option<u32> {
        let (register, row) = self.place(version.id)?;
        std::ptr::eq(&*self.rows(register)[row as usize], version).then_some(row)
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

    /// Tells for each row of a register whether it is in a live state.
    pub(crate) fn live_rows(&self, register: RegisterIx) -> &[bool] {
        &self.live[usize::from(register.0)]
    }

    /// Tells whether the record is in a live state of its register. One whose content was disposed of is in none.
    pub fn is_live(&self, version: &Version) -> bool {
        !version.disposed && self.register(version).is_live(&version.state)
    }

    /// Tells whether a version named by its digest is materially what `current` is.
    pub fn same_material(&self, digest: &str, current: &Version) -> bool {
        if *current.digest == *digest {
            return true;
        }
        let now = self.materials.get(&current.digest).copied();
        let now = now.unwrap_or_else(|| material(&self.catalog, current));
        self.materials.get(digest).is_some_and(|then| *then == now)
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
