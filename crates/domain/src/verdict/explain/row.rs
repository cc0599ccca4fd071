//! What is wrong with one row: the first duty it does not meet, in the words of its fields.

use super::join::joined;
use super::show::{resolve, show};
use super::words::in_words;
use crate::cond::{Cond, DateTest, Frame};
use crate::expr::{Expr, Tri};
use crate::label::{Label, Lang};
use crate::record::Version;
use crate::register::Register;
use crate::verdict::check::Check;
use crate::world::View;

/// Says which duty the row does not meet, and what it lacks.
pub(super) fn row_why(check: &Check, frame: &Frame, version: &Version) -> Label {
    let register = frame.view.register(version);
    match check.first_unmet(frame, version) {
        Some((must, known)) => {
            let plain = describe(&must.cond, known, frame, version, register);
            match &must.why {
                Some(why) if known == Tri::False || plain.ja.is_empty() => why.clone(),
                Some(why) => Label::new(format!("{}({})", why.ja, plain.ja), format!("{} ({})", why.en, plain.en)),
                None => plain,
            }
        }
        None => scope_why(check, frame, version, register),
    }
}

/// Rows of a "none may be" check, or of unknown scope.
fn scope_why(check: &Check, frame: &Frame, version: &Version, register: &Register) -> Label {
    let mut flip = Default::default();
    let unknown = check.scope.iter().find(|c| c.test(frame, version, None, &mut flip) == Tri::Unknown);
    match unknown {
        Some(cond) => describe(cond, Tri::Unknown, frame, version, register),
        None => Label::new("あってはならない行です", "Such a row must not be there"),
    }
}

/// Says what a condition that is not met lacks.
pub(super) fn describe(cond: &Cond, known: Tri, frame: &Frame, version: &Version, register: &Register) -> Label {
    match (cond, known) {
        (Cond::Cel(expr), Tri::Unknown) => lacking(&expr.missing(&frame.explain(version, None)), frame.view, register),
        (Cond::Cel(expr), _) => expression(expr, frame, version, register),
        (Cond::Date { path, test, .. }, _) => date_words(path.source(), *test, known, frame, version, register),
        (Cond::Valid { from, to, .. }, _) => {
            let title = |p: &str| path_title(p, frame.view, register);
            let (from, to) = (title(from.source()), title(to.source()));
            Label::new(format!("{}から{}の期間の外です", from.ja, to.ja), format!("Outside {} to {}", from.en, to.en))
        }
        (Cond::Follows { from, to, .. }, Tri::Unknown) => {
            let title = |p: &str| path_title(p, frame.view, register);
            let (from, to) = (title(from.source()), title(to.source()));
            Label::new(
                format!("未記入: {}または{}", from.ja, to.ja),
                format!("Not filled in: {} or {}", from.en, to.en),
            )
        }
        (Cond::Follows { from, to, span, .. }, _) => {
            let title = |p: &str| path_title(p, frame.view, register);
            let (from, to) = (title(from.source()), title(to.source()));
            let (ja, en) = match span.map(|s| frame.span(s)) {
                Some(span) => (format!("から{span}以内"), format!("within {span} of")),
                None => ("以後".into(), "on or after".into()),
            };
            Label::new(
                format!("{}が{}{ja}ではありません", to.ja, from.ja),
                format!("{} is not {en} {}", to.en, from.en),
            )
        }
        (Cond::Linked { .. } | Cond::Match { .. }, _) => joined(cond, frame, version).unwrap_or_default(),
        (Cond::Twin { key, newer, .. }, _) => {
            let title = key.paths.first().map(|p| path_title(p.source(), frame.view, register)).unwrap_or_default();
            match newer.as_ref().map(|p| path_title(p.source(), frame.view, register)) {
                None => Label::new(
                    format!("同じ{}の行が別にあります", title.ja),
                    format!("Another row has the same {}", title.en),
                ),
                Some(date) => Label::new(
                    format!("同じ{}で{}がより新しい行があります", title.ja, date.ja),
                    format!("Another row with the same {} has a later {}", title.en, date.en),
                ),
            }
        }
        (Cond::Rows { slot, .. } | Cond::Fresh { slot, .. }, _) => {
            let title = &register.slot(*slot).title;
            Label::new(
                format!("「{}」の明細が条件に合いません", title.ja),
                format!("The rows of “{}” do not fit", title.en),
            )
        }
        (Cond::AnyOf(lists), _) => lists
            .first()
            .and_then(|l| l.first())
            .map(|c| describe(c, known, frame, version, register))
            .unwrap_or_default(),
        (Cond::Not(list), Tri::Unknown) => {
            list.first().map(|c| describe(c, known, frame, version, register)).unwrap_or_default()
        }
        (Cond::Not(list), _) => list.first().map(|c| held(c, frame, version, register)).unwrap_or_default(),
    }
}

