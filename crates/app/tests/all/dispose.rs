//! Stories of disposal, on SQLite and on PostgreSQL: what may go, who decides, what is left, what days before it show.

use std::path::Path;

use akashi_app::account::{self, NewAccount};
use akashi_app::dispose::{Proposal, Stand};
use akashi_app::{App, AppError, Ctx};
use akashi_domain::notation::{Written, instant, read_set};
use akashi_domain::verdict::Judged;
use akashi_domain::{Lang, Link, RecordId, Value};
use akashi_journal::Command;
use akashi_store::{NewVersion, WriteCtx};
use akashi_testkit::Home;

use crate::hospital::{create, put_of, text};

akashi_testkit::stories! {
    proposed_approved_by_another_and_gone
    what_is_not_over_or_held_stays
    an_approval_is_of_exact_versions_by_another_person
    days_before_it_rest_on_what_was_kept
    nothing_is_left_to_dig_up
}

const SECRET: &str = "架空 匿名太郎・診療情報管理士";

fn at(day: &str) -> i64 {
    instant(&format!("{day} 10:00")).unwrap()
}

/// The day the hospital began with Akashi, and today.
const THEN: &str = "2019-05-01";
const TODAY: &str = "2026-11-22";

struct Hospital {
    home: Home,
    app: App,
}

const RECORDS: &str = r#"r = [
  { register = "personnel", id = "old", state = "left", f = { staff_no = "0001", name = "架空 匿名太郎・診療情報管理士", joined = "1999-04-01", left = "2019-03-31" } },
  { register = "personnel", id = "new", state = "left", f = { staff_no = "0002", name = "架空 次子", joined = "2009-04-01", left = "2024-03-31" } },
  { register = "personnel", id = "still", state = "in-post", f = { staff_no = "0003", name = "架空 三子", joined = "2009-04-01" } },
  { register = "personnel", id = "boss", state = "in-post", f = { staff_no = "0004", name = "架空 院長", joined = "2009-04-01" } },
  { register = "user-id", id = "u", state = "deleted", f = { login_id = "taro", person = "@old", deleted_on = "2019-04-01" } },
  { register = "training", id = "t", state = "closed", f = { title = "安全管理研修", held_on = "2019-04-10" } },
]"#;

#[derive(serde::Deserialize)]
struct Set {
    r: Vec<Written>,
}

impl Hospital {
    async fn new(home: Home) -> Hospital {
        let ctx = Ctx::local(at(THEN), Lang::En);
        let app = create(home.address(), home.data(), ctx.now).await;
        let set: Set = toml::from_str(RECORDS).unwrap();
        let versions = read_set(&set.r, app.catalog(), 0x1000, ctx.now).unwrap();
        let mut tx = app.store().begin(&WriteCtx { actor: "local".into(), at: ctx.now }).await.unwrap();
        let new = |v: &akashi_domain::Version| NewVersion::of(app.catalog().register(v.register), v, Command::Put);
        let receipts = tx.put_all(versions.iter().map(new).collect()).await.unwrap();
        tx.commit(receipts).await.unwrap();
        let people = [
            ("op", "operator", None),
            ("plan", "planning-manager", Some(3)),
            ("plan2", "planning-manager", None),
            ("boss", "management", Some(4)),
            ("boss2", "planning-manager", Some(4)),
            ("staff", "staff", None),
        ];
        for (login, role, person) in people {
            let personnel = person.map(|n| akashi_domain::notation::id(0x1000, n - 1));
            let roles = vec![role.to_owned()];
            let new = NewAccount {
                login: login.into(),
                name: format!("架空 {login}"),
                roles,
                lang: Lang::En,
                personnel,
                must_change: false,
            };
            app.add_account(&ctx, new, "kakuu no byouin 1").await.unwrap();
        }
        app.note_turns(ctx.now).await.unwrap();
        Hospital { home, app }
    }

    fn id(&self, position: usize) -> RecordId {
        akashi_domain::notation::id(0x1000, position)
    }

