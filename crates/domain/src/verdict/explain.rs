//! Words for verdicts: why a part is as it is, and what is wrong with each failing row.
//! Made on demand, so that judging a hundred thousand rows writes no text.

use super::check::{Check, CheckIx, Mode, Row};
use super::evaluator::{Evaluator, Judgement, all_of, any_of};
use super::program::Plan;
use super::{Failing, Judged, join};
use crate::catalog::Finding;
use crate::cond::{Cond, DateTest, Frame};
use crate::expr::{Expr, Tri};
use crate::label::{Label, Lang};
use crate::record::Version;
use crate::register::{Field, FieldKind, Register};
use crate::value::{Link, Value};
use crate::world::View;

impl Evaluator {
    /// Judges a plan with words.
    pub(super) fn judge(&self, plan: &Plan) -> Judgement {
        match plan {
            Plan::Check(ix) => self.judge_check(*ix),
            Plan::Event { events, nil, contrary } => self.judge_event(*events, *nil, contrary),
            Plan::All(inner) => {
                let parts: Vec<Judgement> = inner.iter().map(|p| self.judge(p)).collect();
                let value = all_of(parts.iter().map(|j| j.value));
                combine(value, parts)
            }
            Plan::AnyOf(inner) => {
                let parts: Vec<Judgement> = inner.iter().map(|p| self.judge(p)).collect();
                let value = any_of(parts.iter().map(|j| j.value));
                combine(value, parts)
            }
            Plan::When { when, then, otherwise } => match (self.fact_test(when), otherwise) {
                (Tri::True, _) => self.judge(then),
                (Tri::False, Some(p)) => self.judge(p),
                (known, _) => self.judge_inapplicable(when, known),
            },
        }
    }

    fn judge_inapplicable(&self, when: &Expr, known: Tri) -> Judgement {
        let titles: Vec<Label> = self
            .catalog()
            .facts
            .iter()
            .filter(|f| when.reads().facts.contains(&f.key))
            .map(|f| f.title.clone())
            .collect();
        let named = join(&titles);
        let (value, because) = if known == Tri::False {
            (
                Judged::NotApplicable,
                Label::new(
                    format!("「{}」に当たらないため対象外です", named.ja),
                    format!("Not applicable: “{}” does not hold", named.en),
                ),
            )
        } else {
            (
                Judged::Insufficient,
                Label::new(
                    format!("「{}」がわからないため判定できません", named.ja),
                    format!("Cannot be judged: “{}” is not known", named.en),
                ),
            )
        };
        Judgement { value, population: 0, because, legacy: false, empty: true }
    }

    fn judge_check(&self, ix: CheckIx) -> Judgement {
        let (check, tally) = (self.check(ix), self.memos[ix].tally);
        let value = self.check_value(ix);
        let register = &self.catalog().register(check.register).title;
        let population = tally.population();
        let because = match (&check.mode, value) {
            (_, _) if population == 0 && check.mode != Mode::None => nothing(register, &check.mode, value),
            (Mode::Any, Judged::Satisfied) => self.holding(ix, register),
            (Mode::Any, _) => self.nearest(ix, register),
            (Mode::None, Judged::Satisfied) => Label::new(
                format!("「{}」に反する行はありません", register.ja),
                format!("No contrary row in “{}”", register.en),
            ),
            (Mode::None, _) => Label::new(
                format!("「{}」の{population}件が反しています", register.ja),
                format!("{population} row(s) of “{}” stand against it", register.en),
            ),
            (_, Judged::Satisfied) => Label::new(
                format!("「{}」の{population}件すべてが条件を満たします", register.ja),
                format!("All {population} row(s) of “{}” hold", register.en),
            ),
            _ => self.shortfall(ix, register, population),
        };
        let because = match &check.mode {
            Mode::Share { .. } => share(register, tally.pass + tally.legacy, population),
            _ => because,
        };
        Judgement { value, population, because, legacy: tally.legacy > 0, empty: population == 0 }
    }

