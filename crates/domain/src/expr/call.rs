//! Lowers operators between values, functions and macros.

use super::ExprFault;
use super::ast::{Ast, Kind, Op};
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

type Pair<'e> = (&'e Ast, &'e Ast);

impl<'a> Lower<'a> {
    /// Lowers a call of a function or macro.
    pub(super) fn call(&mut self, target: Option<&Ast>, name: &str, args: &[Ast]) -> Result<Typed<'a>, ExprFault> {
        match (name, target, args) {
            ("size", None, [of]) | ("size", Some(of), []) => self.size(of),
            ("has" | "written" | "resolved" | "live", None, [of]) => self.presence(name, of),
            ("contains" | "startsWith" | "endsWith", Some(text), [part]) => self.text_match(name, (text, part)),
            ("exists" | "all" | "exists_one" | "existsOne" | "filter" | "map", Some(list), [var, body]) => {
                self.looped(name, list, var, body)
            }
            _ => Err(no_function(name)),
        }
    }

    /// Lowers an operator between two values.
    pub(super) fn binary(&mut self, op: Op, (a, b): Pair) -> Result<Typed<'a>, ExprFault> {
        match op {
            Op::In => self.contained(a, b),
            Op::Equal => self.equal((a, b)).map(yes_or_no),
            Op::Unequal => self.equal((a, b)).map(|equal| yes_or_no(Node::Not(Box::new(equal)))),
            Op::Less => self.ordered(Order::Less, (a, b)),
            Op::LessOrEqual => self.ordered(Order::LessOrEqual, (a, b)),
            Op::More => self.ordered(Order::More, (a, b)),
            Op::MoreOrEqual => self.ordered(Order::MoreOrEqual, (a, b)),
            Op::Add => self.arithmetic(Arith::Add, (a, b)),
            Op::Sub => self.arithmetic(Arith::Sub, (a, b)),
            Op::Mul => self.arithmetic(Arith::Mul, (a, b)),
            Op::Div => self.arithmetic(Arith::Div, (a, b)),
            Op::Rem => self.arithmetic(Arith::Rem, (a, b)),
        }
    }

    fn ordered(&mut self, order: Order, (a, b): Pair) -> Result<Typed<'a>, ExprFault> {
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

    fn arithmetic(&mut self, arith: Arith, (a, b): Pair) -> Result<Typed<'a>, ExprFault> {
        Ok(number(Node::Arith(arith, Box::new((self.number(a)?, self.number(b)?)))))
    }

    /// Lowers what must be a number.
    pub(super) fn number(&mut self, e: &Ast) -> Result<Node, ExprFault> {
        match self.one(e)? {
            (node, Ty::Num) => Ok(node),
            (_, ty) => Err(ExprFault::new(
                format!("{} is {}; only numbers can be reckoned with", shown(e), ty.name()),
                "use numbers",
            )),
        }
    }

    /// Lowers `condition ? yes : no`.
    pub(super) fn conditional(&mut self, condition: &Ast, (yes, no): Pair) -> Result<Typed<'a>, ExprFault> {
        let condition = self.question(condition)?;
        let ((yes, ty), (no, other)) = fit_pair(self.one(yes)?, self.one(no)?)?;
        let ty = unify(ty.clone(), other).unwrap_or(ty);
        Ok(Typed::One(Node::If(Box::new((condition, yes, no))), ty))
    }

    fn contained(&mut self, item: &Ast, list: &Ast) -> Result<Typed<'a>, ExprFault> {
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

    fn size(&mut self, of: &Ast) -> Result<Typed<'a>, ExprFault> {
        match self.any(of)? {
            Typed::Many(list, ..) => Ok(number(Node::Count(list))),
            Typed::One(node, Ty::Text | Ty::Choice(_)) => Ok(number(Node::Length(Box::new(node)))),
            Typed::One(_, ty) => Err(ExprFault::new(
                format!("{} is {} and has no size", shown(of), ty.name()),
                "texts and lists have one",
            )),
        }
    }

    fn presence(&mut self, function: &str, of: &Ast) -> Result<Typed<'a>, ExprFault> {
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

    fn text(&mut self, e: &Ast, function: &str) -> Result<Node, ExprFault> {
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

    fn looped(&mut self, name: &str, list: &Ast, var: &Ast, body: &Ast) -> Result<Typed<'a>, ExprFault> {
        let Kind::Name(var) = &var.kind else {
            return Err(ExprFault::new(
                format!("`{name}` needs a name for the element"),
                format!("write `{name}(x, …)`"),
            ));
        };
        if ["r", "s", "facts", "user"].contains(&&**var) || self.vars.iter().any(|v| *v.0 == **var) {
            return Err(ExprFault::new(format!("`{var}` is taken"), "give the element another name, for instance `x`"));
        }
        let (list, ty, called) = self.many(list)?;
        self.vars.push((var.to_string(), called.clone(), ty.clone()));
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
