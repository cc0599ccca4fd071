//! The form of a record: every kind of field as a control, filled from what was typed or stored.
//! What was sent is read back in `view::read`.

use akashi_domain::register::{Field, FieldKind, Register};
use akashi_domain::verdict::explain::instant;
use akashi_domain::{Link as Target, Value, Version};

use super::board::Opt;
use super::eyes::Eyes;
use super::item::Link;
use super::read::Faults;
use super::resolve::targets;
use super::value::size;
use crate::guard::form::Fields;

pub(crate) struct FormView {
    pub(crate) action: String,
    pub(crate) register: Link,
    /// The record that is changed; none for a new one.
    pub(crate) record: Option<Link>,
    /// The revision seen.
    pub(crate) rev: u32,
    pub(crate) main: Vec<Control>,
    pub(crate) tables: Vec<Table>,
    pub(crate) common: Vec<Control>,
    pub(crate) lists: Vec<Choices>,
    pub(crate) faults: usize,
    pub(crate) reason: String,
    pub(crate) valid_from: Control,
    /// What somebody else changed meanwhile.
    pub(crate) meanwhile: Vec<super::past::Change>,
    pub(crate) conflict: bool,
    /// When the draft was kept that could be taken up.
    pub(crate) draft: Option<String>,
    pub(crate) register_key: String,
    pub(crate) record_id: String,
}

/// A labelled control.
pub(crate) struct Control {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) help: Option<String>,
    /// The state asks for it; leaving it out is allowed all the same.
    pub(crate) needed: bool,
    pub(crate) widget: Widget,
    pub(crate) fault: Option<String>,
}

impl Control {
    /// Ids of the texts that explain the control.
    pub(crate) fn described(&self) -> String {
        let help = self.help.as_ref().map(|_| format!("{}-help", self.id));
        let fault = self.fault.as_ref().map(|_| format!("{}-fault", self.id));
        help.into_iter().chain(fault).collect::<Vec<_>>().join(" ")
    }
}

pub(crate) enum Widget {
    Text { value: String, mode: &'static str, unit: String, sample: &'static str, list: String },
    Long { value: String },
    Select { options: Vec<Opt> },
    Checks { options: Vec<Opt> },
    Many { values: Vec<String>, list: String },
    Files { kept: Vec<Kept> },
    Period { from: String, to: String },
    Moment { value: String },
}

/// A file that is there already.
pub(crate) struct Kept {
    pub(crate) digest: String,
    pub(crate) name: String,
    pub(crate) size: String,
    pub(crate) chosen: bool,
}

/// Rows inside a record.
pub(crate) struct Table {
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) rows: Vec<TableRow>,
    /// Blank rows offered.
    pub(crate) blanks: usize,
}

pub(crate) struct TableRow {
    pub(crate) prefix: String,
    /// The row's id; empty for a new one.
    pub(crate) id: String,
    pub(crate) number: usize,
    pub(crate) dropped: bool,
    pub(crate) controls: Vec<Control>,
}

/// What a link's control offers while typing.
pub(crate) struct Choices {
    pub(crate) id: String,
    pub(crate) options: Vec<String>,
}

/// Suggestions of one list; more can be typed.
const OFFERED: usize = 300;

/// What the form is made from.
pub(crate) struct Sources<'a> {
    pub(crate) eyes: &'a Eyes<'a>,
    pub(crate) register: &'a Register,
    pub(crate) version: Option<&'a Version>,
    /// What stands in the controls.
    pub(crate) raw: &'a Fields,
    pub(crate) faults: &'a Faults,
}

impl FormView {
    pub(crate) fn make(s: &Sources) -> FormView {
        let (register, lang) = (s.register, s.eyes.seat.ctx.lang);
        let state = s.version.map_or(register.initial.as_str(), |v| &v.state);
        let seen = || register.fields().iter().filter(|f| s.eyes.sees(f));
        let plain = |common: bool| seen().filter(move |f| f.common == common && f.rows().is_empty());
        let control = |f: &Field| s.control(f, &format!("f.{}", f.key), register.needs(f, state));
        let record = s.version.map(|v| Link { href: format!("/records/{}", v.id), label: s.eyes.titled(v) });
        FormView {
            action: s
                .version
                .map_or_else(|| format!("/registers/{}/new", register.key), |v| format!("/records/{}/edit", v.id)),
            register: Link { href: format!("/registers/{}", register.key), label: register.title.get(lang).to_owned() },
            record,
            rev: s.version.map_or(0, |v| v.rev),
            main: plain(false).map(control).collect(),
            tables: seen().filter(|f| !f.rows().is_empty()).map(|f| s.table(f)).collect(),
            common: plain(true).map(control).collect(),
            lists: s.lists(),
            faults: s.faults.0.len(),
            reason: s.raw.get("reason").unwrap_or_default().to_owned(),
            valid_from: s.valid_from(),
            meanwhile: Vec::new(),
            conflict: false,
            draft: None,
            register_key: register.key.clone(),
            record_id: s.version.map_or_else(String::new, |v| v.id.to_string()),
        }
    }
}

