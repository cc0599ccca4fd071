//! Tokens to the syntax tree, by precedence climbing. Written here rather than taken from the `cel` crate:
//! its ANTLR parser overflows a 2 MiB stack at 14 brackets and needs a millisecond per expression in debug
//! builds. Tests hold it to what `cel` accepts.

use super::ExprFault;
use super::ast::{Ast, Kind, Op};
use super::lex::{Placed, Token, fault, lex};

/// Longest text, bytes.
const LONGEST: usize = 8_000;
/// Deepest tree; `&&` and `||` chains are one level.
const DEEPEST: u16 = 48;
/// Deepest nesting of brackets.
const NESTED: u16 = 24;

/// Words CEL keeps for itself; they name nothing.
const RESERVED: [&str; 21] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

type Parsed = Result<Ast, ExprFault>;

/// Parses an expression; macros stay calls.
pub(super) fn parse(source: &str) -> Parsed {
    if source.len() > LONGEST {
        return Err(ExprFault::new("the expression is too long", "split it into several conditions"));
    }
    let mut parser = Parser { source, tokens: lex(source)?, next: 0, nested: 0 };
    let tree = parser.expr()?;
    match parser.peek() {
        Token::End => Ok(tree),
        _ => Err(parser.unexpected("an operator")),
    }
}

struct Parser<'s> {
    source: &'s str,
    tokens: Vec<Placed>,
    next: usize,
    nested: u16,
}

