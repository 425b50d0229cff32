//! Text → [`Desired`](crate::model::Desired): reads manifests, checks them, and says what is wrong where.
//!
//! Pure: texts come in, values or findings go out. [`load()`] runs the stages: bytes are decoded to text, text is read as
//! a tree in which every value knows its place, variables are replaced, files united, overlays applied; the tree is read
//! as a `Manifest`, and that is checked as a whole.
//! Each stage reports everything it finds and goes on, so that one run shows every mistake.

mod check;
pub(crate) mod edit;
pub(crate) mod findings;
mod load;
pub(crate) mod merge;
mod resolve;
pub(crate) mod syntax;
pub(crate) mod text;

pub(crate) use crate::manifest::check::{is_address, is_number, is_role};
pub use crate::manifest::findings::finding::{Finding, Findings, ManifestError};
pub(crate) use crate::manifest::findings::group_mistake::GroupMistake;
pub(crate) use crate::manifest::findings::role_mistake::RoleMistake;
pub(crate) use crate::manifest::findings::rule_mistake::RuleMistake;
pub(crate) use crate::manifest::findings::variable_mistake::VariableMistake;
pub use crate::manifest::load::{File, Input, load};
pub(crate) use crate::manifest::merge::overlay_header::is_overlay;
pub use crate::manifest::merge::vars::Vars;
#[cfg(feature = "cli")]
pub(crate) use crate::manifest::merge::vars::is_name as is_variable;
pub(crate) use crate::manifest::merge::vars::{escape, unescape};
pub use crate::manifest::syntax::schema::schema;
pub(crate) use crate::manifest::syntax::schema::schema_with_names;
pub(crate) use crate::manifest::text::source::MAX_BYTES;
