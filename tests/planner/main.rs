//! What is planned, from two short texts: a manifest and a live state. No socket, no file, no process, and no feature of the
//! library: a binary of its own, because the other tests need the program.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::use_debug,
    reason = "tests fail loudly"
)]

use std::fmt::Write as _;

mod acceptance;
mod believed;
mod blocked;
#[path = "../support/cases.rs"]
mod cases;
mod document;
mod explain;
mod fields;
mod forged;
mod guard_table;
mod identity;
mod laws;
mod live_text;
mod lockout;
mod made;
mod nested;
mod recheck;
mod removals;
mod roles;
mod rules;
mod selection;
mod show;
mod undo;
mod unknown;

/// A SHA-256 in hexadecimal digits, as `sha256sum` prints it.
fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    let mut digits = String::new();
    for byte in Sha256::digest(bytes) {
        write!(digits, "{byte:02x}").unwrap();
    }
    digits
}
