//! Addresses: percent encoding, and queries with one part changed.

use std::fmt::Write as _;

use crate::guard::form::Fields;

/// Encodes a text for a query or a path segment.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            // Writing into a String cannot fail.
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

/// Decodes a text of a query or form.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|h| std::str::from_utf8(h).ok());
        match (bytes[at], hex.and_then(|h| u8::from_str_radix(h, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
                continue;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Returns path and query with `changes` put in place of parts of the same name; an empty value removes the part.
pub(crate) fn with(path: &str, query: &Fields, changes: &[(&str, &str)]) -> String {
    let kept = query.0.iter().filter(|(n, v)| !v.is_empty() && !changes.iter().any(|(c, _)| c == n));
    let kept = kept.map(|(n, v)| (n.as_str(), v.as_str()));
    let added = changes.iter().filter(|(_, v)| !v.is_empty()).copied();
    let pairs: Vec<String> = kept.chain(added).map(|(n, v)| format!("{}={}", encode(n), encode(v))).collect();
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
}

/// Tells whether an address stays on this server: no other host, no other scheme, nothing a header cannot carry.
pub(crate) fn is_local(address: &str) -> bool {
    let plain = address.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    plain && address.starts_with('/') && !address.starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back() {
        for text in ["院内1F奥", "a b&c=d", "100%", "%zz", ""] {
            assert_eq!(decode(&encode(text)), text);
        }
        assert_eq!(decode("a+b%"), "a b%");
    }

    #[test]
    fn queries_change_in_one_place() {
        let query = Fields::decode("q=x&page=3&v=a&v=b");
        assert_eq!(with("/p", &query, &[("page", "")]), "/p?q=x&v=a&v=b");
        assert_eq!(with("/p", &query, &[("v", ""), ("q", ""), ("page", "2")]), "/p?page=2");
        assert_eq!(with("/p", &Fields::default(), &[]), "/p");
    }

    #[test]
    fn foreign_addresses_are_refused() {
        for address in ["/board", "/board?as_of=2027-03-31", "/registers/device?q=%E8%A8%BC"] {
            assert!(is_local(address), "{address}");
        }
        for address in ["//evil", "https://evil", "/\\evil", "/\t/evil", "/\n/evil", "/\u{1}", "/証", "board", ""] {
            assert!(!is_local(address), "{address:?}");
        }
    }
}
