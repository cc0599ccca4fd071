//! The content of a version as tables for people: titles instead of keys, options by their names, links as far as the
//! reader may know their targets.

use akashi_domain::authz::{self, Action, Actor};
use akashi_domain::verdict::Evaluator;
use akashi_domain::verdict::explain::{headline, show};
use akashi_domain::{Field, Label, Lang, Link, RecordId, Register, Row, Value, Version};
use akashi_store::Contents;

use super::html::{HEAD, both, escape, row};
use super::when;

/// A version of a record, and who will read it.
pub(super) struct Content<'a> {
    pub(super) register: &'a Register,
    pub(super) version: &'a Version,
    pub(super) contents: Option<&'a Contents>,
    pub(super) disposal: Option<Disposed>,
    pub(super) evaluator: &'a Evaluator,
    pub(super) actor: &'a Actor,
}

/// Under what a record was disposed of.
pub(super) struct Disposed {
    /// The revision whose entry says so.
    pub(super) rev: u32,
    pub(super) at: i64,
    /// Number and name of the approved disposal, and its id.
    pub(super) approval: (String, Option<RecordId>),
    /// The rule of retention.
    pub(super) rule: String,
}

impl Content<'_> {
    /// All of the content, or why there is none.
    pub(super) fn html(&self) -> String {
        if self.contents.is_none() {
            return format!("{HEAD}{}", self.gone());
        }
        let disposal = self.disposal.as_ref().filter(|d| d.rev == self.version.rev);
        let plain = disposal.map_or_else(|| self.fields(), |d| d.rows());
        let table = if plain.is_empty() { String::new() } else { format!("<table class=\"content\">{plain}</table>") };
        let note = "<p class=\"note\">証明されているのは body.json の値です。項目名、選択肢の名称、リンク先の名称は、作成時点の定義で補いました。\
<span lang=\"en\">What is proven are the values in body.json. Titles, names of options and of linked records are those of the day the bundle was made.</span></p>";
        format!("{HEAD}{table}{}{}{note}", self.inner_tables(), self.files())
    }

    /// What the page of a version says that was disposed of.
    fn gone(&self) -> String {
        let under = self
            .disposal
            .as_ref()
            .map(|d| d.sentence())
            .unwrap_or_else(|| Label::new("内容は同梱されていません。", "No content is enclosed."));
        format!("<p class=\"gone\">{}<br><span lang=\"en\">{}</span></p>", escape(&under.ja), escape(&under.en))
    }

    fn fields(&self) -> String {
        let fields = self.register.fields().iter().enumerate();
        let filled = fields.filter(|(ix, f)| f.rows().is_empty() && !self.version.cell(*ix).is_blank());
        let mut out: String =
            filled.map(|(ix, f)| row(&f.title.ja, &f.title.en, &self.value(self.version.cell(ix), f))).collect();
        for (name, text) in &self.version.extra {
            out += &row(name, "column kept as it came", &escape(text));
        }
        if let Some(source) = &self.version.source {
            let sheet = if source.sheet.is_empty() { String::new() } else { format!(" {}", source.sheet) };
            out += &row("取込元", "Imported from", &escape(&format!("{}{sheet} {}", source.file, source.row)));
        }
        if let Some((text, _)) = self.contents.and_then(|c| c.reason.as_ref()) {
            out += &row("理由", "Reason", &escape(text));
        }
        out
    }

    /// Rows inside the record, a table each; columns nobody filled are left out.
    fn inner_tables(&self) -> String {
        let fields = self.register.fields().iter().enumerate();
        let tables = fields.filter_map(|(ix, field)| match self.version.cell(ix) {
            Value::Rows(rows) if !rows.is_empty() => Some(self.inner_table(field, rows)),
            _ => None,
        });
        tables.collect()
    }

    fn inner_table(&self, field: &Field, rows: &[Row]) -> String {
        let filled = |ix: &usize| rows.iter().any(|r| r.cells.get(*ix).is_some_and(|cell| !cell.is_blank()));
        let used: Vec<usize> = (0..field.rows().len()).filter(filled).collect();
        let head = |ix: &usize| {
            let title = &field.rows()[*ix].title;
            format!("<th scope=\"col\">{}<small lang=\"en\">{}</small></th>", escape(&title.ja), escape(&title.en))
        };
        let cell = |row: &Row, ix: &usize| {
            let value = row.cells.get(*ix).unwrap_or(&Value::Null);
            format!("<td>{}</td>", self.value(value, &field.rows()[*ix]))
        };
        let body = rows.iter().map(|r| format!("<tr>{}</tr>", used.iter().map(|ix| cell(r, ix)).collect::<String>()));
        format!(
            "<table class=\"content\"><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
            both(&field.title),
            used.iter().map(head).collect::<String>(),
            body.collect::<String>()
        )
    }

    /// The files enclosed, with what a stranger needs to know them by.
    fn files(&self) -> String {
        let files = self.contents.map(|c| c.files.as_slice()).unwrap_or_default();
        if files.is_empty() {
            return String::new();
        }
        let line = |(place, (digest, _)): (usize, &(akashi_journal::Digest, akashi_journal::commitment::Salt))| {
            let digest = digest.to_hex();
            let name = self.file_name(&digest).unwrap_or_default();
            format!(
                "<tr><td class=\"code\">files/{place}</td><td>{}</td><td class=\"code\">{digest}</td></tr>",
                escape(&name)
            )
        };
        let lines: String = files.iter().enumerate().map(line).collect();
        format!(
            "<table class=\"content\"><caption>添付 <span lang=\"en\">/ Files</span></caption><thead><tr><th scope=\"col\">束の中<small lang=\"en\">In the bundle</small></th>\
<th scope=\"col\">名前<small lang=\"en\">Name</small></th><th scope=\"col\">SHA-256</th></tr></thead><tbody>{lines}</tbody></table>"
        )
    }

    fn file_name(&self, digest: &str) -> Option<String> {
        let rows = |value: &Value| match value {
            Value::Rows(rows) => rows.iter().flat_map(|r| r.cells.clone()).collect(),
            other => vec![other.clone()],
        };
        let all = self.version.cells.iter().flat_map(rows);
        let mut files =
            all.filter_map(|value| if let Value::Files(files) = value { Some(files) } else { None }).flatten();
        files.find(|file| &*file.digest == digest).map(|file| file.name.to_string())
    }

    /// A value as HTML, in both languages where they differ.
    fn value(&self, value: &Value, field: &Field) -> String {
        match value {
            Value::Link(link) => escape(&self.link(link)),
            Value::Links(links) => links.iter().map(|l| escape(&self.link(l))).collect::<Vec<_>>().join("\n"),
            other => {
                let words = |lang| show(other, field, self.evaluator.view(), lang);
                both(&Label::new(words(Lang::Ja), words(Lang::En)))
            }
        }
    }

    /// The target's number, and its name where the reader may see all that it is made of.
    fn link(&self, link: &Link) -> String {
        let id = match link {
            Link::Text(text) => return text.to_string(),
            Link::To(id) => *id,
        };
        let target = self.evaluator.view().get(id).filter(|target| {
            authz::allowed(self.evaluator, self.actor, Action::Read, target.register, Some(target.as_ref()))
        });
        target.map_or_else(|| id.to_string(), |target| self.named(target))
    }

    /// Number and name of a record, once where they are the same.
    pub(super) fn named(&self, version: &Version) -> String {
        let register: &Register = self.evaluator.catalog().register(version.register);
        let open = register.headline.iter().all(|slot| authz::sees(self.evaluator, self.actor, register.slot(*slot)));
        let name = if open { headline(version, self.evaluator.view(), Lang::Ja) } else { String::new() };
        if name.is_empty() || *name == *version.code {
            version.code.to_string()
        } else {
            format!("{} {name}", version.code)
        }
    }
}

