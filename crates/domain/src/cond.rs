//! Conditions, compiled: CEL and the date, link and twin tests the catalogue declares.
//! Time enters only here, and every test tells the day on which its answer may turn.

use std::ops::Not;

use crate::catalog::Catalog;
use crate::catalog::cond_def::{CondDef, Count, DateDef, LinkedDef, MatchDef, RowsDef, TwinDef, ValidDef, WithinDef};
use crate::date::{Day, PartialDate, Span};
use crate::expr::{Env, Expr, ExprFault, Path, Scope, Tri, WHOLE};
use crate::index::{IndexIx, IndexSpec, Indexes, key_of};
use crate::record::Version;
use crate::register::{Field, FieldKind, RegisterIx};
use crate::value::{Link, Row, Value};
use crate::world::View;

/// One compiled condition.
#[derive(Clone, Debug)]
pub enum Cond {
    Cel(Expr),
    Date {
        path: Path,
        test: DateTest,
        blank: Option<bool>,
    },
    Valid {
        from: Path,
        to: Path,
        open: Option<Expr>,
        blank: Option<bool>,
    },
    /// Rows of another register that point at this record.
    Linked {
        index: IndexIx,
        register: RegisterIx,
        field: Option<usize>,
        conditions: Vec<Cond>,
        count: Count,
    },
    /// Rows of another register with the same values.
    Match {
        index: IndexIx,
        own: IndexIx,
        on: Vec<Path>,
        register: RegisterIx,
        conditions: Vec<Cond>,
        count: Count,
    },
    /// Another record of the register with the same values.
    Twin {
        index: IndexIx,
        by: Vec<Path>,
        among: Vec<Cond>,
    },
    Rows {
        slot: usize,
        conditions: Vec<Cond>,
        count: Count,
    },
    /// The versions that rows name by digest are still current in their material fields.
    Fresh {
        slot: usize,
        link: usize,
        digest: usize,
        register: RegisterIx,
    },
    AnyOf(Vec<Vec<Cond>>),
    Not(Vec<Cond>),
}

/// What a date condition asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateTest {
    Past,
    Over,
    Future,
    Fiscal,
    /// Before the day Akashi was adopted.
    Adopted,
    Within(SpanRef),
    Older(SpanRef),
    Soon(SpanRef),
}

/// A span written out, or the position of a period whose length the hospital may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanRef {
    Fixed(Span),
    Period(usize),
}

/// The register a condition speaks of, and the sub-fields of the row inside it.
type At<'a> = (RegisterIx, Option<&'a [Field]>);

/// What compiling needs to know and collects.
pub struct Compiler<'a> {
    pub catalog: &'a Catalog,
    pub facts: &'a [String],
    pub indexes: &'a mut Vec<IndexSpec>,
}

/// What evaluating needs to know.
pub struct Frame<'a> {
    pub view: &'a View,
    pub indexes: &'a Indexes,
    /// Lengths of the catalogue's periods as the hospital set them.
    pub periods: &'a [Span],
    pub facts: &'a dyn Fn(&str) -> Tri,
    /// The day judged; may differ from the view's when looking ahead.
    pub day: Day,
}

/// The first day after the judged one on which an answer may turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flip(pub Option<Day>);

impl Flip {
    /// Notes a day on which something turns.
    pub fn at(&mut self, day: Day, now: Day) {
        if day > now && self.0.is_none_or(|d| day < d) {
            self.0 = Some(day);
        }
    }

    /// Notes whatever `other` noted.
    pub fn join(&mut self, other: Flip) {
        self.0 = match (self.0, other.0) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}

impl Compiler<'_> {
    /// Compiles a condition list over the records of a register.
    pub fn list(&mut self, defs: &[CondDef], register: RegisterIx) -> Result<Vec<Cond>, ExprFault> {
        self.list_in(defs, register, None)
    }

    fn list_in(
        &mut self,
        defs: &[CondDef],
        register: RegisterIx,
        row: Option<&[Field]>,
    ) -> Result<Vec<Cond>, ExprFault> {
        defs.iter().map(|d| self.one(d, register, row)).collect()
    }

