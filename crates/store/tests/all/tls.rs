//! PostgreSQL over TLS: a server with a certificate of a CA made for the story takes nobody without TLS.

use akashi_store::{Store, StoreError};
use akashi_testkit::need::{OPENSSL, POSTGRES, skip};
use akashi_testkit::pg::Server;
use akashi_testkit::tsa::{Authority, Key};
use akashi_testkit::{Error, Scratch};

use crate::home::init;

/// The story's authority and server, or why it is skipped.
fn server(story: &str) -> Option<(Authority, Server)> {
    let authority = match Authority::new("Kita Root", Key::P256) {
        Err(missing @ Error::Missing { .. }) => {
            skip(OPENSSL, story, &missing.to_string());
            return None;
        }
        made => made.unwrap(),
    };
    // For its address only: by the name localhost nobody may be sure of it.
    let identity = authority.issue("db.kita.example", Key::P256, "subjectAltName = IP:127.0.0.1\n").unwrap();
    match Server::start_tls(&identity) {
        Err(missing @ Error::Missing { .. }) => {
            skip(POSTGRES, story, &missing.to_string());
            None
        }
        started => Some((authority, started.unwrap())),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresql_is_reached_over_tls_and_only_with_its_own_ca() {
    let Some((authority, server)) = server("postgresql_over_tls") else { return };
    let scratch = Scratch::new("tls");
    let ca = authority.identity().certificate.display().to_string();
    let stranger = Authority::new("Minami Root", Key::P256).unwrap();
    let other = stranger.identity().certificate.display().to_string();
    let by_name = server.url().replace("127.0.0.1", "localhost");
    let open = |address: String| {
        let data = scratch.path().to_owned();
        async move { Store::open(&address, &data).await }
    };
    let verified = format!("{}?sslmode=verify-full&sslrootcert={ca}", server.url());
    Store::create(&verified, scratch.path(), &init()).await.unwrap();
    for good in [
        verified.clone(),
        format!("{}?sslmode=verify-ca&sslrootcert={ca}", by_name),
        format!("{}?sslmode=require", server.url()),
        server.url().to_owned(),
    ] {
        open(good.clone()).await.unwrap_or_else(|e| panic!("{good}: {e}"));
    }
    let refused = [
        (format!("{}?sslmode=verify-full&sslrootcert={other}", server.url()), "certificate"),
        (format!("{}?sslmode=verify-ca&sslrootcert={other}", server.url()), "certificate"),
        (format!("{}?sslmode=verify-full", server.url()), "certificate"),
        (format!("{by_name}?sslmode=verify-full&sslrootcert={ca}"), "certificate"),
        (format!("{}?sslmode=disable", server.url()), "pg_hba.conf"),
        (format!("{}?sslmode=verify-full&sslrootcert={ca}.gone", server.url()), "No such file"),
        (format!("{}?sslmode=sure", server.url()), "cannot be read"),
    ];
    for (address, wanted) in refused {
        let address = address.replace("akashi@", "akashi:geheim@");
        let error = open(address.clone()).await.map(drop).unwrap_err();
        assert!(matches!(error, StoreError::Open { .. } | StoreError::Address { .. }), "{address}: {error:?}");
        let said = error.to_string();
        assert!(said.contains(wanted) && !said.contains("geheim"), "{address}: {said}");
    }
}
