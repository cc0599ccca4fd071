//! Devices, information, what is taken out, where data are kept.

use std::collections::BTreeMap;

use akashi_domain::text::fold_code;
use serde_json::Value as Json;

use crate::ledger::{Ledger, expected};

use super::{by_place, none, text};

#[test]
fn devices() {
    let mut ledger = Ledger::new();
    let Some(incoming) = ledger.sample("device", "01_") else { return };
    let facts = &expected("01_")["facts"];
    assert_eq!(incoming.rows.len(), 600);
    assert!(incoming.rejected.is_empty());
    assert!(incoming.unmapped.is_empty(), "{:?}", incoming.unmapped);
    let rows = by_place(&incoming);
    let states: BTreeMap<(String, u64), &str> =
        incoming.rows.iter().map(|r| ((r.source.sheet.clone(), u64::from(r.source.row)), r.state.as_str())).collect();
    let kinds = [
        ("サーバ", "server"),
        ("端末", "terminal"),
        ("タブレット", "tablet"),
        ("NW機器", "network"),
        ("医療機器", "medical"),
        ("プリンタ", "printer"),
        ("媒体装置", "recorder"),
        ("複合機", "mfp"),
    ];
    let mut wrong = Vec::new();
    for want in facts["rows"].as_array().unwrap() {
        let place = (text(&want[0]), want[1].as_u64().unwrap());
        let Some(values) = rows.get(&place) else {
            wrong.push(format!("{place:?} missing"));
            continue;
        };
        let got = |field: &str| ledger.text("device", values, field);
        let present = |field: &str| Some(got(field)).filter(|t| !t.starts_with('?')).unwrap_or_default();
        let kind = kinds.iter().find(|k| k.0 == text(&want[3])).unwrap().1;
        let checks = [
            ("asset_no", fold_code(&present("asset_no")).to_uppercase(), text(&want[2])),
            ("kind", got("kind"), kind.into()),
            ("name", got("name"), text(&want[4])),
            ("serial", fold_code(&present("serial")), fold_code(&text(&want[5]))),
            ("purchased_on", present("purchased_on"), text(&want[9])),
            ("last_seen", present("last_seen"), text(&want[10])),
            ("disposed", (states[&place] == "disposed").to_string(), want[11].as_bool().unwrap().to_string()),
        ];
        wrong.extend(
            checks
                .iter()
                .filter(|(_, got, want)| got != want)
                .map(|(field, got, want)| format!("{place:?} {field}: {got:?}, not {want:?}")),
        );
    }
    none(&wrong);
    let unusable = facts["purchase_date"]["unusable"].as_array().unwrap();
    for place in unusable.iter().filter(|u| u[2] != "" && u[2] != "-") {
        let values = rows[&(text(&place[0]), place[1].as_u64().unwrap())];
        assert_eq!(ledger.text("device", values, "purchased_on"), format!("?{}", text(&place[2])));
        let told = incoming.notes.iter().any(|n| {
            n.sheet == text(&place[0])
                && place[1] == n.cell.trim_start_matches(|c: char| c.is_ascii_alphabetic()).parse::<u64>().unwrap_or(0)
        });
        assert!(told, "{place} is not told");
    }
    let remote = incoming
        .rows
        .iter()
        .filter(|r| ["yes", "vpn"].contains(&ledger.text("device", &r.values, "remote_maintenance").as_str()))
        .count();
    assert_eq!(remote as u64, facts["remote_maintenance_yes"]["count"].as_u64().unwrap());
}

#[test]
fn information() {
    let mut ledger = Ledger::new();
    let Some(incoming) = ledger.sample("information", "05_") else { return };
    let facts = &expected("05_")["facts"];
    assert_eq!(incoming.rows.len(), 61);
    let rows = by_place(&incoming);
    let grade = |j: &Json| match j.as_u64() {
        Some(3) => "high",
        Some(2) => "medium",
        Some(1) => "low",
        _ => "",
    };
    let importance = |j: &Json| match j.as_str() {
        Some("A") => "high",
        Some("B") => "medium",
        _ => "low",
    };
    let hosting = [("オンプレ", "inside"), ("クラウド", "cloud"), ("併用", "both"), ("外部委託", "outside")];
    let categories = ledger.view.catalog.register_by_key("information").unwrap().field("category").unwrap();
    let mut wrong = Vec::new();
    for want in facts["rows"].as_array().unwrap() {
        let place = ("情報資産一覧".to_string(), want[0].as_u64().unwrap());
        let values = rows[&place];
        let got = |field: &str| {
            Some(ledger.text("information", values, field))
                .filter(|t| !t.starts_with('?'))
                .map(|t| t.trim_start_matches('~').to_string())
                .unwrap_or_default()
        };
        let category = categories
            .options()
            .iter()
            .find(|o| o.key == got("category"))
            .map(|o| o.title.ja.clone())
            .unwrap_or_default();
        let checks = [
            ("category", category, text(&want[1])),
            ("name", got("name"), text(&want[2])),
            ("place", got("place"), text(&want[4])),
            ("system", got("system"), text(&want[5])),
            (
                "inside_outside",
                got("inside_outside"),
                hosting.iter().find(|h| Some(h.0) == want[6].as_str()).map(|h| h.1.to_string()).unwrap_or_default(),
            ),
            ("impact_patient", got("impact_patient"), grade(&want[7]).into()),
            ("impact_continuity", got("impact_continuity"), grade(&want[8]).into()),
            ("importance", got("importance"), importance(&want[9]).into()),
            ("info_owner", got("info_owner"), text(&want[10])),
            ("last_checked", got("last_checked"), text(&want[11])),
        ];
        wrong.extend(
            checks
                .iter()
                .filter(|(_, got, want)| got != want)
                .map(|(f, got, want)| format!("{place:?} {f}: {got:?}, not {want:?}")),
        );
    }
    none(&wrong);
    let subjects = |row: u64| ledger.text("information", rows[&("情報資産一覧".to_string(), row)], "subjects_count");
    assert_eq!(
        (subjects(6), subjects(9), subjects(13), subjects(16), subjects(61)),
        ("120000".into(), "18400".into(), "45000".into(), "?不明".into(), "8000".into())
    );
}

