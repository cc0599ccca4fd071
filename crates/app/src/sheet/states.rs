//! The state an imported row gets from the `import_state` rules of its register.

use std::collections::HashMap;

use akashi_domain::cond::{Compiler, Cond, Flip, Frame, all};
use akashi_domain::expr::Tri;
use akashi_domain::index::Indexes;
use akashi_domain::{RegisterIx, Span, Version, View};

/// The compiled rules of the registers of a view.
pub struct StateRules<'a> {
    view: &'a View,
    rules: HashMap<RegisterIx, Vec<(String, Vec<Cond>)>>,
    indexes: Indexes,
    periods: Vec<Span>,
}

impl<'a> StateRules<'a> {
    /// Compiles the rules of one register; a rule that does not compile never matches (the catalogue check tells).
    pub fn new(view: &'a View, register: RegisterIx) -> StateRules<'a> {
        let catalog = &*view.catalog;
        let facts: Vec<String> = catalog.facts.iter().map(|f| f.key.clone()).collect();
        let mut specs = Vec::new();
        let mut compiler = Compiler { catalog, facts: &facts, indexes: &mut specs };
        let compiled = catalog.register(register).import_states.iter();
        let compiled = compiled
            .filter_map(|rule| Some((rule.state.clone(), compiler.list(&rule.conditions, register).ok()?)))
            .collect();
        let indexes = Indexes::build(&specs, view);
        let periods =
            catalog.periods.iter().map(|p| Span::parse(&p.default).unwrap_or(Span { months: 12, days: 0 })).collect();
        StateRules { view, rules: HashMap::from([(register, compiled)]), indexes, periods }
    }

    /// Returns the state of the first rule that holds for the version.
    pub fn state_of(&self, version: &Version) -> Option<String> {
        let frame = Frame {
            view: self.view,
            indexes: &self.indexes,
            periods: &self.periods,
            facts: &|_| Tri::Unknown,
            day: self.view.as_of,
        };
        let holds = |conditions: &[Cond]| all(conditions, &frame, version, None, &mut Flip::default()).is_true();
        self.rules
            .get(&version.register)?
            .iter()
            .find(|(_, conditions)| holds(conditions))
            .map(|(state, _)| state.clone())
    }
}
