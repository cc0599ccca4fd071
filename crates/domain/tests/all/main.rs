//! The engine's tests: properties over random records, tables of cases, golden files, counts of the catalogue.

mod ahead;
mod common;
mod conds;
mod counts;
mod demands;
mod dice;
mod examples;
mod expr;
mod overlay;
mod policy;
mod real;
mod retention;
mod rules;
mod same;
mod small;
mod times;
mod unknown;
mod upcast;