    fn scope<'s>(&'s self, register: RegisterIx, row: Option<&'s [Field]>) -> Scope<'s> {
        Scope { catalog: self.catalog, record: Some(register), row, facts: self.facts }
    }

    /// Compiles CEL over a register's records.
    pub fn expr(&self, source: &str, register: RegisterIx) -> Result<Expr, ExprFault> {
        Expr::compile(source, &self.scope(register, None))
    }

    /// Compiles CEL that may also name `user`, the person who acts.
    pub fn acting_expr(&self, source: &str, register: RegisterIx) -> Result<Expr, ExprFault> {
        Expr::compile_acting(source, &self.scope(register, None))
    }

    /// Compiles a field path of a register.
    pub fn path(&self, source: &str, register: RegisterIx) -> Result<Path, ExprFault> {
        Path::compile(source, &self.scope(register, None))
    }

    fn one(&mut self, def: &CondDef, register: RegisterIx, row: Option<&[Field]>) -> Result<Cond, ExprFault> {
        Ok(match def {
            CondDef::Cel(source) => Cond::Cel(Expr::compile(source, &self.scope(register, row))?),
            CondDef::Past(d) => self.date(d, (register, row), DateTest::Past)?,
            CondDef::Over(d) => self.date(d, (register, row), DateTest::Over)?,
            CondDef::Future(d) => self.date(d, (register, row), DateTest::Future)?,
            CondDef::Fiscal(d) => self.date(d, (register, row), DateTest::Fiscal)?,
            CondDef::Adopted(d) => self.date(d, (register, row), DateTest::Adopted)?,
            CondDef::Within(w) => self.within(w, (register, row), DateTest::Within)?,
            CondDef::Older(w) => self.within(w, (register, row), DateTest::Older)?,
            CondDef::Soon(w) => self.within(w, (register, row), DateTest::Soon)?,
            CondDef::Valid(v) => self.valid(v, (register, row))?,
            CondDef::Linked(l) => self.linked(l)?,
            CondDef::Match(m) => self.matches(m, register)?,
            CondDef::Twin(t) => self.twin(t, register)?,
            CondDef::Rows(r) => self.rows(r, register)?,
            CondDef::AnyOf(lists) => {
                Cond::AnyOf(lists.iter().map(|l| self.list_in(l, register, row)).collect::<Result<_, _>>()?)
            }
            CondDef::Not(list) => Cond::Not(self.list_in(list, register, row)?),
        })
    }

    fn date(&self, def: &DateDef, at: At, test: DateTest) -> Result<Cond, ExprFault> {
        Ok(Cond::Date { path: self.date_path(&def.field, at)?, test, blank: def.blank })
    }

    fn date_path(&self, source: &str, (register, row): At) -> Result<Path, ExprFault> {
        let path = Path::compile(source, &self.scope(register, row))?;
        if matches!(path.kind(), FieldKind::Date | FieldKind::Instant | FieldKind::Period) {
            return Ok(path);
        }
        Err(ExprFault {
            what: format!("`{source}` is not a date"),
            hint: "name a field of kind date, instant or period".into(),
        })
    }

    fn within(&self, def: &WithinDef, at: At, test: fn(SpanRef) -> DateTest) -> Result<Cond, ExprFault> {
        let span = self.span(&def.span)?;
        Ok(Cond::Date { path: self.date_path(&def.field, at)?, test: test(span), blank: def.blank })
    }

    /// Reads `90d` or the key of a period.
    pub fn span(&self, text: &str) -> Result<SpanRef, ExprFault> {
        if let Some(span) = Span::parse(text) {
            return Ok(SpanRef::Fixed(span));
        }
        let known = self.catalog.periods.iter().position(|p| p.key == text).map(SpanRef::Period);
        known.ok_or_else(|| ExprFault {
            what: format!("no period `{text}`"),
            hint: "write 90d, 6m, 1y or a key of tables/periods.toml".into(),
        })
    }

    fn valid(&self, def: &ValidDef, at: At) -> Result<Cond, ExprFault> {
        Ok(Cond::Valid {
            from: self.date_path(&def.from, at)?,
            to: self.date_path(&def.to, at)?,
            open: def.open.as_deref().map(|o| self.expr(o, at.0)).transpose()?,
            blank: def.blank,
        })
    }

