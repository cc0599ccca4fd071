//! Which types go together, literals read as what they are compared with, and hints that list candidates.

use super::ExprFault;
use super::node::Node;
use super::place::Ty;
use crate::date::PartialDate;

/// Returns the type both have, options and link targets put together.
pub(super) fn unify<'a>(a: Ty<'a>, b: Ty<'a>) -> Option<Ty<'a>> {
    Some(match (a, b) {
        (Ty::Choice(a), Ty::Choice(b)) => Ty::Choice(a.zip(b).map(|(a, b)| union(a, b))),
        (Ty::Choice(_), Ty::Text) | (Ty::Text, Ty::Choice(_)) => Ty::Text,
        (Ty::Link(mut a), Ty::Link(b)) => {
            a.to = union(a.to, b.to);
            a.at = union(a.at, b.at);
            Ty::Link(a)
        }
        (Ty::Record(a), Ty::Record(b)) => Ty::Record(union(a, b)),
        (Ty::List(a), Ty::List(b)) => Ty::List(Box::new(unify(*a, *b)?)),
        // Rows of two registers have different slots.
        (Ty::Row(a), Ty::Row(b)) if std::ptr::eq(a.fields, b.fields) => Ty::Row(a),
        (a, b) if simple(&a) && std::mem::discriminant(&a) == std::mem::discriminant(&b) => a,
        _ => return None,
    })
}

fn simple(ty: &Ty) -> bool {
    matches!(ty, Ty::Bool | Ty::Num | Ty::Text | Ty::Date | Ty::Instant | Ty::Period | Ty::File)
}

fn union<T: PartialEq>(mut a: Vec<T>, b: Vec<T>) -> Vec<T> {
    for item in b {
        if !a.contains(&item) {
            a.push(item);
        }
    }
    a
}

/// An expression with its type.
pub(super) type TypedNode<'a> = (Node, Ty<'a>);

/// Makes two sides comparable: a text written beside a choice must be one of its options, beside a date an ISO date.
pub(super) fn fit_pair<'a>(a: TypedNode<'a>, b: TypedNode<'a>) -> Result<(TypedNode<'a>, TypedNode<'a>), ExprFault> {
    let ((na, ta), (nb, tb)) = (a, b);
    if written(&nb) {
        let (node, ty) = fit(nb, tb, &ta)?;
        return Ok(((na, ta), (node, ty)));
    }
    let (node, ty) = fit(na, ta, &tb)?;
    Ok(((node, ty), (nb, tb)))
}

/// Tells whether the node is a text written in the expression.
pub(super) fn written(node: &Node) -> bool {
    match node {
        Node::Text(_) => true,
        Node::If(three) => written(&three.1) && written(&three.2),
        _ => false,
    }
}

/// Makes a side one that can be compared with `want`.
pub(super) fn fit<'a>(node: Node, have: Ty<'a>, want: &Ty<'a>) -> Result<TypedNode<'a>, ExprFault> {
    match (want, &have) {
        (Ty::Choice(Some(options)), Ty::Text) => Ok((option(node, options)?, want.clone())),
        (Ty::Date, Ty::Text) if written(&node) => Ok((date(node)?, Ty::Date)),
        _ if unify(want.clone(), have.clone()).is_some() => Ok((node, have)),
        _ => Err(clash(want, &have)),
    }
}

fn clash(a: &Ty, b: &Ty) -> ExprFault {
    let hint = match (a, b) {
        (Ty::Link(_), _) | (_, Ty::Link(_)) => "follow the link to a field of its record: `r.vendor.name == '…'`",
        (Ty::List(_), _) | (_, Ty::List(_)) => "ask whether the list contains it: `'…' in r.field`",
        (Ty::Date, _) | (_, Ty::Date) => "write dates as '2026-11-22', '2026-11' or '2026'",
        (Ty::Bool, _) | (_, Ty::Bool) => "write true or false without quotes",
        (Ty::Num, _) | (_, Ty::Num) => "write numbers without quotes",
        _ => "compare values of one kind",
    };
    ExprFault::new(format!("{} cannot be compared with {}", a.name(), b.name()), hint)
}

/// Checks the texts written in `node` against the options; a text read from elsewhere may be anything.
fn option(node: Node, options: &[&str]) -> Result<Node, ExprFault> {
    match node {
        Node::Text(t) if !options.contains(&&*t) => {
            Err(ExprFault::new(format!("no option or state `{t}`"), among("one of", &t, options.to_vec())))
        }
        Node::If(three) => {
            let (condition, yes, no) = *three;
            Ok(Node::If(Box::new((condition, option(yes, options)?, option(no, options)?))))
        }
        other => Ok(other),
    }
}

fn date(node: Node) -> Result<Node, ExprFault> {
    match node {
        Node::Text(t) => PartialDate::parse(&t)
            .map(Node::Date)
            .ok_or_else(|| ExprFault::new(format!("`{t}` is not a date"), "write '2026-11-22', '2026-11' or '2026'")),
        Node::If(three) => {
            let (condition, yes, no) = *three;
            Ok(Node::If(Box::new((condition, date(yes)?, date(no)?))))
        }
        other => Ok(other),
    }
}

/// Lists candidates, the one that looks like `wanted` first.
pub(super) fn among(label: &str, wanted: &str, candidates: Vec<&str>) -> String {
    let list = format!("{label}: {}", candidates.join(" "));
    let close = candidates.into_iter().map(|c| (distance(wanted, c), c)).min();
    match close {
        Some((d, c)) if d <= wanted.chars().count().min(c.chars().count()) / 3 => format!("did you mean `{c}`? {list}"),
        _ => list,
    }
}

/// Levenshtein distance in characters.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().take(64).enumerate() {
        let mut corner = std::mem::replace(&mut row[0], i + 1);
        for (j, cb) in b.iter().enumerate() {
            let cost = (corner + usize::from(ca != *cb)).min(row[j] + 1).min(row[j + 1] + 1);
            corner = std::mem::replace(&mut row[j + 1], cost);
        }
    }
    row[b.len()]
}
