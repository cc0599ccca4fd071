//! The syntax tree: the part of CEL the catalogue speaks. Names and types are not checked yet.

/// An expression as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ast {
    pub(super) kind: Kind,
    /// Levels of the tree below and with this one; bounded, so that recursion over it is.
    pub(super) depth: u16,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Num(f64),
    Text(Box<str>),
    Name(Box<str>),
    Select(Box<Ast>, Box<str>),
    Index(Box<Ast>, Box<Ast>),
    List(Vec<Ast>),
    /// Function or method (`target.name(args)`); macros too.
    Call(Option<Box<Ast>>, Box<str>, Vec<Ast>),
    Not(Box<Ast>),
    Minus(Box<Ast>),
    And(Vec<Ast>),
    Or(Vec<Ast>),
    Binary(Op, Box<Ast>, Box<Ast>),
    If(Box<Ast>, Box<Ast>, Box<Ast>),
}

/// Operators between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
    In,
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}

impl Kind {
    fn children(&self) -> Vec<&Ast> {
        match self {
            Kind::Null | Kind::Bool(_) | Kind::Num(_) | Kind::Text(_) | Kind::Name(_) => Vec::new(),
            Kind::Select(a, _) | Kind::Not(a) | Kind::Minus(a) => vec![a],
            Kind::Index(a, b) | Kind::Binary(_, a, b) => vec![a, b],
            Kind::If(a, b, c) => vec![a, b, c],
            Kind::List(all) | Kind::And(all) | Kind::Or(all) => all.iter().collect(),
            Kind::Call(target, _, args) => target.as_deref().into_iter().chain(args).collect(),
        }
    }
}

impl From<Kind> for Ast {
    fn from(kind: Kind) -> Ast {
        let depth = 1 + kind.children().into_iter().map(|c| c.depth).max().unwrap_or(0);
        Ast { kind, depth }
    }
}
