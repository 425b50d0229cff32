//! What can be wrong with a manifest: one variant for each mistake.

pub(crate) mod dedup;
pub(crate) mod finding;
pub(crate) mod group_mistake;
pub(crate) mod guard_mistake;
pub(crate) mod role_mistake;
pub(crate) mod rule_mistake;
pub(crate) mod tenant_mistake;
pub(crate) mod variable_mistake;
pub(crate) mod yaml_mistake;