#[test]
fn take_outs() {
    let mut ledger = Ledger::new();
    if ledger.sample("personnel", "02_").is_none() {
        return;
    }
    let incoming = ledger.sample("take-out", "07_").unwrap();
    let facts = &expected("07_")["facts"];
    assert_eq!(incoming.rows.len(), 120);
    let rows: BTreeMap<(String, u64), _> =
        incoming.rows.iter().map(|r| ((r.source.sheet.clone(), u64::from(r.source.row)), r)).collect();
    let methods = [
        ("USBメモリ", "usb"),
        ("CD-R", "optical"),
        ("外付HDD", "hdd"),
        ("ノートPC", "laptop"),
        ("タブレット", "tablet"),
        ("紙", "paper"),
        ("ネットワーク送信", "network"),
    ];
    let mut wrong = Vec::new();
    for want in facts["rows"].as_array().unwrap() {
        let row = rows[&(text(&want[0]), want[1].as_u64().unwrap())];
        let got = |field: &str| ledger.text("take-out", &row.values, field);
        let encrypted = match got("protection").as_str() {
            "none" => "false",
            "not-applicable" => "",
            _ => "true",
        };
        let state = match want[11].as_str().unwrap() {
            "returned" | "send" => "done",
            "cancelled" => "cancelled",
            "lost" => "lost",
            _ => "out",
        };
        let checks = [
            ("ledger_no", got("ledger_no"), text(&want[2])),
            ("applicant", got("applicant"), text(&want[3])),
            ("method", got("method"), methods.iter().find(|m| m.0 == text(&want[4])).unwrap().1.into()),
            ("patients", got("patients"), want[5].to_string()),
            ("encrypted", encrypted.into(), want[6].as_bool().map(|b| b.to_string()).unwrap_or_default()),
            ("out", got("out"), text(&want[7])),
            ("due", got("due"), text(&want[8])),
            ("returned", got("returned"), text(&want[9])),
            ("approver", got("approver"), text(&want[10])),
            ("state", row.state.clone(), state.into()),
        ];
        wrong.extend(
            checks
                .iter()
                .filter(|(_, got, want)| got != want)
                .map(|(f, got, want)| format!("{}: {f} {got:?}, not {want:?}", want_no(row, &ledger))),
        );
    }
    none(&wrong);
    assert!(incoming.notes.iter().any(|n| n.what.en.contains("struck")), "the struck-out row is told");
}

fn want_no(row: &akashi_app::sheet::incoming::IncomingRow, ledger: &Ledger) -> String {
    ledger.text("take-out", &row.values, "ledger_no")
}

#[test]
fn storage() {
    let mut ledger = Ledger::new();
    let Some(incoming) = ledger.sample("storage", "08_") else { return };
    assert_eq!(incoming.rows.len(), 12);
    let rows = by_place(&incoming);
    let kinds = [("内部", "internal"), ("可搬媒体", "media"), ("外部", "outside")];
    let hosting = [("オンプレ", "on-premises"), ("クラウド", "cloud")];
    let mut wrong = Vec::new();
    for want in expected("08_")["facts"]["rows"].as_array().unwrap() {
        let values = rows[&("一覧".to_string(), want[0].as_u64().unwrap())];
        let got = |field: &str| {
            Some(ledger.text("storage", values, field)).filter(|t| !t.starts_with('?')).unwrap_or_default()
        };
        let number = |j: &Json| j.as_f64().map(|n| n.to_string()).unwrap_or_default();
        let pick = |table: &[(&str, &str)], j: &Json| {
            table.iter().find(|k| Some(k.0) == j.as_str()).map(|k| k.1.to_string()).unwrap_or_default()
        };
        let checks = [
            ("place", got("place"), text(&want[1])),
            ("place_kind", got("place_kind"), pick(&kinds, &want[2])),
            ("systems", got("systems"), format!("~{}", text(&want[3]))),
            ("hosting", got("hosting"), pick(&hosting, &want[4])),
            ("capacity", got("capacity"), number(&want[5])),
            ("used", got("used"), number(&want[6])),
            ("last_success", got("last_success"), text(&want[10])),
            ("restore_tested_on", got("restore_tested_on"), text(&want[11])),
        ];
        wrong.extend(
            checks
                .iter()
                .filter(|(_, got, want)| got != want)
                .map(|(f, got, want)| format!("{}: {f} {got:?}, not {want:?}", want)),
        );
        for (field, ix) in [("offline", 7), ("append_only", 8), ("remote_site", 9)] {
            // A dash is not read as no: it stays blank.
            let blank = got(field).is_empty() && want[ix] != true;
            if !blank && want[ix] != (got(field) == "true") {
                wrong.push(format!("{} {field}: {}, not {}", want[0], got(field), want[ix]));
            }
        }
    }
    none(&wrong);
}
