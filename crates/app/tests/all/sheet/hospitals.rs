//! Three more hospitals with habits of their own, imported from their files without a mapping: what must come out, what
//! must be told. Workbooks made for one habit are in `workbooks`.

use akashi_app::sheet::incoming::Incoming;

use super::{lines, roster, staffed, told};
use crate::ledger::{Ledger, own};

#[test]
fn b_staff_with_names_in_two_columns_and_short_years() {
    let mut ledger = Ledger::new();
    let found = ledger.import("personnel", &own("b/staff.txt"));
    let want = [
        "0007|山野 花|ヤマノ ハナ|医事|medical-clerk|full-time|?28.4.1",
        "0012|川辺 空|カワベ ソラ|診療部|doctor|full-time|?30.10.1",
        "0019|海原 遥|ウナバラ ハルカ|検査|lab-technologist|part-time|?5.4.1",
    ];
    assert_eq!(
        lines(&ledger, "personnel", &found, &["staff_no", "name", "kana", "department", "job", "employment", "joined"]),
        want
    );
    // 5.4.1 may be 1993 or 2023: told, not guessed.
    assert!(["I2", "I3", "I4", "J4"].iter().all(|c| told(&found, c)));
    let unmapped: Vec<(&str, usize)> = found.unmapped.iter().map(|u| (u.header.as_str(), u.examples.len())).collect();
    assert_eq!(unmapped, [("生年月日", 0), ("扶養", 2)], "birth dates are kept but not shown");
    assert_eq!(found.rows[1].extra["生年月日"], "1975/01/20");
}

#[test]
fn b_devices_in_everyday_words() {
    let mut ledger = staffed();
    let found = ledger.import("device", &own("b/pc.csv"));
    let want = [
        "1001|受付パソコン1|虚空電機 KX-20|0007|~受付カウンター|医事|2023-06|in-use",
        "1002|受付パソコン2|虚空電機 KX-20||~受付カウンター|医事|2023-06-20|in-use",
        "1003|診察室1ノート|虚空電機 KX-N3|0012|~第1診察室|診療部|2019-11-05|in-use",
        "1004|旧レセコン|虚空電機 KX-1||~倉庫|医事|2012-04-01|disposed",
        "1005|ルーター|架空通信機 RT-9||~サーバー棚|院長室|2022-10-01|in-use",
        "1006|検査用タブレット|架空タブレット T8|0019|~生理検査室|検査|?令和6年13月1日|repair",
        "|予備ルーター|架空通信機 RT-7||~倉庫||?不明|in-stock",
    ];
    assert_eq!(
        lines(
            &ledger,
            "device",
            &found,
            &["asset_no", "name", "model", "user", "place", "department", "purchased_on", "status"]
        ),
        want
    );
    assert!(told(&found, "H7") && told(&found, "H8"));
    assert_eq!(found.unmapped.iter().map(|u| u.header.as_str()).collect::<Vec<_>>(), ["更新計画"]);
    assert_eq!(found.rows[0].extra["更新計画"], "R10年度");
}

#[test]
fn b_storage_with_fields_downwards() {
    let mut ledger = Ledger::new();
    let found = ledger.import("storage", &own("b/backup.csv"));
    let want = [
        "院内NAS|internal|~電子カルテ|2000|1200|false|2026-11-20|2026-05-01",
        "外付けHDD(金庫)|media|~電子カルテ|4000|3100|true|2026-11-14|?未実施",
        "オンラインバックアップ|outside|~レセコン|500|?不明|false|2026-11-21|2026-08",
    ];
    assert_eq!(
        lines(
            &ledger,
            "storage",
            &found,
            &["place", "place_kind", "systems", "capacity", "used", "offline", "last_success", "restore_tested_on"]
        ),
        want
    );
    // Cells are named as in the file, not as turned.
    assert!(told(&found, "C12") && told(&found, "D8"));
}

#[test]
fn c_devices_in_two_languages() {
    let mut ledger = Ledger::new();
    let found = ledger.import("device", &own("c/assets.csv"));
    let want = [
        "C-0001|HIS-DB01|server|SN-A001|~Server Room B1|IT|2024-03-12|2029-03-11|~Kakuu Systems K.K.|in-use",
        "C-0002|HIS-AP01|server|SN-A002|~Server Room B1|IT|2024-03|2029-03-11|~Kakuu Systems K.K.|in-use",
        "C-0003|WARD-PC-17|terminal|SN-B117|~3F Ward|Nursing|2023-09-01|||in-use",
        "C-0004|WARD-PC-18|terminal|SN-B118|~3F Ward|Nursing|?04/05/2023|||disposed",
        "C-0005|CT console|medical|?unknown|~Radiology|Radiology|2022-04-01||~Kakuu Medical|in-use",
        "C-0006|Kiosk|?hologram|SN-X1|~Lobby||?soon|||in-use",
    ];
    assert_eq!(
        lines(
            &ledger,
            "device",
            &found,
            &[
                "asset_no",
                "name",
                "kind",
                "serial",
                "place",
                "department",
                "purchased_on",
                "warranty_end",
                "vendor",
                "status"
            ]
        ),
        want
    );
    assert!(["L5", "D6", "C7", "L7"].iter().all(|c| told(&found, c)));
    assert!(found.unmapped.is_empty(), "{:?}", found.unmapped);
}

