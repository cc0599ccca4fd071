//! A disk that loses power: a shim in C preloaded into the process under test notes every write and sync below one
//! folder (`trace`), and from the notes the disk is made as power loss at any moment could have left it (`model`).
//! It can lie about syncs, run out of space and put the clock off (`shim`). A real file system with little room, for
//! a server nobody can preload, is `small`.

mod dice;
mod model;
mod shim;
mod small;
mod trace;

pub use dice::Dice;
pub use model::{Disk, Image, Loss};
pub use shim::Shim;
pub use small::SmallDisk;
pub use trace::{Event, Trace};
