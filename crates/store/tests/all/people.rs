//! Stories about accounts and sessions, and about work that is not evidence.

use akashi_domain::Lang;
use akashi_journal::Command;
use akashi_store::{Account, Beside, Draft, NewVersion, StoreError, VerdictRow};
use serde_json::json;

use crate::home::{Home, NOW, assert_clean, ctx, device, id, put};

crate::stories! {
    accounts_are_journaled
    accounts_share_commits
    sessions_end
    failed_log_ins_are_counted
    drafts_and_mappings_are_kept
    verdicts_are_kept_when_they_turn
}

fn account(n: u64, login: &str) -> Account {
    Account {
        id: id(n),
        login: login.into(),
        name: "山田 花子".into(),
        pseudonym: format!("u-{n}"),
        password_hash: "$argon2id$…".into(),
        roles: vec!["planning-manager".into()],
        lang: Lang::Ja,
        facility: String::new(),
        personnel: Some(id(77)),
        disabled: false,
        must_change: true,
        created: NOW,
    }
}

async fn accounts_are_journaled(home: Home) {
    let store = home.create().await;
    let mut tx = store.begin(&ctx()).await.unwrap();
    let mut hanako = account(1, "hanako");
    tx.save_account(&hanako).await.unwrap();
    let body = json!({"pseudonym": hanako.pseudonym, "roles": hanako.roles});
    let receipt = tx.put(NewVersion::system("account", hanako.id, 0, Command::Account, body)).await.unwrap();
    tx.commit(receipt).await.unwrap();
    assert_eq!(store.account_by_login("hanako").await.unwrap().as_ref(), Some(&hanako));
    assert_eq!(store.account_by_login("Hanako").await.unwrap(), None);

    // An account that is written without a command is gone with the transaction.
    let mut tx = store.begin(&ctx()).await.unwrap();
    hanako.disabled = true;
    tx.save_account(&hanako).await.unwrap();
    tx.save_account(&account(2, "taro")).await.unwrap();
    drop(tx);
    assert!(!store.account(id(1)).await.unwrap().unwrap().disabled);
    assert_eq!(store.accounts().await.unwrap().len(), 1);

    // Two people cannot have one login.
    let mut tx = store.begin(&ctx()).await.unwrap();
    assert!(tx.save_account(&account(3, "hanako")).await.is_err());
    drop(tx);
    assert!(!format!("{hanako:?}").contains("argon2id"));
    assert_clean(&store).await;
}

/// Four people are given an account at the same time as others write; two of them want the same login.
async fn accounts_share_commits(home: Home) {
    let store = home.create().await;
    let logins = ["hanako", "taro", "taro", "jiro"];
    let tasks = logins.into_iter().zip(1..).flat_map(|(login, n)| {
        let account = account(n, login);
        let body = json!({"pseudonym": account.pseudonym, "row": account.seal()});
        let version = NewVersion::system("account", account.id, 0, Command::Account, body);
        let commands = [(version, Beside::account(&account)), (device(n + 100, 0, "x"), Beside::default())];
        commands.map(|(version, beside)| {
            let store = store.clone();
            tokio::spawn(async move { store.write_with(ctx(), vec![version], beside).await })
        })
    });
    let mut answers = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        answers.push(task.await.unwrap().is_ok());
    }
    assert_eq!(answers.iter().filter(|told| **told).count(), 7, "two people cannot have one login");
    assert!(answers[0] && answers[6] && answers[2] != answers[4]);
    let known: Vec<_> = store.accounts().await.unwrap().into_iter().map(|account| account.login).collect();
    assert_eq!(known, ["hanako", "jiro", "taro"]);
    let refused = if answers[2] { 3 } else { 2 };
    assert!(store.history(id(refused)).await.unwrap().is_empty(), "nothing says that there is a second taro");
    assert_eq!(assert_clean(&store).await.entries, 7);
}

async fn sessions_end(home: Home) {
    let store = home.create().await;
    let hour = 3_600_000_000;
    store.start_session("token-1", id(1), NOW, NOW + hour, "Firefox").await.unwrap();
    store.start_session("token-2", id(1), NOW + 1, NOW + hour, &"x".repeat(999)).await.unwrap();
    store.start_session("token-3", id(2), NOW, NOW + hour, "").await.unwrap();
    let session = store.session("token-1", NOW).await.unwrap().unwrap();
    assert_eq!((session.account, session.agent.as_str()), (id(1), "Firefox"));
    assert_eq!(store.session("token-9", NOW).await.unwrap(), None);
    // At its end it is over; using it moves the end.
    assert_eq!(store.session("token-1", NOW + hour).await.unwrap(), None);
    store.touch_session(session.id, NOW + 5, NOW + 2 * hour).await.unwrap();
    assert_eq!(store.session("token-1", NOW + hour).await.unwrap().unwrap().last_seen, NOW + 5);
    let listed: Vec<_> = store.sessions_of(id(1), NOW).await.unwrap().into_iter().map(|s| s.created).collect();
    assert_eq!(listed, [NOW + 1, NOW]);
    store.end_session(session.id).await.unwrap();
    assert_eq!(store.session("token-1", NOW).await.unwrap(), None);
    store.end_sessions_of(id(1)).await.unwrap();
    assert_eq!(store.session("token-2", NOW).await.unwrap(), None);
    assert!(store.session("token-3", NOW).await.unwrap().is_some());
    store.sweep_sessions(NOW + hour, NOW).await.unwrap();
    assert_eq!(home.number("select count(*) from session").await, 0);
}