    fn shortfall(&self, ix: CheckIx, register: &Label, population: usize) -> Label {
        let tally = self.memos[ix].tally;
        let mut ja = Vec::new();
        let mut en = Vec::new();
        if tally.fail > 0 {
            ja.push(format!("{}件が条件を満たしません", tally.fail));
            en.push(format!("{} fail(s)", tally.fail));
        }
        if tally.unknown > 0 {
            ja.push(format!("{}件は記入が足りません", tally.unknown));
            en.push(format!("{} lack(s) data", tally.unknown));
        }
        if ja.is_empty() {
            ja.push("必要な件数に届きません".into());
            en.push("fewer than needed".into());
        }
        let first = self.failing_of(ix, 1).pop().map(|f| f.why).unwrap_or_default();
        let (sep_ja, sep_en) = if first.ja.is_empty() { ("", "") } else { ("。例: ", "; e.g. ") };
        Label::new(
            format!("「{}」{population}件のうち{}{sep_ja}{}", register.ja, ja.join("、"), first.ja),
            format!("Of {population} row(s) of “{}”, {}{sep_en}{}", register.en, en.join(", "), first.en),
        )
    }

    fn holding(&self, ix: CheckIx, register: &Label) -> Label {
        let rows = self.view.rows(self.check(ix).register);
        let last = self.memos[ix].rows(|r| matches!(r, Row::Pass | Row::Legacy)).last().map(|at| &rows[at as usize]);
        let code = last.map_or("", |v| &*v.code);
        Label::new(format!("「{}」{code} により満たします", register.ja), format!("Met by {code} of “{}”", register.en))
    }

    /// Of the candidates, the newest says what it lacks.
    fn nearest(&self, ix: CheckIx, register: &Label) -> Label {
        let rows = self.view.rows(self.check(ix).register);
        let Some(at) = self.memos[ix].rows(|r| r != Row::Out).last() else {
            return nothing(register, &Mode::Any, Judged::NotSatisfied);
        };
        let version = &rows[at as usize];
        let why = self.framed(|frame| row_why(self.check(ix), frame, version));
        Label::new(
            format!("「{}」{}: {}", register.ja, version.code, why.ja),
            format!("{} of “{}”: {}", version.code, register.en, why.en),
        )
    }

    fn judge_event(&self, events: CheckIx, nil: CheckIx, contrary: &[CheckIx]) -> Judgement {
        let value = self.event_value(events, nil, contrary);
        let happened = self.memos[events].tally.population();
        if happened > 0 {
            return self.judge_check(events);
        }
        let against = contrary.iter().find(|c| self.check_value(**c) != Judged::Satisfied);
        let because = match (against, value) {
            (Some(c), _) => {
                let j = self.judge_check(*c);
                Label::new(
                    format!("「該当なし」と食い違う記録があります。{}", j.because.ja),
                    format!("Records contradict that nothing happened. {}", j.because.en),
                )
            }
            (None, Judged::Satisfied) => {
                let held = self.holding(nil, &self.catalog().register(self.check(nil).register).title);
                Label::new(format!("該当する事象はありません。{}", held.ja), format!("No such event. {}", held.en))
            }
            (None, _) => Label::new(
                "該当する事象の記録も、期間内の「該当なし」の宣言もありません",
                "There is neither a record of such an event nor a nil declaration for the period",
            ),
        };
        Judgement { value, population: 0, because, legacy: false, empty: self.memos[nil].tally.population() == 0 }
    }

    /// Returns up to `limit` rows that keep the part at `ix` from being satisfied.
    pub fn failing(&self, ix: usize, limit: usize) -> Vec<Failing> {
        let plan = &self.program.parts[ix].plan;
        let mut out = Vec::new();
        self.failing_in(plan, limit, &mut out);
        out
    }

