//! Builds the rows of a register from tables and their mappings.

use std::collections::BTreeMap;
use std::sync::mpsc::sync_channel;

use akashi_domain::register::{Field, FieldKind, Sensitivity};
use akashi_domain::{Label, Link, RecordId, Register, Row, Source, Value, Version};
use serde::Serialize;

use super::cells::{CellReader, Draft, note_of};
use super::column::ColumnPlan;
use super::heading::Headings;
use super::{Incoming, IncomingRow, Request, TableCount, Unmapped};
use super::{merge, roster};
use crate::sheet::layout::{DataRow, Table};
use crate::sheet::mapping::{Per, TableMapping, Target};
use crate::sheet::read::{Cell, column_name};
use crate::sheet::resolve::{Answer, Ask, Directory};
use crate::sheet::values::date::DateContext;
use crate::sheet::values::{FieldReader, is_branch};
use crate::sheet::words::{is_running_header, plain};

/// Something people should know about a cell, column, sheet or file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    pub file: String,
    pub sheet: String,
    /// A1 name; empty when it is about more than a cell.
    pub cell: String,
    /// Key of the field it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    pub what: Label,
}

/// A table with its mapping.
pub(super) struct Job {
    pub table: Table,
    pub mapping: TableMapping,
    pub orphans: Vec<(u32, usize)>,
    /// The table is of another register and only speaks of this one too.
    pub borrowed: bool,
}

/// Builds the rows of all tables of a file.
pub(super) fn run(file: &str, jobs: &[Job], request: &Request<'_>, directory: &mut Directory<'_>, out: &mut Incoming) {
    let view = directory.view();
    let register = view.catalog.register(request.register);
    let mut last_sheet: Option<(String, usize)> = None;
    for job in jobs {
        let before = out.rows.len();
        let mut builder = Builder::new(file, job, request, register, directory, out);
        builder.unmapped();
        builder.tell_headings();
        match &job.mapping.per {
            Per::Row => builder.rows(),
            // Blocks side by side of one sheet go on filling the same record.
            Per::Sheet(key) => {
                let same = last_sheet.take().filter(|(s, _)| *s == job.table.sheet).map(|(_, ix)| ix);
                let at = builder.sheet_record(key, same);
                last_sheet = at.map(|ix| (job.table.sheet.clone(), ix));
            }
            Per::Group(key) => builder.groups(key),
            Per::Columns(key) => builder.sessions(key),
        }
        let joined = job.borrowed && job.mapping.per == Per::Row;
        if joined {
            merge::same_key(register, file, before, out);
        }
        let records = out.rows.len() - before;
        let rows = if joined { records } else { job.table.rows.len() };
        out.tables.push(TableCount { file: file.into(), sheet: job.table.sheet.clone(), rows, records });
    }
}

/// From so many rows on another thread reads their cells, so many at a time.
const MANY: usize = 4 * CHUNK;
const CHUNK: usize = 512;

pub(super) struct Builder<'a, 'b> {
    pub file: &'a str,
    pub job: &'a Job,
    pub request: &'a Request<'a>,
    pub register: &'a Register,
    pub directory: &'a mut Directory<'b>,
    pub out: &'a mut Incoming,
    reader: CellReader<'a>,
    headings: Headings,
    pub fiscal: Option<i16>,
    /// Name the last row that is no branch of a tree bears.
    trunk: Option<String>,
}

impl<'a, 'b> Builder<'a, 'b> {
    fn new(
        file: &'a str,
        job: &'a Job,
        request: &'a Request<'a>,
        register: &'a Register,
        directory: &'a mut Directory<'b>,
        out: &'a mut Incoming,
    ) -> Builder<'a, 'b> {
        Builder {
            file,
            job,
            request,
            register,
            directory,
            out,
            reader: CellReader::new(file, job, register),
            headings: Headings::new(job, register),
            fiscal: job.mapping.fiscal_year,
            trunk: None,
        }
    }

    /// One record per row.
    fn rows(&mut self) {
        let rows = &self.job.table.rows;
        if rows.len() < MANY {
            for row in rows {
                let draft = self.draft(row);
                self.finish(draft, row);
            }
            return;
        }
        // One thread reads cells, this one makes records of them; rows stay in their order.
        let mut reader = self.reader.clone();
        std::thread::scope(|scope| {
            let (send, drafts) = sync_channel(4);
            scope.spawn(move || {
                for chunk in rows.chunks(CHUNK) {
                    let read: Vec<Draft> = chunk.iter().map(|row| reader.draft(row)).collect();
                    if send.send(read).is_err() {
                        return;
                    }
                }
            });
            for (mut draft, row) in drafts.iter().flatten().zip(rows) {
                self.out.notes.append(&mut draft.notes);
                self.finish(draft, row);
            }
        });
    }

