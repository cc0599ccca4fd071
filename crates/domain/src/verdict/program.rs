//! The catalogue compiled: checks, indexes and plans, ready to run over any view.
//! Compiling finds every fault of expressions, paths and names before anything runs.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{Check, CheckIx, Mode, Must};
use super::demand::{self, DemandPlan};
use super::deps::Deps;
use super::lower::{self, DemandDef};
use crate::catalog::cond_def::CondDef;
use crate::catalog::proof_def::ClauseDef;
use crate::catalog::{Catalog, Fault};
use crate::cond::{Compiler, Cond};
use crate::expr::{Expr, ExprFault, Scope};
use crate::index::IndexSpec;
use crate::label::Label;
use crate::register::RegisterIx;
use crate::retention::{self, RetentionPlan};

/// How a part is judged.
#[derive(Clone, Debug)]
pub enum Plan {
    Check(CheckIx),
    /// Events handled, or a nil declaration nobody contradicts.
    Event {
        events: CheckIx,
        nil: CheckIx,
        contrary: Vec<CheckIx>,
    },
    All(Vec<Plan>),
    AnyOf(Vec<Plan>),
    When {
        when: Expr,
        then: Box<Plan>,
        otherwise: Option<Box<Plan>>,
    },
}

/// A part and its plan.
#[derive(Clone, Debug)]
pub struct PartPlan {
    /// Position in [`Catalog::items`].
    pub item: usize,
    /// 0-based position in the item's parts.
    pub part: usize,
    /// Conditions over facts under which item and part apply; all must hold.
    pub applies: Vec<Expr>,
    pub plan: Plan,
    /// Every check the plan rests on, once.
    pub checks: Vec<CheckIx>,
    /// The facts that decide whether and how it applies.
    pub facts: BTreeSet<String>,
}

/// A finding and its check (hits are the rows in scope).
#[derive(Clone, Debug)]
pub struct FindingPlan {
    /// Position in [`Catalog::findings`].
    pub finding: usize,
    pub check: CheckIx,
}

/// How a fact is implied by records.
#[derive(Clone, Debug)]
pub struct FactPlan {
    pub implied: Vec<CheckIx>,
}

/// The compiled catalogue.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub checks: Vec<Check>,
    pub indexes: Vec<IndexSpec>,
    pub parts: Vec<PartPlan>,
    pub findings: Vec<FindingPlan>,
    pub facts: Vec<FactPlan>,
    /// Whether a simplification cover (`4.4`, `ch5`, `ch15`) holds for every system.
    pub simplify: BTreeMap<String, CheckIx>,
    /// Compiled `needs` of moves and `import_state` rules, by register.
    pub registers: Vec<RegisterProgram>,
    /// Rules of retention, one for each of their registers.
    pub retention: Vec<RetentionPlan>,
    /// What records have to hold.
    pub demands: Vec<DemandPlan>,
}

/// The compiled expressions of one register definition.
#[derive(Clone, Debug, Default)]
pub struct RegisterProgram {
    /// In the order of the register's moves.
    pub needs: Vec<Option<Expr>>,
    pub import_states: Vec<(String, Vec<Cond>)>,
    pub shown: Option<Expr>,
    /// `when` of the grants of `roles.toml` that speak of this register, by position.
    pub grants: BTreeMap<usize, Expr>,
}

/// Collects checks while proofs are lowered.
pub(super) struct Builder<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) fact_names: Vec<String>,
    pub(super) program: Program,
    /// Proofs by a clause of a document, with their checks.
    pub(super) clauses: Vec<(ClauseDef, CheckIx)>,
}

/// A check before its conditions are compiled.
pub(super) struct CheckDef<'d> {
    pub(super) register: &'d str,
    pub(super) states: Option<Vec<String>>,
    pub(super) scope: Vec<CondDef>,
    pub(super) must: Vec<(CondDef, Option<Label>)>,
    pub(super) absent: Option<CondDef>,
    pub(super) legacy: Option<Vec<CondDef>>,
    pub(super) mode: Mode,
    /// Further compiled duties the definitions cannot write.
    pub(super) extra: Vec<Must>,
}