#[test]
fn c_users_of_a_directory_service() {
    let mut ledger = staffed();
    let found = ledger.import("user-id", &own("c/ad_export.csv"));
    let want = [
        "y.yamano|0007|2026-11-19|active",
        "s.kawabe|0012|2026-11-20|active",
        "h.unabara|0019|2026-03-30|active",
        "svc_backup||2026-11-21|active",
        "old.user|~3||suspended",
    ];
    assert_eq!(lines(&ledger, "user-id", &found, &["login_id", "person", "last_login", "status"]), want);
    assert!(told(&found, "C6"), "a number nobody has is told");
}

#[test]
fn c_contracts_with_plain_clause_columns() {
    let mut ledger = Ledger::new();
    let found = ledger.import("contract", &own("c/contracts.csv"));
    let want = [
        "C-1|maintenance|2024-04-01|2027-03-31|none|2400000|true",
        "C-2|service|2025-10-01||auto|360000|",
        "C-3|outsourcing|2026-04-01|2027-03-31|agreement|1200000|",
    ];
    assert_eq!(
        lines(&ledger, "contract", &found, &["contract_no", "kind", "from", "to", "renewal", "amount", "important"]),
        want
    );
    let slot = ledger.view.catalog.register_by_key("contract").unwrap().field_ix("clauses").unwrap();
    let marks = |row: usize| match &found.rows[row].values[slot] {
        akashi_domain::Value::Rows(rows) => rows
            .iter()
            .map(|r| r.cells.iter().map(|v| ledger.show(v)).collect::<Vec<_>>().join(":"))
            .collect::<Vec<_>>(),
        _ => Vec::new(),
    };
    assert_eq!(
        marks(0),
        [
            "confidentiality:present::",
            "flow-down:present::要承認",
            "penalty:present::",
            "return-erase:absent::",
            "status-material:present::"
        ]
    );
    assert_eq!(marks(1)[2..], ["penalty:partial::", "return-erase:present::", "status-material:not-applicable::"]);
    assert!(marks(2).is_empty(), "blank is not checked, not absent");
}

#[test]
fn c_training_with_a_row_per_person_and_course() {
    let mut ledger = staffed();
    let found = ledger.import("training", &own("c/training_log.csv"));
    assert_eq!(
        lines(&ledger, "training", &found, &["title", "held_on", "kind"]),
        ["情報セキュリティ基礎|2026-06-10|periodic", "標的型メール訓練|2026-09-01|drill"]
    );
    assert_eq!(roster(&ledger, &found, 0), ["0007:attended", "0012:absent", "0019:partial"]);
    assert_eq!(roster(&ledger, &found, 1), ["0007:attended", "~0099 異国 人:attended"]);
}

#[test]
fn d_devices_with_a_header_on_two_lines() {
    let mut ledger = Ledger::new();
    let found = ledger.import("device", &own("d/devices.csv"));
    let want = [
        "Z-001|放射線画像サーバ|server|架空電機|AA1|~本館B1|2020-03-01|2027-03-31",
        "Z-002|予備サーバ|server|架空電機|AA2|~本館B1|2020-03-01|2027-03-31",
        "Z-003|看護師用端末|terminal|架空電機||~本館3F|2024-02|",
        "Z-003|看護師用端末|terminal|架空電機|AA4|~本館3F|2024-02|",
        "Z-005|看護師用端末|terminal|架空電機|AA5|~本館4F|2024-02-01|",
    ];
    assert_eq!(
        lines(
            &ledger,
            "device",
            &found,
            &["asset_no", "name", "kind", "maker", "serial", "place", "purchased_on", "maintenance_end"]
        ),
        want
    );
    let headers: Vec<&str> = found.mapping.tables[0].columns.iter().map(|c| c.header.as_str()).collect();
    assert_eq!(headers[..4], ["No", "機器識別/管理番号", "機器識別/名称", "機器識別/種類"]);
    // Twins with one number are told apart by what else they say, also when read again.
    let again = ledger.read("device", &own("d/devices.csv"), None);
    assert_eq!(ledger.plan(&again).unchanged.len(), 5);
}

