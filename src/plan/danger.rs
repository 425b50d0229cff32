//! Steps that need review, because they are hard to take back or decide who may do what.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Why a step needs review; the most dangerous first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Danger {
    /// It deletes a user or a tenant, or locks a user.
    Removal,
    /// It grants a role that is sensitive.
    SensitiveGrant,
    /// It takes a role from one of its last holders.
    FewHolders,
    /// It gives a user another address to log in with.
    EmailChange,
}

impl Danger {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Removal,
        Self::SensitiveGrant,
        Self::FewHolders,
        Self::EmailChange,
    ];
}
