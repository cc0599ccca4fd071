//! Tests of the journal from outside, one module per subject, in one binary so that it links once.

mod canon;
mod checkpoint;
mod commitment;
mod entry;
mod merkle;
mod mldsa;
mod note;
mod parsers;
mod policy;
mod proof;
mod properties;
mod tile;
mod time;
mod vector;
mod witness;
