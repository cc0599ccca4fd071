//! Entries: one form, strictly read, equal to RFC 8785.

use akashi_journal::entry::{ChainError, EntryError, MAX_BLOBS, MAX_LEAF};
use akashi_journal::merkle::leaf_hash;
use akashi_journal::{Command, Digest, Entry, canon};
use proptest::prelude::*;
use serde_json::{Value, json};

fn sample() -> Entry {
    Entry {
        actor: "p-7f3a".to_owned(),
        at: 1_767_225_600_123_456,
        batch: None,
        blobs: vec![Digest::of(b"scan")],
        body: Digest::of(b"body"),
        catalogue: None,
        command: Command::Put,
        def_version: 1,
        epoch: 1,
        prev: None,
        reason: Some(Digest::of(b"reason")),
        record: "018f4e4e-7b1c-7c3a-8a55-0123456789ab".to_owned(),
        register: "information".to_owned(),
        rev: 1,
        state: "active".to_owned(),
        v: 1,
        valid_from: Some("2026-04".to_owned()),
    }
}

#[test]
fn golden_leaf() {
    let leaf = String::from_utf8(sample().to_leaf().unwrap()).unwrap();
    let expected = format!(
        concat!(
            r#"{{"actor":"p-7f3a","at":"2026-01-01T00:00:00.123456Z","batch":null,"blobs":["{}"],"body":"{}","#,
            r#""catalogue":null,"command":"put","def_version":1,"epoch":1,"prev":null,"reason":"{}","#,
            r#""record":"018f4e4e-7b1c-7c3a-8a55-0123456789ab","register":"information","rev":1,"#,
            r#""state":"active","v":1,"valid_from":"2026-04"}}"#
        ),
        Digest::of(b"scan"),
        Digest::of(b"body"),
        Digest::of(b"reason"),
    );
    assert_eq!(leaf, expected);
    assert_eq!(sample().leaf_hash().unwrap(), leaf_hash(leaf.as_bytes()));
}

#[test]
fn every_command_has_its_kebab_name() {
    use Command::*;
    let all = [Put, Move, Decide, Review, Attach, Dispose, Ingest, Import, Setup, Account, Catalogue, Epoch];
    let names: Vec<_> = all.iter().map(|command| serde_json::to_value(command).unwrap()).collect();
    let expected = "put move decide review attach dispose ingest import setup account catalogue epoch";
    assert_eq!(names, expected.split(' ').map(Value::from).collect::<Vec<_>>());
    assert_eq!(names, all.map(|command| Value::from(command.name())));
}

type Spoil = Box<dyn Fn(&mut Entry)>;

#[test]
fn fields_out_of_shape_are_refused() {
    let spoil: Vec<(&str, Spoil)> = vec![
        ("actor", Box::new(|e| e.actor = "山田 太郎".into())),
        ("actor", Box::new(|e| e.actor = "taro@hospital.example".into())),
        ("actor", Box::new(|e| e.actor = String::new())),
        ("actor", Box::new(|e| e.actor = "a".repeat(129))),
        ("at", Box::new(|e| e.at = i64::MAX)),
        ("register", Box::new(|e| e.register = String::new())),
        ("register", Box::new(|e| e.register = "a b".into())),
        ("state", Box::new(|e| e.state = "a\nb".into())),
        ("record", Box::new(|e| e.record = "018F4E4E-7B1C-7C3A-8A55-0123456789AB".into())),
        ("record", Box::new(|e| e.record = "7".into())),
        ("batch", Box::new(|e| e.batch = Some(String::new()))),
        ("valid_from", Box::new(|e| e.valid_from = Some("2026-13".into()))),
        ("valid_from", Box::new(|e| e.valid_from = Some("2026-4-1".into()))),
        ("valid_from", Box::new(|e| e.valid_from = Some("令和8年".into()))),
    ];
    for (name, spoil) in spoil {
        let mut entry = sample();
        spoil(&mut entry);
        match entry.to_leaf() {
            Err(EntryError::Field { field, .. }) => assert_eq!(field, name),
            other => panic!("{name}: {other:?}"),
        }
    }
    assert_eq!(Entry { v: 2, ..sample() }.to_leaf(), Err(EntryError::Format { found: 2 }));
}

#[test]
fn the_largest_entry_fits_a_bundle() {
    let entry = Entry {
        actor: "a".repeat(128),
        batch: Some(sample().record),
        blobs: vec![Digest([0xff; 32]); MAX_BLOBS],
        catalogue: Some(Digest([0xff; 32])),
        prev: Some(Digest([0xff; 32])),
        register: "台".repeat(42),
        state: "状".repeat(42),
        rev: u32::MAX,
        epoch: u32::MAX,
        def_version: u32::MAX,
        ..sample()
    };
    assert!(entry.to_leaf().unwrap().len() <= MAX_LEAF);
    let more = Entry { blobs: vec![Digest([0; 32]); MAX_BLOBS + 1], ..entry };
    assert_eq!(more.to_leaf(), Err(EntryError::TooManyBlobs { found: MAX_BLOBS + 1 }));
    assert_eq!(Entry::from_leaf(&vec![b' '; MAX_LEAF + 1]), Err(EntryError::TooLong { bytes: MAX_LEAF + 1 }));
}