    async fn ctx(&self, login: &str, day: &str) -> Ctx {
        let account = self.app.store().account_by_login(login).await.unwrap().unwrap();
        Ctx { actor: account::actor(&account), now: at(day), lang: Lang::En, facility: String::new() }
    }

    async fn propose(&self, login: &str, positions: &[usize]) -> akashi_app::Result<RecordId> {
        let records = positions.iter().map(|n| self.id(*n)).collect();
        let proposal = Proposal { records, subject: None, reason: Some("保存期間満了".into()) };
        Ok(self.app.propose_disposal(&self.ctx(login, TODAY).await, proposal).await?.record)
    }

    async fn approve(&self, login: &str, disposal: RecordId) -> akashi_app::Result<()> {
        let ctx = self.ctx(login, TODAY).await;
        let rev = self.app.disposal_line(&ctx, disposal).await?.rev;
        self.app.approve_disposal(&ctx, disposal, rev, None).await.map(drop)
    }

    async fn run(&self, login: &str, disposal: RecordId) -> akashi_app::Result<akashi_app::dispose::Disposed> {
        let ctx = self.ctx(login, TODAY).await;
        let rev = self.app.live(ctx.now).await?.world.latest(disposal).unwrap().rev;
        self.app.dispose(&ctx, disposal, rev).await
    }

    async fn put(&self, login: &str, register: &str, record: Option<RecordId>, values: &[(&str, Value)]) -> RecordId {
        let ctx = self.ctx(login, TODAY).await;
        let seen = match record {
            Some(id) => Some((id, self.app.live(ctx.now).await.unwrap().world.latest(id).unwrap().rev)),
            None => None,
        };
        self.app.put(&ctx, put_of(&self.app, register, seen, values)).await.unwrap().record
    }

    async fn go(&self, login: &str, record: RecordId, key: &str) {
        let ctx = self.ctx(login, TODAY).await;
        let rev = self.app.live(ctx.now).await.unwrap().world.latest(record).unwrap().rev;
        self.app.move_to(&ctx, record, rev, key, None).await.unwrap();
    }

    async fn state(&self, record: RecordId) -> String {
        self.app.live(at(TODAY)).await.unwrap().world.latest(record).unwrap().state.to_string()
    }
}

fn said<T: std::fmt::Debug>(result: akashi_app::Result<T>) -> String {
    result.unwrap_err().label().en
}

async fn proposed_approved_by_another_and_gone(home: Home) {
    let h = Hospital::new(home).await;
    let planner = h.ctx("plan", TODAY).await;
    let offers = h.app.disposable(&planner, "personnel").await.unwrap();
    assert_eq!(offers.ready.iter().map(|o| o.record).collect::<Vec<_>>(), [h.id(0)]);
    assert_eq!(offers.ready[0].ends.unwrap().to_string(), "2024-03-31");
    assert_eq!(offers.kept[0].ends.unwrap().to_string(), "2029-03-31");
    assert!(h.app.registers_with_retention().iter().any(|r| r.key == "personnel"));

    let disposal = h.propose("op", &[0, 4]).await.unwrap();
    assert!(said(h.propose("plan", &[0]).await).contains("named by disposal DSP-2026-0001 already"));
    assert!(h.app.disposable(&planner, "personnel").await.unwrap().ready[0].proposed.is_some());
    h.approve("plan", disposal).await.unwrap();
    let line = h.app.disposal_line(&planner, disposal).await.unwrap();
    assert_eq!((line.state.as_str(), line.may_run, line.records.len()), ("approved", true, 2));
    assert!(line.records.iter().all(|r| r.stand == Stand::Ready && r.why.is_none()));

    let done = h.run("plan", disposal).await.unwrap();
    assert_eq!((done.code.as_str(), done.records.len(), done.wiping), ("DSP-2026-0001", 2, false));
    assert_eq!(done.records[0].rule, "staff-roster");
    assert_eq!(h.state(disposal).await, "done");
    let line = h.app.find_disposal(&planner, "DSP-2026-0001").await.unwrap();
    assert!(line.records.iter().all(|r| r.stand == Stand::Gone && r.name.is_empty() && r.why.is_none()));
    let entries: Vec<u64> = line.records.iter().filter_map(|r| r.entry).collect();
    assert_eq!(entries, done.records.iter().map(|r| r.entry).collect::<Vec<_>>());

    // What remains says how it went, in every place; a second time there is nothing to do.
    let live = h.app.live(at(TODAY)).await.unwrap();
    let version = live.world.latest(h.id(0)).unwrap();
    let label = akashi_app::dispose::gone_label(&live.evaluator, version).unwrap();
    assert_eq!(label.ja, "廃棄済み(承認 DSP-2026-0001、規則 職員名簿(退職者))");
    assert_eq!(label.en, "Disposed of (approval DSP-2026-0001, rule Roster of staff who left)");
    drop(live);
    let deeds = h.app.deeds(h.id(0)).await.unwrap();
    assert_eq!(deeds.iter().map(|d| d.command.as_str()).collect::<Vec<_>>(), ["put", "dispose"]);
    let sheet = h.app.export(&planner, "personnel").await.unwrap();
    assert!(!sheet.is_empty());
    assert!(said(h.run("plan", disposal).await).contains("only while it is “Approved”"));
    assert!(said(h.propose("op", &[0]).await).contains("disposed of already"));
    let verified = h.app.verify(|_, _| ()).await.unwrap();
    assert!(verified.faults.is_empty(), "{:?}", verified.faults);
    assert_eq!(verified.disposals.iter().map(|d| d.entry).collect::<Vec<_>>(), entries);
    assert!(verified.disposals.iter().all(|d| d.approval.as_deref() == Some(&disposal.to_string()) && d.versions == 1));
    // A program that starts now reads the same.
    let again = App::open(h.home.address(), h.home.data(), planner.today()).await.unwrap();
    let live = again.live(at(TODAY)).await.unwrap();
    assert!(live.faults.is_empty() && live.world.gone(h.id(0)).unwrap().approval == Some(disposal));
}

