//! Who may do what: grants are data, four eyes are invariants. Pure; deny by default.

use crate::expr::{Env, Tri};
use crate::label::Label;
use crate::record::Version;
use crate::register::{Field, Move, Register, RegisterIx, Sensitivity};
use crate::value::{Link, Value};
use crate::verdict::Evaluator;

/// What somebody wants to do with a register or record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    Read,
    Create,
    Edit,
    Move,
    Review,
    Export,
    Decide,
    Administer,
}

impl Action {
    /// Every action, in the order of `roles.toml`.
    pub const ALL: [Action; 8] = [
        Action::Read,
        Action::Create,
        Action::Edit,
        Action::Move,
        Action::Review,
        Action::Export,
        Action::Decide,
        Action::Administer,
    ];

    /// Returns the word grants use.
    pub fn key(self) -> &'static str {
        match self {
            Action::Read => "read",
            Action::Create => "create",
            Action::Edit => "edit",
            Action::Move => "move",
            Action::Review => "review",
            Action::Export => "export",
            Action::Decide => "decide",
            Action::Administer => "administer",
        }
    }
}

/// Who acts, as authorization sees it.
#[derive(Clone, Debug, Default)]
pub struct Actor {
    /// Pseudonymous id, as versions carry it.
    pub pseudonym: String,
    /// Role keys.
    pub roles: Vec<String>,
    /// The person's row in the personnel register.
    pub person: Option<crate::record::RecordId>,
    /// The name people know, to compare with person fields nobody has resolved.
    pub name: String,
}

impl Actor {
    /// Tells whether the actor holds a role.
    pub fn is(&self, role: &str) -> bool {
        self.roles.iter().any(|r| r == role)
    }
}

/// Tells whether some grant allows the action on the register, or on the record when one is given.
pub fn allowed(
    evaluator: &Evaluator,
    actor: &Actor,
    action: Action,
    register: RegisterIx,
    record: Option<&Version>,
) -> bool {
    let catalog = evaluator.catalog();
    let key = &catalog.register(register).key;
    let grants = catalog.roles.grants.iter().enumerate();
    let fitting = grants.filter(|(_, g)| actor.is(&g.role) && g.actions.iter().any(|a| a == action.key()));
    let named = fitting.filter(|(_, g)| g.registers.iter().any(|r| r == "*" || r == key));
    let mut narrowed = named.map(|(at, g)| {
        let own = !g.own || record.is_none_or(|r| *r.author == *actor.pseudonym);
        own && (g.when.is_none() || record.is_none_or(|r| holds(evaluator, actor, register, at, r)))
    });
    narrowed.any(|ok| ok)
}

fn holds(evaluator: &Evaluator, actor: &Actor, register: RegisterIx, grant: usize, record: &Version) -> bool {
    let facts = |key: &str| evaluator.facts().get(key).map_or(Tri::Unknown, |s| s.value);
    let env = Env { view: evaluator.view(), record: Some(record), row: None, facts: &facts };
    let program = &evaluator.program().registers[usize::from(register.0)];
    program.grants.get(&grant).is_some_and(|e| e.test_acting(&env, actor.person) == Tri::True)
}

/// Returns the most sensitive fields the actor may read.
pub fn reads(evaluator: &Evaluator, actor: &Actor) -> Sensitivity {
    let held = evaluator.catalog().roles.roles.iter().filter(|r| actor.is(&r.key));
    held.map(|r| r.reads).max().unwrap_or(Sensitivity::Public)
}

/// Tells whether the actor may see a field.
pub fn sees(evaluator: &Evaluator, actor: &Actor, field: &Field) -> bool {
    field.sensitivity <= reads(evaluator, actor)
}

/// Why a move is not open to somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Not from this state.
    State,
    /// The role is not among those that may.
    Role,
    /// Four eyes: the same person may not do both.
    SamePerson(Label),
    /// What the move needs is not there.
    Needs(Label),
}

/// Tells whether the actor may make the move on the record now.
///
/// # Errors
/// The first reason why not.
pub fn may_move(
    evaluator: &Evaluator,
    actor: &Actor,
    record: &Version,
    m: &Move,
    position: usize,
) -> Result<(), Refusal> {
    let register = evaluator.view().register(record);
    if !m.by.iter().any(|role| actor.is(role))
        || !allowed(evaluator, actor, Action::Move, record.register, Some(record))
    {
        return Err(Refusal::Role);
    }
    // Whoever may not make the move is not told the record's state.
    if !m.from.iter().any(|s| **s == *record.state) {
        return Err(Refusal::State);
    }
    if let Some(other) = &m.not_by
        && is_same_person(register, record, actor, other)
    {
        let who = register
            .field(other)
            .map_or_else(|| Label::new("直前に記録した人", "who wrote it last"), |f| f.title.clone());
        return Err(Refusal::SamePerson(who));
    }
    needs_met(evaluator, record, m, position)
}

fn needs_met(evaluator: &Evaluator, record: &Version, m: &Move, position: usize) -> Result<(), Refusal> {
    let program = &evaluator.program().registers[usize::from(record.register.0)];
    let Some(needs) = program.needs.get(position).and_then(Option::as_ref) else { return Ok(()) };
    let facts = |key: &str| evaluator.facts().get(key).map_or(Tri::Unknown, |s| s.value);
    let env = Env { view: evaluator.view(), record: Some(record), row: None, facts: &facts };
    match needs.test(&env) {
        Tri::True => Ok(()),
        _ => Err(Refusal::Needs(m.why.clone().unwrap_or_default())),
    }
}

/// `other` is `author` (who wrote the version, and the field of that name if there is one), or a person field of the
/// register. A person nobody named cannot be told apart from anybody.
fn is_same_person(register: &Register, record: &Version, actor: &Actor, other: &str) -> bool {
    let is_actor = |link: &Link| match link {
        Link::To(id) => actor.person == Some(*id),
        Link::Text(name) => crate::text::fold(name) == crate::text::fold(&actor.name),
    };
    let wrote = other == "author" && *record.author == *actor.pseudonym;
    let named = match register.field_ix(other).map(|ix| record.cell(ix)) {
        Some(Value::Link(link)) => is_actor(link),
        Some(Value::Links(links)) if !links.is_empty() => links.iter().any(is_actor),
        _ => other != "author",
    };
    wrote || named
}
