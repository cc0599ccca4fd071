//! Values as people read them: dates, options by their titles, links by what names the record.

use crate::label::Lang;
use crate::record::Version;
use crate::register::{Field, FieldKind, Register};
use crate::value::{Link, Value};
use crate::world::View;

/// Follows a dotted path through links.
pub(super) fn resolve<'a>(
    path: &str,
    view: &'a View,
    version: &'a Version,
    register: &'a Register,
) -> Option<(&'a Value, &'a Field)> {
    let (head, rest) = path.split_once('.').unwrap_or((path, ""));
    let field = register.field(head)?;
    let value = version.get(register, head);
    if rest.is_empty() {
        return Some((value, field));
    }
    let Value::Link(Link::To(id)) = value else { return None };
    let target = view.get(*id)?;
    resolve(rest, view, target, view.register(target))
}

/// Replaces `{field.path}` by what the row holds.
pub(super) fn fill(text: &str, view: &View, version: &Version, lang: Lang) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((path, tail)) = after.split_once('}') else { return out + "{" + after };
        out.push_str(&held(path, view, version, lang).filter(|t| !t.is_empty()).unwrap_or_else(|| "—".into()));
        rest = tail;
    }
    out + rest
}

/// What a row holds at a path; `status` is its state's title.
fn held(path: &str, view: &View, version: &Version, lang: Lang) -> Option<String> {
    let register = view.register(version);
    if path == "status" {
        return register.state(&version.state).map(|s| s.title.get(lang).to_string());
    }
    resolve(path, view, version, register).map(|(v, f)| show(v, f, view, lang))
}

/// Returns a value as people read it: options by title, links by the record's headline.
pub fn show(value: &Value, field: &Field, view: &View, lang: Lang) -> String {
    let option =
        |key: &str| field.options().iter().find(|o| o.key == key).map_or(key, |o| o.title.get(lang)).to_string();
    let sep = if lang == Lang::Ja { "、" } else { ", " };
    match value {
        Value::Null => String::new(),
        Value::Text(t) | Value::Unclear(t) => t.to_string(),
        Value::Number(n) => match &field.kind {
            FieldKind::Number { unit: Some(unit) } => format!("{} {unit}", thousands(*n)),
            _ => n.to_string(),
        },
        Value::YesNo(b) => match (b, lang) {
            (true, Lang::Ja) => "はい".into(),
            (false, Lang::Ja) => "いいえ".into(),
            (true, Lang::En) => "yes".into(),
            (false, Lang::En) => "no".into(),
        },
        Value::Date(d) => d.to_string(),
        Value::Instant(us) => instant(*us),
        Value::Choice(key) => option(key),
        Value::Choices(keys) => keys.iter().map(|k| option(k)).collect::<Vec<_>>().join(sep),
        Value::Link(l) => link_words(l, view, lang),
        Value::Links(ls) => ls.iter().map(|l| link_words(l, view, lang)).collect::<Vec<_>>().join(sep),
        Value::Files(fs) => fs.iter().map(|f| f.name.to_string()).collect::<Vec<_>>().join(sep),
        Value::Period(from, to) => format!(
            "{}–{}",
            from.map(|d| d.to_string()).unwrap_or_default(),
            to.map(|d| d.to_string()).unwrap_or_default()
        ),
        Value::Rows(rows) => rows.len().to_string(),
    }
}

/// Writes an amount with its thousands apart, from 10,000 on: four digits may be a year.
fn thousands(n: f64) -> String {
    let text = n.to_string();
    let whole = text.split('.').next().unwrap_or_default();
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    if digits.len() < 5 {
        return text;
    }
    let first = digits.len() % 3;
    let groups = digits.as_bytes()[first..].chunks(3).map(String::from_utf8_lossy);
    let groups: Vec<_> = Some(digits[..first].into()).filter(|_| first > 0).into_iter().chain(groups).collect();
    format!("{sign}{}{}", groups.join(","), &text[whole.len()..])
}

/// Returns a moment as Tokyo's wall clock shows it, to the minute.
pub fn instant(us: i64) -> String {
    let day = crate::cond::tokyo_day(us);
    let minutes = (us / 60_000_000 + 9 * 60).rem_euclid(24 * 60);
    format!("{day} {:02}:{:02}", minutes / 60, minutes % 60)
}

fn link_words(link: &Link, view: &View, lang: Lang) -> String {
    match link {
        Link::Text(t) => t.to_string(),
        Link::To(id) => view.get(*id).map_or_else(|| id.to_string(), |v| headline(v, view, lang)),
    }
}

/// Returns what names a record to people: its headline fields, else its number.
pub fn headline(version: &Version, view: &View, lang: Lang) -> String {
    let register = view.register(version);
    let parts = register.headline.iter().map(|ix| (version.cell(*ix), register.slot(*ix)));
    let words: Vec<String> = parts
        .filter(|(v, _)| !v.is_blank())
        .map(|(v, f)| match v {
            // A headline never follows links: two records may name each other.
            Value::Link(Link::To(id)) => view.get(*id).map_or_else(|| id.to_string(), |t| t.code.to_string()),
            _ => show(v, f, view, lang),
        })
        .collect();
    if words.is_empty() { version.code.to_string() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::thousands;

    #[test]
    fn amounts_are_read_in_thousands() {
        let table = [(0.0, "0"), (2026.0, "2026"), (12345.0, "12,345"), (123456.5, "123,456.5")];
        let more = [(4_800_000.0, "4,800,000"), (-10_000.0, "-10,000"), (0.25, "0.25")];
        for (n, text) in table.into_iter().chain(more) {
            assert_eq!(thousands(n), text);
        }
    }
}
