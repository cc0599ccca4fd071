//! Databases come and go; a private server leaves nothing behind.

use std::net::TcpStream;
use std::process::Command;

use akashi_testkit::pg::{self, Server, TempDatabase};

/// Asks over psql, the client everybody has beside the server.
fn ask(url: &str, question: &str) -> String {
    let psql = pg::programs_dir().unwrap().join("psql");
    let out = Command::new(psql).args(["-X", "-A", "-t", "-d", url, "-c", question]).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}

#[test]
fn every_story_has_a_database_of_its_own() {
    let Some(one) = pg::database("every_story_has_a_database_of_its_own") else { return };
    let Some(two) = pg::database("every_story_has_a_database_of_its_own") else { return };
    assert_ne!(one.url(), two.url());
    assert_eq!(
        ask(one.url(), "create table t (x text); insert into t values ('証'); select x from t").lines().last(),
        Some("証")
    );
    assert_eq!(ask(two.url(), "select count(*) from pg_tables where tablename = 't'"), "0");
    assert_eq!(ask(two.url(), "show fsync"), "on");
}

#[test]
fn a_private_server_ends_with_its_value() {
    // Where PostgreSQL is missing the other story has said so.
    if pg::programs_dir().is_err() {
        return;
    }
    let server = Server::start().unwrap();
    let database = TempDatabase::create(server.url()).unwrap();
    assert_eq!(ask(database.url(), "select 1"), "1");
    let address = server.url().split(['@', '/']).nth(3).unwrap().to_owned();
    assert!(TcpStream::connect(&address).is_ok());
    drop(database);
    drop(server);
    assert!(TcpStream::connect(&address).is_err());
}