    /// Returns the position of a register, or the fault that there is none.
    pub fn register(&self, key: &str) -> Result<RegisterIx, ExprFault> {
        let hint = || "use a register key of the catalogue".to_string();
        self.catalog.register_ix(key).ok_or_else(|| ExprFault { what: format!("no register `{key}`"), hint: hint() })
    }

    /// Asks for an index over paths of a register; the same index is made once.
    pub fn index(&mut self, register: RegisterIx, paths: &[String]) -> Result<IndexIx, ExprFault> {
        if let Some(ix) = self.indexes.iter().position(|s| s.register == register && s.sources == paths) {
            return Ok(IndexIx(ix));
        }
        let compiled = paths.iter().map(|p| self.path(p, register)).collect::<Result<_, _>>()?;
        self.indexes.push(IndexSpec { register, sources: paths.to_vec(), paths: compiled });
        Ok(IndexIx(self.indexes.len() - 1))
    }

    fn linked(&mut self, def: &LinkedDef) -> Result<Cond, ExprFault> {
        let register = self.register(&def.register)?;
        let index = self.index(register, std::slice::from_ref(&def.on))?;
        let catalog = self.catalog;
        let other = catalog.register(register);
        let field = def
            .on
            .split_once('.')
            .and_then(|(rows, _)| other.field_ix(rows))
            .filter(|ix| !other.slot(*ix).rows().is_empty());
        let row = field.map(|ix| other.slot(ix).rows());
        let conditions = self.list_in(&def.conditions, register, row)?;
        Ok(Cond::Linked { index, register, field, conditions, count: def.count })
    }

    fn matches(&mut self, def: &MatchDef, register: RegisterIx) -> Result<Cond, ExprFault> {
        let other = self.register(&def.register)?;
        let index = self.index(other, &def.to)?;
        let own = self.index(register, &def.on)?;
        let on = def.on.iter().map(|p| self.path(p, register)).collect::<Result<_, _>>()?;
        let conditions = self.list_in(&def.conditions, other, None)?;
        Ok(Cond::Match { index, own, on, register: other, conditions, count: def.count })
    }

    fn twin(&mut self, def: &TwinDef, register: RegisterIx) -> Result<Cond, ExprFault> {
        let index = self.index(register, &def.by)?;
        let by = def.by.iter().map(|p| self.path(p, register)).collect::<Result<_, _>>()?;
        Ok(Cond::Twin { index, by, among: self.list_in(&def.among, register, None)? })
    }

    fn rows(&mut self, def: &RowsDef, register: RegisterIx) -> Result<Cond, ExprFault> {
        let catalog = self.catalog;
        let owner = catalog.register(register);
        let slot = owner.field_ix(&def.field).filter(|ix| !owner.slot(*ix).rows().is_empty());
        let slot = slot.ok_or_else(|| ExprFault {
            what: format!("`{}` is not a rows field of `{}`", def.field, owner.key),
            hint: "name a field of kind rows".into(),
        })?;
        let conditions = self.list_in(&def.conditions, register, Some(owner.slot(slot).rows()))?;
        Ok(Cond::Rows { slot, conditions, count: def.count })
    }
}

/// Judges a list: true when every condition is.
pub fn all(conditions: &[Cond], frame: &Frame, record: &Version, row: Option<&Row>, flip: &mut Flip) -> Tri {
    let mut out = Tri::True;
    for cond in conditions {
        match cond.test(frame, record, row, flip) {
            Tri::False => return Tri::False,
            Tri::Unknown => out = Tri::Unknown,
            Tri::True => {}
        }
    }
    out
}

