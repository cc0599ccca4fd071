//! Bodies of older definitions read under the one in force; wrong rules are refused.

use akashi_domain::notation::{instant, read_set};
use akashi_domain::register::Register;
use akashi_domain::{Catalog, Value, Version};
use serde_json::json;

use super::common::{file, words};

const BOX: &str = r#"
key = "box"
code = "BOX"
version = 3
group = "g"
title = { ja = "箱", en = "Box" }
about = { ja = "箱", en = "Box" }
headline = ["name"]
list = ["name"]
initial = "shut"
live = ["shut"]
field = [
  { key = "name", title = { ja = "名", en = "Name" }, kind = "text" },
  { key = "size", title = { ja = "大", en = "Size" }, kind = "choice", options = [{ key = "big", ja = "大", en = "big" }, { key = "small", ja = "小", en = "small" }] },
  { key = "colours", title = { ja = "色", en = "Colours" }, kind = "choices", options = [{ key = "red", ja = "赤", en = "red" }, { key = "blue", ja = "青", en = "blue" }] },
  { key = "lids", title = { ja = "蓋", en = "Lids" }, kind = "rows", field = [{ key = "mark", title = { ja = "印", en = "Mark" }, kind = "text" }] },
]
state = [{ key = "shut", title = { ja = "閉", en = "shut" } }]
"#;

const RULES: &str = r#"
[[upcast]]
to = 3
fields = { label = "name", "lids.sign" = "lids.mark" }
options = { size = { large = "big" }, colours = { scarlet = "red" } }
[[upcast]]
to = 2
fields = { title = "label" }
options = { size = { huge = "large" } }
states = { closed = "shut" }
"#;

fn load(rules: &str) -> Result<Catalog, String> {
    let other = |key: &str| {
        format!(
            "key = \"{key}\"\ncode = \"X\"\nversion = 1\ngroup = \"g\"\ntitle = {{ ja = \"他\", en = \"o\" }}\nabout = {{ ja = \"他\", en = \"o\" }}\nheadline = [\"note\"]\nlist = [\"note\"]\ninitial = \"a\"\nlive = [\"a\"]\nstate = [{{ key = \"a\", title = {{ ja = \"甲\", en = \"a\" }} }}]\n"
        )
    };
    let files = [
        file("registers/box.toml", &format!("{BOX}{rules}")),
        file("registers/personnel.toml", &other("personnel")),
        file("registers/contract.toml", &other("contract")),
    ];
    Catalog::load(&files).map_err(|f| words(&f))
}

fn read(register: &Register, catalog: &Catalog, written: u32, mut body: serde_json::Value) -> Version {
    let set = toml::from_str::<toml::Table>("r = [{ register = \"box\" }]").unwrap().remove("r").unwrap();
    let mut version =
        read_set(&set.try_into::<Vec<_>>().unwrap(), catalog, 0, instant("2026-01-01").unwrap()).unwrap().remove(0);
    register.upcast(written, &mut body);
    version.read_body(register, &body).unwrap();
    version
}

#[test]
fn old_bodies_are_read_under_the_new_definition() {
    let catalog = load(RULES).unwrap();
    let register = catalog.register_by_key("box").unwrap();
    let lid = json!({ "id": "00000000-0000-0000-0000-000000000001", "f": { "sign": "x" } });
    let first = json!({ "code": "BOX-1", "facility": "", "state": "closed",
        "fields": { "title": "木箱", "size": "huge", "colours": ["scarlet", "blue"], "lids": [lid], "odd": "kept" } });
    let version = read(register, &catalog, 1, first.clone());
    let text = |t: &str| Value::Text(t.into());
    assert_eq!((&version.cells[0], &version.cells[1]), (&text("木箱"), &Value::Choice("big".into())));
    assert_eq!(version.cells[2], Value::Choices(vec!["red".into(), "blue".into()]));
    let Value::Rows(lids) = &version.cells[3] else { panic!("no rows") };
    assert_eq!((&lids[0].cells[0], &*version.state), (&text("x"), "shut"));
    assert_eq!(version.extra["odd"], "kept");
    // Written under version 2, the rules to 2 do not apply: `title` is a column nobody knows.
    let second = json!({ "code": "", "facility": "", "state": "shut", "fields": { "title": "?", "label": "木箱", "size": "large" } });
    let version = read(register, &catalog, 2, second);
    assert_eq!((&version.cells[0], &version.cells[1]), (&text("木箱"), &Value::Choice("big".into())));
    assert_eq!(version.extra["title"], "?");
    // What is of today stays as it is.
    let mut now = json!({ "state": "shut", "fields": { "name": "木箱", "size": "big" } });
    let before = now.clone();
    register.upcast(3, &mut now);
    assert_eq!(now, before);
}

#[test]
fn wrong_rules_are_refused() {
    let cases = [
        ("[[upcast]]\nto = 4\n", "upcast to version 4 of a definition of version 3"),
        ("[[upcast]]\nto = 1\n", "upcast to version 1"),
        ("[[upcast]]\nto = 2\nfields = { old = \"nmae\" }\n", "upcast of `old` to `nmae`: no such field"),
        ("[[upcast]]\nto = 2\nfields = { size = \"name\" }\n", "`size`: the field still exists"),
        ("[[upcast]]\nto = 2\nfields = { \"lids.a\" = \"name\" }\n", "leaves its rows"),
        ("[[upcast]]\nto = 2\noptions = { size = { huge = \"large\" } }\n", "option `large` of `size`"),
        ("[[upcast]]\nto = 2\noptions = { zise = { huge = \"big\" } }\n", "options of `zise`"),
        ("[[upcast]]\nto = 2\nstates = { closed = \"sealed\" }\n", "state `sealed`"),
        ("[[upcast]]\nto = 2\ndrop = [\"name\"]\n", "unknown field `drop`"),
    ];
    for (rules, wanted) in cases {
        let told = load(rules).expect_err(wanted);
        assert!(told.contains(wanted) && told.contains("registers/box.toml:"), "wanted `{wanted}`, got {told}");
    }
}
