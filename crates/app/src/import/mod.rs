//! Importing a hospital's own files, and exporting registers: the use cases around [`crate::sheet`].
//! A preview and an import are the same work; only the import writes, all of it in one transaction.

mod relink;

use std::sync::{Arc, OnceLock};

use akashi_domain::authz::{self, Action};
use akashi_domain::{Label, RegisterIx, Source, Value, Version, View};
use akashi_journal::entry::Command;
use akashi_store::{NewVersion, WriteCtx};
use serde::{Deserialize, Serialize};

use self::relink::relink;
use crate::command::{Ids, authorize, blank_of, new_id, since};
use crate::ctx::Ctx;
use crate::error::{AppError, Result};
use crate::service::App;
use crate::sheet::incoming::{
    Importer, Incoming, Note, Rejected, Request, SkippedRow, SourceFile, TableCount, Unmapped,
};
use crate::sheet::mapping::Mapping;
use crate::sheet::plan::{Plan, diff};
use crate::sheet::read::Limits;
use crate::sheet::states::StateRules;

/// A file to import.
#[derive(Clone, Debug)]
pub struct ImportFile {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// What to import.
#[derive(Clone, Debug, Default)]
pub struct ImportRequest {
    /// Register key.
    pub register: String,
    pub files: Vec<ImportFile>,
    /// A saved mapping; without one it is proposed.
    pub mapping: Option<Mapping>,
    /// Try only.
    pub dry_run: bool,
}

/// What an import did, or would do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ImportReport {
    pub register: String,
    pub dry_run: bool,
    /// Rows of data read.
    pub rows: usize,
    /// Rows of data that are new (rows inside records count one by one).
    pub imported: usize,
    /// Rows of data that change a record.
    pub changed: usize,
    pub unchanged: usize,
    /// Records made, which a roster's rows share.
    pub records: usize,
    /// Records of the ledger no row speaks of; left as they are.
    pub missing: usize,
    /// Links of other records that could be resolved now.
    pub linked: usize,
    pub rejected: Vec<Rejected>,
    pub unmapped: Vec<Unmapped>,
    pub skipped: Vec<SkippedRow>,
    pub tables: Vec<TableCount>,
    pub notes: Vec<Note>,
    /// Field-level differences of changed records.
    pub changes: Vec<ChangeReport>,
    pub mapping: Mapping,
}

/// What changes in one record.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeReport {
    pub code: String,
    pub key: String,
    pub fields: Vec<FieldReport>,
}

/// One field before and after.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FieldReport {
    pub field: String,
    pub title: Label,
    pub before: String,
    pub after: String,
}

/// Words of a catalogue, prepared once per process.
static IMPORTER: OnceLock<(String, Importer)> = OnceLock::new();

impl App {
    /// Reads files for a register and, unless it is a dry run, writes what they bring.
    ///
    /// # Errors
    /// An unknown register, or no right to write there. Bad files are no error: they stand in `rejected`.
    pub async fn import(&self, ctx: &Ctx, request: ImportRequest) -> Result<ImportReport> {
        let register = self.register_ix(&request.register)?;
        let (report, versions) = {
            let live = self.live(ctx.now).await?;
            authorize(&live.evaluator, ctx, Action::Create, register, None)?;
            authorize(&live.evaluator, ctx, Action::Edit, register, None)?;
            let planned = tokio::task::block_in_place(|| self.plan(ctx, live.evaluator.view(), register, &request));
            // A grant for some rows only is not one for the others.
            for (version, _) in &planned.1 {
                let action = if version.rev == 1 { Action::Create } else { Action::Edit };
                // Links of other registers' records are resolved by the house, not by the person.
                if version.register == register {
                    authorize(&live.evaluator, ctx, action, register, Some(version))?;
                }
            }
            planned
        };
        if !request.dry_run && !versions.is_empty() {
            self.write_all(ctx, versions).await?;
        }
        Ok(report)
    }

