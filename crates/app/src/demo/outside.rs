//! Who attests the demo's log outside: a neighbour whose signed file came back on a stick, and a witness nobody reaches.
//! The neighbour is real, a witness with a folder of its own beside the data, so that the exchange can be tried out.

use akashi_domain::authz::Actor;
use serde::Deserialize;

use crate::anchor::{Kind, NewAnchor, Terms, Trouble};
use crate::ctx::Ctx;
use crate::error::Result;
use crate::service::App;
use crate::witness::{Witness, random_seed};

/// Folder of the neighbour, in the data folder of the demo.
const FOLDER: &str = "demo-witness";
const HOUR: i64 = 3_600_000_000;

/// An anchor of the demo.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemoAnchor {
    pub name: String,
    /// What its signatures say.
    pub key_name: String,
    /// Empty: by file.
    #[serde(default)]
    pub url: String,
    /// Whether it cosigned the newest checkpoint; else it cannot be reached.
    pub answers: bool,
}

impl App {
    /// Adds the demo's anchors and what they answered.
    pub(crate) async fn add_demo_anchors(&self, ctx: &Ctx, anchors: &[DemoAnchor], keeper: Actor) -> Result<()> {
        let ctx = Ctx { actor: keeper, ..ctx.clone() };
        let mut witnesses = Vec::new();
        for anchor in anchors {
            let folder = self.store().data().join(FOLDER).join(&anchor.key_name);
            let witness = Witness::create(&folder, &anchor.key_name, &random_seed())?;
            let (name, url, trust) = (anchor.name.clone(), anchor.url.clone(), witness.verifier().to_string());
            let terms = Terms::default_of(Kind::Witness);
            self.add_anchor(&ctx, NewAnchor { kind: Kind::Witness, name, url, trust, terms }).await?;
            witnesses.push(witness);
        }
        for (anchor, witness) in anchors.iter().zip(&witnesses) {
            if anchor.answers {
                self.ask_neighbour(&ctx, anchor, witness).await?;
            } else {
                self.leave_waiting(&ctx, anchor).await?;
            }
        }
        Ok(())
    }

    /// As people do it: the request goes on a stick, the signed file comes back.
    async fn ask_neighbour(&self, ctx: &Ctx, anchor: &DemoAnchor, witness: &Witness) -> Result<()> {
        witness.add_log(&self.log_keys().await?, false, ctx.now)?;
        let request = self.export_request(ctx, &anchor.name).await?;
        let reply = witness.add_checkpoint(&request.bytes, ctx.now)?;
        self.import_answer(ctx, &anchor.name, reply.body.into_bytes()).await.map(drop)
    }

    async fn leave_waiting(&self, ctx: &Ctx, anchor: &DemoAnchor) -> Result<()> {
        let Some(newest) = self.store().latest_checkpoint().await? else { return Ok(()) };
        let id = self.anchor(&anchor.name).await?.id;
        self.store().want_attestation(id, &newest, ctx.now - HOUR).await?;
        let why = Trouble::Unreachable("no route to host".into()).stored();
        Ok(self.store().put_off_attestation(id, newest.size, &why, ctx.now + HOUR).await?)
    }
}
