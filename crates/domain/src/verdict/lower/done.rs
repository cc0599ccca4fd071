//! Proofs by what was done or happened: training, events, tests of mechanisms; and the cover of simplifications.

use super::{Lowered, cel, duty, fresh, in_force, lit, not_overtaken, rows, within};
use crate::catalog::cond_def::{CondDef, Count, LinkedDef, MatchDef, WithinDef};
use crate::catalog::proof_def::{ContraryDef, EventDef, MechanismDef, TrainingDef};
use crate::label::Label;
use crate::verdict::check::{CheckIx, Mode};
use crate::verdict::program::{Builder, CheckDef, Plan};

/// A session was held within the period, and enough people took part.
pub(super) fn training(d: &TrainingDef, b: &mut Builder) -> Lowered<Plan> {
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
    let attended = select
        .into_iter()
        .chain([cel("live(r)"), within("held_on", &d.within), cel("s.result == 'attended'")])
        .collect();
    let linked = LinkedDef {
        register: "training".into(),
        on: "attendance.person".into(),
        conditions: attended,
        count: Count::Some,
        current: None,
    };
    let mode = Mode::Share { rule: d.threshold.clone() };
    let mut people = CheckDef::new("personnel", mode);
    people.must = vec![(
        CondDef::Linked(linked),
        Some(Label::new("期間内の受講記録がありません", "No attendance within the period")),
    )];
    Ok(Plan::All(vec![Plan::Check(held), Plan::Check(b.check(people)?)]))
}

/// What happened was handled; that nothing happened is declared.
pub(super) fn event(d: &EventDef, b: &mut Builder) -> Lowered<Plan> {
    let mut events = CheckDef::new(&d.event, Mode::Every { at_least: 0 });
    events.states = Some(vec!["*".into()]);
    events.scope = d.conditions.clone();
    events.must = d.every.iter().map(|c| (c.clone(), None)).collect();
    let mut nil = CheckDef::new("nil-declaration", Mode::Any);
    nil.scope = vec![cel(format!("r.subject == {}", lit(&d.nil)))];
    nil.must = vec![
        duty("has(r.declared_by)", "宣言した人が記録されていません", "Who declared it is not recorded"),
        duty(
            "has(r.basis)",
            "何を確かめて宣言したかが記録されていません",
            "What was checked before declaring it is not recorded",
        ),
        fresh(
            "declared_on",
            &d.within,
            "「該当なし」の宣言が期間を過ぎています",
            "The nil declaration is older than the period",
        ),
        (
            CondDef::Within(WithinDef { field: "period.to".into(), span: d.within.clone(), blank: None }),
            Some(Label::new(
                "「該当なし」の宣言の対象期間が古くなっています",
                "The time the nil declaration speaks of is too long ago",
            )),
        ),
        (
            CondDef::Lasts(WithinDef { field: "period".into(), span: d.within.clone(), blank: None }),
            Some(Label::new(
                "「該当なし」の宣言の対象期間が周期より短くなっています",
                "The time the nil declaration speaks of is shorter than the period",
            )),
        ),
    ];
    let contrary = d.contrary.iter().map(|c| contrary(c, b, Mode::None)).collect::<Lowered<Vec<_>>>()?;
    let beside = d.contrary.iter().zip(&contrary).filter(|(c, _)| c.beside).map(|(_, ix)| Plan::Check(*ix));
    let beside: Vec<Plan> = beside.collect();
    let event = Plan::Event { events: b.check(events)?, nil: b.check(nil)?, contrary };
    Ok(if beside.is_empty() { event } else { Plan::All(std::iter::once(event).chain(beside).collect()) })
}

/// Rows that contradict a declaration, or imply a fact.
pub(in crate::verdict) fn contrary(d: &ContraryDef, b: &mut Builder, mode: Mode) -> Lowered<CheckIx> {
    let mut def = CheckDef::new(&d.register, mode);
    def.states = if d.live { None } else { Some(vec!["*".into()]) };
    def.scope = d.conditions.clone();
    b.check(def)
}

/// Each system has a dated test that came out well, and none since that did not.
pub(super) fn mechanism(d: &MechanismDef, b: &mut Builder) -> Lowered<CheckIx> {
    let key = lit(&d.mechanism);
    let test = |conditions: Vec<CondDef>, count| {
        CondDef::Linked(LinkedDef {
            register: "mechanism-test".into(),
            on: "system".into(),
            conditions,
            count,
            current: None,
        })
    };
    let good = "r.result == 'ok' || (r.result == 'equivalent' && has(r.reason))";
    let mut def = CheckDef::new(&d.per, Mode::Every { at_least: 1 });
    def.scope = d.conditions.clone();
    def.must = vec![(
        test(
            vec![
                cel(format!("live(r) && r.mechanism == {key} && has(r.tested_by) && has(r.evidence) && ({good})")),
                within("tested_on", &d.within),
                not_overtaken("system", "tested_on", vec![cel(format!("r.mechanism == {key} && !({good})"))]),
            ],
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

/// Every live system is of pattern II or IV, checked with the vendor, and covered by a contract in force. The vendor's
/// doing it is looked at, too (items.md A6): by a report of its own or a review of the system, within the period.
pub(in crate::verdict) fn simplification(cover: &str, b: &mut Builder) -> Lowered<CheckIx> {
    let covered = MatchDef {
        register: "contract".into(),
        on: vec!["vendor".into()],
        to: vec!["vendor".into()],
        conditions: vec![
            cel("live(r)"),
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
        (
            looked_at(),
            Some(Label::new(
                "簡略化した事項の確認(事業者の報告か、目的 simplification の点検)が期間内にありません",
                "What was simplified was not looked at in the period (a report of the vendor, or a review of purpose simplification)",
            )),
        ),
    ];
    b.check(def)
}

/// The vendor reported and was checked, or somebody reviewed the system for its simplification.
fn looked_at() -> CondDef {
    let reported = MatchDef {
        register: "vendor-report".into(),
        on: vec!["vendor".into()],
        to: vec!["vendor".into()],
        conditions: vec![
            cel("r.status in ['checked', 'demanding', 'reported'] && has(r.checked_by) && has(r.contents)"),
            within("received", "vendor-report"),
        ],
        count: Count::Some,
    };
    let reviewed = LinkedDef {
        register: "review".into(),
        on: "subject".into(),
        conditions: vec![
            cel(
                "live(r) && r.target == 'system' && r.purpose == 'simplification' && has(r.reviewer) && r.result != 'not-ok'",
            ),
            within("reviewed_on", "register-review"),
        ],
        count: Count::Some,
        current: None,
    };
    CondDef::AnyOf(vec![vec![CondDef::Match(reported)], vec![CondDef::Linked(reviewed)]])
}
