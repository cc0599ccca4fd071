//! Commands that do not fit what they speak of are refused, on both databases, and nothing is written.

use akashi_app::AppError;
use akashi_app::account::{self, NewAccount};
use akashi_domain::{Lang, RecordId};
use akashi_testkit::Home;

use crate::hospital::{NOW, create, ctx, put_of, text};

akashi_testkit::stories! {
    a_record_is_put_in_its_own_register_only
}

async fn a_record_is_put_in_its_own_register_only(home: Home) {
    let app = create(home.address(), home.data(), NOW).await;
    let device = app.put(&ctx(), put_of(&app, "device", None, &[("name", text("受付端末"))])).await.unwrap();
    // Somebody whose rights end at other registers, and somebody with all of them.
    let new = NewAccount {
        login: "taro".into(),
        name: "架空 太郎".into(),
        roles: vec!["operator".into()],
        lang: Lang::Ja,
        personnel: None,
        must_change: false,
    };
    let account = app.add_account(&ctx(), new, "kakuu no byouin 1").await.unwrap();
    let before = app.verify(|_, _| ()).await.unwrap().entries;
    for ctx in [account::ctx(&account, NOW), ctx()] {
        let wrong = put_of(&app, "training", Some((device.record, 1)), &[("title", text("研修"))]);
        let refused = app.put(&ctx, wrong).await.unwrap_err();
        let unknown = put_of(&app, "training", Some((RecordId(0x77), 1)), &[("title", text("研修"))]);
        let unknown = app.put(&ctx, unknown).await.unwrap_err();
        assert!(matches!(refused, AppError::NotFound(_)), "{refused:?}");
        assert_eq!(refused.label(), unknown.label(), "it is not told that the record is elsewhere");
    }
    let mut far = put_of(&app, "device", Some((device.record, 1)), &[]);
    far.values.push((10_000, text("x")));
    assert!(matches!(app.put(&ctx(), far).await, Err(AppError::Invalid(_))));

    assert_eq!(app.verify(|_, _| ()).await.unwrap().entries, before);
    let live = app.live(NOW).await.unwrap();
    assert_eq!((live.world.history(device.record).len(), live.evaluator.view().rows_of("training").len()), (1, 0));
    drop(live);
    let right = put_of(&app, "device", Some((device.record, 1)), &[("name", text("受付端末2"))]);
    assert_eq!(app.put(&ctx(), right).await.unwrap().rev, 2);
}
