//! What stands around a table and holds for all its rows: the fiscal year, the system of a list of users, a department, a group.

use std::collections::BTreeMap;

use akashi_domain::Register;
use akashi_domain::register::FieldKind;

use super::Per;
use super::propose::{Plan, Work};
use super::target::Target;
use crate::sheet::layout::{Column, Table};
use crate::sheet::read::cell_name;
use crate::sheet::values::choice::Options;
use crate::sheet::values::date::{DateContext, fiscal_year};
use crate::sheet::words::{head_key, plain};

/// Returns the fiscal year the sheet, its titles or the file speak of.
pub(super) fn table_fiscal_year(table: &Table, file: &str) -> Option<i16> {
    let whole = |name: &str| {
        let era = crate::sheet::values::read_date(name, &DateContext::default()).ok();
        era.filter(|(d, _)| d.month.is_none()).map(|(d, _)| d.year)
    };
    fiscal_year(&table.sheet)
        .or_else(|| whole(&table.sheet))
        .or_else(|| table.titles.iter().take(8).find_map(|t| fiscal_year(&t.1)))
        .or_else(|| fiscal_year(file))
}

/// What a name speaks of beside the register's own words: `03_電子カルテ利用者ID一覧` → `電子カルテ`. What is itself a word of
/// the register (ユーザ of ユーザ権限一覧) is not what the list is about.
fn subject(name: &str, register: &Register) -> Option<String> {
    let name = plain(name);
    let mut words: Vec<String> = register.words.iter().map(|w| plain(w)).filter(|w| w.chars().count() >= 3).collect();
    words.sort_by_key(|w| std::cmp::Reverse(w.chars().count()));
    let trim = |c: char| {
        c.is_ascii_digit() || c.is_whitespace() || matches!(c, '_' | '-' | '・' | '(' | ')' | '【' | '】' | '.' | ':')
    };
    let own = |subject: &str| {
        let key = head_key(subject);
        register.fields().iter().flat_map(|f| &f.words).map(|w| head_key(w)).any(|w| w.starts_with(&key))
    };
    words.iter().filter_map(|w| name.split_once(w.as_str()).map(|(before, _)| before)).find_map(|before| {
        let mut pieces = before.trim_matches(trim).rsplit([' ', '_', '】']).map(|p| p.trim_matches(trim));
        let last = pieces.find(|p| !p.is_empty() && !own(p))?;
        let subject = last.strip_suffix('の').or_else(|| last.strip_suffix("システム")).unwrap_or(last);
        (2..=20).contains(&subject.chars().count()).then(|| subject.to_string())
    })
}

impl Work<'_> {
    /// A link of the key that no column fills may stand in title, sheet or file name: the system of a list of its users.
    pub(super) fn constants(&self, file: &str, per: &Per, plan: &Plan) -> BTreeMap<String, String> {
        let filled =
            |slot: usize| plan.columns.iter().flatten().any(|c| self.candidates[*c].target == Target::Field(slot));
        let open =
            self.register.key_fields.iter().filter(|k| !self.register.slot(**k).targets().is_empty() && !filled(**k));
        let stem = file.rsplit_once('.').map_or(file, |(s, _)| s);
        let texts = self.table.titles.iter().map(|t| t.1.as_str()).chain([self.table.sheet.as_str(), stem]);
        let named = texts.filter_map(|t| subject(t, self.register)).next();
        let told = |k: &usize| self.told_above(*k).or_else(|| named.clone());
        let keys = open.filter_map(|k| Some((*k, told(k)?)));
        // What one sheet has in common is often said once above it: 部署:内科外来.
        let common = |slot: &usize| {
            let field = self.register.slot(*slot);
            let one = ["place", "system", "vendor"].iter().any(|t| field.targets() == [*t]);
            !field.common && (one || field.key == "department") && !filled(*slot)
        };
        let rows = if *per == Per::Row { self.register.fields().len() } else { 0 };
        let fields = (0..rows).filter(common).filter_map(|slot| Some((slot, self.told_above(slot)?)));
        let group = self.group_above().filter(|_| *per == Per::Row);
        let grouped = group.and_then(|group| {
            let mut choices = (0..rows).filter(|slot| {
                let field = self.register.slot(*slot);
                let choice = matches!(field.kind, FieldKind::Choice(_)) && !field.common && !filled(*slot);
                choice && Options::new(field.options()).whole(&group).is_some()
            });
            choices.next().filter(|_| choices.next().is_none()).map(|slot| (slot, group.clone()))
        });
        keys.chain(fields).chain(grouped).map(|(slot, told)| (self.register.slot(slot).key.clone(), told)).collect()
    }

    /// The one label that all columns of the table stand under, a level of the header or a text right above it.
    fn group_above(&self) -> Option<String> {
        let columns: Vec<&Column> = self.table.columns.iter().filter(|c| !c.levels.is_empty()).collect();
        let level = columns.first().filter(|c| c.levels.len() >= 2).map(|c| c.levels[0].clone());
        if let Some(level) = level.filter(|l| columns.iter().all(|c| c.levels.len() >= 2 && c.levels[0] == *l)) {
            return Some(level);
        }
        let above = self.table.header_rows.0.checked_sub(1)?;
        let inside = |cell: &str| columns.iter().any(|c| cell == cell_name(above, c.at));
        let mut titles = self.table.titles.iter().filter(|t| inside(&t.0));
        titles.next().filter(|_| titles.next().is_none()).map(|t| t.1.clone())
    }

    /// What stands above the table behind a word of the field and a colon: システム:電子カルテ.
    fn told_above(&self, slot: usize) -> Option<String> {
        let field = self.register.slot(slot);
        let words: Vec<String> =
            field.words.iter().chain([&field.title.ja, &field.title.en]).map(|w| head_key(w)).collect();
        let titles = &self.table.titles;
        let row = |cell: &str| cell.trim_start_matches(|c: char| c.is_ascii_alphabetic()).to_owned();
        titles.iter().enumerate().find_map(|(ix, (cell, text))| {
            let (label, rest) = text.split_once([':', '：'])?;
            let label = label.split_whitespace().next_back().filter(|l| words.contains(&head_key(l)))?;
            // Who keeps the list says nothing of what is in it.
            if ["管理", "担当", "所管", "主管", "作成", "記入"].iter().any(|k| label.starts_with(k)) {
                return None;
            }
            // The value may stand in a cell of its own.
            let beside = titles.get(ix + 1).filter(|next| row(&next.0) == row(cell)).map_or("", |next| next.1.as_str());
            let value = if rest.trim().is_empty() { beside } else { rest };
            value.split_whitespace().next().filter(|v| *v != label).map(str::to_owned)
        })
    }
}
