//! Proofs by what somebody wrote, decided or confirmed: clauses, decisions, reviews, instructions.

use super::{Duty, Lowered, cel, duty, fresh, legacy, lit, not_overtaken, rows, some_row};
use crate::catalog::cond_def::{CondDef, Count, DateDef};
use crate::catalog::demand::COVERS;
use crate::catalog::proof_def::{ClauseDef, DecisionDef, DecisionNeed, InstructionDef, ReviewDef};
use crate::cond::{Cond, voted};
use crate::expr::ExprFault;
use crate::label::{Label, Lang};
use crate::verdict::check::{CheckIx, Mode, Must};
use crate::verdict::program::{Builder, CheckDef};

/// A document in force carries the clause, checked by a second person.
pub(super) fn clause(d: &ClauseDef, b: &mut Builder) -> Lowered<CheckIx> {
    let mut def = CheckDef::new(COVERS.0, Mode::Any);
    def.scope = vec![rows("clauses", format!("s.item == {}", lit(&d.clause)), Count::Some)];
    def.must = vec![(
        CondDef::Past(DateDef { field: "effective_on".into(), blank: None }),
        Some(Label::new("文書がまだ施行されていません", "The document is not in force yet")),
    )];
    let titles: Vec<Label> = d.documents.iter().map(|no| b.catalog.document_title(no)).collect();
    def.must.extend(carries_clause(&d.clause, &d.points, &titles));
    let check = b.check(def)?;
    b.clauses.push((d.clone(), check));
    Ok(check)
}

/// The document carries the item's clause with these contents, quoted and checked by a second person.
pub(super) fn carries_clause(item: &str, points: &[String], documents: &[Label]) -> Vec<Duty> {
    let item = lit(item);
    let checked = format!(
        "s.item == {item} && has(s.quote) && has(s.checked_by) && has(s.checked_on) && has(r.author) && s.checked_by != r.author"
    );
    let named = |lang: Lang| documents.iter().map(|t| t.get(lang)).collect::<Vec<_>>().join(", ");
    let hint = |lang| if documents.is_empty() { String::new() } else { format!(" ({})", named(lang)) };
    let mut out = vec![
        (
            rows("clauses", format!("s.item == {item} && has(s.quote)"), Count::Some),
            Some(Label::new(
                format!("条項の該当箇所が引用されていません{}", hint(Lang::Ja)),
                format!("The clause is not quoted{}", hint(Lang::En)),
            )),
        ),
        (
            some_row(
                "clauses",
                vec![cel(&checked), CondDef::Past(DateDef { field: "s.checked_on".into(), blank: None })],
                Count::Some,
            ),
            Some(Label::new("起案者以外の人による確認がありません", "Nobody but its author has checked the clause")),
        ),
    ];
    // A point somebody noted without quoting and checking it is none.
    out.extend(points.iter().map(|point| {
        let test = format!("{checked} && has(s.points) && s.points.contains({})", lit(point));
        let why = Label::new(
            format!("必要な内容「{point}」が、引用と確認のある条項に対応づけられていません"),
            format!("The required content “{point}” is not mapped to a clause that is quoted and checked"),
        );
        (rows("clauses", test, Count::Some), Some(why))
    }));
    out
}

/// Management decided, in time, over versions that are still current.
pub(super) fn decision(d: &DecisionDef, b: &mut Builder) -> Lowered<CheckIx> {
    let (kinds, votes) = match d.decision {
        DecisionNeed::Report => ("'report', 'report-and-approve', 'confirm', 'approve'", "'approve', 'noted'"),
        DecisionNeed::Confirm => ("'confirm', 'approve', 'report-and-approve'", "'approve', 'noted'"),
        // Taking note is not approving.
        DecisionNeed::Approve => ("'approve', 'report-and-approve'", "'approve'"),
        DecisionNeed::ReportAndApprove => ("'report-and-approve'", "'approve'"),
    };
    let mut def = CheckDef::new("decision", Mode::Any);
    def.scope = vec![cel(format!("{} in r.items && r.kind in [{kinds}]", lit(&d.item)))];
    def.must = vec![
        (
            some_row("decisions", voted(votes, None), Count::Some),
            Some(Label::new("誰がいつ決裁したかの記録がありません", "Who decided, and when, is not recorded")),
        ),
        (
            CondDef::Past(DateDef { field: "effective_on".into(), blank: Some(true) }),
            Some(Label::new("効力日がまだ来ていません", "It does not take effect yet")),
        ),
    ];
    if matches!(d.decision, DecisionNeed::Approve | DecisionNeed::ReportAndApprove) {
        def.must.push(duty("r.status == 'approved'", "承認に至っていません", "It was not approved"));
    }
    if let Some(span) = &d.within {
        def.must.push((
            some_row("decisions", voted(votes, Some(span)), Count::Some),
            Some(Label::new("前回の決裁から期間を過ぎています", "The last decision is older than the period")),
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

/// Somebody looked at a named population, and disposed of what was found.
pub(super) fn review(d: &ReviewDef, b: &mut Builder) -> Lowered<CheckIx> {
    let mut def = CheckDef::new("review", Mode::Any);
    def.scope = vec![cel(format!("r.target == {}", lit(&d.review)))];
    // One that names a single record speaks of that record, not of the ledger.
    if d.purpose.is_none() {
        def.scope.push(cel("!written(r.subject)"));
    }
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
            "r.result != 'exceptions' || has(r.exceptions)",
            "例外があるとされていますが、内訳がありません",
            "There were exceptions, and none is named",
        ),
        duty(
            "!has(r.exceptions) || r.exceptions.all(e, has(e.disposition) && e.disposition != 'open' && (e.disposition != 'action' || has(e.action)))",
            "例外の処置が終わっていないか、是正に結び付いていません",
            "Exceptions are not disposed of, or lead to no corrective action",
        ),
    ];
    let badly = def.scope.iter().cloned().chain([cel("r.result == 'not-ok'")]).collect();
    def.must.push((
        not_overtaken("target", "reviewed_on", badly),
        Some(Label::new("より新しい確認の結果が良好ではありません", "A later review did not come out well")),
    ));
    if d.reconciled {
        def.must.push(duty(
            "has(r.reconciled_with) && has(r.reconciled_on)",
            "独立した一覧との突合がありません",
            "It was not compared with an independent list",
        ));
        def.must.push(fresh(
            "reconciled_on",
            &d.within,
            "独立した一覧との突合が期間を過ぎています",
            "The comparison with an independent list is older than the period",
        ));
    }
    b.check(def)
}

/// An order was given, reported and confirmed.
pub(super) fn instruction(d: &InstructionDef, b: &mut Builder) -> Lowered<CheckIx> {
    let mut def = CheckDef::new("instruction", Mode::Any);
    def.states = Some(vec!["*".into()]);
    def.scope = vec![cel(format!("{} in r.items", lit(&d.instruction)))];
    def.must = vec![
        duty(
            "has(r.instruction) && has(r.to)",
            "指示の内容か、指示した相手が記録されていません",
            "The instruction, or whom it was given to, is not recorded",
        ),
        duty("has(r.report)", "報告がまだありません", "There is no report yet"),
        duty(
            "has(r.confirmed_by) && has(r.confirmed_on) && r.status == 'confirmed'",
            "報告がまだ確認されていません",
            "The report has not been confirmed",
        ),
        (
            CondDef::Past(DateDef { field: "confirmed_on".into(), blank: None }),
            Some(Label::new("確認日がまだ来ていません", "The day of confirmation has not come yet")),
        ),
        duty("r.result != 'not-done'", "指示したことが実施されていません", "What was ordered was not done"),
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
