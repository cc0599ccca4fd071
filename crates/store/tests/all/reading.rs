//! Stories about loading the world: it is what was written, and damage is told, not hidden.

use akashi_domain::{FileRef, Value, Version};
use akashi_journal::Command;
use akashi_store::{LoadFaultKind, NewVersion};
use serde_json::json;

use crate::home::{Home, NOW, assert_clean, catalog, ctx, device, id, put};

crate::stories! {
    the_world_is_what_was_written
    what_cannot_be_read_is_told
}

async fn the_world_is_what_was_written(home: Home) {
    let store = home.create().await;
    let catalog = catalog();
    let register = catalog.register_by_key("device").unwrap();
    let paper = store.put_blob(b"paper".to_vec(), NOW).await.unwrap();
    let file = FileRef { name: "保証書.pdf".into(), digest: paper.digest.to_hex().into(), size: paper.size };
    let mut cells = vec![Value::Null; register.fields().len()];
    cells[register.field_ix("name").unwrap()] = Value::Text("受付PC".into());
    cells[register.field_ix("kind").unwrap()] = Value::Choice("terminal".into());
    cells[register.field_ix("papers").unwrap()] = Value::Files(vec![file]);
    let mut version = Version {
        register: catalog.register_ix("device").unwrap(),
        id: id(1),
        rev: 1,
        code: "".into(),
        facility: "main".into(),
        state: "in-use".into(),
        cells,
        extra: [("備考2".to_owned(), "旧館".to_owned())].into(),
        source: None,
        valid_from: akashi_domain::PartialDate::parse("2026"),
        recorded_at: 0,
        author: "".into(),
        digest: "".into(),
        disposed: false,
    };
    let mut tx = store.begin(&ctx()).await.unwrap();
    let new = NewVersion::of(register, &version, Command::Put);
    assert_eq!(new.blobs, [paper.digest]);
    let receipt = tx.put(new).await.unwrap();
    // The program's own records are journaled, but not in the world.
    let own = NewVersion::system("role", id(900), 0, Command::Account, json!({"roles": ["auditor"]}));
    let mut receipts = akashi_store::Receipts::from(receipt);
    receipts.extend(tx.put(own).await.unwrap());
    let committed = tx.commit(receipts).await.unwrap();
    committed.first().complete(&mut version);

    let (world, loaded) = store.load_world(catalog).await.unwrap();
    assert!(loaded.faults.is_empty(), "{:?}", loaded.faults);
    assert_eq!((world.len(), loaded.next), (1, 2));
    let mut read = (**world.latest(id(1)).unwrap()).clone();
    read.cells.truncate(version.cells.len());
    assert_eq!(read, version);
    assert_eq!(read.code.as_ref(), "AST-2026-0001");
    assert_eq!(assert_clean(&store).await.entries, 2);
}

async fn what_cannot_be_read_is_told(home: Home) {
    let store = home.create().await;
    for n in 0..6 {
        put(&store, device(n, 0, "x")).await;
    }
    let mut choice = device(6, 0, "x");
    choice.body["fields"]["kind"] = json!("abacus");
    put(&store, choice).await;
    let body = |seq: u64, body: &str| format!("update record_version set body = {body} where seq = {seq}");
    home.tamper(&body(1, &home.bytes(b"{broken"))).await;
    home.tamper(&body(2, "null")).await;
    home.tamper("update record_version set register = 'gone' where seq = 3").await;
    home.tamper("update record_version set record = 'nobody' where seq = 4").await;
    home.tamper("update record_version set valid_from = 'soon' where seq = 5").await;
    let (world, loaded) = store.load_world(catalog()).await.unwrap();
    let told: Vec<_> = loaded.faults.iter().map(|f| (f.seq, f.kind.clone())).collect();
    assert_eq!(
        told,
        [
            (1, LoadFaultKind::Sealed),
            (2, LoadFaultKind::NoBody),
            (3, LoadFaultKind::UnknownRegister),
            (4, LoadFaultKind::Id),
            (5, LoadFaultKind::ValidFrom { found: "soon".into() }),
            (6, LoadFaultKind::Field { field: "kind".into(), kind: "choice".into() }),
        ]
    );
    // A record whose body is damaged still counts, with nothing in it that could satisfy a check.
    assert_eq!(world.len(), 5);
    let catalog = catalog();
    let register = catalog.register_by_key("device").unwrap();
    let cell = |n: u64, key: &str| world.latest(id(n)).unwrap().get(register, key).clone();
    assert!(cell(1, "name").is_missing() && cell(2, "name").is_missing());
    assert_eq!(cell(6, "kind"), Value::Unclear("abacus".into()));
    assert_eq!(cell(6, "name"), Value::Text("x".into()));
    for fault in &loaded.faults {
        assert!(!fault.text().ja.is_empty() && !fault.text().en.is_empty());
    }
}
