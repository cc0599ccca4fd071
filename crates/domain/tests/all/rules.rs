//! Rules that hold for all proofs: periods, exceptions, older arrangements, nil declarations, stale decisions,
//! shares, simplification.

use akashi_domain::verdict::{Judged, Progress, Verdict};
use akashi_domain::{Value, World};

use super::common::{Rules, day, file, next, real_files, revise, today, world};
use super::small;

use Judged::{Insufficient, NotApplicable, NotSatisfied, Overridden, Satisfied};

fn verdict(rules: &Rules, world: &World, part: &str, as_of: &str) -> Verdict {
    rules.judge(world, day(as_of), None).verdict(rules.part(part))
}

fn remarks(verdict: &Verdict) -> Vec<&str> {
    verdict.remarks.iter().map(|r| r.en.as_str()).collect()
}

#[test]
fn a_period_is_the_hospitals_own_up_to_its_ceiling() {
    let rules = small::rules();
    let approved = "{ register = 'decision', id = 'd', state = 'approved', f = { kind = 'approve' } }";
    let drafted = "{ register = 'decision', id = 'd', state = 'drafted', f = { kind = 'approve' } }";
    let rule = |state: &str, f: &str| {
        format!("{{ register = 'period-rule', state = '{state}', f = {{ period = 'often', {f} }} }}")
    };
    let cases = [
        (vec![], "6m"),
        (vec![rule("in-force", "length = '3m'")], "3m"),
        (vec![rule("in-force", "length = '1y'")], "1y"),
        (vec![rule("in-force", "length = '12m'")], "1y"),
        (vec![rule("in-force", "length = '366d'")], "6m"),
        (vec![rule("in-force", "length = '2y'")], "6m"),
        (vec![rule("in-force", "length = '2y', reason = '理由'")], "6m"),
        (vec![rule("in-force", "length = '2y', approval = '@d'"), approved.into()], "6m"),
        (vec![rule("in-force", "length = '2y', reason = '理由', approval = '@d'"), approved.into()], "2y"),
        (vec![rule("in-force", "length = '2y', reason = '理由', approval = '@d'"), drafted.into()], "6m"),
        (vec![rule("in-force", "length = '2y', reason = '理由', approval = '決裁第3号'")], "6m"),
        (vec![rule("draft", "length = '3m'")], "6m"),
        (vec![rule("in-force", "length = '毎年'")], "6m"),
        (vec![rule("in-force", "length = '1y'"), rule("in-force", "length = '4m'")], "4m"),
    ];
    for (records, wanted) in cases {
        let world = world(&rules, &format!("r = [{}]", records.join(", ")));
        let period = rules.judge(&world, today(), None).period("often").unwrap();
        assert_eq!(period.to_string(), wanted, "{records:?}");
    }
}

#[test]
fn a_longer_period_lapses_with_its_approval() {
    let rules = small::rules();
    let mut world = world(
        &rules,
        r#"r = [
          { register = "decision", id = "d", state = "approved", f = { kind = "approve" } },
          { register = "period-rule", state = "in-force", f = { period = "often", length = "2y", reason = "理由", approval = "@d" } },
          { register = "thing", f = { bought = "2020", checked = "2025-11-01" } },
        ]"#,
    );
    let mut live = rules.judge(&world, today(), None);
    let checked = rules.part("1.2#1");
    assert_eq!((live.value(checked), live.verdict(checked).lapses_at), (Satisfied, Some(day("2027-11-02"))));
    revise(&mut world, 0, None, "2026-05-01", |v| v.state = "void".into());
    live.learn(&world, akashi_domain::notation::id(0x1000, 0));
    assert_eq!(live.value(checked), NotSatisfied, "half a year again");
}