async fn what_is_not_over_or_held_stays(home: Home) {
    let h = Hospital::new(home).await;
    let said_so = said(h.propose("op", &[1]).await);
    assert!(said_so.contains("PER-4098: "), "{said_so}");
    assert!(said_so.contains("Kept until 2029-03-31 (Roster of staff who left)"), "{said_so}");
    assert!(said(h.propose("op", &[2]).await).contains("not over"), "somebody in post");
    assert!(matches!(h.propose("staff", &[0]).await, Err(AppError::Forbidden(_))));
    assert!(matches!(h.propose("op", &[]).await, Err(AppError::Invalid(_))));

    let disposal = h.propose("op", &[0]).await.unwrap();
    h.approve("plan", disposal).await.unwrap();
    // A lawsuit comes between approval and execution. The hold counts from the moment somebody asks for it.
    let day = Value::Date(akashi_domain::PartialDate::parse("2026-11-20").unwrap());
    let held = [
        ("subject", text("訴訟")),
        ("reason", text("医療訴訟")),
        ("from", day),
        ("records", Value::Links(vec![Link::To(h.id(0))])),
        ("approver", Value::Link(Link::Text("架空 院長".into()))),
    ];
    let hold = h.put("plan2", "legal-hold", None, &held).await;
    let blocked = said(h.run("plan", disposal).await);
    assert!(blocked.contains("A hold keeps it (HLD-2026-0001, not approved yet)"), "{blocked}");
    h.go("boss", hold, "approve").await;
    let blocked = said(h.run("plan", disposal).await);
    assert!(blocked.contains("A hold keeps it (HLD-2026-0001)"), "{blocked}");
    let planner = h.ctx("plan", TODAY).await;
    let line = h.app.disposal_line(&planner, disposal).await.unwrap();
    assert_eq!(line.records[0].stand, Stand::Blocked);
    assert_eq!(h.state(h.id(0)).await, "left", "nothing was changed");
    // Lifted by another person it may go.
    h.put("plan2", "legal-hold", Some(hold), &[("lifted_why", text("和解"))]).await;
    h.go("boss", hold, "lift").await;
    assert_eq!(h.run("plan", disposal).await.unwrap().records.len(), 1);
}

