//! Journeys in a real Chromium: what people do, and how every page looks and reads to them.

mod looks;
mod proof;
mod verifier;
mod work;
