//! AWS Signature Version 4 in headers (docs.aws.amazon.com, "Authenticating requests: using the Authorization header"),
//! with the SHA-256 of the body.

use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};

use super::access::Access;

/// What is signed.
pub(super) struct Signed<'r> {
    pub(super) method: &'r str,
    /// With the port, if it is not the usual one.
    pub(super) host: &'r str,
    /// Encoded.
    pub(super) path: &'r str,
    /// Not encoded.
    pub(super) query: &'r [(&'static str, String)],
    /// Further headers, with names in lower case.
    pub(super) headers: &'r [(&'static str, String)],
    pub(super) body: &'r [u8],
}

impl Signed<'_> {
    /// The query as it stands in the address, with its question mark.
    pub(super) fn query_text(&self) -> String {
        let query = self.canonical_query();
        if query.is_empty() { query } else { format!("?{query}") }
    }

    /// All headers of the request but `host`, at `now`, microseconds UTC.
    pub(super) fn headers(&self, access: &Access, now: i64) -> Vec<(&'static str, String)> {
        let stamp = stamp(now);
        let body = hex::encode(Sha256::digest(self.body));
        let mut headers = self.headers.to_vec();
        headers.push(("x-amz-content-sha256", body.clone()));
        headers.push(("x-amz-date", stamp.clone()));
        headers.extend(access.token.clone().map(|token| ("x-amz-security-token", token)));
        let authorization = self.authorization(access, &headers, &stamp, &body);
        headers.push(("authorization", authorization));
        headers
    }

    fn authorization(&self, access: &Access, headers: &[(&'static str, String)], stamp: &str, body: &str) -> String {
        let mut all: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.trim())).collect();
        all.push(("host", self.host));
        all.sort_unstable();
        let lines: String = all.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let names = all.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let canonical = format!("{}\n{}\n{}\n{lines}\n{names}\n{body}", self.method, self.path, self.canonical_query());
        let day = &stamp[..8];
        let scope = format!("{day}/{}/s3/aws4_request", access.region);
        let digest = hex::encode(Sha256::digest(canonical));
        let text = format!("AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}");
        let steps = [day, &access.region, "s3", "aws4_request"];
        let key = steps.iter().fold(format!("AWS4{}", access.secret).into_bytes(), |key, step| mac(&key, step));
        let signature = hex::encode(mac(&key, &text));
        format!("AWS4-HMAC-SHA256 Credential={}/{scope},SignedHeaders={names},Signature={signature}", access.id)
    }

    fn canonical_query(&self) -> String {
        let mut pairs: Vec<_> = self.query.iter().map(|(k, v)| (encode(k, false), encode(v, false))).collect();
        pairs.sort();
        pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("&")
    }
}

/// Percent-encodes everything but unreserved characters; slashes stay in a path.
pub(super) fn encode(text: &str, path: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            b'/' if path => out.push('/'),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// `20130524T000000Z`.
fn stamp(now: i64) -> String {
    let at = jiff::Timestamp::from_microsecond(now).unwrap_or_default();
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access() -> Access {
        Access {
            id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            token: None,
            region: "us-east-1".into(),
            endpoint: None,
        }
    }

    /// The examples of the page named above.
    #[test]
    fn requests_are_signed_as_amazon_shows_it() {
        let at = 1_369_353_600_000_000;
        let sign = |signed: Signed<'_>| signed.headers(&access(), at).pop().unwrap().1;
        let host = "examplebucket.s3.amazonaws.com";
        let range = [("range", "bytes=0-9".to_owned())];
        let get = sign(Signed { method: "GET", host, path: "/test.txt", query: &[], headers: &range, body: b"" });
        assert!(get.contains("SignedHeaders=host;range;x-amz-content-sha256;x-amz-date"), "{get}");
        assert!(get.ends_with("=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"), "{get}");
        let headers = [
            ("date", "Fri, 24 May 2013 00:00:00 GMT".to_owned()),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY".to_owned()),
        ];
        let path = encode("/test$file.text", true);
        let body = b"Welcome to Amazon S3.";
        let put = sign(Signed { method: "PUT", host, path: &path, query: &[], headers: &headers, body });
        assert!(put.ends_with("=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"), "{put}");
        let query = [("lifecycle", String::new())];
        let life = sign(Signed { method: "GET", host, path: "/", query: &query, headers: &[], body: b"" });
        assert!(life.ends_with("=fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"), "{life}");
        let query = [("prefix", "J".to_owned()), ("max-keys", "2".to_owned())];
        let list = sign(Signed { method: "GET", host, path: "/", query: &query, headers: &[], body: b"" });
        assert!(list.ends_with("=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"), "{list}");
    }
}
