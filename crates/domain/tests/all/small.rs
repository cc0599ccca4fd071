//! A small catalogue that uses every condition and most proofs, and a world of random records for it.

use std::fmt::Write;

use akashi_domain::catalog::CatalogFile;
use akashi_domain::notation::{Written, read_set};
use akashi_domain::register::FieldKind;
use akashi_domain::value::{Link, Row};
use akashi_domain::{Catalog, Field, RecordId, Value, Version};

use super::common::{Rules, file, today};
use super::dice::Dice;

const REGISTERS: [(&str, &str); 12] = [
    (
        "personnel",
        r#"
fields = "name:text no:text boss:link(personnel) left:date since:date"
states = "here* gone""#,
    ),
    (
        "thing",
        r#"
fields = "name:text no:text kind:choice(a,b) bought:date checked:date from:date to:date auto:yesno size:number holder:link(personnel) helpers:links(personnel) seen:instant span:period"
rows = "notes who:link(personnel) state:choice(ok,ng) on:date"
states = "new used* lent* gone""#,
    ),
    (
        "deed",
        r#"
fields = "thing:link(thing) on:date result:choice(ok,ng) by:link(personnel) no:text"
rows = "parts thing:link(thing) state:choice(ok,ng) on:date"
states = "open* done* void""#,
    ),
    (
        "organisation",
        "fields = \"role:choice(management,planning-manager,operator) holder:text\"\nstates = \"in-force* ended\"",
    ),
    ("contract", "fields = \"title:text from:date to:date\"\nstates = \"in-force* ended\""),
    (
        "nil-declaration",
        "fields = \"subject:text period:period declared_by:text declared_on:date basis:text\"\nstates = \"declared*\"",
    ),
    (
        "profile",
        "fields = \"fact:text answer:yesno confirmed_by:text confirmed_on:date\"\nstates = \"draft confirmed*\"",
    ),
    (
        "period-rule",
        "fields = \"period:text length:text reason:text approval:link(decision)\"\nstates = \"draft in-force*\"",
    ),
    (
        "override",
        "fields = \"item:text part:number reason:text approval:link(decision) until:date\"\nstates = \"draft in-force*\"",
    ),
    ("compliance-item", "fields = \"item_no:text target_date:date\"\nstates = \"open*\""),
    (
        "review",
        "fields = \"target:text subject:link(*) purpose:text reviewer:text reviewed_on:date population:number result:choice(ok,exceptions,not-ok) reconciled_with:text reconciled_on:date approval:link(decision)\"\nrows = \"exceptions disposition:choice(open,fixed,action) action:text\"\nstates = \"done*\"",
    ),
    (
        "decision",
        r#"
fields = "kind:choice(report,confirm,approve,report-and-approve) effective_on:date"
rows = "decisions name:text decided_at:instant vote:choice(approve,noted,reject)"
rows2 = "subjects record:link(*) digest:text"
states = "drafted approved* void""#,
    ),
];

