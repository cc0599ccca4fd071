//! What `expected.json` of hospital A says each rule must name, and the comparison with what it does name.

use std::collections::BTreeSet;

use akashi_domain::label::Lang;
use akashi_domain::record::Version;
use akashi_domain::verdict::Evaluator;
use akashi_domain::verdict::explain::show;
use serde_json::Value as Json;

use crate::bench::{Bench, root};

/// How the rows of a fact are told apart.
#[derive(Clone, Copy)]
pub(crate) enum Key {
    /// Sheet and row of the file.
    SheetRow,
    /// Row of a file with one sheet.
    Row,
    /// The first word or number of each entry is what this field holds.
    Field(&'static str),
    /// Every number in the list is what this field holds.
    Numbers(&'static str),
    /// The words of the inner lists are what this field holds.
    Inner(&'static str),
    /// A group: the words are what the field holds in the rows named, each at least once.
    Group(&'static str),
    /// Only the number of rows is known.
    Count,
}

/// One planted fact: the rule that must find it, the file by its first letters, the place in its `facts`, the key.
pub(crate) type Fact = (&'static str, &'static str, &'static str, Key);

const DEVICES: &str = "01_";
const IDS: &str = "03_";
const VENDORS: &str = "04_";
const INFORMATION: &str = "05_";
const TRAINING: &str = "06_";
const TAKE_OUTS: &str = "07_";
const STORAGE: &str = "08_";

const LOGIN: Key = Key::Field("login_id");
const STAFF: Key = Key::Field("staff_no");
const VENDOR: Key = Key::Field("list_no");
const CONTRACT: Key = Key::Field("contract_no");

/// Every planted fact that can be a finding; clauses of contracts are added by [`clauses`].
pub(crate) const FACTS: &[Fact] = &[
    ("duplicate_asset_numbers", DEVICES, "/duplicate_asset_numbers/list", Key::SheetRow),
    ("without_asset_number", DEVICES, "/without_asset_number/rows", Key::SheetRow),
    ("missing_serial", DEVICES, "/missing_serial/rows", Key::SheetRow),
    ("disposed_still_listed", DEVICES, "/disposed_still_listed/rows", Key::SheetRow),
    ("past_support_in_use", DEVICES, "/past_support_in_use/rows", Key::SheetRow),
    ("not_seen_in_last_stocktaking", DEVICES, "/not_seen_in_last_stocktaking/count", Key::Count),
    ("purchase_date_unusable", DEVICES, "/purchase_date/unusable", Key::SheetRow),
    ("remote_maintenance_yes", DEVICES, "/remote_maintenance_yes/count", Key::Count),
    ("leaver_ids_still_enabled", IDS, "/leaver_ids_still_enabled/list", LOGIN),
    ("leaver_ids_used_after_leaving", IDS, "/leaver_ids_still_enabled/last_login_after_leaving", LOGIN),
    ("leaver_ids_disabled", IDS, "/leaver_ids_disabled", Key::Count),
    ("leaving_later_ids_enabled", IDS, "/leaving_later_ids_enabled", LOGIN),
    ("ids_without_person", IDS, "/ids_without_person/enabled_total", Key::Count),
    ("ids_without_person_unknown_person", IDS, "/ids_without_person/unknown_person/list", LOGIN),
    ("ids_without_person_shared", IDS, "/ids_without_person/shared/list", LOGIN),
    ("ids_without_person_system", IDS, "/ids_without_person/system/list", LOGIN),
    ("ids_without_person_vendor", IDS, "/ids_without_person/vendor/list", LOGIN),
    ("ids_without_person_test_or_training", IDS, "/ids_without_person/test_or_training/list", LOGIN),
    ("shared_ids_all", IDS, "/shared_ids_all", LOGIN),
    ("disabled_without_hr_match", IDS, "/disabled_without_hr_match/count", Key::Count),
    ("privileged_enabled", IDS, "/privileged_enabled/list", LOGIN),
    ("persons_with_more_than_one_enabled_id", IDS, "/persons_with_more_than_one_enabled_id", Key::Inner("login_id")),
    ("staff_active_without_id", IDS, "/staff_active_without_id/staff_no", STAFF),
    ("not_used_180_days", IDS, "/not_used_180_days/list", LOGIN),
    ("never_logged_in", IDS, "/never_logged_in", LOGIN),
    ("role_does_not_fit_hr_job", IDS, "/role_does_not_fit_hr_job", LOGIN),
    ("department_differs_from_hr", IDS, "/department_differs_from_hr/list", LOGIN),
    ("same_company_more_than_once", VENDORS, "/vendors/same_company_more_than_once", Key::Numbers("list_no")),
    ("subcontractor_rows", VENDORS, "/vendors/subcontractor_rows", VENDOR),
    ("certificate_expired", VENDORS, "/vendors/certificate_expired", VENDOR),
    ("no_emergency_contact", VENDORS, "/vendors/no_emergency_contact", VENDOR),
    ("emergency_same_as_left_cell", VENDORS, "/vendors/emergency_same_as_left_cell", VENDOR),
    ("medical_information_without_mds_sds", VENDORS, "/vendors/medical_information_without_mds_sds", VENDOR),
    ("contracts_expired", VENDORS, "/contracts/expired_as_of_2026_11_22", CONTRACT),
    ("expired_renewal_not_written", VENDORS, "/contracts/expired_renewal_not_written", CONTRACT),
    ("continued_by_auto_renewal", VENDORS, "/contracts/continued_by_auto_renewal", CONTRACT),
    ("no_end_date", VENDORS, "/contracts/no_end_date", CONTRACT),
    ("ends_within_90_days", VENDORS, "/contracts/ends_within_90_days", CONTRACT),
    ("vendor_not_in_vendor_sheet", VENDORS, "/contracts/vendor_not_in_vendor_sheet", CONTRACT),
    ("important_without_approval", VENDORS, "/contracts/important_without_approval", CONTRACT),
    ("important_approved_after_start", VENDORS, "/contracts/important_approved_after_start", CONTRACT),
    ("compulsory_impact_missing", INFORMATION, "/compulsory_impact_missing/list", Key::Row),
    ("importance_below_written_impacts", INFORMATION, "/importance_below_written_impacts/list", Key::Row),
    ("owner_missing", INFORMATION, "/owner_missing", Key::Row),
    ("not_checked_within_one_year", INFORMATION, "/not_checked_within_one_year/list", Key::Row),
    ("untrained_this_fiscal_year", TRAINING, "/untrained_fy2026/staff_no", STAFF),
    ("unreturned_overdue", TAKE_OUTS, "/unreturned_overdue/list", Key::SheetRow),
    (
        "unreturned_overdue_by_persons_who_left",
        TAKE_OUTS,
        "/unreturned_overdue/by_persons_who_left",
        Key::Field("ledger_no"),
    ),
    ("out_not_yet_due", TAKE_OUTS, "/out_not_yet_due", Key::SheetRow),
    ("lost", TAKE_OUTS, "/lost", Key::SheetRow),
    ("returned_without_date", TAKE_OUTS, "/returned_without_date", Key::SheetRow),
    ("returned_late", TAKE_OUTS, "/returned_late/list", Key::SheetRow),
    ("without_approval", TAKE_OUTS, "/without_approval/list", Key::SheetRow),
    ("approved_by_self", TAKE_OUTS, "/approved_by_self", Key::SheetRow),
    ("not_encrypted", TAKE_OUTS, "/not_encrypted/list", Key::SheetRow),
    ("network_sendings", TAKE_OUTS, "/network_sendings", Key::Count),
    ("systems_without_offline_copy", STORAGE, "/systems_without_offline_copy", Key::Group("systems")),
    (
        "systems_without_offline_and_append_only_copy",
        STORAGE,
        "/systems_without_offline_and_append_only_copy",
        Key::Group("systems"),
    ),
    ("systems_in_one_place_only", STORAGE, "/systems_in_one_place_only", Key::Group("systems")),
    ("last_success_older_than_7_days", STORAGE, "/last_success_older_than_7_days", Key::Row),
    ("last_success_not_known", STORAGE, "/last_success_not_known", Key::Row),
    ("restore_test_never", STORAGE, "/restore_test_never", Key::Row),
    ("restore_test_older_than_one_year", STORAGE, "/restore_test_older_than_one_year", Key::Row),
    ("restore_test_not_fully_successful", STORAGE, "/restore_test_not_fully_successful", Key::Row),
    ("over_90_percent_full", STORAGE, "/over_90_percent_full", Key::Row),
    ("outside_japan", STORAGE, "/outside_japan", Key::Row),
    ("without_rule_clause", STORAGE, "/without_rule_clause", Key::Row),
    ("not_told_to_staff", STORAGE, "/not_told_to_staff", Key::Row),
];

/// Returns what the samples' makers planted.
pub(crate) fn expected() -> Json {
    let path = root().join("../../shared/samples/hospital-a/expected.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Compares every planted fact with what its rule names; returns the differences in words.
pub(crate) fn compare(
    bench: &Bench,
    evaluator: &Evaluator,
    expected: &Json,
    only: impl Fn(&str) -> bool,
) -> Vec<String> {
    let mut out = Vec::new();
    for (rule, file, pointer, key) in FACTS.iter().filter(|f| only(f.1)) {
        let fact = facts(expected, file).pointer(pointer).unwrap_or_else(|| panic!("{rule}: no fact {pointer}"));
        out.extend(difference(bench, evaluator, rule, fact, *key));
    }
    if only(VENDORS) {
        out.extend(clauses(bench, evaluator, facts(expected, VENDORS)));
    }
    out
}

fn facts<'a>(expected: &'a Json, file: &str) -> &'a Json {
    let files = expected["files"].as_object().unwrap();
    &files.iter().find(|(name, _)| name.starts_with(file)).unwrap().1["facts"]
}

/// Three facts for each of the fifteen clauses.
fn clauses(bench: &Bench, evaluator: &Evaluator, vendors: &Json) -> Vec<String> {
    let all = vendors["contracts"]["clauses"].as_object().unwrap();
    let three = [("lacking", "lacking"), ("lacking_in_force", "lacking_in_force"), ("partial", "partial_list")];
    let each = all.iter().flat_map(|(name, fact)| three.iter().map(move |(rule, list)| (name, fact, rule, list)));
    each.flat_map(|(name, fact, rule, list)| {
        difference(bench, evaluator, &format!("{name}_{rule}"), &fact[*list], CONTRACT)
    })
    .collect()
}

fn difference(bench: &Bench, evaluator: &Evaluator, rule: &str, fact: &Json, key: Key) -> Vec<String> {
    let Some(ix) = bench.rule(rule) else { return vec![format!("{rule}: no such rule")] };
    let rows = evaluator.finding_rows(ix);
    if let Key::Count = key {
        let want = fact.as_u64().unwrap() as usize;
        return if rows.len() == want {
            vec![]
        } else {
            vec![format!("{rule}: wanted {want} rows, got {}", rows.len())]
        };
    }
    let want = wanted(fact, key);
    let got: BTreeSet<String> = rows.iter().map(|v| name(evaluator, v, key)).collect();
    let counted = matches!(key, Key::Group(_)) || rows.len() == want.len();
    if got == want && counted {
        return Vec::new();
    }
    let missing: Vec<&String> = want.difference(&got).collect();
    let extra: Vec<&String> = got.difference(&want).collect();
    vec![format!("{rule}: {} rows for {}; missing {missing:?}; too many {extra:?}", rows.len(), want.len())]
}

fn wanted(fact: &Json, key: Key) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    match key {
        Key::SheetRow => pairs(fact, &mut out),
        Key::Numbers(_) => numbers(fact, &mut out),
        _ => entries(fact).iter().for_each(|e| {
            match (key, e) {
                (Key::Inner(_), Json::Array(a)) => out.extend(entries(&a[1]).iter().map(word)),
                (_, Json::Array(a)) => drop(out.insert(word(&a[0]))),
                (_, Json::Object(o)) => drop(out.insert(word(&o["id"]))),
                _ => drop(out.insert(word(e))),
            };
        }),
    }
    out
}

fn entries(json: &Json) -> &[Json] {
    json.as_array().unwrap()
}

fn word(json: &Json) -> String {
    json.as_str().map(akashi_domain::text::fold_code).unwrap_or_else(|| json.to_string())
}

fn pairs(json: &Json, out: &mut BTreeSet<String>) {
    match json {
        Json::Array(a) if a.len() >= 2 && a[0].is_string() && a[1].is_number() => {
            out.insert(format!("{} {}", a[0].as_str().unwrap(), a[1]));
        }
        Json::Array(a) => a.iter().for_each(|v| pairs(v, out)),
        Json::Object(o) => o.values().for_each(|v| pairs(v, out)),
        _ => {}
    }
}

fn numbers(json: &Json, out: &mut BTreeSet<String>) {
    match json {
        Json::Array(a) => a.iter().for_each(|v| numbers(v, out)),
        Json::Number(n) => drop(out.insert(n.to_string())),
        _ => {}
    }
}

fn name(evaluator: &Evaluator, version: &Version, key: Key) -> String {
    let source = version.source.as_ref();
    match key {
        Key::SheetRow => source.map(|s| format!("{} {}", s.sheet, s.row)).unwrap_or_default(),
        Key::Row => source.map(|s| s.row.to_string()).unwrap_or_default(),
        Key::Field(f) | Key::Numbers(f) | Key::Inner(f) | Key::Group(f) => {
            let register = evaluator.view().register(version);
            let field = register.field(f).unwrap();
            akashi_domain::text::fold_code(&show(version.get(register, f), field, evaluator.view(), Lang::Ja))
        }
        Key::Count => version.code.to_string(),
    }
}
