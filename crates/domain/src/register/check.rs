//! Checks a register file and turns it into the form the engines work on.
//! Links between registers are checked by the catalogue, which sees them all.

use std::collections::HashMap;
use std::ops::Range;

use toml::Spanned;

use super::def::{FieldDef, OptionDef, RegisterDef, RequiredDef};
use super::{
    Choice, Derived, Field, FieldKind, ImportState, Move, Register, Required, ReviewCycle, RunDef, Sensitivity, State,
};
use crate::label::Label;

/// A fault in a register file: where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisterFault {
    /// Bytes of the file.
    pub span: Range<usize>,
    pub what: String,
    pub hint: String,
}

/// Collects faults, so that one run tells them all.
#[derive(Default)]
struct Faults(Vec<RegisterFault>);

impl Faults {
    fn add(&mut self, span: Range<usize>, what: impl Into<String>, hint: impl Into<String>) {
        self.0.push(RegisterFault { span, what: what.into(), hint: hint.into() });
    }
}

/// Fields every record has without declaring them.
const COMMON: [(&str, &str, &str, &str); 6] = [
    ("owner", "person", "管理責任者", "Owner"),
    ("items", "texts", "関連遵守事項", "Related items"),
    ("evidence", "files", "証跡ファイル", "Evidence files"),
    ("next_review", "date", "次回確認日", "Next review"),
    ("simplified_by", "contract", "簡略化の契約根拠", "Simplified by contract"),
    ("note", "long", "備考", "Note"),
];

/// Keys that are properties of a record, not fields.
const RESERVED: [&str; 7] = ["code", "status", "state", "facility", "id", "rev", "extra"];

impl Register {
    /// Checks a definition; tells every fault at once.
    pub fn check(def: RegisterDef) -> Result<Register, Vec<RegisterFault>> {
        let mut faults = Faults::default();
        let mut fields: Vec<Field> = def.field.iter().filter_map(|f| field(f, true, &mut faults)).collect();
        fields.extend(COMMON.iter().map(common));
        let mut by_key = HashMap::new();
        for (ix, f) in fields.iter().enumerate() {
            if by_key.insert(f.key.clone(), ix).is_some() {
                let span = def.field.iter().rev().find(|d| *d.key.as_ref() == f.key).map_or(0..0, |d| d.key.span());
                faults.add(
                    span,
                    format!("field `{}` is declared twice or is one every record has", f.key),
                    "give it another key or leave it out",
                );
            }
        }
        let derived = derived(&def, &fields, &mut by_key, &mut faults);
        let slots = |names: &[Spanned<String>], faults: &mut Faults| -> Vec<usize> {
            names.iter().filter_map(|n| slot(&by_key, n, faults)).collect()
        };
        let headline = slots(&def.headline, &mut faults);
        let key_fields = slots(&def.key_fields, &mut faults);
        let match_fields = slots(&def.match_fields, &mut faults);
        let list = slots(&without_properties(&def.list), &mut faults);
        let sort = slots(&without_properties(&def.sort), &mut faults);
        let states = states(&def, &mut faults);
        known_state(&states, &def.initial, &mut faults);
        def.live.iter().for_each(|s| known_state(&states, s, &mut faults));
        for f in &fields {
            check_required(f, &states, &def, &mut faults);
        }
        let moves = moves(&def, &states, &mut faults);
        let import_states = def.import_state.iter().map(|i| {
            known_state(&states, &i.state, &mut faults);
            ImportState { state: i.state.as_ref().clone(), conditions: i.conditions.clone() }
        });
        let import_states = import_states.collect();
        let upcasts = super::upcast::check(&def.upcast, def.version, (&fields, &states), &mut faults.0);
        if !faults.0.is_empty() {
            return Err(faults.0);
        }
        let live = states.iter().map(|s| def.live.iter().any(|l| l.as_ref() == &s.key)).collect();
        Ok(Register {
            key: def.key.into_inner(),
            code: def.code,
            version: def.version,
            group: def.group,
            system: def.system,
            title: def.title,
            about: def.about,
            items: def.items,
            starter: def.starter,
            shown: def.shown.into_inner(),
            words: def.words,
            headline,
            key_fields,
            match_fields,
            list,
            sort,
            initial: def.initial.into_inner(),
            states,
            moves,
            review: def.review.map(|r| ReviewCycle { period: r.period, by: r.by }),
            import_states,
            derived,
            upcasts,
            fields,
            by_key,
            live,
        })
    }
}

