//! Bare bones of HTML: escaping, filling a template in one pass, rows in two languages.

use akashi_domain::Label;

/// The heading over the content.
pub(super) const HEAD: &str = "<h2>内容<span lang=\"en\">Content</span></h2>";

/// Escapes text for element content and attributes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// Replaces every `{{name}}` of a template by its HTML. What is put in is not looked at again.
pub(super) fn fill(template: &str, parts: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        out.push_str(before);
        out.extend(parts.iter().find(|(part, _)| *part == name).map(|(_, html)| html.as_str()));
        rest = after;
    }
    out + rest
}

/// A row whose head stands in both languages; `value` is HTML.
pub(super) fn row(ja: &str, en: &str, value: &str) -> String {
    format!("<tr><th scope=\"row\">{}<small lang=\"en\">{}</small></th><td>{value}</td></tr>", escape(ja), escape(en))
}

/// Items of a list.
pub(super) fn items(texts: &[String]) -> String {
    texts.iter().map(|text| format!("<li>{}</li>", escape(text))).collect()
}

/// Both languages, once where they are the same.
pub(super) fn both(label: &Label) -> String {
    if label.ja == label.en {
        escape(&label.ja)
    } else {
        format!("{} <span lang=\"en\">/ {}</span>", escape(&label.ja), escape(&label.en))
    }
}

#[cfg(test)]
mod tests {
    use super::{escape, fill};

    #[test]
    fn what_is_put_in_is_not_filled_again() {
        let parts = [("a", "{{b}}".to_owned()), ("b", "<b>".to_owned())];
        assert_eq!(fill("1 {{a}} {{b}} {{c}} 2", &parts), "1 {{b}} <b>  2");
        assert_eq!(escape("<a href='x'>&\""), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
    }
}
