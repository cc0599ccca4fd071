//! Who sits before the page: the session behind the cookie, as a handler's argument.

use akashi_app::account::random_text;
use akashi_app::{Ctx, account};
use akashi_domain::RecordId;
use akashi_domain::authz::{self, Action};
use akashi_domain::catalog::{Catalog, Grant};
use akashi_domain::verdict::Evaluator;
use akashi_domain::{Field, RegisterIx, Version};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, Uri};
use sha2::{Digest, Sha256};

use super::cookie;
use super::form::same;
use crate::problem::Problem;
use crate::state::Web;
use crate::words::Words;

/// Somebody logged in. Not `Debug`: it holds the session's secret.
#[derive(Clone)]
pub(crate) struct Seat {
    pub(crate) ctx: Ctx,
    pub(crate) account: RecordId,
    pub(crate) login: String,
    /// The password has to be changed before anything else.
    pub(crate) must_change: bool,
    /// The session's secret; only its cookie and the form tokens come from it.
    pub(crate) token: String,
    /// Path and query of the page asked for.
    pub(crate) here: String,
}

impl Seat {
    /// Finds the session of a request.
    pub(crate) async fn find(web: &Web, headers: &HeaderMap, uri: &Uri) -> Result<Seat, Problem> {
        let here = uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
        let name = cookie::session_name(web.options().secure_cookie);
        let nobody = || Problem::LogIn { next: here.clone() };
        let token = cookie::get(headers, name).filter(|t| !t.is_empty()).ok_or_else(nobody)?.to_owned();
        let now = web.now();
        let (_, account) = web.app().session(&token, now).await?.ok_or_else(nobody)?;
        let ctx = account::ctx(&account, now);
        Ok(Seat { ctx, account: account.id, login: account.login, must_change: account.must_change, token, here })
    }

    /// The secret a form of this session carries. It looks different on every page: were it the same, the lengths of
    /// compressed pages that repeat what somebody asked for would tell it letter by letter (BREACH).
    pub(crate) fn form_token(&self) -> String {
        masked(&self.form_secret(), &random_text(FORM_SECRET))
    }

    /// Tells whether a form carries a token of this session.
    pub(crate) fn gave(&self, token: &str) -> bool {
        let mask = token.get(..2 * FORM_SECRET).unwrap_or_default();
        same(token, &masked(&self.form_secret(), mask))
    }

    fn form_secret(&self) -> Vec<u8> {
        Sha256::digest(format!("akashi form {}", self.token))[..FORM_SECRET].to_vec()
    }

    pub(crate) fn words(&self) -> Words {
        Words(self.ctx.lang)
    }

    pub(crate) fn may(
        &self,
        evaluator: &Evaluator,
        action: Action,
        register: RegisterIx,
        record: Option<&Version>,
    ) -> bool {
        authz::allowed(evaluator, &self.ctx.actor, action, register, record)
    }

    /// Tells whether some grant gives the action on the register, be it narrowed to some of its records.
    pub(crate) fn has_grant(&self, catalog: &Catalog, action: Action, key: &str) -> bool {
        self.grants(catalog, action, key).next().is_some()
    }

    /// Tells whether the action is allowed on every record of the register: by a grant that is not narrowed to some.
    pub(crate) fn may_all(&self, catalog: &Catalog, action: Action, key: &str) -> bool {
        self.grants(catalog, action, key).any(|g| !g.own && g.when.is_none())
    }

    fn grants<'c>(&'c self, catalog: &'c Catalog, action: Action, key: &'c str) -> impl Iterator<Item = &'c Grant> {
        let held = catalog.roles.grants.iter().filter(|g| self.ctx.actor.is(&g.role));
        held.filter(move |g| g.actions.iter().any(|a| a == action.key()))
            .filter(move |g| g.registers.iter().any(|r| r == "*" || r == key))
    }

    /// A file may speak of any record, so importing asks for the right to all of them.
    pub(crate) fn imports(&self, catalog: &Catalog, key: &str) -> bool {
        self.may_all(catalog, Action::Create, key) && self.may_all(catalog, Action::Edit, key)
    }

    pub(crate) fn reads(&self, evaluator: &Evaluator, register: RegisterIx) -> bool {
        self.may(evaluator, Action::Read, register, None)
    }

    pub(crate) fn sees(&self, evaluator: &Evaluator, field: &Field) -> bool {
        authz::sees(evaluator, &self.ctx.actor, field)
    }

    /// Verdicts are for those who may read the register of compliance items.
    pub(crate) fn sees_verdicts(&self, evaluator: &Evaluator) -> bool {
        let register = evaluator.catalog().register_ix("compliance-item");
        register.is_some_and(|ix| self.reads(evaluator, ix))
    }
}

/// Bytes of what a form proves; its token is a mask of as many, and the masked secret.
const FORM_SECRET: usize = 16;

/// The mask, and the secret under it, in hex.
fn masked(secret: &[u8], mask: &str) -> String {
    let bytes = hex::decode(mask).unwrap_or_default();
    let under: Vec<u8> = secret.iter().zip(bytes).map(|(secret, mask)| secret ^ mask).collect();
    format!("{mask}{}", hex::encode(under))
}

impl FromRequestParts<Web> for Seat {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Seat, Problem> {
        let mut seat = Seat::find(web, &parts.headers, &parts.uri).await.map_err(|p| go_on(p, &parts.method))?;
        if seat.must_change && !matches!(parts.uri.path(), "/password" | "/logout" | "/language") {
            return Err(Problem::NewPassword);
        }
        if parts.method != Method::GET {
            // Switching the language goes back to a page, never to the place of a form.
            seat.here = "/".into();
        }
        Ok(seat)
    }
}

/// What only takes forms has no page to come to after logging in: those go on to the home page.
fn go_on(problem: Problem, method: &Method) -> Problem {
    match problem {
        Problem::LogIn { .. } if method != Method::GET => Problem::LogIn { next: "/".into() },
        other => other,
    }
}
