//! The tests of ufsync: one binary, so that it links once.
//!
//! They talk to the real emulator over real sockets, with the real client or the real program.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests and what they share read files and fail loudly"
)]

mod access;
mod answers;
mod applied;
mod architecture;
mod base;
mod calls;
mod canonical;
mod cases;
mod ci_examples;
mod claims;
mod cli;
mod completion;
mod converge;
#[cfg(unix)]
mod crashes;
mod diagnostics;
mod documents;
mod edit;
mod edit_ends;
mod edit_laws;
mod emulator;
mod endings;
mod environments;
mod examples;
mod export;
mod files;
mod folders;
mod formats;
mod git_settings;
mod guards;
mod guide;
mod guide_commands;
mod handed_in;
mod help_examples;
mod https;
mod identity;
mod injection;
mod isolation;
mod keepers;
mod language;
mod liars;
mod limits;
mod log;
mod manifests;
mod moment_laws;
mod mutations;
mod nested;
mod nested_laws;
mod own_files;
mod pace;
mod packaging;
mod partial;
mod passing_on;
mod probe;
mod properties;
mod pull;
mod pull_laws;
mod reads;
mod reapplied;
mod removals;
mod restriction_laws;
mod restrictions;
mod rule_laws;
mod rules;
mod runs;
mod saved_plans;
mod scale;
mod schema;
mod second_server;
mod secrets;
mod selection;
mod show;
mod sizes;
mod snapshots;
mod stopping;
mod storms;
mod strangers;
mod support;
mod terminal;
mod two_runs;
mod unmanaged;
mod unreliable;
