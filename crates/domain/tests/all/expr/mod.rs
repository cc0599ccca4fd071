//! Expressions and paths from the outside: tables on a small hospital, and a comparison with CEL's own interpreter.

mod answers;
mod faults;
mod fixture;
mod hostile;
mod paths;
mod reads;
mod reference;
