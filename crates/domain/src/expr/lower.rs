//! Syntax tree to evaluation tree: names are resolved, types checked, literals read. Calls are in [`super::call`].

use super::ast::{Ast, Kind};
use super::fit::{among, fit, written};
use super::list::List;
use super::node::Node;
use super::parse::parse;
use super::place::{Resolver, Trail, Ty};
use super::reach::Root;
use super::{ExprFault, Reads};

/// Compiles a yes-or-no expression.
pub(super) fn lower(source: &str, names: Resolver) -> Result<(Node, Reads), ExprFault> {
    let tree = parse(source)?;
    let mut lower = Lower { names, vars: Vec::new() };
    let node = lower.question(&tree)?;
    Ok((node, lower.names.reads))
}

/// The state of one compilation.
pub(super) struct Lower<'a> {
    pub(super) names: Resolver<'a>,
    /// Loop variables, outermost first: name, what their elements are called, type.
    pub(super) vars: Vec<(String, String, Ty<'a>)>,
}

/// A lowered expression: one value, or a list with the type and the name of its elements.
pub(super) enum Typed<'a> {
    One(Node, Ty<'a>),
    Many(List, Ty<'a>, String),
}

type Lowered<'a> = Result<Typed<'a>, ExprFault>;

impl<'a> Lower<'a> {
    /// Lowers anything.
    pub(super) fn any(&mut self, e: &Ast) -> Lowered<'a> {
        match &e.kind {
            Kind::Bool(b) => Ok(Typed::One(Node::Bool(*b), Ty::Bool)),
            Kind::Num(n) => Ok(Typed::One(Node::Num(*n), Ty::Num)),
            Kind::Text(t) => Ok(Typed::One(Node::Text(t.clone()), Ty::Text)),
            Kind::Null => {
                Err(ExprFault::new("`null` is not part of the language", "ask `has(r.field)` or `!has(r.field)`"))
            }
            Kind::Name(_) | Kind::Select(..) => self.read(e),
            Kind::List(elements) => self.list_literal(elements),
            Kind::Index(..) => {
                Err(ExprFault::new("`[…]` is not part of the language", "ask of the elements with `exists` or `all`"))
            }
            Kind::And(parts) => Ok(Typed::One(Node::And(self.questions(parts)?), Ty::Bool)),
            Kind::Or(parts) => Ok(Typed::One(Node::Or(self.questions(parts)?), Ty::Bool)),
            Kind::Not(inner) => Ok(Typed::One(Node::Not(Box::new(self.question(inner)?)), Ty::Bool)),
            Kind::Minus(inner) => Ok(Typed::One(Node::Minus(Box::new(self.number(inner)?)), Ty::Num)),
            Kind::Binary(op, a, b) => self.binary(*op, (a, b)),
            Kind::If(condition, yes, no) => self.conditional(condition, (yes, no)),
            Kind::Call(target, name, args) => self.call(target.as_deref(), name, args),
        }
    }

    fn questions(&mut self, parts: &[Ast]) -> Result<Box<[Node]>, ExprFault> {
        parts.iter().map(|p| self.question(p)).collect()
    }

    /// Lowers what must be one value.
    pub(super) fn one(&mut self, e: &Ast) -> Result<(Node, Ty<'a>), ExprFault> {
        match self.any(e)? {
            Typed::One(node, ty) => Ok((node, ty)),
            Typed::Many(_, ty, name) => {
                let what = format!("`{name}` is a list (each element {}) where one value is needed", ty.name());
                Err(ExprFault::new(what, "ask of its elements with `exists`, `all` or `in`, or count them with `size`"))
            }
        }
    }

    /// Lowers what must be a list; returns its element type and name too.
    pub(super) fn many(&mut self, e: &Ast) -> Result<(List, Ty<'a>, String), ExprFault> {
        match self.any(e)? {
            Typed::Many(list, ty, name) => Ok((list, ty, name)),
            Typed::One(_, ty) => {
                let what = format!("{} is {}, not a list", shown(e), ty.name());
                Err(ExprFault::new(what, "lists are rows, links, choices, files and `['a', 'b']`"))
            }
        }
    }

    /// Lowers what must be a yes-or-no question.
    pub(super) fn question(&mut self, e: &Ast) -> Result<Node, ExprFault> {
        match self.one(e)? {
            (node, Ty::Bool) => Ok(node),
            (_, ty) => {
                let what = format!("{} is {}, not a yes-or-no question", shown(e), ty.name());
                Err(ExprFault::new(what, "compare it (`== '…'`) or ask whether it is there (`has(…)`)"))
            }
        }
    }

    fn read(&mut self, e: &Ast) -> Lowered<'a> {
        if let Some(key) = self.fact(e)? {
            return Ok(Typed::One(Node::Fact(key.into()), Ty::Bool));
        }
        let trail = self.trail(e)?;
        let name = trail.name().to_owned();
        Ok(match trail.ty.clone() {
            Ty::List(item) => Typed::Many(List::Read(trail.reach()), *item, name),
            ty => Typed::One(Node::Read(trail.reach()), ty),
        })
    }

    /// Returns the fact `e` names, if it is `facts.<key>`.
    pub(super) fn fact<'e>(&mut self, e: &'e Ast) -> Result<Option<&'e str>, ExprFault> {
        let Kind::Select(operand, key) = &e.kind else { return Ok(None) };
        if !matches!(&operand.kind, Kind::Name(name) if &**name == "facts") {
            return Ok(None);
        }
        let known = self.names.scope.facts;
        if !known.iter().any(|k| **k == **key) {
            let hint = among("facts", key, known.iter().map(String::as_str).collect());
            return Err(ExprFault::new(format!("no fact `{key}`"), hint));
        }
        self.names.reads.facts.insert(key.to_string());
        Ok(Some(key))
    }

    /// Resolves `r.person.left` and the like.
    pub(super) fn trail(&mut self, e: &Ast) -> Result<Trail<'a>, ExprFault> {
        match &e.kind {
            Kind::Name(name) => self.root(name),
            Kind::Select(operand, field) => {
                let trail = self.trail(operand)?;
                self.names.select(trail, field)
            }
            _ => Err(ExprFault::new(
                format!("{} is not a field", shown(e)),
                "name a field: `r.place`, `r.person.left`, `s.result`",
            )),
        }
    }

    fn root(&mut self, name: &str) -> Result<Trail<'a>, ExprFault> {
        if let Some(ix) = self.vars.iter().rposition(|v| v.0 == name) {
            let (_, called, ty) = &self.vars[ix];
            return Ok(Trail::at(Root::Var(self.vars.len() - 1 - ix), called.clone(), ty.clone()));
        }
        match name {
            "r" => self.names.record(),
            "s" => self.names.row(),
            "user" if self.names.acting => Ok(self.names.user()),
            _ => {
                let mut known = vec!["r", "s", "facts"];
                known.extend(self.names.acting.then_some("user"));
                known.extend(self.vars.iter().map(|v| v.0.as_str()));
                Err(ExprFault::new(format!("`{name}` is not known"), among("begin with one of", name, known)))
            }
        }
    }

    fn list_literal(&mut self, elements: &[Ast]) -> Lowered<'a> {
        let elements: Vec<_> = elements.iter().map(|e| self.one(e)).collect::<Result<_, _>>()?;
        let leading = elements.iter().find(|(node, _)| !written(node)).or(elements.first());
        let Some(ty) = leading.map(|(_, ty)| ty.clone()) else {
            return Err(ExprFault::new("an empty list contains nothing", "list at least one value"));
        };
        let fitted = elements.into_iter().map(|(node, have)| fit(node, have, &ty).map(|f| f.0));
        let nodes: Vec<Node> = fitted.collect::<Result<_, _>>()?;
        Ok(Typed::Many(List::Of(nodes.into()), ty, "the list".into()))
    }
}

/// Returns how an expression is named in faults.
pub(super) fn shown(e: &Ast) -> String {
    fn path(e: &Ast) -> Option<String> {
        match &e.kind {
            Kind::Name(name) => Some(name.to_string()),
            Kind::Select(operand, field) => Some(format!("{}.{field}", path(operand)?)),
            _ => None,
        }
    }
    match &e.kind {
        Kind::Call(_, name, _) => format!("`{name}(…)`"),
        _ => path(e).map_or("this".into(), |p| format!("`{p}`")),
    }
}
