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
    /// Addresses and patterns of users to whom `onlyUsers` or `notTogether` does not apply.
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
    /// Their tenants: a handle, where they may grant roles there and no more; or the record that a handle means, where they have
    /// the entry of the tenant.
    #[serde(default)]
    pub tenants: Vec<RestrictedTenant>,
    /// The roles that they may grant in these tenants.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Patterns for the addresses of the users whom they may name.
    #[serde(default)]
    pub users: Vec<String>,
    /// The roles that they may grant in the workspace. Left out, they have no `roles` in the workspace, not even `[]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub workspace_roles: Option<Vec<String>>,
    /// Whether they may change who can log in, and delete: `locked`, `state`, `renamedFrom`, `username`, `phoneNumber`, `invite`.
    #[serde(default)]
    pub identity: bool,
}

/// A tenant of a restricted file.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum RestrictedTenant {
    /// Its handle.
    Handle(String),
    /// The record that its handle means.
    Record(RestrictedRecord),
}

/// Which record a handle means.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(inline, title = "Tenant of a restricted file")]
pub struct RestrictedRecord {
    /// The handle.
    pub handle: String,
    /// The name of the tenant. The entry may repeat it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub name: Option<String>,
    /// The id of the tenant. With it the entry may write another name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub tenant_id: Option<String>,
    /// The handle of the tenant above.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub parent: Option<String>,
    /// The name that the tenant had.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub renamed_from: Option<String>,
    /// Where it is written.
    #[serde(skip)]
    pub(crate) origin: Origin,
}

impl RestrictedTenant {
    pub(crate) fn handle(&self) -> &str {
        match self {
            Self::Handle(handle) => handle,
            Self::Record(record) => &record.handle,
        }
    }
}

impl RestrictedRecord {
    /// What it says of a field of the entry by which a record is found, where it says something.
    pub(crate) fn field(&self, key: &str) -> Option<&str> {
        match key {
            "name" => self.name.as_deref(),
            "tenantId" => self.tenant_id.as_deref(),
            "parent" => self.parent.as_deref(),
            "renamedFrom" => self.renamed_from.as_deref(),
            _ => None,
        }
    }
}