#[test]
fn a_later_review_that_came_out_badly_overtakes_an_earlier_one() {
    let rules = small::rules();
    let review = |on: &str, result: &str| {
        format!(
            "{{ register = 'review', f = {{ target = 'thing', purpose = 'p', reviewer = '甲', population = 1, reviewed_on = '{on}', result = '{result}' }} }}"
        )
    };
    let good = review("2026-08-01", "ok");
    let cases = [
        (vec![good.clone()], Satisfied),
        (vec![good.clone(), review("2026-10-01", "not-ok")], NotSatisfied),
        (vec![good.clone(), review("2026-07-01", "not-ok")], Satisfied),
        (vec![good.clone(), review("2027-01-01", "not-ok")], Satisfied),
        (vec![good.clone(), review("2026-10-01", "not-ok"), review("2026-10-02", "ok")], Satisfied),
        // Which was first nobody knows: never a pass.
        (vec![good, review("2026-08", "not-ok")], Insufficient),
    ];
    for (rows, wanted) in cases {
        let world = world(&rules, &format!("r = [{}]", rows.join(", ")));
        assert_eq!(verdict(&rules, &world, "1.37#1", "2026-11-22").value, wanted, "{rows:?}");
    }
}

#[test]
fn exceptions_are_approved_and_end() {
    let rules = small::rules();
    let decision =
        |state: &str| format!("{{ register = 'decision', id = 'd', state = '{state}', f = {{ kind = 'approve' }} }}");
    let over = |f: &str| {
        format!("{{ register = 'override', code = 'OVR-1', state = 'in-force', f = {{ item = '1.1', {f} }} }}")
    };
    let whole = "part = 1, reason = '更新待ち', approval = '@d', until = '2027-03'";
    let cases = [
        (over(whole), decision("approved"), "2026-11-22", Overridden),
        (over(whole), decision("approved"), "2027-03-31", Overridden),
        (over(whole), decision("approved"), "2027-04-01", NotSatisfied),
        (over(whole), decision("drafted"), "2026-11-22", NotSatisfied),
        (
            over("reason = '更新待ち', approval = '@d', until = '2027-03'"),
            decision("approved"),
            "2026-11-22",
            Overridden,
        ),
        (
            over("part = 2, reason = '更新待ち', approval = '@d', until = '2027-03'"),
            decision("approved"),
            "2026-11-22",
            NotSatisfied,
        ),
        (over("part = 1, approval = '@d', until = '2027-03'"), decision("approved"), "2026-11-22", NotSatisfied),
        (over("part = 1, reason = '更新待ち', until = '2027-03'"), decision("approved"), "2026-11-22", NotSatisfied),
        (over("part = 1, reason = '更新待ち', approval = '@d'"), decision("approved"), "2026-11-22", NotSatisfied),
    ];
    for (over, decision, as_of, wanted) in cases {
        let world = world(&rules, &format!("r = [{over}, {decision}]"));
        let verdict = verdict(&rules, &world, "1.1#1", as_of);
        assert_eq!(verdict.value, wanted, "{over} {decision} on {as_of}");
        if wanted == Overridden {
            assert_eq!(verdict.lapses_at, Some(day("2027-04-01")));
            assert!(verdict.because.en.contains("OVR-1") && verdict.because.ja.contains("2027-03-31"));
        }
    }
    // Of two the longer one counts, and the part's own proof when both ended.
    let both = format!(
        "{}, {}, {}",
        over(whole),
        over("part = 1, reason = '再', approval = '@d', until = '2027-06-30'"),
        decision("approved")
    );
    let world = world(&rules, &format!("r = [{both}]"));
    assert_eq!(verdict(&rules, &world, "1.1#1", "2026-11-22").lapses_at, Some(day("2027-07-01")));
}