impl Cond {
    /// Judges one condition about `record` (and `row` inside it).
    pub fn test(&self, frame: &Frame, record: &Version, row: Option<&Row>, flip: &mut Flip) -> Tri {
        match self {
            Cond::Cel(expr) => expr.test(&frame.env(record, row)),
            Cond::Date { path, test, blank } => date_test(frame, (record, row), path, (*test, *blank), flip),
            Cond::Valid { from, to, open, blank } => {
                valid_test(frame, (record, row), (from, to), open.as_ref(), *blank, flip)
            }
            Cond::Linked { index, register, field, conditions, count } => {
                let hits = frame.indexes.get(*index, &id_key(record));
                count_hits(
                    *count,
                    hits.iter().map(|&(at, sub)| {
                        let other = &frame.view.rows(*register)[at as usize];
                        let row = sub_row(other, *field, sub);
                        all(conditions, frame, other, row, flip)
                    }),
                )
            }
            Cond::Match { index, on, register, conditions, count, .. } => {
                let Some(key) = own_key(on, frame, record) else { return Tri::Unknown };
                let hits = frame.indexes.get(*index, &key);
                count_hits(
                    *count,
                    hits.iter()
                        .map(|&(at, _)| all(conditions, frame, &frame.view.rows(*register)[at as usize], None, flip)),
                )
            }
            Cond::Twin { index, by, among } => {
                let Some(key) = own_key(by, frame, record) else { return Tri::False };
                let rows = frame.view.rows(record.register);
                let others = frame
                    .indexes
                    .get(*index, &key)
                    .iter()
                    .map(|&(at, _)| &rows[at as usize])
                    .filter(|o| o.id != record.id);
                count_hits(
                    Count::Some,
                    others.map(|o| if among.is_empty() { live(frame, o) } else { all(among, frame, o, None, flip) }),
                )
            }
            Cond::Rows { slot, conditions, count } => match record.cell(*slot) {
                Value::Rows(rows) => {
                    count_hits(*count, rows.iter().map(|r| all(conditions, frame, record, Some(r), flip)))
                }
                _ => count_hits(*count, std::iter::empty()),
            },
            Cond::Fresh { slot, link, digest, register } => {
                fresh(frame, record.cell(*slot), (*link, *digest), *register)
            }
            Cond::AnyOf(lists) => any(lists.iter().map(|l| all(l, frame, record, row, flip))),
            Cond::Not(list) => all(list, frame, record, row, flip).not(),
        }
    }
}

/// Every named version of the register is still what the record is now; none named: unknown.
fn fresh(frame: &Frame, rows: &Value, (link, digest): (usize, usize), register: RegisterIx) -> Tri {
    let Value::Rows(rows) = rows else { return Tri::Unknown };
    let mut out = Tri::Unknown;
    for row in rows {
        let Some(Value::Link(Link::To(id))) = row.cells.get(link) else { continue };
        let Some(current) = frame.view.get(*id).filter(|v| v.register == register) else { continue };
        let Some(Value::Text(named)) = row.cells.get(digest) else { return Tri::Unknown };
        if !frame.view.same_material(named, current) {
            return Tri::False;
        }
        out = Tri::True;
    }
    out
}

fn live(frame: &Frame, record: &Version) -> Tri {
    if frame.view.is_live(record) { Tri::True } else { Tri::False }
}

/// The sub-row an index entry names.
fn sub_row(other: &Version, field: Option<usize>, sub: u32) -> Option<&Row> {
    match field.map(|ix| other.cell(ix)) {
        Some(Value::Rows(rows)) if sub != WHOLE => rows.get(sub as usize),
        _ => None,
    }
}

/// The key under which other records point at this one.
pub fn id_key(record: &Version) -> String {
    format!("@{:x}", record.id.0)
}

fn own_key(paths: &[Path], frame: &Frame, record: &Version) -> Option<String> {
    key_of(paths, frame.view, record)
}

fn any(results: impl Iterator<Item = Tri>) -> Tri {
    let mut out = Tri::False;
    for r in results {
        match r {
            Tri::True => return Tri::True,
            Tri::Unknown => out = Tri::Unknown,
            Tri::False => {}
        }
    }
    out
}

fn count_hits(count: Count, hits: impl Iterator<Item = Tri>) -> Tri {
    match count {
        Count::Some => any(hits),
        Count::None => any(hits).not(),
        Count::All => any(hits.map(Tri::not)).not(),
    }
}

