//! (being built)
pub mod sheet;
