//! Proof bundles of record versions: everything a stranger needs to check one, with a page for people.
//! The check itself is the verify crate's, which knows nothing of hospitals.

mod attested;
mod commands;
mod content;
mod html;
mod page;
mod system;
mod when;

pub use when::japanese;

use akashi_domain::authz::{self, Action};
use akashi_domain::verdict::Evaluator;
use akashi_domain::{Field, Label, RecordId, Value, Version};
use akashi_journal::Digest;
use akashi_journal::note::Note;
use akashi_journal::proof::TlogProof;
use akashi_store::{Contents, InclusionProof};
use akashi_verify::{Bundle, Given, OpenedFile, Opening, verify};

use crate::command::{authorize, known};
use crate::ctx::Ctx;
use crate::error::{AppError, Result};
use crate::service::App;
use content::{Content, Disposed};
use page::{Page, Subject};

/// A bundle, ready to be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// File name, ASCII: `AST-2026-0001-r3.zip`.
    pub name: String,
    /// A ZIP.
    pub bytes: Vec<u8>,
    /// Id of the record.
    pub record: String,
    pub rev: u32,
    /// Place in the log, from 0.
    pub index: u64,
}

impl App {
    /// Finds a record by its id or by its number.
    ///
    /// # Errors
    /// None, or several facilities have that number.
    pub async fn find(&self, now: i64, text: &str) -> Result<RecordId> {
        let live = self.live(now).await?;
        if let Some(id) = RecordId::parse(text).filter(|id| live.world.latest(*id).is_some()) {
            return Ok(id);
        }
        let view = live.evaluator.view();
        let registers = (0..self.catalog().registers.len()).map(|ix| akashi_domain::RegisterIx(ix as u16));
        let found: Vec<RecordId> =
            registers.flat_map(|ix| view.rows(ix)).filter(|v| v.code.as_ref() == text).map(|v| v.id).collect();
        match found[..] {
            [one] => Ok(one),
            [] => Err(AppError::not_found(
                format!("番号「{text}」の記録は見つかりません"),
                format!("There is no record with the number {text}"),
            )),
            _ => {
                let ids = found.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
                Err(AppError::invalid(
                    format!("番号「{text}」の記録が複数あります。ID で指定してください: {ids}"),
                    format!("Several records have the number {text}; name one by its id: {ids}"),
                ))
            }
        }
    }

    /// Makes the bundle that proves revision `rev` of a record, or its newest one.
    ///
    /// # Errors
    /// Forbidden unless the actor may read every field of the record; no such revision; whatever the store meets.
    pub async fn prove(&self, ctx: &Ctx, record: RecordId, rev: Option<u32>) -> Result<Proof> {
        let version = self.provable(ctx, record, rev).await?;
        let opening = self.store().opening(record, Some(version.rev)).await?.ok_or_else(none)?;
        let subject = self.subject(ctx, &version, opening.contents.as_ref()).await?;
        let contents = match &opening.contents {
            Some(contents) => Some(self.enclose(contents).await?),
            None => None,
        };
        self.close(ctx, opening.seq, contents, &subject, name(&version)).await
    }

    /// The bundle around an entry: all that is known of its place in the log, the contents given, the page.
    async fn close(
        &self,
        ctx: &Ctx,
        seq: u64,
        opening: Option<Opening>,
        subject: &Subject,
        name: String,
    ) -> Result<Proof> {
        let attested = self.attested(seq).await?;
        let size = attested.as_ref().map(|at| at.size);
        let inclusion = match self.store().prove_at(seq, size).await? {
            Some(inclusion) => inclusion,
            None => {
                self.sequence(ctx.now).await?;
                self.store().prove(seq).await?.ok_or_else(none)?
            }
        };
        let mut bundle = self.bundle(&inclusion).await?;
        bundle.policy = self.stated_policy().await?;
        // Where the attested checkpoint is not kept, the proof is under another, of which nobody said anything.
        if let Some(attested) = attested.filter(|at| at.size == inclusion.size) {
            (bundle.later, bundle.stamps) = (attested.later, attested.stamps);
        }
        bundle.opening = opening;
        bundle.explanation = self.explain(subject, &inclusion, &bundle, &name).await?;
        let bytes = bundle.to_bytes().map_err(too_large)?;
        Ok(Proof { bytes, name, record: subject.record.clone(), rev: subject.rev, index: inclusion.index })
    }

    /// The page for people, which also says what the verifier finds in the bundle.
    async fn explain(
        &self,
        subject: &Subject,
        inclusion: &InclusionProof,
        bundle: &Bundle,
        file: &str,
    ) -> Result<String> {
        let keys = self.store().key_ring().await?;
        let given = Given { keys: Some(keys.clone()), ..Given::default() };
        let report = verify(&bundle.to_bytes().map_err(too_large)?, &given);
        let by = self.names().await?.remove(&subject.author).unwrap_or_else(|| subject.author.clone());
        let organisation = &self.store().meta().organisation;
        let page = Page { organisation, subject, by: &by, inclusion, keys: &keys, file };
        Ok(page.html(bundle, &report))
    }

