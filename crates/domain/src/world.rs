//! All records in memory: every version, and the view of them at one day and one state of knowledge.
//! Loading them is the store's work; judging them the verdict engine's.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::cond::tokyo_day;
use crate::date::{Day, PartialDate};
use crate::gone::Gone;
use crate::record::{IdMap, RecordId, Version};
use crate::register::{Register, RegisterIx, RunDef};
use crate::value::Value;

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
    materials: Materials,
    gone: Arc<IdMap<Gone>>,
    /// Words made of it name no values of rows: they are to be kept longer than the rows.
    pub(crate) terse: bool,
}

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
    fn learn(&mut self, versions: &[Arc<Version>]) {
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

/// Fills the derived slots of a version from the catalogue's tables.
fn derive(catalog: &Catalog, version: &mut Version) {
    let register = catalog.register(version.register);
    version.cells.truncate(register.fields().len());
    version.cells.reserve_exact(register.derived.len());
    for d in &register.derived {
        let given = d.unless.map(|ix| version.cell(ix)).filter(|v| !v.is_missing());
        let day = |day: Option<Day>| day.map_or(Value::Null, |d| Value::Date(PartialDate::of(d)));
        let value = match (given, &d.clock, version.cell(d.from)) {
            (Some(v), ..) => v.clone(),
            (None, Some(run), from) => day(due(catalog, version, run, from)),
            (None, None, Value::Text(t)) => day(catalog.end_of_support(t)),
            _ => Value::Null,
        };
        version.cells.push(value);
    }
}

/// Returns the day a clock runs out that began at a date.
fn due(catalog: &Catalog, version: &Version, run: &RunDef, from: &Value) -> Option<Day> {
    let (began, _) = crate::cond::days(from)?;
    let chosen = run.by.map(|ix| version.cell(ix));
    let days = catalog.clock(&run.clock)?.days_for(chosen.into_iter().flat_map(Value::choices))?;
    Some(Day(began.0.saturating_add(i32::from(days))))
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