    /// Returns the position of a register, or an error that names those there are.
    pub(crate) fn register_ix(&self, key: &str) -> Result<RegisterIx> {
        self.catalog().register_ix(key).ok_or_else(|| {
            let known = self
                .catalog()
                .registers
                .iter()
                .filter(|r| !r.system)
                .map(|r| r.key.as_str())
                .collect::<Vec<_>>()
                .join(" ");
            AppError::not_found(
                format!("台帳「{key}」はありません。使えるキー: {known}"),
                format!("There is no register “{key}”; keys: {known}"),
            )
        })
    }

    fn plan(
        &self,
        ctx: &Ctx,
        view: &View,
        register: RegisterIx,
        request: &ImportRequest,
    ) -> (ImportReport, Vec<(Version, Command)>) {
        let rules = StateRules::new(view, register);
        let state_of = |_: &akashi_domain::Register, v: &Version| rules.state_of(v);
        let asked = Request {
            register,
            facility: &ctx.facility,
            mapping: request.mapping.as_ref(),
            state_of: &state_of,
            limits: Limits::default(),
        };
        let files: Vec<SourceFile> =
            request.files.iter().map(|f| SourceFile { name: &f.name, bytes: &f.bytes }).collect();
        let mut incoming = self.with_importer(|i| i.incoming(view, &asked, &files));
        let mut ids = Ids::new(ctx.now);
        let mut plan = diff(view, &mut incoming, &mut || ids.next());
        let rows = Counts::of(view, &incoming, &plan);
        let mut versions = versions(ctx, view, &mut incoming, &mut plan);
        let relinked = relink(view, register, &versions);
        let report = report(view, request, incoming, &plan, rows, relinked.len());
        versions.extend(relinked);
        (report, versions)
    }

    fn with_importer<T>(&self, f: impl FnOnce(&Importer) -> T) -> T {
        let catalog = self.catalog();
        let (digest, kept) = IMPORTER.get_or_init(|| (catalog.digest.clone(), Importer::new(catalog)));
        if *digest == catalog.digest { f(kept) } else { f(&Importer::new(catalog)) }
    }

    async fn write_all(&self, ctx: &Ctx, versions: Vec<(Version, Command)>) -> Result<()> {
        let batch = new_id(ctx.now);
        let (catalog, versions) = (self.catalog().clone(), Arc::new(versions));
        let all = versions.clone();
        let new = move |ix: usize| {
            let (version, command) = &all[ix];
            let mut new = NewVersion::of(catalog.register(version.register), version, *command);
            new.batch = Some(batch);
            new
        };
        let mut tx = self.store().begin(&WriteCtx { actor: ctx.actor.pseudonym.clone(), at: ctx.now }).await?;
        let receipts = tx.put_many(versions.len(), new).await?;
        let committed = tx.commit(receipts).await?;
        let versions = Arc::unwrap_or_clone(versions);
        self.settle_own(ctx.now, &committed, versions.into_iter().map(|(v, _)| v).collect()).await
    }

    /// Writes a register as a workbook of what the person may see.
    ///
    /// # Errors
    /// An unknown register, or no right to export it.
    pub async fn export(&self, ctx: &Ctx, key: &str) -> Result<Vec<u8>> {
        let register = self.register_ix(key)?;
        let live = self.live(ctx.now).await?;
        authorize(&live.evaluator, ctx, Action::Export, register, None)?;
        let view = live.evaluator.view();
        let may = |v: &&Version| authz::allowed(&live.evaluator, &ctx.actor, Action::Export, register, Some(v));
        let rows: Vec<&Version> =
            view.rows(register).iter().map(|v| &**v).filter(|v| !v.disposed).filter(may).collect();
        let sees = |f: &akashi_domain::Field| authz::sees(&live.evaluator, &ctx.actor, f);
        let bytes = crate::sheet::export::export(view, register, &rows, &sees);
        bytes.map_err(|e| AppError::invalid(format!("書き出せませんでした: {e}"), e.to_string()))
    }
}

