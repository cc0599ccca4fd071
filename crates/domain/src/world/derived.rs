//! What a version says without saying it: derived fields from the catalogue's tables, and the fingerprint of what an
//! approval rests on.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::catalog::Catalog;
use crate::date::{Day, PartialDate};
use crate::record::Version;
use crate::register::RunDef;
use crate::value::Value;

/// Fills the derived slots of a version from the catalogue's tables.
pub(super) fn derive(catalog: &Catalog, version: &mut Version) {
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
pub(super) fn material(catalog: &Catalog, version: &Version) -> u64 {
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
