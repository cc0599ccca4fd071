//! Turns the nine kinds of proof into checks. Each kind says what its record must carry in the catalogue's own
//! condition language, so that reasons and lapses come out alike. Rows and contracts here; what somebody wrote,
//! decided or confirmed in `said`, what was done in `done`.

mod demand;
mod done;
mod said;

use super::check::{CheckIx, Mode};
use super::program::{Builder, CheckDef, Plan};
use crate::catalog::Catalog;
use crate::catalog::cond_def::{CondDef, Count, DateDef, LinkedDef, RowsDef, TwinDef, ValidDef, WithinDef};
use crate::catalog::demand::CLAUSE;
use crate::catalog::proof_def::{ContractsDef, LegacyDef, ProofDef, RecordsDef};
use crate::expr::ExprFault;
use crate::label::Label;

pub(super) use demand::{DemandDef, demands};
pub(super) use done::{contrary, simplification};
use done::{event, mechanism, training};
use said::{clause, decision, instruction, review};

type Lowered<T> = Result<T, ExprFault>;
type Duty = (CondDef, Option<Label>);

/// Lowers a proof and everything inside it.
pub(super) fn proof(def: &ProofDef, b: &mut Builder) -> Lowered<Plan> {
    Ok(match def {
        ProofDef::Records(d) => records(d, b)?,
        ProofDef::Contracts(d) => Plan::Check(contracts(d, b)?),
        ProofDef::Clause(d) => Plan::Check(clause(d, b)?),
        ProofDef::Decision(d) => Plan::Check(decision(d, b)?),
        ProofDef::Review(d) => Plan::Check(review(d, b)?),
        ProofDef::Instruction(d) => Plan::Check(instruction(d, b)?),
        ProofDef::Training(d) => training(d, b)?,
        ProofDef::Event(d) => event(d, b)?,
        ProofDef::Mechanism(d) => Plan::Check(mechanism(d, b)?),
        ProofDef::All(inner) | ProofDef::AnyOf(inner) if inner.is_empty() => {
            return Err(asks_nothing("name at least one proof"));
        }
        ProofDef::All(inner) => Plan::All(inner.iter().map(|p| proof(p, b)).collect::<Result<_, _>>()?),
        ProofDef::AnyOf(inner) => Plan::AnyOf(inner.iter().map(|p| proof(p, b)).collect::<Result<_, _>>()?),
        ProofDef::When { when, then, otherwise } => Plan::When {
            when: b.fact_expr(when)?,
            then: Box::new(proof(then, b)?),
            otherwise: otherwise.as_ref().map(|p| proof(p, b).map(Box::new)).transpose()?,
        },
    })
}

fn cel(source: impl Into<String>) -> CondDef {
    CondDef::Cel(source.into())
}

fn duty(source: impl Into<String>, ja: &str, en: &str) -> Duty {
    (cel(source), Some(Label::new(ja, en)))
}

fn within(field: &str, span: &str) -> CondDef {
    CondDef::Within(WithinDef { field: field.into(), span: span.into(), blank: None })
}

fn fresh(field: &str, span: &str, ja: &str, en: &str) -> Duty {
    (within(field, span), Some(Label::new(ja, en)))
}

fn rows(field: &str, test: String, count: Count) -> CondDef {
    some_row(field, vec![cel(test)], count)
}

fn some_row(field: &str, conditions: Vec<CondDef>, count: Count) -> CondDef {
    CondDef::Rows(RowsDef { field: field.into(), conditions, count })
}