    /// A version of a record as the page shows it.
    async fn subject(&self, ctx: &Ctx, version: &Version, contents: Option<&Contents>) -> Result<Subject> {
        let found = self.told_of_disposal(version).await?;
        let live = self.live(ctx.now).await?;
        let disposal = found.map(|(rev, at, approval, rule)| {
            let id = RecordId::parse(&approval);
            let known = id.and_then(|id| live.world.latest(id));
            let name = known.map_or(approval, |approved| approved.code.to_string());
            Disposed { rev, at, approval: (name, id), rule }
        });
        let (register, evaluator) = (self.catalog().register(version.register), &live.evaluator);
        let content = Content { register, version, contents, disposal, evaluator, actor: &ctx.actor };
        let state = register.state(&version.state);
        Ok(Subject {
            register: register.title.clone(),
            code: version.code.to_string(),
            named: content.named(version),
            record: version.id.to_string(),
            rev: version.rev,
            recorded_at: version.recorded_at,
            author: version.author.to_string(),
            state: state.map_or_else(|| html::escape(&version.state), |state| html::both(&state.title)),
            valid_from: version.valid_from.map(|day| day.to_string()),
            content: content.html(),
        })
    }

    /// When, by which revision, and under which approval and rule a record was disposed of.
    async fn told_of_disposal(&self, version: &Version) -> Result<Option<(u32, i64, String, String)>> {
        let rows = self.store().history(version.id).await?;
        let Some(row) = rows.iter().find(|row| row.command == "dispose") else { return Ok(None) };
        let said = row.body.as_ref().map(|body| &body["disposal"]);
        let text = |key: &str| said.and_then(|said| said[key].as_str()).unwrap_or_default().to_owned();
        Ok(Some((row.rev, row.recorded_at, text("approval"), text("rule"))))
    }

    /// The version, if the actor may see all of it: salts open a content as a whole.
    ///
    /// # Errors
    /// Forbidden, with the field that is in the way; no such revision.
    pub async fn provable(&self, ctx: &Ctx, record: RecordId, rev: Option<u32>) -> Result<Version> {
        let live = self.live(ctx.now).await?;
        let latest = known(&live.world, record)?;
        authorize(&live.evaluator, ctx, Action::Read, latest.register, Some(&latest))?;
        let wanted = rev.unwrap_or(latest.rev);
        let version = live.world.history(record).iter().find(|v| v.rev == wanted).map(|v| Version::clone(v));
        let version = version.ok_or_else(none)?;
        match hidden(&live.evaluator, ctx, &version) {
            None => Ok(version),
            Some(field) => Err(AppError::Forbidden(Label::new(
                format!("証明は記録の全体を見せますが、項目「{}」を閲覧する権限がありません", field.title.ja),
                format!("A proof shows the whole record, and you may not see “{}”", field.title.en),
            ))),
        }
    }

    /// What every bundle of this log has.
    async fn bundle(&self, inclusion: &InclusionProof) -> Result<Bundle> {
        let damaged = |e: &dyn ToString| {
            let what = e.to_string();
            AppError::invalid(
                format!("チェックポイントを読めません: {what}"),
                format!("The checkpoint cannot be read: {what}"),
            )
        };
        let checkpoint = Note::parse(inclusion.checkpoint.as_bytes()).map_err(|e| damaged(&e))?;
        let proof = TlogProof { extra: None, index: inclusion.index, hashes: inclusion.path.clone(), checkpoint };
        Ok(Bundle {
            entry: inclusion.leaf.clone(),
            proof: proof.to_string().into_bytes(),
            checkpoint: inclusion.checkpoint.clone().into_bytes(),
            keys: self.store().key_ring().await?.to_string(),
            ..Bundle::default()
        })
    }

    async fn enclose(&self, contents: &Contents) -> Result<Opening> {
        let mut files = Vec::new();
        for (digest, salt) in contents.files.iter().copied() {
            let content = Some(self.store().blob(digest).await?);
            files.push(OpenedFile { digest, salt: Digest(salt.0), content });
        }
        let reason = contents.reason.as_ref().map(|(text, salt)| (text.clone(), Digest(salt.0)));
        Ok(Opening { body: contents.body.clone(), body_salt: Digest(contents.body_salt.0), reason, files })
    }
}

fn none() -> AppError {
    AppError::not_found("この版は見つかりません", "There is no such revision")
}

fn name(version: &Version) -> String {
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let code = version.code.chars().all(fine) && !version.code.is_empty();
    let head = if code { version.code.to_string() } else { version.id.to_string() };
    format!("{head}-r{}.zip", version.rev)
}

fn too_large(_: akashi_verify::ArchiveError) -> AppError {
    AppError::invalid("添付が大きすぎて束にできません", "The files are too large for a bundle")
}

/// The first filled field the actor may not see, also inside rows.
fn hidden<'e>(evaluator: &'e Evaluator, ctx: &Ctx, version: &Version) -> Option<&'e Field> {
    let register = evaluator.catalog().register(version.register);
    let closed = |field: &Field| !authz::sees(evaluator, &ctx.actor, field);
    let fields = register.fields().iter().enumerate().filter(|(ix, _)| !version.cell(*ix).is_blank());
    let mut hidden = fields.filter_map(|(ix, field)| match version.cell(ix) {
        _ if closed(field) => Some(field),
        Value::Rows(rows) => {
            let mut inner = field.rows().iter().enumerate();
            let filled = |at: usize| rows.iter().any(|row| row.cells.get(at).is_some_and(|cell| !cell.is_blank()));
            inner.find(|(at, field)| closed(field) && filled(*at)).map(|(_, field)| field)
        }
        _ => None,
    });
    hidden.next()
}
