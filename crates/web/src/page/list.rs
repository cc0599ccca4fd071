//! The list of one register.

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::guard::form::Fields;
use crate::guard::seat::Seat;
use crate::problem::{Problem, html};
use crate::state::Web;
use crate::view::frame::{Frame, Place};
use crate::view::list::ListView;

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage {
    frame: Frame,
    view: ListView,
}

pub(crate) async fn show(
    State(web): State<Web>,
    seat: Seat,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Fields::decode(query.as_deref().unwrap_or_default());
    let view = {
        let seen = web.seen(&seat.ctx, None).await?;
        let evaluator = seen.evaluator();
        let ix = evaluator
            .catalog()
            .register_ix(&key)
            .filter(|ix| seat.reads(evaluator, *ix))
            .ok_or_else(Problem::not_found)?;
        ListView::make(&seat, evaluator, ix, &query)
    };
    html(&ListPage { frame: Frame::new(&web, &seat, view.title.clone(), Some(Place::Registers)), view })
}

/// Gives a register out as a workbook that imports back unchanged.
pub(crate) async fn export(State(web): State<Web>, seat: Seat, Path(key): Path<String>) -> Result<Response, Problem> {
    let bytes = web.app().export(&seat.ctx, &key).await?;
    // Keys are plain ASCII words; the day tells one download from the next.
    let name = format!("attachment; filename=\"{key}-{}.xlsx\"", seat.ctx.today());
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    );
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_str(&name).map_err(|_| Problem::not_found())?);
    Ok(response)
}
