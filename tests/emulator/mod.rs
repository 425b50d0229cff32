//! The emulator over real sockets, with a plain HTTP client: every call once happy and once refused,
//! every switch both ways, searches, and what no client should send.
mod calls;
mod find;
mod limits;
mod malformed;
mod support;
mod switches;
