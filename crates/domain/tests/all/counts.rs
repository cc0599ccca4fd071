//! The catalogue is whole: its counts, and item by item what the decomposition (`shared/guideline/items.md`) says.
//! Without that file only the counts are held; a printed line says so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use akashi_domain::catalog::Management;
use akashi_domain::{Catalog, Field, Label};

use super::common::{Rules, real_files};

fn catalog() -> std::sync::Arc<Catalog> {
    Rules::load(&real_files()).catalog
}

/// Looks for the file in `AKASHI_SHARED` and in `shared/` beside any folder above.
fn items_md() -> Option<String> {
    let named = std::env::var_os("AKASHI_SHARED").map(PathBuf::from);
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|dir| dir.join("shared"));
    let found = named.into_iter().chain(above).map(|dir| dir.join("guideline/items.md")).find(|p| p.is_file());
    if found.is_none() {
        println!("SKIPPED: no shared/guideline/items.md above this folder and none in AKASHI_SHARED");
    }
    found.map(|path| std::fs::read_to_string(path).unwrap())
}

fn ids(catalog: &Catalog, wanted: impl Fn(&akashi_domain::catalog::Item) -> bool) -> BTreeSet<String> {
    catalog.items.iter().filter(|i| wanted(i)).map(|i| i.id.clone()).collect()
}

fn set(text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(String::from).collect()
}

/// Every `1.5`, `7.5c` or range `13.2–13.7` of a text, in brackets or not.
fn numbers(text: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '–')) {
        let word = word.trim_matches('.');
        let split = |w: &str| w.split_once('.').map(|(c, n)| (c.to_string(), n.to_string()));
        let is_id = |w: &str| {
            split(w).is_some_and(|(c, n)| c.parse::<u8>().is_ok() && n.starts_with(|d: char| d.is_ascii_digit()))
        };
        match word.split_once('–') {
            Some((first, last)) if is_id(first) && is_id(last) => {
                let (chapter, from) = split(first).unwrap();
                let to: u32 = split(last).unwrap().1.parse().unwrap();
                out.extend((from.parse::<u32>().unwrap()..=to).map(|n| format!("{chapter}.{n}")));
            }
            None if is_id(word) => drop(out.insert(word.to_string())),
            _ => {}
        }
    }
    out
}

/// Text of a section, from its heading to the next of its rank.
fn section<'t>(text: &'t str, heading: &str) -> &'t str {
    let (_, rest) = text.split_once(&format!("\n## {heading}")).unwrap_or_else(|| panic!("no section {heading}"));
    rest.split("\n## ").next().unwrap()
}

const CHAPTERS: [(u8, usize, usize); 16] = [
    (1, 7, 0),
    (2, 6, 0),
    (3, 10, 0),
    (4, 4, 0),
    (5, 4, 0),
    (6, 10, 0),
    (7, 10, 22),
    (8, 12, 0),
    (9, 7, 0),
    (10, 4, 0),
    (11, 10, 0),
    (12, 9, 0),
    (13, 8, 4),
    (14, 2, 13),
    (15, 14, 0),
    (16, 8, 14),
];

const OPERATOR: &str = "1.4 2.2 3.3 4.3 4.4 6.5 9.3 9.4 9.5 10.1 10.4 11.5 12.1 12.4 13.2 13.3 13.4 13.5 13.6 13.7 15.1 15.6 15.7 15.8 15.9 15.10 15.11 15.13 15.14";
const PERIODIC: &str = "1.2 7.2 7.5c 7.8 8.4 8.10 9.3 9.4 9.5 10.4 11.6 11.7 12.5 12.8 13.7 14.1f 15.6 15.12 15.14";
const APPROVE: &str = "1.5 2.1 3.1 3.2 3.3 4.1 8.4 11.1";
const REPORT_AND_APPROVE: &str = "3.4 3.5 6.8 6.10 7.5 7.8 9.7 10.3 11.7 11.10 12.2 12.5 13.7 15.1 15.7 15.14";
const REPORT: &str = "4.4 6.1 6.9 7.2 11.8 12.8";
const CODES: &str = "SYS LAW ITM ORG DOC MGR DIR CAP EVD LRV INF RSK EDC PER TRN PTN CMP VEN CON VAS VRP DMC TPP DSC LOC ENT TKO ONS EXA DSP AST SWL SVC BYO STK VUL NET MNT MED STO QLT PRC CHK AUD MCL INC LEK CTC BCP DRL UID PRV SID RGT IDI PXY SIG QUA TSR SCN SCP OBJ RXD";

