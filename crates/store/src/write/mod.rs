//! Writing: transactions that cannot be committed without journal entries, and what they take and give.
//! Who may write what is decided above; taking entries into the tree is `log`'s work.

mod dispose;
mod each;
mod group;
mod head;
mod insert;
mod make;
mod number;
mod put;
mod receipt;
mod serve;
mod together;
mod tx;
mod version;

pub use dispose::Disposal;
pub(crate) use group::Group;
pub use insert::Beside;
pub(crate) use insert::blob_list;
pub(crate) use number::read_code;
pub use receipt::{Committed, Receipt, Receipts};
pub use tx::{Savepoint, Tx, WriteCtx};
pub use version::{NewVersion, SYSTEM_PREFIX};