impl Parser<'_> {
    fn peek(&self) -> &Token {
        self.tokens.get(self.next).map_or(&Token::End, |t| &t.0)
    }

    fn bump(&mut self) -> Token {
        let token = self.peek().clone();
        self.next += 1;
        token
    }

    fn eat(&mut self, sign: &str) -> bool {
        let there = matches!(self.peek(), Token::Sign(s) if *s == sign);
        self.next += usize::from(there);
        there
    }

    fn expect(&mut self, sign: &str) -> Result<(), ExprFault> {
        if self.eat(sign) { Ok(()) } else { Err(self.unexpected(&format!("`{sign}`"))) }
    }

    /// Says what was found in place of what was wanted.
    fn unexpected(&self, wanted: &str) -> ExprFault {
        let at = self.tokens.get(self.next).map_or(self.source.len(), |t| t.1);
        let (found, hint) = match self.peek() {
            Token::End => ("the end".to_owned(), "finish the expression; see docs/CATALOGUE.md §3"),
            Token::Name(n) => (format!("`{n}`"), word_hint(n)),
            Token::Num(n) => (format!("`{n}`"), "join values with an operator"),
            Token::Text(t) => (format!("'{t}'"), "join values with an operator"),
            Token::Sign("{" | "}") => ("`{`".to_owned(), "maps and messages are not part of the language"),
            Token::Sign(s) => (format!("`{s}`"), "see docs/CATALOGUE.md §3 for the language of conditions"),
        };
        fault(self.source, at, &format!("{found} where {wanted} is expected"), hint)
    }

    /// Makes a node unless the tree gets too deep.
    fn node(&self, kind: Kind) -> Parsed {
        let ast = Ast::from(kind);
        if ast.depth > DEEPEST { Err(too_deep()) } else { Ok(ast) }
    }

    fn expr(&mut self) -> Parsed {
        self.nested += 1;
        if self.nested > NESTED {
            return Err(too_deep());
        }
        let condition = self.joined()?;
        let out = if self.eat("?") {
            let yes = self.joined()?;
            self.expect(":")?;
            let no = self.expr()?;
            self.node(Kind::If(Box::new(condition), Box::new(yes), Box::new(no)))?
        } else {
            condition
        };
        self.nested -= 1;
        Ok(out)
    }

    /// `a && b || c`
    fn joined(&mut self) -> Parsed {
        let mut any = vec![self.conjunction()?];
        while self.eat("||") {
            any.push(self.conjunction()?);
        }
        self.chain(any, Kind::Or)
    }

    fn conjunction(&mut self) -> Parsed {
        let mut all = vec![self.binary(0)?];
        while self.eat("&&") {
            all.push(self.binary(0)?);
        }
        self.chain(all, Kind::And)
    }

    fn chain(&self, mut parts: Vec<Ast>, kind: fn(Vec<Ast>) -> Kind) -> Parsed {
        match (parts.len(), parts.pop()) {
            (1, Some(only)) => Ok(only),
            (_, last) => {
                parts.extend(last);
                self.node(kind(parts))
            }
        }
    }

    /// Comparisons (0), sums (1), products (2): left to right, tighter ones first.
    fn binary(&mut self, level: u8) -> Parsed {
        if level > 2 {
            return self.unary();
        }
        let mut left = self.binary(level + 1)?;
        while let Some(op) = operator(self.peek(), level) {
            self.next += 1;
            let right = self.binary(level + 1)?;
            left = self.node(Kind::Binary(op, Box::new(left), Box::new(right)))?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Parsed {
        for (sign, kind) in [("!", Kind::Not as fn(Box<Ast>) -> Kind), ("-", Kind::Minus)] {
            let mut times = 0;
            while self.eat(sign) {
                times += 1;
            }
            if times > 0 {
                let inner = self.member()?;
                return self.signed(times, inner, kind);
            }
        }
        self.member()
    }

    /// Puts one sign before a value, or two for an even number: pairs cancel, but the value must suit the sign.
    fn signed(&self, times: u32, inner: Ast, kind: fn(Box<Ast>) -> Kind) -> Parsed {
        let once = self.node(kind(Box::new(inner)))?;
        if times % 2 == 1 { Ok(once) } else { self.node(kind(Box::new(once))) }
    }

    /// A value with fields, methods and indexes behind it.
    fn member(&mut self) -> Parsed {
        let mut value = self.primary()?;
        loop {
            value = if self.eat(".") {
                let Token::Name(name) = self.peek().clone() else { return Err(self.unexpected("a name")) };
                self.next += 1;
                if RESERVED.contains(&&*name) {
                    return Err(self.reserved(&name));
                }
                let kind = if self.eat("(") {
                    Kind::Call(Some(Box::new(value)), name, self.list(")")?)
                } else {
                    Kind::Select(Box::new(value), name)
                };
                self.node(kind)?
            } else if self.eat("[") {
                let index = self.expr()?;
                self.expect("]")?;
                self.node(Kind::Index(Box::new(value), Box::new(index)))?
            } else {
                return Ok(value);
            };
        }
    }

    fn primary(&mut self) -> Parsed {
        let kind = match self.bump() {
            Token::Num(n) => Kind::Num(n),
            Token::Text(t) => Kind::Text(t),
            Token::Name(name) => return self.named(name),
            Token::Sign("(") => {
                let inner = self.expr()?;
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Sign("[") => Kind::List(self.list("]")?),
            _ => {
                self.next -= 1;
                return Err(self.unexpected("a value"));
            }
        };
        self.node(kind)
    }

    fn named(&mut self, name: Box<str>) -> Parsed {
        let kind = match &*name {
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            "null" => Kind::Null,
            word if RESERVED.contains(&word) => return Err(self.reserved(word)),
            _ if self.eat("(") => Kind::Call(None, name, self.list(")")?),
            _ => Kind::Name(name),
        };
        self.node(kind)
    }

    /// Expressions up to the closing bracket.
    fn list(&mut self, close: &str) -> Result<Vec<Ast>, ExprFault> {
        let mut out = Vec::new();
        if self.eat(close) {
            return Ok(out);
        }
        loop {
            out.push(self.expr()?);
            if self.eat(close) {
                return Ok(out);
            }
            if !self.eat(",") {
                return Err(self.unexpected(&format!("`,` or `{close}`")));
            }
        }
    }

    fn reserved(&self, word: &str) -> ExprFault {
        let at = self.tokens.get(self.next.saturating_sub(1)).map_or(0, |t| t.1);
        fault(self.source, at, &format!("`{word}`, a word CEL keeps for itself,"), "use another name")
    }
}

fn too_deep() -> ExprFault {
    ExprFault::new("the expression is nested too deeply", "split it into several conditions")
}

fn word_hint(word: &str) -> &'static str {
    match word.to_ascii_lowercase().as_str() {
        "and" => "write `&&`",
        "or" => "write `||`",
        "not" => "write `!`",
        "is" => "write `==`",
        _ => "join values with an operator; texts stand in quotes",
    }
}

/// Returns the operator of this level.
fn operator(token: &Token, level: u8) -> Option<Op> {
    let sign = match token {
        Token::Sign(sign) => sign,
        Token::Name(name) if &**name == "in" => "in",
        _ => return None,
    };
    let (op, at) = match sign {
        "==" => (Op::Equal, 0),
        "!=" => (Op::Unequal, 0),
        "<" => (Op::Less, 0),
        "<=" => (Op::LessOrEqual, 0),
        ">" => (Op::More, 0),
        ">=" => (Op::MoreOrEqual, 0),
        "in" => (Op::In, 0),
        "+" => (Op::Add, 1),
        "-" => (Op::Sub, 1),
        "*" => (Op::Mul, 2),
        "/" => (Op::Div, 2),
        "%" => (Op::Rem, 2),
        _ => return None,
    };
    (at == level).then_some(op)
}