#[test]
fn items_and_sub_duties() {
    let catalog = catalog();
    let (subs, items): (Vec<_>, Vec<_>) = catalog.items.iter().partition(|i| i.parent.is_some());
    assert_eq!((items.len(), subs.len(), catalog.items.len()), (125, 53, 178));
    assert_eq!(catalog.chapters.iter().map(|c| c.number).collect::<Vec<_>>(), (1..=16).collect::<Vec<u8>>());
    for (chapter, own, sub) in CHAPTERS {
        let count = |all: &[&akashi_domain::catalog::Item]| all.iter().filter(|i| i.chapter() == chapter).count();
        assert_eq!((count(&items), count(&subs)), (own, sub), "chapter {chapter}");
    }
    for sub in subs {
        let parent = sub.parent.as_deref().unwrap();
        assert!(catalog.item(parent).is_some() && sub.id.starts_with(parent), "{} is no sub-duty of {parent}", sub.id);
    }
    // An item that is nothing but its sub-duties is judged by them.
    let parents: BTreeSet<&str> = catalog.items.iter().filter_map(|i| i.parent.as_deref()).collect();
    let bare = ids(&catalog, |i| i.parts.is_empty() && !parents.contains(i.id.as_str()));
    assert!(bare.is_empty(), "items without a part: {bare:?}");
}

#[test]
fn management_operators_periods_and_simplification() {
    let catalog = catalog();
    let management = |wanted: Management| ids(&catalog, |i| i.management == wanted);
    assert_eq!(management(Management::Approve), set(APPROVE));
    assert_eq!(management(Management::ReportAndApprove), set(&format!("{REPORT_AND_APPROVE} 10.4")));
    assert_eq!(set(APPROVE).len() + set(REPORT_AND_APPROVE).len() + 1, 25);
    assert_eq!(management(Management::Confirm), set("1.3"));
    assert_eq!(management(Management::Report), set(REPORT));
    assert_eq!(management(Management::Prepare), set("6.6 6.7"));
    assert_eq!((ids(&catalog, |i| i.operator), set(OPERATOR).len()), (set(OPERATOR), 29));
    assert_eq!((ids(&catalog, |i| i.period.is_some()), set(PERIODIC).len()), (set(PERIODIC), 19));
    let cover = |wanted: &str| ids(&catalog, |i| i.simplify.as_deref() == Some(wanted));
    assert_eq!(cover("4.4"), set("4.3 4.4"));
    assert_eq!(cover("ch5"), set("5.1 5.2 5.3 5.4"));
    assert_eq!(cover("ch15"), set("15.1 15.2 15.3 15.5 15.9 15.10 15.11 15.12 15.14"));
    assert_eq!(ids(&catalog, |i| i.simplify.is_some()).len(), 15);
}

#[test]
fn every_gate_of_management_has_a_part_that_asks_for_it() {
    let catalog = catalog();
    for item in catalog.items.iter().filter(|i| !matches!(i.management, Management::None | Management::Prepare)) {
        let kinds: BTreeSet<&str> = item.parts.iter().map(|p| p.kind.as_str()).collect();
        assert!(kinds.contains("DEC") || kinds.contains("RPT"), "{} has no part for management: {kinds:?}", item.id);
    }
}

