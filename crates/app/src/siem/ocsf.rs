//! One entry as an event of the Open Cybersecurity Schema Framework (schema.ocsf.io): which class each command is, and
//! where each member of the entry goes. Log-ins are not in the log, so there is no Authentication event.

use akashi_journal::{Command, Entry, time};
use serde_json::{Value as Json, json};

/// Version of the schema the events follow; later ones of the same first number read them too.
pub(super) const VERSION: &str = "1.5.0";

/// A class of the schema, with its category.
#[derive(Clone, Copy)]
struct Class {
    uid: u32,
    name: &'static str,
    category_uid: u32,
    category: &'static str,
}

const IAM: &str = "Identity & Access Management";
const ACCOUNT: Class = Class { uid: 3001, name: "Account Change", category_uid: 3, category: IAM };
const ENTITY: Class = Class { uid: 3004, name: "Entity Management", category_uid: 3, category: IAM };
const LIFECYCLE: Class =
    Class { uid: 6002, name: "Application Lifecycle", category_uid: 6, category: "Application Activity" };
/// `activity_id` of what the schema has no number for; `activity_name` then tells it.
const OTHER: u32 = 99;

/// The event of one entry.
pub(super) fn event(origin: &str, index: u64, entry: &Entry, leaf: &str, leaf_hash: &str) -> Json {
    let (class, (activity, activity_name)) = activity(entry);
    let severity = if entry.command == Command::Epoch { (4, "High") } else { (1, "Informational") };
    let Entry { register, rev, record, .. } = entry;
    let mut event = json!({
        "activity_id": activity,
        "activity_name": activity_name,
        "actor": { "user": actor(&entry.actor) },
        "category_name": class.category,
        "category_uid": class.category_uid,
        "class_name": class.name,
        "class_uid": class.uid,
        "message": format!("{activity_name} {register} {record}, revision {rev}"),
        "metadata": metadata(origin, index, class, entry, leaf_hash),
        "raw_data": leaf,
        "severity": severity.1,
        "severity_id": severity.0,
        "status": "Success",
        "status_id": 1,
        "time": entry.at.div_euclid(1000),
        "type_name": format!("{}: {}", class.name, if activity == OTHER { "Other" } else { activity_name }),
        "type_uid": class.uid * 100 + activity,
        "unmapped": unmapped(entry),
    });
    let (key, subject) = subject(class, entry);
    event[key] = subject;
    event
}

/// What happened, in the words of the schema.
fn activity(entry: &Entry) -> (Class, (u32, &'static str)) {
    let first = entry.rev == 1;
    match entry.command {
        Command::Put | Command::Import if first => (ENTITY, (1, "Create")),
        Command::Put | Command::Import | Command::Attach | Command::Move => (ENTITY, (3, "Update")),
        Command::Dispose => (ENTITY, (4, "Delete")),
        Command::Decide => (ENTITY, (OTHER, "Decide")),
        Command::Review => (ENTITY, (OTHER, "Review")),
        Command::Ingest => (ENTITY, (OTHER, "Ingest")),
        Command::Account if first => (ACCOUNT, (1, "Create")),
        // Password, roles or lock: the log commits to which, it does not tell.
        Command::Account => (ACCOUNT, (OTHER, "Change")),
        Command::Setup if first => (LIFECYCLE, (1, "Install")),
        Command::Setup => (LIFECYCLE, (OTHER, "Configure")),
        Command::Catalogue => (LIFECYCLE, (OTHER, "Change catalogue")),
        Command::Epoch => (LIFECYCLE, (OTHER, "Restore behind a published checkpoint")),
    }
}

/// A pseudonym; accounts of people begin with `p-`, whatever else acts is the program or its command line.
fn actor(pseudonym: &str) -> Json {
    let (type_id, kind) = if pseudonym.starts_with("p-") { (1, "User") } else { (3, "System") };
    json!({ "uid": pseudonym, "type_id": type_id, "type": kind })
}

fn metadata(origin: &str, index: u64, class: Class, entry: &Entry, leaf_hash: &str) -> Json {
    let mut metadata = json!({
        "log_name": origin,
        "log_provider": "akashi-journal",
        "log_version": entry.v.to_string(),
        "original_time": time::to_rfc3339(entry.at).unwrap_or_default(),
        "product": { "name": "Akashi", "vendor_name": "Akashi", "uid": "akashi" },
        "sequence": index,
        "uid": leaf_hash,
        "version": VERSION,
    });
    if let Some(batch) = &entry.batch {
        metadata["correlation_uid"] = batch.as_str().into();
    }
    if class.uid == LIFECYCLE.uid {
        // This class has an actor only with the profile of a host.
        metadata["profiles"] = json!(["host"]);
    }
    metadata
}

/// What it happened to, under the name the class has for it.
fn subject(class: Class, entry: &Entry) -> (&'static str, Json) {
    match class.uid {
        3001 => ("user", json!({ "uid": entry.record, "type_id": 1, "type": "User" })),
        6002 => ("app", json!({ "name": "Akashi", "vendor_name": "Akashi", "uid": entry.record })),
        _ => ("entity", json!({ "uid": entry.record, "type": entry.register, "version": entry.rev.to_string() })),
    }
}

/// What the schema has no place for.
fn unmapped(entry: &Entry) -> Json {
    let mut rest = json!({
        "command": entry.command,
        "def_version": entry.def_version,
        "epoch": entry.epoch,
        "files": entry.blobs.len(),
        "register": entry.register,
        "rev": entry.rev,
    });
    let texts = [("state", Some(entry.state.clone())), ("valid_from", entry.valid_from.clone())];
    let digests = [("catalogue", entry.catalogue), ("previous_leaf_hash", entry.prev)];
    let digests = digests.map(|(key, digest)| (key, digest.map(|d| d.to_hex())));
    for (key, value) in texts.into_iter().chain(digests) {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            rest[key] = value.into();
        }
    }
    rest
}
