//! Look-up from normalised values to the rows that hold them, kept in step with the view.
//! Joins, twins and links pointing back all go through here.

use std::collections::hash_map::Entry as Slot;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasherDefault, DefaultHasher, Hash, Hasher};

use crate::expr::{Path, WHOLE};
use crate::record::{IdHasher, RecordId, Version};
use crate::register::RegisterIx;
use crate::text::fold_code;
use crate::value::{Link, Row, Value};
use crate::world::View;

/// Position of an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IndexIx(pub usize);

/// What an index is over.
#[derive(Clone, Debug)]
pub struct IndexSpec {
    pub register: RegisterIx,
    pub sources: Vec<String>,
    pub paths: Vec<Path>,
    /// Links the paths lead through: a change at their end moves the rows that reach it.
    pub(crate) hops: Vec<Hop>,
}

/// A link that is followed: who holds it, where it may lead, and the index that finds its holders by what they point at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hop {
    pub(crate) holder: RegisterIx,
    pub(crate) to: Vec<RegisterIx>,
    pub(crate) index: IndexIx,
}

/// A record's position in its register's table, and that of a row inside it (or [`WHOLE`]).
pub type Entry = (u32, u32);

/// What a record stands under: the id a link points at, or 128 bits of a normalised value's hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyHash(u128);

type KeyMap = HashMap<KeyHash, Entries, BuildHasherDefault<IdHasher>>;

/// The entries under a key; most keys have one.
#[derive(Clone, Debug)]
enum Entries {
    One([Entry; 1]),
    Many(Vec<Entry>),
}

/// All indexes a set of checks asked for.
#[derive(Clone, Debug, Default)]
pub struct Indexes {
    specs: Vec<IndexSpec>,
    maps: Vec<KeyMap>,
    /// Keys each row stands under, to take them back.
    keys: Vec<Vec<Box<[KeyHash]>>>,
}

impl IndexSpec {
    pub(crate) fn new(register: RegisterIx, sources: &[String], paths: Vec<Path>) -> IndexSpec {
        IndexSpec { register, sources: sources.to_vec(), paths, hops: Vec::new() }
    }
}

impl Indexes {
    /// Builds all indexes over a view.
    pub fn build(specs: &[IndexSpec], view: &View) -> Indexes {
        let mut out = Indexes {
            specs: specs.to_vec(),
            maps: vec![KeyMap::default(); specs.len()],
            keys: vec![Vec::new(); specs.len()],
        };
        for (ix, spec) in specs.iter().enumerate() {
            for (at, version) in view.rows(spec.register).iter().enumerate() {
                out.add(ix, at as u32, version, view);
            }
        }
        out
    }

    /// Returns the entries under a key.
    pub fn get(&self, index: IndexIx, key: KeyHash) -> &[Entry] {
        self.maps[index.0].get(&key).map_or(&[], Entries::as_slice)
    }

    /// Returns the keys a row stands under.
    pub fn keys(&self, index: IndexIx, at: u32) -> &[KeyHash] {
        self.keys[index.0].get(at as usize).map_or(&[], |keys| keys)
    }

    /// Takes a changed record out and puts it back as the view has it now, with the rows that reach their keys
    /// through it.
    pub fn refresh(&mut self, changed: &Version, at: u32, view: &View) {
        for ix in 0..self.specs.len() {
            if self.specs[ix].register == changed.register {
                self.renew(ix, at, view);
            }
        }
        for ix in 0..self.specs.len() {
            let spec = &self.specs[ix];
            if !spec.hops.is_empty() {
                let rows = self.readers(&spec.hops, spec.register, changed, view);
                rows.into_iter().for_each(|at| self.renew(ix, at, view));
            }
        }
    }

    /// Returns the rows of `register` from which links lead to the record, over one hop or several.
    pub(crate) fn readers(&self, hops: &[Hop], register: RegisterIx, record: &Version, view: &View) -> BTreeSet<u32> {
        let mut out = BTreeSet::new();
        if !hops.iter().any(|h| h.to.contains(&record.register)) {
            return out;
        }
        let mut seen: BTreeSet<(RegisterIx, u32)> = BTreeSet::new();
        let mut ends = vec![(record.register, KeyHash::of(record.id))];
        while let Some((end, key)) = ends.pop() {
            for hop in hops.iter().filter(|h| h.to.contains(&end)) {
                for (row, _) in self.get(hop.index, key) {
                    if seen.insert((hop.holder, *row)) {
                        ends.push((hop.holder, KeyHash::of(view.rows(hop.holder)[*row as usize].id)));
                        out.extend((hop.holder == register).then_some(*row));
                    }
                }
            }
        }
        out
    }

    fn renew(&mut self, ix: usize, at: u32, view: &View) {
        self.remove(ix, at);
        let register = self.specs[ix].register;
        self.add(ix, at, &view.rows(register)[at as usize], view);
    }

    fn remove(&mut self, ix: usize, at: u32) {
        let Some(keys) = self.keys[ix].get_mut(at as usize) else { return };
        for key in std::mem::take(keys) {
            if let Slot::Occupied(mut entry) = self.maps[ix].entry(key)
                && entry.get_mut().without(at)
            {
                entry.remove();
            }
        }
    }