fn derived(
    def: &RegisterDef,
    fields: &[Field],
    by_key: &mut HashMap<String, usize>,
    faults: &mut Faults,
) -> Vec<Derived> {
    let mut out = Vec::new();
    for d in &def.derived {
        let clock = match (d.table.as_ref().as_str(), &d.clock) {
            ("end-of-support", None) => None,
            ("clock", Some(clock)) => Some(clock),
            _ => {
                let what = format!("no table `{}` to derive from", d.table.as_ref());
                let hint = "table = \"end-of-support\", or table = \"clock\" with clock = \"…\"";
                faults.add(d.table.span(), what, hint);
                None
            }
        };
        let mut named = |key: &Option<Spanned<String>>| key.as_ref().and_then(|k| slot(by_key, k, faults));
        let (unless, by, done) = (named(&d.unless), named(&d.by), named(&d.done));
        let Some(from) = slot(by_key, &d.from, faults) else { continue };
        if by_key.insert(d.key.as_ref().clone(), fields.len() + out.len()).is_some() {
            faults.add(d.key.span(), format!("field `{}` is declared twice", d.key.as_ref()), "give it another key");
        }
        let field = Field {
            key: d.key.as_ref().clone(),
            title: d.title.clone(),
            kind: FieldKind::Date,
            ..common(&("", "date", "", ""))
        };
        out.push(Derived { field, from, unless, clock: clock.map(|clock| RunDef { clock: clock.clone(), by, done }) });
    }
    out
}

/// Drops `status` and `code`, which lists may name although they are no fields.
fn without_properties(names: &[Spanned<String>]) -> Vec<Spanned<String>> {
    names.iter().filter(|n| !RESERVED.contains(&n.as_ref().as_str())).cloned().collect()
}

fn slot(by_key: &HashMap<String, usize>, name: &Spanned<String>, faults: &mut Faults) -> Option<usize> {
    let found = by_key.get(name.as_ref()).copied();
    if found.is_none() {
        faults.add(name.span(), format!("no field `{}`", name.as_ref()), format!("fields: {}", sorted(by_key.keys())));
    }
    found
}

fn sorted<'a>(keys: impl Iterator<Item = &'a String>) -> String {
    let mut keys: Vec<&str> = keys.map(String::as_str).collect();
    keys.sort_unstable();
    keys.join(" ")
}

fn states(def: &RegisterDef, faults: &mut Faults) -> Vec<State> {
    let mut out: Vec<State> = Vec::new();
    for s in &def.state {
        if out.iter().any(|o| &o.key == s.key.as_ref()) {
            faults.add(s.key.span(), format!("state `{}` is declared twice", s.key.as_ref()), "remove one");
        }
        out.push(State {
            key: s.key.as_ref().clone(),
            title: s.title.clone(),
            words: s.words.clone(),
            tone: s.tone.clone(),
        });
    }
    out
}

fn known_state(states: &[State], name: &Spanned<String>, faults: &mut Faults) {
    if !states.iter().any(|s| &s.key == name.as_ref()) {
        let known: Vec<&str> = states.iter().map(|s| s.key.as_str()).collect();
        faults.add(name.span(), format!("no state `{}`", name.as_ref()), format!("states: {}", known.join(" ")));
    }
}

