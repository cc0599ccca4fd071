//! "Prove this": what a proof of one record version shows and does not, and the bundle to hand over.

use akashi_app::AppError;
use akashi_domain::RecordId;
use akashi_domain::authz::Action;
use akashi_domain::verdict::explain::instant;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::guard::seat::Seat;
use crate::problem::{Problem, html};
use crate::state::Web;
use crate::view::eyes::Eyes;
use crate::view::frame::{Frame, Place};
use crate::view::item::Link;
use crate::view::proof::ProofView;

#[derive(Template)]
#[template(path = "proof.html")]
struct ProofPage {
    frame: Frame,
    view: ProofView,
}

pub(crate) async fn show(
    State(web): State<Web>,
    seat: Seat,
    Path((id, rev)): Path<(String, u32)>,
) -> Result<Response, Problem> {
    let id = RecordId::parse(&id).ok_or_else(Problem::not_found)?;
    let refused = match web.app().provable(&seat.ctx, id, Some(rev)).await {
        Ok(_) => None,
        Err(AppError::Forbidden(label)) => Some(label.get(seat.ctx.lang).to_owned()),
        Err(e) => return Err(e.into()),
    };
    let view = {
        let live = web.app().live(seat.ctx.now).await?;
        let latest = live.world.latest(id).ok_or_else(Problem::not_found)?;
        // Whoever may not read the record is not told that it is there.
        let open = seat.may(&live.evaluator, Action::Read, latest.register, Some(latest));
        let version = live.world.history(id).iter().find(|v| v.rev == rev).filter(|_| open);
        let version = version.ok_or_else(Problem::not_found)?;
        let register = live.evaluator.catalog().register(version.register);
        ProofView {
            id: id.to_string(),
            rev,
            code: version.code.to_string(),
            name: Eyes::new(&seat, &live.evaluator).name(version),
            at: instant(version.recorded_at),
            register: Link {
                href: format!("/registers/{}", register.key),
                label: register.title.get(seat.ctx.lang).to_owned(),
            },
            newer: latest.rev > rev,
            disposed: version.disposed,
            refused,
        }
    };
    let title = format!("{} {}", seat.words().say("proof-title"), view.code);
    html(&ProofPage { frame: Frame::new(&web, &seat, title, Some(Place::Registers)), view })
}

pub(crate) async fn download(
    State(web): State<Web>,
    seat: Seat,
    Path((id, rev)): Path<(String, u32)>,
) -> Result<Response, Problem> {
    let id = RecordId::parse(&id).ok_or_else(Problem::not_found)?;
    let proof = web.app().prove(&seat.ctx, id, Some(rev)).await?;
    let shown = format!("attachment; filename=\"{}\"", proof.name);
    let mut response = proof.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&shown).map_err(|_| Problem::not_found())?);
    Ok(response)
}
