//! Stories of the use cases, and the sheets: what comes in, what goes out. One binary, so that it links once.
//! `hospital`, `bench` and `ledger` are what the others share.

mod backup;
mod bench;
mod command;
mod demo;
mod demo_filled;
mod dispose;
mod findings;
mod findings_hospital_a;
mod hospital;
mod import_story;
mod ledger;
mod planted;
mod prove;
mod setup;
mod sheet;
mod siem;
mod strangers;
mod together;
mod uploads;