impl<'a> Frame<'a> {
    fn env(&'a self, record: &'a Version, row: Option<&'a Row>) -> Env<'a> {
        Env { view: self.view, record: Some(record), row, facts: self.facts }
    }

    /// Returns the length a span reference stands for.
    pub fn span(&self, span: SpanRef) -> Span {
        match span {
            SpanRef::Fixed(s) => s,
            SpanRef::Period(ix) => self.periods[ix],
        }
    }

    /// Returns an environment to explain an expression with.
    pub fn explain(&'a self, record: &'a Version, row: Option<&'a Row>) -> Env<'a> {
        self.env(record, row)
    }
}

/// The first and last day a value can mean; `None` when it is missing.
pub fn days(value: &Value) -> Option<(Day, Day)> {
    match value {
        Value::Date(d) => Some((d.first(), d.last())),
        Value::Instant(us) => Some(tokyo_day(*us)).map(|d| (d, d)),
        Value::Period(from, to) => {
            let last = to.or(*from)?.last();
            Some((from.map_or(last, PartialDate::first), last))
        }
        _ => None,
    }
}

/// Returns the day in Tokyo (UTC+9, no summer time) of a moment in microseconds.
pub fn tokyo_day(us: i64) -> Day {
    const HOUR: i64 = 3_600_000_000;
    Day((us + 9 * HOUR).div_euclid(24 * HOUR) as i32)
}

/// A record and the row inside it that is judged.
type Subject<'a> = (&'a Version, Option<&'a Row>);

fn date_test(
    frame: &Frame,
    (record, row): Subject,
    path: &Path,
    (test, blank): (DateTest, Option<bool>),
    flip: &mut Flip,
) -> Tri {
    let mut out = None;
    for range in path.values_in(frame.view, Some(record), row).iter().filter_map(|v| days(v)) {
        out = Some(out.unwrap_or(false) | judge(frame, range, test, flip));
    }
    out.or(blank).map_or(Tri::Unknown, Tri::from)
}

fn judge(frame: &Frame, (first, last): (Day, Day), test: DateTest, flip: &mut Flip) -> bool {
    let now = frame.day;
    let next = |d: Day| Day(d.0 + 1);
    match test {
        DateTest::Past => {
            flip.at(last, now);
            last <= now
        }
        DateTest::Over => {
            flip.at(next(last), now);
            last < now
        }
        DateTest::Future => {
            flip.at(first, now);
            first > now
        }
        DateTest::Fiscal => {
            let (begins, ends) = fiscal_year(first);
            flip.at(begins, now);
            flip.at(ends, now);
            begins <= now && now < ends
        }
        DateTest::Adopted => frame.view.adopted.is_some_and(|day| first < day),
        DateTest::Within(span) | DateTest::Older(span) => {
            let lapses = next(first.plus(frame.span(span)));
            flip.at(first, now);
            flip.at(lapses, now);
            if matches!(test, DateTest::Older(_)) { now >= lapses } else { first <= now && now < lapses }
        }
        DateTest::Soon(span) => {
            let begins = last.minus(frame.span(span));
            flip.at(begins, now);
            flip.at(next(last), now);
            begins <= now && now <= last
        }
    }
}

/// First day of the fiscal year a day lies in, and first day of the next.
fn fiscal_year(day: Day) -> (Day, Day) {
    let date = day.date();
    let year = if date.month() >= 4 { date.year() } else { date.year() - 1 };
    let april = |y| Day::new(y, 4, 1).unwrap_or(day);
    (april(year), april(year + 1))
}

fn valid_test(
    frame: &Frame,
    (record, row): Subject,
    (from, to): (&Path, &Path),
    open: Option<&Expr>,
    blank: Option<bool>,
    flip: &mut Flip,
) -> Tri {
    let now = frame.day;
    let read = |path: &Path| path.values_in(frame.view, Some(record), row).iter().find_map(|v| days(v));
    let (begins, ends) = (read(from).map(|d| d.0), read(to).map(|d| d.1));
    if let Some(b) = begins {
        flip.at(b, now);
        if b > now {
            return Tri::False;
        }
    }
    let Some(end) = ends else {
        return if begins.is_none() { blank.map_or(Tri::Unknown, Tri::from) } else { Tri::True };
    };
    let opened = open.map_or(Tri::False, |o| o.test(&frame.env(record, None)));
    if opened != Tri::True {
        flip.at(Day(end.0 + 1), now);
    }
    if now <= end { Tri::True } else { opened }
}
