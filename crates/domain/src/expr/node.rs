//! The lowered tree of an expression and its evaluation. Types were checked when it was lowered;
//! a value of another type than expected reads as missing.

use std::cmp::Ordering;

use super::Tri;
use super::list::{self, List, Quantifier};
use super::reach::{Cx, Reach, Val};
use crate::date::PartialDate;

/// A lowered expression that yields one value.
#[derive(Debug)]
pub(super) enum Node {
    Bool(bool),
    Num(f64),
    Text(Box<str>),
    Date(PartialDate),
    Read(Reach),
    Fact(Box<str>),
    /// The fact is known, either way.
    FactKnown(Box<str>),
    Has(Reach),
    Written(Reach),
    Resolved(Reach),
    Live(Reach),
    Not(Box<Node>),
    And(Box<[Node]>),
    Or(Box<[Node]>),
    If(Box<(Node, Node, Node)>),
    Equal(Box<(Node, Node)>),
    Order(Order, Box<(Node, Node)>),
    Arith(Arith, Box<(Node, Node)>),
    Minus(Box<Node>),
    Match(TextMatch, Box<(Node, Node)>),
    In(Box<(Node, List)>),
    /// Characters of a text.
    Length(Box<Node>),
    Count(List),
    Quant(Quantifier, Box<(List, Node)>),
}

/// Order comparisons.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}

/// Arithmetic on numbers.
#[derive(Clone, Copy, Debug)]
pub(super) enum Arith {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}

/// How one text is looked for in another.
#[derive(Clone, Copy, Debug)]
pub(super) enum TextMatch {
    Contains,
    Starts,
    Ends,
}

/// Evaluates a yes-or-no node.
pub(super) fn test<'v>(node: &'v Node, cx: &Cx<'v, '_>) -> Tri {
    match node {
        Node::Bool(b) => Tri::from(*b),
        Node::Read(reach) => known(reach.val(cx).and_then(as_bool)),
        Node::Fact(key) => (cx.env.facts)(key),
        Node::FactKnown(key) => Tri::from(!(cx.env.facts)(key).is_unknown()),
        Node::Has(reach) => Tri::from(reach.has(cx)),
        Node::Written(reach) => Tri::from(reach.written(cx)),
        Node::Resolved(reach) => Tri::from(reach.record(cx).is_some()),
        Node::Live(reach) => known(reach.record(cx).map(|v| cx.env.view.is_live(v))),
        Node::Not(inner) => !test(inner, cx),
        Node::And(parts) => all(parts, cx),
        Node::Or(parts) => any(parts, cx),
        Node::If(three) => choose(three, cx).map_or(Tri::Unknown, |n| test(n, cx)),
        Node::Equal(pair) => known(both(pair, cx).map(|(a, b)| a == b)),
        Node::Order(order, pair) => known(both(pair, cx).and_then(|(a, b)| compare(a, b)).map(|o| order.holds(o))),
        Node::Match(how, pair) => known(both(pair, cx).and_then(|(a, b)| how.holds(a, b))),
        Node::In(pair) => list::contains(&pair.1, value(&pair.0, cx), cx),
        Node::Quant(quantifier, pair) => list::quantify(*quantifier, &pair.0, &pair.1, cx),
        _ => Tri::Unknown,
    }
}

/// True when every part is; one false part decides.
fn all<'v>(parts: &'v [Node], cx: &Cx<'v, '_>) -> Tri {
    let mut answer = Tri::True;
    for part in parts {
        match test(part, cx) {
            Tri::False => return Tri::False,
            other => answer = answer.and(other),
        }
    }
    answer
}

/// True when some part is; one true part decides.
fn any<'v>(parts: &'v [Node], cx: &Cx<'v, '_>) -> Tri {
    let mut answer = Tri::False;
    for part in parts {
        match test(part, cx) {
            Tri::True => return Tri::True,
            other => answer = answer.or(other),
        }
    }
    answer
}

/// Evaluates any node to its value; `None` when it depends on something missing.
pub(super) fn value<'v>(node: &'v Node, cx: &Cx<'v, '_>) -> Option<Val<'v>> {
    match node {
        Node::Num(n) => Some(Val::Num(*n)),
        Node::Text(t) => Some(Val::Text(t)),
        Node::Date(d) => Some(Val::Date(*d)),
        Node::Read(reach) => reach.val(cx),
        Node::If(three) => value(choose(three, cx)?, cx),
        Node::Arith(op, pair) => both(pair, cx).and_then(|(a, b)| op.of(number(a)?, number(b)?)).map(Val::Num),
        Node::Minus(inner) => number(value(inner, cx)?).map(|n| Val::Num(-n)),
        Node::Length(inner) => words(value(inner, cx)?).map(|t| Val::Num(t.chars().count() as f64)),
        Node::Count(items) => list::count(items, cx).map(|n| Val::Num(n as f64)),
        yes_or_no => test(yes_or_no, cx).known().map(Val::Bool),
    }
}

/// Returns the branch a condition chooses.
pub(super) fn choose<'v>(three: &'v (Node, Node, Node), cx: &Cx<'v, '_>) -> Option<&'v Node> {
    test(&three.0, cx).known().map(|yes| if yes { &three.1 } else { &three.2 })
}

fn both<'v>(pair: &'v (Node, Node), cx: &Cx<'v, '_>) -> Option<(Val<'v>, Val<'v>)> {
    Some((value(&pair.0, cx)?, value(&pair.1, cx)?))
}

fn known(answer: Option<bool>) -> Tri {
    answer.map_or(Tri::Unknown, Tri::from)
}

fn as_bool(val: Val) -> Option<bool> {
    if let Val::Bool(b) = val { Some(b) } else { None }
}

fn number(val: Val) -> Option<f64> {
    if let Val::Num(n) = val { Some(n) } else { None }
}

fn words(val: Val<'_>) -> Option<&str> {
    if let Val::Text(t) = val { Some(t) } else { None }
}

/// Compares two values of one kind. Partial dates compare as their ISO texts would: `2026` before `2026-01`.
fn compare(a: Val, b: Val) -> Option<Ordering> {
    match (a, b) {
        (Val::Num(a), Val::Num(b)) => a.partial_cmp(&b),
        (Val::Text(a), Val::Text(b)) => Some(a.cmp(b)),
        (Val::Date(a), Val::Date(b)) => Some(a.cmp(&b)),
        (Val::Instant(a), Val::Instant(b)) => Some(a.cmp(&b)),
        _ => None,
    }
}

impl Order {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Order::Less => order.is_lt(),
            Order::LessOrEqual => order.is_le(),
            Order::More => order.is_gt(),
            Order::MoreOrEqual => order.is_ge(),
        }
    }
}

impl Arith {
    /// Returns the result; `None` when it is no finite number (division by zero).
    fn of(self, a: f64, b: f64) -> Option<f64> {
        let result = match self {
            Arith::Add => a + b,
            Arith::Sub => a - b,
            Arith::Mul => a * b,
            Arith::Div => a / b,
            Arith::Rem => a % b,
        };
        result.is_finite().then_some(result)
    }
}

impl TextMatch {
    fn holds(self, text: Val, part: Val) -> Option<bool> {
        let (text, part) = (words(text)?, words(part)?);
        Some(match self {
            TextMatch::Contains => text.contains(part),
            TextMatch::Starts => text.starts_with(part),
            TextMatch::Ends => text.ends_with(part),
        })
    }
}
