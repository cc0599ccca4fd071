//! The list of registers by group, and which of them stay out of sight until they are needed.

use akashi_domain::RegisterIx;
use akashi_domain::expr::Tri;
use akashi_domain::verdict::Evaluator;

use crate::guard::seat::Seat;

pub(crate) struct Group {
    pub(crate) title: String,
    pub(crate) registers: Vec<RegisterLine>,
}

pub(crate) struct RegisterLine {
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) about: String,
    /// Rows in a live state.
    pub(crate) live: usize,
    pub(crate) all: usize,
    /// Not needed yet: shown on demand only.
    pub(crate) dormant: bool,
}

/// Groups in the order of the guideline's chapters.
const GROUPS: [&str; 12] = [
    "governance",
    "information",
    "people",
    "vendors",
    "handling",
    "assets",
    "checks",
    "emergency",
    "identity",
    "signature",
    "scanning",
    "system",
];

/// Returns the groups the reader may see, and how many registers are out of sight.
pub(crate) fn groups(seat: &Seat, evaluator: &Evaluator, all: bool) -> (Vec<Group>, usize) {
    let registers = &evaluator.catalog().registers;
    let readable = (0..registers.len()).map(|ix| RegisterIx(ix as u16)).filter(|ix| seat.reads(evaluator, *ix));
    let lines: Vec<(String, RegisterLine)> =
        readable.map(|ix| (registers[usize::from(ix.0)].group.clone(), line(seat, evaluator, ix))).collect();
    let hidden = lines.iter().filter(|(_, l)| l.dormant).count();
    let mut keys: Vec<&str> = GROUPS.to_vec();
    keys.extend(lines.iter().map(|(g, _)| g.as_str()).filter(|g| !GROUPS.contains(g)));
    keys.dedup();
    let keys: Vec<String> = keys.into_iter().map(String::from).collect();
    let mut out: Vec<Group> = keys
        .iter()
        .map(|k| Group { title: seat.words().say_or(&format!("group-{k}"), k), registers: Vec::new() })
        .collect();
    for (group, line) in lines.into_iter().filter(|(_, l)| all || !l.dormant) {
        if let Some(at) = keys.iter().position(|k| *k == group) {
            out[at].registers.push(line);
        }
    }
    out.retain(|g| !g.registers.is_empty());
    (out, hidden)
}

fn line(seat: &Seat, evaluator: &Evaluator, ix: RegisterIx) -> RegisterLine {
    let (register, rows) = (evaluator.catalog().register(ix), evaluator.view().rows(ix));
    RegisterLine {
        key: register.key.clone(),
        title: register.title.get(seat.ctx.lang).to_owned(),
        about: register.about.get(seat.ctx.lang).to_owned(),
        live: rows.iter().filter(|v| evaluator.view().is_live(v)).count(),
        all: rows.len(),
        dormant: is_dormant(evaluator, ix),
    }
}

/// A register without rows whose trigger is not known to hold.
pub(crate) fn is_dormant(evaluator: &Evaluator, ix: RegisterIx) -> bool {
    let program = &evaluator.program().registers[usize::from(ix.0)];
    let triggered = program.shown.as_ref().is_none_or(|e| evaluator.fact_test(e) == Tri::True);
    !triggered && evaluator.view().rows(ix).is_empty()
}
