//! Canonical JSON after RFC 8785 (JCS): one text for one value, so that a digest of it means the value.
//! Only `serde_json::Value` comes in: serialising a struct first would turn NaN into null unseen.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

/// Values nested deeper than this are refused; it equals what serde_json reads.
pub const MAX_DEPTH: usize = 128;

/// A value that has no canonical form. `at` is a JSON pointer to the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CanonError {
    /// NaN or infinite: JSON cannot write it.
    #[error("the number at {at:?} is not finite; write it as text or leave it out")]
    NotFinite { at: String },
    /// An integer beyond 2^53 that readers knowing only doubles would write differently.
    #[error("the integer at {at:?} is too large to be read alike everywhere; write it as text")]
    Inexact { at: String },
    /// More than [`MAX_DEPTH`] levels.
    #[error("the value at {at:?} is nested deeper than {MAX_DEPTH} levels")]
    TooDeep { at: String },
}

impl CanonError {
    /// The same fault seen from one level further out.
    fn under(mut self, step: &str) -> Self {
        let (Self::NotFinite { at } | Self::Inexact { at } | Self::TooDeep { at }) = &mut self;
        *at = format!("/{}{at}", step.replace('~', "~0").replace('/', "~1"));
        self
    }
}

/// The canonical UTF-8 text of `value`.
///
/// # Errors
/// Numbers outside the exact range of a double, and values nested deeper than [`MAX_DEPTH`].
pub fn to_vec(value: &Value) -> Result<Vec<u8>, CanonError> {
    let mut out = Vec::with_capacity(256);
    write_value(&mut out, value, 0)?;
    Ok(out)
}

/// The ECMAScript text of a finite double (`Number::toString`, RFC 8785 §3.2.2.3); `None` for NaN and infinities.
#[must_use]
pub fn number(value: f64) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    if value == 0.0 {
        return Some("0".to_owned());
    }
    let (digits, point) = shortest(value.abs());
    let sign = if value < 0.0 { "-" } else { "" };
    Some(format!("{sign}{}", layout(&digits, point)))
}

fn write_value(out: &mut Vec<u8>, value: &Value, depth: usize) -> Result<(), CanonError> {
    if depth > MAX_DEPTH {
        return Err(CanonError::TooDeep { at: String::new() });
    }
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => write_number(out, number)?,
        Value::String(text) => write_string(out, text),
        Value::Array(items) => write_array(out, items, depth)?,
        Value::Object(members) => write_object(out, members, depth)?,
    }
    Ok(())
}

fn write_array(out: &mut Vec<u8>, items: &[Value], depth: usize) -> Result<(), CanonError> {
    out.push(b'[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_value(out, item, depth + 1).map_err(|e| e.under(&index.to_string()))?;
    }
    out.push(b']');
    Ok(())
}

fn write_object(out: &mut Vec<u8>, members: &Map<String, Value>, depth: usize) -> Result<(), CanonError> {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by(|(a, _), (b, _)| utf16_order(a, b));
    out.push(b'{');
    for (index, (key, value)) in sorted.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_string(out, key);
        out.push(b':');
        write_value(out, value, depth + 1).map_err(|e| e.under(key))?;
    }
    out.push(b'}');
    Ok(())
}

/// The order of the UTF-16 code units of two texts (RFC 8785 §3.2.3): that of the bytes, but for characters above
/// U+FFFF, which come before those from U+E000 on.
fn utf16_order(a: &str, b: &str) -> Ordering {
    let rank = |byte: u8| if matches!(byte, 0xee | 0xef) { u16::from(byte) + 0x10 } else { byte.into() };
    match a.bytes().zip(b.bytes()).find(|(a, b)| a != b) {
        Some((a, b)) => rank(a).cmp(&rank(b)),
        None => a.len().cmp(&b.len()),
    }
}

/// How many bytes at the beginning are written as they are; at the end up to 15 of them may not be counted.
fn plain(text: &[u8]) -> usize {
    let plain = |byte: &u8| *byte >= 0x20 && *byte != b'"' && *byte != b'\\';
    // Without a branch per byte, so that many are compared at once.
    let packets = text.as_chunks::<16>().0;
    packets.iter().take_while(|packet| packet.iter().fold(true, |all, byte| all & plain(byte))).count() * 16
}

fn write_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    let special = |b: &u8| matches!(b, 0x00..=0x1f | b'"' | b'\\');
    while let Some(at) = Some(plain(rest)).and_then(|from| Some(from + rest[from..].iter().position(special)?)) {
        out.extend_from_slice(&rest[..at]);
        let byte = rest[at];
        rest = &rest[at + 1..];
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x09 => out.extend_from_slice(b"\\t"),
            0x0a => out.extend_from_slice(b"\\n"),
            0x0c => out.extend_from_slice(b"\\f"),
            0x0d => out.extend_from_slice(b"\\r"),
            _ => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
        }
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

fn write_number(out: &mut Vec<u8>, value: &Number) -> Result<(), CanonError> {
    let text = match (value.as_i64(), value.as_u64()) {
        (Some(signed), _) => integer(i128::from(signed))?,
        (None, Some(unsigned)) => integer(i128::from(unsigned))?,
        (None, None) => value.as_f64().and_then(number).ok_or(CanonError::NotFinite { at: String::new() })?,
    };
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

/// An integer is written in full, and only if every reader that knows doubles alone writes it the same:
/// otherwise two different integers of ours would have one canonical form.
fn integer(value: i128) -> Result<String, CanonError> {
    let text = value.to_string();
    let same = value.unsigned_abs() <= 1 << 53 || number(value as f64).as_ref() == Some(&text);
    if same { Ok(text) } else { Err(CanonError::Inexact { at: String::new() }) }
}

/// The shortest decimal digits that read back as `value`, and the place of the point: 0.digits × 10^point.
/// Of two equally close ones ECMAScript takes the even, Rust's `{:e}` the larger; rounding to the same
/// number of digits takes the even too, but next to a power of two it may read back as another number.
fn shortest(value: f64) -> (String, i32) {
    let short = format!("{value:e}");
    let (digits, _) = scientific(&short);
    let rounded = format!("{value:.*e}", digits.len() - 1);
    let same = rounded.parse() == Ok(value);
    scientific(if same { &rounded } else { &short })
}

/// Takes `d.ddde±n` apart.
fn scientific(text: &str) -> (String, i32) {
    let (mantissa, exponent) = text.split_once('e').expect("`{:e}` of a finite number has an exponent");
    let exponent: i32 = exponent.parse().expect("the exponent of a double is a small integer");
    (mantissa.replace('.', ""), exponent + 1)
}

/// ECMAScript's choice between plain and exponent form.
fn layout(digits: &str, point: i32) -> String {
    let count = digits.len() as i32;
    match point {
        _ if count <= point && point <= 21 => format!("{digits}{}", "0".repeat((point - count) as usize)),
        1..=21 => format!("{}.{}", &digits[..point as usize], &digits[point as usize..]),
        -5..=0 => format!("0.{}{digits}", "0".repeat(-point as usize)),
        _ => exponent_form(digits, point - 1),
    }
}

fn exponent_form(digits: &str, exponent: i32) -> String {
    let (head, tail) = digits.split_at(1);
    let dot = if tail.is_empty() { "" } else { "." };
    format!("{head}{dot}{tail}e{exponent:+}")
}