async fn failed_log_ins_are_counted(home: Home) {
    let store = home.create().await;
    for at in 0..4 {
        store.note_login_failure("hanako", "10.0.0.9", NOW + at).await.unwrap();
    }
    store.note_login_failure("taro", "10.0.0.9", NOW).await.unwrap();
    assert_eq!(store.login_failures("hanako", NOW + 2).await.unwrap(), 2);
    assert_eq!(store.login_failures("hanako", 0).await.unwrap(), 4);
    store.sweep_sessions(NOW, NOW + 2).await.unwrap();
    assert_eq!(store.login_failures("hanako", 0).await.unwrap(), 2);
    store.clear_login_failures("hanako").await.unwrap();
    assert_eq!(store.login_failures("hanako", 0).await.unwrap(), 0);
}

async fn drafts_and_mappings_are_kept(home: Home) {
    let store = home.create().await;
    let draft = |record, name: &str, at| Draft { register: "device".into(), record, body: json!({ "name": name }), at };
    // Two accounts and a record; whoever is none of them has no key a draft could be sealed with.
    for n in [1, 2, 5] {
        put(&store, device(n, 0, "x")).await;
    }
    let nobody = store.save_draft(id(9), &draft(None, "new", NOW)).await;
    assert!(matches!(nobody, Err(StoreError::StaleRevision { found: 0, .. })));
    store.save_draft(id(1), &draft(None, "new", NOW)).await.unwrap();
    store.save_draft(id(1), &draft(Some(id(5)), "old", NOW + 1)).await.unwrap();
    store.save_draft(id(1), &draft(None, "newer", NOW + 2)).await.unwrap();
    store.save_draft(id(2), &draft(None, "other", NOW)).await.unwrap();
    let mine = store.drafts(id(1)).await.unwrap();
    assert_eq!(mine, [draft(None, "newer", NOW + 2), draft(Some(id(5)), "old", NOW + 1)]);
    store.drop_draft(id(1), "device", None).await.unwrap();
    assert_eq!(store.drafts(id(1)).await.unwrap(), [draft(Some(id(5)), "old", NOW + 1)]);

    assert_eq!(store.mapping("device", "f1").await.unwrap(), None);
    store.save_mapping("device", "f1", &json!({"A": "name"}), NOW).await.unwrap();
    store.save_mapping("device", "f1", &json!({"B": "name"}), NOW).await.unwrap();
    assert_eq!(store.mapping("device", "f1").await.unwrap(), Some(json!({"B": "name"})));
    // Drafts are outside the log.
    assert_eq!(store.end().await.unwrap(), 3);
}

async fn verdicts_are_kept_when_they_turn(home: Home) {
    let store = home.create().await;
    let row = |part: &str, verdict: &str| VerdictRow {
        item: "6.2".into(),
        part: part.into(),
        verdict: verdict.into(),
        detail: json!({"population": 3}),
    };
    let day = "2026-11-22";
    let first = [row("1", "satisfied"), row("2", "insufficient")];
    assert_eq!(store.note_verdicts(NOW, day, &first).await.unwrap(), 2);
    assert_eq!(store.note_verdicts(NOW + 1, day, &first).await.unwrap(), 0);
    let second = [row("1", "not-satisfied"), row("2", "insufficient")];
    assert_eq!(store.note_verdicts(NOW + 2, day, &second).await.unwrap(), 1);
    assert_eq!(store.note_verdicts(NOW + 3, day, &first).await.unwrap(), 1);
    let turns = store.verdict_turns("6.2").await.unwrap();
    let told: Vec<_> = turns.iter().map(|t| (t.part.as_str(), t.verdict.as_str(), t.at - NOW)).collect();
    let expect = [("1", "satisfied", 0), ("2", "insufficient", 0), ("1", "not-satisfied", 2), ("1", "satisfied", 3)];
    assert_eq!(told, expect);
    assert_eq!(turns[0].detail["population"], 3);
    assert!(store.verdict_turns("6.3").await.unwrap().is_empty());
}
