//! The log as other people's tools read it: the paths of C2SP tlog-tiles, answered from the packed storage, for those
//! who may know of everything that happens in the hospital.

use akashi_domain::RegisterIx;
use akashi_domain::authz::{self, Action};
use akashi_journal::tile::TileId;

use crate::ctx::Ctx;
use crate::error::Result;
use crate::service::App;

/// One file of the layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    pub bytes: Vec<u8>,
    /// Tiles and bundles: what is under this path never changes.
    pub fixed: bool,
}

impl App {
    /// Tells whether somebody may read the log. Its entries are commitments under pseudonyms, but they tell which
    /// registers change when: it is for those who may read every register.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn reads_log(&self, ctx: &Ctx) -> Result<bool> {
        let live = self.live(ctx.now).await?;
        let mut registers = (0..self.catalog().registers.len()).map(|ix| RegisterIx(ix as u16));
        Ok(registers.all(|ix| authz::allowed(&live.evaluator, &ctx.actor, Action::Read, ix, None)))
    }

    /// Returns the file at a path: `checkpoint`, `tile/<L>/<N>[.p/<W>]`, `tile/entries/<N>[.p/<W>]`. None for any other
    /// spelling and for what the newest checkpoint does not cover. Whether the caller may is asked before.
    ///
    /// # Errors
    /// Damage, and whatever else the store meets.
    pub async fn log_file(&self, path: &str) -> Result<Option<LogFile>> {
        if path == "checkpoint" {
            let newest = self.store().latest_checkpoint().await?;
            return Ok(newest.map(|c| LogFile { bytes: c.note.into_bytes(), fixed: false }));
        }
        let Ok(id) = path.parse::<TileId>() else { return Ok(None) };
        Ok(self.store().tile(&id).await?.map(|bytes| LogFile { bytes, fixed: true }))
    }

    /// Returns the public keys that may sign for the log, one per line with the sizes they sign for.
    ///
    /// # Errors
    /// Whatever the store meets.
    pub async fn log_keys(&self) -> Result<String> {
        Ok(self.store().key_ring().await?.to_string())
    }
}
