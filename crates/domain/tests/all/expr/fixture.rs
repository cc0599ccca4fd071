//! A catalogue of five registers and a world with a few records of each.

use std::sync::{Arc, LazyLock};

use akashi_domain::catalog::CatalogFile;
use akashi_domain::expr::{Env, Expr, ExprFault, Scope, Tri};
use akashi_domain::record::{RecordId, Version};
use akashi_domain::value::{Row, Value, cells_from_json};
use akashi_domain::{Catalog, Day, View, World};
use serde_json::{Value as Json, json};

const DEVICE: &str = r#"
key = "device"
code = "AST"
headline = ["name"]
list = ["name"]
initial = "in-use"
live = ["in-use", "lent"]
state = [{ key = "in-use", title = T }, { key = "lent", title = T }, { key = "disposed", title = T }]
field = [
  { key = "name", title = T, kind = "text" },
  { key = "kind", title = T, kind = "choice", options = [{ key = "server", ja = "", en = "" }, { key = "terminal", ja = "", en = "" }] },
  { key = "spare_kind", title = T, kind = "choice", options = [{ key = "server", ja = "", en = "" }, { key = "terminal", ja = "", en = "" }] },
  { key = "tags", title = T, kind = "choices", options = [{ key = "old", ja = "", en = "" }, { key = "loud", ja = "", en = "" }] },
  { key = "place", title = T, kind = "text" },
  { key = "os", title = T, kind = "text" },
  { key = "ram", title = T, kind = "number", unit = "GB" },
  { key = "disk", title = T, kind = "number" },
  { key = "important", title = T, kind = "yesno" },
  { key = "spare", title = T, kind = "yesno" },
  { key = "bought", title = T, kind = "date" },
  { key = "seen", title = T, kind = "instant" },
  { key = "tested", title = T, kind = "instant" },
  { key = "warranty", title = T, kind = "period" },
  { key = "vendor", title = T, kind = "link", to = ["vendor"] },
  { key = "former_vendor", title = T, kind = "link", to = ["vendor"] },
  { key = "vendors", title = T, kind = "links", to = ["vendor"] },
  { key = "user", title = T, kind = "person" },
  { key = "subject", title = T, kind = "link", to = ["*"] },
  { key = "party", title = T, kind = "link", to = ["vendor", "personnel"] },
]
derived = [{ key = "support_until", title = T, table = "end-of-support", from = "os" }]
"#;

const VENDOR: &str = r#"
key = "vendor"
code = "VND"
headline = ["name"]
list = ["name"]
initial = "trading"
live = ["trading"]
state = [{ key = "trading", title = T }, { key = "closed", title = T }]
field = [
  { key = "name", title = T, kind = "text" },
  { key = "importance", title = T, kind = "choice", options = [{ key = "high", ja = "", en = "" }, { key = "low", ja = "", en = "" }] },
  { key = "contact", title = T, kind = "person" },
  { key = "since", title = T, kind = "number" },
]
"#;

const PERSONNEL: &str = r#"
key = "personnel"
code = "STF"
headline = ["name"]
list = ["name"]
initial = "in-post"
live = ["in-post"]
state = [{ key = "in-post", title = T }, { key = "left", title = T }]
field = [
  { key = "name", title = T, kind = "text" },
  { key = "left", title = T, kind = "date" },
  { key = "since", title = T, kind = "date" },
  { key = "importance", title = T, kind = "choice", options = [{ key = "key-person", ja = "", en = "" }] },
]
"#;

const CONTRACT: &str = r#"
key = "contract"
code = "CTR"
headline = ["name"]
list = ["name"]
initial = "in-force"
live = ["in-force"]
state = [{ key = "in-force", title = T }]
[[field]]
key = "name"
title = T
kind = "text"
[[field]]
key = "vendor"
title = T
kind = "link"
to = ["vendor"]
[[field]]
key = "clauses"
title = T
kind = "rows"
field = [
  { key = "clause", title = T, kind = "choice", options = [{ key = "confidentiality", ja = "", en = "" }, { key = "return", ja = "", en = "" }] },
  { key = "state", title = T, kind = "choice", options = [{ key = "present", ja = "", en = "" }, { key = "absent", ja = "", en = "" }] },
  { key = "checked_by", title = T, kind = "person" },
  { key = "note", title = T, kind = "long" },
]
"#;

const TABLES: &str = r#"
[[product]]
name = "Windows 10"
match = ["windows", "10"]
ends = "2025-10-14"
source = "https://example.invalid/"
checked_on = "2026-01-01"
"#;

/// Facts the fixture knows: `wifi` is true, `cloud` false, `byod` unknown.
pub(crate) fn fact(key: &str) -> Tri {
    match key {
        "wifi" => Tri::True,
        "cloud" => Tri::False,
        _ => Tri::Unknown,
    }
}

/// The small hospital.
pub(crate) struct Hospital {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) facts: Vec<String>,
    pub(crate) view: View,
}

/// Id of the record numbered `n`.
pub(crate) fn id(n: u128) -> RecordId {
    RecordId(n)
}

/// JSON of a link to record `n`.
pub(crate) fn link(n: u128) -> Json {
    json!({ "id": id(n).to_string() })
}

/// JSON of a row numbered `n`.
pub(crate) fn row(n: u128, cells: Json) -> Json {
    json!({ "id": id(n).to_string(), "f": cells })
}

fn catalog() -> Arc<Catalog> {
    let head = |text: &str| {
        format!("version = 1\ngroup = \"assets\"\ntitle = T\nabout = T\n{text}")
            .replace(" T", " { ja = \"あ\", en = \"a\" }")
    };
    let file = |path: &str, text: String| CatalogFile { path: path.into(), text };
    let files = [
        file("registers/device.toml", head(DEVICE)),
        file("registers/vendor.toml", head(VENDOR)),
        file("registers/personnel.toml", head(PERSONNEL)),
        file("registers/contract.toml", head(CONTRACT)),
        file("tables/products.toml", TABLES.into()),
    ];
    Arc::new(Catalog::load(&files).unwrap_or_else(|f| panic!("{f:?}")))
}

