//! Registers: whole definitions, and the overlay files that extend one.
//! Several files may make one definition; a fault is told in the file it stands in.

use std::ops::Range;

use super::file::{CatalogFile, Fault};
use super::load::Loading;
use crate::register::def::RegisterDef;
use crate::register::extend::{RegisterExt, extend};
use crate::register::{Register, RegisterIx};

/// A definition and the files it came from, each with the place where its spans begin.
struct Source<'f> {
    def: RegisterDef,
    files: Vec<(usize, &'f CatalogFile)>,
}

/// Takes in every register.
pub(super) fn read(files: &[&CatalogFile], loading: &mut Loading) {
    let mut sources: Vec<Source> = Vec::new();
    for file in files.iter().copied().filter(|f| f.kind().starts_with("registers/")) {
        let Some(raw) = file.parse::<toml::Table>(&mut loading.faults) else { continue };
        if raw.contains_key("extends") {
            more(file, &mut sources, loading);
        } else if let Some(def) = file.parse::<RegisterDef>(&mut loading.faults) {
            whole(file, def, &mut sources, loading);
        }
    }
    for Source { def, files } in sources {
        match Register::check(def) {
            Ok(register) => {
                let ix = RegisterIx(loading.out.registers.len() as u16);
                loading.place(format!("register {}", register.key), files[0].1, 0);
                loading.out.by_key.insert(register.key.clone(), ix);
                loading.out.registers.push(register);
            }
            Err(found) => loading.faults.extend(found.into_iter().map(|f| told(&files, f.span, f.what, f.hint))),
        }
    }
}

fn whole<'f>(file: &'f CatalogFile, def: RegisterDef, sources: &mut Vec<Source<'f>>, loading: &mut Loading) {
    if sources.iter().any(|s| s.def.key.as_ref() == def.key.as_ref()) {
        let what = format!("register `{}` is defined twice", def.key.as_ref());
        let hint = if file.is_over() {
            "to add to it, begin with extends = \"…\" instead of key"
        } else {
            "remove one of the files"
        };
        loading.faults.push(file.fault(Some(def.key.span()), what, hint));
        return;
    }
    sources.push(Source { def, files: vec![(0, file)] });
}

fn more<'f>(file: &'f CatalogFile, sources: &mut [Source<'f>], loading: &mut Loading) {
    let Some(at) = file.parse::<RegisterExt>(&mut loading.faults) else { return };
    let Some(source) = sources.iter_mut().find(|s| s.def.key.as_ref() == at.extends.as_ref()) else {
        let what = format!("no register `{}` to extend", at.extends.as_ref());
        loading.faults.push(file.fault(Some(at.extends.span()), what, "use a register key of the catalogue"));
        return;
    };
    // Spans of this file begin where those of the files before it end.
    let offset = source.files.iter().map(|(offset, f)| offset + f.text.len() + 1).max().unwrap_or(0);
    let Some(ext) = file.parse_at::<RegisterExt>(offset, &mut loading.faults) else { return };
    source.files.push((offset, file));
    let found = extend(&mut source.def, ext);
    loading.faults.extend(found.into_iter().map(|f| told(&source.files, f.span, f.what, f.hint)));
}

fn told(files: &[(usize, &CatalogFile)], span: Range<usize>, what: String, hint: String) -> Fault {
    let (offset, file) = files.iter().rev().find(|(offset, _)| *offset <= span.start).unwrap_or(&files[0]);
    file.fault(Some(span.start - offset..span.end.saturating_sub(*offset)), what, hint)
}
