//! Pages and HTTP: the only crate that knows either. It reads what use cases answer and shows it; it decides nothing.
//! Every page works without JavaScript and under a policy that allows no inline script or style.

mod assets;
mod board;
pub mod bucket;
mod guard;
pub mod outbound;
mod page;
mod problem;
mod routes;
mod serve;
mod state;
mod tls;
mod view;
mod when;
mod witness;
mod words;

pub use page::verifier::PAGE as VERIFIER_PAGE;
pub use routes::router;
pub use serve::{Patience, serve, serve_router, told_to_end};
pub use state::ServeOptions;
pub use tls::CaError;
pub use witness::{serve_witness, witness_router};
pub use words::keys;
