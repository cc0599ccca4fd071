//! Tables of cells and what they are read as.

use super::when::typed_date;
use super::*;
use akashi_domain::PartialDate;
use akashi_domain::register::{Required, Sensitivity};

fn field(key: &str, ja: &str, kind: FieldKind) -> Field {
    Field {
        key: key.into(),
        title: Label::new(ja, key),
        kind,
        required: Required::Never,
        words: Vec::new(),
        help: None,
        sensitivity: Sensitivity::Internal,
        material: true,
        common: false,
        headline: Vec::new(),
    }
}

fn read(kind: FieldKind, header: &str, text: &str) -> Result<Value, Issue> {
    FieldReader::new(&field("x", header, kind), header)
        .read(&Cell::text(text), &DateContext::default())
        .map(|r| r.value)
}

fn date_text(text: &str, context: &DateContext) -> Option<String> {
    read_date(text, context).ok().map(|d| d.0.to_string())
}

#[test]
fn dates_in_many_forms() {
    let cases = [
        ("2026/4/1", "2026-04-01"),
        ("2026.4.1", "2026-04-01"),
        ("2026-04-01", "2026-04-01"),
        ("2026年4月1日", "2026-04-01"),
        ("２０２６年４月１日", "2026-04-01"),
        ("2026年4月", "2026-04"),
        ("2026/4", "2026-04"),
        ("2026年", "2026"),
        ("2026", "2026"),
        ("20260401", "2026-04-01"),
        ("202604", "2026-04"),
        ("令和8年4月1日", "2026-04-01"),
        ("令和 8 年 4 月 1 日", "2026-04-01"),
        ("R8.4.1", "2026-04-01"),
        ("R08.04.01", "2026-04-01"),
        ("Ｒ８．４．１", "2026-04-01"),
        ("r8/4/1", "2026-04-01"),
        ("R.8.4.1", "2026-04-01"),
        ("R2/7/15", "2020-07-15"),
        ("令和5年3月", "2023-03"),
        ("R5.3", "2023-03"),
        ("令和8年", "2026"),
        ("R8", "2026"),
        ("令和元年10月1日", "2019-10-01"),
        ("平成元年", "1989"),
        ("H32", "2020"),
        ("H32.3.31", "2020-03-31"),
        ("H30年4月1日", "2018-04-01"),
        ("S63.12.1", "1988-12-01"),
        ("昭和60年5月2日", "1985-05-02"),
        ("大正15年1月1日", "1926-01-01"),
        ("2026/11/20 15:51", "2026-11-20"),
        ("2026-11-20T15:51:00", "2026-11-20"),
        ("令和8年2月10日(火)", "2026-02-10"),
        ("2026年4月1日 水曜日", "2026-04-01"),
        ("R8.4.2(木)13:30～", "2026-04-02"),
        ("2027/3/31まで", "2027-03-31"),
        ("R8.7.3 済", "2026-07-03"),
        ("1 Apr 2026", "2026-04-01"),
        ("April 1, 2026", "2026-04-01"),
        ("1-Apr-26", "2026-04-01"),
        ("Apr-26", "2026-04"),
        ("Apr 2026", "2026-04"),
        ("31/12/2026", "2026-12-31"),
        ("12/31/2026", "2026-12-31"),
        ("'26/4/1", "2026-04-01"),
        ("45379", "2024-03-28"),
        ("R8年度末", "2027-03"),
    ];
    for (text, want) in cases {
        let field = field("bought_on", "購入日", FieldKind::Date);
        let got = FieldReader::new(&field, "購入日").read(&Cell::text(text), &DateContext::default());
        assert_eq!(got.map(|r| r.value), Ok(Value::Date(PartialDate::parse(want).unwrap())), "{text}");
    }
}

#[test]
fn what_is_no_date_is_not_guessed() {
    let cases = [
        ("令和5年2月30日", Issue::NoSuchDay),
        ("2026/13/1", Issue::NotADate),
        ("H25頃", Issue::NotADate),
        ("平成31年度", Issue::NotADate),
        ("不明", Issue::SaysUnknown),
        ("4/12", Issue::NoYear),
        ("26/4/1", Issue::AmbiguousDate),
        ("8.4.1", Issue::AmbiguousDate),
        ("4/1/2026", Issue::AmbiguousDate),
        ("近日", Issue::NotADate),
        ("2026/4/1か5/1", Issue::NotADate),
        ("未実施", Issue::NotADate),
        ("紛失", Issue::NotADate),
    ];
    for (text, want) in cases {
        assert_eq!(read(FieldKind::Date, "購入日", text), Err(want), "{text}");
    }
    assert_eq!(read(FieldKind::Date, "購入日", "－"), Ok(Value::Null));
}