    /// Rows with the same key fields make one record.
    fn groups(&mut self, key: &str) {
        let Some(rows_ix) = self.register.field_ix(key) else { return self.rows() };
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for row in &self.job.table.rows {
            let mut draft = self.draft(row);
            let id: Vec<String> = self.register.key_fields.iter().map(|k| format!("{:?}", draft.values[*k])).collect();
            let mut inner = self.inner_row(&mut draft, rows_ix, row);
            self.left_over(rows_ix, &mut draft, &mut inner);
            match seen.get(&id.join("\u{1f}")) {
                Some(at) => roster::push_row(&mut self.out.rows[*at].values[rows_ix], inner),
                None => {
                    roster::push_row(&mut draft.values[rows_ix], inner);
                    draft.subs.remove(&rows_ix);
                    seen.insert(id.join("\u{1f}"), self.out.rows.len());
                    self.finish(draft, row);
                }
            }
        }
    }

    /// Reads the cells of a row; what there is to tell of them is told.
    pub(super) fn draft(&mut self, row: &DataRow) -> Draft {
        let mut draft = self.reader.draft(row);
        self.out.notes.append(&mut draft.notes);
        draft
    }

    pub(super) fn note(&mut self, row: u32, column: usize, field: Option<String>, what: Label) {
        self.out.notes.push(note_of(self.file, &self.job.table, row, column, field, what));
    }

    /// Makes the row inside the record that a table row describes, links resolved.
    pub(super) fn inner_row(&mut self, draft: &mut Draft, rows_ix: usize, row: &DataRow) -> Row {
        let fields = self.register.slot(rows_ix).rows();
        let mut cells = draft.subs.remove(&rows_ix).unwrap_or_else(|| vec![Value::Null; fields.len()]);
        let department = fields.iter().position(|f| f.key.contains("department")).and_then(|ix| text_of(&cells[ix]));
        let links = std::mem::take(&mut draft.links);
        for (target, words) in links {
            match target {
                Target::Sub { rows, sub } if rows == rows_ix => {
                    cells[sub] = Value::Link(self.resolve(&fields[sub], &words, department.as_deref(), row, true));
                }
                other => draft.links.push((other, words)),
            }
        }
        Row { id: RecordId(0), cells }
    }

    /// Resolves links, gives the state, and stores the row.
    pub(super) fn finish(&mut self, mut draft: Draft, row: &DataRow) {
        join_places(self.register, &mut draft);
        for (slot, value) in std::mem::take(&mut draft.also) {
            if draft.values[slot].is_missing() {
                draft.values[slot] = value;
            }
        }
        self.headings.apply(row.heading, &mut draft);
        self.constants(&mut draft);
        self.branch(&mut draft, row);
        let fields = self.register.fields();
        let department = self.register.field_ix("department").and_then(|ix| text_of(draft.values.get(ix)?));
        for (target, words) in std::mem::take(&mut draft.links) {
            match target {
                Target::Field(slot) => {
                    let named = words.len() > 1 && self.name_kept(&words, &draft);
                    draft.values[slot] =
                        Value::Link(self.resolve(&fields[slot], &words, department.as_deref(), row, !named));
                }
                Target::Sub { rows, sub } => {
                    let field = &fields[rows].rows()[sub];
                    let link = self.resolve(field, &words, department.as_deref(), row, true);
                    if let Some(cells) = draft.subs.get_mut(&rows) {
                        cells[sub] = Value::Link(link);
                    }
                }
                _ => {}
            }
        }
        self.many_links(&mut draft);
        for (rows, cells) in std::mem::take(&mut draft.subs) {
            if cells.iter().any(|v| !v.is_blank()) {
                roster::push_row(&mut draft.values[rows], Row { id: RecordId(0), cells });
            }
        }
        for (rows, inner) in std::mem::take(&mut draft.options) {
            roster::push_row(&mut draft.values[rows], inner);
        }
        self.store(draft, row.number);
    }

    /// Tells whether the words beyond the code stand in another field too.
    fn name_kept(&self, words: &[(usize, String)], draft: &Draft) -> bool {
        let kept = |w: &str| draft.values.iter().any(|v| matches!(v, Value::Text(t) if plain(t) == plain(w)));
        words.iter().skip(1).any(|(_, w)| kept(w)) || words.iter().any(|(_, w)| kept(w))
    }

