//! Disposals as pages show them: the list, what a register offers, one disposal with its records.

use akashi_app::dispose::{DisposalLine, Offer, Offers, Stand};
use akashi_domain::authz::Action;
use akashi_domain::retention::{DISPOSAL, HOLD};
use akashi_domain::verdict::Evaluator;
use akashi_domain::{Catalog, Register};

use super::chip::StateChip;
use super::item::Link;
use crate::guard::seat::Seat;

pub(crate) struct DisposalsView {
    pub(crate) lines: Vec<Line>,
    /// Registers with records whose time is over, and how many.
    pub(crate) ready: Vec<(Link, usize)>,
    /// Registers of which none may go yet; their pages say until when.
    pub(crate) registers: Vec<Link>,
    pub(crate) proposes: bool,
}

pub(crate) struct Line {
    pub(crate) link: Link,
    pub(crate) state: StateChip,
    pub(crate) n: usize,
    /// Something is in the way of a record it names.
    pub(crate) blocked: bool,
}

impl DisposalsView {
    pub(crate) fn make(
        seat: &Seat,
        evaluator: &Evaluator,
        counts: &[(String, usize)],
        lines: &[DisposalLine],
    ) -> DisposalsView {
        let catalog = evaluator.catalog();
        let link = |(key, n): &(String, usize)| {
            let title = &catalog.register_by_key(key)?.title;
            let href = format!("/disposals/new?register={key}");
            Some((Link { href, label: title.get(seat.ctx.lang).to_owned() }, *n))
        };
        let (ready, registers): (Vec<_>, Vec<_>) = counts.iter().filter_map(link).partition(|(_, n)| *n > 0);
        let may = |ix| seat.may(evaluator, Action::Create, ix, None);
        DisposalsView {
            lines: lines.iter().map(|line| self::line(seat, catalog, line)).collect(),
            ready,
            registers: registers.into_iter().map(|(link, _)| link).collect(),
            proposes: catalog.register_ix(DISPOSAL).is_some_and(may),
        }
    }
}

fn chip(seat: &Seat, catalog: &Catalog, state: &str) -> StateChip {
    let register = catalog.register_by_key(DISPOSAL);
    register.map_or_else(
        || StateChip { label: state.to_owned(), tone: "neutral".into() },
        |register| StateChip::of(seat.words(), register, state),
    )
}

fn line(seat: &Seat, catalog: &Catalog, line: &DisposalLine) -> Line {
    Line {
        link: Link { href: format!("/disposals/{}", line.record), label: format!("{} {}", line.code, line.subject) },
        state: chip(seat, catalog, &line.state),
        n: line.records.len(),
        blocked: line.records.iter().any(|r| r.stand == Stand::Blocked) && (line.may_approve || line.may_run),
    }
}

pub(crate) struct OfferView {
    pub(crate) key: String,
    pub(crate) register: String,
    pub(crate) ready: Vec<Row>,
    pub(crate) kept: Vec<Row>,
    /// More of either there are than are shown.
    pub(crate) more_ready: usize,
    pub(crate) more_kept: usize,
}

/// A record with its time.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) rule: String,
    pub(crate) ends: String,
    /// What keeps it.
    pub(crate) why: String,
    /// Number of the disposal that names it already.
    pub(crate) proposed: Option<String>,
}

/// Rows shown of those that may go.
const SHOWN: usize = 200;
/// Rows shown of those that stay: the next that end.
const KEPT_SHOWN: usize = 50;

impl OfferView {
    pub(crate) fn make(seat: &Seat, catalog: &Catalog, register: &Register, offers: Offers) -> OfferView {
        let lang = seat.ctx.lang;
        let row = |offer: &Offer| Row {
            id: offer.record.to_string(),
            code: offer.code.clone(),
            name: offer.name.clone(),
            rule: titles(catalog, &offer.rules, lang),
            ends: offer.ends.map(|d| d.to_string()).unwrap_or_default(),
            why: offer.blocks.iter().map(|b| b.why.get(lang)).collect::<Vec<_>>().join(" / "),
            proposed: offer.proposed.clone(),
        };
        OfferView {
            key: register.key.clone(),
            register: register.title.get(lang).to_owned(),
            more_ready: offers.ready.len().saturating_sub(SHOWN),
            more_kept: offers.kept.len().saturating_sub(KEPT_SHOWN),
            ready: offers.ready.iter().take(SHOWN).map(row).collect(),
            kept: offers.kept.iter().take(KEPT_SHOWN).map(row).collect(),
        }
    }

    /// Tells whether anything can be chosen.
    pub(crate) fn has_choice(&self) -> bool {
        self.ready.iter().any(|row| row.proposed.is_none())
    }
}

fn titles(catalog: &Catalog, rules: &[String], lang: akashi_domain::Lang) -> String {
    let title = |key: &String| catalog.retention_rule(key).map_or(key.clone(), |r| r.title.get(lang).to_owned());
    rules.iter().map(title).collect::<Vec<_>>().join(" / ")
}

pub(crate) struct DisposalView {
    pub(crate) id: String,
    pub(crate) code: String,
    pub(crate) rev: u32,
    pub(crate) subject: String,
    pub(crate) state: StateChip,
    pub(crate) approved_by: String,
    pub(crate) done_on: String,
    pub(crate) records: Vec<Named>,
    pub(crate) approves: bool,
    pub(crate) runs: bool,
    /// Nothing is in the way.
    pub(crate) ready: bool,
    pub(crate) own: bool,
    pub(crate) done: bool,
    /// The register of holds is open to the reader, and one may be in the way.
    pub(crate) holds: bool,
}

/// A record it names.
pub(crate) struct Named {
    pub(crate) link: Link,
    pub(crate) rule: String,
    pub(crate) law: String,
    pub(crate) ends: String,
    pub(crate) entry: String,
    pub(crate) gone: bool,
    pub(crate) why: Option<String>,
}

impl DisposalView {
    pub(crate) fn make(seat: &Seat, catalog: &Catalog, line: DisposalLine) -> DisposalView {
        let lang = seat.ctx.lang;
        let named = |r: &akashi_app::dispose::Deposed| Named {
            link: Link {
                href: format!("/records/{}", r.record),
                label: format!("{} {}", r.code, r.name).trim().into(),
            },
            rule: titles(catalog, std::slice::from_ref(&r.rule), lang),
            law: catalog.retention_rule(&r.rule).map(|rule| rule.law.clone()).unwrap_or_default(),
            ends: r.kept_until.map(|d| d.to_string()).unwrap_or_default(),
            entry: r.entry.map(|n| n.to_string()).unwrap_or_default(),
            gone: r.stand == Stand::Gone,
            why: r.why.as_ref().map(|why| why.get(lang).to_owned()),
        };
        DisposalView {
            id: line.record.to_string(),
            state: chip(seat, catalog, &line.state),
            ready: line.records.iter().all(|r| r.stand == Stand::Ready),
            done: line.done_on.is_some(),
            records: line.records.iter().map(named).collect(),
            done_on: line.done_on.map(|d| d.to_string()).unwrap_or_default(),
            approves: line.may_approve,
            runs: line.may_run,
            own: line.own,
            holds: line.records.iter().any(|r| r.stand == Stand::Blocked)
                && seat.has_grant(catalog, Action::Read, HOLD),
            code: line.code,
            rev: line.rev,
            subject: line.subject,
            approved_by: line.approved_by,
        }
    }
}
