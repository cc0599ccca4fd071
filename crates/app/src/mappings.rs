//! Mappings people made by hand, kept for the next file of the same layout.

use akashi_domain::text::fold;
use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::service::App;
use crate::sheet::mapping::Mapping;

impl App {
    /// Keeps a mapping for files of this layout.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn keep_mapping(&self, mapping: &Mapping, now: i64) -> Result<()> {
        let json = serde_json::to_value(mapping).unwrap_or_default();
        Ok(self.store().save_mapping(&mapping.register, &layout(mapping), &json, now).await?)
    }

    /// Returns the mapping kept for the layout of a proposed one; none when the register changed since.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn kept_mapping(&self, proposed: &Mapping) -> Result<Option<Mapping>> {
        let kept = self.store().mapping(&proposed.register, &layout(proposed)).await?;
        let read = kept.and_then(|json| serde_json::from_value::<Mapping>(json).ok());
        Ok(read.filter(|m| m.version == proposed.version))
    }
}

/// Sheets and headers, whatever fields they were given to.
fn layout(mapping: &Mapping) -> String {
    let mut hash = Sha256::new();
    for table in &mapping.tables {
        let headers = table.columns.iter().map(|c| c.header.as_str());
        for part in std::iter::once(table.sheet.as_str()).chain(headers) {
            hash.update(fold(part));
            hash.update([0]);
        }
        hash.update([1]);
    }
    hex::encode(hash.finalize())
}
