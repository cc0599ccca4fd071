//! Names to places: resolves `r.person.left` against the register definitions, one name at a time,
//! and notes what is read on the way. The types of expressions are defined here too.

use super::fit::{among, unify};
use super::reach::{Cell, Get, Reach, Root};
use super::{ExprFault, Followed, Reads, Scope};
use crate::register::{Field, FieldKind, Register, RegisterIx};

/// Static type of an expression.
#[derive(Clone, Debug)]
pub(super) enum Ty<'a> {
    Bool,
    Num,
    Text,
    Date,
    Instant,
    Period,
    File,
    /// A key; `None`: of no closed set.
    Choice(Option<Vec<&'a str>>),
    Link(LinkTy),
    Record(Vec<RegisterIx>),
    Row(Home<'a>),
    List(Box<Ty<'a>>),
}

/// A link: where it may stand and where it may lead.
#[derive(Clone, Debug, Default)]
pub(super) struct LinkTy {
    pub(super) to: Vec<RegisterIx>,
    pub(super) at: Vec<Spot>,
}

/// Register, slot, and slot inside rows.
pub(super) type Spot = (RegisterIx, usize, Option<usize>);

/// The rows field a row belongs to.
#[derive(Clone, Debug)]
pub(super) struct Home<'a> {
    pub(super) at: Option<(RegisterIx, usize)>,
    pub(super) fields: &'a [Field],
}

/// A way under construction.
#[derive(Clone, Debug)]
pub(super) struct Trail<'a> {
    pub(super) root: Root,
    pub(super) hops: Vec<Cell>,
    pub(super) get: Get,
    pub(super) names: Vec<String>,
    pub(super) ty: Ty<'a>,
    /// Kind of the field at the end, when there is one.
    pub(super) kind: Option<FieldKind>,
}

impl<'a> Trail<'a> {
    /// Begins at a record, row or variable called `name`.
    pub(super) fn at(root: Root, name: impl Into<String>, ty: Ty<'a>) -> Trail<'a> {
        Trail { root, hops: Vec::new(), get: Get::Itself, names: vec![name.into()], ty, kind: None }
    }

    /// Returns what people call the end.
    pub(super) fn name(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }

    pub(super) fn reach(self) -> Reach {
        Reach { root: self.root, hops: self.hops.into(), get: self.get, names: self.names.into() }
    }

    /// Goes on to a cell of the record or row at hand.
    fn go(&mut self, field: &str, get: Get, ty: Ty<'a>, kind: Option<FieldKind>) {
        self.names.push(format!("{}.{field}", self.name()));
        (self.get, self.ty, self.kind) = (get, ty, kind);
    }

    /// Steps through the link or the rows at the end; a loop variable is there already.
    fn enter(&mut self) {
        if let Get::Cell(cell) = std::mem::replace(&mut self.get, Get::Itself) {
            self.hops.push(cell);
        }
    }
}

/// Resolves names and collects what they read.
pub(super) struct Resolver<'a> {
    pub(super) scope: Scope<'a>,
    pub(super) reads: Reads,
    /// `user` is known.
    pub(super) acting: bool,
}

impl<'a> Resolver<'a> {
    pub(super) fn new(scope: &Scope<'a>) -> Resolver<'a> {
        Resolver { scope: *scope, reads: Reads::default(), acting: false }
    }

    /// Returns `r`.
    pub(super) fn record(&self) -> Result<Trail<'a>, ExprFault> {
        let register = self
            .scope
            .record
            .ok_or_else(|| ExprFault::new("`r` is not known here", "only `facts` can be used here"))?;
        Ok(Trail::at(Root::Record, "r", Ty::Record(vec![register])))
    }

