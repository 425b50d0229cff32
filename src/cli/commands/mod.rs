//! The commands, one file each: arguments, then one function.

pub(crate) mod access;
pub(crate) mod api;
pub(crate) mod apply;
pub(crate) mod completions;
pub(crate) mod doctor;
pub(crate) mod edit;
pub(crate) mod emulator;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod help;
pub(crate) mod init;
pub(crate) mod man;
pub(crate) mod plan;
pub(crate) mod pull;
pub(crate) mod schema;
pub(crate) mod show;
pub(crate) mod validate;