#[test]
fn older_arrangements_are_met_by_a_review_dated_since() {
    // The first record is of 2026-04-01: that is the day of adoption.
    let thing = |from: &str| format!("{{ register = 'thing', id = 't', f = {{ kind = 'b', from = '{from}' }} }}");
    let review = |f: &str| format!("{{ register = 'review', f = {{ target = 'thing', subject = '@t', {f} }} }}");
    let approved = "{ register = 'decision', id = 'm', state = 'approved', f = { kind = 'approve', decisions = [{ name = '院長', decided_at = '2026-10-05 10:00', vote = 'approve' }] } }";
    let noted = "{ register = 'decision', id = 'm', state = 'approved', f = { kind = 'approve', decisions = [{ name = '院長', decided_at = '2026-10-05 10:00', vote = 'noted' }] } }";
    let good = "purpose = 'legacy', reviewer = '甲', reviewed_on = '2026-10-01', result = 'ok', approval = '@m'";
    let early = "purpose = 'legacy', reviewer = '甲', reviewed_on = '2026-03-01', result = 'ok', approval = '@m'";
    let item = small::item("9.1", r#"{ records = "thing", every = ["r.kind == 'a'"], legacy = { before = "from" } }"#);
    let rules = small::with_items(&[file("editions/small/90.toml", &item)]);
    let cases = [
        (thing("2024-04-01"), review(good), "2026-11-22", Satisfied),
        (thing("2024-04-01"), review(good), "2026-09-30", NotSatisfied),
        (
            thing("2024-04-01"),
            review("purpose = 'legacy', reviewed_on = '2026-10-01', result = 'ok', approval = '@m'"),
            "2026-11-22",
            NotSatisfied,
        ),
        (
            thing("2024-04-01"),
            review("purpose = 'legacy', reviewer = '甲', reviewed_on = '2026-10-01', result = 'ok'"),
            "2026-11-22",
            NotSatisfied,
        ),
        (thing("2024-04-01"), review(early), "2026-11-22", NotSatisfied),
        (
            thing("2024-04-01"),
            review("purpose = 'other', reviewer = '甲', reviewed_on = '2026-10-01', result = 'ok', approval = '@m'"),
            "2026-11-22",
            NotSatisfied,
        ),
        (
            thing("2024-04-01"),
            review(
                "purpose = 'legacy', reviewer = '甲', reviewed_on = '2026-10-01', result = 'not-ok', approval = '@m'",
            ),
            "2026-11-22",
            NotSatisfied,
        ),
        (thing("2026-04-01"), review(good), "2026-11-22", NotSatisfied),
        (thing("2026-03-31"), review(good), "2026-11-22", Satisfied),
        (thing("2026"), review(good), "2026-11-22", NotSatisfied),
    ];
    for (thing, review, as_of, wanted) in cases {
        let unapproved = world(&rules, &format!("r = [{thing}, {review}, {noted}]"));
        assert_eq!(verdict(&rules, &unapproved, "9.1#1", as_of).value, NotSatisfied);
        let world = world(&rules, &format!("r = [{thing}, {review}, {approved}]"));
        let verdict = verdict(&rules, &world, "9.1#1", as_of);
        assert_eq!(verdict.value, wanted, "{thing} {review} on {as_of}");
        let said = remarks(&verdict).contains(&"Includes arrangements older than Akashi");
        assert_eq!(said, wanted == Satisfied, "{thing}: {:?}", verdict.remarks);
    }
}

#[test]
fn a_nil_declaration_is_believed_until_something_contradicts_it() {
    let proof = r#"{ event = "deed", where = ["r.result == 'ng'"], every = ["r.status == 'done'"], nil = "none",
        within = "often", contrary = [{ register = "thing", where = [{ over = "to" }], live = true }] }"#;
    let rules = small::with_items(&[file("editions/small/90.toml", &small::item("9.1", &proof.replace('\n', " ")))]);
    let nil = |f: &str| {
        format!(
            "{{ register = 'nil-declaration', f = {{ subject = 'none', declared_by = '甲', basis = '記録', {f} }} }}"
        )
    };
    let good = "declared_on = '2026-10-01', period = { from = '2025-10-01', to = '2026-09-30' }";
    let handled = "{ register = 'deed', state = 'done', f = { result = 'ng', on = '2026-08-01' } }";
    let open = "{ register = 'deed', state = 'open', f = { result = 'ng', on = '2026-08-01' } }";
    let overdue = "{ register = 'thing', f = { to = '2026-05-01' } }";
    let undated = "{ register = 'thing', f = { no = '1' } }";
    let cases = [
        (vec![], Insufficient),
        (vec![nil(good)], Satisfied),
        // Of no time, of a week out of half a year, on no ground.
        (vec![nil("declared_on = '2026-10-01'")], Insufficient),
        (vec![nil("declared_on = '2026-10-01', period = { from = '2026-09-24', to = '2026-09-30' }")], Insufficient),
        (vec![nil("declared_on = '2026-10-01', period = { from = '2026-04-01', to = '2026-09-30' }")], Satisfied),
        (vec![nil(good).replace("basis = '記録', ", "")], Insufficient),
        (vec![nil(&good.replace("2026-10-01", "2026-01-01"))], Insufficient),
        (vec![nil("declared_on = '2026-10-01', period = { from = '2023-01-01', to = '2023-12-31' }")], Insufficient),
        (vec![nil(good).replace("declared_by = '甲', ", "")], Insufficient),
        (vec![nil(good), overdue.into()], NotSatisfied),
        (vec![nil(good), undated.into()], Insufficient),
        (vec![nil(good), open.into()], NotSatisfied),
        (vec![handled.into()], Satisfied),
        (vec![handled.into(), open.into()], NotSatisfied),
    ];
    for (records, wanted) in cases {
        let world = world(&rules, &format!("r = [{}]", records.join(", ")));
        assert_eq!(verdict(&rules, &world, "9.1#1", "2026-11-22").value, wanted, "{records:?}");
    }
}