    /// Returns `s`.
    pub(super) fn row(&mut self) -> Result<Trail<'a>, ExprFault> {
        let hint = "`s` is the row inside a record; it exists in conditions on rows only";
        let fields = self.scope.row.ok_or_else(|| ExprFault::new("`s` is not known here", hint))?;
        self.reads.row = true;
        Ok(Trail::at(Root::Row, "s", Ty::Row(Home { at: self.home(fields), fields })))
    }

    /// Returns `user`, a link to the person who acts.
    pub(super) fn user(&self) -> Trail<'a> {
        let to = self.scope.catalog.register_ix("personnel").into_iter().collect();
        Trail::at(Root::User, "user", Ty::Link(LinkTy { to, at: Vec::new() }))
    }

    /// Finds the rows field of `r`'s register whose sub-fields these are.
    fn home(&self, fields: &[Field]) -> Option<(RegisterIx, usize)> {
        let ix = self.scope.record?;
        let all = self.scope.catalog.register(ix).fields();
        let same = |f: &Field| std::ptr::eq(f.rows(), fields);
        all.iter().position(same).map(|slot| (ix, slot))
    }

    /// Goes from the end of a way to one of its fields.
    pub(super) fn select(&mut self, mut trail: Trail<'a>, field: &str) -> Result<Trail<'a>, ExprFault> {
        match trail.ty.clone() {
            Ty::Record(registers) => self.field(trail, &registers, field),
            Ty::Link(link) => {
                self.follow(&link, trail.name())?;
                trail.enter();
                self.field(trail, &link.to, field)
            }
            Ty::Row(home) => self.cell(trail, &home, field),
            Ty::Period => end(trail, field),
            Ty::List(item) => {
                let name = trail.name();
                let what = format!("`{name}` is a list of {}, not one", item.name());
                Err(ExprFault::new(what, format!("ask of its elements: `{name}.exists(x, …)` or `{name}.all(x, …)`")))
            }
            other => {
                let what = format!("`{}` is {} and has no `{field}`", trail.name(), other.name());
                Err(ExprFault::new(what, "only links, rows and periods have fields of their own"))
            }
        }
    }

    /// Notes that links of this type are followed.
    pub(super) fn follow(&mut self, link: &LinkTy, name: &str) -> Result<(), ExprFault> {
        if link.to.is_empty() {
            return Err(ExprFault::new(
                format!("`{name}` leads to no register of the catalogue"),
                "mend `to` of the link field",
            ));
        }
        let followed = |&(register, field, sub): &Spot| Followed { register, field, sub, to: link.to.clone() };
        self.reads.links.extend(link.at.iter().map(followed));
        Ok(())
    }

    /// Goes on to a field, or to the state, number or facility every record has.
    fn field(&mut self, mut trail: Trail<'a>, registers: &[RegisterIx], field: &str) -> Result<Trail<'a>, ExprFault> {
        let own = matches!(trail.root, Root::Record) && trail.hops.is_empty();
        match field {
            "status" => {
                self.reads.status |= own;
                let states = registers.iter().flat_map(|ix| &self.register(*ix).states).map(|s| s.key.as_str());
                trail.go(field, Get::Status, Ty::Choice(Some(states.collect())), Some(FieldKind::Text));
            }
            "code" => trail.go(field, Get::Code, Ty::Text, Some(FieldKind::Text)),
            "facility" => trail.go(field, Get::Facility, Ty::Text, Some(FieldKind::Text)),
            _ => {
                let found = self.find(trail.name(), registers, field)?;
                for (register, slot) in &found {
                    match own {
                        true => drop(self.reads.fields.insert(*slot)),
                        false => drop(self.reads.far.insert((*register, *slot))),
                    }
                }
                let ty = self.common_type(&found, trail.name(), field)?;
                let kind = found.first().map(|(ix, slot)| self.register(*ix).slot(*slot).kind.clone());
                trail.go(field, Get::Cell(self.slots(registers, &found)), ty, kind);
            }
        }
        Ok(trail)
    }

    /// Returns where the registers have the field.
    fn find(&self, owner: &str, registers: &[RegisterIx], field: &str) -> Result<Vec<(RegisterIx, usize)>, ExprFault> {
        let slot = |ix: &RegisterIx| self.register(*ix).field_ix(field).map(|slot| (*ix, slot));
        let found: Vec<_> = registers.iter().filter_map(slot).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let mut known: Vec<&str> = registers.iter().flat_map(|ix| keys(self.register(*ix))).collect();
        known.sort_unstable();
        known.dedup();
        let names: Vec<&str> = registers.iter().map(|ix| self.register(*ix).key.as_str()).collect();
        let of = if names.len() > 3 { "any register".into() } else { names.join(", ") };
        Err(ExprFault::new(format!("`{owner}.{field}`: no field `{field}` in {of}"), among("fields", field, known)))
    }

    /// Returns how the slot is found at run time.
    fn slots(&self, registers: &[RegisterIx], found: &[(RegisterIx, usize)]) -> Cell {
        match (registers, found) {
            ([_], [(register, slot)]) => Cell::At(*register, *slot),
            _ => {
                let mut table = vec![None; self.scope.catalog.registers.len()];
                for (register, slot) in found {
                    table[usize::from(register.0)] = u16::try_from(*slot).ok();
                }
                Cell::Any(table.into())
            }
        }
    }

    /// Returns the type that a field has in all registers that have it.
    fn common_type(&self, found: &[(RegisterIx, usize)], owner: &str, field: &str) -> Result<Ty<'a>, ExprFault> {
        let types = found.iter().map(|(ix, slot)| self.ty(self.register(*ix).slot(*slot), (*ix, *slot, None)));
        types.map(Some).reduce(|a, b| unify(a?, b?)).flatten().ok_or_else(|| {
            let what = format!("`{owner}.{field}` is of different kinds in the registers `{owner}` may lead to");
            ExprFault::new(what, "use a field that has one kind, or a link to fewer registers")
        })
    }

    /// Goes on to a sub-field of a row.
    fn cell(&mut self, mut trail: Trail<'a>, home: &Home<'a>, field: &str) -> Result<Trail<'a>, ExprFault> {
        let Some(slot) = home.fields.iter().position(|f| f.key == field) else {
            let what = format!("`{}.{field}`: no sub-field `{field}`", trail.name());
            return Err(ExprFault::new(
                what,
                among("sub-fields", field, home.fields.iter().map(|f| f.key.as_str()).collect()),
            ));
        };
        let def = &home.fields[slot];
        let mut ty = self.ty(def, (RegisterIx(0), 0, Some(slot)));
        place_links(&mut ty, home.at, slot);
        trail.enter();
        trail.go(field, Get::Cell(Cell::Sub(slot)), ty, Some(def.kind.clone()));
        Ok(trail)
    }

    /// Returns the type of a field that stands at `spot`.
    fn ty(&self, field: &'a Field, spot: Spot) -> Ty<'a> {
        let link = || Ty::Link(LinkTy { to: self.targets(field), at: vec![spot] });
        let options = || {
            let keys: Vec<&str> = field.options().iter().map(|o| o.key.as_str()).collect();
            Ty::Choice((!keys.is_empty()).then_some(keys))
        };
        match &field.kind {
            FieldKind::Text | FieldKind::Long | FieldKind::Url => Ty::Text,
            FieldKind::Number { .. } => Ty::Num,
            FieldKind::YesNo => Ty::Bool,
            FieldKind::Date => Ty::Date,
            FieldKind::Instant => Ty::Instant,
            FieldKind::Period => Ty::Period,
            FieldKind::Choice(_) => options(),
            FieldKind::Choices(_) => Ty::List(Box::new(options())),
            FieldKind::Link(_) | FieldKind::Person => link(),
            FieldKind::Links(_) | FieldKind::Persons => Ty::List(Box::new(link())),
            FieldKind::Files => Ty::List(Box::new(Ty::File)),
            FieldKind::Rows(fields) => Ty::List(Box::new(Ty::Row(Home { at: Some((spot.0, spot.1)), fields }))),
        }
    }

    fn targets(&self, field: &Field) -> Vec<RegisterIx> {
        let keys = field.targets();
        if keys.is_empty() {
            return (0..self.scope.catalog.registers.len()).map(|ix| RegisterIx(ix as u16)).collect();
        }
        keys.into_iter().filter_map(|k| self.scope.catalog.register_ix(k)).collect()
    }

    fn register(&self, ix: RegisterIx) -> &'a Register {
        self.scope.catalog.register(ix)
    }
}

