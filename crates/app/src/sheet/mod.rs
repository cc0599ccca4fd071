//! A hospital's own Excel or CSV becomes rows of a register, and a register becomes a workbook.
//! Pure apart from reading the bytes given; what was not understood is reported with its cell, never dropped.

pub mod ditto;
pub mod export;
pub mod incoming;
pub mod layout;
pub mod mapping;
pub mod plan;
pub mod read;
pub mod resolve;
pub mod states;
pub mod values;
pub mod words;
