//! The verdicts of all parts in short, rolled up to items, and a small cache of them.
//! Reasons and failing rows are made by the item page alone.

use std::sync::{Arc, Mutex, PoisonError};

use akashi_domain::Day;
use akashi_domain::verdict::{Evaluator, Judged, Progress};

/// A verdict without its reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Face {
    pub(crate) value: Judged,
    pub(crate) progress: Option<Progress>,
    pub(crate) lapses_at: Option<Day>,
    pub(crate) simplified: bool,
}

/// One item with its parts; those of its sub-duties count into the item's own face.
#[derive(Clone, Debug)]
pub(crate) struct ItemFace {
    /// Position in the catalogue.
    pub(crate) item: usize,
    /// `None`: the item has no part.
    pub(crate) face: Option<Face>,
    /// Positions in the program.
    pub(crate) parts: Vec<usize>,
}

/// Everything a board shows.
#[derive(Debug)]
pub(crate) struct Board {
    pub(crate) as_of: Day,
    /// Only what was recorded up to then counts, microseconds UTC; none: everything.
    known_at: Option<i64>,
    /// By position of the part in the program.
    pub(crate) faces: Vec<Face>,
    /// By position of the item in the catalogue.
    pub(crate) items: Vec<ItemFace>,
}

impl Board {
    pub(crate) fn judge(evaluator: &Evaluator) -> Board {
        let faces: Vec<Face> = (0..evaluator.program().parts.len()).map(|ix| face(evaluator, ix)).collect();
        let items = (0..evaluator.catalog().items.len()).map(|item| item_face(evaluator, &faces, item)).collect();
        Board { as_of: evaluator.view().as_of, known_at: evaluator.view().known_at, faces, items }
    }

    fn times(&self) -> Times {
        (self.as_of, self.known_at)
    }

    /// Counts parts with a verdict.
    pub(crate) fn count(&self, value: Judged) -> usize {
        self.faces.iter().filter(|f| f.value == value).count()
    }

    /// Tells whether the face lapses within so many days.
    pub(crate) fn lapses_within(&self, face: &Face, days: i32) -> bool {
        face.lapses_at.is_some_and(|d| d.0 - self.as_of.0 <= days)
    }
}

fn face(evaluator: &Evaluator, ix: usize) -> Face {
    let verdict = evaluator.verdict(ix);
    Face {
        value: verdict.value,
        progress: verdict.progress,
        lapses_at: verdict.lapses_at,
        simplified: verdict.simplified,
    }
}

fn item_face(evaluator: &Evaluator, faces: &[Face], item: usize) -> ItemFace {
    let items = &evaluator.catalog().items;
    let parts = &evaluator.program().parts;
    let of = |wanted: &dyn Fn(usize) -> bool| -> Vec<usize> {
        parts.iter().enumerate().filter(|(_, p)| wanted(p.item)).map(|(ix, _)| ix).collect()
    };
    let id = &items[item].id;
    let counted = of(&|i| i == item || items[i].parent.as_ref() == Some(id));
    let face = roll_up(counted.iter().map(|ix| faces[*ix]));
    ItemFace { item, face, parts: of(&|i| i == item) }
}

/// The worst verdict among those that apply, how far the unmet ones are, and the first lapse.
pub(crate) fn roll_up(faces: impl Iterator<Item = Face>) -> Option<Face> {
    faces.reduce(|a, b| {
        let value = match (a.value, b.value) {
            (Judged::NotApplicable, v) | (v, Judged::NotApplicable) => v,
            (a, b) => worse(a, b),
        };
        Face {
            value,
            progress: further(a.progress, b.progress),
            lapses_at: [a.lapses_at, b.lapses_at].into_iter().flatten().min(),
            simplified: a.simplified || b.simplified,
        }
    })
}

/// An exception stands out among satisfied parts, but hides no unmet one.
fn worse(a: Judged, b: Judged) -> Judged {
    let rank = |v| match v {
        Judged::NotSatisfied => 0,
        Judged::Insufficient => 1,
        Judged::Overridden => 2,
        Judged::Satisfied => 3,
        Judged::NotApplicable => 4,
    };
    if rank(a) <= rank(b) { a } else { b }
}

fn further(a: Option<Progress>, b: Option<Progress>) -> Option<Progress> {
    match (a, b) {
        (Some(Progress::Deficient), _) | (_, Some(Progress::Deficient)) => Some(Progress::Deficient),
        (Some(Progress::Planned { until: x }), Some(Progress::Planned { until: y })) => {
            Some(Progress::Planned { until: x.max(y) })
        }
        (Some(p @ Progress::Planned { .. }), _) | (_, Some(p @ Progress::Planned { .. })) => Some(p),
        (a, b) => a.or(b),
    }
}

/// As of when, and known up to when (microseconds UTC; none: now).
type Times = (Day, Option<i64>);

/// Boards by state of the records and times; a change makes the old ones useless.
#[derive(Default)]
pub(crate) struct Boards {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    boards: Vec<(u64, Arc<Board>)>,
    /// One other pair of times besides today stays judged, for going from its board to its items.
    other: Option<(u64, Times, Arc<Evaluator>)>,
}

/// Boards kept at once: today, and a few days somebody looks ahead to.
const KEPT: usize = 6;

impl Boards {
    /// Forgets everything kept.
    pub(crate) fn clear(&self) {
        *self.lock() = Kept::default();
    }

    pub(crate) fn board(&self, seq: u64, evaluator: &Evaluator) -> Arc<Board> {
        let times = (evaluator.view().as_of, evaluator.view().known_at);
        let find =
            |kept: &Kept| kept.boards.iter().find(|(s, b)| *s == seq && b.times() == times).map(|(_, b)| b.clone());
        if let Some(board) = find(&self.lock()) {
            return board;
        }
        let board = Arc::new(Board::judge(evaluator));
        let mut kept = self.lock();
        kept.boards.retain(|(s, b)| *s == seq && b.times() != times);
        kept.boards.truncate(KEPT - 1);
        kept.boards.insert(0, (seq, board.clone()));
        board
    }

    pub(crate) fn evaluator(&self, seq: u64, times: Times) -> Option<Arc<Evaluator>> {
        self.lock().other.as_ref().filter(|(s, d, _)| *s == seq && *d == times).map(|(_, _, e)| e.clone())
    }

    pub(crate) fn keep_evaluator(&self, seq: u64, times: Times, evaluator: Arc<Evaluator>) {
        self.lock().other = Some((seq, times, evaluator));
    }

    /// What is kept is only ever replaced as a whole: a thread that panicked cannot have left it half done.
    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
