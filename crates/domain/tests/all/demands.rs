//! What is demanded of a record, and clocks: the page says what the proofs say, and overlays add to both.

use std::collections::BTreeSet;

use akashi_domain::catalog::proof_def::ProofDef;
use akashi_domain::verdict::Program;
use akashi_domain::verdict::demand::Answer;
use akashi_domain::{Catalog, Value, World};

use super::common::{Rules, file, real_files, today, words, world};

const PERSON: &str = "{ register = 'personnel', id = 'p', f = { staff_no = '1', name = '架空 太郎' } }";
const AUTHOR: &str = "{ register = 'personnel', id = 'a', f = { staff_no = '2', name = '架空 花子' } }";

/// The demands on the record at a position, as `D10 … 8.7: missing, …`.
fn demanded(rules: &Rules, world: &World, position: usize) -> Vec<(String, &'static str, usize)> {
    let evaluator = rules.judge(world, today(), None);
    let version = world.latest(akashi_domain::notation::id(0x1000, position)).unwrap();
    let answer = |a: &Answer| match a {
        Answer::Met => "met",
        Answer::Elsewhere(_) => "elsewhere",
        Answer::Missing => "missing",
        Answer::Unknown => "unknown",
    };
    let named = |d: &akashi_domain::verdict::demand::Demanded| {
        (format!("{} {}", d.plan.title.en, d.plan.items.join(" ")), answer(&d.answer), d.lacks.len())
    };
    evaluator.demands(version).iter().map(named).collect()
}

#[test]
fn a_document_owes_the_clauses_of_what_it_serves_as() {
    let rules = Rules::load(&real_files());
    let clause = |points: &str, by: &str| {
        format!(
            "{{ item = '3.8', article = '第3条', quote = '検査', points = '{points}', checked_by = '{by}', checked_on = '2026-05-01' }}"
        )
    };
    let document = |id: &str, covers: &str, clauses: &str| {
        format!(
            "{{ register = 'document', id = '{id}', state = 'in-force', f = {{ title = '規程', author = '@a', effective_on = '2026-04-01', covers = [{covers}], clauses = [{clauses}] }} }}"
        )
    };
    let whole = clause("内部検査 独立性 頻度", "@p");
    let cases = [
        (document("d", "'d12'", ""), vec![("missing", 5)]),
        (document("d", "'d12'", &clause("内部検査", "@p")), vec![("missing", 2)]),
        (document("d", "'d12'", &clause("内部検査 独立性 頻度", "@a")), vec![("missing", 4)]),
        (document("d", "'d12'", &whole), vec![("met", 0)]),
        (document("d", "", ""), vec![]),
    ];
    for (document, wanted) in cases {
        let world = world(&rules, &format!("r = [{document}, {PERSON}, {AUTHOR}]"));
        let said: Vec<_> = demanded(&rules, &world, 0).into_iter().map(|(_, answer, lacks)| (answer, lacks)).collect();
        assert_eq!(said, wanted, "{document}");
        let satisfied = rules.judge(&world, today(), None).value(rules.part("3.8#2")).is_settled();
        assert_eq!(satisfied, wanted == [("met", 0)], "the verdict agrees: {document}");
        let finding = rules
            .program
            .findings
            .iter()
            .position(|f| rules.catalog.findings[f.finding].key == "document_lacks_clauses");
        let named = rules.judge(&world, today(), None).finding_count(finding.unwrap());
        assert_eq!(named, usize::from(wanted.iter().any(|(answer, _)| *answer == "missing")));
    }
    let two = format!("r = [{}, {}, {PERSON}, {AUTHOR}]", document("d", "'d12'", ""), document("e", "", &whole));
    let said = demanded(&rules, &world(&rules, &two), 0);
    assert_eq!(said[0].1, "elsewhere", "a chapter of another document is enough: {said:?}");
}

#[test]
fn a_contract_owes_the_clauses_in_whose_scope_it_is() {
    let rules = Rules::load(&real_files());
    let contract = |f: &str| format!("r = [{{ register = 'contract', f = {{ title = '委託', {f} }} }}]");
    let of = |f: &str, clause: &str| {
        let all = demanded(&rules, &world(&rules, &contract(f)), 0);
        all.into_iter().find(|(title, ..)| title.starts_with(clause)).map(|(_, answer, _)| answer)
    };
    let carries = |clause: &str, state: &str| {
        format!("kind = 'service', clauses = [{{ clause = '{clause}', state = '{state}' }}]")
    };
    assert_eq!(of("kind = 'service'", "Confidentiality"), Some("unknown"), "not looked through is not absent");
    assert_eq!(of(&carries("confidentiality", "absent"), "Confidentiality"), Some("missing"));
    assert_eq!(of(&carries("confidentiality", "present"), "Confidentiality"), Some("met"));
    assert_eq!(of("kind = 'nda', important = false, outside_storage = false", "Confidentiality"), None);
    assert_eq!(of("kind = 'nda'", "Confidentiality"), Some("unknown"), "it may be important: nobody said");
    assert_eq!(of("kind = 'service', outside_storage = false", "Penalties"), None);
    assert_eq!(of("kind = 'service', outside_storage = true", "Penalties"), Some("unknown"));
    assert_eq!(of("kind = 'service'", "Retainer"), None, "useful, but demanded of none");
}