#[test]
fn an_approval_goes_stale_when_its_text_changes() {
    let item = small::item("9.1", r#"{ decision = "report", item = "1.2", subjects = "thing" }"#);
    let rules = small::with_items(&[file("editions/small/90.toml", &item)]);
    let part = "9.1#1";
    let mut world = world(
        &rules,
        r#"r = [
          { register = "thing", id = "t", f = { name = "規程 第1版", note = "下書き" } },
          { register = "decision", state = "approved", f = { kind = "report", items = ["1.2"], effective_on = "2026-05-01",
            decisions = [{ name = "院長", decided_at = "2026-05-01 10:00", vote = "noted" }],
            subjects = [{ record = "@t", digest = "first" }] } },
        ]"#,
    );
    let thing = akashi_domain::notation::id(0x1000, 0);
    let mut first = (**world.latest(thing).unwrap()).clone();
    first.digest = "first".into();
    world.insert(first);
    let mut live = rules.judge(&world, today(), None);
    assert_eq!(live.value(rules.part(part)), Satisfied);
    // The note is not material.
    let note = rules.catalog.register_by_key("thing").unwrap().field_ix("note").unwrap();
    let mut version = next(&world, thing);
    (version.digest, version.cells[note]) = ("second".into(), Value::Text("誤字を直した".into()));
    world.insert(version);
    live.learn(&world, thing);
    assert_eq!(live.value(rules.part(part)), Satisfied);
    let mut version = next(&world, thing);
    (version.digest, version.cells[0]) = ("third".into(), Value::Text("規程 第2版".into()));
    world.insert(version);
    live.learn(&world, thing);
    let stale = live.verdict(rules.part(part));
    assert_eq!(stale.value, NotSatisfied);
    assert!(stale.because.en.contains("has changed since"), "{}", stale.because.en);
    // Put back as it was approved, the approval holds again.
    let mut version = next(&world, thing);
    (version.digest, version.cells[0]) = ("fourth".into(), Value::Text("規程 第1版".into()));
    world.insert(version);
    live.learn(&world, thing);
    assert_eq!(live.value(rules.part(part)), Satisfied);
}

