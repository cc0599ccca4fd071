//! Lowers operators, functions and macros.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr as Ast, operators as op};

use super::ExprFault;
use super::fit::{among, fit, fit_pair, unify, written};
use super::list::{List, Quantifier};
use super::lower::{Lower, Typed, shown};
use super::node::{Arith, Node, Order, TextMatch};
use super::place::Ty;
use super::reach::Reach;

const FUNCTIONS: [&str; 13] = [
    "has",
    "written",
    "resolved",
    "live",
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "exists",
    "all",
    "exists_one",
    "filter",
    "map",
];

type Pair<'e> = (&'e IdedExpr, &'e IdedExpr);

impl<'a> Lower<'a> {
    /// Lowers a call of an operator, function or macro.
    pub(super) fn call(&mut self, call: &CallExpr) -> Result<Typed<'a>, ExprFault> {
        match (call.func_name.as_str(), call.target.as_deref(), call.args.as_slice()) {
            (op::CONDITIONAL, None, [condition, yes, no]) => self.conditional(condition, (yes, no)),
            (op::LOGICAL_NOT, None, [inner]) => Ok(yes_or_no(Node::Not(Box::new(self.question(inner)?)))),
            (op::NEGATE, None, [inner]) => Ok(number(Node::Minus(Box::new(self.number(inner)?)))),
            (name, None, [a, b]) => self.binary(name, (a, b)),
            ("size", None, [of]) | ("size", Some(of), []) => self.size(of),
            (name @ ("has" | "written" | "resolved" | "live"), None, [of]) => self.presence(name, of),
            (name @ ("contains" | "startsWith" | "endsWith"), Some(text), [part]) => {
                self.text_match(name, (text, part))
            }
            (name @ ("exists" | "all" | "exists_one" | "existsOne" | "filter" | "map"), Some(list), [var, body]) => {
                self.looped(name, list, var, body)
            }
            (name, ..) => Err(no_function(name)),
        }
    }

    fn binary(&mut self, name: &str, (a, b): Pair) -> Result<Typed<'a>, ExprFault> {
        let order = match name {
            op::LOGICAL_AND => return Ok(yes_or_no(Node::And(Box::new((self.question(a)?, self.question(b)?))))),
            op::LOGICAL_OR => return Ok(yes_or_no(Node::Or(Box::new((self.question(a)?, self.question(b)?))))),
            op::IN => return self.contained(a, b),
            op::EQUALS => return self.equal((a, b)).map(yes_or_no),
            op::NOT_EQUALS => return self.equal((a, b)).map(|equal| yes_or_no(Node::Not(Box::new(equal)))),
            op::LESS => Order::Less,
            op::LESS_EQUALS => Order::LessOrEqual,
            op::GREATER => Order::More,
            op::GREATER_EQUALS => Order::MoreOrEqual,
            _ => return self.arithmetic(name, (a, b)),
        };
        let ((a, ta), (b, _)) = fit_pair(self.one(a)?, self.one(b)?)?;
        match ta {
            Ty::Num | Ty::Text | Ty::Date | Ty::Instant => Ok(yes_or_no(Node::Order(order, Box::new((a, b))))),
            ty => Err(ExprFault::new(
                format!("{} has no order", ty.name()),
                "compare numbers, dates or texts, or use == and !=",
            )),
        }
    }

    fn equal(&mut self, (a, b): Pair) -> Result<Node, ExprFault> {
        let ((a, ta), (b, _)) = fit_pair(self.one(a)?, self.one(b)?)?;
        match ta {
            Ty::Period | Ty::File | Ty::Row(_) | Ty::Record(_) | Ty::List(_) => {
                Err(ExprFault::new(format!("{} cannot be compared as a whole", ta.name()), "compare one of its fields"))
            }
            _ => Ok(Node::Equal(Box::new((a, b)))),
        }
    }

    fn arithmetic(&mut self, name: &str, (a, b): Pair) -> Result<Typed<'a>, ExprFault> {
        let arith = match name {
            op::ADD => Arith::Add,
            op::SUBSTRACT => Arith::Sub,
            op::MULTIPLY => Arith::Mul,
            op::DIVIDE => Arith::Div,
            op::MODULO => Arith::Rem,
            op::INDEX => {
                return Err(ExprFault::new(
                    "`[…]` is not part of the language",
                    "ask of the elements with `exists` or `all`",
                ));
            }
            other => return Err(no_function(other)),
        };
        Ok(number(Node::Arith(arith, Box::new((self.number(a)?, self.number(b)?)))))
    }

    fn number(&mut self, e: &IdedExpr) -> Result<Node, ExprFault> {
        match self.one(e)? {
            (node, Ty::Num) => Ok(node),
            (_, ty) => Err(ExprFault::new(
                format!("{} is {}; only numbers can be reckoned with", shown(e), ty.name()),
                "use numbers",
            )),
        }
    }

    fn conditional(&mut self, condition: &IdedExpr, (yes, no): Pair) -> Result<Typed<'a>, ExprFault> {
        let condition = self.question(condition)?;
        let ((yes, ty), (no, other)) = fit_pair(self.one(yes)?, self.one(no)?)?;
        let ty = unify(ty.clone(), other).unwrap_or(ty);
        Ok(Typed::One(Node::If(Box::new((condition, yes, no))), ty))
    }

    fn contained(&mut self, item: &IdedExpr, list: &IdedExpr) -> Result<Typed<'a>, ExprFault> {
        let (item, item_ty) = self.one(item)?;
        let (list, element_ty, _) = self.many(list)?;
        let (item, list) = match list {
            List::Of(nodes) if !written(&item) => {
                let fitted = nodes.into_iter().map(|n| fit(n, element_ty.clone(), &item_ty).map(|f| f.0));
                (item, List::Of(fitted.collect::<Result<_, _>>()?))
            }
            list => (fit(item, item_ty, &element_ty)?.0, list),
        };
        Ok(yes_or_no(Node::In(Box::new((item, list)))))
    }

    fn size(&mut self, of: &IdedExpr) -> Result<Typed<'a>, ExprFault> {
        match self.any(of)? {
            Typed::Many(list, ..) => Ok(number(Node::Count(list))),
            Typed::One(node, Ty::Text | Ty::Choice(_)) => Ok(number(Node::Length(Box::new(node)))),
            Typed::One(_, ty) => Err(ExprFault::new(
                format!("{} is {} and has no size", shown(of), ty.name()),
                "texts and lists have one",
            )),
        }
    }

    fn presence(&mut self, function: &str, of: &IdedExpr) -> Result<Typed<'a>, ExprFault> {
        if let Some(key) = self.fact(of)? {
            return match function {
                "has" => Ok(yes_or_no(Node::FactKnown(key.into()))),
                _ => Err(ExprFault::new(
                    format!("`{function}` does not go with facts"),
                    "a fact is true, false or unknown: `has(facts.x)`",
                )),
            };
        }
        let trail = self.trail(of)?;
        let (name, ty) = (trail.name().to_owned(), trail.ty.clone());
        let reach: Reach = trail.reach();
        match (function, &ty) {
            ("has" | "written", Ty::Record(_) | Ty::Row(_)) => {
                Err(ExprFault::new(format!("`{name}` is always there"), "name a field"))
            }
            ("has", _) => Ok(yes_or_no(Node::Has(reach))),
            ("written", _) => Ok(yes_or_no(Node::Written(reach))),
            ("resolved" | "live", Ty::Link(link)) => {
                self.names.follow(link, &name)?;
                Ok(yes_or_no(if function == "live" { Node::Live(reach) } else { Node::Resolved(reach) }))
            }
            ("live", Ty::Record(_)) => {
                self.names.reads.status = true;
                Ok(yes_or_no(Node::Live(reach)))
            }
            (_, Ty::List(_)) => {
                let hint =
                    format!("ask of its elements: `{name}.exists(x, {function}(x))` or `{name}.all(x, {function}(x))`");
                Err(ExprFault::new(format!("`{name}` is a list"), hint))
            }
            (_, ty) => {
                Err(ExprFault::new(format!("`{name}` is {}; `{function}` asks of a link", ty.name()), "use `has`"))
            }
        }
    }

    fn text_match(&mut self, function: &str, (text, part): Pair) -> Result<Typed<'a>, ExprFault> {
        let how = match function {
            "contains" => TextMatch::Contains,
            "startsWith" => TextMatch::Starts,
            _ => TextMatch::Ends,
        };
        let pair = (self.text(text, function)?, self.text(part, function)?);
        Ok(yes_or_no(Node::Match(how, Box::new(pair))))
    }

    fn text(&mut self, e: &IdedExpr, function: &str) -> Result<Node, ExprFault> {
        let hint = "lists: `'…' in r.field`; links: follow them to a text";
        match self.any(e)? {
            Typed::One(node, Ty::Text | Ty::Choice(_)) => Ok(node),
            Typed::One(_, ty) => {
                Err(ExprFault::new(format!("{} is {}; `{function}` asks of a text", shown(e), ty.name()), hint))
            }
            Typed::Many(_, _, name) => {
                Err(ExprFault::new(format!("`{name}` is a list; `{function}` asks of a text"), hint))
            }
        }
    }

    fn looped(&mut self, name: &str, list: &IdedExpr, var: &IdedExpr, body: &IdedExpr) -> Result<Typed<'a>, ExprFault> {
        let Ast::Ident(var) = &var.expr else {
            return Err(ExprFault::new(
                format!("`{name}` needs a name for the element"),
                format!("write `{name}(x, …)`"),
            ));
        };
        if ["r", "s", "facts"].contains(&var.as_str()) || self.vars.iter().any(|v| &v.0 == var) {
            return Err(ExprFault::new(format!("`{var}` is taken"), "give the element another name, for instance `x`"));
        }
        let (list, ty, called) = self.many(list)?;
        self.vars.push((var.clone(), called.clone(), ty.clone()));
        let lowered = if name == "map" { self.one(body) } else { self.question(body).map(|node| (node, Ty::Bool)) };
        self.vars.pop();
        let (body, body_ty) = lowered?;
        let pair = Box::new((list, body));
        Ok(match name {
            "map" => Typed::Many(List::Map(pair), body_ty, called),
            "filter" => Typed::Many(List::Filter(pair), ty, called),
            "exists" => yes_or_no(Node::Quant(Quantifier::Exists, pair)),
            "all" => yes_or_no(Node::Quant(Quantifier::All, pair)),
            _ => yes_or_no(Node::Quant(Quantifier::ExistsOne, pair)),
        })
    }
}

fn yes_or_no<'a>(node: Node) -> Typed<'a> {
    Typed::One(node, Ty::Bool)
}

fn number<'a>(node: Node) -> Typed<'a> {
    Typed::One(node, Ty::Num)
}

fn no_function(name: &str) -> ExprFault {
    let hint = match name {
        "matches" => "use `contains`, `startsWith` or `endsWith`".into(),
        "timestamp" | "duration" | "now" => {
            "there is no clock in expressions: use the conditions past, future, within, older, soon, valid".into()
        }
        _ => among("functions", name, FUNCTIONS.to_vec()),
    };
    ExprFault::new(format!("no function `{name}` with these arguments"), hint)
}