    fn add(&mut self, ix: usize, at: u32, version: &Version, view: &View) {
        let spec = &self.specs[ix];
        let mut found: Vec<(KeyHash, u32)> = Vec::new();
        if let [path] = spec.paths.as_slice() {
            path.each_in_rows(view, version, &mut |sub, value| each_key(value, &mut |key| found.push((key, sub))));
        } else {
            found.extend(joined(&spec.paths, view, version).map(|key| (key, WHOLE)));
        }
        let keys = &mut self.keys[ix];
        if keys.len() <= at as usize {
            keys.resize(at as usize + 1, Box::default());
        }
        keys[at as usize] = found.iter().map(|f| f.0).collect();
        for (key, sub) in found {
            match self.maps[ix].entry(key) {
                Slot::Occupied(mut entry) => entry.get_mut().push((at, sub)),
                Slot::Vacant(entry) => drop(entry.insert(Entries::One([(at, sub)]))),
            }
        }
    }
}

impl Entries {
    fn as_slice(&self) -> &[Entry] {
        match self {
            Entries::One(one) => one,
            Entries::Many(many) => many,
        }
    }

    fn push(&mut self, entry: Entry) {
        match self {
            Entries::One([first]) => *self = Entries::Many(vec![*first, entry]),
            Entries::Many(many) => many.push(entry),
        }
    }

    /// Takes a row out; tells whether none is left.
    fn without(&mut self, at: u32) -> bool {
        match self {
            Entries::One([only]) => only.0 == at,
            Entries::Many(many) => {
                many.retain(|e| e.0 != at);
                many.is_empty()
            }
        }
    }
}

impl KeyHash {
    /// The key under which other records point at this one.
    pub fn of(id: RecordId) -> KeyHash {
        KeyHash(id.0)
    }

    /// Returns the record the key is the id of, if it is one of the view.
    pub(crate) fn place(self, view: &View) -> Option<(RegisterIx, u32)> {
        view.place(RecordId(self.0))
    }

    /// Returns the keys of a record under one path (one for each value) or several (one, when none is missing).
    pub fn of_paths(paths: &[Path], view: &View, version: &Version) -> Vec<KeyHash> {
        let mut out = Vec::new();
        match paths {
            [path] => path.each(view, version, &mut |value| each_key(value, &mut |key| out.push(key))),
            _ => out.extend(joined(paths, view, version)),
        }
        out
    }

    /// Returns the keys of a row inside a record, one for each value of the path.
    pub(crate) fn of_row(path: &Path, view: &View, record: &Version, row: Option<&Row>) -> Vec<KeyHash> {
        let mut out = Vec::new();
        path.each_from(view, record, row, &mut |value| each_key(value, &mut |key| out.push(key)));
        out
    }

    /// Two halves with different beginnings make chance collisions impossible in practice.
    fn hashed(value: &impl Hash) -> KeyHash {
        let half = |salt: u8| {
            let mut hash = DefaultHasher::new();
            (salt, value).hash(&mut hash);
            u128::from(hash.finish())
        };
        KeyHash(half(1) << 64 | half(2))
    }

    fn text(text: &str) -> KeyHash {
        KeyHash::hashed(&text)
    }
}

/// The joined key of several paths; `None` when one of them is missing.
fn joined(paths: &[Path], view: &View, version: &Version) -> Option<KeyHash> {
    let parts = paths.iter().map(|path| {
        let mut part = None;
        path.each(view, version, &mut |value| each_key(value, &mut |key| part = part.take().or(Some(key))));
        part
    });
    parts.collect::<Option<Vec<KeyHash>>>().map(|parts| KeyHash::hashed(&parts))
}

/// Calls `f` with the key of each value; missing values have none.
fn each_key(value: &Value, f: &mut dyn FnMut(KeyHash)) {
    match value {
        Value::Text(t) => {
            let folded = fold_code(t);
            if !folded.is_empty() {
                f(KeyHash::text(&folded));
            }
        }
        Value::Number(n) => f(KeyHash::text(&n.to_string())),
        Value::YesNo(b) => f(KeyHash::text(&b.to_string())),
        Value::Date(d) => f(KeyHash::text(&d.to_string())),
        Value::Instant(us) => f(KeyHash::text(&us.to_string())),
        Value::Choice(c) => f(KeyHash::text(c)),
        Value::Choices(cs) => cs.iter().for_each(|c| f(KeyHash::text(c))),
        Value::Link(l) => link_key(l, f),
        Value::Links(ls) => ls.iter().for_each(|l| link_key(l, f)),
        Value::Null | Value::Unclear(_) | Value::Files(_) | Value::Period(..) | Value::Rows(_) => {}
    }
}

fn link_key(link: &Link, f: &mut dyn FnMut(KeyHash)) {
    match link {
        Link::To(id) => f(KeyHash::of(*id)),
        Link::Text(t) => {
            let folded = fold_code(t);
            if !folded.is_empty() {
                f(KeyHash::text(&folded));
            }
        }
    }
}
