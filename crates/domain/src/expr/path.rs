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

/// In place of a row's position: the value came through no row of the record itself.
pub const WHOLE: u32 = u32::MAX;

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
        let start = if self.0.from_row { row.map(Place::Row) } else { record.map(Place::Record) };
        self.walk(view, start, &mut |_, value| out.push(value));
        out
    }

    /// Visits the values from a record without collecting them.
    pub fn each(&self, view: &View, record: &Version, visit: &mut dyn FnMut(&Value)) {
        self.each_in_rows(view, record, &mut |_, value| visit(value));
    }

    /// Visits the values from a record with the 0-based position of the record's own row each came through;
    /// [`WHOLE`] when it came through none.
    pub fn each_in_rows(&self, view: &View, record: &Version, visit: &mut dyn FnMut(u32, &Value)) {
        let start = (!self.0.from_row).then_some(Place::Record(record));
        self.walk(view, start, &mut |sub, value| visit(sub, &value));
    }

    /// Visits the values from a record or the row `s`, whichever it leads from, without collecting them.
    pub fn each_from(&self, view: &View, record: &Version, row: Option<&Row>, visit: &mut dyn FnMut(&Value)) {
        let start = if self.0.from_row { row.map(Place::Row) } else { Some(Place::Record(record)) };
        self.walk(view, start, &mut |_, value| visit(&value));
    }

    fn walk<'a>(&self, view: &'a View, start: Option<Place<'a>>, visit: &mut Visit<'a, '_>) {
        if let Some(place) = start {
            Walk { view, get: &self.0.get, hops: &self.0.hops, visit }.go(place, 0, WHOLE);
        }
    }
}

type Visit<'a, 'c> = dyn FnMut(u32, Found<'a>) + 'c;

/// One walk along a path.
struct Walk<'a, 'p, 'c> {
    view: &'a View,
    get: &'p Get,
    hops: &'p [Cell],
    visit: &'p mut Visit<'a, 'c>,
}

impl<'a> Walk<'a, '_, '_> {
    /// Goes on from `place`, before hop `at`, having come through row `sub` of the record.
    fn go(&mut self, place: Place<'a>, at: usize, sub: u32) {
        let Some(hop) = self.hops.get(at) else { return self.end(place, sub) };
        match hop.of(place) {
            Value::Link(link) => self.follow(link, at, sub),
            Value::Links(links) => links.iter().for_each(|l| self.follow(l, at, sub)),
            Value::Rows(rows) => {
                for (position, row) in (0u32..).zip(rows) {
                    // Rows reached through a link are not the record's own.
                    self.go(Place::Row(row), at + 1, if at == 0 { position } else { sub });
                }
            }
            _ => {}
        }
    }

    fn follow(&mut self, link: &Link, at: usize, sub: u32) {
        if let Link::To(id) = link
            && let Some(version) = self.view.get(*id)
        {
            self.go(Place::Record(version), at + 1, sub);
        }
    }

    fn end(&mut self, place: Place<'a>, sub: u32) {
        let text = |t: &str| Cow::Owned(Value::Text(t.into()));
        let date = |d: Option<_>| Cow::Owned(d.map_or(Value::Null, Value::Date));
        let found = match (self.get, place) {
            (Get::Cell(cell), _) => Cow::Borrowed(cell.of(place)),
            (Get::From(cell), _) => ends(cell.of(place)).map_or_else(Cow::Borrowed, |e| date(e.0)),
            (Get::To(cell), _) => ends(cell.of(place)).map_or_else(Cow::Borrowed, |e| date(e.1)),
            (Get::Status, Place::Record(v)) => text(&v.state),
            (Get::Code, Place::Record(v)) => text(&v.code),
            (Get::Facility, Place::Record(v)) => text(&v.facility),
            _ => return,
        };
        (self.visit)(sub, found);
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