#[test]
fn d_take_outs_with_a_period_in_one_cell() {
    let mut ledger = staffed();
    let found = ledger.import("take-out", &own("d/takeout.csv"));
    let want = [
        "1|0007|usb|12|encryption|2026-04-10|2026-04-12|returned|done",
        "2|0019|laptop|3|encryption|2026-08-01|2026-08-05|not-yet|out",
        "3|0012|paper|0|not-applicable|2027-01-10|2027-01-12||out",
        "4|0007|network|200|zip-password|2026-12-28|2027-01-05|nothing-to-return|done",
    ];
    assert_eq!(
        lines(
            &ledger,
            "take-out",
            &found,
            &["ledger_no", "applicant", "method", "patients", "protection", "out", "due", "return_result", "status"]
        ),
        want
    );
    assert!(
        found.notes.iter().any(|n| n.what.en.contains("fiscal year 2026")),
        "the year came from the title, and that is told"
    );
    assert_eq!(found.rows[3].extra["対象患者数"], "約200人");
}

#[test]
fn d_information_with_a_number_divided_at_its_thousands() {
    let mut ledger = Ledger::new();
    let found = ledger.import("information", &own("d/info.csv"));
    let want = [
        "診療録|clinical|system|50000|high|high|~医局|2026-09-01",
        "紹介状(紙)|clinical|paper|3000|high|medium|~地域連携室|2024-01-10",
        "職員名簿|management|file|80|medium|low||",
    ];
    assert_eq!(
        lines(
            &ledger,
            "information",
            &found,
            &[
                "name",
                "category",
                "form",
                "subjects_count",
                "confidentiality",
                "importance",
                "info_owner",
                "last_checked"
            ]
        ),
        want
    );
    assert!(told(&found, "A3"));
    assert_eq!(found.unmapped.iter().map(|u| u.header.as_str()).collect::<Vec<_>>(), ["持出可否"]);
}

#[test]
fn a_saved_mapping_is_followed() {
    let ledger = Ledger::new();
    let file = own("b/pc.csv");
    let mut mapping = ledger.read("device", &file, None).mapping;
    let column = mapping.tables[0].columns.iter_mut().find(|c| c.header == "更新計画").unwrap();
    column.to = vec!["spec".into()];
    mapping.tables[0].constants.insert("how".into(), "リース".into());
    let saved = mapping.to_json();
    let mapping = akashi_app::sheet::mapping::Mapping::from_json(&saved).unwrap();
    let found = ledger.read("device", &file, Some(&mapping));
    assert_eq!(lines(&ledger, "device", &found, &["asset_no", "spec", "how"])[0], "1001|R10年度|lease");
    assert!(found.unmapped.is_empty());
    assert!(
        akashi_app::sheet::mapping::Mapping::from_json("{\"register\":\"x\",\"tabels\":[]}").is_err(),
        "typos are refused"
    );
}

/// A device list with cells nobody can read, a state column and a user; rows `from` up to `to`.
fn long_list(from: u32, to: u32) -> (String, Vec<u8>) {
    let line = |n: u32| {
        let day = if n.is_multiple_of(5) { "先日".into() } else { format!("2024/{}/{}", 1 + n % 12, 1 + n % 28) };
        let user = if n.is_multiple_of(3) { "山野 花" } else { "月 見子" };
        format!("K-{n:05},端末{n},PC,{user},{day},{}\n", ["使用中", "廃棄済"][(n % 2) as usize])
    };
    let lines: String = (from..to).map(line).collect();
    ("long.csv".into(), format!("管理番号,機器名,種別,使用者,購入日,状態\n{lines}").into_bytes())
}

#[test]
fn many_rows_are_read_as_few_are() {
    let ledger = staffed();
    let many = ledger.read("device", &long_list(0, 5000), None);
    // Fewer are read on one thread.
    let few: Vec<Incoming> =
        (0..5).map(|n| ledger.read("device", &long_list(n * 1000, n * 1000 + 1000), None)).collect();
    let rows = |i: &Incoming| i.rows.iter().map(|r| (r.values.clone(), r.state.clone(), r.extra.clone())).collect();
    // The note on the file's encoding has no cell.
    let of_cells = |i: &Incoming| i.notes.iter().filter(|n| !n.cell.is_empty()).cloned().collect::<Vec<_>>();
    let told = |i: &Incoming| of_cells(i).into_iter().map(|n| (n.field, n.what)).collect();
    let (all, notes): (Vec<_>, Vec<_>) = (rows(&many), told(&many));
    assert_eq!((all.len(), many.rows[4999].source.row), (5000, 5001));
    assert!(notes.len() > 1000, "{}", notes.len());
    assert_eq!(all, few.iter().flat_map::<Vec<_>, _>(rows).collect::<Vec<_>>());
    assert_eq!(notes, few.iter().flat_map::<Vec<_>, _>(told).collect::<Vec<_>>());
    // Notes come with their rows.
    let at = |n: &akashi_app::sheet::incoming::Note| n.cell[1..].parse::<u32>().unwrap();
    assert!(of_cells(&many).is_sorted_by_key(at));
}
