//! What expressions and paths say they read.

use akashi_domain::expr::{Expr, Path, Reads};

use super::fixture::Hospital;

/// Writes reads with keys in place of positions.
fn shown(hospital: &Hospital, register: &str, reads: &Reads) -> String {
    let catalog = &hospital.catalog;
    let own = catalog.register_by_key(register).unwrap();
    let mut out: Vec<String> = reads.fields.iter().map(|ix| format!("r.{}", own.slot(*ix).key)).collect();
    out.extend(reads.status.then(|| "status".to_owned()));
    out.extend(reads.row.then(|| "s".to_owned()));
    for link in &reads.links {
        let holder = catalog.register(link.register);
        let field = holder.slot(link.field);
        let sub = link.sub.map(|ix| format!(".{}", field.rows()[ix].key)).unwrap_or_default();
        let to: Vec<&str> = link.to.iter().map(|ix| catalog.register(*ix).key.as_str()).collect();
        out.push(format!("{}.{}{sub}→{}", holder.key, field.key, to.join("|")));
    }
    out.extend(
        reads
            .far
            .iter()
            .map(|(ix, slot)| format!("{}:{}", catalog.register(*ix).key, catalog.register(*ix).slot(*slot).key)),
    );
    out.extend(reads.facts.iter().map(|f| format!("facts.{f}")));
    out.join(" ")
}

#[test]
fn expressions_tell_what_they_read() {
    let hospital = Hospital::get();
    let cases = [
        ("device", "r.kind == 'server' && has(r.place)", "r.kind r.place"),
        ("device", "r.status == 'lent' || live(r)", "status"),
        ("device", "facts.wifi && !has(facts.byod)", "facts.byod facts.wifi"),
        (
            "device",
            "r.vendor.contact.left < '2026'",
            "r.vendor device.vendor→vendor vendor.contact→personnel personnel:left vendor:contact",
        ),
        ("device", "resolved(r.vendor)", "r.vendor device.vendor→vendor"),
        ("device", "r.vendor.status == 'closed'", "r.vendor device.vendor→vendor"),
        ("device", "r.party.name == 'x'", "r.party device.party→vendor|personnel vendor:name personnel:name"),
        ("device", "r.vendors.exists(v, v.name == 'x')", "r.vendors device.vendors→vendor vendor:name"),
        (
            "device",
            "r.vendors.filter(v, live(v)).exists(v, v.contact.name == 'x')",
            "r.vendors device.vendors→vendor vendor.contact→personnel vendor:contact personnel:name",
        ),
        ("contract", "r.clauses.exists(c, c.state == 'present')", "r.clauses"),
        (
            "contract",
            "r.clauses.exists(c, c.checked_by.left < '2026')",
            "r.clauses contract.clauses.checked_by→personnel personnel:left",
        ),
        (
            "contract",
            "r.clauses.map(c, c.checked_by).exists(p, live(p))",
            "r.clauses contract.clauses.checked_by→personnel",
        ),
    ];
    for (register, source, reads) in cases {
        let expr = hospital.compile(register, source).unwrap();
        let got = shown(hospital, register, expr.reads());
        let sorted = |text: &str| text.split(' ').map(str::to_owned).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(sorted(&got), sorted(reads), "{source}");
    }
    let row = Expr::compile("s.checked_by.left < '2026'", &hospital.clause_scope()).unwrap();
    assert_eq!(shown(hospital, "contract", row.reads()), "s contract.clauses.checked_by→personnel personnel:left");
}

#[test]
fn paths_tell_what_they_read() {
    let hospital = Hospital::get();
    let path = Path::compile("clauses.checked_by.left", &hospital.scope("contract")).unwrap();
    assert_eq!(
        shown(hospital, "contract", path.reads()),
        "r.clauses contract.clauses.checked_by→personnel personnel:left"
    );
    let mut both = path.reads().clone();
    both.merge(hospital.compile("contract", "r.vendor.status == 'closed' && facts.wifi").unwrap().reads());
    let keys: Vec<&str> = both.registers().into_iter().map(|ix| hospital.catalog.register(ix).key.as_str()).collect();
    assert_eq!(keys, ["vendor", "personnel"]);
    assert!(both.facts.contains("wifi"));
}
