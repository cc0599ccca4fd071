//! Text that people type into forms, read as field values, and written back the same way.
//! Reading hospital sheets is the import's work; this takes what our own forms send.

use akashi_domain::{Field, FieldKind, Link, PartialDate, RecordId, Value, notation};

use crate::error::{AppError, Result};

/// Reads one form value. Empty text is no value.
///
/// # Errors
/// Names the field and what it expects.
pub fn read(field: &Field, text: &str) -> Result<Value> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Value::Null);
    }
    let wrong = |ja: &str, en: &str| {
        AppError::invalid(format!("{}: {ja}", field.title.ja), format!("{}: {en}", field.title.en))
    };
    Ok(match &field.kind {
        FieldKind::Text | FieldKind::Long | FieldKind::Url => Value::Text(text.into()),
        FieldKind::Number { .. } => {
            let number = text.replace(',', "").parse::<f64>().ok().filter(|n| n.is_finite());
            Value::Number(number.ok_or_else(|| wrong("数字を入力してください", "enter a number"))?)
        }
        FieldKind::YesNo => Value::YesNo(matches!(text, "yes" | "true" | "on")),
        FieldKind::Date => {
            let date = PartialDate::parse(text);
            Value::Date(date.ok_or_else(|| {
                wrong(
                    "日付は 2026-11-22、2026-11、2026 の形で入力してください",
                    "write the date as 2026-11-22, 2026-11 or 2026",
                )
            })?)
        }
        FieldKind::Instant => {
            let at = notation::instant(text);
            Value::Instant(at.ok_or_else(|| {
                wrong("日時は 2026-11-22 09:30 の形で入力してください", "write it as 2026-11-22 09:30")
            })?)
        }
        FieldKind::Choice(_) => {
            Value::Choice(option(field, text).ok_or_else(|| wrong("一覧から選んでください", "choose from the list"))?)
        }
        FieldKind::Choices(_) => Value::Choices(
            split(text)
                .map(|t| option(field, t))
                .collect::<Option<_>>()
                .ok_or_else(|| wrong("一覧から選んでください", "choose from the list"))?,
        ),
        FieldKind::Link(_) | FieldKind::Person => Value::Link(link(text)),
        FieldKind::Links(_) | FieldKind::Persons => Value::Links(split(text).map(link).collect()),
        FieldKind::Period => {
            let (from, to) = text.split_once('~').or(text.split_once('/')).unwrap_or((text, ""));
            let end = |t: &str| if t.trim().is_empty() { Some(None) } else { PartialDate::parse(t.trim()).map(Some) };
            match (end(from), end(to)) {
                (Some(from), Some(to)) => Value::Period(from, to),
                _ => {
                    return Err(wrong(
                        "期間は 2026-04-01~2027-03-31 の形で入力してください",
                        "write the period as 2026-04-01~2027-03-31",
                    ));
                }
            }
        }
        FieldKind::Files | FieldKind::Rows(_) => {
            return Err(wrong("この欄は別の画面で入力します", "this field is filled in elsewhere"));
        }
    })
}

/// A field of free texts (`items`) takes any word.
fn option(field: &Field, text: &str) -> Option<Box<str>> {
    (field.options().is_empty() || field.options().iter().any(|o| o.key == text)).then(|| text.into())
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', ',', '、']).map(str::trim).filter(|t| !t.is_empty())
}

/// An id links; other words wait to be resolved.
fn link(text: &str) -> Link {
    RecordId::parse(text).map_or_else(|| Link::Text(text.into()), Link::To)
}

/// Writes a value the way [`read`] takes it.
pub fn write(value: &Value) -> String {
    let link = |l: &Link| match l {
        Link::To(id) => id.to_string(),
        Link::Text(t) => t.to_string(),
    };
    match value {
        Value::Null | Value::Files(_) | Value::Rows(_) => String::new(),
        Value::Text(t) | Value::Unclear(t) | Value::Choice(t) => t.to_string(),
        Value::Number(n) => n.to_string(),
        Value::YesNo(b) => if *b { "yes" } else { "no" }.into(),
        Value::Date(d) => d.to_string(),
        Value::Instant(us) => akashi_domain::verdict::explain::instant(*us),
        Value::Choices(keys) => keys.join("\n"),
        Value::Link(l) => link(l),
        Value::Links(ls) => ls.iter().map(link).collect::<Vec<_>>().join("\n"),
        Value::Period(from, to) => {
            let end = |d: &Option<PartialDate>| d.map(|d| d.to_string()).unwrap_or_default();
            format!("{}~{}", end(from), end(to))
        }
    }
}