/// Says where the links of a row's cell stand; nowhere that is known when the rows' field is not.
fn place_links(ty: &mut Ty, home: Option<(RegisterIx, usize)>, sub: usize) {
    match ty {
        Ty::Link(link) => link.at = home.map(|(register, slot)| (register, slot, Some(sub))).into_iter().collect(),
        Ty::List(item) => place_links(item, home, sub),
        _ => {}
    }
}

fn end<'a>(mut trail: Trail<'a>, field: &str) -> Result<Trail<'a>, ExprFault> {
    let name = format!("{}.{field}", trail.name());
    let get = match (field, std::mem::replace(&mut trail.get, Get::Itself)) {
        ("from", Get::Cell(c)) => Get::From(c),
        ("to", Get::Cell(c)) => Get::To(c),
        _ => {
            return Err(ExprFault::new(format!("`{name}`: a period has no `{field}`"), "a period has `from` and `to`"));
        }
    };
    if let Some(last) = trail.names.last_mut() {
        *last = name;
    }
    (trail.get, trail.ty, trail.kind) = (get, Ty::Date, Some(FieldKind::Date));
    Ok(trail)
}

fn keys(register: &Register) -> impl Iterator<Item = &str> {
    let fields = register.fields().iter().chain(register.derived.iter().map(|d| &d.field));
    fields.map(|f| f.key.as_str()).chain(["status", "code", "facility"])
}

impl Ty<'_> {
    /// Returns what people call a value of this type.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Ty::Bool => "a yes-or-no",
            Ty::Num => "a number",
            Ty::Text => "a text",
            Ty::Date => "a date",
            Ty::Instant => "a time",
            Ty::Period => "a period",
            Ty::File => "a file",
            Ty::Choice(_) => "a choice",
            Ty::Link(_) => "a link",
            Ty::Record(_) => "a record",
            Ty::Row(_) => "a row",
            Ty::List(_) => "a list",
        }
    }
}
