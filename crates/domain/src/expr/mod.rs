//! Expressions of the catalogue: CEL text, checked against register definitions and lowered to a tree
//! that reads field slots directly. Answers are those of the `cel` crate's interpreter (a property test holds
//! them to it). Dates relative to the as-of day, joins and counts are conditions, not expressions.

mod ast;
mod call;
mod fit;
mod lex;
mod list;
mod lower;
mod node;
mod parse;
mod path;
mod place;
mod reach;
mod reads;
mod why;

use std::fmt;
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::record::{RecordId, Version};
use crate::register::{Field, RegisterIx};
use crate::value::Row;
use crate::world::View;

use node::Node;
use place::Resolver;
use reach::Cx;

pub use path::{Found, Path, WHOLE};
pub use reads::{Followed, Reads};

/// Kleene's three truth values. Why something is unknown is asked separately ([`Expr::missing`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tri {
    True,
    False,
    Unknown,
}

/// The names an expression may use.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    pub catalog: &'a Catalog,
    /// Register of `r`; without it `r` is refused.
    pub record: Option<RegisterIx>,
    /// Sub-fields of `s`; without them `s` is refused.
    pub row: Option<&'a [Field]>,
    /// Keys known as `facts.<key>`.
    pub facts: &'a [String],
}

/// What an expression is evaluated on.
#[derive(Clone, Copy)]
pub struct Env<'a> {
    pub view: &'a View,
    pub record: Option<&'a Version>,
    pub row: Option<&'a Row>,
    pub facts: &'a dyn Fn(&str) -> Tri,
}

/// Why an expression or a path was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} → {hint}")]
pub struct ExprFault {
    /// What is wrong, with the place in the expression.
    pub what: String,
    /// What to write instead; lists the candidates.
    pub hint: String,
}

/// A checked boolean expression. Cheap to clone.
#[derive(Clone)]
pub struct Expr(Arc<Inner>);

struct Inner {
    source: String,
    node: Node,
    reads: Reads,
}

impl Expr {
    /// Checks and lowers `source`. Refuses unknown names, fields, options, states and functions, and
    /// anything that is not a yes-or-no question.
    pub fn compile(source: &str, scope: &Scope) -> Result<Expr, ExprFault> {
        Expr::build(source, Resolver::new(scope))
    }

    /// Like [`Expr::compile`], and knows `user` besides: the person (register `personnel`) who acts. For grants.
    pub fn compile_acting(source: &str, scope: &Scope) -> Result<Expr, ExprFault> {
        Expr::build(source, Resolver { acting: true, ..Resolver::new(scope) })
    }

    fn build(source: &str, names: Resolver) -> Result<Expr, ExprFault> {
        let (node, reads) = lower::lower(source, names)?;
        Ok(Expr(Arc::new(Inner { source: source.into(), node, reads })))
    }

    /// Returns the text it was compiled from.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Evaluates it; whatever depends on something missing or unreadable is unknown.
    pub fn test(&self, env: &Env) -> Tri {
        self.test_acting(env, None)
    }

    /// Evaluates it with `user` standing for this person; unknown where it depends on nobody.
    pub fn test_acting(&self, env: &Env, user: Option<RecordId>) -> Tri {
        node::test(&self.0.node, &Cx::new(env, user))
    }

    /// Returns the paths (`r.place`) whose being missing or unreadable made it unknown; nothing when it is known.
    pub fn missing(&self, env: &Env) -> Vec<String> {
        let mut out = Vec::new();
        why::missing(&self.0.node, &Cx::new(env, None), &mut out);
        out
    }

    /// Returns what it may read.
    pub fn reads(&self) -> &Reads {
        &self.0.reads
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Expr").field(&self.0.source).finish()
    }
}

impl PartialEq for Expr {
    /// Same text; expressions are compared within one scope only.
    fn eq(&self, other: &Expr) -> bool {
        self.0.source == other.0.source
    }
}

impl fmt::Debug for Env<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = self.record.map(|r| r.id);
        f.debug_struct("Env").field("record", &record).field("row", &self.row.map(|r| r.id)).finish_non_exhaustive()
    }
}

impl ExprFault {
    pub(crate) fn new(what: impl Into<String>, hint: impl Into<String>) -> ExprFault {
        ExprFault { what: what.into(), hint: hint.into() }
    }
}

impl From<bool> for Tri {
    fn from(b: bool) -> Tri {
        if b { Tri::True } else { Tri::False }
    }
}

impl Tri {
    /// Tells whether it is surely true.
    pub fn is_true(self) -> bool {
        self == Tri::True
    }

    /// Tells whether it is surely false.
    pub fn is_false(self) -> bool {
        self == Tri::False
    }

    /// Tells whether nobody can say.
    pub fn is_unknown(self) -> bool {
        self == Tri::Unknown
    }

    /// Conjunction: a false side decides.
    pub fn and(self, other: Tri) -> Tri {
        match (self, other) {
            (Tri::False, _) | (_, Tri::False) => Tri::False,
            (Tri::True, Tri::True) => Tri::True,
            _ => Tri::Unknown,
        }
    }

    /// Disjunction: a true side decides.
    pub fn or(self, other: Tri) -> Tri {
        !((!self).and(!other))
    }

    /// Returns the truth value, `None` when unknown.
    pub fn known(self) -> Option<bool> {
        match self {
            Tri::True => Some(true),
            Tri::False => Some(false),
            Tri::Unknown => None,
        }
    }
}

impl std::ops::Not for Tri {
    type Output = Tri;

    fn not(self) -> Tri {
        match self {
            Tri::True => Tri::False,
            Tri::False => Tri::True,
            Tri::Unknown => Tri::Unknown,
        }
    }
}