#[test]
fn registers_and_what_items_name() {
    let catalog = catalog();
    let own: Vec<&str> = catalog.registers.iter().filter(|r| !r.system).map(|r| r.code.as_str()).collect();
    assert_eq!(own.len(), 63);
    assert_eq!(own.iter().map(|c| c.to_string()).collect::<BTreeSet<_>>(), set(CODES));
    let system: BTreeSet<&str> = catalog.registers.iter().filter(|r| r.system).map(|r| r.key.as_str()).collect();
    let wanted = ["mechanism-test", "nil-declaration", "override", "period-rule", "profile", "review"];
    assert!(wanted.iter().all(|key| system.contains(key)), "{system:?}");
    let mut starters: Vec<u8> = catalog.registers.iter().filter_map(|r| r.starter).collect();
    starters.sort_unstable();
    assert_eq!(starters, (1..=9).collect::<Vec<u8>>());
    let known: BTreeSet<&str> = catalog.items.iter().map(|i| i.id.as_str()).collect();
    let kinds = set("REG DOC REV RPT TRN CTR TEC ORD DEC");
    for item in &catalog.items {
        for register in &item.registers {
            assert!(catalog.register_ix(register).is_some(), "{}: no register {register}", item.id);
        }
        if let Some(period) = &item.period {
            assert!(catalog.period(period).is_some(), "{}: no period {period}", item.id);
        }
        assert!(item.parts.iter().all(|p| kinds.contains(&p.kind)), "{}: a part of no known kind", item.id);
    }
    let named = catalog.registers.iter().map(|r| (&r.key, &r.items));
    let named = named.chain(catalog.findings.iter().map(|f| (&f.key, &f.items)));
    let named = named.chain(catalog.facts.iter().map(|f| (&f.key, &f.items)));
    for (key, items) in named.chain(catalog.periods.iter().map(|p| (&p.key, &p.items))) {
        let odd: Vec<_> = items.iter().filter(|i| !known.contains(i.as_str())).collect();
        assert!(odd.is_empty(), "{key} names items that are not there: {odd:?}");
    }
}