async fn an_approval_is_of_exact_versions_by_another_person(home: Home) {
    let h = Hospital::new(home).await;
    let disposal = h.propose("plan", &[0]).await.unwrap();
    let refused = said(h.approve("plan", disposal).await);
    assert!(refused.contains("another person must"), "{refused}");
    assert!(matches!(h.approve("op", disposal).await, Err(AppError::Forbidden(_))), "an operator does not approve");
    // Whoever wrote into the proposal has no say either, nor has another account of the same person.
    h.put("boss2", "disposal", Some(disposal), &[("note", text("確認した"))]).await;
    assert!(said(h.approve("boss2", disposal).await).contains("another person must"));
    assert!(
        said(h.approve("boss", disposal).await).contains("another person must"),
        "the same person with another account"
    );
    assert!(said(h.run("plan", disposal).await).contains("only while it is “Approved”"), "not before it is approved");
    // The plain moves of the register do not lead there.
    let ctx = h.ctx("plan2", TODAY).await;
    assert!(matches!(h.app.move_to(&ctx, disposal, 2, "approve", None).await, Err(AppError::Invalid(_))));
    h.approve("plan2", disposal).await.unwrap();
    assert!(matches!(h.app.move_to(&ctx, disposal, 3, "carry-out", None).await, Err(AppError::Invalid(_))));

    // The record changes after the approval: the version that was approved is not the one that is there.
    h.put("plan", "personnel", Some(h.id(0)), &[("note", text("旧姓の確認"))]).await;
    let stale = said(h.run("plan", disposal).await);
    assert!(stale.contains("Changed after revision 1, which was named, and now at 2"), "{stale}");

    // Another list in an approved disposal is not what was approved.
    let rows = {
        let live = h.app.live(at(TODAY)).await.unwrap();
        let register = h.app.catalog().register_by_key("disposal").unwrap();
        let mut rows = live.world.latest(disposal).unwrap().get(register, "records").clone();
        let newest = live.world.latest(h.id(0)).unwrap();
        if let Value::Rows(rows) = &mut rows {
            let fields = register.field("records").unwrap().rows();
            let at = |key: &str| fields.iter().position(|f| f.key == key).unwrap();
            rows[0].cells[at("digest")] = text(&newest.digest);
            rows[0].cells[at("rev")] = Value::Number(2.0);
        }
        rows
    };
    h.put("plan", "disposal", Some(disposal), &[("records", rows)]).await;
    let changed = said(h.run("plan", disposal).await);
    assert!(changed.contains("changed after the approval"), "{changed}");
    assert_eq!(h.state(h.id(0)).await, "left");

    // A state that came in another way than by the move is no approval.
    h.go("plan", disposal, "cancel").await;
    let forged = {
        let live = h.app.live(at(TODAY)).await.unwrap();
        let mut version = akashi_domain::Version::clone(live.world.latest(disposal).unwrap());
        version.state = "approved".into();
        version.rev += 1;
        NewVersion::of(h.app.catalog().register(version.register), &version, Command::Import)
    };
    let mut tx = h.app.store().begin(&WriteCtx { actor: "local".into(), at: at(TODAY) }).await.unwrap();
    let receipt = tx.put(forged).await.unwrap();
    tx.commit(receipt).await.unwrap();
    drop(h.app.live(at(TODAY) + 5_000_000).await.unwrap());
    let refused = said(h.run("plan", disposal).await);
    assert!(refused.contains("changed after the approval") || refused.contains("no valid approval"), "{refused}");
}

