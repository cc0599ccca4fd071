//! People who log in: accounts, sessions, failed log-ins. Hashing passwords and judging them is `app`'s work.

mod account;
mod session;

pub use account::Account;
pub(crate) use account::{Row as AccountRow, SELECT as SELECT_ACCOUNT};
pub use session::SessionRow;
