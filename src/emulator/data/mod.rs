//! The store: records, roles, invitations, and the state file.

pub(crate) mod default_values;
pub(crate) mod fields;
pub(crate) mod generate;
pub(crate) mod grants;
pub(crate) mod invites;
pub(crate) mod load;
pub(crate) mod mode;
pub(crate) mod record;
pub(crate) mod state;
pub(crate) mod store;
pub(crate) mod tenants;
pub(crate) mod time;
pub(crate) mod users;
