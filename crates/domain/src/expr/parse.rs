//! Text to CEL's syntax tree, with limits that keep hostile text from exhausting the stack.

use cel::IdedExpr;

use super::ExprFault;

/// Longest text, bytes.
const LONGEST: usize = 8_000;
/// Most operators that make the tree one level deeper each (`a.b.c`, `1+1+1`); `&&` and `||` do not.
const MOST_STEPS: usize = 300;
/// Deepest nesting of brackets.
const DEEPEST: u16 = 24;

/// Parses without expanding macros: `has(r.x)` and `list.exists(c, p)` stay calls.
pub(super) fn parse(source: &str) -> Result<IdedExpr, ExprFault> {
    if source.len() > LONGEST || steps(source) > MOST_STEPS {
        return Err(ExprFault::new("the expression is too long", "split it into several conditions"));
    }
    let parser = cel::Env::default().parser().max_recursion_depth(DEEPEST);
    parser.parse(source).map_err(|errors| {
        let first = errors.errors.first().map(|e| format!("at {}:{}: {}", e.pos.0, e.pos.1, e.msg));
        ExprFault::new(
            format!("not CEL: {}", first.unwrap_or_default()),
            "see docs/CATALOGUE.md §3 for the language of conditions",
        )
    })
}

/// Counts characters and words that may deepen the tree; those inside texts count too, to be safe.
fn steps(source: &str) -> usize {
    let signs = source.bytes().filter(|b| b".+-*/%<>=![?".contains(b)).count();
    signs + source.split_ascii_whitespace().filter(|w| w.contains("in")).count()
}