#[test]
fn every_text_is_there_in_both_languages() {
    let catalog = catalog();
    let mut labels: Vec<(String, &Label)> = Vec::new();
    for item in &catalog.items {
        labels.push((format!("item {}", item.id), &item.title));
        labels.extend(item.conditional.iter().map(|c| (format!("item {}, conditional", item.id), c)));
        let parts = item.parts.iter().enumerate();
        labels.extend(parts.map(|(n, p)| (format!("part {}#{}", item.id, n + 1), &p.says)));
    }
    for register in &catalog.registers {
        let of = |what: &str| format!("{}, {what}", register.key);
        labels.extend([(of("title"), &register.title), (of("about"), &register.about)]);
        labels.extend(register.states.iter().map(|s| (of(&s.key), &s.title)));
        labels.extend(register.moves.iter().flat_map(|m| {
            [Some((of(&m.key), &m.title)), m.why.as_ref().map(|w| (of(&m.key), w))].into_iter().flatten()
        }));
        fn fields<'c>(register: &str, fields: &'c [Field], out: &mut Vec<(String, &'c Label)>) {
            for field in fields {
                out.push((format!("{register}, {}", field.key), &field.title));
                out.extend(field.help.iter().map(|h| (format!("{register}, {} help", field.key), h)));
                out.extend(field.options().iter().map(|o| (format!("{register}, {} {}", field.key, o.key), &o.title)));
                fields_of(register, field, out);
            }
        }
        fn fields_of<'c>(register: &str, field: &'c Field, out: &mut Vec<(String, &'c Label)>) {
            fields(register, field.rows(), out);
        }
        fields(&register.key, register.fields(), &mut labels);
        labels.extend(register.derived.iter().map(|d| (of(&d.field.key), &d.field.title)));
    }
    labels.extend(catalog.findings.iter().flat_map(|f| [(f.key.clone(), &f.title), (f.key.clone(), &f.why)]));
    labels.extend(catalog.facts.iter().flat_map(|f| [(f.key.clone(), &f.title), (f.key.clone(), &f.asks)]));
    labels.extend(catalog.periods.iter().map(|p| (p.key.clone(), &p.title)));
    labels.extend(catalog.roles.roles.iter().map(|r| (r.key.clone(), &r.title)));
    labels.extend(catalog.chapters.iter().map(|c| (format!("chapter {}", c.number), &c.title)));
    assert!(labels.len() > 3000, "only {} texts found", labels.len());
    let mut faults = Vec::new();
    for (place, label) in labels {
        let japanese = |t: &str| t.chars().any(|c| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}'));
        if label.ja.trim().is_empty() || label.en.trim().is_empty() {
            faults.push(format!("{place}: a text is missing"));
        } else if label.ja == label.en && japanese(&label.ja) {
            faults.push(format!("{place}: `{}` stands for both languages", label.ja));
        } else if label.ja == label.en && label.en.contains(' ') {
            faults.push(format!("{place}: `{}` is not translated", label.en));
        } else if !place.ends_with(" help") && label.en.chars().any(|c| matches!(c, '\u{3040}'..='\u{30ff}')) {
            faults.push(format!("{place}: kana in English `{}`", label.en));
        }
    }
    assert!(faults.is_empty(), "{} texts:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_decomposition_says_the_same() {
    let Some(text) = items_md() else { return };
    let catalog = catalog();
    let rows: Vec<Vec<&str>> = section(&text, "4. The items")
        .lines()
        .filter(|l| l.starts_with("| ") && l.matches('|').count() >= 10)
        .map(|l| l.trim_matches(['|', ' ']).split('|').map(str::trim).collect())
        .filter(|row: &Vec<&str>| row[0].starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    let listed: Vec<&str> = rows.iter().map(|r| r[0]).collect();
    let ours: Vec<&str> = catalog.items.iter().map(|i| i.id.as_str()).collect();
    assert_eq!(listed.iter().collect::<BTreeSet<_>>(), ours.iter().collect::<BTreeSet<_>>());
    assert_eq!(listed, ours, "items stand in the printed order");
    let simplified: BTreeSet<String> =
        rows.iter().filter(|r| r[8].starts_with('簡')).map(|r| r[0].to_string()).collect();
    assert_eq!(ids(&catalog, |i| i.simplify.is_some()), simplified);
    let numbered: BTreeMap<&str, usize> = rows.iter().map(|r| (r[0], duties(r[4]))).collect();
    for item in &catalog.items {
        assert!(
            item.parts.len() >= numbered[item.id.as_str()],
            "{} has {} parts, the decomposition numbers {}",
            item.id,
            item.parts.len(),
            numbered[item.id.as_str()]
        );
    }
    gates(&catalog, section(&text, "5. Management"));
    cycles(&catalog, section(&text, "6. Period"));
    let operators = text.lines().find(|l| l.starts_with("- Items naming 担当者")).unwrap();
    let listed = operators.split_once(": 29").unwrap().1;
    assert_eq!(ids(&catalog, |i| i.operator), numbers(listed));
    let codes: BTreeSet<String> = section(&text, "7. Registers")
        .lines()
        .filter_map(|l| l.strip_prefix("**")?.split_once(' ').map(|(code, _)| code))
        .filter(|c| c.len() == 3 && c.bytes().all(|b| b.is_ascii_uppercase()))
        .map(String::from)
        .collect();
    assert_eq!(codes, set(CODES), "the codes of §7");
}

/// How many duties a cell numbers: `1 REG …; 2 DEC …`.
fn duties(cell: &str) -> usize {
    if cell.starts_with("parent of") {
        return 0;
    }
    let mut n = 0;
    for piece in cell.split(';') {
        if piece.trim_start().starts_with(&format!("{} ", n + 1)) {
            n += 1;
        }
    }
    n.max(1)
}

fn gates(catalog: &Catalog, section: &str) {
    let cell = |head: &str| {
        let line =
            section.lines().find(|l| l.starts_with(&format!("| {head}"))).unwrap_or_else(|| panic!("no row {head}"));
        numbers(line.split('|').nth(2).unwrap())
    };
    let ours = |wanted: Management| ids(catalog, |i| i.management == wanted);
    assert_eq!(ours(Management::Approve), cell("Approval of a document"));
    let both: BTreeSet<String> = cell("Report **and** approval").union(&cell("Both: plan approved")).cloned().collect();
    assert_eq!(ours(Management::ReportAndApprove), both);
    assert_eq!(ours(Management::Confirm), cell("Report and 確認"));
    assert_eq!(ours(Management::Report), cell("Report only"));
    assert_eq!(ours(Management::Prepare), cell("Material prepared"));
}

fn cycles(catalog: &Catalog, section: &str) {
    let cell = |head: &str| numbers(section.lines().find(|l| l.starts_with(head)).unwrap().split('|').nth(2).unwrap());
    let regular: BTreeSet<String> =
        cell("| 「定期的」, length").union(&cell("| 「定期的」 during an event")).cloned().collect();
    assert_eq!(ids(catalog, |i| i.period.is_some()), regular);
}