#[test]
fn typed_numbers_as_dates() {
    let cases = [
        (45379.0, Some("2024-03-28")),
        (2026.0, Some("2026")),
        (20260401.0, Some("2026-04-01")),
        (202604.0, Some("2026-04")),
        (2026.4, Some("2026-04")),
        (2026.12, Some("2026-12")),
        (2026.1, None),
        (12.0, None),
        (20261301.0, None),
    ];
    for (n, want) in cases {
        assert_eq!(date::from_number(n).map(|d| d.to_string()).as_deref(), want, "{n}");
    }
    assert_eq!(typed_date(&Cell { raw: Raw::Date(45379.0), struck: false }), Ok(PartialDate::parse("2024-03-28")));
}

#[test]
fn dates_without_a_year() {
    let fiscal = DateContext { fiscal_year: Some(2025), ..DateContext::default() };
    for (text, want) in [
        ("4/12", "2025-04-12"),
        ("3/31", "2026-03-31"),
        ("12月31日", "2025-12-31"),
        ("１／５", "2026-01-05"),
        ("10月", "2025-10"),
    ] {
        assert_eq!(date_text(text, &fiscal).as_deref(), Some(want), "{text}");
    }
    let near = DateContext { near: akashi_domain::Day::parse("2026-03-30"), ..fiscal };
    assert_eq!(date_text("4/2", &near).as_deref(), Some("2026-04-02"));
    let short = DateContext { short_year: Some(2018), ..DateContext::default() };
    assert_eq!(date_text("8.4.1", &short).as_deref(), Some("2026-04-01"));
}

#[test]
fn fiscal_years_in_titles() {
    for (text, want) in [
        ("令和7年度 医療情報・機器 持出管理簿", Some(2025)),
        ("R8年度", Some(2026)),
        ("別館 機器一覧 ２０２６年度", Some(2026)),
        ("FY2024 list", Some(2024)),
        ("台帳", None),
        ("令和8年4月1日現在", None),
    ] {
        assert_eq!(date::fiscal_year(text), want, "{text}");
    }
}

#[test]
fn periods_in_one_cell() {
    let cases = [
        ("自 令和6年4月1日\n至 令和9年3月31日", "2024-04-01", "2027-03-31"),
        ("令和3年10月1日～令和8年9月30日", "2021-10-01", "2026-09-30"),
        ("R5.4.1〜R8.3.31", "2023-04-01", "2026-03-31"),
        ("令和7年4月1日～(期間の定めなし)", "2025-04-01", "open"),
        ("2022/4/1~2026/3/31", "2022-04-01", "2026-03-31"),
        ("令和8年度", "2026-04-01", "2027-03-31"),
        ("令和7年度～令和9年度", "2025-04-01", "2028-03-31"),
        ("令和7年4月1日から3年間", "2025-04-01", "2028-03-31"),
        ("2026年4月1日から1年", "2026-04-01", "2027-03-31"),
        ("2024年6月から2027年5月まで", "2024-06", "2027-05"),
        ("２０２５．１１．１－２０２６．１０．３１", "2025-11-01", "2026-10-31"),
        ("2026-04-01 - 2027-03-31", "2026-04-01", "2027-03-31"),
        ("R8.4.1～", "2026-04-01", ""),
        ("～2027/3/31", "", "2027-03-31"),
        ("2027年3月31日まで", "", "2027-03-31"),
        ("令和8年4月1日～3月31日", "2026-04-01", "2027-03-31"),
        ("期間の定めなし", "", "open"),
    ];
    for (text, from, to) in cases {
        let found = period::read(text, &DateContext::default());
        let found = found.unwrap_or_else(|| panic!("{text}"));
        let show = |d: Option<PartialDate>| d.map(|d| d.to_string()).unwrap_or_default();
        assert_eq!(show(found.from), from, "{text}");
        assert_eq!(
            (show(found.to), found.open),
            if to == "open" { (String::new(), true) } else { (to.into(), false) },
            "{text}"
        );
    }
    for text in ["2027/3/31", "令和9年3月31日～令和6年4月1日", "都度", "令和5年2月30日～令和6年3月31日"]
    {
        assert_eq!(period::read(text, &DateContext::default()), None, "{text}");
    }
}