/// Items of the small catalogue, each with one part: a kind of condition, of proof or of composition.
pub(crate) const ITEMS: &str = r#"
records: { records = "thing", every = ["has(r.name)"] }
past: { records = "thing", where = [{ past = "bought" }], every = [{ within = ["checked", "often"] }] }
future: { records = "thing", at_least = 0, where = [{ future = "bought" }], every = ["r.kind == 'a'"] }
over: { records = "thing", at_least = 0, none = [{ over = "to" }, "r.auto == false"] }
fiscal: { records = "thing", at_least = 2, where = [{ fiscal = "checked", blank = false }] }
older: { records = "thing", at_least = 0, none = [{ older = ["checked", "1y"], blank = false }] }
soon: { records = "thing", at_least = 0, none = [{ soon = ["to", "90d"], blank = false }] }
valid: { records = "thing", where = [{ valid = ["from", "to"], open = "r.auto == true" }], every = ["has(r.size) && r.size > 1"] }
far: { records = "thing", every = [{ not = [{ past = "holder.left", blank = false }] }] }
far2: { records = "thing", every = [{ not = [{ past = "holder.boss.left", blank = false }] }, "live(r.holder)"] }
bosses: { records = "personnel", at_least = 0, every = [{ not = [{ past = "boss.boss.left", blank = false }] }, "!has(r.boss.boss.boss) || live(r.boss.boss.boss)"] }
deep: { records = "personnel", at_least = 0, every = [{ linked = "thing", on = "holder", where = [{ linked = "deed", on = "thing", where = ["live(r.by.boss)", { past = "by.since", blank = true }] }], count = "none" }] }
deepmatch: { records = "thing", at_least = 0, every = [{ match = "personnel", on = ["no"], to = ["boss.no"], where = [{ linked = "thing", on = "helpers", where = ["r.holder.status == 'here'"] }] }] }
helpers: { records = "thing", at_least = 0, none = [{ past = "helpers.left" }] }
linked: { records = "thing", every = [{ linked = "deed", on = "thing", where = ["r.result == 'ok'", { within = ["on", "often"] }] }] }
unlinked: { records = "thing", at_least = 0, every = [{ linked = "deed", on = "thing", where = ["r.result == 'ng' && r.by.no == '1'"], count = "none" }] }
rowed: { records = "thing", at_least = 0, every = [{ linked = "deed", on = "parts.thing", where = ["s.state == 'ok' && r.status == 'done'", { past = "s.on" }] }] }
allrows: { records = "thing", at_least = 0, every = [{ rows = "notes", where = ["s.state == 'ok'", { future = "s.on" }], count = "all" }] }
norows: { records = "thing", at_least = 0, every = [{ rows = "notes", where = ["s.who.status == 'gone'"], count = "none" }] }
match: { records = "thing", at_least = 0, every = [{ match = "personnel", on = ["no"], to = ["no"], where = ["r.status == 'here'"] }] }
matchfar: { records = "thing", at_least = 0, every = [{ match = "deed", on = ["holder.no"], to = ["no"], where = [{ past = "on" }] }] }
matchback: { records = "personnel", at_least = 0, every = [{ match = "deed", on = ["no"], to = ["thing.no"], where = ["r.result == 'ok'"], count = "none" }] }
matchtwo: { records = "deed", at_least = 0, none = [{ match = "thing", on = ["no", "result"], to = ["no", "kind"] }] }
matchmany: { records = "thing", at_least = 0, every = [{ match = "deed", on = ["helpers"], to = ["by"], where = [{ past = "on" }] }] }
twin: { records = "thing", at_least = 0, every = [{ not = [{ twin = ["no"] }] }] }
twinfar: { records = "thing", at_least = 0, every = [{ not = [{ twin = ["holder.no"], among = ["r.kind == 'a'", { past = "holder.boss.since" }] }] }] }
anyof: { records = "thing", at_least = 0, every = [{ any_of = [[{ future = "to" }], ["r.auto == true"], [{ linked = "deed", on = "thing", where = [{ past = "on" }] }]] }] }
facts: { records = "thing", at_least = 0, every = ["facts.big || r.kind == 'b'"] }
factsdates: { records = "thing", at_least = 0, every = [{ any_of = [["facts.shared"], [{ within = ["bought", "1y"] }]] }] }
when: { when = "facts.big", then = { records = "thing", every = ["r.kind == 'a'"] } }
whenelse: { when = "facts.shared", then = { records = "deed", every = [{ past = "on" }] }, otherwise = { records = "personnel", every = [{ future = "left", blank = true }] } }
either: { any_of = [{ records = "thing", every = [{ future = "to" }] }, { records = "deed", where = ["r.result == 'ok'"], every = [{ within = ["on", "2y"] }] }, { when = "facts.big", then = { records = "personnel" } }] }
legacy: { records = "thing", at_least = 0, where = [{ before_adoption = "from", blank = false }], every = ["r.kind == 'a'"], legacy = { before = "from" } }
adoption: { records = "thing", at_least = 0, every = [{ before_adoption = "bought", blank = true }] }
decided: { decision = "approve", item = "1.1", within = "often" }
subjects: { decision = "report", item = "1.2", subjects = "thing" }
reviewed: { review = "thing", within = "often" }
follows: { records = "thing", at_least = 0, every = [{ follows = ["from", "to", "often"] }, { follows = ["bought", "holder.left"], blank = true }] }
event: { event = "deed", where = ["r.result == 'ng'", { within = ["on", "1y"] }], every = ["r.status == 'done'"], nil = "none", within = "often", contrary = [{ register = "thing", where = [{ over = "to" }], live = true }] }
twinnewer: { records = "thing", at_least = 0, every = [{ not = [{ twin = ["no"], newer = "bought", among = ["live(r)"] }] }] }
"#;

