//! The pages: routes asked directly (`router`), and journeys in a real browser (`journey`). One small hospital for both.

mod bucket;
mod disposal;
mod hospital;
mod journey;
mod outside;
mod router;
mod slow;
mod words;

use router::pages::pages as router_pages;
