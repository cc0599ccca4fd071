//! Who acts, when, in which language: the first argument of every use case.

use akashi_domain::authz::Actor;
use akashi_domain::cond::tokyo_day;
use akashi_domain::{Day, Lang};

/// The circumstances of a use case.
#[derive(Clone, Debug)]
pub struct Ctx {
    pub actor: Actor,
    /// Microseconds UTC.
    pub now: i64,
    pub lang: Lang,
    /// Facility new records belong to.
    pub facility: String,
}

impl Ctx {
    /// Pseudonym of whoever has the data folder and runs the command line on it.
    pub const LOCAL: &'static str = "local";

    /// The command line: who can read the data folder can do anything with it anyway, and the log says it was so.
    pub fn local(now: i64, lang: Lang) -> Ctx {
        let roles = ["planning-manager", "operator", "management", "vendor-desk", "department-manager"];
        let actor = Actor {
            pseudonym: Ctx::LOCAL.into(),
            roles: roles.map(String::from).to_vec(),
            person: None,
            name: String::new(),
        };
        Ctx { actor, now, lang, facility: String::new() }
    }

    /// Today in Tokyo.
    pub fn today(&self) -> Day {
        tokyo_day(self.now)
    }
}

/// The clock: the one place in the use cases that reads it.
pub fn now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}
