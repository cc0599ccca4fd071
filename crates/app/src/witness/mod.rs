//! Being a witness for other hospitals: which logs are known, and the decision on a checkpoint, durable before it is
//! answered. A witness has a small folder of its own (`folder`) and needs neither database nor catalogue.

mod folder;
mod serve;

pub use folder::{KnownLog, Witness};
pub use serve::{Outcome, Replied};

/// A seed for [`Witness::create`], from the operating system.
pub fn random_seed() -> [u8; 32] {
    let mut seed = [0; 32];
    // Without randomness no key is safe; the process ends rather than making a guessable one.
    getrandom::fill(&mut seed).expect("the operating system gives random bytes");
    seed
}
