//! What is known of a role that a record shows in a tenant below another one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether the records of a server repeat the roles of a tenant in the tenants below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Inheritance {
    /// The records prove nothing, and no search was tried.
    #[default]
    Unasked,
    /// Neither records nor searches prove anything.
    Unproven,
    /// They don't: a record shows a role above, and not below.
    NotRepeated,
    /// They do: a search for a role below leaves out a user whose record shows it there.
    Repeated,
}

impl Inheritance {
    /// Whether it is known.
    pub fn is_proven(self) -> bool {
        matches!(self, Self::NotRepeated | Self::Repeated)
    }
}

/// What is known of a role that a record shows in a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holding {
    /// The user holds it in the scope itself.
    Held,
    /// It is held in a tenant above, and the record only repeats it.
    Repeated,
    /// It is held in a tenant above, and may be held in the scope itself too.
    Either,
}