/// Says what is the case although it may not be.
fn held(cond: &Cond, frame: &Frame, version: &Version, register: &Register) -> Label {
    match cond {
        // That a date test holds is that its opposite does not.
        Cond::Date { path, test, .. } => {
            date_words(path.source(), opposite(*test), Tri::False, frame, version, register)
        }
        Cond::Cel(expr) => {
            let words = |lang| in_words(expr.source(), frame.view, register, lang);
            Label::new(format!("「{}」に当たります", words(Lang::Ja)), format!("“{}” is the case", words(Lang::En)))
        }
        Cond::Linked { register: other, .. } | Cond::Match { register: other, .. } => {
            let title = &frame.view.catalog.register(*other).title;
            Label::new(format!("「{}」に当たる行があります", title.ja), format!("“{}” has such a row", title.en))
        }
        Cond::Twin { .. } => describe(cond, Tri::False, frame, version, register),
        Cond::Rows { slot, .. } => {
            let title = &register.slot(*slot).title;
            Label::new(format!("「{}」に当たる明細があります", title.ja), format!("“{}” has such a row", title.en))
        }
        _ => Label::new("あってはならない状態です", "It must not be so"),
    }
}

fn opposite(test: DateTest) -> DateTest {
    match test {
        DateTest::Past | DateTest::Over => DateTest::Future,
        DateTest::Future => DateTest::Past,
        DateTest::Older(span) => DateTest::Within(span),
        DateTest::Within(span) => DateTest::Older(span),
        other => other,
    }
}

fn lacking(paths: &[String], view: &View, register: &Register) -> Label {
    let titles: Vec<Label> = paths.iter().map(|p| path_title(p, view, register)).collect();
    let list = |f: fn(&Label) -> &String, sep| titles.iter().map(f).cloned().collect::<Vec<_>>().join(sep);
    Label::new(format!("未記入: {}", list(|l| &l.ja, "、")), format!("Not filled in: {}", list(|l| &l.en, ", ")))
}

/// A false expression: the fields whose presence it asks for and that are not there, else the expression in field titles.
fn expression(expr: &Expr, frame: &Frame, version: &Version, register: &Register) -> Label {
    let asked =
        expr.source().split("has(").skip(1).filter_map(|rest| rest.split_once(')')).map(|(path, _)| path.trim());
    let absent: Vec<String> =
        asked.filter(|p| path_is_missing(p, frame.view, version, register)).map(String::from).collect();
    if !absent.is_empty() {
        return lacking(&absent, frame.view, register);
    }
    let words = |lang| in_words(expr.source(), frame.view, register, lang);
    Label::new(format!("条件「{}」を満たしません", words(Lang::Ja)), format!("Does not meet “{}”", words(Lang::En)))
}

fn path_is_missing(path: &str, view: &View, version: &Version, register: &Register) -> bool {
    let Some(path) = path.strip_prefix("r.") else { return false };
    resolve(path, view, version, register).is_none_or(|(v, _)| v.is_missing())
}

/// Returns the title of the field a path ends at.
pub(crate) fn path_title(path: &str, view: &View, register: &Register) -> Label {
    let path = path.strip_prefix("r.").or(path.strip_prefix("s.")).unwrap_or(path);
    let (head, rest) = path.split_once('.').unwrap_or((path, ""));
    let sub =
        |key: &str| register.fields().iter().flat_map(|f| f.rows()).find(|f| f.key == key).map(|f| f.title.clone());
    let Some(field) = register.field(head) else { return sub(head).unwrap_or_else(|| Label::new(path, path)) };
    if rest.is_empty() {
        return field.title.clone();
    }
    if let Some(inner) = field.rows().iter().find(|f| f.key == rest) {
        return inner.title.clone();
    }
    let target = field.targets().first().and_then(|t| view.catalog.register_by_key(t));
    let inner = target.map(|t| path_title(rest, view, t)).unwrap_or_else(|| Label::new(rest, rest));
    Label::new(format!("{}の{}", field.title.ja, inner.ja), format!("{} of {}", inner.en, field.title.en))
}

fn date_words(path: &str, test: DateTest, known: Tri, frame: &Frame, version: &Version, register: &Register) -> Label {
    let title = path_title(path, frame.view, register);
    if known == Tri::Unknown {
        return Label::new(format!("未記入: {}", title.ja), format!("Not filled in: {}", title.en));
    }
    let held = resolve(path, frame.view, version, register).filter(|_| !frame.view.terse);
    let held = held.map(|(v, f)| show(v, f, frame.view, Lang::Ja)).unwrap_or_default();
    let (ja, en) = match test {
        DateTest::Within(span) => {
            (format!("が期限({})を過ぎています", frame.span(span)), format!("is older than {}", frame.span(span)))
        }
        DateTest::Older(span) => {
            (format!("がまだ新しい({}以内)", frame.span(span)), format!("is within {}", frame.span(span)))
        }
        DateTest::Past | DateTest::Over => ("がまだ来ていません".into(), "has not come yet".into()),
        DateTest::Future => ("が過ぎています".into(), "has passed".into()),
        DateTest::Fiscal => ("が今年度ではありません".into(), "is not in this fiscal year".into()),
        DateTest::Soon(span) => {
            (format!("が{}以内ではありません", frame.span(span)), format!("is not within {}", frame.span(span)))
        }
        DateTest::Lasts(span) => {
            (format!("が{}に足りません", frame.span(span)), format!("is shorter than {}", frame.span(span)))
        }
        DateTest::Adopted => ("がAkashi導入後です".into(), "is after Akashi was adopted".into()),
    };
    let said = |title: &str, end: &str| {
        [title, &held, end].into_iter().filter(|t| !t.is_empty()).collect::<Vec<_>>().join(" ")
    };
    Label::new(said(&title.ja, &ja), said(&title.en, &en))
}
