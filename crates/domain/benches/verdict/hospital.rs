//! A hospital of any size, filled by half and made the same way every time.

use std::collections::HashMap;
use std::sync::Arc;

use akashi_domain::Catalog;
use akashi_domain::register::{FieldKind, Register, RegisterIx, Required};
use akashi_domain::value::{FileRef, Row};
use akashi_domain::{Day, Field, Link, PartialDate, RecordId, Value, Version, World};

use super::TODAY;

/// Rows per register in a world of 100,000; registers not named get 150.
const SHARES: [(&str, usize); 34] = [
    ("device", 20_000),
    ("user-id", 15_000),
    ("personnel", 15_000),
    ("take-out", 8_000),
    ("entry", 6_000),
    ("rights", 4_000),
    ("maintenance", 3_000),
    ("vulnerability", 2_000),
    ("scan", 2_000),
    ("document", 1_500),
    ("software", 1_500),
    ("information", 1_500),
    ("decision", 1_500),
    ("instruction", 1_500),
    ("review", 1_000),
    ("mechanism-test", 1_000),
    ("vendor-report", 1_000),
    ("media", 1_000),
    ("risk", 1_000),
    ("log-review", 1_000),
    ("corrective-action", 800),
    ("contract", 600),
    ("vendor", 400),
    ("privileged-id", 400),
    ("storage", 400),
    ("place", 400),
    ("training", 300),
    ("system", 150),
    ("incident", 200),
    ("profile", 60),
    ("period-rule", 30),
    ("override", 10),
    ("nil-declaration", 40),
    ("compliance-item", 178),
];

/// Rows inside a record: rosters are long, other tables short.
fn inner(register: &str, field: &str) -> usize {
    match (register, field) {
        ("training", "attendance") => 50,
        ("contract", "clauses") => 20,
        _ => FEW,
    }
}

/// Rows inside an ordinary record that has some.
const FEW: usize = 2;

/// Records of all registers, made the same way every time.
pub(crate) struct Hospital {
    pub(crate) world: World,
    pub(crate) ids: HashMap<RegisterIx, Vec<RecordId>>,
}

impl Hospital {
    pub(crate) fn build(catalog: &Arc<Catalog>, records: usize) -> Hospital {
        let mut ids: HashMap<RegisterIx, Vec<RecordId>> = HashMap::new();
        let mut dice = Dice(1);
        for (ix, register) in catalog.registers.iter().enumerate() {
            let share = SHARES.iter().find(|s| s.0 == register.key).map_or(150, |s| s.1);
            let some = (share * records / 100_000).max(3);
            let id = |_| RecordId(u128::from(dice.next()) << 64 | u128::from(dice.next()));
            ids.insert(RegisterIx(ix as u16), (0..some).map(id).collect());
        }
        let mut out = Hospital { world: World::new(catalog.clone()), ids };
        for ix in 0..catalog.registers.len() {
            let register = RegisterIx(ix as u16);
            for n in 0..out.ids[&register].len() {
                let version = out.version(register, n, &mut dice);
                out.world.insert(version);
            }
        }
        out
    }

    fn version(&self, register: RegisterIx, n: usize, dice: &mut Dice) -> Version {
        let def = self.world.catalog.register(register);
        let live = def.states.iter().find(|s| def.is_live(&s.key)).map_or(&def.initial, |s| &s.key);
        let state = if dice.one_in(6) { &dice.pick(&def.states).key } else { live };
        let id = self.ids[&register][n];
        Version {
            register,
            id,
            rev: 1,
            code: format!("{}-2026-{n:05}", def.code).into(),
            facility: "".into(),
            state: state.as_str().into(),
            cells: def.fields().iter().map(|f| self.value(def, f, n, dice)).collect(),
            extra: Default::default(),
            source: None,
            valid_from: None,
            recorded_at: i64::from(TODAY.0 - 400) * 86_400_000_000,
            author: "0123456789abcdef".into(),
            digest: format!("{:032x}{:032x}", id.0, id.0).into(),
            disposed: false,
        }
    }

