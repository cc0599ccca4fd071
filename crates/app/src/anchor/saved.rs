//! Held attestations as files others can check (`openssl ts -verify`, any tlog tool), and evidence added later.

use akashi_sign::x509::Evidence;
use akashi_store::{Attestation, AttestationState};

use super::exchange::file_name;
use super::{Anchor, Kind, authorize, evidence, may_keep, may_read};
use crate::ctx::Ctx;
use crate::error::{AppError, Result};
use crate::service::App;

/// Longest evidence kept beside one attestation.
const LARGEST: usize = 4 << 20;

impl App {
    /// Returns a held attestation as files, each with its name: the newest, or that of `size` entries.
    ///
    /// # Errors
    /// Forbidden, no such anchor, nothing held, or whatever the store meets.
    pub async fn saved_attestation(&self, ctx: &Ctx, name: &str, size: Option<u64>) -> Result<Vec<(String, Vec<u8>)>> {
        authorize(may_read(&ctx.actor))?;
        let (anchor, held) = self.held_attestation(name, size).await?;
        let stem = format!("{}-{}", file_name(&anchor.name), held.size);
        let evidence = self.evidence_of(anchor.id, &held).await?;
        let token = held.token.unwrap_or_default();
        let mut files = match anchor.kind {
            Kind::Tsa => {
                vec![(format!("{stem}.checkpoint"), held.subject.into_bytes()), (format!("{stem}.tst"), token)]
            }
            Kind::Witness => {
                vec![(format!("{stem}.checkpoint"), token), (format!("{stem}.keys"), anchor.trust.into_bytes())]
            }
        };
        if !evidence.is_empty() {
            files.push((format!("{stem}.pem"), evidence.into_bytes()));
        }
        Ok(files)
    }

    /// Adds certificates, revocation lists or OCSP answers (PEM or DER) to a held attestation, for checks in later years.
    ///
    /// # Errors
    /// Forbidden, no such anchor, nothing held, none of the three, too much, or whatever the store meets.
    pub async fn add_evidence(&self, ctx: &Ctx, name: &str, size: Option<u64>, file: &[u8]) -> Result<()> {
        authorize(may_keep(&ctx.actor))?;
        let (anchor, held) = self.held_attestation(name, size).await?;
        let neither = |what: String| {
            AppError::invalid(
                format!("証明書・失効リスト・OCSP応答のいずれでもありません({what})"),
                format!("This is neither certificate, revocation list nor OCSP answer: {what}"),
            )
        };
        let der = evidence::to_der(file).map_err(neither)?;
        let pem = evidence::to_pem(&der).map_err(neither)?;
        let evidence = format!("{}{pem}", held.evidence);
        if evidence.len() > LARGEST {
            return Err(AppError::invalid(
                "添える証拠が大きすぎます(4 MiB まで)",
                "The evidence is too large (4 MiB at most)",
            ));
        }
        self.store().add_evidence(anchor.id, held.size, &evidence).await?;
        // What speaks of the other stamps too need not be carried for each.
        let found = Evidence::parse(&der).unwrap_or_default();
        let lists = found.lists.iter().map(|list| list.raw);
        let values: Vec<&[u8]> = lists.chain(found.answers.iter().map(|answer| answer.raw)).collect();
        self.keep_carried(anchor.id, &values, ctx.now).await
    }

    async fn held_attestation(&self, name: &str, size: Option<u64>) -> Result<(Anchor, Attestation)> {
        const LOOKED_AT: u32 = 100_000;
        let anchor = self.anchor(name).await?;
        let limit = if size.is_some() { LOOKED_AT } else { 1 };
        let held = self.store().newest_attestations(anchor.id, Some(AttestationState::Held), limit).await?;
        let held = held.into_iter().find(|a| size.is_none_or(|size| size == a.size));
        let nothing = || {
            AppError::not_found(
                format!("「{name}」による証明をまだ保持していません"),
                format!("No such attestation by “{name}” is held"),
            )
        };
        Ok((anchor, held.ok_or_else(nothing)?))
    }
}
