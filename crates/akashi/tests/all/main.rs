//! The command line as people and scripts use it: the built program is run. One binary, so that it links once.

mod bucket;
mod cli;
mod dispose;
mod evidence;
mod export;
mod outside;
mod program;