/// The versions an import writes: new records, then changed ones. Values of new ones are moved out of the plan.
fn versions(ctx: &Ctx, view: &View, incoming: &mut Incoming, plan: &mut Plan) -> Vec<(Version, Command)> {
    let register = view.catalog.register(incoming.register);
    let mut out = Vec::with_capacity(plan.create.len() + plan.change.len());
    for c in &mut plan.create {
        let row = &mut incoming.rows[c.row];
        let mut version = blank_of(register, incoming.register, ctx, c.id);
        version.rev = 1;
        version.state = row.state.as_str().into();
        version.cells = std::mem::take(&mut c.values);
        version.extra = std::mem::take(&mut row.extra);
        let (file, sheet) = (std::mem::take(&mut row.source.file), std::mem::take(&mut row.source.sheet));
        version.source = Some(Source { file, sheet, row: row.source.row });
        out.push((version, Command::Import));
    }
    let change = plan.change.iter().filter_map(|c| {
        let mut version = Version::clone(view.get(c.id)?);
        let row = &incoming.rows[c.row];
        version.rev = c.rev + 1;
        version.valid_from = since(version.valid_from, ctx.now);
        version.cells.truncate(register.fields().len());
        for field in &c.fields {
            version.cells[field.slot] = field.after.clone();
        }
        if let Some((_, to)) = &c.state {
            version.state = to.as_str().into();
        }
        version.extra.extend(c.extra.clone());
        version.source = Some(row.source.clone());
        Some((version, Command::Import))
    });
    out.extend(change);
    out
}

fn report(
    view: &View,
    request: &ImportRequest,
    incoming: Incoming,
    plan: &Plan,
    counts: Counts,
    linked: usize,
) -> ImportReport {
    let register = view.catalog.register(incoming.register);
    let Counts { imported, changed } = counts;
    let rows: usize = incoming.tables.iter().map(|t| t.rows).sum::<usize>().max(incoming.rows.len());
    let change = |c: &crate::sheet::plan::Change| {
        let version = view.get(c.id)?;
        let show = |v: &Value, slot: usize| crate::sheet::export::shown(v, register.slot(slot), view);
        let fields = c.fields.iter().map(|f| FieldReport {
            field: register.slot(f.slot).key.clone(),
            title: register.slot(f.slot).title.clone(),
            before: show(&f.before, f.slot),
            after: show(&f.after, f.slot),
        });
        Some(ChangeReport {
            code: version.code.to_string(),
            key: crate::report::key(version, view),
            fields: fields.collect(),
        })
    };
    ImportReport {
        register: request.register.clone(),
        dry_run: request.dry_run,
        rows,
        imported,
        changed,
        unchanged: rows.saturating_sub(imported + changed),
        records: plan.create.len(),
        missing: plan.missing.len(),
        linked,
        changes: plan.change.iter().filter_map(change).collect(),
        rejected: incoming.rejected,
        unmapped: incoming.unmapped,
        skipped: incoming.skipped,
        tables: incoming.tables,
        notes: incoming.notes,
        mapping: incoming.mapping,
    }
}

/// Rows of the file that bring something.
struct Counts {
    imported: usize,
    changed: usize,
}

impl Counts {
    /// Counts them; a roster's record stands for all its rows.
    fn of(view: &View, incoming: &Incoming, plan: &Plan) -> Counts {
        let register = view.catalog.register(incoming.register);
        let weigh = |values: &[Value]| weight(register, values, incoming);
        Counts {
            imported: plan.create.iter().map(|c| weigh(&c.values)).sum(),
            changed: plan.change.iter().map(|c| weigh(&incoming.rows[c.row].values)).sum(),
        }
    }
}

/// How many rows of the file a record stands for.
fn weight(register: &akashi_domain::Register, values: &[Value], incoming: &Incoming) -> usize {
    let roster = incoming.tables.iter().any(|t| t.records < t.rows);
    let inner = register.fields().iter().zip(values).filter_map(|(_, v)| match v {
        Value::Rows(rows) => Some(rows.len()),
        _ => None,
    });
    if roster { inner.max().unwrap_or(0) } else { 1 }
}
