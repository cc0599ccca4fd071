//! Just enough XML to read the answers of S3: elements by name, without attributes, in flat lists.

/// The contents of every element of that name, in order, not unescaped.
pub(super) fn all<'t>(text: &'t str, name: &str) -> impl Iterator<Item = &'t str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = text;
    std::iter::from_fn(move || {
        let from = rest.find(&open)? + open.len();
        let length = rest[from..].find(&close)?;
        let found = &rest[from..from + length];
        rest = &rest[from + length + close.len()..];
        Some(found)
    })
}

/// The text of the first element of that name.
pub(super) fn tag(text: &str, name: &str) -> Option<String> {
    all(text, name).next().map(unescape)
}

fn unescape(text: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&apos;", "'"), ("&#39;", "'")];
    let plain = named.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to));
    plain.replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::{all, tag};

    #[test]
    fn elements_are_found() {
        let text = "<?xml?><R xmlns='x'><Contents><Key>a&amp;lt;b</Key><Size>3</Size></Contents><Contents><Key>c</Key>";
        assert_eq!(tag(text, "Key").as_deref(), Some("a&lt;b"));
        assert_eq!(all(text, "Contents").count(), 1, "an element without its end is none");
        assert_eq!(tag(text, "Nothing"), None);
    }
}