fn moves(def: &RegisterDef, states: &[State], faults: &mut Faults) -> Vec<Move> {
    def.moves
        .iter()
        .map(|m| {
            m.from.iter().for_each(|s| known_state(states, s, faults));
            known_state(states, &m.to, faults);
            if let (Some(needs), None) = (&m.needs, &m.why) {
                faults.add(
                    needs.span(),
                    format!("move `{}` has `needs` without `why`", m.key.as_ref()),
                    "add why = { ja = \"…\", en = \"…\" }",
                );
            }
            Move {
                key: m.key.as_ref().clone(),
                title: m.title.clone(),
                from: m.from.iter().map(|s| s.as_ref().clone()).collect(),
                to: m.to.as_ref().clone(),
                by: m.by.clone(),
                needs: m.needs.as_ref().map(|n| n.as_ref().clone()),
                why: m.why.clone(),
                not_by: m.not_by.as_ref().map(|n| n.as_ref().clone()),
            }
        })
        .collect()
}

fn check_required(field: &Field, states: &[State], def: &RegisterDef, faults: &mut Faults) {
    let Required::States(wanted) = &field.required else { return };
    for w in wanted.iter().filter(|w| !states.iter().any(|s| &s.key == *w)) {
        let span = def.field.iter().find(|d| d.key.as_ref() == &field.key).map_or(0..0, |d| d.key.span());
        faults.add(
            span,
            format!("field `{}` is required in an unknown state `{w}`", field.key),
            "name states of this register",
        );
    }
}

fn common(&(key, kind, ja, en): &(&str, &str, &str, &str)) -> Field {
    let kind = match kind {
        "person" => FieldKind::Person,
        "texts" => FieldKind::Choices(Vec::new()),
        "files" => FieldKind::Files,
        "date" => FieldKind::Date,
        "contract" => FieldKind::Link(vec!["contract".into()]),
        _ => FieldKind::Long,
    };
    let words = if key == "note" {
        vec!["備考".into(), "摘要".into(), "メモ".into(), "特記事項".into(), "コメント".into()]
    } else {
        Vec::new()
    };
    Field {
        key: key.into(),
        title: Label::new(ja, en),
        kind,
        required: Required::Never,
        words,
        help: None,
        sensitivity: Sensitivity::Internal,
        material: false,
        common: true,
        headline: Vec::new(),
    }
}

fn field(def: &FieldDef, top: bool, faults: &mut Faults) -> Option<Field> {
    let key = def.key.as_ref();
    if top && (RESERVED.contains(&key.as_str()) || COMMON.iter().any(|c| c.0 == key)) {
        faults.add(
            def.key.span(),
            format!("`{key}` belongs to every record already"),
            "leave the field out or name it otherwise",
        );
    }
    let kind = kind(def, faults)?;
    let material = def.material.unwrap_or(!is_decision(&kind));
    foreign_attributes(def, &kind, faults);
    let headline = match (&kind, &def.headline) {
        (FieldKind::Rows(fields), Some(names)) => names.iter().filter_map(|n| row_slot(fields, n, faults)).collect(),
        (FieldKind::Rows(_), None) => vec![0],
        _ => Vec::new(),
    };
    Some(Field {
        key: key.clone(),
        title: def.title.clone(),
        kind,
        required: match &def.required {
            None | Some(RequiredDef::Always(false)) => Required::Never,
            Some(RequiredDef::Always(true)) => Required::Live,
            Some(RequiredDef::States(s)) => Required::States(s.clone()),
        },
        words: def.words.clone(),
        help: def.help.clone(),
        sensitivity: def.sensitivity.unwrap_or(Sensitivity::Internal),
        material,
        common: false,
        headline,
    })
}

/// A link to the decision itself is nothing the decision rests on.
fn is_decision(kind: &FieldKind) -> bool {
    matches!(kind, FieldKind::Link(to) | FieldKind::Links(to) if to.len() == 1 && to[0] == "decision")
}

