//! Disposal of Akashi's own records: offered, proposed, approved by somebody else, carried out. What may go is the
//! catalogue's word (rules of retention, holds); destroying it is the store's. Things that are destroyed elsewhere –
//! media, devices, paper – are rows of the same register and never pass through here.

mod approve;
mod form;
mod list;
mod offer;
mod propose;
mod run;

use akashi_domain::retention::{Block, Holds};
use akashi_domain::verdict::Evaluator;
use akashi_domain::{Label, Version};

pub use form::Named;
pub use list::{Deposed, DisposalLine, Stand};
pub use offer::{Offer, Offers};
pub use propose::Proposal;
pub use run::{Disposed, DisposedRecord};

use crate::error::{AppError, Result};

/// Most records of one proposal.
pub const MOST: usize = 500;

/// Each record named is still the version that was named, its time is over, and nothing holds it.
fn may_go(evaluator: &Evaluator, holds: &Holds, named: &[Named]) -> Result<()> {
    let mut blocked = Vec::new();
    for one in named {
        if let Some(why) = obstacle(evaluator, holds, one) {
            blocked.push(Label::new(format!("{}: {}", one.code, why.ja), format!("{}: {}", one.code, why.en)));
        }
    }
    if blocked.is_empty() { Ok(()) } else { Err(AppError::Conflict(listed(&blocked))) }
}

/// What keeps a named record from being disposed of today.
fn obstacle(evaluator: &Evaluator, holds: &Holds, named: &Named) -> Option<Label> {
    let Some(version) = evaluator.view().get(named.record) else {
        return Some(Label::new("この記録は見つかりません", "There is no such record"));
    };
    if version.disposed {
        return Some(words(&evaluator.retention(version, holds).blocks));
    }
    if *version.digest != *named.digest {
        return Some(Label::new(
            format!(
                "名指しされた第{}版の後に変更され、今は第{}版です。廃棄を申請し直してください",
                named.rev, version.rev
            ),
            format!(
                "Changed after revision {}, which was named, and now at {}; propose it again",
                named.rev, version.rev
            ),
        ));
    }
    let found = evaluator.retention(version, holds);
    (!found.is_over()).then(|| words(&found.blocks))
}

/// Everything that blocks, in one sentence.
fn words(blocks: &[Block]) -> Label {
    let list =
        |f: fn(&Label) -> &String, sep: &str| blocks.iter().map(|b| f(&b.why).as_str()).collect::<Vec<_>>().join(sep);
    Label::new(list(|l| &l.ja, "。"), list(|l| &l.en, "; "))
}

/// The first few of many reasons.
fn listed(all: &[Label]) -> Label {
    const SHOWN: usize = 5;
    let more = all.len().saturating_sub(SHOWN);
    let (ja, en) =
        if more > 0 { (format!(" ほか{more}件"), format!(" and {more} more")) } else { Default::default() };
    let list = |f: fn(&Label) -> &String| all.iter().take(SHOWN).map(|l| f(l).as_str()).collect::<Vec<_>>().join(" / ");
    Label::new(list(|l| &l.ja) + &ja, list(|l| &l.en) + &en)
}

/// Says of a version of a record that is gone under which approval and rule it went.
pub fn gone_label(evaluator: &Evaluator, version: &Version) -> Option<Label> {
    let view = evaluator.view();
    view.gone(version.id).map(|gone| view.disposal_words(gone))
}
