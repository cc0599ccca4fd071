//! Holds: while a lawsuit, an inspection or an investigation may ask for records, nothing of them is disposed of.
//! A hold names records, or a register and a query in the expression language; one that cannot be read holds all.

use super::{BlockKind, HOLD, Retention};
use crate::cond::days;
use crate::date::Day;
use crate::expr::{Env, Expr, Scope, Tri};
use crate::label::Label;
use crate::record::{RecordId, Version};
use crate::register::RegisterIx;
use crate::value::{Link, Value};
use crate::verdict::Evaluator;

/// The holds in force on the day of the evaluator's view.
#[derive(Debug, Default)]
pub struct Holds(Vec<Hold>);

#[derive(Debug)]
struct Hold {
    code: Box<str>,
    scope: Scoped,
    until: Option<Day>,
    /// Nobody has approved it yet; it holds all the same until somebody decides.
    waits: bool,
}

/// What a hold holds.
#[derive(Debug)]
enum Scoped {
    Records(Vec<RecordId>),
    Register(RegisterIx, Option<Expr>),
    /// It names nothing, or what it names cannot be read.
    All,
}

impl Holds {
    /// Reads the holds in force: in a live state, begun, and not ended.
    pub fn of(evaluator: &Evaluator) -> Holds {
        let view = evaluator.view();
        let rows = view.rows_of(HOLD).iter().filter(|v| view.is_live(v));
        Holds(rows.filter_map(|v| Hold::read(evaluator, v)).collect())
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn block(&self, evaluator: &Evaluator, version: &Version, out: &mut Retention) {
        for hold in self.0.iter().filter(|h| h.holds(evaluator, version)) {
            out.block(BlockKind::Held, hold.words(), hold.until);
        }
    }
}

impl Hold {
    fn read(evaluator: &Evaluator, v: &Version) -> Option<Hold> {
        let register = evaluator.view().register(v);
        let today = evaluator.view().as_of;
        let from = days(v.get(register, "from")).map(|(first, _)| first);
        let until = days(v.get(register, "until")).map(|(_, last)| last);
        // A date nobody can read does not end a hold.
        if from.is_some_and(|day| day > today) || until.is_some_and(|day| day < today) {
            return None;
        }
        let waits = register.initial == *v.state;
        Some(Hold { code: v.code.clone(), scope: Scoped::read(evaluator, v), until, waits })
    }

    fn holds(&self, evaluator: &Evaluator, version: &Version) -> bool {
        match &self.scope {
            Scoped::All => true,
            Scoped::Records(ids) => ids.contains(&version.id),
            Scoped::Register(register, query) if *register == version.register => query.as_ref().is_none_or(|query| {
                let facts = |key: &str| evaluator.facts().get(key).map_or(Tri::Unknown, |s| s.value);
                let env = Env { view: evaluator.view(), record: Some(version), row: None, facts: &facts };
                query.test(&env) != Tri::False
            }),
            Scoped::Register(..) => false,
        }
    }

    fn words(&self) -> Label {
        let code = &self.code;
        let (ja, en) =
            self.until.map_or((String::new(), String::new()), |d| (format!("、{d}まで"), format!(", until {d}")));
        let (wait_ja, wait_en) = if self.waits { ("、承認待ち", ", not approved yet") } else { ("", "") };
        let all = matches!(self.scope, Scoped::All);
        let (all_ja, all_en) = if all {
            ("、対象が読めないためすべて", ", which names nothing readable and so holds all")
        } else {
            ("", "")
        };
        Label::new(
            format!("保存停止措置があります({code}{ja}{wait_ja}{all_ja})"),
            format!("A hold keeps it ({code}{en}{wait_en}{all_en})"),
        )
    }
}

impl Scoped {
    fn read(evaluator: &Evaluator, v: &Version) -> Scoped {
        let catalog = evaluator.catalog();
        let definition = catalog.register(v.register);
        let text = |key: &str| match v.get(definition, key) {
            Value::Text(t) => Some(&**t).filter(|t| !t.trim().is_empty()),
            _ => None,
        };
        let links = v.get(definition, "records").links();
        let ids: Vec<RecordId> = links
            .iter()
            .filter_map(|link| match link {
                Link::To(id) => Some(*id),
                Link::Text(_) => None,
            })
            .collect();
        match (text("register"), text("query")) {
            // A record nobody has resolved could be any.
            (None, None) if !ids.is_empty() && ids.len() == links.len() => Scoped::Records(ids),
            (Some(key), query) if links.is_empty() => match (catalog.register_ix(key), query) {
                (Some(register), None) => Scoped::Register(register, None),
                (Some(register), Some(query)) => Scoped::query(evaluator, register, query),
                (None, _) => Scoped::All,
            },
            _ => Scoped::All,
        }
    }

    /// A query that does not compile holds the whole register.
    fn query(evaluator: &Evaluator, register: RegisterIx, source: &str) -> Scoped {
        let facts: Vec<String> = evaluator.catalog().facts.iter().map(|f| f.key.clone()).collect();
        let scope = Scope { catalog: evaluator.catalog(), record: Some(register), row: None, facts: &facts };
        Scoped::Register(register, Expr::compile(source, &scope).ok())
    }
}
