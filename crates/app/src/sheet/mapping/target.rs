//! Where a column goes, as text in a saved mapping and as slots of a register.

use akashi_domain::Register;
use akashi_domain::register::{Field, FieldKind};

/// Where a column goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A field of the record.
    Field(usize),
    /// A field of the rows inside the record.
    Sub { rows: usize, sub: usize },
    /// A row of the rows field whose choice `by` is `option`; the cell fills the choice `value`.
    Option { rows: usize, by: usize, option: Box<str>, value: usize },
    /// The state of the record.
    Status,
}

impl Target {
    /// Reads the text form; `None` when the register has no such place.
    pub fn parse(register: &Register, path: &str) -> Option<Target> {
        if path == "status" {
            return Some(Target::Status);
        }
        if let Some((rows, option)) = path.strip_suffix(']').and_then(|p| p.split_once('[')) {
            let rows = register.field_ix(rows)?;
            let (by, value) = matrix(&register.fields().get(rows)?.kind)?;
            let fields = register.fields()[rows].rows();
            let known = fields[by].options().iter().any(|o| o.key == option);
            return known.then(|| Target::Option { rows, by, option: option.into(), value });
        }
        if let Some((rows, sub)) = path.split_once('.') {
            let rows = register.field_ix(rows)?;
            let sub = register.fields().get(rows)?.rows().iter().position(|f| f.key == sub)?;
            return Some(Target::Sub { rows, sub });
        }
        register.field_ix(path).filter(|ix| *ix < register.fields().len()).map(Target::Field)
    }

    /// Returns the text form.
    pub fn path(&self, register: &Register) -> String {
        let key = |ix: &usize| register.slot(*ix).key.as_str();
        match self {
            Target::Field(ix) => key(ix).into(),
            Target::Sub { rows, sub } => format!("{}.{}", key(rows), register.slot(*rows).rows()[*sub].key),
            Target::Option { rows, option, .. } => format!("{}[{option}]", key(rows)),
            Target::Status => "status".into(),
        }
    }

    /// Returns the field a cell is read as; `None` for the state.
    pub fn field<'a>(&self, register: &'a Register) -> Option<&'a Field> {
        match self {
            Target::Field(ix) => Some(register.slot(*ix)),
            Target::Sub { rows, sub } => register.slot(*rows).rows().get(*sub),
            Target::Option { rows, value, .. } => register.slot(*rows).rows().get(*value),
            Target::Status => None,
        }
    }

    /// Returns the rows field the target lies in.
    pub fn rows(&self) -> Option<usize> {
        match self {
            Target::Sub { rows, .. } | Target::Option { rows, .. } => Some(*rows),
            _ => None,
        }
    }
}

/// Rows that a sheet may spread over columns: a choice of kinds with many options, and a choice that the marks fill.
pub(crate) fn matrix(kind: &FieldKind) -> Option<(usize, usize)> {
    let FieldKind::Rows(fields) = kind else { return None };
    let is_choice = |f: &Field| matches!(f.kind, FieldKind::Choice(_));
    let by = fields.iter().position(|f| is_choice(f) && f.options().len() >= 6)?;
    let value = fields
        .iter()
        .position(|f| is_choice(f) && f.options().len() < 6)
        .or_else(|| fields.iter().position(|f| matches!(f.kind, FieldKind::YesNo)))?;
    Some((by, value))
}