async fn days_before_it_rest_on_what_was_kept(home: Home) {
    let h = Hospital::new(home).await;
    let disposal = h.propose("op", &[0, 5]).await.unwrap();
    h.approve("plan", disposal).await.unwrap();
    let day = |text: &str| akashi_domain::Day::parse(text).unwrap();
    let before = h.app.evaluator_at(at(TODAY), day("2026-11-21"), None).await.unwrap();
    assert!(!before.is_resting());
    let values: Vec<Judged> = (0..before.program().parts.len()).map(|ix| before.value(ix)).collect();
    h.run("plan", disposal).await.unwrap();

    // The day before: the parts that read people rest on what was noted when the hospital began.
    let after = h.app.evaluator_at(at(TODAY), day("2026-11-21"), None).await.unwrap();
    assert!(after.is_resting());
    let report = akashi_app::report::report(&after);
    let resting: Vec<_> = report.parts.iter().filter(|p| p.rests_on.is_some()).collect();
    assert!(!resting.is_empty() && resting.len() < report.parts.len());
    for part in &resting {
        let rests = part.rests_on.as_ref().unwrap();
        assert_eq!(rests.kept_at.as_deref(), Some("2019-05-01T01:00:00Z"), "{part:?}");
        assert!(rests.disposed.iter().all(|row| row.why.ja.contains("承認 DSP-2026-0001")), "{rests:?}");
        assert!(part.because.ja.contains("当時の判定"), "{part:?}");
    }
    // Whatever does not rest is what it was.
    for (ix, value) in values.iter().enumerate() {
        if after.verdict(ix).rests.is_none() {
            assert_eq!(after.value(ix), *value);
        }
    }
    // As known before anything was noted there is nothing to rest on.
    let unknown = h.app.evaluator_at(at(TODAY), day("2018-01-01"), None).await.unwrap();
    assert!(unknown.is_resting());
    let parts = (0..unknown.program().parts.len()).map(|ix| unknown.verdict(ix)).filter(|v| v.rests.is_some());
    let parts: Vec<_> = parts.collect();
    assert!(!parts.is_empty() && parts.iter().all(|v| v.value == Judged::Insufficient), "{parts:?}");
    // Today nothing rests: the rows are gone, and what is left is judged.
    assert!(!h.app.evaluator_at(at(TODAY), day(TODAY), None).await.unwrap().is_resting());
}

/// Every file below a folder that holds these bytes.
fn holding(folder: &Path, bytes: &[u8]) -> Vec<String> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
        if entry.is_dir() {
            out.extend(holding(&entry, bytes));
        } else if std::fs::read(&entry).unwrap().windows(bytes.len()).any(|w| w == bytes) {
            out.push(entry.display().to_string());
        }
    }
    out
}

async fn nothing_is_left_to_dig_up(home: Home) {
    let h = Hospital::new(home).await;
    let boss = h.ctx("plan", TODAY).await;
    let account = h.app.store().account_by_login("op").await.unwrap().unwrap().id;
    h.app.save_draft(&boss, account, "personnel", Some(h.id(0)), serde_json::json!({ "name": SECRET })).await.unwrap();
    h.app.note_turns(at(TODAY)).await.unwrap();
    let key = h.app.store().opening(h.id(0), None).await.unwrap().unwrap().contents.unwrap();
    assert!(String::from_utf8_lossy(&key.body).contains(SECRET));
    let disposal = h.propose("op", &[0]).await.unwrap();
    h.approve("plan", disposal).await.unwrap();
    h.run("plan", disposal).await.unwrap();

    // In memory: no version of the world or of what is judged says it any more.
    let live = h.app.live(at(TODAY)).await.unwrap();
    let everything = format!("{:?}{:?}", live.world, live.evaluator.view());
    assert!(!everything.contains(SECRET) && everything.contains("架空 三子"), "the test looks in the right place");
    drop(live);
    // In the files: neither the words nor the salts that would confirm a guess. On PostgreSQL this is the data folder only.
    for bytes in [SECRET.as_bytes(), &key.body_salt.0, "2019-03-31".as_bytes()] {
        assert_eq!(holding(h.home.data(), bytes), Vec::<String>::new());
    }
    assert!(h.app.drafts(account).await.unwrap().is_empty());
    assert!(h.app.store().opening(h.id(0), Some(1)).await.unwrap().unwrap().contents.is_none());
    // A draft that was still open in a browser does not come back.
    let late = h.app.save_draft(&boss, account, "personnel", Some(h.id(0)), serde_json::json!({})).await;
    assert!(late.is_err());
    // Nor does an edit.
    let put = put_of(&h.app, "personnel", Some((h.id(0), 2)), &[("name", text("x"))]);
    assert!(h.app.put(&boss, put).await.is_err());
}
