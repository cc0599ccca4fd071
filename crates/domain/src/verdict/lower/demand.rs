//! What records have to hold, as conditions: clauses of contracts, the clauses documents owe to the items they serve,
//! and what the catalogue demands besides. The duties are those of the proofs, so that page and verdict agree.

use super::said::carries_clause;
use super::{Duty, carries, cel};
use crate::catalog::Catalog;
use crate::catalog::cond_def::CondDef;
use crate::catalog::demand::{CLAUSE, COVERS};
use crate::catalog::proof_def::ClauseDef;
use crate::label::Label;
use crate::verdict::check::CheckIx;

/// A demand before its conditions are compiled.
pub(in crate::verdict) struct DemandDef {
    /// What it comes from, to name in faults: `clause key`, `document D01`, `demand key`.
    pub(in crate::verdict) thing: String,
    pub(in crate::verdict) register: String,
    pub(in crate::verdict) title: Label,
    pub(in crate::verdict) asks: Option<Label>,
    pub(in crate::verdict) items: Vec<String>,
    pub(in crate::verdict) scope: Vec<CondDef>,
    pub(in crate::verdict) must: Vec<Duty>,
    pub(in crate::verdict) absent: Option<CondDef>,
    /// Proofs another record may meet as well.
    pub(in crate::verdict) checks: Vec<CheckIx>,
}

/// Returns every demand; `clauses` are the proofs by clause with their checks.
pub(in crate::verdict) fn demands(catalog: &Catalog, clauses: &[(ClauseDef, CheckIx)]) -> Vec<DemandDef> {
    let mut out: Vec<DemandDef> = catalog.clauses.iter().map(|c| of_contract(catalog, c)).collect();
    catalog.documents.iter().for_each(|d| out.extend(of_document(catalog, &d.no, clauses)));
    out.extend(catalog.demands.iter().map(|d| DemandDef {
        thing: format!("demand {}", d.key),
        register: d.register.clone(),
        title: d.title.clone(),
        asks: d.asks.clone(),
        items: d.items.clone(),
        scope: d.conditions.clone(),
        must: d.every.iter().map(|c| (c.clone(), None)).collect(),
        absent: None,
        checks: Vec::new(),
    }));
    out
}

fn of_contract(catalog: &Catalog, clause: &crate::catalog::Clause) -> DemandDef {
    let (carried, absent) = carries(catalog, &clause.key);
    DemandDef {
        thing: format!("clause {}", clause.key),
        register: CLAUSE.0.into(),
        title: catalog.clause_title(&clause.key),
        asks: Some(clause.asks.clone()),
        items: clause.items.clone(),
        scope: vec![cel(&clause.scope)],
        must: vec![carried],
        absent: Some(absent),
        checks: Vec::new(),
    }
}

/// One demand for each item whose proofs name the document, with all contents they ask for.
fn of_document(catalog: &Catalog, no: &str, clauses: &[(ClauseDef, CheckIx)]) -> Vec<DemandDef> {
    let named = clauses.iter().filter(|(d, _)| d.documents.iter().any(|named| named == no));
    let mut out: Vec<(&str, Vec<String>, Vec<CheckIx>)> = Vec::new();
    for (def, check) in named {
        let at = out.iter().position(|(item, ..)| *item == def.clause).unwrap_or_else(|| {
            out.push((&def.clause, Vec::new(), Vec::new()));
            out.len() - 1
        });
        let (_, points, checks) = &mut out[at];
        for point in def.points.iter().filter(|p| !points.contains(p)).cloned().collect::<Vec<_>>() {
            points.push(point);
        }
        checks.push(*check);
    }
    let title = catalog.document_title(no);
    let demand = |(item, points, checks): (&str, Vec<String>, Vec<CheckIx>)| DemandDef {
        thing: format!("document {no}"),
        register: COVERS.0.into(),
        title: title.clone(),
        asks: catalog.item(item).map(|i| i.title.clone()),
        items: vec![item.to_owned()],
        scope: vec![cel(format!("has(r.{0}) && '{1}' in r.{0}", COVERS.1, no.to_lowercase()))],
        must: carries_clause(item, &points, &[]),
        absent: None,
        checks,
    };
    out.into_iter().map(demand).collect()
}
