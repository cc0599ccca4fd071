//! Workbooks made here, each for a habit of hospitals: cover sheets, blocks side by side, fields across, forms.

use rust_xlsxwriter::{Format, Workbook};

use super::{lines, roster, staffed};
use crate::ledger::Ledger;

/// A sheet: name, rows of cells, merged areas.
type Sheet<'a> = (&'a str, &'a [&'a [&'a str]], &'a [(u32, u16, u32, u16)]);

/// A workbook of cells by rows; `merge` lists areas `(row, column, row, column)`.
fn xlsx(sheets: &[Sheet<'_>]) -> Vec<u8> {
    let mut book = Workbook::new();
    let plain = Format::new();
    for (name, rows, merges) in sheets {
        let sheet = book.add_worksheet();
        sheet.set_name(*name).unwrap();
        for (top, left, bottom, right) in *merges {
            let text = rows.get(*top as usize).and_then(|r| r.get(usize::from(*left))).unwrap_or(&"");
            sheet.merge_range(*top, *left, *bottom, *right, text, &plain).unwrap();
        }
        for (r, row) in rows.iter().enumerate() {
            for (c, text) in row.iter().enumerate().filter(|(_, t)| !t.is_empty()) {
                let (r, c) = (r as u32, c as u16);
                if let Some(formula) = text.strip_prefix('=') {
                    let (formula, result) = formula.split_once("=>").unwrap();
                    sheet.write_formula(r, c, rust_xlsxwriter::Formula::new(formula).set_result(result)).unwrap();
                } else if let Ok(n) = text.parse::<f64>() {
                    sheet.write_number(r, c, n).unwrap();
                } else {
                    sheet.write_string(r, c, *text).unwrap();
                }
            }
        }
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn d_vendors_in_a_workbook_with_cover_and_code_sheets() {
    let cover: &[&[&str]] = &[&["架空中央病院"], &["外部委託先管理"], &["更新日", "2026/10/1"], &["担当", "総務課"]];
    let main: &[&[&str]] = &[
        &["外部委託先台帳", "", "", "", "", "", "", "", ""],
        &[],
        &["番号", "会社", "", "医療情報の取扱", "連絡先電話", "", "認証", "", "備考"],
        &["", "会社名", "業務内容", "", "平日", "夜間休日", "認証種別", "有効期限", ""],
        &["1", "架空情報㈱", "電子カルテ保守", "有", "000-0000-2001", "000-0000-2002", "ISO27001", "46200", ""],
        &["2", "├ 架空孫請(株)", "常駐運用", "有", "000-0000-2003", "同左", "Pマーク", "R9.3", "1の再委託"],
        &["3", "架空警備", "警備", "無", "000-0000-2004", "", "なし", "", ""],
        &["", "計", "=COUNTA(B5:B7)=>3", "", "", "", "", "", ""],
        &["（注）夜間休日は緊急時の連絡先", "", "", "", "", "", "", "", ""],
    ];
    let codes: &[&[&str]] = &[&["認証種別", "コード"], &["ISO27001", "1"], &["Pマーク", "2"]];
    let merges: &[(u32, u16, u32, u16)] =
        &[(0, 0, 0, 8), (2, 0, 3, 0), (2, 1, 2, 2), (2, 3, 3, 3), (2, 4, 2, 5), (2, 6, 2, 7), (2, 8, 3, 8)];
    let bytes = xlsx(&[("表紙", cover, &[]), ("委託先", main, merges), ("コード", codes, &[])]);
    let mut ledger = Ledger::new();
    let found = ledger.import("vendor", &("委託先.xlsx".into(), bytes));
    let want = [
        "架空情報㈱|電子カルテ保守|true|000-0000-2001|000-0000-2002|isms|2026-06-27|",
        "架空孫請(株)|常駐運用|true|000-0000-2003|000-0000-2003|privacy-mark|2027-03|~架空情報㈱",
        "架空警備|警備|false|000-0000-2004||none||",
    ];
    assert_eq!(
        lines(
            &ledger,
            "vendor",
            &found,
            &[
                "name",
                "services",
                "handles_medical_info",
                "contact_normal",
                "contact_emergency",
                "cert_kind",
                "cert_expires",
                "parent"
            ]
        ),
        want
    );
    for sheet in ["表紙", "コード"] {
        let seen = found.skipped.iter().any(|s| s.sheet == sheet) || found.rejected.iter().any(|r| r.sheet == sheet);
        assert!(seen, "{sheet} is told");
    }
    assert!(found.notes.iter().any(|n| n.what.en.contains("formulas")), "the stored result of the formula is told");
}

#[test]
fn d_training_sheets_with_blocks_side_by_side() {
    let first: &[&[&str]] = &[
        &["サイバー攻撃対策研修 出席簿"],
        &["開催日:2026年5月20日(水) 会場:講堂 講師:架空大学"],
        &["部署", "氏名", "出席", "部署", "氏名", "出席"],
        &["医事", "山野 花", "✔", "検査", "海原 遥", "公休"],
        &["診療部", "川辺 空", "欠", "外部", "異国 人", "✔"],
        &["※✔は出席"],
    ];
    let bytes = xlsx(&[("5月", first, &[])]);
    let mut ledger = staffed();
    let found = ledger.import("training", &("研修出席簿.xlsx".into(), bytes));
    assert_eq!(
        lines(&ledger, "training", &found, &["title", "held_on", "place", "provider", "topics"]),
        ["サイバー攻撃対策研修 出席簿|2026-05-20|講堂|架空大学|cyber"]
    );
    assert_eq!(roster(&ledger, &found, 0), ["0007:attended", "0012:absent", "0019:excused", "~異国 人:attended"]);
}

#[test]
fn two_tables_under_each_other_and_a_file_of_another_register() {
    let sheet: &[&[&str]] = &[
        &["本院", "", "", ""],
        &["管理番号", "機器名", "種別", "設置場所"],
        &["A-1", "受付端末", "PC", "受付"],
        &["A-2", "会計端末", "PC", "会計"],
        &[],
        &["分院", "", "", ""],
        &["資産番号", "名称", "場所", "区分"],
        &["B-1", "診察端末", "診察室", "ノートPC"],
    ];
    let file = ("端末一覧.xlsx".to_string(), xlsx(&[("一覧", sheet, &[])]));
    let mut ledger = Ledger::new();
    let found = ledger.import("device", &file);
    assert_eq!(
        lines(&ledger, "device", &found, &["asset_no", "name", "kind", "place"]),
        ["A-1|受付端末|terminal|~受付", "A-2|会計端末|terminal|~会計", "B-1|診察端末|terminal|~診察室"]
    );
    let wrong = ledger.read("contract", &file, None);
    assert!(wrong.rows.is_empty());
    assert!(wrong.skipped.iter().any(|s| s.reason.en.contains("Devices")), "{:?}", wrong.skipped);
}

#[test]
fn e_sessions_in_columns_above_their_rates() {
    let sheet: &[&[&str]] = &[
        &["№", "氏名", "所属", "R7後期\n(R7.12.5)", "R8前期\n(R8.6.9)"],
        &["1", "山野 花", "医事", "○", "○"],
        &["2", "海原 遥", "検査", "×", "退職"],
        &["3", "川辺 空", "診療部", "○", "育休"],
        &["", "受講率", "", "67%", "33%"],
    ];
    let mut ledger = staffed();
    let found = ledger.import("training", &("記録.xlsx".into(), xlsx(&[("受講記録", sheet, &[])])));
    assert_eq!(lines(&ledger, "training", &found, &["held_on"]), ["2025-12-05", "2026-06-09"]);
    assert_eq!(roster(&ledger, &found, 1), ["0007:attended", "0019:not-required", "0012:on-leave"]);
}

#[test]
fn e_storage_with_systems_across() {
    let sheet: &[&[&str]] = &[
        &["システム名", "電子カルテ", "画像(PACS)"],
        &["保存先", "NAS-A", "USB-HDD"],
        &["世代", "14", "2"],
        &["オフライン", "×", "○"],
        &["復元確認", "R8.5.1", "未"],
    ];
    let mut ledger = Ledger::new();
    let found = ledger.import("storage", &("保存.xlsx".into(), xlsx(&[("バックアップ", sheet, &[])])));
    let fields = ["systems", "place", "generations", "offline", "restore_tested_on"];
    let want = ["~電子カルテ|NAS-A|14|false|2026-05-01", "~画像(PACS)|USB-HDD|2|true|?未"];
    assert_eq!(lines(&ledger, "storage", &found, &fields), want);
}

#[test]
fn e_users_of_the_system_named_above_with_rights_no_word_list_knows() {
    let sheet: &[&[&str]] = &[
        &["システム：", "電子カルテ（みどり）", "", "", "", "出力日", "2026/11/01"],
        &[],
        &["ID", "氏名", "権限", "", "", "最終利用", "状態"],
        &["", "", "閲覧", "記載", "管理", "", ""],
        &["sato", "佐藤 一郎", "○", "○", "○", "2026/10/31", "使用中"],
        &["suzuki", "鈴木 花子", "○", "○", "", "2026/10/31", "使用中"],
    ];
    let mut ledger = Ledger::new();
    let found = ledger.import("user-id", &("ID.xlsx".into(), xlsx(&[("ID管理", sheet, &[(2, 2, 2, 4)])])));
    let want = ["sato|~電子カルテ（みどり）|2026-10-31", "suzuki|~電子カルテ（みどり）|2026-10-31"];
    assert_eq!(lines(&ledger, "user-id", &found, &["login_id", "system", "last_login"]), want);
}

#[test]
fn e_take_outs_answered_in_a_form() {
    let csv = "タイムスタンプ,申請者氏名,持ち出すものは何ですか,持出日,上司の承認は得ましたか,返却しましたか\n\
        2026/10/01 9:12:33,佐藤一郎,ノートPC,2026/10/02,はい,はい\n\
        2026/10/20 18:01:00,鈴木花子,USBメモリ,2026/10/21,いいえ,いいえ\n";
    let mut ledger = Ledger::new();
    let found = ledger.import("take-out", &("持出.csv".into(), csv.into()));
    // A no is nobody's approval; a yes does not say whose.
    let want = ["~佐藤一郎|?はい|returned", "~鈴木花子||not-yet"];
    assert_eq!(lines(&ledger, "take-out", &found, &["applicant", "approver", "return_result"]), want);
}
