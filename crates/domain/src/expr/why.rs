//! Names what made an expression unknown. Parts another side has decided are left out.

use super::list::{List, each};
use super::node::{Node, choose, value};
use super::reach::{Cx, Reach};

/// Adds the paths that are missing to `out`, each once.
pub(super) fn missing<'v>(node: &'v Node, cx: &Cx<'v, '_>, out: &mut Vec<String>) {
    if value(node, cx).is_some() {
        return;
    }
    match node {
        Node::Read(reach) | Node::Live(reach) => name(reach, cx, out),
        Node::Fact(key) => add(&format!("facts.{key}"), out),
        Node::Not(inner) | Node::Minus(inner) | Node::Length(inner) => missing(inner, cx, out),
        Node::And(parts) | Node::Or(parts) => parts.iter().for_each(|p| missing(p, cx, out)),
        Node::Equal(pair) => two(pair, cx, out),
        Node::Order(_, pair) | Node::Arith(_, pair) | Node::Match(_, pair) => two(pair, cx, out),
        Node::If(three) => missing(choose(three, cx).unwrap_or(&three.0), cx, out),
        Node::In(pair) => {
            missing(&pair.0, cx, out);
            missing_in(&pair.1, None, cx, out);
            missing_elements(&pair.1, cx, out);
        }
        Node::Count(list) => missing_in(list, None, cx, out),
        Node::Quant(_, pair) => missing_in(&pair.0, Some(&pair.1), cx, out),
        _ => {}
    }
}

fn two<'v>(pair: &'v (Node, Node), cx: &Cx<'v, '_>, out: &mut Vec<String>) {
    missing(&pair.0, cx, out);
    missing(&pair.1, cx, out);
}

/// Names what is missing in a list, and in the question asked of its elements.
fn missing_in<'v>(list: &'v List, body: Option<&'v Node>, cx: &Cx<'v, '_>, out: &mut Vec<String>) {
    match list {
        List::Of(nodes) => nodes.iter().for_each(|n| missing(n, cx, out)),
        List::Read(reach) if reach.has(cx) => {}
        List::Read(reach) => name(reach, cx, out),
        List::Filter(pair) | List::Map(pair) => missing_in(&pair.0, Some(&pair.1), cx, out),
    }
    if let Some(body) = body {
        // The walk's own end does not matter here: what it could not reach was named above.
        let _ = each(list, cx, &mut |_, item| {
            missing(body, &cx.with(item), out);
            Ok(())
        });
    }
}

/// Names a list that holds links nobody resolved: any of them might be the one.
fn missing_elements<'v>(list: &'v List, cx: &Cx<'v, '_>, out: &mut Vec<String>) {
    let List::Read(reach) = list else { return };
    let mut unresolved = false;
    let _ = each(list, cx, &mut |_, item| {
        unresolved |= item.is_none();
        Ok(())
    });
    if unresolved {
        name(reach, cx, out);
    }
}

fn name(reach: &Reach, cx: &Cx, out: &mut Vec<String>) {
    add(reach.missing_name(cx), out);
}

fn add(path: &str, out: &mut Vec<String>) {
    if !out.iter().any(|o| o == path) {
        out.push(path.into());
    }
}
