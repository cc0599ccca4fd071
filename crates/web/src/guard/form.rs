//! Forms that were sent: their fields and files, taken only with the token of the session.

use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{FromRequest, RawForm, Request};
use axum::http::StatusCode;

use super::kept::{self, Kept};
use super::origin;
use super::seat::Seat;
use crate::problem::Problem;
use crate::state::Web;
use crate::view::link;

/// Name of the hidden field with the token.
pub(crate) const TOKEN: &str = "token";

/// More fields than any form of ours has, and more files than anybody sends at once: each may be costly to look into.
pub(crate) const PARTS: usize = 20_000;
pub(crate) const FILES: usize = 100;

/// A form of somebody logged in.
pub(crate) struct Posted {
    pub(crate) seat: Seat,
    pub(crate) fields: Fields,
    pub(crate) uploads: Vec<Upload>,
}

/// A file that came with a form.
#[derive(Debug)]
pub(crate) struct Upload {
    pub(crate) field: String,
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

/// Names and values in the order of the form; a name may come more than once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(pub(crate) Vec<(String, String)>);

impl Fields {
    /// Reads a query or an urlencoded body.
    pub(crate) fn decode(text: &str) -> Fields {
        let pairs = text.split('&').filter(|p| !p.is_empty());
        let read = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (link::decode(name), link::decode(value))
        };
        Fields(pairs.map(read).collect())
    }

    /// As [`Fields::decode`], where anybody may have sent it: none when there are more than any form of ours has. Four
    /// million bytes can be two million fields, each of which takes more room than it says.
    pub(crate) fn decode_form(text: &str) -> Option<Fields> {
        text.split('&').nth(PARTS).is_none().then(|| Fields::decode(text))
    }

    /// Returns the first value of a name, without blanks around; nothing for an empty one.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).map(str::trim).find(|v| !v.is_empty())
    }

    /// Returns all values of a name.
    pub(crate) fn all<'a, 'n>(&'a self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n == name)
    }
}

impl FromRequest<Web> for Posted {
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Posted, Problem> {
        let (mut parts, body) = request.into_parts();
        let seat = <Seat as axum::extract::FromRequestParts<Web>>::from_request_parts(&mut parts, web).await;
        let to = parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
        let surely_own = origin::is_surely_own(&parts.headers);
        let request = Request::from_parts(parts, body);
        let seat = match seat {
            Ok(seat) => seat,
            Err(ended @ Problem::LogIn { .. }) => {
                return Err(Kept::read(request, web).await.map_or(ended, Problem::LogInAgain));
            }
            Err(e) => return Err(e),
        };
        let (fields, uploads) = if kept::is_multipart(request.headers()) {
            let parts = Multipart::from_request(request, web).await.map_err(|_| Problem::bad_request())?;
            read_parts(parts).await?
        } else {
            (read_form(request, web).await?, Vec::new())
        };
        match fields.get(TOKEN) {
            Some(token) if seat.gave(token) => Ok(Posted { seat, fields, uploads }),
            // A page of an earlier session, or of somebody else's on the same machine: its text can be sent again.
            Some(_) if surely_own => {
                let files = uploads.into_iter().map(|u| u.name).collect();
                let kept = Kept { to, fields, files }.if_worth_it();
                Err(kept.map_or_else(Problem::forbidden, Problem::SendAgain))
            }
            _ => Err(Problem::forbidden()),
        }
    }
}

/// Reads a form of nobody in particular: the log-in.
pub(crate) async fn read_form(request: Request, web: &Web) -> Result<Fields, Problem> {
    let RawForm(bytes) = RawForm::from_request(request, web).await.map_err(|e| refused(e.status()))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Problem::bad_request())?;
    Fields::decode_form(text).ok_or_else(Problem::too_large)
}

async fn read_parts(mut parts: Multipart) -> Result<(Fields, Vec<Upload>), Problem> {
    let refused = |e: MultipartError| refused(e.status());
    let (mut fields, mut uploads, mut count) = (Fields::default(), Vec::new(), 0);
    while let Some(part) = parts.next_field().await.map_err(refused)? {
        let field = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(name) => {
                let bytes = part.bytes().await.map_err(refused)?.into();
                if !name.is_empty() {
                    uploads.push(Upload { field, name: plain_name(&name), bytes });
                }
            }
            None => fields.0.push((field, part.text().await.map_err(refused)?)),
        }
        count += 1;
        if count > PARTS || uploads.len() > FILES {
            return Err(Problem::too_large());
        }
    }
    Ok((fields, uploads))
}

fn refused(status: StatusCode) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE { Problem::too_large() } else { Problem::bad_request() }
}

/// Some browsers send a whole path.
pub(crate) fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    last.chars().filter(|c| !c.is_control()).take(200).collect()
}

/// Compares without telling by its time where the first difference is.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |odd, (x, y)| odd | (x ^ y)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_read_as_sent() {
        let fields = Fields::decode("a=1&b=%E8%A8%BC+x&a=2&empty=");
        assert_eq!(fields.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(fields.get("b"), Some("証 x"));
        assert_eq!((fields.get("empty"), fields.has("empty")), (None, true));
    }

    #[test]
    fn file_names_are_names_only() {
        for (sent, kept) in [("C:\\台帳\\a.xlsx", "a.xlsx"), ("../../b.csv", "b.csv"), ("c\u{0}.csv", "c.csv")] {
            assert_eq!(plain_name(sent), kept);
        }
    }
}