impl<'d> CheckDef<'d> {
    pub(super) fn new(register: &'d str, mode: Mode) -> CheckDef<'d> {
        CheckDef {
            register,
            states: None,
            scope: Vec::new(),
            must: Vec::new(),
            absent: None,
            legacy: None,
            mode,
            extra: Vec::new(),
        }
    }
}

impl PartPlan {
    fn new((item, part): (usize, usize), applies: Vec<Expr>, plan: Plan) -> PartPlan {
        let mut checks = Vec::new();
        let mut facts: BTreeSet<String> = applies.iter().flat_map(|a| a.reads().facts.iter().cloned()).collect();
        plan.reads(&mut checks, &mut facts);
        checks.sort_unstable();
        checks.dedup();
        PartPlan { item, part, applies, plan, checks, facts }
    }
}

impl Plan {
    fn reads(&self, checks: &mut Vec<CheckIx>, facts: &mut BTreeSet<String>) {
        match self {
            Plan::Check(ix) => checks.push(*ix),
            Plan::Event { events, nil, contrary } => {
                checks.extend([*events, *nil]);
                checks.extend(contrary);
            }
            Plan::All(inner) | Plan::AnyOf(inner) => inner.iter().for_each(|p| p.reads(checks, facts)),
            Plan::When { when, then, otherwise } => {
                facts.extend(when.reads().facts.iter().cloned());
                then.reads(checks, facts);
                otherwise.iter().for_each(|p| p.reads(checks, facts));
            }
        }
    }
}

impl Program {
    /// Compiles the catalogue; tells every fault at once.
    pub fn compile(catalog: &Catalog) -> Result<Program, Vec<Fault>> {
        let fact_names = catalog.facts.iter().map(|f| f.key.clone()).collect();
        let mut builder = Builder { catalog, fact_names, program: Program::default(), clauses: Vec::new() };
        let mut faults = Vec::new();
        builder.facts(&mut faults);
        builder.parts(&mut faults);
        let demands = lower::demands(catalog, &builder.clauses);
        builder.findings(&demands, &mut faults);
        builder.demands(demands, &mut faults);
        builder.simplifications(&mut faults);
        builder.registers(&mut faults);
        builder.retention(&mut faults);
        if faults.is_empty() { Ok(builder.program) } else { Err(faults) }
    }
}

/// Compiles duties with their reasons.
fn duties(
    compiler: &mut Compiler,
    defs: &[(CondDef, Option<Label>)],
    register: RegisterIx,
) -> Result<Vec<Must>, ExprFault> {
    let duty = |(cond, why): &(CondDef, Option<Label>)| -> Result<Vec<Must>, ExprFault> {
        let conds = compiler.list(std::slice::from_ref(cond), register)?;
        Ok(conds.into_iter().map(|cond| Must { cond, why: why.clone() }).collect())
    };
    Ok(defs.iter().map(duty).collect::<Result<Vec<_>, _>>()?.concat())
}

/// Some demand has the record in its scope and is not met.
fn unmet(register: &str, demands: &[DemandDef]) -> CondDef {
    let of = demands.iter().filter(|d| d.register == register);
    let lacks = |d: &DemandDef| {
        let not = CondDef::Not(d.must.iter().map(|(cond, _)| cond.clone()).collect());
        d.scope.iter().cloned().chain([not]).collect()
    };
    CondDef::AnyOf(of.map(lacks).collect())
}

impl Builder<'_> {
    fn fault(&self, thing: &str, e: ExprFault) -> Fault {
        self.catalog.fault(thing, e.what, e.hint)
    }

