//! People who log in: accounts, sessions, failed log-ins. Hashing passwords and judging them is `app`'s work.

mod account;
mod session;

pub use account::Account;
pub use session::SessionRow;
