//! The socket, and everything that a request passes on its way to the store.

pub(crate) mod app;
pub(crate) mod auth;
pub(crate) mod body;
pub(crate) mod connection;
pub(crate) mod control;
pub(crate) mod error;
pub(crate) mod gate;
pub(crate) mod limit;
pub(crate) mod log;
pub(crate) mod observer;
pub(crate) mod origin_check;
pub(crate) mod routes;
pub(crate) mod save;
pub(crate) mod server;
