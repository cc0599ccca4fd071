//! What "management approved this record" asks of the ledger of decisions, in the catalogue's own conditions:
//! a decision in force, a vote for it, and the version it speaks of. Compiling them is `compile`'s work.

use crate::catalog::cond_def::{ApprovedDef, CondDef, Count, DateDef, LinkedDef, MatchDef, RowsDef, WithinDef};

impl ApprovedDef {
    /// The join to decisions that lowers it.
    pub(super) fn decision(&self) -> LinkedDef {
        let kinds = if self.reported { "'report-and-approve'" } else { "'approve', 'report-and-approve'" };
        let (state, votes) = match self.noted {
            true => ("r.status in ['reported', 'confirmed', 'approved']".into(), "'approve', 'noted'"),
            false => (format!("r.status == 'approved' && r.kind in [{kinds}]"), "'approve'"),
        };
        let mut conditions = vec![CondDef::Cel(state)];
        if self.item != "*" {
            conditions.push(CondDef::Cel(format!("has(r.items) && '{}' in r.items", self.item)));
        }
        conditions.push(CondDef::Rows(RowsDef {
            field: "decisions".into(),
            conditions: voted(votes, None),
            count: Count::Some,
        }));
        conditions.push(CondDef::Past(DateDef { field: "effective_on".into(), blank: Some(true) }));
        LinkedDef {
            register: "decision".into(),
            on: "subjects.record".into(),
            conditions,
            count: Count::Some,
            current: (!self.snapshot).then(|| "digest".into()),
        }
    }
}

/// What a vote says: who, one of these votes, when – not in the future, and within the span if one is given. Whoever is
/// known as planning manager or operator and not as management does not vote for management.
pub(crate) fn voted(votes: &str, span: Option<&str>) -> Vec<CondDef> {
    let field = || "s.decided_at".to_string();
    vec![
        CondDef::Cel(format!("has(s.name) && has(s.decided_at) && s.vote in [{votes}]")),
        match span {
            Some(span) => CondDef::Within(WithinDef { field: field(), span: span.into(), blank: None }),
            None => CondDef::Past(DateDef { field: field(), blank: None }),
        },
        CondDef::AnyOf(vec![
            vec![holds("['planning-manager', 'operator']", Count::None)],
            vec![holds("['management']", Count::Some)],
        ]),
    ]
}

/// Whether the voter holds one of these roles.
fn holds(roles: &str, count: Count) -> CondDef {
    CondDef::Match(MatchDef {
        register: "organisation".into(),
        on: vec!["s.name".into()],
        to: vec!["holder".into()],
        conditions: vec![CondDef::Cel(format!("r.status == 'in-force' && r.role in {roles}"))],
        count,
    })
}
