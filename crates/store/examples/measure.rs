//! Measures the store: `cargo run --release -p akashi-store --example measure -- [ROWS] [ADDRESS]`.
//! Writes, loads, sequences and verifies ROWS device-like records in a folder of its own, and says how long each took.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use akashi_domain::catalog::CatalogFile;
use akashi_domain::{Catalog, RecordId, Value, Version};
use akashi_journal::Command;
use akashi_store::{Init, NewVersion, Store, WriteCtx};

const NOW: i64 = 1_795_309_200_000_000;

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let rows: u64 = args.next().map_or(Ok(100_000), |n| n.parse())?;
    let folder = PathBuf::from(std::env::var_os("AKASHI_MEASURE").unwrap_or_else(|| "/tmp/akashi-measure".into()));
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let address = args.next().unwrap_or_else(|| format!("sqlite://{}/akashi.db", folder.display()));
    let catalog = catalog()?;
    let init = Init {
        origin: "measure.example/akashi/1".into(),
        organisation: "計測".into(),
        catalogue: catalog.digest.clone(),
        created: NOW,
        log_seed: None,
    };
    let store = Store::create(&address, &folder, &init).await?;

    let versions = versions(&catalog, rows);
    let bytes: usize = versions.iter().map(|v| v.body.to_string().len()).sum();
    println!("{rows} records, {} bytes of body each", bytes / rows.max(1) as usize);
    let clock = Instant::now();
    let mut tx = store.begin(&WriteCtx { actor: "u-1".into(), at: NOW }).await?;
    let receipts = tx.put_all(versions).await?;
    tx.commit(receipts).await?;
    tell("import", rows, clock);

    let signer = store.signer().await?;
    let clock = Instant::now();
    store.sequence(NOW, &signer).await?;
    tell("sequence", rows, clock);

    let clock = Instant::now();
    let (world, loaded) = store.load_world(catalog.clone()).await?;
    tell("load", world.len() as u64, clock);
    assert!(loaded.faults.is_empty());

    let clock = Instant::now();
    let report = store.verify(None, |_| ()).await?;
    tell("verify", report.entries, clock);
    assert!(report.is_clean(), "{:?}", report.faults);

    let mut slow = HashMap::new();
    let clock = Instant::now();
    for n in 0..200 {
        let one = Instant::now();
        let mut tx = store.begin(&WriteCtx { actor: "u-1".into(), at: NOW }).await?;
        let receipt = tx.put(device(&catalog, rows + n)).await?;
        tx.commit(receipt).await?;
        slow.insert(n, one.elapsed());
    }
    tell("commit", 200, clock);
    let clock = Instant::now();
    for n in 0..200 {
        store.prove(n * rows / 200).await?;
    }
    tell("prove", 200, clock);
    store.close().await;
    Ok(())
}

fn tell(what: &str, count: u64, clock: Instant) {
    let seconds = clock.elapsed().as_secs_f64();
    println!(
        "{what:10} {seconds:8.3} s  {:10.0}/s  {:8.1} us each",
        count as f64 / seconds,
        seconds * 1e6 / count as f64
    );
}

fn versions(catalog: &Catalog, rows: u64) -> Vec<NewVersion> {
    (0..rows).map(|n| device(catalog, n)).collect()
}

/// A record whose text fields are all filled, as in a real ledger.
fn device(catalog: &Catalog, n: u64) -> NewVersion {
    let register = &catalog.registers[0];
    let mut random = [0; 10];
    random[2..].copy_from_slice(&n.to_be_bytes());
    let text = |ix: usize| Value::Text(format!("値{ix}-{n}").into());
    let version = Version {
        register: catalog.register_ix(&register.key).unwrap_or(akashi_domain::RegisterIx(0)),
        id: RecordId::new(1_795_309_200_000, random),
        rev: 1,
        code: "".into(),
        facility: "main".into(),
        state: register.initial.as_str().into(),
        cells: (0..register.fields().len()).map(|ix| if ix < 14 { text(ix) } else { Value::Null }).collect(),
        extra: Default::default(),
        source: Some(akashi_domain::Source { file: "台帳.xlsx".into(), sheet: "機器".into(), row: n as u32 }),
        valid_from: None,
        recorded_at: 0,
        author: "".into(),
        digest: "".into(),
        disposed: false,
    };
    NewVersion::of(register, &version, Command::Import)
}

fn catalog() -> Result<Arc<Catalog>, Failure> {
    let head = |key: &str, code: &str| {
        format!(
            "key = \"{key}\"\ncode = \"{code}\"\nversion = 1\ngroup = \"assets\"\ntitle = {{ ja = \"{key}\", en = \"{key}\" }}
about = {{ ja = \"a\", en = \"a\" }}\nshown = \"always\"\nheadline = [\"f0\"]\nlist = [\"f0\"]\ninitial = \"in-use\"\nlive = [\"in-use\"]\n"
        )
    };
    let field = |n: usize| {
        format!("[[field]]\nkey = \"f{n}\"\ntitle = {{ ja = \"項目{n}\", en = \"Field {n}\" }}\nkind = \"text\"\n")
    };
    let state = "[[state]]\nkey = \"in-use\"\ntitle = { ja = \"使用中\", en = \"In use\" }\n";
    let file = |key: &str, code: &str, fields: usize| CatalogFile {
        path: format!("registers/{key}.toml"),
        text: head(key, code) + &(0..fields).map(field).collect::<String>() + state,
    };
    let files = [file("device", "AST", 20), file("personnel", "STF", 1), file("contract", "CON", 1)];
    let loaded = Catalog::load(&files);
    Ok(Arc::new(loaded.map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?))
}