/// Anything that means the same to a lenient reader is still refused.
#[test]
fn other_spellings_are_refused() {
    let leaf = String::from_utf8(sample().to_leaf().unwrap()).unwrap();
    let spelled = [
        leaf.replace(":null", ": null"),
        format!("{leaf}\n"),
        leaf.replace("\"put\"", "\"p\\u0075t\""),
        leaf.replace("\"batch\":null,", ""),
        leaf.replace("{\"actor\":\"p-7f3a\",", "{").replace("\"v\":1,", "\"v\":1,\"actor\":\"p-7f3a\","),
        leaf.replace(".123456Z", ".123456+00:00"),
        leaf.replace("\"rev\":1", "\"rev\":1.0"),
        leaf.replace("\"rev\":1", "\"rev\":-1"),
        leaf.replace("\"rev\":1", "\"rev\":1,\"rev\":1"),
        leaf.replace("\"v\":1", "\"v\":1,\"w\":1"),
        leaf.replace(&Digest::of(b"body").to_hex(), &Digest::of(b"body").to_hex().to_uppercase()),
        leaf.replace("\"put\"", "\"drop\""),
        leaf[..leaf.len() - 1].to_owned(),
    ];
    for text in spelled {
        assert_ne!(text, leaf);
        assert!(Entry::from_leaf(text.as_bytes()).is_err(), "{text}");
    }
}

#[test]
fn a_chain_holds_and_breaks() {
    let first = sample();
    let after = |change: fn(&mut Entry)| {
        let mut entry = Entry { rev: 2, prev: Some(sample().leaf_hash().unwrap()), ..sample() };
        change(&mut entry);
        entry.check_after(Some(&first))
    };
    assert_eq!(first.check_after(None), Ok(()));
    assert_eq!(after(|_| ()), Ok(()));
    assert_eq!(after(|e| (e.rev, e.epoch, e.at) = (9, 2, 0)), Ok(()));
    assert!(matches!(after(|e| e.rev = 1), Err(ChainError::Order { .. })));
    assert!(matches!(after(|e| e.epoch = 0), Err(ChainError::Order { .. })));
    assert!(matches!(after(|e| e.register = "devices".into()), Err(ChainError::OtherRecord { .. })));
    assert!(matches!(after(|e| e.record = e.record.replace('0', "1")), Err(ChainError::OtherRecord { .. })));
    assert!(matches!(after(|e| e.prev = None), Err(ChainError::Broken { .. })));
    assert!(matches!(after(|e| e.prev = Some(Digest([0; 32]))), Err(ChainError::Broken { .. })));
    let orphan = Entry { prev: Some(Digest([0; 32])), ..sample() };
    assert!(matches!(orphan.check_after(None), Err(ChainError::Broken { before: None, .. })));
    let changed = Entry { state: "retired".into(), ..sample() };
    let next = Entry { rev: 2, prev: Some(sample().leaf_hash().unwrap()), ..sample() };
    assert!(matches!(next.check_after(Some(&changed)), Err(ChainError::Broken { .. })));
    assert!(matches!(next.check_after(Some(&Entry { v: 9, ..sample() })), Err(ChainError::Entry(_))));
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let digest = || any::<[u8; 32]>().prop_map(Digest);
    let uuid = || "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    let text = (
        "[A-Za-z0-9._:-]{1,128}",
        "[a-z台帳情報_-]{1,20}",
        "([a-z承認済-]{1,20})?",
        uuid(),
        prop::option::of(uuid()),
        prop::option::of("[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?"),
    );
    let digests = (
        digest(),
        prop::option::of(digest()),
        prop::option::of(digest()),
        prop::option::of(digest()),
        prop::collection::vec(digest(), 0..5),
    );
    let numbers = (-62_167_219_200_000_000_i64..253_402_300_799_999_999, any::<u32>(), any::<u32>(), any::<u32>());
    let command = prop::sample::select(vec![Command::Put, Command::Move, Command::Dispose, Command::Epoch]);
    (text, digests, numbers, command).prop_map(|(text, digests, (at, rev, def_version, epoch), command)| {
        let (actor, register, state, record, batch, valid_from) = text;
        let (body, reason, prev, catalogue, blobs) = digests;
        Entry {
            actor,
            at,
            batch,
            blobs,
            body,
            catalogue,
            command,
            def_version,
            epoch,
            prev,
            reason,
            record,
            register,
            rev,
            state,
            v: 1,
            valid_from,
        }
    })
}

proptest! {
    #[test]
    fn a_leaf_is_canonical_json_and_comes_back(entry in any_entry()) {
        let leaf = entry.to_leaf().unwrap();
        let value: Value = serde_json::from_slice(&leaf).unwrap();
        prop_assert_eq!(canon::to_vec(&value).unwrap(), leaf.clone());
        prop_assert_eq!(Entry::from_leaf(&leaf).unwrap(), entry);
    }

    #[test]
    fn a_changed_byte_is_refused_or_another_entry(entry in any_entry(), place: prop::sample::Index, flip in 1_u8..=255) {
        let mut leaf = entry.to_leaf().unwrap();
        let place = place.index(leaf.len());
        leaf[place] ^= flip;
        if let Ok(other) = Entry::from_leaf(&leaf) {
            prop_assert!(other != entry);
            prop_assert!(other.leaf_hash().unwrap() != entry.leaf_hash().unwrap());
        }
    }

    #[test]
    fn any_bytes_are_answered(bytes: Vec<u8>) {
        prop_assert!(Entry::from_leaf(&bytes).is_err());
    }

    #[test]
    fn any_json_of_the_right_names_is_answered(actor: String, rev in any::<i64>(), state: String) {
        let mut value: Value = serde_json::from_slice(&sample().to_leaf().unwrap()).unwrap();
        value["actor"] = json!(actor);
        value["rev"] = json!(rev);
        value["state"] = json!(state);
        let _ = Entry::from_leaf(value.to_string().as_bytes());
    }
}