/// Turns the short forms above into a catalogue.
pub(crate) fn rules() -> Rules {
    with_items(&[])
}

/// The same with further files.
pub(crate) fn with_items(more: &[CatalogFile]) -> Rules {
    let mut files = files();
    files.extend(more.iter().cloned());
    Rules::load(&files)
}

/// The files of the small catalogue.
pub(crate) fn files() -> Vec<CatalogFile> {
    let mut files: Vec<_> =
        REGISTERS.iter().map(|(key, text)| file(&format!("registers/{key}.toml"), &register(key, text))).collect();
    files.push(file("editions/small/01.toml", &items()));
    files.push(file("findings/small.toml", FINDINGS));
    files.push(file("tables/tables.toml", TABLES));
    files
}

/// An item of one part.
pub(crate) fn item(id: &str, proof: &str) -> String {
    format!(
        "[[item]]\nid = \"{id}\"\ntitle = {{ ja = \"項\", en = \"item\" }}\nactors = []\n[[item.part]]\nsays = {{ ja = \"件\", en = \"part\" }}\nkind = \"REG\"\nproof = {proof}\n"
    )
}

const FINDINGS: &str = r#"
[[finding]]
key = "gone_owner"
items = ["1.1"]
title = { ja = "去", en = "gone" }
register = "thing"
where = ["r.holder.status == 'gone'", { past = "holder.left", blank = true }]
why = { ja = "{holder.name}", en = "{holder.name}" }
[[finding]]
key = "doubled"
items = ["1.1"]
title = { ja = "重", en = "doubled" }
register = "thing"
states = ["*"]
where = [{ twin = ["no", "kind"], among = ["r.status != 'gone'"] }]
why = { ja = "{no}", en = "{no}" }
[[finding]]
key = "second_hand"
items = ["1.1"]
title = { ja = "連", en = "second hand" }
register = "personnel"
where = [{ linked = "thing", on = "holder", where = [{ linked = "deed", on = "thing", where = ["r.result == 'ng'"] }, { twin = ["name"] }] }]
why = { ja = "{name}", en = "{name}" }
"#;

const TABLES: &str = r#"
[[period]]
key = "often"
title = { ja = "頻", en = "often" }
default = "6m"
ceiling = "1y"
[[period]]
key = "profile"
title = { ja = "プ", en = "profile" }
default = "1y"
[[fact]]
key = "big"
title = { ja = "大", en = "big" }
asks = { ja = "大?", en = "big?" }
[[fact]]
key = "shared"
title = { ja = "共", en = "shared" }
asks = { ja = "共?", en = "shared?" }
implied_by = [{ register = "deed", where = ["r.result == 'ng'", { future = "on" }], live = true }]
"#;

fn items() -> String {
    let mut out = String::new();
    for (at, line) in ITEMS.trim().lines().enumerate() {
        let (name, proof) = line.split_once(": ").unwrap();
        let applies = if at % 9 == 8 { "applies = \"!facts.shared\"\n" } else { "" };
        write!(
            out,
            "[[item]]\nid = \"1.{}\"\ntitle = {{ ja = \"{name}項\", en = \"{name}\" }}\nactors = []\n{applies}[[item.part]]\nsays = {{ ja = \"{name}件\", en = \"{name}\" }}\nkind = \"REG\"\nproof = {proof}\n",
            at + 1
        )
        .unwrap();
    }
    out
}

