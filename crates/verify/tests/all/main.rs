//! The verifier from outside: its library, its program, and what hostile hands may feed it.

mod bundle;
mod hostile;
mod later;
mod make;
mod program;
mod stamp;
