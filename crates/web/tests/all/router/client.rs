//! A browser's bare bones: cookies, forms, answers as text.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use tower::ServiceExt as _;

use crate::hospital::PASSWORD;

const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];

/// Somebody at the pages.
pub(crate) struct Client {
    router: Router,
    cookies: Vec<String>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |v| v.to_str().unwrap())
    }

    /// The token of the forms on this page.
    pub(crate) fn token(&self) -> &str {
        let (_, rest) = self.text.split_once("name=\"token\" value=\"").expect("the page has a form");
        rest.split('"').next().unwrap()
    }
}

impl Client {
    /// Nobody in particular.
    pub(crate) fn nobody(router: &Router) -> Client {
        Client { router: router.clone(), cookies: Vec::new() }
    }

    pub(crate) async fn logged_in(router: &Router, login: &str) -> Client {
        let mut client = Client::nobody(router);
        let answer = client.form("/login", &[("login", login), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{login}: {}", answer.text);
        client
    }

    /// All cookies, as a browser sends them.
    pub(crate) fn cookie(&self) -> String {
        self.cookies.join("; ")
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[], None).await
    }

    /// Sends a form without a token.
    pub(crate) async fn form(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(path, fields, &[]).await
    }

    /// Sends a form with the token of `page`.
    pub(crate) async fn post(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.get(page).await.token().to_owned();
        let all: Vec<(&str, &str)> = std::iter::once(("token", token.as_str())).chain(fields.iter().copied()).collect();
        self.send(path, &all, &[]).await
    }

    pub(crate) async fn send(&mut self, path: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Answer {
        let body = fields.iter().map(|(n, v)| format!("{}={}", encode(n), encode(v))).collect::<Vec<_>>().join("&");
        self.ask(Method::POST, path, &[headers, &FORM].concat(), Some(body.into_bytes())).await
    }

    /// Sends files with a form, with the token of `page`.
    pub(crate) async fn upload(
        &mut self,
        page: &str,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &[u8])],
    ) -> Answer {
        let token = self.get(page).await.token().to_owned();
        let mut body = Vec::new();
        for (name, value) in std::iter::once(("token", token.as_str())).chain(fields.iter().copied()) {
            body.extend(
                format!("--frontier\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        for (name, bytes) in files {
            let head =
                format!("--frontier\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\r\n");
            body.extend(head.bytes().chain(bytes.iter().copied()).chain(*b"\r\n"));
        }
        body.extend(b"--frontier--\r\n");
        let kind = [("content-type", "multipart/form-data; boundary=frontier")];
        self.ask(Method::POST, path, &kind, Some(body)).await
    }

    pub(crate) async fn ask(
        &mut self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "akashi.test");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !self.cookies.is_empty() {
            request = request.header(header::COOKIE, self.cookies.join("; "));
        }
        let request = request.body(body.map_or_else(Body::empty, Body::from)).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap().to_owned();
            let name = pair.split('=').next().unwrap().to_owned();
            self.cookies.retain(|c| !c.starts_with(&format!("{name}=")));
            self.cookies.push(pair);
        }
        let bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, text, bytes }
    }
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}