    /// A further version in which one field is another.
    pub(crate) fn changed(&self, id: RecordId, dice: &mut Dice) -> Version {
        let mut version = Version::clone(self.world.latest(id).unwrap_or_else(|| panic!("no {id}")));
        let def = self.world.catalog.register(version.register);
        let slot = dice.below(def.fields().len().min(12));
        version.rev += 1;
        version.cells[slot] = self.value(def, &def.fields()[slot], dice.below(1000), dice);
        version
    }

    fn value(&self, def: &Register, field: &Field, n: usize, dice: &mut Dice) -> Value {
        // Ledgers are filled by half, and hardly anybody fills what every record may have besides.
        let listed = matches!(field.kind, FieldKind::Rows(_)) && inner(&def.key, &field.key) == FEW;
        let empty = match field.required {
            _ if field.common || listed => !dice.one_in(6),
            Required::Never => !dice.one_in(3),
            _ => dice.one_in(6),
        };
        if empty {
            return Value::Null;
        }
        let text = |t: String| Value::Text(t.into());
        match &field.kind {
            FieldKind::Text if field.key.ends_with("no") || field.key == "login_id" => text(format!("HN-{n:05}")),
            FieldKind::Text if field.key.starts_with("item") => text(self.item(dice)),
            FieldKind::Text => text(format!("{}{}", field.title.ja, dice.below(500))),
            FieldKind::Long => text(format!("{}の内容を確認して記録した", field.title.ja)),
            FieldKind::Url => text("https://example.invalid/".into()),
            FieldKind::Number { .. } => Value::Number(dice.below(100) as f64),
            FieldKind::YesNo => Value::YesNo(dice.one_in(2)),
            FieldKind::Date => Value::Date(PartialDate::of(dice.day())),
            FieldKind::Instant => Value::Instant(i64::from(dice.day().0) * 86_400_000_000 + 3_600_000_000),
            FieldKind::Choice(options) => Value::Choice(dice.pick(options).key.as_str().into()),
            FieldKind::Choices(options) if options.is_empty() => Value::Choices(vec![self.item(dice).into()]),
            FieldKind::Choices(options) => Value::Choices(vec![dice.pick(options).key.as_str().into()]),
            FieldKind::Link(_) | FieldKind::Person => Value::Link(self.link(field, dice)),
            FieldKind::Links(_) | FieldKind::Persons => Value::Links(vec![self.link(field, dice)]),
            FieldKind::Files => {
                Value::Files(vec![FileRef { name: "写し.pdf".into(), digest: "0".repeat(64).into(), size: 1 }])
            }
            FieldKind::Period => Value::Period(Some(PartialDate::of(dice.day())), Some(PartialDate::of(dice.day()))),
            FieldKind::Rows(fields) => {
                Value::Rows((0..inner(&def.key, &field.key)).map(|n| self.row(def, fields, n, dice)).collect())
            }
        }
    }

    fn row(&self, def: &Register, fields: &[Field], n: usize, dice: &mut Dice) -> Row {
        let id = RecordId(u128::from(dice.next()));
        Row { id, cells: fields.iter().map(|f| self.value(def, f, n, dice)).collect() }
    }

    fn item(&self, dice: &mut Dice) -> String {
        dice.pick(&self.world.catalog.items).id.clone()
    }

    fn link(&self, field: &Field, dice: &mut Dice) -> Link {
        let catalog = &self.world.catalog;
        let targets = field.targets();
        let register = match targets.is_empty() {
            true => RegisterIx(dice.below(catalog.registers.len()) as u16),
            false => catalog.register_ix(targets[dice.below(targets.len())]).unwrap_or(RegisterIx(0)),
        };
        if dice.one_in(20) {
            Link::Text(format!("架空の名{}", dice.below(5000)).into())
        } else {
            Link::To(*dice.pick(&self.ids[&register]))
        }
    }
}

/// Numbers that look random (splitmix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() >> 33) as usize % n.max(1)
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }

    /// A day from three years ago to one year ahead.
    fn day(&mut self) -> Day {
        Day(TODAY.0 - 1095 + self.below(1460) as i32)
    }
}
