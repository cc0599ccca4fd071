//! The frame around every page: title, navigation, who is there, language switch.

use std::borrow::Borrow;

use akashi_app::{anchor, status};
use akashi_domain::Lang;
use akashi_domain::authz::Action;

use crate::assets;
use crate::guard::seat::Seat;
use crate::state::Web;
use crate::words::Words;

/// The main places, in the order of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Home,
    Board,
    Registers,
    Findings,
    Import,
    Profile,
    Anchors,
    State,
}

impl Place {
    const ALL: [(Place, &str, &str); 8] = [
        (Place::Home, "/", "nav-home"),
        (Place::Board, "/board", "nav-board"),
        (Place::Registers, "/registers", "nav-registers"),
        (Place::Findings, "/findings", "nav-findings"),
        (Place::Import, "/import", "nav-import"),
        (Place::Profile, "/profile", "nav-profile"),
        (Place::Anchors, "/anchors", "nav-anchors"),
        (Place::State, "/state", "nav-state"),
    ];

    /// Whether it has anything for the reader: no link leads to a closed door.
    fn is_open(self, web: &Web, seat: &Seat) -> bool {
        let (catalog, actor) = (web.app().catalog(), &seat.ctx.actor);
        match self {
            Place::Home | Place::Registers | Place::Findings => true,
            Place::Board => seat.has_grant(catalog, Action::Read, "compliance-item"),
            Place::Profile => seat.has_grant(catalog, Action::Read, "profile"),
            Place::Import => catalog.registers.iter().any(|r| !r.system && seat.imports(catalog, &r.key)),
            Place::Anchors => anchor::may_read(actor),
            Place::State => status::may_read(actor),
        }
    }
}

/// A link of the navigation.
pub(crate) struct Nav {
    pub(crate) href: &'static str,
    pub(crate) label: String,
    pub(crate) current: bool,
}

/// What the layout needs to know.
pub(crate) struct Frame {
    words: Words,
    pub(crate) title: String,
    pub(crate) organisation: String,
    pub(crate) nav: Vec<Nav>,
    /// Name of who is logged in; none on the log-in page.
    pub(crate) who: Option<String>,
    pub(crate) token: String,
    /// Where the language switch comes back to.
    pub(crate) here: String,
    /// What was just done, said once.
    pub(crate) notice: Option<String>,
}

impl Frame {
    pub(crate) fn new(web: &Web, seat: &Seat, title: String, place: Option<Place>) -> Frame {
        let words = seat.words();
        let places = Place::ALL.iter().filter(|(p, ..)| p.is_open(web, seat));
        let nav = places.map(|(p, href, key)| Nav { href, label: words.say(key), current: place == Some(*p) });
        Frame {
            words,
            title,
            organisation: web.app().store().meta().organisation.clone(),
            nav: if seat.must_change { Vec::new() } else { nav.collect() },
            who: Some(seat.ctx.actor.name.clone()),
            token: seat.form_token(),
            here: seat.here.clone(),
            notice: notice(words, &seat.here),
        }
    }

    /// The frame of pages for nobody in particular.
    pub(crate) fn bare(web: &Web, lang: Lang, here: &str, title: String) -> Frame {
        Frame {
            words: Words(lang),
            title,
            organisation: web.app().store().meta().organisation.clone(),
            nav: Vec::new(),
            who: None,
            token: String::new(),
            here: here.to_owned(),
            notice: None,
        }
    }

    /// Returns a text of the pages.
    pub(crate) fn t(&self, key: &str) -> String {
        self.words.say(key)
    }

    /// Returns a text with a number.
    pub(crate) fn n(&self, key: &str, n: impl Borrow<usize>) -> String {
        self.words.count(key, *n.borrow())
    }

    pub(crate) fn lang(&self) -> &'static str {
        self.words.0.tag()
    }

    pub(crate) fn is_ja(&self) -> bool {
        self.words.0 == Lang::Ja
    }

    pub(crate) fn asset(&self, name: &str) -> &'static str {
        assets::address(name)
    }
}

/// The address says what was just done; only words we know are shown.
fn notice(words: Words, here: &str) -> Option<String> {
    const KNOWN: [&str; 17] = [
        "anchor-added",
        "anchor-changed",
        "password",
        "saved",
        "unchanged",
        "moved",
        "resolved",
        "draft",
        "dropped",
        "answered",
        "imported",
        "proposed",
        "approved",
        "disposed",
        "asked",
        "attested",
        "export-again",
    ];
    let query = here.split_once('?')?.1;
    let done = query.split('&').find_map(|p| p.strip_prefix("done="))?;
    KNOWN.contains(&done).then(|| words.say(&format!("done-{done}")))
}
