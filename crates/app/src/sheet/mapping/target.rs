//! Where a column goes, as text in a saved mapping and as slots of a register.

use akashi_domain::Register;
use akashi_domain::register::{Field, FieldKind};

use crate::sheet::values::FieldReader;

/// Where a column goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// A field of the record.
    Field(usize),
    /// A field of the rows inside the record.
    Sub { rows: usize, sub: usize },
    /// A row of the rows field whose choice `by` is `option`; the cell fills the choice `value`.
    Option { rows: usize, by: usize, option: Box<str>, value: usize },
    /// An option of a choice field; the cell ticks it.
    Tick { slot: usize, option: Box<str> },
    /// The state of the record.
    Status,
    /// One state of the record; the cell ticks it: 廃棄 ○, 退職フラグ 1.
    State(Box<str>),
}

impl Target {
    /// Reads the text form; `None` when the register has no such place.
    pub fn parse(register: &Register, path: &str) -> Option<Target> {
        if path == "status" {
            return Some(Target::Status);
        }
        if let Some((rows, option)) = path.strip_suffix(']').and_then(|p| p.split_once('[')) {
            if rows == "status" {
                return register.states.iter().any(|s| s.key == option).then(|| Target::State(option.into()));
            }
            let rows = register.field_ix(rows)?;
            let choice = register.fields().get(rows)?;
            if ticked(choice) {
                let known = choice.options().iter().any(|o| o.key == option);
                return known.then(|| Target::Tick { slot: rows, option: option.into() });
            }
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
            Target::Tick { slot, option } => format!("{}[{option}]", key(slot)),
            Target::Status => "status".into(),
            Target::State(state) => format!("status[{state}]"),
        }
    }

    /// Returns the field a cell fills; `None` for the state.
    pub fn field<'a>(&self, register: &'a Register) -> Option<&'a Field> {
        match self {
            Target::Field(ix) => Some(register.slot(*ix)),
            Target::Sub { rows, sub } => register.slot(*rows).rows().get(*sub),
            Target::Option { rows, value, .. } => register.slot(*rows).rows().get(*value),
            Target::Tick { slot, .. } => Some(register.slot(*slot)),
            Target::Status | Target::State(_) => None,
        }
    }

    /// Returns what reads a cell for the target; `None` where words of states are looked for.
    pub(crate) fn reader(&self, register: &Register, header: &str) -> Option<FieldReader> {
        match self {
            Target::Status => None,
            Target::Tick { .. } | Target::State(_) => Some(FieldReader::mark(header)),
            _ => self.field(register).map(|f| FieldReader::new(f, header)),
        }
    }

    /// Tells whether a cell only ticks it.
    pub(crate) fn is_tick(&self) -> bool {
        matches!(self, Target::Tick { .. } | Target::State(_))
    }

    /// Returns the rows field the target lies in.
    pub fn rows(&self) -> Option<usize> {
        match self {
            Target::Sub { rows, .. } | Target::Option { rows, .. } => Some(*rows),
            _ => None,
        }
    }
}

/// Choices whose options a sheet may spread over columns to tick.
pub(super) fn ticked(field: &Field) -> bool {
    matches!(field.kind, FieldKind::Choice(_) | FieldKind::Choices(_))
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
