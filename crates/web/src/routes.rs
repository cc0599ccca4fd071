//! Every route, and what stands before all of them.

use akashi_app::App;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tower_http::compression::CompressionLayer;

use crate::assets;
use crate::guard::{headers, log, origin};
use crate::page::{
    anchor_form, anchors, board, disposal, door, findings, form, home, import, item, list, profile, proof, record,
    registers, resolve, state, tiles, verifier,
};
use crate::problem::{self, Problem};
use crate::state::{ServeOptions, Web};

/// Bytes a form without files may have.
const FORM_LIMIT: usize = 4 << 20;
/// And the choice of a language, which anybody may send. (So may a log-in be sent, which carries along what somebody typed.)
const DOOR_LIMIT: usize = 16 << 10;

/// Bytes a form sent to a path may have.
pub(crate) fn limit(web: &Web, path: &str) -> usize {
    let files = path == "/import"
        || (path.starts_with("/registers/") && path.ends_with("/new"))
        || (path.starts_with("/records/") && path.ends_with("/edit"));
    if files { web.options().upload_limit } else { FORM_LIMIT }
}

/// Returns the whole server as a service.
pub fn router(app: App, options: ServeOptions) -> Router {
    let with_files = DefaultBodyLimit::max(options.upload_limit);
    let at_the_door = DefaultBodyLimit::max(DOOR_LIMIT);
    let web = Web::new(app, options);
    Router::new()
        .route("/", get(home::show))
        .route("/login", get(door::log_in).post(door::try_log_in))
        .route("/logout", post(door::log_out))
        .route("/password", get(door::password).post(door::change_password))
        .route("/language", post(door::language).layer(at_the_door))
        .route("/board", get(board::show))
        .route("/items/{id}", get(item::show))
        .route("/registers", get(registers::show))
        .route("/registers/{key}", get(list::show))
        .route("/registers/{key}/export", get(list::export))
        .route("/registers/{key}/new", get(form::blank).post(form::create).layer(with_files))
        .route("/records/{id}", get(record::show))
        .route("/records/{id}/edit", get(form::edit).post(form::change).layer(with_files))
        .route("/records/{id}/moves/{key}", post(record::make_move))
        .route("/records/{id}/resolve", get(resolve::show).post(resolve::resolve))
        .route("/records/{id}/files/{digest}", get(record::file))
        .route("/records/{id}/proof/{rev}", get(proof::show))
        .route("/records/{id}/proof/{rev}/bundle", get(proof::download))
        .route("/import", get(import::show).post(import::upload).layer(with_files))
        .route("/import/{token}", get(import::preview).post(import::decide))
        .route("/drafts/drop", post(form::drop_draft))
        .route("/disposals", get(disposal::list))
        .route("/disposals/new", get(disposal::offer).post(disposal::propose))
        .route("/disposals/{id}", get(disposal::show))
        .route("/disposals/{id}/approve", post(disposal::approve))
        .route("/disposals/{id}/run", post(disposal::run))
        .route("/findings", get(findings::show))
        .route("/findings/{key}", get(findings::one))
        .route("/profile", get(profile::show).post(profile::answer))
        .route("/state", get(state::show))
        .route("/state.json", get(state::json))
        .route("/verify", get(verifier::show))
        .route("/log/{*path}", get(tiles::serve))
        .route("/anchors", get(anchors::show))
        .route("/anchors/new", get(anchor_form::offer).post(anchor_form::add))
        .route("/anchors/{id}/edit", get(anchor_form::edit).post(anchor_form::change))
        .route("/anchors/paper", get(anchors::paper))
        .route("/anchors/retry", post(anchors::retry))
        .route("/anchors/request", post(anchors::request))
        .route("/anchors/answer", post(anchors::answer))
        .route("/anchors/compare", post(anchors::compare))
        .route("/assets/{file}", get(assets::serve))
        .route("/health", get(|| async { "ok" }))
        .fallback(|| async { Problem::not_found() })
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .layer(from_fn(origin::check))
        .layer(from_fn_with_state(web.clone(), problem::dress))
        .layer(from_fn_with_state(web.clone(), headers::add))
        .layer(CompressionLayer::new())
        .layer(from_fn(log::note))
        .with_state(web)
}
