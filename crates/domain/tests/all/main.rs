//! The engine's tests: properties over random records, tables of cases, golden files, counts of the catalogue.

mod ahead;
mod common;
mod dice;
mod real;
mod same;
mod small;
mod times;
mod unknown;
