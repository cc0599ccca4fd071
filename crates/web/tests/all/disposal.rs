//! The small hospital of the stories about disposal: somebody who left long ago, somebody who left lately, somebody held.

use akashi_domain::notation::Written;

use crate::hospital::Hospital;

const RECORDS: &str = r#"
[[record]]
register = "personnel"
id = "old"
state = "left"
f = { staff_no = "0001", name = "架空 昔子", joined = "1999-04-01", left = "2019-03-31" }

[[record]]
register = "personnel"
id = "held"
state = "left"
f = { staff_no = "0002", name = "架空 訴訟", joined = "1999-04-01", left = "2018-03-31" }

[[record]]
register = "personnel"
id = "new"
state = "left"
f = { staff_no = "0003", name = "架空 今子", joined = "2009-04-01", left = "2024-03-31" }

[[record]]
register = "personnel"
id = "hanako"
state = "in-post"
f = { staff_no = "0004", name = "架空 花子", joined = "2009-04-01" }

[[record]]
register = "personnel"
id = "jiro"
state = "in-post"
f = { staff_no = "0005", name = "架空 次郎", joined = "2009-04-01" }

[[record]]
register = "training"
id = "trained"
state = "closed"
f = { title = "架空の研修", held_on = "2019-04-10" }

[[record]]
register = "legal-hold"
id = "hold"
state = "in-force"
code = "HLD-2026-0001"
f = { subject = "労務訴訟", reason = "証拠を残す", records = ["@held"], approver = "@hanako", from = "2026-01-01" }
"#;

#[derive(serde::Deserialize)]
struct Set {
    record: Vec<Written>,
}

pub(crate) async fn hospital() -> Hospital {
    let set: Set = toml::from_str(RECORDS).unwrap();
    Hospital::with(set.record).await
}