fn register(key: &str, text: &str) -> String {
    let table: toml::Table = text.parse().unwrap();
    let get = |k: &str| table.get(k).and_then(toml::Value::as_str);
    let label = |t: &str| format!("{{ ja = \"{t}語\", en = \"{t}\" }}");
    let states: Vec<&str> = get("states").unwrap().split(' ').collect();
    let live: Vec<String> =
        states.iter().filter(|s| s.ends_with('*')).map(|s| format!("\"{}\"", s.trim_end_matches('*'))).collect();
    let first = get("fields").unwrap().split([':', ' ']).next().unwrap();
    let mut out = format!(
        "key = \"{key}\"\ncode = \"{}\"\nversion = 1\ngroup = \"g\"\ntitle = {}\nabout = {}\nheadline = [\"{first}\"]\nlist = [\"{first}\"]\ninitial = \"{}\"\nlive = [{}]\n",
        key.to_uppercase(),
        label(key),
        label(key),
        states[0].trim_end_matches('*'),
        live.join(", ")
    );
    for field in get("fields").unwrap().split(' ') {
        out += &format!("[[field]]\n{}", definition(field, &label));
    }
    for rows in ["rows", "rows2"].into_iter().filter_map(get) {
        let (name, fields) = rows.split_once(' ').unwrap();
        out += &format!("[[field]]\nkey = \"{name}\"\ntitle = {}\nkind = \"rows\"\n", label(name));
        for field in fields.split(' ') {
            out += &format!("[[field.field]]\n{}", definition(field, &label));
        }
    }
    for state in states {
        let key = state.trim_end_matches('*');
        out += &format!("[[state]]\nkey = \"{key}\"\ntitle = {}\n", label(key));
    }
    out
}

fn definition(field: &str, label: &dyn Fn(&str) -> String) -> String {
    let (key, kind) = field.split_once(':').unwrap();
    let (kind, inner) = kind.split_once('(').map_or((kind, ""), |(k, i)| (k, i.trim_end_matches(')')));
    let list = |each: &dyn Fn(&str) -> String| inner.split(',').map(each).collect::<Vec<_>>().join(", ");
    let more = match kind {
        "link" | "links" => format!("to = [{}]\n", list(&|t| format!("\"{t}\""))),
        "choice" => {
            format!("options = [{}]\n", list(&|o| format!("{{ key = \"{o}\", ja = \"{o}語\", en = \"{o}\" }}")))
        }
        _ => String::new(),
    };
    format!("key = \"{key}\"\ntitle = {}\nkind = \"{kind}\"\n{more}", label(key))
}

const TEXTS: [&str; 8] = ["1", "2", "01", "３", "1.1", "1.2", "often", "none"];

/// Where links may lead: records by their register's key.
pub(crate) trait Targets {
    /// Returns every record of the registers; of all when none is named.
    fn of(&self, registers: &[&str]) -> Vec<RecordId>;
}

/// The ids a world may have, and the registers they belong to.
pub(crate) struct Ids<'c> {
    catalog: &'c Catalog,
    most: usize,
}

impl<'c> Ids<'c> {
    pub(crate) fn new(catalog: &'c Catalog, most: usize) -> Ids<'c> {
        Ids { catalog, most }
    }

    pub(crate) fn any(&self, dice: &mut Dice) -> RecordId {
        RecordId(dice.below(self.most) as u128 + 1)
    }

    /// Things and deeds are more than the others; the register follows from the id alone.
    fn register(&self, id: RecordId) -> usize {
        let n = self.catalog.registers.len();
        let at = |key: &str| usize::from(self.catalog.register_ix(key).unwrap().0);
        match id.0 as usize % (n + 6) {
            ix if ix < n => ix,
            ix if ix < n + 3 => at("thing"),
            ix if ix < n + 5 => at("deed"),
            _ => at("override"),
        }
    }
}

impl Targets for Ids<'_> {
    /// Records that may not be there yet are among them.
    fn of(&self, registers: &[&str]) -> Vec<RecordId> {
        let key = |id: &RecordId| self.catalog.registers[self.register(*id)].key.as_str();
        let all = (1..=self.most as u128).map(RecordId);
        all.filter(|id| registers.is_empty() || registers.contains(&key(id))).collect()
    }
}

