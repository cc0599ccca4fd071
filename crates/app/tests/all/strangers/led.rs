//! Ledgers of strange hospitals in text form (`*.led`), read here; `render` writes them as xlsx or CSV, `score` compares
//! what came of them with the truth beside them.
//! The form is told in `tests/ledgers/README.md`.

use std::path::{Path, PathBuf};

/// A ledger in text form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Led {
    /// Name of the file it stands for.
    pub file: String,
    /// Encoding and `tab`, for text files.
    pub form: Vec<String>,
    pub options: Vec<(String, String)>,
    pub sheets: Vec<LedSheet>,
    pub truths: Vec<Truth>,
}

/// A sheet: rows of cells in text form.
#[derive(Clone, Debug, Default)]
pub(crate) struct LedSheet {
    pub name: String,
    pub hidden: bool,
    pub rows: Vec<Vec<String>>,
}

/// What must come out for one register.
#[derive(Clone, Debug, Default)]
pub(crate) struct Truth {
    pub register: String,
    pub fields: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// Fields that may be filled without a look at what with.
    pub also: Vec<String>,
    /// Rows that must be refused.
    pub rejected: usize,
    /// Records stand side by side in the file.
    pub turned: bool,
}

/// Reads the text form.
pub(crate) fn parse(text: &str) -> Led {
    let mut led = Led::default();
    let mut in_truth = false;
    for line in text.lines().map(str::trim_end).filter(|l| !l.is_empty() && !l.starts_with("//")) {
        if let Some(rest) = line.strip_prefix('@') {
            let (head, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            in_truth = matches!(head, "truth" | "turned" | "rejected" | "also");
            match head {
                "file" => {
                    let known = ["cp932", "utf8", "bom", "utf16", "euc", "tab", "semicolon", "ragged"];
                    let (form, name): (Vec<&str>, Vec<&str>) = rest.split(' ').partition(|w| known.contains(w));
                    led.file = name.join(" ");
                    led.form = form.into_iter().map(String::from).collect();
                }
                "option" => {
                    let (key, value) = rest.split_once(' ').unwrap_or((rest, ""));
                    led.options.push((key.into(), value.into()));
                }
                "sheet" => {
                    let name = rest.strip_suffix(" hidden");
                    led.sheets.push(LedSheet {
                        name: name.unwrap_or(rest).into(),
                        hidden: name.is_some(),
                        rows: Vec::new(),
                    });
                }
                "skip" => sheet(&mut led).rows.extend(std::iter::repeat_n(Vec::new(), rest.parse().unwrap())),
                "truth" => led.truths.push(Truth { register: rest.into(), ..Truth::default() }),
                "rejected" => {
                    let (register, n) = rest.split_once(' ').unwrap();
                    led.truths.iter_mut().find(|t| t.register == register).unwrap().rejected = n.parse().unwrap();
                }
                "also" => led.truths.last_mut().unwrap().also = rest.split(' ').map(String::from).collect(),
                "turned" => led.truths.last_mut().unwrap().turned = true,
                other => panic!("unknown line @{other}"),
            }
            continue;
        }
        let row = cells(line);
        match led.truths.last_mut().filter(|_| in_truth) {
            Some(truth) if truth.fields.is_empty() => truth.fields = row,
            Some(truth) => truth.rows.push(row),
            None => sheet(&mut led).rows.push(row),
        }
    }
    led
}

fn sheet(led: &mut Led) -> &mut LedSheet {
    if led.sheets.is_empty() {
        led.sheets.push(LedSheet::default());
    }
    led.sheets.last_mut().unwrap()
}

fn cells(line: &str) -> Vec<String> {
    let inner = line.strip_prefix('|').unwrap_or_else(|| panic!("not a row: {line}"));
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    if inner.trim().is_empty() {
        Vec::new()
    } else {
        inner.split('|').map(|c| c.trim_matches([' ', '\t']).replace("\\n", "\n").replace("\\s", " ")).collect()
    }
}

/// Returns the hospitals' folders with their ledgers, in order; those of the folder `AKASHI_STRANGERS` names instead, so that
/// hospitals written blind can be scored before anything is mended for them.
pub(crate) fn hospitals() -> Vec<(String, Vec<(String, Led)>)> {
    let ours = || Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ledgers/strangers");
    let root = std::env::var_os("AKASHI_STRANGERS").map_or_else(ours, PathBuf::from);
    let sorted = |folder: &Path| {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let name = |p: &Path| p.file_name().unwrap().to_string_lossy().into_owned();
    let led = |p: PathBuf| (name(&p), parse(&std::fs::read_to_string(&p).unwrap()));
    sorted(&root)
        .into_iter()
        .filter(|p| p.is_dir())
        .map(|p| (name(&p), sorted(&p).into_iter().map(led).collect()))
        .collect()
}
