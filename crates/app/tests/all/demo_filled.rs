//! The demo hospital as the first command of the README builds it: written into a store, each record under one
//! number through all its versions, a disposal carried out and one kept by a hold, and a log without a fault.

use std::collections::BTreeMap;

use akashi_app::fill::AGE;
use akashi_testkit::Scratch;

use crate::hospital::{NOW, address, create, ctx};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_is_a_hospital_whose_log_holds() {
    let folder = Scratch::new("demo");
    let app = create(&address(folder.path()), folder.path(), NOW - AGE).await;
    let ctx = ctx();
    app.fill_demo(&ctx).await.unwrap();

    let live = app.live(NOW).await.unwrap();
    let devices = live.evaluator.view().rows_of("device");
    let years: std::collections::BTreeSet<&str> = devices.iter().map(|v| &v.code[..8]).collect();
    assert!(years.contains("AST-2024") && years.len() > 1, "two years of history keep their days: {years:?}");
    let mut numbers = BTreeMap::new();
    for (ix, register) in app.catalog().registers.iter().enumerate() {
        for row in live.evaluator.view().rows(akashi_domain::RegisterIx(ix as u16)) {
            assert!(!row.code.is_empty(), "{}: {}", register.key, row.id);
            let codes: Vec<&str> = live.world.history(row.id).iter().map(|v| &*v.code).collect();
            assert!(codes.iter().all(|code| *code == &*row.code), "{}: {codes:?}", register.key);
            let other = numbers.insert((register.key.as_str(), row.facility.clone(), row.code.clone()), row.id);
            assert_eq!(other, None, "{} twice", row.code);
        }
    }
    drop(live);
    let disposals = app.disposals(&ctx).await.unwrap();
    assert_eq!(disposals.len(), 2, "one carried out, one that a hold keeps");
    let found = app.verify(|_, _| {}).await.unwrap();
    assert!(found.faults.is_empty(), "{:?}", found.faults);
}