/// A CEL text literal.
fn lit(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn records(d: &RecordsDef, b: &mut Builder) -> Lowered<Plan> {
    let mut plans = Vec::new();
    if !d.every.is_empty() || d.at_least > 0 {
        let mut def = CheckDef::new(&d.records, Mode::Every { at_least: d.at_least });
        def.states = d.states.clone();
        def.scope = d.conditions.clone();
        def.must = d.every.iter().map(|c| (c.clone(), None)).collect();
        def.legacy = d.legacy.as_ref().map(legacy);
        plans.push(Plan::Check(b.check(def)?));
    }
    if !d.none.is_empty() {
        let mut def = CheckDef::new(&d.records, Mode::None);
        def.states = d.states.clone();
        def.scope = d.conditions.iter().chain(&d.none).cloned().collect();
        plans.push(Plan::Check(b.check(def)?));
    }
    match (plans.pop(), plans.pop()) {
        (Some(second), Some(first)) => Ok(Plan::All(vec![first, second])),
        (Some(only), _) => Ok(only),
        (None, _) => Err(asks_nothing("say what the rows must hold: every, none or at_least above 0")),
    }
}

/// A proof that no record could fail is none.
fn asks_nothing(hint: &str) -> ExprFault {
    ExprFault { what: "the proof asks nothing".into(), hint: hint.into() }
}

/// Not overtaken: no later record with the same values, of a day not in the future, comes out badly.
fn not_overtaken(by: &str, date: &str, badly: Vec<CondDef>) -> CondDef {
    let mut among = vec![cel("live(r)"), CondDef::Past(DateDef { field: date.into(), blank: None })];
    among.extend(badly);
    CondDef::Not(vec![CondDef::Twin(TwinDef { by: vec![by.into()], newer: Some(date.into()), among })])
}

/// Begun before Akashi was adopted, and covered by a retrospective review since, which management approved.
fn legacy(def: &LegacyDef) -> Vec<CondDef> {
    let reviewed = LinkedDef {
        register: "review".into(),
        on: "subject".into(),
        conditions: vec![
            cel(format!(
                "live(r) && r.purpose == {} && r.result != 'not-ok' && has(r.reviewer) && has(r.reviewed_on)",
                lit(&def.review)
            )),
            CondDef::Past(DateDef { field: "reviewed_on".into(), blank: None }),
            CondDef::Not(vec![CondDef::Adopted(DateDef { field: "reviewed_on".into(), blank: None })]),
            cel("has(r.approval) && live(r.approval) && r.approval.kind in ['approve', 'report-and-approve']"),
            cel("r.approval.decisions.exists(d, has(d.name) && d.vote == 'approve')"),
            CondDef::Past(DateDef { field: "approval.decisions.decided_at".into(), blank: None }),
        ],
        count: Count::Some,
        current: None,
    };
    vec![CondDef::Adopted(DateDef { field: def.before.clone(), blank: None }), CondDef::Linked(reviewed)]
}

/// Contracts in force: begun, and not past their end unless they renew by themselves.
/// `undated` answers for a contract without dates: one that has to carry a clause counts, one that is to cover does not.
fn in_force(undated: Option<bool>) -> CondDef {
    CondDef::Valid(ValidDef {
        from: "from".into(),
        to: "to".into(),
        open: Some("r.renewal == 'auto'".into()),
        blank: undated,
    })
}

fn contracts(d: &ContractsDef, b: &mut Builder) -> Lowered<CheckIx> {
    let mut def = CheckDef::new(CLAUSE.0, Mode::Every { at_least: 1 });
    let scope = b.catalog.clause(&d.contracts).map(|c| cel(&c.scope)).filter(|c| *c != cel("true"));
    def.scope = std::iter::once(in_force(Some(true))).chain(scope).chain(d.conditions.iter().cloned()).collect();
    let (carried, absent) = carries(b.catalog, &d.contracts);
    def.must = vec![carried];
    def.absent = Some(absent);
    def.legacy = d.legacy.as_ref().map(legacy);
    b.check(def)
}

/// The contract carries the clause; and when it is simply not written down whether it does.
fn carries(catalog: &Catalog, clause: &str) -> (Duty, CondDef) {
    let key = lit(clause);
    let carried =
        format!("s.clause == {key} && (s.state == 'present' || (s.state == 'not-applicable' && has(s.note)))");
    let title = catalog.clause_title(clause);
    let why = Label::new(
        format!("契約に条項「{}」がありません", title.ja),
        format!("The contract lacks the clause “{}”", title.en),
    );
    let absent = rows(CLAUSE.1, format!("s.clause == {key} && has(s.state)"), Count::None);
    ((rows(CLAUSE.1, carried, Count::Some), Some(why)), absent)
}
