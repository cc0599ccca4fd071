//! Style sheets and icons, compiled in and named with their content's hash, so that browsers may keep them for ever.

use std::sync::OnceLock;

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::problem::Problem;

struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

static ASSETS: [Asset; 4] = [
    Asset {
        name: "tokens.css",
        kind: "text/css; charset=utf-8",
        bytes: include_bytes!("../assets/vendor/design-tokens/tokens.css"),
    },
    Asset { name: "akashi.css", kind: "text/css; charset=utf-8", bytes: include_bytes!("../assets/akashi.css") },
    Asset { name: "akashi.js", kind: "text/javascript; charset=utf-8", bytes: include_bytes!("../assets/akashi.js") },
    Asset { name: "mark.svg", kind: "image/svg+xml", bytes: include_bytes!("../assets/mark.svg") },
];

/// Returns the address of an asset; the hash in it changes with the content.
pub(crate) fn address(name: &str) -> &'static str {
    static ADDRESSES: OnceLock<Vec<String>> = OnceLock::new();
    let all =
        ADDRESSES.get_or_init(|| ASSETS.iter().map(|a| format!("/assets/{}-{}", mark(a.bytes), a.name)).collect());
    ASSETS.iter().position(|a| a.name == name).map_or("/assets/", |ix| all[ix].as_str())
}

fn mark(bytes: &[u8]) -> String {
    hex::encode(&Sha256::digest(bytes)[..6])
}

/// Serves one asset.
pub(crate) async fn serve(Path(file): Path<String>) -> Result<Response, Problem> {
    let asset =
        ASSETS.iter().find(|a| address(a.name).ends_with(&format!("/{file}"))).ok_or_else(Problem::not_found)?;
    let mut response = asset.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was vendored is what ORIGIN says.
    #[test]
    fn vendored_files_are_unchanged() {
        let origin = include_str!("../assets/vendor/design-tokens/ORIGIN");
        let tokens = ASSETS.iter().find(|a| a.name == "tokens.css").map(|a| hex::encode(Sha256::digest(a.bytes)));
        assert!(origin.contains(&tokens.unwrap()));
    }
}
