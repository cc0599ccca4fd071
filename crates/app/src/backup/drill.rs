//! The drill: a backup is restored to a scratch place and verified, and what came of it is filed in the storage
//! register by an ordinary command of whoever asked for it. A drill that fails is filed too.

use std::path::Path;

use akashi_domain::{PartialDate, RecordId, Row, Value};

use super::restore::{Restore, Shown, restore_scratch};
use super::state::LastDrill;
use crate::command::{Done, Put, known, new_id};
use crate::ctx::{self, Ctx};
use crate::error::{AppError, Result};
use crate::service::App;

/// A drill, and the record it is filed in.
pub struct Drill<'d> {
    pub restore: Restore<'d>,
    /// Below it a folder is made and removed again.
    pub scratch: &'d Path,
    /// The place of storage (register `storage`).
    pub storage: Option<RecordId>,
}

/// What came of it.
#[derive(Debug)]
pub struct Drilled {
    /// What restoring showed, or why it failed.
    pub outcome: Result<Shown>,
    pub seconds: u64,
    pub filed: Option<Done>,
}

impl Drilled {
    /// Whether everything came back as it was signed.
    pub fn is_ok(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|shown| shown.faults.is_empty())
    }
}

/// Restores to a scratch place and verifies; nothing is filed.
pub async fn drill(drill: Drill<'_>, tell: impl FnMut(u64, u64) + Send) -> Drilled {
    let began = ctx::now();
    let outcome = restore_scratch(drill.scratch, drill.restore, began, tell).await;
    Drilled { outcome, seconds: ((ctx::now() - began).max(0) as u64).div_ceil(1_000_000), filed: None }
}

impl App {
    /// As [`drill`], and files the result.
    ///
    /// # Errors
    /// The record is none of the register, or may not be changed; then nothing was tried.
    pub async fn drill(&self, ctx: &Ctx, asked: Drill<'_>, tell: impl FnMut(u64, u64) + Send) -> Result<Drilled> {
        let (storage, place) = (asked.storage, asked.restore.depot.name());
        if let Some(id) = storage {
            // Before the work: whoever may not file it should know at once.
            self.may_file(ctx, id).await?;
        }
        let mut drilled = drill(asked, tell).await;
        if let Some(id) = storage {
            drilled.filed = Some(self.file_drill(ctx, id, &drilled, &place).await?);
        }
        let entries = drilled.outcome.as_ref().map_or(0, |shown| shown.entries);
        let filed = drilled.filed.as_ref().map(|done| done.code.clone());
        let last = LastDrill { at: ctx.now, place, ok: drilled.is_ok(), entries, seconds: drilled.seconds, filed };
        self.note_drill(&last).await?;
        Ok(drilled)
    }

    async fn may_file(&self, ctx: &Ctx, id: RecordId) -> Result<()> {
        let live = self.live(ctx.now).await?;
        let version = known(&live.world, id)?;
        let register = self.catalog().register(version.register);
        if register.key != "storage" {
            return Err(AppError::invalid(
                format!("「{}」は保存場所・バックアップ台帳の記録ではありません", version.code),
                format!("{} is no record of the storage register", version.code),
            ));
        }
        let action = akashi_domain::authz::Action::Edit;
        crate::command::authorize(&live.evaluator, ctx, action, version.register, Some(&version))
    }

    async fn file_drill(&self, ctx: &Ctx, id: RecordId, drilled: &Drilled, place: &str) -> Result<Done> {
        let put = {
            let live = self.live(ctx.now).await?;
            let version = known(&live.world, id)?;
            let register = self.catalog().register(version.register);
            let slot =
                |key: &str| register.fields().iter().position(|field| field.key == key).ok_or_else(|| lacks(key));
            let tests = slot("restore_test")?;
            let mut rows = match version.cell(tests) {
                Value::Rows(rows) => rows.clone(),
                _ => Vec::new(),
            };
            let result = if drilled.is_ok() { "ok" } else { "failed" };
            let today = Value::Date(PartialDate::of(ctx.today()));
            let akashi_domain::FieldKind::Rows(sub) = &register.fields()[tests].kind else {
                return Err(lacks("restore_test"));
            };
            let cell = |key: &str| match key {
                "tested_on" => today.clone(),
                "result" => Value::Choice(result.into()),
                "duration" => Value::Text(format!("{} 秒", drilled.seconds).into()),
                "remark" => Value::Text(remark(drilled, place).into()),
                _ => Value::Null,
            };
            rows.push(Row { id: new_id(ctx.now), cells: sub.iter().map(|field| cell(&field.key)).collect() });
            let values = vec![
                (slot("restore_tested_on")?, today.clone()),
                (slot("restore_result")?, Value::Choice(result.into())),
                (tests, Value::Rows(rows)),
            ];
            Put {
                register: version.register,
                record: Some(id),
                expected: version.rev,
                values,
                valid_from: None,
                reason: None,
            }
        };
        self.put(ctx, put).await
    }
}

/// What is written beside the result.
fn remark(drilled: &Drilled, place: &str) -> String {
    match &drilled.outcome {
        Ok(shown) => {
            let Shown { chain, pieces, stored_bytes, entries, covered, root, faults, .. } = shown;
            let bad = faults.len();
            let first = faults.first().map(|f| format!("。最初の異常: {} {}", f.at.ja, f.what.ja)).unwrap_or_default();
            format!(
                "Akashi のバックアップ {place} 世代 {chain}({pieces}回分、{stored_bytes} バイト)を別の場所に復元。証跡 {entries} 件を計算し直し、{covered} 件が署名済みチェックポイントと一致。異常 {bad} 件{first}。ルート {root}"
            )
        }
        Err(e) => format!("Akashi のバックアップ {place} を復元できませんでした: {}", e.label().ja),
    }
}

fn lacks(field: &str) -> AppError {
    AppError::invalid(
        format!("台帳の定義に項目「{field}」がないため、結果を記録できません"),
        format!("The register has no field {field}; the result cannot be filed"),
    )
}
