//! Columns that are records themselves: a list of people with a column a session, marked where they took part.

use akashi_domain::Register;
use akashi_domain::register::FieldKind;

use super::candidates::Candidate;
use super::content::Sample;
use super::target::Target;
use crate::sheet::layout::Table;
use crate::sheet::values::choice::Options;

/// The rows field such columns fill, and the columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sessions {
    pub rows: usize,
    pub result: usize,
    pub columns: Vec<usize>,
}

/// Finds them: a column of linked things, none for the result, and marks under headers that name no field.
///
/// `named(column)` gives the best header score of a column and the candidate it is for.
pub(super) fn find(
    table: &Table,
    register: &Register,
    candidates: &[Candidate],
    samples: &[Sample<'_>],
    named: &dyn Fn(usize) -> Option<(f32, usize)>,
) -> Option<Sessions> {
    let targets: Vec<Option<&Target>> = (0..table.columns.len())
        .map(|c| named(c).filter(|(score, _)| *score >= 0.8).map(|(_, candidate)| &candidates[candidate].target))
        .collect();
    let known = |wanted: Target| targets.iter().flatten().any(|t| **t == wanted);
    for (rows, field) in register.fields().iter().enumerate() {
        let subs = field.rows();
        let Some(link) = field.headline.first().copied().filter(|ix| !subs[*ix].targets().is_empty()) else { continue };
        let choice = |ix: &usize| matches!(subs[*ix].kind, FieldKind::Choice(_));
        let Some(result) = field.headline.iter().copied().find(choice) else { continue };
        if !known(Target::Sub { rows, sub: link }) || known(Target::Sub { rows, sub: result }) {
            continue;
        }
        let options = Options::new(subs[result].options());
        let marked = |c: &usize| {
            let labelled = !table.columns[*c].levels.is_empty();
            let filled = samples[*c].cells.len();
            let marks = samples[*c].cells.iter().filter(|x| options.whole(&x.shown()).is_some()).count();
            labelled && targets[*c].is_none() && filled > 0 && marks * 10 >= filled * 8
        };
        let columns: Vec<usize> = (0..table.columns.len()).filter(marked).collect();
        if columns.len() >= 2 {
            return Some(Sessions { rows, result, columns });
        }
    }
    None
}