#[test]
fn a_date_field_takes_its_end_of_a_period() {
    let to = field("lease_end", "リース満了日", FieldKind::Date);
    let got =
        FieldReader::new(&to, "リース期間").read(&Cell::text("R3.4.1～R8.3.31"), &DateContext::default()).unwrap();
    assert_eq!((got.value, got.more), (Value::Date(PartialDate::parse("2026-03-31").unwrap()), true));
    assert_eq!(read(FieldKind::Date, "確認日", "R3.4.1～R8.3.31"), Err(Issue::NotADate));
}

#[test]
fn numbers() {
    let number = |unit: Option<&str>| FieldKind::Number { unit: unit.map(Into::into) };
    let cases = [
        (Some("円"), "1,200円", 1200.0),
        (Some("円"), "６，８４０，０００", 6_840_000.0),
        (Some("円"), "8,628千円", 8_628_000.0),
        (Some("円"), "¥1,000", 1000.0),
        (Some("円"), "120万円(税込)", 1_200_000.0),
        (Some("GB"), "12TB", 12_000.0),
        (Some("GB"), "17.8TB", 17_800.0),
        (Some("GB"), "12,000GB", 12_000.0),
        (Some("GB"), "500MB", 0.5),
        (Some("人"), "約12万人", 120_000.0),
        (Some("人"), "約4.5万人", 45_000.0),
        (Some("人"), "18,400人", 18_400.0),
        (Some("人"), "35名", 35.0),
        (Some("人"), "2,100人/年", 2100.0),
        (Some("人"), "約2.8万人", 28_000.0),
        (Some("人"), "約8千人", 8000.0),
        (None, "13世代", 13.0),
        (None, "(3)", 3.0),
        (None, "１２", 12.0),
        (None, "△5", -5.0),
        (Some("%"), "95.8%", 95.8),
    ];
    for (unit, text, want) in cases {
        assert_eq!(read(number(unit), "数", text), Ok(Value::Number(want)), "{text}");
    }
    for (unit, text) in [
        (Some("人"), "140社"),
        (Some("GB"), "3台"),
        (None, "3～5"),
        (None, "1,2"),
        (Some("円"), "応相談"),
        (None, "12-3"),
    ] {
        assert_eq!(read(number(unit), "数", text), Err(Issue::NotANumber), "{text}");
    }
    assert_eq!(number::header_scale("年額(千円)", Some("円")), 1000.0);
    assert_eq!(number::header_scale("容量(TB)", Some("GB")), 1000.0);
    assert_eq!(number::header_scale("容量", Some("GB")), 1.0);
}

#[test]
fn yes_and_no_and_choices() {
    for (text, want) in [
        ("〇", true),
        ("有(VPN)", true),
        ("重要", true),
        ("TRUE", true),
        ("×\n次回更新時に追加", false),
        ("未", false),
        ("No", false),
        ("○(第12条)", true),
    ] {
        assert_eq!(read(FieldKind::YesNo, "重要な委託", text), Ok(Value::YesNo(want)), "{text}");
    }
    assert_eq!(read(FieldKind::YesNo, "暗号化", "－"), Ok(Value::Null));
    assert_eq!(read(FieldKind::YesNo, "暗号化", "検討する人"), Err(Issue::NotYesOrNo));
    let option = |key: &str, words: &[&str]| Choice {
        key: key.into(),
        title: Label::new(words[0], key),
        words: words.iter().map(|w| (*w).into()).collect(),
    };
    let options = vec![
        option("high", &["大"]),
        option("low", &["小"]),
        option("terminal", &["ノートPC", "PC"]),
        option("na", &["-"]),
        option("full-time", &["常勤"]),
    ];
    let cases = [
        ("大(3)", Ok("high")),
        ("小 ", Ok("low")),
        ("業務用ノートＰＣ", Ok("terminal")),
        ("ー", Ok("na")),
        ("非常勤", Err(Issue::UnknownWord)),
        ("中", Err(Issue::UnknownWord)),
        ("?", Err(Issue::SaysUnknown)),
        ("high", Ok("high")),
    ];
    for (text, want) in cases {
        assert_eq!(
            read(FieldKind::Choice(options.clone()), "影響度", text),
            want.map(|k| Value::Choice(k.into())),
            "{text}"
        );
    }
    let both = read(FieldKind::Choices(options), "影響度", "大・小、謎");
    assert_eq!(both, Ok(Value::Choices(vec!["high".into(), "low".into()])));
}

