//! Stories of the store. Each runs on SQLite in a scratch folder and on a PostgreSQL database of its own.

use akashi_testkit::stories;

mod anchor;
mod backup;
mod concurrent;
mod disposal;
mod flip;
mod flip_rows;
mod full;
mod group;
mod home;
mod interop;
mod keys;
mod kill;
mod load;
mod log;
mod people;
mod power;
mod reading;
mod tamper;
mod tls;
mod upload;
mod verify;
mod writing;
