//! What is wrong with a row that has to go with rows of another register: that there is none, which one comes
//! closest and what it lacks, or which one must not be there.

use super::row::describe;
use crate::catalog::cond_def::Count;
use crate::cond::{Cond, Frame, Other};
use crate::expr::Tri;
use crate::label::Label;
use crate::record::Version;
use crate::register::Register;

/// Says what a join lacks; nothing for other conditions.
pub(super) fn joined(cond: &Cond, frame: &Frame, version: &Version) -> Option<Label> {
    let (register, conditions, count, current) = match cond {
        Cond::Linked { register, conditions, count, current, .. } => (register, conditions, *count, *current),
        Cond::Match { register, conditions, count, .. } => (register, conditions, *count, None),
        _ => return None,
    };
    let register = frame.view.catalog.register(*register);
    let others = cond.partners(frame, version);
    let title = &register.title;
    Some(match (count, others.iter().max_by_key(|o| (met(conditions, frame, o), o.record.id))) {
        (_, None) => {
            Label::new(format!("「{}」に対応する行がありません", title.ja), format!("“{}” has no row for it", title.en))
        }
        (Count::None, Some(there)) => unwanted(there, title),
        (_, Some(closest)) if current.is_some() && met(conditions, frame, closest) == conditions.len() => {
            outdated(closest, title)
        }
        (_, Some(closest)) => unfit(conditions, closest, frame, register),
    })
}

/// How many conditions hold before the first that does not.
fn met(conditions: &[Cond], frame: &Frame, other: &Other) -> usize {
    let holds = |c: &&Cond| c.test(frame, other.record, other.row, &mut Default::default()) == Tri::True;
    conditions.iter().take_while(holds).count()
}

fn unwanted(other: &Other, title: &Label) -> Label {
    // By number: names may be for fewer eyes than the reason.
    let code = &other.record.code;
    Label::new(
        format!("「{}」に当たる行があります: {code}", title.ja),
        format!("“{}” has such a row: {code}", title.en),
    )
}

/// All else fits, but it speaks of another version.
fn outdated(other: &Other, title: &Label) -> Label {
    let code = &other.record.code;
    Label::new(
        format!(
            "「{}」の{code}は今の版を示していません。版が特定されていないか、その後に内容が変わっています",
            title.ja
        ),
        format!(
            "“{}”, {code}, does not speak of the present version: none is named, or the content has changed since",
            title.en
        ),
    )
}

fn unfit(conditions: &[Cond], other: &Other, frame: &Frame, register: &Register) -> Label {
    let title = &register.title;
    let test = |c: &Cond| c.test(frame, other.record, other.row, &mut Default::default());
    let unmet = conditions.iter().find(|c| test(c) != Tri::True);
    // What a row inside a record lacks has no words of its own: its conditions speak of the record, too.
    let why = unmet.filter(|_| other.row.is_none()).map(|c| describe(c, test(c), frame, other.record, register));
    let code = &other.record.code;
    match why.filter(|why| !why.ja.is_empty()) {
        Some(why) => {
            Label::new(format!("「{}」の{code}: {}", title.ja, why.ja), format!("“{}”, {code}: {}", title.en, why.en))
        }
        None => Label::new(
            format!("「{}」の{code}が条件に合いません", title.ja),
            format!("“{}”, {code}, does not fit", title.en),
        ),
    }
}
