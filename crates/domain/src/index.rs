//! Look-up from normalised values to the rows that hold them, kept in step with the view.
//! Joins, twins and links pointing back all go through here.

use std::collections::HashMap;

use crate::expr::{Path, WHOLE};
use crate::record::Version;
use crate::register::RegisterIx;
use crate::text::fold_code;
use crate::value::{Link, Value};
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
}

/// A record's position in its register's table, and that of a row inside it (or [`WHOLE`]).
pub type Entry = (u32, u32);

/// All indexes a set of checks asked for.
#[derive(Clone, Debug, Default)]
pub struct Indexes {
    specs: Vec<IndexSpec>,
    maps: Vec<HashMap<Box<str>, Vec<Entry>>>,
    /// Keys each row stands under, to take them back.
    keys: Vec<Vec<Vec<Box<str>>>>,
}

impl Indexes {
    /// Builds all indexes over a view.
    pub fn build(specs: &[IndexSpec], view: &View) -> Indexes {
        let mut out = Indexes {
            specs: specs.to_vec(),
            maps: vec![HashMap::new(); specs.len()],
            keys: vec![Vec::new(); specs.len()],
        };
        for ix in 0..specs.len() {
            for (at, version) in view.rows(specs[ix].register).iter().enumerate() {
                out.add(ix, at as u32, version, view);
            }
        }
        out
    }

    /// Returns the entries under a key.
    pub fn get(&self, index: IndexIx, key: &str) -> &[Entry] {
        self.maps[index.0].get(key).map_or(&[], Vec::as_slice)
    }

    /// Returns the keys a row stands under.
    pub fn keys(&self, index: IndexIx, at: u32) -> &[Box<str>] {
        self.keys[index.0].get(at as usize).map_or(&[], Vec::as_slice)
    }

    /// Takes a row of `register` out and puts it back as the view has it now.
    pub fn refresh(&mut self, register: RegisterIx, at: u32, view: &View) {
        for ix in 0..self.specs.len() {
            if self.specs[ix].register == register {
                self.remove(ix, at);
                self.add(ix, at, &view.rows(register)[at as usize], view);
            }
        }
    }

    fn remove(&mut self, ix: usize, at: u32) {
        let Some(keys) = self.keys[ix].get_mut(at as usize) else { return };
        for key in std::mem::take(keys) {
            if let Some(entries) = self.maps[ix].get_mut(&key) {
                entries.retain(|e| e.0 != at);
            }
        }
    }

    fn add(&mut self, ix: usize, at: u32, version: &Version, view: &View) {
        let mut found: Vec<(Box<str>, u32)> = Vec::new();
        let spec = &self.specs[ix];
        if let [path] = spec.paths.as_slice() {
            path.each_in_rows(view, version, &mut |sub, value| {
                each_key(value, &mut |key| found.push((key.into(), sub)));
            });
        } else if let Some(key) = key_of(&spec.paths, view, version) {
            found.push((key.into(), WHOLE));
        }
        let keys = &mut self.keys[ix];
        if keys.len() <= at as usize {
            keys.resize(at as usize + 1, Vec::new());
        }
        for (key, sub) in found {
            keys[at as usize].push(key.clone());
            self.maps[ix].entry(key).or_default().push((at, sub));
        }
    }
}

/// Returns the joined key of several paths; `None` when one of them is missing.
pub fn key_of(paths: &[Path], view: &View, version: &Version) -> Option<String> {
    let mut out = String::new();
    for path in paths {
        let mut part = None;
        path.each(view, version, &mut |value| each_key(value, &mut |k| part = part.take().or(Some(k))));
        if !out.is_empty() {
            out.push('\u{1f}');
        }
        out.push_str(&part?);
    }
    Some(out)
}

/// Calls `f` with the normalised form of each value; missing values have none.
fn each_key(value: &Value, f: &mut dyn FnMut(String)) {
    match value {
        Value::Text(t) => Some(fold_code(t)).filter(|k| !k.is_empty()).into_iter().for_each(f),
        Value::Number(n) => f(n.to_string()),
        Value::YesNo(b) => f(b.to_string()),
        Value::Date(d) => f(d.to_string()),
        Value::Instant(us) => f(us.to_string()),
        Value::Choice(c) => f(c.to_string()),
        Value::Choices(cs) => cs.iter().for_each(|c| f(c.to_string())),
        Value::Link(l) => f(link_key(l)),
        Value::Links(ls) => ls.iter().for_each(|l| f(link_key(l))),
        Value::Null | Value::Unclear(_) | Value::Files(_) | Value::Period(..) | Value::Rows(_) => {}
    }
}

fn link_key(link: &Link) -> String {
    match link {
        Link::To(id) => format!("@{:x}", id.0),
        Link::Text(t) => fold_code(t),
    }
}
