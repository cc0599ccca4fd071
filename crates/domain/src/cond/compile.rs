//! From the catalogue's condition lists to compiled conditions: names, paths and spans are checked here,
//! and the indexes that joins need are asked for.

use super::{Cond, DateTest, Key, SpanRef};
use crate::catalog::Catalog;
use crate::catalog::cond_def::{
    CondDef, DateDef, FollowsDef, LinkedDef, MatchDef, RowsDef, TwinDef, ValidDef, WithinDef,
};
use crate::date::Span;
use crate::expr::{Expr, ExprFault, Followed, Path, Scope};
use crate::index::{Hop, IndexIx, IndexSpec};
use crate::register::{Field, FieldKind, RegisterIx};

/// The register a condition speaks of, and the sub-fields of the row inside it.
type At<'a> = (RegisterIx, Option<&'a [Field]>);

/// What compiling needs to know and collects.
pub struct Compiler<'a> {
    pub catalog: &'a Catalog,
    pub facts: &'a [String],
    pub indexes: &'a mut Vec<IndexSpec>,
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
            CondDef::Lasts(w) => self.within(w, (register, row), DateTest::Lasts)?,
            CondDef::Approved(a) => self.linked(&a.decision())?,
            CondDef::Valid(v) => self.valid(v, (register, row))?,
            CondDef::Follows(f) => self.follows(f, (register, row))?,
            CondDef::Linked(l) => self.linked(l)?,
            CondDef::Match(m) => self.matches(m, register, row)?,
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

    /// Compiles the path of a date.
    pub(crate) fn date_path(&self, source: &str, (register, row): At) -> Result<Path, ExprFault> {
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

    fn follows(&self, def: &FollowsDef, at: At) -> Result<Cond, ExprFault> {
        Ok(Cond::Follows {
            from: self.date_path(&def.from, at)?,
            to: self.date_path(&def.to, at)?,
            span: def.span.as_deref().map(|s| self.span(s)).transpose()?,
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
        let compiled: Vec<Path> = paths.iter().map(|p| self.path(p, register)).collect::<Result<_, _>>()?;
        let mut spec = IndexSpec::new(register, paths, compiled);
        for link in spec.paths.iter().flat_map(|p| p.reads().links.clone()).collect::<Vec<_>>() {
            let hop = self.hop(&link)?;
            if !spec.hops.contains(&hop) {
                spec.hops.push(hop);
            }
        }
        self.indexes.push(spec);
        Ok(IndexIx(self.indexes.len() - 1))
    }

    /// Asks for the index that finds the records of a register by what one of its links points at.
    pub(crate) fn hop(&mut self, link: &Followed) -> Result<Hop, ExprFault> {
        let field = self.catalog.register(link.register).slot(link.field);
        let source = match link.sub {
            Some(sub) => format!("{}.{}", field.key, field.rows()[sub].key),
            None => field.key.clone(),
        };
        let to = match link.to.as_slice() {
            [] => (0..self.catalog.registers.len() as u16).map(RegisterIx).collect(),
            to => to.to_vec(),
        };
        Ok(Hop { holder: link.register, to, index: self.index(link.register, &[source])? })
    }

    fn key(&mut self, register: RegisterIx, paths: &[String]) -> Result<Key, ExprFault> {
        let index = self.index(register, paths)?;
        Ok(Key { index, paths: self.indexes[index.0].paths.clone() })
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
        let current = def.current.as_deref().map(|key| digest_cell(row, key)).transpose()?;
        let conditions = self.list_in(&def.conditions, register, row)?;
        Ok(Cond::Linked { index, register, field, conditions, count: def.count, current })
    }

    fn matches(&mut self, def: &MatchDef, register: RegisterIx, row: Option<&[Field]>) -> Result<Cond, ExprFault> {
        let other = self.register(&def.register)?;
        let index = self.index(other, &def.to)?;
        let (own, row) = match (row, def.on.as_slice()) {
            (Some(fields), [on]) if on.starts_with("s.") => {
                let path = Path::compile(on, &self.scope(register, row))?;
                (self.key(register, &[self.whole_path(register, fields, &on[2..])])?, Some(path))
            }
            _ => (self.key(register, &def.on)?, None),
        };
        let conditions = self.list_in(&def.conditions, other, None)?;
        Ok(Cond::Match { index, own, row, register: other, conditions, count: def.count })
    }

    /// The path from the record to what `rest` names in its rows.
    fn whole_path(&self, register: RegisterIx, rows: &[Field], rest: &str) -> String {
        let holder = self.catalog.register(register).fields().iter().find(|f| std::ptr::eq(f.rows(), rows));
        holder.map_or_else(|| rest.to_string(), |f| format!("{}.{rest}", f.key))
    }

    fn twin(&mut self, def: &TwinDef, register: RegisterIx) -> Result<Cond, ExprFault> {
        let key = self.key(register, &def.by)?;
        let newer = def.newer.as_deref().map(|field| self.date_path(field, (register, None))).transpose()?;
        Ok(Cond::Twin { key, newer, among: self.list_in(&def.among, register, None)? })
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

/// The position of the sub-field that names a version.
fn digest_cell(row: Option<&[Field]>, key: &str) -> Result<usize, ExprFault> {
    row.and_then(|fields| fields.iter().position(|f| f.key == key)).ok_or_else(|| ExprFault {
        what: format!("no `{key}` beside the link"),
        hint: "name a field of the rows that hold the link".into(),
    })
}
