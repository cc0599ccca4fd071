//! Items and parts: as written, to the form the engines work on. An overlay adds items, and parts to items that
//! exist; a part that takes the place of another's proof is marked with every verdict.

use super::file::{CatalogFile, Fault};
use super::item::{Item, ItemDef, ItemFile, Part, PartDef};
use super::load::Loading;
use crate::label::Label;

/// Takes in a file of items.
pub(super) fn read(file: &CatalogFile, read: ItemFile, loading: &mut Loading) {
    if let Some(chapter) = read.chapter
        && !(file.is_over() && loading.out.chapters.iter().any(|c| c.number == chapter.number))
    {
        loading.out.chapters.push(chapter);
    }
    for def in read.item {
        match loading.out.items.iter().position(|i| i.id == *def.id.as_ref()) {
            None => new_item(file, def, loading),
            Some(ix) if file.is_over() => more_parts(file, def, ix, loading),
            Some(_) => {
                let what = format!("item {} is given twice", def.id.as_ref());
                loading.faults.push(file.fault(Some(def.id.span()), what, "remove one"));
            }
        }
    }
}

fn new_item(file: &CatalogFile, def: ItemDef, loading: &mut Loading) {
    let (span, id) = (def.id.span(), def.id.into_inner());
    loading.place(format!("item {id}"), file, span.start);
    let lacks = |what: &str| file.fault(Some(span.clone()), format!("item {id} lacks `{what}`"), "add it");
    let Some(title) = def.title else { return loading.faults.push(lacks("title")) };
    let Some(actors) = def.actors else { return loading.faults.push(lacks("actors")) };
    let mut parts = Vec::new();
    for spanned in def.part {
        let at = spanned.span().start;
        loading.place(format!("part {id}#{}", parts.len() + 1), file, at);
        match part(file, at, &id, spanned.into_inner()) {
            Ok(part) => parts.push(part),
            Err(fault) => loading.faults.push(fault),
        }
    }
    loading.out.items.push(Item {
        id,
        parent: def.parent,
        title,
        actors,
        operator: def.operator.unwrap_or(false),
        applies: def.applies.unwrap_or_else(|| "always".into()),
        management: def.management.unwrap_or_default(),
        conditional: def.conditional,
        period: def.period,
        simplify: def.simplify,
        registers: def.registers.unwrap_or_default(),
        documents: def.documents.unwrap_or_default(),
        parts,
    });
}

fn part(file: &CatalogFile, at: usize, item: &str, def: PartDef) -> Result<Part, Fault> {
    let fault = |what: String, hint: &str| Err(file.fault(Some(at..at), what, hint));
    if def.replaces.is_some() {
        return fault(format!("item {item}: `replaces` names no part that is there"), "count the item's parts from 1");
    }
    let (Some(says), Some(kind)) = (def.says, def.kind) else {
        return fault(format!("a part of item {item} lacks `says` or `kind`"), "add says = { ja, en } and kind");
    };
    Ok(Part { says, kind, proof: def.proof, applies: def.applies, simplify: def.simplify, loosened: Vec::new() })
}

/// An overlay speaks of an item that is there: it adds parts, or replaces their proofs.
fn more_parts(file: &CatalogFile, def: ItemDef, ix: usize, loading: &mut Loading) {
    let span = def.id.span();
    let id = def.id.into_inner();
    let others = [
        ("parent", def.parent.is_some()),
        ("title", def.title.is_some()),
        ("actors", def.actors.is_some()),
        ("operator", def.operator.is_some()),
        ("applies", def.applies.is_some()),
        ("management", def.management.is_some()),
        ("conditional", def.conditional.is_some()),
        ("period", def.period.is_some()),
        ("simplify", def.simplify.is_some()),
        ("registers", def.registers.is_some()),
        ("documents", def.documents.is_some()),
    ];
    for (key, _) in others.iter().filter(|(_, given)| *given) {
        let what = format!("item {id} is the edition's: `{key}` cannot be changed");
        loading.faults.push(file.fault(Some(span.clone()), what, "an overlay adds parts to it, nothing else"));
    }
    for spanned in def.part {
        let at = spanned.span().start;
        let def = spanned.into_inner();
        let parts = &mut loading.out.items[ix].parts;
        match def.replaces.and_then(|n| n.checked_sub(1)).filter(|n| *n < parts.len()) {
            Some(n) => {
                parts[n].replace(def, &file.path);
                loading.place(format!("part {id}#{}", n + 1), file, at);
            }
            None => match part(file, at, &id, def) {
                Ok(part) => {
                    parts.push(part);
                    let number = parts.len();
                    loading.place(format!("part {id}#{number}"), file, at);
                }
                Err(fault) => loading.faults.push(fault),
            },
        }
    }
}

impl Part {
    /// Takes the proof of an overlay over, and says so with every verdict.
    fn replace(&mut self, def: PartDef, file: &str) {
        self.proof = def.proof;
        self.says = def.says.unwrap_or_else(|| self.says.clone());
        self.kind = def.kind.unwrap_or_else(|| self.kind.clone());
        self.simplify = def.simplify.or(self.simplify);
        self.applies = def.applies.or_else(|| self.applies.take());
        self.loosened.push(Label::new(
            format!("病院の定義({file})による根拠で判定しています"),
            format!("Judged by the hospital's own proof ({file})"),
        ));
    }
}
