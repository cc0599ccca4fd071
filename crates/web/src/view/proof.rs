//! What the page before a proof says.

use super::item::Link;

pub(crate) struct ProofView {
    pub(crate) id: String,
    pub(crate) rev: u32,
    pub(crate) code: String,
    pub(crate) name: String,
    /// When it was recorded, Japan time.
    pub(crate) at: String,
    pub(crate) register: Link,
    /// The record has a newer revision.
    pub(crate) newer: bool,
    /// The content was disposed of.
    pub(crate) disposed: bool,
    /// Why this reader gets no bundle.
    pub(crate) refused: Option<String>,
}
