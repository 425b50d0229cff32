//! The emulator over real sockets, with a plain HTTP client: every call once happy and once refused,
//! every switch both ways, searches, faults, and what no client should send.
mod calls;
mod doors;
mod faults;
mod find;
mod limits;
mod malformed;
mod observer;
mod program;
mod support;
mod switches;