impl Sources<'_> {
    fn valid_from(&self) -> Control {
        let words = self.eyes.seat.words();
        let value = self.raw.get("valid_from").unwrap_or_default().to_owned();
        Control {
            name: "valid_from".into(),
            id: "valid-from".into(),
            label: words.say("form-valid-from"),
            help: Some(words.say("form-valid-from-help")),
            needed: false,
            widget: date(value),
            fault: self.faults.of("valid_from"),
        }
    }

    fn control(&self, field: &Field, name: &str, needed: bool) -> Control {
        let lang = self.eyes.seat.ctx.lang;
        Control {
            name: name.to_owned(),
            id: name.replace('.', "-"),
            label: field.title.get(lang).to_owned(),
            help: field.help.as_ref().map(|h| h.get(lang).to_owned()),
            needed,
            widget: self.widget(field, name),
            fault: self.faults.of(name),
        }
    }

    fn widget(&self, field: &Field, name: &str) -> Widget {
        let value = || self.raw.all(name).next().unwrap_or_default().to_owned();
        let text = |mode, unit: &str, list: String| Widget::Text {
            value: value(),
            mode,
            unit: unit.to_owned(),
            sample: "",
            list,
        };
        match &field.kind {
            FieldKind::Text => text("text", "", String::new()),
            FieldKind::Url => text("url", "", String::new()),
            FieldKind::Number { unit } => text("decimal", unit.as_deref().unwrap_or_default(), String::new()),
            FieldKind::Long => Widget::Long { value: value() },
            FieldKind::Date => date(value()),
            FieldKind::Instant => Widget::Moment { value: value() },
            FieldKind::YesNo => Widget::Select { options: self.yes_no(&value()) },
            FieldKind::Choice(_) => Widget::Select { options: self.options(field, &value()) },
            FieldKind::Choices(o) if o.is_empty() => text("text", "", String::new()),
            FieldKind::Choices(_) => Widget::Checks { options: self.checks(field, name) },
            FieldKind::Link(_) | FieldKind::Person => text("text", "", list_id(field)),
            FieldKind::Links(_) | FieldKind::Persons => Widget::Many { values: self.many(name), list: list_id(field) },
            FieldKind::Files => Widget::Files { kept: self.kept(field, name) },
            FieldKind::Period => Widget::Period { from: self.end(name, "from"), to: self.end(name, "to") },
            FieldKind::Rows(_) => Widget::Long { value: String::new() },
        }
    }

    fn end(&self, name: &str, end: &str) -> String {
        self.raw.all(&format!("{name}.{end}")).next().unwrap_or_default().to_owned()
    }

    fn yes_no(&self, chosen: &str) -> Vec<Opt> {
        let words = self.eyes.seat.words();
        let all = [("", "value-unset"), ("yes", "value-yes"), ("no", "value-no")];
        all.map(|(value, key)| Opt { value: value.to_owned(), label: words.say(key), chosen: value == chosen }).into()
    }

    /// Words that are no option stay choosable, so that saving does not lose them.
    fn options(&self, field: &Field, chosen: &str) -> Vec<Opt> {
        let words = self.eyes.seat.words();
        let mut out = vec![Opt { value: String::new(), label: words.say("value-unset"), chosen: chosen.is_empty() }];
        for o in field.options() {
            out.push(Opt { value: o.key.clone(), label: o.title.get(words.0).to_owned(), chosen: o.key == chosen });
        }
        if !chosen.is_empty() && !field.options().iter().any(|o| o.key == chosen) {
            let label = words.with("value-unclear", &[("text", chosen)]);
            out.push(Opt { value: chosen.to_owned(), label, chosen: true });
        }
        out
    }

    fn checks(&self, field: &Field, name: &str) -> Vec<Opt> {
        let chosen: Vec<&str> = self.raw.all(name).collect();
        let opt = |key: &str, label: &str| Opt {
            value: key.to_owned(),
            label: label.to_owned(),
            chosen: chosen.contains(&key),
        };
        field.options().iter().map(|o| opt(&o.key, o.title.get(self.eyes.seat.ctx.lang))).collect()
    }

    fn many(&self, name: &str) -> Vec<String> {
        let mut values: Vec<String> =
            self.raw.all(name).map(str::trim).filter(|v| !v.is_empty()).map(String::from).collect();
        values.extend([String::new(), String::new()]);
        values
    }

    fn kept(&self, field: &Field, name: &str) -> Vec<Kept> {
        let Some(Value::Files(files)) = self.version.map(|v| v.get(self.register, &field.key)) else {
            return Vec::new();
        };
        let keeps: Vec<String> = self.raw.all(&format!("{name}.keep")).map(String::from).collect();
        let kept = |f: &akashi_domain::FileRef| Kept {
            digest: f.digest.to_string(),
            name: f.name.to_string(),
            size: size(f.size),
            chosen: keeps.iter().any(|k| **k == *f.digest),
        };
        files.iter().map(kept).collect()
    }

    fn table(&self, field: &Field) -> Table {
        let rows = row_numbers(self.raw, &field.key);
        let blanks = self.raw.get(&format!("blank.{}", field.key)).and_then(|n| n.parse().ok()).unwrap_or(1).min(100);
        let next = rows.last().map_or(0, |n| n + 1);
        let all = rows.into_iter().chain(next..next + blanks);
        let row = |(position, n): (usize, usize)| {
            let prefix = format!("r.{}.{n}", field.key);
            let subs = field.rows().iter().filter(|f| self.eyes.sees(f));
            TableRow {
                id: self.raw.get(&format!("{prefix}.id")).unwrap_or_default().to_owned(),
                number: position + 1,
                dropped: self.raw.has(&format!("{prefix}.drop")),
                controls: subs.map(|f| self.control(f, &format!("{prefix}.{}", f.key), false)).collect(),
                prefix,
            }
        };
        let title = field.title.get(self.eyes.seat.ctx.lang).to_owned();
        Table { key: field.key.clone(), title, rows: all.enumerate().map(row).collect(), blanks }
    }

    fn lists(&self) -> Vec<Choices> {
        let mut out: Vec<Choices> = Vec::new();
        for field in self.register.fields().iter().flat_map(|f| std::iter::once(f).chain(f.rows())) {
            let id = list_id(field);
            if !id.is_empty() && !out.iter().any(|c| c.id == id) {
                out.push(Choices { id, options: self.offered(field) });
            }
        }
        out
    }

    fn offered(&self, field: &Field) -> Vec<String> {
        let view = self.eyes.evaluator.view();
        let rows = targets(self.eyes.seat, self.eyes.evaluator, field).into_iter().flat_map(|ix| view.rows(ix));
        let live = rows.filter(|v| view.is_live(v));
        live.take(OFFERED).map(|v| self.eyes.titled(v)).collect()
    }
}

