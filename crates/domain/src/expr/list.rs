//! Lists in expressions: literals, rows, links, choices, and `filter`/`map` over them, walked without
//! building them. An element whose filter is unknown may or may not be there; answers that would hang
//! on it are unknown.

use super::Tri;
use super::node::{Node, test, value};
use super::reach::{Cx, Reach, Val, target};
use crate::value::Value;

/// A lowered list.
#[derive(Debug)]
pub(super) enum List {
    Of(Box<[Node]>),
    Read(Reach),
    Filter(Box<(List, Node)>),
    Map(Box<(List, Node)>),
}

/// The quantifying macros.
#[derive(Clone, Copy, Debug)]
pub(super) enum Quantifier {
    Exists,
    All,
    ExistsOne,
}

/// Why a walk ended before the end of the list.
pub(super) enum Stop {
    /// The list itself is missing.
    Missing,
    /// The visitor has seen enough.
    Enough,
}

/// Gets each element (missing ones as `None`) and whether it is surely in the list.
pub(super) type Visit<'v, 'c> = dyn FnMut(bool, Option<Val<'v>>) -> Result<(), Stop> + 'c;

/// Visits the elements in order.
pub(super) fn each<'v>(list: &'v List, cx: &Cx<'v, '_>, visit: &mut Visit<'v, '_>) -> Result<(), Stop> {
    match list {
        List::Of(nodes) => nodes.iter().try_for_each(|n| visit(true, value(n, cx))),
        List::Read(reach) => each_of(reach.cell(cx).unwrap_or(&Value::Null), visit),
        List::Map(pair) => each(&pair.0, cx, &mut |sure, item| visit(sure, value(&pair.1, &cx.with(item)))),
        List::Filter(pair) => each(&pair.0, cx, &mut |sure, item| match test(&pair.1, &cx.with(item)) {
            Tri::True => visit(sure, item),
            Tri::False => Ok(()),
            Tri::Unknown => visit(false, item),
        }),
    }
}

fn each_of<'v>(value: &'v Value, visit: &mut Visit<'v, '_>) -> Result<(), Stop> {
    match value {
        _ if value.is_missing() => Err(Stop::Missing),
        Value::Rows(rows) => rows.iter().try_for_each(|r| visit(true, Some(Val::Row(r)))),
        Value::Links(links) => links.iter().try_for_each(|l| visit(true, target(l))),
        Value::Choices(keys) => keys.iter().try_for_each(|k| visit(true, Some(Val::Text(k)))),
        Value::Files(files) => files.iter().try_for_each(|_| visit(true, Some(Val::File))),
        _ => Err(Stop::Missing),
    }
}

/// Asks a question of the elements.
pub(super) fn quantify<'v>(quantifier: Quantifier, list: &'v List, body: &'v Node, cx: &Cx<'v, '_>) -> Tri {
    match quantifier {
        Quantifier::Exists => any(list, cx, &|item| test(body, &cx.with(item))),
        Quantifier::All => !any(list, cx, &|item| !test(body, &cx.with(item))),
        Quantifier::ExistsOne => exactly_one(list, body, cx),
    }
}

/// Tells whether some element holds.
fn any<'v>(list: &'v List, cx: &Cx<'v, '_>, holds: &dyn Fn(Option<Val<'v>>) -> Tri) -> Tri {
    let mut answer = Tri::False;
    let walked = each(list, cx, &mut |sure, item| {
        let holds = holds(item);
        answer = answer.or(if sure { holds } else { holds.and(Tri::Unknown) });
        if answer.is_true() { Err(Stop::Enough) } else { Ok(()) }
    });
    if matches!(walked, Err(Stop::Missing)) { Tri::Unknown } else { answer }
}

fn exactly_one<'v>(list: &'v List, body: &'v Node, cx: &Cx<'v, '_>) -> Tri {
    let (mut surely, mut maybe) = (0u32, 0u32);
    let walked = each(list, cx, &mut |sure, item| {
        match test(body, &cx.with(item)) {
            Tri::True if sure => surely += 1,
            Tri::False => {}
            _ => maybe += 1,
        }
        if surely > 1 { Err(Stop::Enough) } else { Ok(()) }
    });
    match (walked, surely, maybe) {
        (Err(Stop::Missing), ..) => Tri::Unknown,
        (_, 2.., _) => Tri::False,
        (_, _, 1..) => Tri::Unknown,
        (_, n, 0) => Tri::from(n == 1),
    }
}

/// Tells whether the list contains the value.
pub(super) fn contains<'v>(list: &'v List, wanted: Option<Val<'v>>, cx: &Cx<'v, '_>) -> Tri {
    let Some(wanted) = wanted else { return Tri::Unknown };
    any(list, cx, &|item| item.map_or(Tri::Unknown, |i| Tri::from(i == wanted)))
}

/// Counts the elements; `None` when the list is missing or its length cannot be told.
pub(super) fn count<'v>(list: &'v List, cx: &Cx<'v, '_>) -> Option<usize> {
    let (mut n, mut told) = (0, true);
    let walked = each(list, cx, &mut |sure, _| {
        n += 1;
        told &= sure;
        Ok(())
    });
    (walked.is_ok() && told).then_some(n)
}