#[test]
fn taking_note_is_no_approval() {
    let decision = |kind: &str, state: &str, vote: &str, on: &str| {
        format!(
            "r = [{{ register = 'decision', state = '{state}', f = {{ kind = '{kind}', items = ['1.1'], effective_on = '{on}', decisions = [{{ name = '院長', decided_at = '2026-10-01 09:00', {vote} }}] }} }}]"
        )
    };
    let cases = [
        ("approve", "approved", "vote = 'approve'", "2026-10-01", Satisfied),
        ("report-and-approve", "approved", "vote = 'approve'", "2026-10-01", Satisfied),
        ("approve", "approved", "vote = 'noted'", "2026-10-01", NotSatisfied),
        ("approve", "approved", "vote = 'reject'", "2026-10-01", NotSatisfied),
        ("report", "approved", "vote = 'approve'", "2026-10-01", NotSatisfied),
        ("approve", "drafted", "vote = 'approve'", "2026-10-01", NotSatisfied),
        ("approve", "approved", "", "2026-10-01", Insufficient),
        ("approve", "approved", "vote = 'approve'", "2026-12-01", NotSatisfied),
    ];
    for (kind, state, vote, on, wanted) in cases {
        let text = decision(kind, state, vote, on);
        let item = small::item("9.1", r#"{ decision = "approve", item = "1.1" }"#);
        let rules = small::with_items(&[file("editions/small/90.toml", &item)]);
        assert_eq!(verdict(&rules, &world(&rules, &text), "9.1#1", "2026-11-22").value, wanted, "{text}");
    }
}

#[test]
fn alternatives_and_parts_that_do_not_apply_are_no_pass() {
    let answered = |big: bool| {
        format!(
            "r = [{{ register = 'profile', state = 'confirmed', f = {{ fact = 'big', answer = {big}, confirmed_by = '甲', confirmed_on = '2026-10-01' }} }}]"
        )
    };
    let cases = [
        (
            r#"{ any_of = [{ when = "facts.big", then = { records = "deed" } }, { records = "thing" }] }"#,
            false,
            NotSatisfied,
        ),
        (
            r#"{ any_of = [{ when = "facts.big", then = { records = "profile" } }, { records = "thing" }] }"#,
            true,
            Satisfied,
        ),
        (r#"{ any_of = [{ when = "facts.big", then = { records = "deed" } }] }"#, false, NotApplicable),
        (
            r#"{ all = [{ when = "facts.big", then = { records = "deed" } }, { records = "profile" }] }"#,
            false,
            Satisfied,
        ),
        (r#"{ all = [{ when = "facts.big", then = { records = "deed" } }] }"#, false, NotApplicable),
        (r#"{ when = "facts.shared", then = { records = "deed" } }"#, true, Insufficient),
    ];
    for (proof, big, wanted) in cases {
        let rules = small::with_items(&[file("editions/small/90.toml", &small::item("9.1", proof))]);
        let world = world(&rules, &answered(big));
        assert_eq!(verdict(&rules, &world, "9.1#1", "2026-11-22").value, wanted, "{proof}");
        // The answer is good for a year; then nobody knows.
        let then = verdict(&rules, &world, "9.1#1", "2027-10-02");
        assert!(!matches!(then.value, NotApplicable), "{proof}: {then:?}");
    }
    for empty in [r#"{ all = [] }"#, r#"{ any_of = [] }"#, r#"{ records = "thing", at_least = 0 }"#] {
        let mut files = small::files();
        files.push(file("editions/small/90.toml", &small::item("9.1", empty)));
        let catalog = akashi_domain::Catalog::load(&files).unwrap();
        let faults = akashi_domain::verdict::Program::compile(&catalog).expect_err(empty);
        assert!(faults[0].what.contains("the proof asks nothing"), "{}", faults[0]);
    }
}

#[test]
fn what_is_unmet_is_not_begun_planned_or_deficient() {
    let rules = small::rules();
    let plan =
        |date: &str| format!("{{ register = 'compliance-item', f = {{ item_no = '1.1', target_date = '{date}' }} }}");
    let nameless = "{ register = 'thing', f = { no = '1' } }".to_string();
    let cases = [
        (vec![], Progress::NotStarted),
        (vec![nameless.clone()], Progress::Deficient),
        (vec![plan("2027-03")], Progress::Planned { until: day("2027-03-31") }),
        (vec![plan("2026-11-21")], Progress::NotStarted),
        (vec![nameless, plan("2026-11-22")], Progress::Planned { until: today() }),
    ];
    for (records, wanted) in cases {
        let world = world(&rules, &format!("r = [{}]", records.join(", ")));
        assert_eq!(verdict(&rules, &world, "1.1#1", "2026-11-22").progress, Some(wanted), "{records:?}");
    }
}

#[test]
fn a_simplified_item_needs_pattern_and_clause_and_lapses_with_the_contract() {
    let rules = Rules::load(&real_files());
    let system = |f: &str| format!("{{ register = 'system', f = {{ name = '電子カルテ', {f} }} }}");
    let good = "pattern = 'II', pattern_basis = '構成図を事業者と確認', vendor = '@v'";
    let contract = |f: &str, clause: &str| {
        format!(
            "{{ register = 'contract', state = 'signed', f = {{ vendor = '@v', {f} clauses = [{{ clause = '{clause}', state = 'present' }}] }} }}"
        )
    };
    let report = |f: &str| {
        format!(
            "{{ register = 'vendor-report', state = 'checked', f = {{ vendor = '@v', contents = '証跡の管理', {f} }} }}"
        )
    };
    let checked = report("received = '2026-06-01', checked_by = '@p'");
    let dated = "from = '2025-04-01', to = '2027-03-31',";
    let ch5 = "simplification-ch5";
    let cases = [
        (system(good), contract(dated, ch5), true),
        (system(&good.replace("'II'", "'IV'")), contract(dated, ch5), true),
        (system(&good.replace("'II'", "'I'")), contract(dated, ch5), false),
        (system(&good.replace(", pattern_basis = '構成図を事業者と確認'", "")), contract(dated, ch5), false),
        (system("pattern = 'II', pattern_basis = '確認'"), contract(dated, ch5), false),
        (system(good), contract(dated, "simplification-ch15"), false),
        (system(good), contract("", ch5), false),
        (system(good), contract("from = '2025-04-01', to = '2026-03-31',", ch5), false),
        (system(good), contract(dated, ch5).replace("'signed'", "'draft'"), false),
        (format!("{}, {}", system(good), system("pattern = 'III'")), contract(dated, ch5), false),
    ];
    let cases = cases.into_iter().map(|(system, contract, wanted)| (system, contract, checked.clone(), wanted));
    // A clause alone shows nothing: somebody looked at what the vendor does, and not long ago.
    let unchecked = ["received = '2026-06-01'", "received = '2025-06-01', checked_by = '@p'"];
    let cases = cases.chain(unchecked.map(|f| (system(good), contract(dated, ch5), report(f), false)));
    for (system, contract, report, wanted) in cases {
        let world = world(
            &rules,
            &format!(
                "r = [{{ register = 'vendor', id = 'v', f = {{ name = '架空' }} }}, {{ register = 'personnel', id = 'p', f = {{ name = '甲' }} }}, {system}, {contract}, {report}]"
            ),
        );
        let verdict = verdict(&rules, &world, "5.1#1", "2026-11-22");
        assert_eq!(
            (verdict.value == Satisfied, verdict.simplified),
            (wanted, wanted),
            "{system} {contract} {report}: {verdict:?}"
        );
        assert_eq!(verdict.lapses_at, wanted.then(|| day("2027-04-01")));
    }
}