fn date(value: String) -> Widget {
    Widget::Text { value, mode: "date", unit: String::new(), sample: "2026-04-01", list: String::new() }
}

/// Links that may point anywhere offer nothing.
fn list_id(field: &Field) -> String {
    let targets = field.targets();
    if targets.is_empty() { String::new() } else { format!("list-{}", targets.join("-")) }
}

/// The numbers of the rows in a form, in its order.
pub(crate) fn row_numbers(raw: &Fields, key: &str) -> Vec<usize> {
    let prefix = format!("r.{key}.");
    let mut out = Vec::new();
    for name in raw.0.iter().filter(|(_, v)| !v.trim().is_empty()).filter_map(|(n, _)| n.strip_prefix(&prefix)) {
        let number = name.split('.').next().and_then(|n| n.parse::<usize>().ok()).filter(|n| *n < 100_000);
        out.extend(number.filter(|n| !out.contains(n)));
    }
    out.sort_unstable();
    out
}

/// Writes a stored version the way the form sends it.
pub(crate) fn raw(eyes: &Eyes, register: &Register, version: &Version) -> Fields {
    let mut out = Fields::default();
    for (ix, field) in register.fields().iter().enumerate().filter(|(_, f)| eyes.sees(f)) {
        match version.cell(ix) {
            Value::Rows(rows) => {
                for (n, row) in rows.iter().enumerate() {
                    let prefix = format!("r.{}.{n}", field.key);
                    out.0.push((format!("{prefix}.id"), row.id.to_string()));
                    for (value, sub) in row.cells.iter().zip(field.rows()) {
                        write(&mut out, eyes, &format!("{prefix}.{}", sub.key), value);
                    }
                }
            }
            value => write(&mut out, eyes, &format!("f.{}", field.key), value),
        }
    }
    out
}

fn write(out: &mut Fields, eyes: &Eyes, name: &str, value: &Value) {
    let mut put = |name: String, text: String| out.0.push((name, text));
    let named = |l: &Target| match l {
        Target::Text(t) => t.to_string(),
        Target::To(id) => eyes.evaluator.view().get(*id).map_or_else(|| id.to_string(), |v| eyes.titled(v)),
    };
    let end = |d: &Option<akashi_domain::PartialDate>| d.map(|d| d.to_string()).unwrap_or_default();
    match value {
        Value::Null | Value::Rows(_) => {}
        Value::Link(l) => put(name.to_owned(), named(l)),
        Value::Links(ls) => ls.iter().for_each(|l| put(name.to_owned(), named(l))),
        Value::Choices(keys) => keys.iter().for_each(|k| put(name.to_owned(), k.to_string())),
        Value::Files(files) => files.iter().for_each(|f| put(format!("{name}.keep"), f.digest.to_string())),
        Value::Period(from, to) => {
            put(format!("{name}.from"), end(from));
            put(format!("{name}.to"), end(to));
        }
        Value::Instant(us) => put(name.to_owned(), instant(*us).replace(' ', "T")),
        other => put(name.to_owned(), akashi_app::values::write(other)),
    }
}