impl Disposed {
    /// In one sentence, for the page of a version whose content is gone.
    pub(super) fn sentence(&self) -> Label {
        let (at, rule, (approval, _)) = (self.at, &self.rule, &self.approval);
        Label::new(
            format!(
                "内容は {} に、承認された廃棄「{approval}」により、保存期間の規則「{rule}」に基づいて消去されました。\
この束は、この版がログにあることだけを示します。廃棄そのものは第{}版の証明で確かめられます。",
                when::japanese(at),
                self.rev
            ),
            format!(
                "The content was destroyed on {} under the approved disposal “{approval}” and the retention rule “{rule}”. This bundle \
shows only that the revision is in the log; the disposal itself is proven by the bundle of revision {}.",
                when::english(at),
                self.rev
            ),
        )
    }

    /// As rows, for the page of the disposal's own entry.
    pub(super) fn rows(&self) -> String {
        let (approval, id) = &self.approval;
        let id = id.map(|id| format!("\n<span class=\"code\">{id}</span>")).unwrap_or_default();
        row(
            "廃棄",
            "Disposal",
            "この版は、記録の内容を消去したことの記録です。\n<span lang=\"en\">This revision records that the content was destroyed.</span>",
        ) + &row("承認された廃棄", "Approved disposal", &format!("{}{id}", escape(approval)))
            + &row("保存期間の規則", "Rule of retention", &escape(&self.rule))
    }
}
