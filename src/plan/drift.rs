//! A part of a step that only undoes what was changed on the server by hand.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::RoleName;

/// A part of a step that the manifest before asks for too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Drift {
    /// The record is created.
    Created,
    /// The record is deleted.
    Deleted,
    /// A field, or a key of the data, gets this value.
    Field(String),
    /// A role is granted.
    Gained(RoleName),
    /// A role is taken.
    Lost(RoleName),
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Created => f.write_str("created"),
            Self::Deleted => f.write_str("deleted"),
            Self::Field(field) => f.write_str(field),
            Self::Gained(role) => write!(f, "+{role}"),
            Self::Lost(role) => write!(f, "-{role}"),
        }
    }
}

impl Serialize for Drift {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Drift {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(
            match (
                text.as_str(),
                text.strip_prefix('+'),
                text.strip_prefix('-'),
            ) {
                ("created", ..) => Self::Created,
                ("deleted", ..) => Self::Deleted,
                (_, Some(role), _) => Self::Gained(RoleName::new(role)),
                (_, _, Some(role)) => Self::Lost(RoleName::new(role)),
                _ => Self::Field(text),
            },
        )
    }
}

impl JsonSchema for Drift {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Drift".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}
