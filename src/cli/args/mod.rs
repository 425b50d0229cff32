//! What several commands share: arguments, connection, files of a manifest.

pub(crate) mod complete;
pub(crate) mod connection;
pub(crate) mod examples;
pub(crate) mod hint;
pub(crate) mod load;
pub(crate) mod options;
pub(crate) mod seed;
pub(crate) mod snapshot;
pub(crate) mod vars;