/// Makes a record of JSON cells.
pub(crate) fn version(catalog: &Catalog, register: &str, n: u128, state: &str, cells: &Json) -> Version {
    let ix = catalog.register_ix(register).unwrap();
    let fields = catalog.register(ix).fields();
    let (cells, unknown) = cells_from_json(fields, cells.as_object().unwrap()).unwrap();
    assert!(unknown.is_empty(), "{unknown:?}");
    Version {
        register: ix,
        id: id(n),
        rev: 1,
        code: format!("{}-{n}", catalog.register(ix).code).into(),
        facility: "main".into(),
        state: state.into(),
        cells,
        extra: Default::default(),
        source: None,
        valid_from: None,
        recorded_at: 0,
        author: "a".into(),
        digest: "".into(),
        disposed: false,
    }
}

/// Returns a view of the given records.
pub(crate) fn view_of(catalog: &Arc<Catalog>, records: Vec<Version>) -> View {
    let mut world = World::new(catalog.clone());
    records.into_iter().for_each(|r| drop(world.insert(r)));
    world.view(Day::new(2026, 11, 22).unwrap(), None)
}

impl Hospital {
    /// Device 1 is filled, 2 nearly empty, 3 unreadable; vendors 11 (live) and 12 (closed); staff 21 (left), 22; contracts 31, 32.
    pub(crate) fn get() -> &'static Hospital {
        static HOSPITAL: LazyLock<Hospital> = LazyLock::new(Hospital::make);
        &HOSPITAL
    }

    fn make() -> Hospital {
        let catalog = catalog();
        let make = |register: &str, n, state: &str, cells: Json| version(&catalog, register, n, state, &cells);
        let records = vec![
            make("device", 1, "in-use", filled_device()),
            make("device", 2, "disposed", json!({ "name": "空" })),
            make("device", 3, "lent", unreadable_device()),
            make(
                "vendor",
                11,
                "trading",
                json!({ "name": "架空電機", "importance": "high", "contact": link(22), "since": 3.0 }),
            ),
            make("vendor", 12, "closed", json!({ "name": "旧社", "contact": { "text": "山田?" } })),
            make("personnel", 21, "left", json!({ "name": "架空 太郎", "left": "2026-03", "since": "2001-04-01" })),
            make("personnel", 22, "in-post", json!({ "name": "架空 花子" })),
            make("contract", 31, "in-force", json!({ "name": "保守", "vendor": link(11), "clauses": clauses() })),
            make("contract", 32, "in-force", json!({ "name": "清掃" })),
        ];
        let view = view_of(&catalog, records);
        Hospital { catalog, facts: ["wifi", "cloud", "byod"].map(String::from).into(), view }
    }

    pub(crate) fn scope(&self, register: &str) -> Scope<'_> {
        Scope { catalog: &self.catalog, record: self.catalog.register_ix(register), row: None, facts: &self.facts }
    }

    /// The scope of `s` in a contract's clauses.
    pub(crate) fn clause_scope(&self) -> Scope<'_> {
        let contract = self.catalog.register_by_key("contract").unwrap();
        Scope { row: Some(contract.field("clauses").unwrap().rows()), ..self.scope("contract") }
    }

    pub(crate) fn compile(&self, register: &str, source: &str) -> Result<Expr, ExprFault> {
        Expr::compile(source, &self.scope(register))
    }

    pub(crate) fn record(&self, n: u128) -> &Version {
        self.view.get(id(n)).unwrap()
    }

    pub(crate) fn env(&self, n: u128) -> Env<'_> {
        Env { view: &self.view, record: Some(self.record(n)), row: None, facts: &fact }
    }

    /// The clause rows of a contract.
    pub(crate) fn clauses(&self, n: u128) -> &[Row] {
        let contract = self.catalog.register_by_key("contract").unwrap();
        match self.record(n).get(contract, "clauses") {
            Value::Rows(rows) => rows,
            _ => &[],
        }
    }
}

fn filled_device() -> Json {
    json!({
        "name": "電子カルテ 主系", "kind": "server", "spare_kind": "terminal", "tags": ["old"], "place": "サーバ室", "os": "Windows 10 Pro",
        "ram": 64.0, "disk": 0.0, "important": true, "spare": false, "bought": "2024-05", "seen": 1_700_000_000_000_000_i64,
        "tested": 1_600_000_000_000_000_i64, "warranty": { "from": "2024-05-01", "to": null }, "vendor": link(11),
        "former_vendor": link(12), "vendors": [link(11), { "text": "どこか" }], "user": link(21), "subject": link(31), "party": link(21),
        "items": ["9.2"], "evidence": [{ "name": "a.pdf", "digest": "00", "size": 1 }],
    })
}

fn unreadable_device() -> Json {
    json!({
        "name": "謎", "kind": { "unclear": "サーバ?" }, "ram": { "unclear": "多い" }, "bought": { "unclear": "H25頃" },
        "vendor": { "text": "富士ナントカ" }, "user": link(99), "vendors": [{ "text": "富士ナントカ" }],
    })
}

fn clauses() -> Json {
    json!([
        row(311, json!({ "clause": "confidentiality", "state": "present", "checked_by": link(22), "note": "第5条" })),
        row(312, json!({ "clause": "return", "state": "absent", "checked_by": link(21) })),
        row(313, json!({ "clause": "return", "checked_by": { "text": "山田?" } })),
    ])
}
