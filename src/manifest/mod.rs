//! Text → [`Desired`](crate::model::Desired): reads manifests, checks them, and says what is wrong where.
//!
//! Pure: texts come in, values or findings go out. [`load()`] runs the stages: bytes are decoded to text, text is read as
//! a tree in which every value knows its place, variables are replaced, files united, overlays applied; the tree is read
//! as a [`syntax::Manifest`], and that is checked as a whole.
//! Each stage reports everything it finds and goes on, so that one run shows every mistake.

mod all_access;
mod api_key;
mod check;
mod decode;
mod duplicates;
pub mod edit;
mod finding;
mod forms;
mod granted;
mod grants;
mod group_mistake;
mod guard_mistake;
mod head;
mod ignored;
mod list_items;
mod load;
mod node;
mod once;
mod overlay;
mod parse;
mod resolve;
mod restrictions;
mod role_mistake;
mod rule_mistake;
mod rules;
mod scalar;
mod schema;
mod source;
pub mod syntax;
mod tenant_mistake;
mod tree;
mod unite;
mod variable_mistake;
mod vars;
mod yaml_mistake;

pub(crate) use check::{is_address, is_number, is_role};
pub use finding::{Finding, Findings, Mistake};
pub use group_mistake::GroupMistake;
pub use guard_mistake::GuardMistake;
pub use head::is_overlay;
pub use load::{File, Input, load};
pub use role_mistake::RoleMistake;
pub use rule_mistake::RuleMistake;
pub use schema::{schema, schema_with_names};
pub use source::MAX_BYTES;
pub use variable_mistake::VariableMistake;
pub use vars::Vars;
pub(crate) use vars::{escape, unescape};
pub use yaml_mistake::YamlMistake;
