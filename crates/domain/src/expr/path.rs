//! Field paths of date conditions and joins: `last_seen`, `person.left`, `attendance.person`.
//! Unlike expressions they lead through links and into rows to several values.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::place::{Resolver, Trail, Ty};
use super::reach::{Cell, Get, Place, Root};
use super::{ExprFault, Reads, Scope};
use crate::record::Version;
use crate::register::FieldKind;
use crate::value::{Link, Row, Value};
use crate::world::View;

/// A checked path from a record (or from a row inside one) to a field. Cheap to clone.
#[derive(Clone)]
pub struct Path(Arc<Inner>);

struct Inner {
    source: String,
    from_row: bool,
    hops: Box<[Cell]>,
    get: Get,
    kind: FieldKind,
    reads: Reads,
}

/// A value at the end of a path; properties of records (`code`) are made on the way, cells are borrowed.
pub type Found<'a> = Cow<'a, Value>;

impl Path {
    /// Checks `source`. It begins with a field of the record; `r.` may stand before it, `s.` leads from the row.
    pub fn compile(source: &str, scope: &Scope) -> Result<Path, ExprFault> {
        let mut names = Resolver::new(scope);
        let mut parts = source.split('.').map(str::trim).peekable();
        let mut trail = match parts.next_if(|p| *p == "s" || *p == "r") {
            Some("s") => names.row()?,
            _ => names.record()?,
        };
        for part in parts {
            if let Ty::List(item) = trail.ty.clone() {
                trail.ty = *item;
            }
            trail = names.select(trail, part)?;
        }
        finish(source, trail, names.reads)
    }

    /// Returns the path as written.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Returns the kind of the field it ends at: `date` for the ends of a period, `text` for state, number and facility.
    pub fn kind(&self) -> &FieldKind {
        &self.0.kind
    }

    /// Returns what it may read.
    pub fn reads(&self) -> &Reads {
        &self.0.reads
    }

    /// Tells whether it leads from the row `s`.
    pub fn from_row(&self) -> bool {
        self.0.from_row
    }

    /// Tells whether the end is a link or links.
    pub fn is_link(&self) -> bool {
        matches!(self.0.kind, FieldKind::Link(_) | FieldKind::Links(_) | FieldKind::Person | FieldKind::Persons)
    }

    /// Returns the values it reaches from a record, blank and unreadable ones included. None when the way
    /// breaks off at a blank or unresolved link or at no rows. A path from the row reaches nothing here.
    pub fn values<'a>(&self, view: &'a View, record: &'a Version) -> Vec<Found<'a>> {
        self.values_in(view, Some(record), None)
    }

    /// Returns the values it reaches from a record or the row `s`, whichever it leads from.
    pub fn values_in<'a>(&self, view: &'a View, record: Option<&'a Version>, row: Option<&'a Row>) -> Vec<Found<'a>> {
        let mut out = Vec::new();
        self.each(view, record, row, &mut |value| out.push(value));
        out
    }

    /// Visits the values without collecting them.
    pub fn each<'a>(&self, view: &'a View, record: Option<&'a Version>, row: Option<&'a Row>, visit: &mut dyn FnMut(Found<'a>)) {
        let start = if self.0.from_row { row.map(Place::Row) } else { record.map(Place::Record) };
        if let Some(place) = start {
            self.walk(view, place, &self.0.hops, visit);
        }
    }

    fn walk<'a>(&self, view: &'a View, place: Place<'a>, hops: &[Cell], visit: &mut dyn FnMut(Found<'a>)) {
        let Some((hop, rest)) = hops.split_first() else { return self.end(place, visit) };
        let mut follow = |link: &Link| {
            if let Link::To(id) = link
                && let Some(version) = view.get(*id)
            {
                self.walk(view, Place::Record(version), rest, visit);
            }
        };
        match hop.of(place) {
            Value::Link(link) => follow(link),
            Value::Links(links) => links.iter().for_each(follow),
            Value::Rows(rows) => rows.iter().for_each(|r| self.walk(view, Place::Row(r), rest, visit)),
            _ => {}
        }
    }

    fn end<'a>(&self, place: Place<'a>, visit: &mut dyn FnMut(Found<'a>)) {
        let text = |t: &str| Cow::Owned(Value::Text(t.into()));
        let date = |d: Option<_>| Cow::Owned(d.map_or(Value::Null, Value::Date));
        match (&self.0.get, place) {
            (Get::Cell(cell), _) => visit(Cow::Borrowed(cell.of(place))),
            (Get::From(cell), _) => visit(ends(cell.of(place)).map_or_else(Cow::Borrowed, |e| date(e.0))),
            (Get::To(cell), _) => visit(ends(cell.of(place)).map_or_else(Cow::Borrowed, |e| date(e.1))),
            (Get::Status, Place::Record(v)) => visit(text(&v.state)),
            (Get::Code, Place::Record(v)) => visit(text(&v.code)),
            (Get::Facility, Place::Record(v)) => visit(text(&v.facility)),
            _ => {}
        }
    }
}

type Ends = (Option<crate::date::PartialDate>, Option<crate::date::PartialDate>);

/// Returns the ends of a period; what is no period (blank, unreadable) comes back as it is.
fn ends(value: &Value) -> Result<Ends, &Value> {
    match value {
        Value::Period(from, to) => Ok((*from, *to)),
        other => Err(other),
    }
}

fn finish(source: &str, trail: Trail, reads: Reads) -> Result<Path, ExprFault> {
    let Some(kind) = trail.kind else {
        return Err(ExprFault::new(format!("`{source}` names no field"), "name a field: `last_seen`, `person.left`"));
    };
    let from_row = matches!(trail.root, Root::Row);
    Ok(Path(Arc::new(Inner { source: source.into(), from_row, hops: trail.hops.into(), get: trail.get, kind, reads })))
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Path").field(&self.0.source).finish()
    }
}

impl PartialEq for Path {
    /// Same text; paths are compared within one scope only.
    fn eq(&self, other: &Path) -> bool {
        self.0.source == other.0.source
    }
}
