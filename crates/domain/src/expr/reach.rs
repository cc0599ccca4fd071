//! Compiled ways to a value: from the record, the row or a loop variable, over links, to a slot.
//! Walking one allocates nothing.

use super::Env;
use crate::date::PartialDate;
use crate::record::{RecordId, Version};
use crate::register::RegisterIx;
use crate::value::{Link, Row, Value};

/// A value an operation works on; what is missing is `None` in its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Val<'v> {
    Bool(bool),
    Num(f64),
    Text(&'v str),
    Date(PartialDate),
    Instant(i64),
    Link(RecordId),
    Record(&'v Version),
    Row(&'v Row),
    File,
}

/// An evaluation's surroundings: the environment and the loop variables around the current place.
pub(super) struct Cx<'v, 'f> {
    pub(super) env: &'f Env<'v>,
    user: Option<RecordId>,
    item: Option<Val<'v>>,
    outer: Option<&'f Cx<'v, 'f>>,
}

impl<'v, 'f> Cx<'v, 'f> {
    pub(super) fn new(env: &'f Env<'v>, user: Option<RecordId>) -> Self {
        Cx { env, user, item: None, outer: None }
    }

    /// Returns the surroundings of a loop's body.
    pub(super) fn with<'i>(&'i self, item: Option<Val<'v>>) -> Cx<'v, 'i>
    where
        'f: 'i,
    {
        Cx { env: self.env, user: self.user, item, outer: Some(self) }
    }

    /// Returns the loop variable `depth` loops further out.
    fn var(&self, depth: usize) -> Option<Val<'v>> {
        let mut cx = self;
        for _ in 0..depth {
            cx = cx.outer?;
        }
        cx.item
    }
}

/// Where a way begins.
#[derive(Clone, Copy, Debug)]
pub(super) enum Root {
    Record,
    Row,
    /// The person who acts.
    User,
    /// A loop variable, counted outwards from the innermost loop.
    Var(usize),
}

/// How a slot is found in the record or row at hand.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    At(RegisterIx, usize),
    /// Several registers have the field: slot by register.
    Any(Box<[Option<u16>]>),
    /// Slot of a row.
    Sub(usize),
}

/// What is read at the end of the way.
#[derive(Clone, Debug)]
pub(super) enum Get {
    Cell(Cell),
    From(Cell),
    To(Cell),
    Status,
    Code,
    Facility,
    /// The record, row or loop variable itself.
    Itself,
}

/// A compiled way.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    pub(super) root: Root,
    /// Links to follow.
    pub(super) hops: Box<[Cell]>,
    pub(super) get: Get,
    /// What people call the root, each hop and the end: the shortest missing one is reported.
    pub(super) names: Box<[String]>,
}

/// A record or a row.
#[derive(Clone, Copy)]
pub(super) enum Place<'v> {
    Record(&'v Version),
    Row(&'v Row),
}

impl Cell {
    pub(super) fn of<'v>(&self, place: Place<'v>) -> &'v Value {
        match (self, place) {
            (Cell::At(register, slot), Place::Record(v)) if v.register == *register => v.cell(*slot),
            (Cell::Any(slots), Place::Record(v)) => {
                let slot = slots.get(usize::from(v.register.0)).copied().flatten();
                slot.map_or(&Value::Null, |s| v.cell(usize::from(s)))
            }
            (Cell::Sub(slot), Place::Row(row)) => row.cells.get(*slot).unwrap_or(&Value::Null),
            _ => &Value::Null,
        }
    }
}

impl Reach {
    /// Walks to the record or row that holds the end; else tells which name was missing.
    fn walk<'v>(&self, cx: &Cx<'v, '_>) -> Result<Place<'v>, usize> {
        let mut place = self.start(cx).ok_or(0usize)?;
        for (ix, hop) in self.hops.iter().enumerate() {
            let Value::Link(Link::To(id)) = hop.of(place) else { return Err(ix + 1) };
            place = Place::Record(cx.env.view.get(*id).ok_or(ix + 1)?);
        }
        Ok(place)
    }

    fn start<'v>(&self, cx: &Cx<'v, '_>) -> Option<Place<'v>> {
        match self.root {
            Root::Record => cx.env.record.map(Place::Record),
            Root::Row => cx.env.row.map(Place::Row),
            Root::User => cx.env.view.get(cx.user?).map(|v| Place::Record(v)),
            Root::Var(depth) => match cx.var(depth)? {
                Val::Row(row) => Some(Place::Row(row)),
                Val::Record(version) => Some(Place::Record(version)),
                Val::Link(id) => cx.env.view.get(id).map(|v| Place::Record(v)),
                _ => None,
            },
        }
    }

