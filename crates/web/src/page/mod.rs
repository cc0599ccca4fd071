//! Handlers: take the request apart, call the use case, show the view model. Nothing is decided here.

pub(crate) mod again;
pub(crate) mod anchor_form;
pub(crate) mod anchors;
pub(crate) mod board;
pub(crate) mod disposal;
pub(crate) mod door;
pub(crate) mod findings;
pub(crate) mod form;
pub(crate) mod home;
pub(crate) mod import;
pub(crate) mod item;
pub(crate) mod list;
pub(crate) mod profile;
pub(crate) mod proof;
pub(crate) mod record;
pub(crate) mod registers;
pub(crate) mod resolve;
pub(crate) mod state;
pub(crate) mod tiles;
pub(crate) mod verifier;