#[test]
fn tables_and_registers_speak_of_the_same_clauses_and_documents() {
    let catalog = Catalog::load(&real_files()).unwrap();
    let options = |register: &str, field: &str, sub: Option<&str>| -> BTreeSet<String> {
        let field = catalog.register_by_key(register).unwrap().field(field).unwrap();
        let field = sub.map_or(field, |sub| field.rows().iter().find(|f| f.key == sub).unwrap());
        field.options().iter().map(|o| o.key.clone()).collect()
    };
    let clauses: BTreeSet<String> = catalog.clauses.iter().map(|c| c.key.clone()).collect();
    assert_eq!(clauses, options("contract", "clauses", Some("clause")));
    let documents: BTreeSet<String> = catalog.documents.iter().map(|d| d.no.to_lowercase()).collect();
    assert_eq!(documents.len(), 37);
    assert!(documents.is_subset(&options("document", "covers", None)));
    let levels = options("document", "level", None);
    let approvers = options("document", "approver_level", None);
    for d in &catalog.documents {
        assert!(levels.contains(&d.level), "{}: {}", d.no, d.level);
        assert!(d.approver == "institution" || approvers.contains(&d.approver), "{}: {}", d.no, d.approver);
    }
    for item in &catalog.items {
        for part in &item.parts {
            part.proof.walk(&mut |p| match p {
                ProofDef::Contracts(d) => {
                    let clause = catalog.clause(&d.contracts).unwrap();
                    assert_ne!(clause.scope, "false", "{}: {} is demanded of none", item.id, clause.key);
                }
                ProofDef::Clause(d) if !d.documents.is_empty() => {
                    let own = catalog.item(&d.clause).unwrap();
                    let served = |no: &String| own.documents.contains(no) || own.parent.is_some();
                    assert!(
                        d.documents.iter().any(served),
                        "{}: tables/documents.toml ties none of {:?} to it",
                        d.clause,
                        d.documents
                    );
                }
                _ => {}
            });
        }
    }
}

#[test]
fn a_clock_runs_from_the_day_somebody_knew() {
    let rules = Rules::load(&real_files());
    let due = |f: &str| -> Vec<String> {
        let text = format!("r = [{{ register = 'leak-report', state = 'in-scope', f = {{ title = '漏えい', {f} }} }}]");
        let world = world(&rules, &text);
        let evaluator = rules.judge(&world, today(), None);
        let version = world.latest(akashi_domain::notation::id(0x1000, 0)).unwrap();
        let said = |r: &akashi_domain::verdict::demand::Running| {
            let done = if r.done.is_some() { " done" } else { "" };
            format!("{} {}{}{done}", r.clock.key, r.due, if r.entered { " entered" } else { "" })
        };
        evaluator.clocks(version).iter().map(said).collect()
    };
    let aware = "aware_at = '2026-11-01 23:30'";
    assert_eq!(due(aware), ["leak-prompt 2026-11-06", "leak-final 2026-12-01"], "runs before anybody judged");
    assert_eq!(due(&format!("{aware}, cases = ['sensitive', 'wrongful']"))[1], "leak-final 2026-12-31", "the longest");
    assert_eq!(due(&format!("{aware}, cases = ['none']")), Vec::<String>::new());
    assert_eq!(
        due(&format!("{aware}, cases = ['property'], prompt_due = '2026-11-04', prompt_sent = '2026-11-03'"))[0],
        "leak-prompt 2026-11-04 entered done"
    );
    assert_eq!(due("cases = ['property']"), Vec::<String>::new(), "nobody wrote down when");
    let text = "r = [{ register = 'leak-report', state = 'in-scope', f = { title = '漏えい', aware_at = '2026-11-01 09:00', cases = ['property'] } }]";
    let evaluator = rules.judge(&world(&rules, text), today(), None);
    let overdue = rules
        .program
        .findings
        .iter()
        .position(|f| rules.catalog.findings[f.finding].key == "leak_prompt_report_overdue");
    assert_eq!(evaluator.finding_count(overdue.unwrap()), 1, "overdue although nobody typed the limit");
}

