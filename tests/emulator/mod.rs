//! The emulator over real sockets, with a plain HTTP client: every call once happy and once refused,
//! every switch both ways, searches, and what no client should send.
#![expect(
    clippy::disallowed_methods,
    reason = "the tests read the state file and wait for it"
)]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "the functions that the tests share fail loudly, as the tests do"
)]

mod calls;
mod find;
mod limits;
mod malformed;
mod support;
mod switches;
