//! The manifest as it is written: its types, its reader, its JSON Schema.

pub(crate) mod ignored;
pub(crate) mod manifest;
pub(crate) mod parse;
pub(crate) mod role_list;
pub(crate) mod rule_syntax;
pub(crate) mod rules;
pub(crate) mod schema;
pub(crate) mod schema_forms;
