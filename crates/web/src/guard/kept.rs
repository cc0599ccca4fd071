//! What somebody typed into a form that could not be taken, because the session had ended or the page was of another
//! one: kept in hidden fields of the pages until it is sent again, nowhere on the server. Files and passwords are not.

use axum::body::to_bytes;
use axum::extract::FromRequest;
use axum::extract::Request;
use axum::extract::multipart::Multipart;
use axum::http::{HeaderMap, Method, header};

use super::form::{Fields, PARTS, TOKEN};
use super::origin;
use crate::state::Web;
use crate::view::link;

/// Most bytes of typed text that are kept, encoded.
const MOST: usize = 2 << 20;

/// A form that was sent and could not be taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    /// Path and query it was sent to.
    pub(crate) to: String,
    pub(crate) fields: Fields,
    /// Names of the files that came with it. Nobody but the reader can choose them again.
    pub(crate) files: Vec<String>,
}

impl Kept {
    /// Reads a form of nobody in particular; none when there is nothing worth keeping, or it may not be kept.
    pub(crate) async fn read(request: Request, web: &Web) -> Option<Kept> {
        let to = request.uri().path_and_query()?.as_str().to_owned();
        if request.method() != Method::POST || !origin::is_surely_own(request.headers()) {
            return None;
        }
        let (fields, files) = if is_multipart(request.headers()) {
            names_and_texts(Multipart::from_request(request, web).await.ok()?).await?
        } else {
            // Whoever has no session may have made it up, so no more is read than would be kept.
            let bytes = to_bytes(request.into_body(), MOST).await.ok()?;
            (Fields::decode_form(std::str::from_utf8(&bytes).ok()?)?, Vec::new())
        };
        Kept { to, fields, files }.if_worth_it()
    }

    /// Reads what a page of ours carried along.
    pub(crate) fn carried(fields: &Fields) -> Option<Kept> {
        let to = fields.get("kept-to").filter(|to| link::is_local(to))?.to_owned();
        let texts = Fields::decode_form(fields.get("kept").unwrap_or_default())?;
        let files = fields.all("kept-file").map(str::to_owned).collect();
        Kept { to, fields: texts, files }.if_worth_it()
    }

    /// Forms of the door hold passwords, or nothing anybody typed.
    pub(crate) fn if_worth_it(mut self) -> Option<Kept> {
        let door = matches!(self.to.split('?').next(), Some("/login" | "/logout" | "/password" | "/language"));
        self.fields.0.retain(|(name, _)| name != TOKEN);
        (!door && self.encoded().len() <= MOST).then_some(self)
    }

    /// The fields as one text, for a hidden field.
    pub(crate) fn encoded(&self) -> String {
        let pair = |(name, value): &(String, String)| format!("{}={}", link::encode(name), link::encode(value));
        self.fields.0.iter().map(pair).collect::<Vec<_>>().join("&")
    }

    /// Tells whether it was sent by the form of a record: then that form is opened again as it was.
    pub(crate) fn is_record(&self) -> bool {
        let path = self.to.split('?').next().unwrap_or_default();
        (path.starts_with("/registers/") && path.ends_with("/new"))
            || (path.starts_with("/records/") && path.ends_with("/edit"))
    }

    /// The page to go to where the files were what mattered.
    pub(crate) fn page_of_files(&self) -> Option<&'static str> {
        match self.to.split('?').next() {
            Some("/import") => Some("/import"),
            Some("/anchors/answer" | "/anchors/compare") if !self.files.is_empty() => Some("/anchors"),
            _ => None,
        }
    }

    /// What a person typed or chose, without what the page itself put into the form.
    pub(crate) fn typed(&self) -> Vec<&str> {
        let own = |name: &str| matches!(name, "rev" | "as" | "anchor" | "sure") || name.starts_with("blank.");
        let texts = self.fields.0.iter().filter(|(name, value)| !own(name) && !value.trim().is_empty());
        texts.map(|(_, value)| value.as_str()).collect()
    }
}

pub(crate) fn is_multipart(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("multipart/form-data"))
}

/// The texts of a form; of its files the names only, their bytes are passed by.
async fn names_and_texts(mut parts: Multipart) -> Option<(Fields, Vec<String>)> {
    let (mut fields, mut files, mut length) = (Fields::default(), Vec::new(), 0);
    while let Some(mut part) = parts.next_field().await.ok()? {
        let name = part.name().unwrap_or_default().to_owned();
        if let Some(file) = part.file_name().map(super::form::plain_name) {
            while part.chunk().await.ok()?.is_some() {}
            files.extend((!file.is_empty()).then_some(file));
        } else {
            length += name.len();
            let mut text = Vec::new();
            while let Some(piece) = part.chunk().await.ok()? {
                length += piece.len();
                if length > MOST {
                    return None;
                }
                text.extend_from_slice(&piece);
            }
            fields.0.push((name, String::from_utf8(text).ok()?));
        }
        if length > MOST || fields.0.len() + files.len() > PARTS {
            return None;
        }
    }
    Some((fields, files))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(to: &str, fields: &[(&str, &str)]) -> Kept {
        let fields = Fields(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect());
        Kept { to: to.into(), fields, files: vec!["写真.jpg".into()] }
    }

    #[test]
    fn what_was_typed_comes_back_as_it_was() {
        let kept =
            sent("/records/1/edit?x=1", &[("token", "t"), ("rev", "3"), ("f.note", "二行\nの文 & = %"), ("a", "")]);
        let kept = kept.if_worth_it().unwrap();
        let carried = Fields(vec![
            ("kept-to".into(), kept.to.clone()),
            ("kept".into(), kept.encoded()),
            ("kept-file".into(), kept.files[0].clone()),
        ]);
        let back = Kept::carried(&carried).unwrap();
        assert_eq!((&back.to, &back.fields.0, &back.files), (&kept.to, &kept.fields.0, &kept.files));
        assert!(back.is_record() && !back.fields.has("token"));
        assert_eq!(back.typed(), ["二行\nの文 & = %"]);
    }

    #[test]
    fn passwords_and_other_places_are_not_kept() {
        for to in ["/password", "/login?next=%2F", "/logout"] {
            assert!(sent(to, &[("old", "himitsu")]).if_worth_it().is_none(), "{to}");
        }
        for to in ["https://else.example/", "//else.example/x", ""] {
            assert!(Kept::carried(&Fields(vec![("kept-to".into(), to.into())])).is_none(), "{to}");
        }
        assert!(sent("/profile", &[("a", &"あ".repeat(MOST))]).if_worth_it().is_none());
        for (count, kept) in [(PARTS, true), (PARTS + 1, false)] {
            let carried = [("kept-to".into(), "/profile".into()), ("kept".into(), vec!["a="; count].join("&"))];
            assert_eq!(Kept::carried(&Fields(carried.into())).is_some(), kept, "{count}");
        }
    }
}