    /// Returns the cell at the end; `None` when the way breaks off or ends at no cell.
    pub(super) fn cell<'v>(&self, cx: &Cx<'v, '_>) -> Option<&'v Value> {
        match &self.get {
            Get::Cell(c) | Get::From(c) | Get::To(c) => Some(c.of(self.walk(cx).ok()?)),
            Get::Status | Get::Code | Get::Facility | Get::Itself => None,
        }
    }

    /// Returns the value at the end, `None` when it is missing, unreadable or no single value.
    pub(super) fn val<'v>(&self, cx: &Cx<'v, '_>) -> Option<Val<'v>> {
        match (&self.get, self.root) {
            (Get::Itself, Root::Var(depth)) => return cx.var(depth),
            (Get::Itself, Root::User) => return cx.user.map(Val::Link),
            _ => {}
        }
        let place = self.walk(cx).ok()?;
        match (&self.get, place) {
            (Get::Cell(c), _) => scalar(c.of(place)),
            (Get::From(c), _) => period(c.of(place))?.0.map(Val::Date),
            (Get::To(c), _) => period(c.of(place))?.1.map(Val::Date),
            (Get::Status, Place::Record(v)) => text(&v.state),
            (Get::Code, Place::Record(v)) => text(&v.code),
            (Get::Facility, Place::Record(v)) => text(&v.facility),
            (Get::Itself, Place::Record(v)) => Some(Val::Record(v)),
            (Get::Itself, Place::Row(row)) => Some(Val::Row(row)),
            _ => None,
        }
    }

    /// Tells whether something usable is there (`has`).
    pub(super) fn has(&self, cx: &Cx) -> bool {
        match &self.get {
            Get::Cell(_) => self.cell(cx).is_some_and(usable),
            _ => self.val(cx).is_some(),
        }
    }

    /// Tells whether anything was written, readable or not (`written`).
    pub(super) fn written(&self, cx: &Cx) -> bool {
        match &self.get {
            Get::Cell(_) => self.cell(cx).is_some_and(|v| !v.is_blank()),
            Get::Itself => true,
            _ => self.val(cx).is_some(),
        }
    }

    /// Returns the record at the end, a link there followed too.
    pub(super) fn record<'v>(&self, cx: &Cx<'v, '_>) -> Option<&'v Version> {
        match self.val(cx)? {
            Val::Record(version) => Some(version),
            Val::Link(id) => cx.env.view.get(id).map(|v| &**v),
            _ => None,
        }
    }

    /// Returns the name of what is missing on the way, or of its end.
    pub(super) fn missing_name(&self, cx: &Cx) -> &str {
        let broken = self.walk(cx).err().unwrap_or(usize::MAX);
        let last = self.names.len().saturating_sub(1);
        self.names.get(broken.min(last)).map_or("", String::as_str)
    }
}

/// Tells whether a cell holds something expressions can use; unresolved links do not count.
fn usable(value: &Value) -> bool {
    match value {
        Value::Link(link) => matches!(link, Link::To(_)),
        Value::Links(links) => links.iter().any(|l| matches!(l, Link::To(_))),
        other => !other.is_missing(),
    }
}

fn period(value: &Value) -> Option<(Option<PartialDate>, Option<PartialDate>)> {
    match value {
        Value::Period(from, to) => Some((*from, *to)),
        _ => None,
    }
}

fn text(t: &str) -> Option<Val<'_>> {
    (!t.is_empty()).then_some(Val::Text(t))
}

/// Returns the single value of a cell.
fn scalar(value: &Value) -> Option<Val<'_>> {
    match value {
        Value::Text(t) | Value::Choice(t) => text(t),
        Value::Number(n) => n.is_finite().then_some(Val::Num(*n)),
        Value::YesNo(b) => Some(Val::Bool(*b)),
        Value::Date(d) => Some(Val::Date(*d)),
        Value::Instant(us) => Some(Val::Instant(*us)),
        Value::Link(link) => target(link),
        _ => None,
    }
}

/// Returns the record a link points to; words nobody resolved are missing.
pub(super) fn target(link: &Link) -> Option<Val<'static>> {
    match link {
        Link::To(id) => Some(Val::Link(*id)),
        Link::Text(_) => None,
    }
}
