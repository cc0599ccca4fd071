//! Reading records: the whole history into the world in memory, and the history of one record as stored.

mod history;
mod load;
mod opening;
mod parse;

pub use history::HistoryRow;
pub use load::Loaded;
pub use opening::{Contents, Opening};
pub use parse::{LoadFault, LoadFaultKind};