const OWN: &str = r#"
[[clause]]
key = "confidentiality"
items = ["8.5"]
[[clause]]
key = "own-audit"
asks = { ja = "当院の監査", en = "Our audits" }
items = ["10.4"]
[[document]]
no = "X01"
asks = { ja = "当院の決まり", en = "Our own" }
level = "rule"
approver = "management"
items = ["8.7"]
[[demand]]
key = "has-serial"
register = "device"
title = { ja = "製造番号", en = "Serial" }
items = ["9.2"]
where = ["r.kind == 'server'"]
every = ["has(r.serial)"]
[[clock]]
key = "leak-prompt"
title = { ja = "速報", en = "Prompt" }
says = { ja = "三日", en = "three days" }
days = 3
"#;

const OPTIONS: &str = "extends = \"contract\"\n[[field]]\nkey = \"clauses\"\n[[field.field]]\nkey = \"clause\"\noptions = [{ key = \"own-audit\", ja = \"当院の監査\", en = \"Our audits\" }]\n";
const COVERS: &str = "extends = \"document\"\n[[field]]\nkey = \"covers\"\noptions = [{ key = \"x01\", ja = \"X01 当院\", en = \"X01 Ours\" }]\n";

#[test]
fn an_overlay_adds_demands_and_renews_clocks() {
    let mut files = real_files();
    files.push(file("overlay/tables/own.toml", OWN));
    files.push(file("overlay/registers/contract.toml", OPTIONS));
    files.push(file("overlay/registers/document.toml", COVERS));
    let rules = Rules::load(&files);
    assert!(rules.catalog.clause("confidentiality").unwrap().items.contains(&"8.5".to_owned()));
    assert!(rules.catalog.item("8.7").unwrap().documents.contains(&"X01".to_owned()));
    assert_eq!(rules.catalog.clock("leak-prompt").unwrap().days, 3);
    let two = "r = [{ register = 'device', f = { name = '甲', kind = 'server' } }, { register = 'device', f = { name = '乙', kind = 'terminal' } }]";
    let world = world(&rules, two);
    assert_eq!(demanded(&rules, &world, 0), [("Serial 9.2".to_owned(), "missing", 0)]);
    assert_eq!(demanded(&rules, &world, 1), []);
    assert!(matches!(
        world.latest(akashi_domain::notation::id(0x1000, 0)).unwrap().cell(0),
        Value::Null | Value::Text(_)
    ));
}

#[test]
fn faults_of_demands_are_named() {
    let cases = [
        ("[[clause]]\nkey = \"own\"\nasks = { ja = \"甲\", en = \"a\" }\n", 2, "no such clause in register contract"),
        ("[[clause]]\nkey = \"confidentiality\"\nscope = \"true\"\n", 2, "exists already"),
        ("[[clause]]\nkey = \"own\"\n", 2, "does not say what it asks"),
        (
            "[[document]]\nno = \"X01\"\nasks = { ja = \"甲\", en = \"a\" }\nlevel = \"rule\"\napprover = \"management\"\n",
            2,
            "no such document",
        ),
        ("[[document]]\nno = \"D01\"\nlevel = \"rule\"\n", 2, "exists already"),
        ("[[document]]\nno = \"X01\"\n", 2, "lacks what it asks"),
        ("[[document]]\nno = \"D01\"\nitems = [\"99.9\"]\n", 0, "no item `99.9`"),
        (
            "[[demand]]\nkey = \"x\"\nregister = \"devise\"\ntitle = { ja = \"甲\", en = \"a\" }\nevery = []\n",
            1,
            "devise",
        ),
        (
            "[[demand]]\nkey = \"x\"\nregister = \"device\"\nitems = [\"9.99\"]\ntitle = { ja = \"甲\", en = \"a\" }\nevery = [\"has(r.name)\"]\n",
            1,
            "no item `9.99`",
        ),
        (
            "[[demand]]\nkey = \"x\"\nregister = \"device\"\ntitle = { ja = \"甲\", en = \"a\" }\nevery = [\"has(r.nmae)\"]\n",
            1,
            "nmae",
        ),
        (
            "[[clock]]\nkey = \"leak-final\"\ntitle = { ja = \"甲\", en = \"a\" }\nsays = { ja = \"甲\", en = \"a\" }\ndays = 9\ncases = [{ key = \"huge\" }]\n",
            1,
            "`huge` is no option",
        ),
    ];
    for (text, line, wanted) in cases {
        let mut files = real_files();
        files.push(file("overlay/tables/own.toml", text));
        let faults = match Catalog::load(&files) {
            Err(faults) => faults,
            Ok(catalog) => Program::compile(&catalog).expect_err(wanted),
        };
        let told = faults.iter().find(|f| f.what.contains(wanted) && !f.hint.is_empty());
        let told = told.unwrap_or_else(|| panic!("wanted `{wanted}`, got\n{}", words(&faults)));
        if line > 0 {
            assert_eq!((told.file.as_str(), told.line), ("overlay/tables/own.toml", line), "{told}");
        }
    }
}