    fn store(&mut self, mut draft: Draft, row: u32) {
        let source = Source { file: self.file.into(), sheet: self.job.table.sheet.clone(), row };
        let state_written = draft.state.is_some();
        let state =
            draft.state.take().or_else(|| self.rule_state(&mut draft)).unwrap_or_else(|| self.register.initial.clone());
        self.out.rows.push(IncomingRow {
            values: draft.values,
            extra: draft.extra,
            source,
            state,
            state_written,
            known: None,
        });
    }

    fn rule_state(&self, draft: &mut Draft) -> Option<String> {
        let mut version = Version {
            register: self.request.register,
            id: RecordId(0),
            rev: 1,
            code: "".into(),
            facility: self.request.facility.into(),
            state: self.register.initial.as_str().into(),
            cells: std::mem::take(&mut draft.values),
            extra: BTreeMap::new(),
            source: None,
            valid_from: None,
            recorded_at: 0,
            author: "".into(),
            digest: "".into(),
            disposed: false,
        };
        let state = (self.request.state_of)(self.register, &version);
        draft.values = std::mem::take(&mut version.cells);
        state
    }

    /// Fills fields that are the same for all rows.
    pub(super) fn constants(&self, draft: &mut Draft) {
        for (path, text) in &self.job.mapping.constants {
            let Some(Target::Field(slot)) = Target::parse(self.register, path) else { continue };
            if !draft.values[slot].is_missing() {
                continue;
            }
            let reader = FieldReader::new(self.register.slot(slot), path);
            if let Ok(reading) = reader.read(&Cell::text(text), &DateContext::default()) {
                if let Value::Link(Link::Text(t)) = &reading.value {
                    draft.links.push((Target::Field(slot), vec![(0, t.to_string())]));
                }
                draft.values[slot] = reading.value;
            }
        }
    }

    /// A name drawn as a branch (└) belongs below the last one that is not.
    fn branch(&mut self, draft: &mut Draft, row: &DataRow) {
        let own = |f: &Field| matches!(&f.kind, FieldKind::Link(to) if *to == [self.register.key.clone()]);
        let Some(parent) = self.register.fields().iter().position(own) else { return };
        let Some(name) = self.plans().iter().find(|p| {
            p.parts
                .first()
                .is_some_and(|t| matches!(t.target, Target::Field(f) if self.register.headline.first() == Some(&f)))
        }) else {
            return;
        };
        let shown = row.cells[name.slot].shown().into_owned();
        if !is_branch(&shown) {
            self.trunk = self.register.headline.first().and_then(|h| text_of(&draft.values[*h]));
        } else if let (Value::Null, Some(trunk)) = (&draft.values[parent], &self.trunk) {
            draft.values[parent] = Value::Link(Link::Text(trunk.as_str().into()));
            draft.links.push((Target::Field(parent), vec![(name.slot, trunk.clone())]));
        }
    }

    /// Resolves a link of one or two columns; tells what was not found.
    fn resolve(
        &mut self,
        field: &Field,
        words: &[(usize, String)],
        department: Option<&str>,
        row: &DataRow,
        keep_name: bool,
    ) -> Link {
        let coded = |w: &&(usize, String)| w.1.chars().any(|c| c.is_ascii_digit()) && w.1.is_ascii();
        let code = if words.len() > 1 { words.iter().find(coded) } else { None };
        let name = words.iter().find(|w| Some(*w) != code);
        let ask = Ask { code: code.map(|c| c.1.as_str()), name: name.map(|n| n.1.as_str()), department };
        let column = code.or(name).map_or(0, |w| w.0);
        let what = match self.directory.find(field, ask) {
            Answer::One(id) => return Link::To(id),
            Answer::OtherName(id) => {
                self.note(
                    row.number,
                    column,
                    Some(field.key.clone()),
                    Label::new(
                        "番号の持ち主と氏名が一致しません。番号で結びました",
                        "number and name do not agree; linked by the number",
                    ),
                );
                return Link::To(id);
            }
            Answer::Many(ids) => {
                let codes: Vec<String> =
                    ids.iter().filter_map(|id| self.directory.view().get(*id)).map(|v| v.code.to_string()).collect();
                let codes = codes.join(", ");
                Label::new(
                    format!("該当が複数あり結べません（{codes}）"),
                    format!("several records fit, none was chosen ({codes})"),
                )
            }
            Answer::OnlyName(_) => Label::new(
                "番号が台帳にありません。同じ名前の行はありますが結んでいません",
                "the number is in no record; one of that name exists but was not linked",
            ),
            Answer::None if self.directory.is_empty(field) => {
                return Link::Text(link_words(code, name, keep_name).into());
            }
            Answer::None => {
                let open = field.sensitivity < Sensitivity::Personal && !field.targets().contains(&"personnel");
                let text =
                    if open { format!("「{}」", link_words(code, name, false)) } else { "書かれた人".into() };
                Label::new(
                    format!("{text}は台帳に見つかりません。文字のまま残しました"),
                    "no such record was found; kept as written",
                )
            }
        };
        self.note(row.number, column, Some(field.key.clone()), what);
        Link::Text(link_words(code, name, keep_name).into())
    }

