//! Journeys in a real Chromium: what people do, and how every page looks and reads to them.

mod disposal;
mod looks;
mod proof;
mod verifier;
mod work;