fn row_slot(fields: &[Field], name: &Spanned<String>, faults: &mut Faults) -> Option<usize> {
    let found = fields.iter().position(|f| &f.key == name.as_ref());
    if found.is_none() {
        faults.add(name.span(), format!("no sub-field `{}`", name.as_ref()), "name a sub-field of the rows");
    }
    found
}

fn kind(def: &FieldDef, faults: &mut Faults) -> Option<FieldKind> {
    let targets = || def.to.iter().flatten().map(|t| t.as_ref().clone()).filter(|t| t != "*").collect();
    Some(match def.kind.as_ref().as_str() {
        "text" => FieldKind::Text,
        "long" => FieldKind::Long,
        "number" => FieldKind::Number { unit: def.unit.clone() },
        "yesno" => FieldKind::YesNo,
        "date" => FieldKind::Date,
        "instant" => FieldKind::Instant,
        "choice" => FieldKind::Choice(options(def, faults)),
        "choices" => FieldKind::Choices(options(def, faults)),
        "link" => FieldKind::Link(targets()),
        "links" => FieldKind::Links(targets()),
        "person" => FieldKind::Person,
        "persons" => FieldKind::Persons,
        "files" => FieldKind::Files,
        "period" => FieldKind::Period,
        "url" => FieldKind::Url,
        "rows" => FieldKind::Rows(def.field.iter().flatten().filter_map(|f| field(f, false, faults)).collect()),
        other => {
            faults.add(def.kind.span(), format!("no field kind `{other}`"), "kinds: text long number yesno date instant choice choices link links person persons files period url rows");
            return None;
        }
    })
}

fn options(def: &FieldDef, faults: &mut Faults) -> Vec<Choice> {
    let Some(given) = def.options.as_ref().filter(|o| !o.is_empty()) else {
        faults.add(
            def.key.span(),
            format!("choice `{}` has no options", def.key.as_ref()),
            "add options = [ { key, ja, en } ]",
        );
        return Vec::new();
    };
    let mut out: Vec<Choice> = Vec::new();
    for OptionDef { key, ja, en, words } in given {
        if out.iter().any(|o| &o.key == key.as_ref()) {
            faults.add(key.span(), format!("option `{}` is given twice", key.as_ref()), "remove one");
        }
        out.push(Choice { key: key.as_ref().clone(), title: Label::new(ja, en), words: words.clone() });
    }
    out
}

/// Refuses attributes that do not belong to the kind: a typo must not pass in silence.
fn foreign_attributes(def: &FieldDef, kind: &FieldKind, faults: &mut Faults) {
    let is_choice = matches!(kind, FieldKind::Choice(_) | FieldKind::Choices(_));
    let is_link = matches!(kind, FieldKind::Link(_) | FieldKind::Links(_));
    let is_rows = matches!(kind, FieldKind::Rows(_));
    let wrong = [
        ("options", def.options.is_some() && !is_choice),
        ("to", def.to.is_some() && !is_link),
        ("field", def.field.is_some() && !is_rows),
        ("headline", def.headline.is_some() && !is_rows),
        ("unit", def.unit.is_some() && !matches!(kind, FieldKind::Number { .. })),
    ];
    for (name, _) in wrong.iter().filter(|(_, wrong)| *wrong) {
        faults.add(
            def.key.span(),
            format!("`{name}` does not belong to a field of kind `{}`", kind.name()),
            format!("remove `{name}` or change the kind"),
        );
    }
    if is_link && def.to.is_none() {
        faults.add(
            def.key.span(),
            format!("link `{}` does not say where it points", def.key.as_ref()),
            "add to = [\"vendor\"] or [\"*\"]",
        );
    }
    if is_rows && def.field.as_ref().is_none_or(Vec::is_empty) {
        faults.add(def.key.span(), format!("rows `{}` have no sub-fields", def.key.as_ref()), "add [[field.field]]");
    }
}