    /// Resolves fields with several links in a cell.
    fn many_links(&mut self, draft: &mut Draft) {
        for (slot, value) in draft.values.iter_mut().enumerate() {
            let Value::Links(links) = value else { continue };
            for link in links.iter_mut() {
                let Link::Text(text) = link else { continue };
                let ask = Ask { name: Some(text), ..Ask::default() };
                if let Answer::One(id) = self.directory.find(self.register.slot(slot), ask) {
                    *link = Link::To(id);
                }
            }
        }
    }

    /// Tells what headings between rows and texts around the table were taken for.
    fn tell_headings(&mut self) {
        for (path, text) in &self.job.mapping.constants {
            let Some(Target::Field(slot)) = Target::parse(self.register, path) else { continue };
            let field = self.register.slot(slot);
            let what = Label::new(
                format!("表の外に書かれた「{text}」を全ての行の「{}」としました", field.title.ja),
                format!("“{text}”, written outside the table, was taken as “{}” of all rows", field.title.en),
            );
            self.note(self.job.table.header_rows.0, 0, Some(field.key.clone()), what);
        }
        for (row, what) in self.headings.told(self.job, self.register) {
            self.out.notes.push(note_of(self.file, &self.job.table, row, 0, None, what));
        }
    }

    /// Reports columns without a field.
    fn unmapped(&mut self) {
        let table = &self.job.table;
        for plan in self.reader.plans.iter().filter(|p| p.parts.is_empty()) {
            let cells: Vec<&Cell> = table.rows.iter().map(|r| &r.cells[plan.slot]).filter(|c| !c.is_empty()).collect();
            if cells.is_empty() && plan.label.starts_with('(') {
                continue;
            }
            let running = is_running_header(&plan.label);
            let reason = if running {
                Label::new("通し番号の列", "a running number")
            } else {
                Label::new("対応する項目がありません", "no field for it")
            };
            let mut examples: Vec<String> = cells
                .iter()
                .map(|c| c.shown().chars().take(30).collect::<String>())
                .filter(|t| !personal(&plan.label, t))
                .collect();
            examples.dedup();
            examples.truncate(2);
            self.out.unmapped.push(Unmapped {
                file: self.file.into(),
                sheet: table.sheet.clone(),
                column: column_name(table.columns[plan.slot].at),
                header: plan.label.clone(),
                filled: cells.len(),
                examples,
                reason,
            });
        }
    }

    /// Columns of a roster row that fill nothing, for its note.
    pub(super) fn plans(&self) -> &[ColumnPlan] {
        &self.reader.plans
    }
}

/// A column whose header or content may name people shows no examples.
fn personal(label: &str, text: &str) -> bool {
    const WORDS: [&str; 16] = [
        "氏名",
        "名前",
        "患者",
        "生年",
        "住所",
        "電話",
        "携帯",
        "メール",
        "mail",
        "カナ",
        "性別",
        "年齢",
        "家族",
        "口座",
        "name",
        "番号",
    ];
    let label = plain(label).to_lowercase();
    WORDS.iter().any(|w| label.contains(w)) || text.contains('@')
}

/// Building, floor and room of several columns are one place.
fn join_places(register: &Register, draft: &mut Draft) {
    for (target, words) in draft.links.iter_mut().filter(|(_, w)| w.len() > 1) {
        let place = target.field(register).is_some_and(|f| f.targets().contains(&"place"));
        if let (true, Target::Field(slot)) = (place, &*target) {
            let text = words.iter().map(|w| w.1.as_str()).collect::<Vec<_>>().join(" ");
            draft.values[*slot] = Value::Link(Link::Text(text.as_str().into()));
            *words = vec![(words[0].0, text)];
        }
    }
}

fn link_words(code: Option<&(usize, String)>, name: Option<&(usize, String)>, keep_name: bool) -> String {
    match (code, name) {
        (Some(code), Some(name)) if keep_name => format!("{} {}", code.1, name.1),
        (Some(code), _) => code.1.clone(),
        (None, Some(name)) => name.1.clone(),
        (None, None) => String::new(),
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Text(t) => Some(t.to_string()),
        _ => None,
    }
}