    fn failing_in(&self, plan: &Plan, limit: usize, out: &mut Vec<Failing>) {
        match plan {
            Plan::Check(ix) => {
                if !self.check_value(*ix).is_settled() {
                    out.extend(self.failing_of(*ix, limit.saturating_sub(out.len())));
                }
            }
            Plan::Event { events, contrary, .. } => {
                for ix in std::iter::once(events).chain(contrary).filter(|ix| !self.check_value(**ix).is_settled()) {
                    out.extend(self.failing_of(*ix, limit.saturating_sub(out.len())));
                }
            }
            Plan::All(inner) => inner.iter().for_each(|p| self.failing_in(p, limit, out)),
            Plan::AnyOf(inner) => {
                if !any_of(inner.iter().map(|p| self.judge(p).value)).is_settled() {
                    inner.iter().for_each(|p| self.failing_in(p, limit, out));
                }
            }
            Plan::When { when, then, otherwise } => match (self.fact_test(when), otherwise) {
                (Tri::True, _) => self.failing_in(then, limit, out),
                (Tri::False, Some(p)) => self.failing_in(p, limit, out),
                _ => {}
            },
        }
    }

    fn failing_of(&self, ix: CheckIx, limit: usize) -> Vec<Failing> {
        let check = self.check(ix);
        let against = |r: Row| match check.mode {
            Mode::None => matches!(r, Row::Pass | Row::Unknown),
            _ => matches!(r, Row::Fail | Row::Unknown),
        };
        let rows = self.view.rows(check.register);
        self.framed(|frame| {
            let bad = self.memos[ix].rows(against).take(limit).map(|at| {
                let version = &rows[at as usize];
                let unknown = self.memos[ix].cells[at as usize].row == Row::Unknown;
                Failing { register: check.register, id: version.id, why: row_why(check, frame, version), unknown }
            });
            bad.collect()
        })
    }

    /// Returns the text of a finding about a row: `{field.path}` is replaced by what the row holds.
    pub fn finding_why(&self, finding: &Finding, version: &Version) -> Label {
        let fill = |text: &str, lang| fill(text, &self.view, version, lang);
        Label::new(fill(&finding.why.ja, Lang::Ja), fill(&finding.why.en, Lang::En))
    }
}

fn combine(value: Judged, parts: Vec<Judgement>) -> Judgement {
    let deciding: Vec<&Judgement> = parts
        .iter()
        .filter(|j| if value.is_settled() { j.value.is_settled() } else { !j.value.is_settled() })
        .collect();
    let because: Vec<Label> = deciding.iter().take(3).map(|j| j.because.clone()).collect();
    Judgement {
        value,
        population: parts.iter().map(|j| j.population).max().unwrap_or(0),
        because: sentences(&because),
        legacy: deciding.iter().any(|j| j.legacy),
        empty: parts.iter().all(|j| j.empty),
    }
}

fn sentences(labels: &[Label]) -> Label {
    let pick = |f: fn(&Label) -> &String, sep| labels.iter().map(f).cloned().collect::<Vec<_>>().join(sep);
    Label::new(pick(|l| &l.ja, "。"), pick(|l| &l.en, ". "))
}

fn nothing(register: &Label, mode: &Mode, value: Judged) -> Label {
    match (mode, value) {
        (_, Judged::Satisfied) => Label::new(
            format!("「{}」に該当する行はありません", register.ja),
            format!("“{}” has no such row", register.en),
        ),
        (Mode::Any, _) => Label::new(
            format!("「{}」に根拠となる記録がまだありません", register.ja),
            format!("“{}” holds no record to rest on yet", register.en),
        ),
        _ => Label::new(
            format!("「{}」に該当する行がまだありません", register.ja),
            format!("“{}” has no such row yet", register.en),
        ),
    }
}

