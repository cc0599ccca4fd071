//! Proof bundles of record versions: everything a stranger needs to check one, with a page for people.
//! The check itself is the verify crate's, which knows nothing of hospitals.

use akashi_domain::authz::{self, Action};
use akashi_domain::{Label, RecordId, Register, Version};
use akashi_journal::note::Note;
use akashi_journal::proof::TlogProof;
use akashi_journal::{Digest, Entry, time};
use akashi_store::{Contents, InclusionProof};
use akashi_verify::{Bundle, OpenedFile, Opening};

use crate::command::{authorize, known};
use crate::ctx::Ctx;
use crate::error::{AppError, Result};
use crate::service::App;

/// A bundle, ready to be handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// File name, ASCII: `AST-2026-0001-r3.zip`.
    pub name: String,
    /// A ZIP.
    pub bytes: Vec<u8>,
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
        let none = || AppError::not_found("この版は見つかりません", "There is no such revision");
        let opening = self.store().opening(record, Some(version.rev)).await?.ok_or_else(none)?;
        let inclusion = match self.store().prove(opening.seq).await? {
            Some(inclusion) => inclusion,
            None => {
                self.settle(ctx.now).await?;
                self.store().prove(opening.seq).await?.ok_or_else(none)?
            }
        };
        let register = self.catalog().register(version.register);
        let mut bundle = self.bundle(&inclusion).await?;
        bundle.explanation =
            Page { register, version: &version, inclusion: &inclusion, contents: opening.contents.as_ref() }.html();
        bundle.opening = match opening.contents {
            Some(contents) => Some(self.enclose(contents).await?),
            None => None,
        };
        let too_large = |_| AppError::invalid("添付が大きすぎて束にできません", "The files are too large for a bundle");
        let bytes = bundle.to_bytes().map_err(too_large)?;
        Ok(Proof { name: name(&version), bytes, rev: opening.rev, index: inclusion.index })
    }

    /// The version, if the actor may see all of it: salts open a content as a whole.
    async fn provable(&self, ctx: &Ctx, record: RecordId, rev: Option<u32>) -> Result<Version> {
        let live = self.live(ctx.now).await?;
        let latest = known(&live.world, record)?;
        authorize(&live.evaluator, ctx, Action::Read, latest.register, Some(&latest))?;
        let wanted = live
            .world
            .history(record)
            .iter()
            .find(|v| rev.is_none_or(|rev| v.rev == rev) && (rev.is_some() || v.rev == latest.rev));
        let version = wanted.map(|v| Version::clone(v));
        let version =
            version.ok_or_else(|| AppError::not_found("この版は見つかりません", "There is no such revision"))?;
        let register = self.catalog().register(version.register);
        let hidden =
            register.fields().iter().enumerate().find(|(ix, field)| {
                !version.cell(*ix).is_missing() && !authz::sees(&live.evaluator, &ctx.actor, field)
            });
        match hidden {
            None => Ok(version),
            Some((_, field)) => Err(AppError::Forbidden(Label::new(
                format!("項目「{}」を閲覧する権限がないため、証明を作れません", field.title.ja),
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

    async fn enclose(&self, contents: Contents) -> Result<Opening> {
        let mut files = Vec::new();
        for (digest, salt) in contents.files {
            let content = Some(self.store().blob(digest).await?);
            files.push(OpenedFile { digest, salt: Digest(salt.0), content });
        }
        let reason = contents.reason.map(|(text, salt)| (text, Digest(salt.0)));
        Ok(Opening { body: contents.body, body_salt: Digest(contents.body_salt.0), reason, files })
    }
}

fn name(version: &Version) -> String {
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let code = version.code.chars().all(fine) && !version.code.is_empty();
    let head = if code { version.code.to_string() } else { version.id.to_string() };
    format!("{head}-r{}.zip", version.rev)
}

/// The page for people.
struct Page<'a> {
    register: &'a Register,
    version: &'a Version,
    inclusion: &'a InclusionProof,
    contents: Option<&'a Contents>,
}

impl Page<'_> {
    fn html(&self) -> String {
        let title = &self.register.title;
        let (version, index) = (self.version, self.inclusion.index);
        let at = time::to_rfc3339(version.recorded_at).unwrap_or_default();
        let (code, rev) = (escape(&version.code), version.rev);
        format!(
            "<!doctype html><html lang=\"ja\"><meta charset=\"utf-8\"><title>{code} r{rev}</title>\
<style>body{{font:16px/1.7 sans-serif;max-width:46em;margin:2em auto;padding:0 1em}}table{{border-collapse:collapse;width:100%}}\
th,td{{border:1px solid #999;padding:.3em .6em;text-align:left;vertical-align:top}}code,pre{{overflow-wrap:anywhere;white-space:pre-wrap}}</style>\
<h1>記録の証明 <span lang=\"en\">Proof of a record</span></h1>\
<table><tr><th>台帳 Register<td>{} / {}<tr><th>番号 Number<td>{code}<tr><th>ID<td><code>{}</code><tr><th>版 Revision<td>{rev}\
<tr><th>記録日時 Recorded<td>{at} (UTC)<tr><th>記録者 Actor<td><code>{}</code><tr><th>証跡 Entry<td>{index} / {}</table>\
<h2>この束が示すこと</h2><p>下の内容が、この病院の証跡ログの {index} 番目の項目として確定しており、その後は書き換えられていないこと。\
ログ全体の指紋(チェックポイント)には病院の鍵で署名があります。</p>\
<p>示さないこと: 内容が事実かどうか。これより新しい版がないこと。タイムスタンプや立会署名がない場合、病院自身が時計や全ログを偽っていないこと。</p>\
<h2>確かめ方</h2><p>ネットワークも病院のサーバも不要です。次を実行します。鍵は束とは別に病院から受け取ってください。</p>\
<pre>akashi-verify --key KEYS THIS.zip</pre>\
<p>ほかの道具でも確かめられます: <code>proof.tlog-proof</code> と <code>checkpoint</code> は C2SP の公開規格の形です。</p>\
<div lang=\"en\"><h2>What this shows</h2><p>That the content below is entry {index} of this hospital's evidence log and was not changed since. \
The fingerprint of the whole log, the checkpoint, is signed with the hospital's key.</p>\
<p>What it does not show: that the content is true; that there is no newer revision; and, without a time stamp or a witness, that the \
hospital did not deceive about its clock or keep a second log.</p>\
<h2>How to check it</h2><p>Run the command above. It needs neither network nor server; get the keys from the hospital another way than this \
bundle. <code>proof.tlog-proof</code> and <code>checkpoint</code> follow the public C2SP formats, so other tools can check them too.</p></div>\
<h2>内容 <span lang=\"en\">Content</span></h2>{}</html>\n",
            escape(&title.ja),
            escape(&title.en),
            version.id,
            escape(&version.author),
            self.inclusion.size,
            self.content(),
        )
    }

    fn content(&self) -> String {
        let Some(contents) = self.contents else {
            let gone = match Entry::from_leaf(&self.inclusion.leaf).map(|e| e.command) {
                Ok(akashi_journal::Command::Dispose) => "廃棄を記録した項目です。",
                _ => "内容は承認された廃棄により失われました。項目がログにあることだけを示します。",
            };
            return format!(
                "<p>{gone} <span lang=\"en\">The content was disposed of; only that the entry is in the log is shown.</span></p>"
            );
        };
        let rows = self.register.fields().iter().enumerate().filter(|(ix, _)| !self.version.cell(*ix).is_missing());
        let row = |(ix, field): (usize, &akashi_domain::Field)| {
            let value = crate::values::write(self.version.cell(ix));
            format!("<tr><th>{} / {}<td>{}", escape(&field.title.ja), escape(&field.title.en), escape(&value))
        };
        let rows: String = rows.map(row).collect();
        let reason = contents
            .reason
            .as_ref()
            .map(|(text, _)| format!("<tr><th>理由 Reason<td>{}", escape(text)))
            .unwrap_or_default();
        format!("<table>{rows}{reason}</table>")
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            _ => out.push(c),
        }
    }
    out
}
