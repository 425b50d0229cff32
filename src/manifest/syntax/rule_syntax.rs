//! `rules` and `restrictions` as they are written.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::manifest::syntax::schema_forms::RoleName;
use crate::model::{Origin, Spanned};

type Text = Spanned<Arc<str>>;

/// What must hold for all access: who may hold a role, which roles do not go together, how many hold a role.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "Rule")]
pub struct WrittenRule {
    #[serde(skip)]
    pub(crate) origin: Option<Origin>,
    /// The role that it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "RoleName")]
    pub role: Option<Text>,
    /// Where it holds: `workspace`, `tenants` (in each of the manifest) or `tenants/HANDLE`; left out, in each scope by itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "String", extend("pattern" = "^(workspace|tenants(/[a-z0-9][a-z0-9_-]*)?)$"))]
    pub scope: Option<Text>,
    /// Patterns for the addresses of those who may hold the role.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Vec<String>", length(min = 1))]
    pub only_users: Option<Vec<Text>>,
    /// Roles of which a user may hold one at most in a scope.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Vec<RoleName>", length(min = 2))]
    pub not_together: Option<Vec<Text>>,
    /// Addresses and patterns of users for whom `onlyUsers` or `notTogether` does not hold.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Vec<String>", length(min = 1))]
    pub except: Option<Vec<Text>>,
    /// How many have to hold the role; users who can't log in do not count.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "u64")]
    pub at_least: Option<Spanned<u64>>,
    /// How many may hold the role.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "u64")]
    pub at_most: Option<Spanned<u64>>,
}

/// What the files of a pattern may say. Of several entries for a file the first counts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline, title = "Restriction")]
pub struct Restriction {
    /// A pattern for the files, from the folder of this one: `*` is any text within a folder, `**` any folders.
    pub files: String,
    /// Everything.
    #[serde(default)]
    pub everything: bool,
    /// The handles of the tenants whose fields, members and roles they may write.
    #[serde(default)]
    pub tenants: Vec<String>,
    /// The roles that they may grant in these tenants.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Patterns for the addresses of the users whom they may name.
    #[serde(default)]
    pub users: Vec<String>,
    /// The roles that they may grant in the workspace.
    #[serde(default)]
    pub workspace_roles: Vec<String>,
}
