//! Akashi's pure core: registers, records, catalogue, conditions and verdicts.
//! No I/O, no clock, no randomness: time, ids and keys are arguments.

pub mod authz;
pub mod catalog;
pub mod cond;
pub mod date;
pub mod expr;
pub mod gone;
pub mod index;
pub mod label;
pub mod notation;
pub mod record;
pub mod register;
pub mod retention;
pub mod text;
pub mod value;
pub mod verdict;
pub mod world;

pub use catalog::Catalog;
pub use date::{Day, PartialDate, Span};
pub use gone::Gone;
pub use label::{Label, Lang};
pub use record::{RecordId, Source, Version};
pub use register::{Field, FieldKind, Register, RegisterIx};
pub use value::{FileRef, Link, Row, Value};
pub use world::{View, World};
