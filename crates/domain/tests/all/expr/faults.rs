//! What is refused, and the hint given with it.

use akashi_domain::expr::{Expr, Scope};

use super::fixture::Hospital;

#[test]
fn faults_say_what_and_how_to_mend() {
    let hospital = Hospital::get();
    let cases = [
        ("r.knd == 'server'", "no field `knd` in device", "did you mean `kind`? fields: bought"),
        ("r.kind == 'servr'", "no option or state `servr`", "did you mean `server`? one of: server terminal"),
        ("'servr' != r.kind", "no option or state `servr`", "server terminal"),
        ("r.kind in ['server', 'pc']", "no option or state `pc`", "one of: server terminal"),
        ("'pc' in r.tags", "no option or state `pc`", "one of: old loud"),
        ("r.status == 'retired'", "no option or state `retired`", "in-use lent disposed"),
        ("r.vendor.status == 'gone'", "no option or state `gone`", "trading closed"),
        ("r.kind == (r.spare ? 'terminal' : 'pc')", "no option or state `pc`", "server terminal"),
        ("r.tags.exists(t, t == 'new')", "no option or state `new`", "old loud"),
        ("r.vendor.nam == 'x'", "no field `nam` in vendor", "did you mean `name`?"),
        ("r.party.kana == 'x'", "no field `kana` in vendor, personnel", "fields:"),
        ("r.subject.nowhere == 'x'", "no field `nowhere` in any register", "fields:"),
        ("r.party.since == 3", "different kinds", "one kind"),
        ("x.kind == 'server'", "`x` is not known", "begin with one of: r s facts"),
        ("s.clause == 'x'", "`s` is not known here", "conditions on rows"),
        ("facts.wify", "no fact `wify`", "did you mean `wifi`?"),
        ("facts == true", "`facts` is not known", "r s facts"),
        ("written(facts.wifi)", "does not go with facts", "has(facts.x)"),
        ("r.name.matches('a.*')", "no function `matches`", "contains"),
        ("now() > r.bought", "no function `now`", "no clock"),
        ("timestamp(r.bought) > r.bought", "no function `timestamp`", "no clock"),
        ("hass(r.name)", "no function `hass`", "did you mean `has`?"),
        ("has(r.name, r.place)", "no function `has`", "functions: has"),
        ("has(r)", "always there", "name a field"),
        ("has('a')", "is not a field", "name a field"),
        ("has(r.vendor.name.x)", "is a text and has no `x`", "only links"),
        ("r.kind", "is a choice, not a yes-or-no question", "has(…)"),
        ("r.name && true", "is a text, not a yes-or-no question", "compare it"),
        ("1", "is a number, not a yes-or-no question", "compare it"),
        ("r.vendor == '架空電機'", "a link cannot be compared with a text", "r.vendor.name"),
        ("r.ram == '64'", "a number cannot be compared with a text", "without quotes"),
        ("r.important == 'true'", "a yes-or-no cannot be compared with a text", "without quotes"),
        ("r.bought < '2024/05'", "`2024/05` is not a date", "2026-11-22"),
        ("r.bought < r.name", "a text cannot be compared with a date", "write dates"),
        ("r.kind < 'server'", "a choice has no order", "== and !="),
        ("r.warranty == r.warranty", "a period cannot be compared", "one of its fields"),
        ("r.warranty.end == '2024'", "a period has no `end`", "`from` and `to`"),
        ("r.tags == 'old'", "`r.tags` is a list", "`in`"),
        ("r.vendors.name == 'x'", "`r.vendors` is a list", "exists"),
        ("r.tags.contains('old')", "`r.tags` is a list; `contains` asks of a text", "in r.field"),
        ("live(r.vendors)", "`r.vendors` is a list", "r.vendors.all(x, live(x))"),
        ("live(r.name)", "is a text; `live` asks of a link", "use `has`"),
        ("r.name in r.name", "is a text, not a list", "lists are"),
        ("r.name in []", "an empty list", "at least one"),
        ("r.name == null", "`null`", "has(r.field)"),
        ("r.name + 'x' == 'yx'", "only numbers can be reckoned with", "numbers"),
        ("r.vendors[0] == r.vendor", "`[…]`", "exists"),
        ("{'a': 1}.a == 1", "`{` where a value is expected at character 1", "maps and messages"),
        ("b'x' == b'x'", "'x' where an operator is expected at character 2", "join values"),
        ("r.tags.exists(r, true)", "`r` is taken", "another name"),
        ("r.tags.exists(t, r.tags.exists(t, true))", "`t` is taken", "another name"),
        ("r.tags.exists(1, true)", "needs a name", "exists(x, …)"),
        ("size(r.ram) == 1", "has no size", "texts and lists"),
        ("r.name == ", "the end where a value is expected at character 11", "finish the expression"),
        ("", "the end where a value is expected at character 1", "docs/CATALOGUE.md"),
        ("r.name == 'a' and r.place == 'b'", "`and` where an operator is expected at character 15", "write `&&`"),
        ("r.name = 'a'", "not CEL: `=` at character 8", "compare with `==`"),
        ("r.name == 'あ' | r.spare", "not CEL: `|` at character 15", "write `||`"),
        ("r.name == 'a", "a text without its closing quote at character 11", "close it"),
        ("r.name == '\\q'", "an escape nobody knows", "escapes:"),
        ("r.name == 99999999999999999999", "a number too large", "smaller"),
        ("r.if == 1", "`if`, a word CEL keeps for itself, at character 3", "another name"),
        ("in == 1", "`in`, a word CEL keeps for itself, at character 1", "another name"),
        ("(r.spare", "the end where `)` is expected", "finish"),
        ("[r.spare r.spare]", "where `,` or `]` is expected", "operator"),
        ("r.tags.exists(t, t == 'old'", "where `,` or `)` is expected", "finish"),
        ("r.spare ? true", "where `:` is expected", "finish"),
        ("r.", "where a name is expected", "finish"),
    ];
    for (source, what, hint) in cases {
        let fault = hospital.compile("device", source).expect_err(source);
        assert!(fault.what.contains(what), "{source}: {}", fault.what);
        assert!(fault.hint.contains(hint), "{source}: {}", fault.hint);
    }
}

#[test]
fn without_a_record_only_facts_are_known() {
    let hospital = Hospital::get();
    let scope = Scope { record: None, ..hospital.scope("device") };
    assert!(Expr::compile("facts.wifi || facts.byod", &scope).is_ok());
    let fault = Expr::compile("r.kind == 'server'", &scope).unwrap_err();
    assert_eq!(fault.to_string(), "`r` is not known here → only `facts` can be used here");
}

#[test]
fn sub_fields_of_rows_are_checked() {
    let hospital = Hospital::get();
    let fault = Expr::compile("s.claus == 'return'", &hospital.clause_scope()).unwrap_err();
    assert_eq!(fault.what, "`s.claus`: no sub-field `claus`");
    assert!(fault.hint.starts_with("did you mean `clause`? sub-fields: clause state"));
    let fault = hospital.compile("contract", "r.clauses.exists(c, c.state == 'missing')").unwrap_err();
    assert!(fault.hint.contains("one of: present absent"));
}
