//! Turns the nine kinds of proof into checks. Each kind says here what its record must carry,
//! in the catalogue's own condition language, so that reasons and lapses come out alike.

use super::check::{CheckIx, Mode, Must};
use super::program::{Builder, CheckDef, Plan};
use crate::catalog::cond_def::{CondDef, Count, DateDef, LinkedDef, MatchDef, RowsDef, ValidDef, WithinDef};
use crate::catalog::proof_def::{
    ClauseDef, ContractsDef, ContraryDef, DecisionDef, DecisionNeed, EventDef, InstructionDef, LegacyDef, MechanismDef,
    ProofDef, RecordsDef, ReviewDef, TrainingDef,
};
use crate::cond::Cond;
use crate::expr::ExprFault;
use crate::label::Label;

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
    CondDef::Rows(RowsDef { field: field.into(), conditions: vec![cel(test)], count })
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

/// Begun before Akashi was adopted, and covered by a retrospective review that is still in force.
fn legacy(def: &LegacyDef) -> Vec<CondDef> {
    let reviewed = LinkedDef {
        register: "review".into(),
        on: "subject".into(),
        conditions: vec![
            cel(format!(
                "r.purpose == {} && r.result != 'not-ok' && has(r.reviewer) && has(r.reviewed_on)",
                lit(&def.review)
            )),
            CondDef::Past(DateDef { field: "reviewed_on".into(), blank: None }),
        ],
        count: Count::Some,
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
    let key = lit(&d.contracts);
    let mut def = CheckDef::new("contract", Mode::Every { at_least: 1 });
    def.scope = std::iter::once(in_force(Some(true))).chain(d.conditions.iter().cloned()).collect();
    let carried =
        format!("s.clause == {key} && (s.state == 'present' || (s.state == 'not-applicable' && has(s.note)))");
    let title = clause_title(b, &d.contracts);
    let why = Label::new(
        format!("契約に条項「{}」がありません", title.ja),
        format!("The contract lacks the clause “{}”", title.en),
    );
    def.must = vec![(rows("clauses", carried, Count::Some), Some(why))];
    def.absent = Some(rows("clauses", format!("s.clause == {key} && has(s.state)"), Count::None));
    def.legacy = d.legacy.as_ref().map(legacy);
    b.check(def)
}

fn clause_title(b: &Builder, key: &str) -> Label {
    let field = b.catalog.register_by_key("contract").and_then(|r| r.field("clauses"));
    let clause = field.and_then(|f| f.rows().iter().find(|s| s.key == "clause"));
    let option = clause.and_then(|c| c.options().iter().find(|o| o.key == key));
    option.map_or_else(|| Label::new(key, key), |o| o.title.clone())
}

fn clause(d: &ClauseDef, b: &mut Builder) -> Lowered<CheckIx> {
    let item = lit(&d.clause);
    let mut def = CheckDef::new("document", Mode::Any);
    def.scope = vec![rows("clauses", format!("s.item == {item}"), Count::Some)];
    let hint = if d.documents.is_empty() { String::new() } else { format!(" ({})", d.documents.join(" ")) };
    def.must = vec![
        (
            CondDef::Past(DateDef { field: "effective_on".into(), blank: None }),
            Some(Label::new("文書がまだ施行されていません", "The document is not in force yet")),
        ),
        (
            rows("clauses", format!("s.item == {item} && has(s.quote)"), Count::Some),
            Some(Label::new(
                format!("条項の該当箇所が引用されていません{hint}"),
                format!("The clause is not quoted{hint}"),
            )),
        ),
        (
            rows(
                "clauses",
                format!(
                    "s.item == {item} && has(s.quote) && has(s.checked_by) && has(s.checked_on) && has(r.author) && s.checked_by != r.author"
                ),
                Count::Some,
            ),
            Some(Label::new("起案者以外の人による確認がありません", "Nobody but its author has checked the clause")),
        ),
    ];
    for point in &d.points {
        let test = format!("s.item == {item} && has(s.points) && s.points.contains({})", lit(point));
        def.must.push((
            rows("clauses", test, Count::Some),
            Some(Label::new(
                format!("必要な内容「{point}」が条項に対応づけられていません"),
                format!("The required content “{point}” is not mapped to a clause"),
            )),
        ));
    }
    b.check(def)
}

fn decision(d: &DecisionDef, b: &mut Builder) -> Lowered<CheckIx> {
    let (kinds, votes) = match d.decision {
        DecisionNeed::Report => ("'report', 'report-and-approve', 'confirm', 'approve'", "'approve', 'noted'"),
        DecisionNeed::Confirm => ("'confirm', 'approve', 'report-and-approve'", "'approve', 'noted'"),
        // Taking note is not approving.
        DecisionNeed::Approve => ("'approve', 'report-and-approve'", "'approve'"),
        DecisionNeed::ReportAndApprove => ("'report-and-approve'", "'approve'"),
    };
    let mut def = CheckDef::new("decision", Mode::Any);
    def.scope = vec![cel(format!("{} in r.items && r.kind in [{kinds}]", lit(&d.item)))];
    let voted = format!("has(s.name) && has(s.decided_at) && s.vote in [{votes}]");
    def.must = vec![
        (
            rows("decisions", voted, Count::Some),
            Some(Label::new("誰がいつ決裁したかの記録がありません", "Who decided, and when, is not recorded")),
        ),
        (
            CondDef::Past(DateDef { field: "effective_on".into(), blank: Some(true) }),
            Some(Label::new("効力日がまだ来ていません", "It does not take effect yet")),
        ),
    ];
    if let Some(span) = &d.within {
        def.must.push(fresh(
            "decisions.decided_at",
            span,
            "前回の決裁から期間を過ぎています",
            "The last decision is older than the period",
        ));
    }
    if d.prior {
        let from = "has(r.subjects) && r.subjects.all(x, x.record.prior_approved_on <= x.record.from)";
        def.must.push(duty(from, "対象の開始日より後の承認です", "Approved after the subject had begun"));
    }
    if let Some(register) = &d.subjects {
        def.extra.push(approved_versions(register, b)?);
    }
    def.legacy = d.legacy.as_ref().map(legacy);
    b.check(def)
}

/// The versions a decision names must still be current in their material fields.
fn approved_versions(register: &str, b: &Builder) -> Lowered<Must> {
    let missing = |what: &str| ExprFault {
        what: format!("register decision has no {what}"),
        hint: "decision needs subjects rows with record and digest".into(),
    };
    let decision = b.catalog.register_by_key("decision").ok_or_else(|| missing("definition"))?;
    let slot = decision.field_ix("subjects").ok_or_else(|| missing("subjects"))?;
    let cell = |key: &str| decision.slot(slot).rows().iter().position(|f| f.key == key).ok_or_else(|| missing(key));
    let register = b
        .catalog
        .register_ix(register)
        .ok_or_else(|| ExprFault { what: format!("no register `{register}`"), hint: "use a register key".into() })?;
    Ok(Must {
        cond: Cond::Fresh { slot, link: cell("record")?, digest: cell("digest")?, register },
        why: Some(Label::new(
            "承認した版が特定できないか、承認の後に内容が変わっています",
            "The approved version is not named, or its content has changed since",
        )),
    })
}

fn review(d: &ReviewDef, b: &mut Builder) -> Lowered<CheckIx> {
    let mut def = CheckDef::new("review", Mode::Any);
    def.scope = vec![cel(format!("r.target == {}", lit(&d.review)))];
    def.scope.extend(d.purpose.as_ref().map(|p| cel(format!("r.purpose == {}", lit(p)))));
    def.scope.extend(d.conditions.iter().cloned());
    def.must = vec![
        fresh("reviewed_on", &d.within, "前回の確認から期間を過ぎています", "The last review is older than the period"),
        duty("has(r.reviewer)", "確認者が記録されていません", "The reviewer is not recorded"),
        duty(
            "has(r.population) && r.population > 0",
            "確認した母集団が特定されていません",
            "The reviewed population is not named",
        ),
        duty(
            "has(r.result) && r.result != 'not-ok'",
            "確認の結果が良好ではありません",
            "The result of the review is not good",
        ),
        duty(
            "!has(r.exceptions) || r.exceptions.all(e, has(e.disposition) && e.disposition != 'open')",
            "例外の処置が終わっていません",
            "Exceptions are not disposed of",
        ),
    ];
    if d.reconciled {
        def.must.push(duty(
            "has(r.reconciled_with) && has(r.reconciled_on)",
            "独立した一覧との突合がありません",
            "It was not compared with an independent list",
        ));
    }
    b.check(def)
}

fn instruction(d: &InstructionDef, b: &mut Builder) -> Lowered<CheckIx> {
    let mut def = CheckDef::new("instruction", Mode::Any);
    def.states = Some(vec!["*".into()]);
    def.scope = vec![cel(format!("{} in r.items", lit(&d.instruction)))];
    def.must = vec![
        duty("has(r.instruction)", "指示の内容が記録されていません", "The instruction is not recorded"),
        duty("has(r.report)", "報告がまだありません", "There is no report yet"),
        duty(
            "has(r.confirmed_by) && has(r.confirmed_on) && r.status == 'confirmed'",
            "報告がまだ確認されていません",
            "The report has not been confirmed",
        ),
    ];
    if let Some(span) = &d.within {
        def.must.push(fresh(
            "confirmed_on",
            span,
            "前回の確認済みの報告から期間を過ぎています",
            "The last confirmed report is older than the period",
        ));
    }
    b.check(def)
}

fn training(d: &TrainingDef, b: &mut Builder) -> Lowered<Plan> {
    let list = |keys: &[String]| keys.iter().map(|k| lit(k)).collect::<Vec<_>>().join(", ");
    let mut select = Vec::new();
    if !d.kinds.is_empty() {
        select.push(cel(format!("r.kind in [{}]", list(&d.kinds))));
    }
    if !d.training.is_empty() {
        select.push(cel(format!("r.topics.exists(t, t in [{}])", list(&d.training))));
    }
    let mut held = CheckDef::new("training", Mode::Any);
    held.scope = select.clone();
    held.must = vec![
        fresh("held_on", &d.within, "期間内に実施されていません", "Not held within the period"),
        duty("has(r.attendance)", "受講者の名簿がありません", "There is no roster of attendance"),
    ];
    let held = b.check(held)?;
    let attended = select.into_iter().chain([within("held_on", &d.within), cel("s.result == 'attended'")]).collect();
    let linked = LinkedDef {
        register: "training".into(),
        on: "attendance.person".into(),
        conditions: attended,
        count: Count::Some,
    };
    let mode = Mode::Share { rule: d.threshold.clone() };
    let mut people = CheckDef::new("personnel", mode);
    people.must = vec![(
        CondDef::Linked(linked),
        Some(Label::new("期間内の受講記録がありません", "No attendance within the period")),
    )];
    Ok(Plan::All(vec![Plan::Check(held), Plan::Check(b.check(people)?)]))
}

fn event(d: &EventDef, b: &mut Builder) -> Lowered<Plan> {
    let mut events = CheckDef::new(&d.event, Mode::Every { at_least: 0 });
    events.states = Some(vec!["*".into()]);
    events.scope = d.conditions.clone();
    events.must = d.every.iter().map(|c| (c.clone(), None)).collect();
    let mut nil = CheckDef::new("nil-declaration", Mode::Any);
    nil.scope = vec![cel(format!("r.subject == {}", lit(&d.nil)))];
    nil.must = vec![
        duty("has(r.declared_by)", "宣言した人が記録されていません", "Who declared it is not recorded"),
        fresh(
            "declared_on",
            &d.within,
            "「該当なし」の宣言が期間を過ぎています",
            "The nil declaration is older than the period",
        ),
        (
            CondDef::Within(WithinDef { field: "period.to".into(), span: d.within.clone(), blank: Some(true) }),
            Some(Label::new(
                "「該当なし」の宣言の対象期間が古くなっています",
                "The time the nil declaration speaks of is too long ago",
            )),
        ),
    ];
    let contrary = d.contrary.iter().map(|c| contrary(c, b, Mode::None)).collect::<Result<_, _>>()?;
    Ok(Plan::Event { events: b.check(events)?, nil: b.check(nil)?, contrary })
}

/// Rows that contradict a declaration, or imply a fact.
pub(super) fn contrary(d: &ContraryDef, b: &mut Builder, mode: Mode) -> Lowered<CheckIx> {
    let mut def = CheckDef::new(&d.register, mode);
    def.states = if d.live { None } else { Some(vec!["*".into()]) };
    def.scope = d.conditions.clone();
    b.check(def)
}

fn mechanism(d: &MechanismDef, b: &mut Builder) -> Lowered<CheckIx> {
    let key = lit(&d.mechanism);
    let test = |conditions: Vec<CondDef>, count| {
        CondDef::Linked(LinkedDef { register: "mechanism-test".into(), on: "system".into(), conditions, count })
    };
    let good = "r.result == 'ok' || (r.result == 'equivalent' && has(r.reason))";
    let mut def = CheckDef::new(&d.per, Mode::Every { at_least: 1 });
    def.scope = d.conditions.clone();
    def.must = vec![(
        test(
            vec![cel(format!("r.mechanism == {key} && has(r.tested_by) && ({good})")), within("tested_on", &d.within)],
            Count::Some,
        ),
        Some(Label::new(
            "期間内の試験記録または事業者の書面がありません",
            "No test record or vendor statement within the period",
        )),
    )];
    def.absent = Some(test(vec![cel(format!("r.mechanism == {key}"))], Count::None));
    b.check(def)
}

/// Every live system is of pattern II or IV, checked with the vendor, and covered by a contract in force.
pub(super) fn simplification(cover: &str, b: &mut Builder) -> Lowered<CheckIx> {
    let covered = MatchDef {
        register: "contract".into(),
        on: vec!["vendor".into()],
        to: vec!["vendor".into()],
        conditions: vec![
            in_force(None),
            rows("clauses", format!("s.clause == 'simplification-{cover}' && s.state == 'present'"), Count::Some),
        ],
        count: Count::Some,
    };
    let mut def = CheckDef::new("system", Mode::Every { at_least: 1 });
    def.must = vec![
        duty(
            "r.pattern in ['II', 'IV'] && has(r.pattern_basis)",
            "簡略化できる参照パターンではありません",
            "Not of a pattern that may be simplified",
        ),
        (
            CondDef::Match(covered),
            Some(Label::new("簡略化を支える契約条項がありません", "No contract clause covers the simplification")),
        ),
    ];
    b.check(def)
}