/// A random value of a field; links lead to records, or to words nobody resolved.
pub(crate) fn value(dice: &mut Dice, field: &Field, ids: &dyn Targets) -> Value {
    if dice.one_in(8) {
        return if dice.one_in(3) { Value::Unclear("読めない".into()) } else { Value::Null };
    }
    match &field.kind {
        FieldKind::Text | FieldKind::Long | FieldKind::Url => Value::Text(text(dice, &field.key).into()),
        FieldKind::Number { .. } => Value::Number(dice.below(4) as f64),
        FieldKind::YesNo => Value::YesNo(dice.one_in(2)),
        FieldKind::Date => Value::Date(dice.date(today())),
        FieldKind::Instant => Value::Instant(moment(dice)),
        FieldKind::Choice(options) => Value::Choice(dice.pick(options).key.as_str().into()),
        FieldKind::Choices(options) if options.is_empty() => Value::Choices(vec![text(dice, &field.key).into()]),
        FieldKind::Choices(options) => Value::Choices(vec![dice.pick(options).key.as_str().into()]),
        FieldKind::Link(_) | FieldKind::Person => Value::Link(link(dice, field, ids)),
        FieldKind::Links(_) | FieldKind::Persons => {
            Value::Links((0..dice.below(4)).map(|_| link(dice, field, ids)).collect())
        }
        FieldKind::Files => Value::Null,
        FieldKind::Period => Value::Period(Some(dice.date(today())), Some(dice.date(today()))),
        FieldKind::Rows(fields) => Value::Rows((0..dice.below(4)).map(|n| row(dice, fields, ids, n)).collect()),
    }
}

fn moment(dice: &mut Dice) -> i64 {
    i64::from(dice.date(today()).first().0) * 86_400_000_000
}

fn text(dice: &mut Dice, key: &str) -> &'static str {
    match key {
        "fact" => dice.pick::<&str>(&["big", "shared"]),
        "period" => dice.pick::<&str>(&["often", "profile"]),
        "length" => dice.pick::<&str>(&["1m", "1y", "2y", "90d"]),
        "target" => "thing",
        "subject" => "none",
        "item" | "item_no" => dice.pick::<&str>(&["1.1", "1.2", "1.30"]),
        "purpose" => "legacy",
        "digest" => "d1",
        _ => dice.pick::<&str>(&TEXTS),
    }
}

fn link(dice: &mut Dice, field: &Field, ids: &dyn Targets) -> Link {
    let all = ids.of(&field.targets());
    let target = (!all.is_empty() && !dice.one_in(6)).then(|| *dice.pick(&all));
    target.map_or_else(|| Link::Text((*dice.pick(&TEXTS)).into()), Link::To)
}

fn row(dice: &mut Dice, fields: &[Field], ids: &dyn Targets, n: usize) -> Row {
    Row { id: RecordId(n as u128 + 1), cells: fields.iter().map(|f| value(dice, f, ids)).collect() }
}

/// A random version of a record; `rev` 1 is the first.
pub(crate) fn version(dice: &mut Dice, ids: &Ids, id: RecordId, rev: u32) -> Version {
    let catalog = ids.catalog;
    let def = &catalog.registers[ids.register(id)];
    let written = Written {
        register: def.key.clone(),
        id: None,
        state: Some(dice.pick(&def.states).key.clone()),
        code: None,
        facility: Some(dice.pick(&["", "", "east"]).to_string()),
        valid_from: None,
        f: Default::default(),
        extra: Default::default(),
        source: None,
    };
    let recorded = moment(dice);
    let mut out = read_set(&[written], catalog, 0, recorded).unwrap().remove(0);
    (out.id, out.rev) = (id, rev);
    if dice.one_in(4) {
        out.state = def.states.iter().find(|s| def.is_live(&s.key)).unwrap().key.as_str().into();
    }
    out.digest = format!("d{}", dice.below(3)).into();
    out.valid_from = dice.one_in(5).then(|| dice.date(today()));
    for (slot, field) in def.fields().iter().enumerate() {
        out.cells[slot] = value(dice, field, ids);
    }
    out
}