#[test]
fn texts_links_and_rows() {
    assert_eq!(read(FieldKind::Text, "番号", "未採番"), Err(Issue::SaysUnknown));
    assert_eq!(read(FieldKind::Text, "番号", "-"), Ok(Value::Null));
    assert_eq!(read(FieldKind::Text, "OS", "なし"), Ok(Value::Text("なし".into())));
    assert_eq!(read(FieldKind::Text, "名称", "└ 架空運輸"), Ok(Value::Text("架空運輸".into())));
    for text in ["石井\u{3000}浩㊞", "石井 浩 印", "石井\u{3000}浩"] {
        assert_eq!(read(FieldKind::Person, "承認", text), Ok(Value::Link(Link::Text("石井 浩".into()))), "{text}");
    }
    let rows = vec![field("licence", "資格", FieldKind::Text), field("number", "番号", FieldKind::Text)];
    let Ok(Value::Rows(found)) = read(FieldKind::Rows(rows), "資格", "医師免許(第1号)/認定内科医") else {
        panic!()
    };
    let cells: Vec<&[Value]> = found.iter().map(|r| r.cells.as_slice()).collect();
    assert_eq!(
        cells,
        [
            &[Value::Text("医師免許".into()), Value::Text("第1号".into())],
            &[Value::Text("認定内科医".into()), Value::Null]
        ]
    );
}

#[test]
fn a_word_beside_the_dates() {
    let option =
        Choice { key: "open-ended".into(), title: Label::new("期間の定めなし", "open"), words: Vec::new() };
    let reader = FieldReader::new(&field("renewal", "更新", FieldKind::Choice(vec![option])), "契約期間");
    assert_eq!(word_beside_dates(&reader, "令和7年4月1日～(期間の定めなし)"), Some(Value::Choice("open-ended".into())));
    assert_eq!(word_beside_dates(&reader, "令和7年4月1日～令和8年3月31日"), None);
}

#[test]
fn dates_of_systems_and_of_paper() {
    let cases = [
        ("令和五年四月一日", "2023-04-01"),
        ("平成三十一年四月", "2019-04"),
        ("昭和六十四年一月七日", "1989-01-07"),
        ("二〇二六年十一月二十二日", "2026-11-22"),
        ("令和元年十二月三十一日", "2019-12-31"),
        ("平31.4.1", "2019-04-01"),
        ("令5/10/1", "2023-10-01"),
        ("134083512000000000", "2025-11-23"),
        ("2026-10-31T20:00:00Z", "2026-11-01"),
        ("2026-11-20T23:10:00+09:00", "2026-11-20"),
        ("20261031233000.0Z", "2026-11-01"),
        ("2026/11/1 8:15:00", "2026-11-01"),
    ];
    for (text, want) in cases {
        assert_eq!(read(FieldKind::Date, "日", text), Ok(Value::Date(PartialDate::parse(want).unwrap())), "{text}");
    }
    for text in ["99991231", "9999/12/31", "9999-12-31 00:00:00", "9223372036854775807", "00000000"] {
        assert_eq!(read(FieldKind::Date, "退職日", text), Ok(Value::Null), "{text}");
    }
    for text in ["令和九十年四月一日", "第三月曜日", "十日町", "一昨日", "三年計画"] {
        assert!(read(FieldKind::Date, "日", text).is_err(), "{text}");
    }
}

#[test]
fn boxes_and_lists_of_options() {
    let option = |key: &str, words: &[&str]| Choice {
        key: key.into(),
        title: Label::new(words[0], key),
        words: words.iter().map(|w| (*w).into()).collect(),
    };
    let options = vec![
        option("done", &["済"]),
        option("open", &["未", "□"]),
        option("paper", &["紙"]),
        option("data", &["電子"]),
    ];
    let cases = [
        ("☑済 □未", Ok("done")),
        ("□済 ☑未", Ok("open")),
        ("□済　■未", Ok("open")),
        ("□済 □未", Err(Issue::UnknownWord)),
        ("☑済 ☑未", Err(Issue::UnknownWord)),
        ("□", Ok("open")),
        ("□済", Err(Issue::UnknownWord)),
        ("電子／紙", Err(Issue::UnknownWord)),
        ("電子カルテ", Ok("data")),
    ];
    for (text, want) in cases {
        assert_eq!(
            read(FieldKind::Choice(options.clone()), "欄", text),
            want.map(|k| Value::Choice(k.into())),
            "{text}"
        );
    }
}
