//! Words of links become records of the ledger, or stay as written and are told.

use akashi_domain::register::{Field, Sensitivity};
use akashi_domain::{Label, Link, Register, Value};

use super::build::Builder;
use super::cells::Draft;
use crate::sheet::layout::DataRow;
use crate::sheet::mapping::Target;
use crate::sheet::resolve::{Answer, Ask};
use crate::sheet::words::plain;

impl Builder<'_, '_> {
    /// Resolves a link of one or two columns; tells what was not found.
    pub(super) fn resolve(
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
                    format!("該当が複数あり結べません({codes})"),
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
    pub(super) fn many_links(&mut self, draft: &mut Draft) {
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

    /// Tells whether the words beyond the code stand in another field too.
    pub(super) fn name_kept(&self, words: &[(usize, String)], draft: &Draft) -> bool {
        let kept = |w: &str| draft.values.iter().any(|v| matches!(v, Value::Text(t) if plain(t) == plain(w)));
        words.iter().skip(1).any(|(_, w)| kept(w)) || words.iter().any(|(_, w)| kept(w))
    }
}

/// Building, floor and room of several columns are one place.
pub(super) fn join_places(register: &Register, draft: &mut Draft) {
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