fn share(register: &Label, good: usize, population: usize) -> Label {
    let percent = if population == 0 { 0.0 } else { good as f64 * 100.0 / population as f64 };
    Label::new(
        format!("「{}」{population}人のうち{good}人({percent:.1}%)が受講しています", register.ja),
        format!("{good} of {population} people of “{}” ({percent:.1}%) took part", register.en),
    )
}

fn row_why(check: &Check, frame: &Frame, version: &Version) -> Label {
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
fn describe(cond: &Cond, known: Tri, frame: &Frame, version: &Version, register: &Register) -> Label {
    match (cond, known) {
        (Cond::Cel(expr), Tri::Unknown) => lacking(&expr.missing(&frame.explain(version, None)), frame.view, register),
        (Cond::Cel(expr), _) => expression(expr, frame, version, register),
        (Cond::Date { path, test, .. }, _) => date_words(path.source(), *test, known, frame, version, register),
        (Cond::Valid { from, to, .. }, _) => {
            let title = |p: &str| path_title(p, frame.view, register);
            let (from, to) = (title(from.source()), title(to.source()));
            Label::new(format!("{}から{}の期間の外です", from.ja, to.ja), format!("Outside {} to {}", from.en, to.en))
        }
        (Cond::Linked { register: other, .. } | Cond::Match { register: other, .. }, _) => {
            let title = &frame.view.catalog.register(*other).title;
            Label::new(
                format!("「{}」の対応する行が条件に合いません", title.ja),
                format!("No fitting row in “{}”", title.en),
            )
        }
        (Cond::Twin { by, .. }, _) => {
            let title = by.first().map(|p| path_title(p.source(), frame.view, register)).unwrap_or_default();
            Label::new(format!("同じ{}の行が別にあります", title.ja), format!("Another row has the same {}", title.en))
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
        (Cond::Not(_), _) => Label::new("あってはならない状態です", "Must not be so"),
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
    let words = |lang| in_titles(expr.source(), register, lang);
    Label::new(format!("条件「{}」を満たしません", words(Lang::Ja)), format!("Does not meet “{}”", words(Lang::En)))
}

fn path_is_missing(path: &str, view: &View, version: &Version, register: &Register) -> bool {
    let Some(path) = path.strip_prefix("r.") else { return false };
    resolve(path, view, version, register).is_none_or(|(v, _)| v.is_missing())
}

/// Follows a dotted path through links.
fn resolve<'a>(
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

/// Returns the title of the field a path ends at.
fn path_title(path: &str, view: &View, register: &Register) -> Label {
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

/// Writes an expression with the titles of fields in place of their keys.
fn in_titles(source: &str, register: &Register, lang: Lang) -> String {
    let mut out = String::new();
    let mut rest = source;
    while let Some(at) = rest.find("r.") {
        let (before, after) = rest.split_at(at);
        out.push_str(before);
        let key: String = after[2..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let starts_word = !before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        match register.field(&key).filter(|_| starts_word) {
            Some(field) => out.push_str(field.title.get(lang)),
            None => out.push_str(&after[..2 + key.len()]),
        }
        rest = &after[2 + key.len()..];
    }
    out + rest
}

fn date_words(path: &str, test: DateTest, known: Tri, frame: &Frame, version: &Version, register: &Register) -> Label {
    let title = path_title(path, frame.view, register);
    if known == Tri::Unknown {
        return Label::new(format!("未記入: {}", title.ja), format!("Not filled in: {}", title.en));
    }
    let held =
        resolve(path, frame.view, version, register).map(|(v, f)| show(v, f, frame.view, Lang::Ja)).unwrap_or_default();
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
        DateTest::Adopted => ("がAkashi導入後です".into(), "is after Akashi was adopted".into()),
    };
    Label::new(format!("{} {held} {ja}", title.ja), format!("{} {held} {en}", title.en))
}

/// Replaces `{field.path}` by what the row holds.
fn fill(text: &str, view: &View, version: &Version, lang: Lang) -> String {
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
            FieldKind::Number { unit: Some(unit) } => format!("{n} {unit}"),
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