    fn compiler(&mut self) -> Compiler<'_> {
        Compiler { catalog: self.catalog, facts: &self.fact_names, indexes: &mut self.program.indexes }
    }

    /// Compiles a check and returns its position.
    pub(super) fn check(&mut self, def: CheckDef) -> Result<CheckIx, ExprFault> {
        let mut compiler = self.compiler();
        let register = compiler.register(def.register)?;
        let scope = compiler.list(&def.scope, register)?;
        let mut must = duties(&mut compiler, &def.must, register)?;
        must.extend(def.extra);
        let absent = def.absent.map(|a| compiler.list(&[a], register)).transpose()?.and_then(|mut a| a.pop());
        let legacy = def.legacy.map(|l| compiler.list(&l, register)).transpose()?;
        let all = scope.iter().chain(must.iter().map(|m| &m.cond)).chain(&absent).chain(legacy.iter().flatten());
        let reads = Deps::of(all, register, &mut compiler)?;
        self.program.checks.push(Check {
            register,
            states: def.states,
            scope,
            must,
            absent,
            legacy,
            mode: def.mode,
            reads,
        });
        Ok(self.program.checks.len() - 1)
    }

    /// Compiles an expression over facts only.
    pub(super) fn fact_expr(&self, source: &str) -> Result<Expr, ExprFault> {
        Expr::compile(source, &Scope { catalog: self.catalog, record: None, row: None, facts: &self.fact_names })
    }

    fn facts(&mut self, faults: &mut Vec<Fault>) {
        for fact in &self.catalog.facts {
            let mut implied = Vec::new();
            for by in &fact.implied_by {
                match lower::contrary(by, self, Mode::Any) {
                    Ok(ix) if !self.program.checks[ix].reads.facts.is_empty() => faults.push(self.fault(
                        &format!("fact {}", fact.key),
                        ExprFault {
                            what: "implied_by reads facts".into(),
                            hint: "records imply facts; ask about fields of the record only".into(),
                        },
                    )),
                    Ok(ix) => implied.push(ix),
                    Err(e) => faults.push(self.fault(&format!("fact {}", fact.key), e)),
                }
            }
            self.program.facts.push(FactPlan { implied });
        }
    }

    fn parts(&mut self, faults: &mut Vec<Fault>) {
        for (item_ix, item) in self.catalog.items.iter().enumerate() {
            for (part_ix, part) in item.parts.iter().enumerate() {
                let applies = [Some(item.applies.as_str()), part.applies.as_deref()];
                let compiled = applies
                    .into_iter()
                    .flatten()
                    .filter(|a| *a != "always")
                    .map(|a| self.fact_expr(a))
                    .collect::<Result<Vec<_>, _>>();
                match compiled.and_then(|applies| Ok((applies, lower::proof(&part.proof, self)?))) {
                    Ok((applies, plan)) => self.program.parts.push(PartPlan::new((item_ix, part_ix), applies, plan)),
                    Err(e) => faults.push(self.fault(&format!("part {}#{}", item.id, part_ix + 1), e)),
                }
            }
        }
    }

    fn demands(&mut self, defs: Vec<DemandDef>, faults: &mut Vec<Fault>) {
        for def in defs {
            let thing = def.thing.clone();
            match self.demand(def) {
                Ok(plan) => self.program.demands.push(plan),
                Err(e) => faults.push(self.fault(&thing, e)),
            }
        }
    }

    fn demand(&mut self, def: DemandDef) -> Result<DemandPlan, ExprFault> {
        let mut compiler = self.compiler();
        let register = compiler.register(&def.register)?;
        let must = duties(&mut compiler, &def.must, register)?;
        Ok(DemandPlan {
            register,
            rests_on: demand::slots(must.iter().map(|m| &m.cond)),
            scope: compiler.list(&def.scope, register)?,
            must,
            absent: def.absent.map(|a| compiler.list(&[a], register)).transpose()?.and_then(|mut a| a.pop()),
            title: def.title,
            asks: def.asks,
            items: def.items,
            checks: def.checks,
        })
    }

    fn findings(&mut self, demands: &[DemandDef], faults: &mut Vec<Fault>) {
        for (ix, finding) in self.catalog.findings.iter().enumerate() {
            let mut scope = finding.conditions.clone();
            if finding.unmet {
                scope.push(unmet(&finding.register, demands));
            }
            let def =
                CheckDef { states: finding.states.clone(), scope, ..CheckDef::new(&finding.register, Mode::None) };
            let shown = self
                .catalog
                .register_by_key(&finding.register)
                .map(|r| finding.show.iter().filter(|s| r.field_ix(s).is_none()).cloned().collect::<Vec<_>>());
            if let Some(wrong) = shown.filter(|w| !w.is_empty()) {
                faults.push(self.fault(
                    &format!("finding {}", finding.key),
                    ExprFault {
                        what: format!("no field `{}` to show", wrong.join("`, `")),
                        hint: "name fields of the register".into(),
                    },
                ));
            }
            match self.check(def) {
                Ok(check) => self.program.findings.push(FindingPlan { finding: ix, check }),
                Err(e) => faults.push(self.fault(&format!("finding {}", finding.key), e)),
            }
        }
    }

    fn simplifications(&mut self, faults: &mut Vec<Fault>) {
        let mut covers: Vec<&str> = self.catalog.items.iter().filter_map(|i| i.simplify.as_deref()).collect();
        covers.sort_unstable();
        covers.dedup();
        for cover in covers {
            match lower::simplification(cover, self) {
                Ok(ix) => drop(self.program.simplify.insert(cover.to_string(), ix)),
                Err(e) => faults.push(self.fault(&format!("simplification {cover}"), e)),
            }
        }
    }

    fn registers(&mut self, faults: &mut Vec<Fault>) {
        for (ix, register) in self.catalog.registers.iter().enumerate() {
            match self.register(RegisterIx(ix as u16)) {
                Ok(program) => self.program.registers.push(program),
                Err(e) => faults.push(self.fault(&format!("register {}", register.key), e)),
            }
        }
    }

    fn retention(&mut self, faults: &mut Vec<Fault>) {
        for rule in &self.catalog.retention {
            match retention::compile(rule, &mut self.compiler()) {
                Ok(plans) => self.program.retention.extend(plans),
                Err(e) => faults.push(self.fault(&format!("retention {}", rule.key), e)),
            }
        }
    }

    fn register(&mut self, ix: RegisterIx) -> Result<RegisterProgram, ExprFault> {
        let catalog = self.catalog;
        let register = catalog.register(ix);
        let shown = Some(register.shown.as_str()).filter(|s| *s != "always").map(|s| self.fact_expr(s)).transpose()?;
        let mut compiler = self.compiler();
        let needs = register
            .moves
            .iter()
            .map(|m| m.needs.as_deref().map(|n| compiler.expr(n, ix)).transpose())
            .collect::<Result<_, _>>()?;
        let mut import_states = Vec::new();
        for rule in &register.import_states {
            import_states.push((rule.state.clone(), compiler.list(&rule.conditions, ix)?));
        }
        let mut grants = BTreeMap::new();
        for (at, grant) in catalog.roles.grants.iter().enumerate() {
            let named = grant.registers.iter().any(|k| *k == register.key || k == "*");
            if let Some(when) = grant.when.as_deref().filter(|_| named) {
                grants.insert(at, compiler.acting_expr(when, ix)?);
            }
        }
        Ok(RegisterProgram { needs, import_states, shown, grants })
    }
}
