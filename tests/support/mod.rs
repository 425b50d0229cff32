//! What the tests share: an emulator on a free port, the client for it, and the program in a clean environment.

pub(crate) mod anything;
pub(crate) mod cases;
mod emulator;
mod git;
mod http;
mod program;
pub(crate) mod roles;
pub(crate) mod scripted;
pub(crate) mod second;
pub(crate) mod secret;
mod server;
#[cfg(unix)]
mod shell;
pub(crate) mod showcase;
pub(crate) mod stores;
pub(crate) mod switches;
pub(crate) mod tls;
pub(crate) mod watch;
pub(crate) mod world;

pub(crate) use emulator::Emulator;
pub(crate) use git::git;
pub(crate) use http::{Http, pass_on, refusing, serve};
#[cfg(unix)]
pub(crate) use program::signal;
pub(crate) use program::{Program, Run};
pub(crate) use server::{Server, client, desired, desired_of, steps};
#[cfg(unix)]
pub(crate) use shell::Shell;
