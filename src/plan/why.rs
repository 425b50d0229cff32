//! Why a step is in a plan.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Handle, Place};

/// Why a step is in a plan, and where that is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Why {
    /// Where it is written.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// What asks for it.
    #[serde(default, skip_serializing_if = "Reason::is_entry")]
    pub reason: Reason,
    /// When the grant ends, as it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub until: Option<Arc<str>>,
}

/// What asks for a step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// The record's own entry.
    #[default]
    Entry,
    /// A group.
    Group(#[schemars(with = "String")] Arc<str>),
    /// The members of a tenant.
    Members(Handle),
    /// `prune`: no entry mentions what is removed.
    Prune,
    /// The user holds no role in a tenant where nothing grants one.
    OtherTenants,
    /// The user gets another value for a moment, so that this field can be passed on.
    Temporary(#[schemars(with = "String")] Arc<str>),
}

impl Reason {
    /// Whether the record's own entry asks for it.
    pub fn is_entry(&self) -> bool {
        *self == Self::Entry
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry => f.write_str("user entry"),
            Self::Group(group) => write!(f, "group {group}"),
            Self::Members(tenant) => write!(f, "members of {tenant}"),
            Self::Prune => f.write_str("prune"),
            Self::OtherTenants => f.write_str("no role in other tenants"),
            Self::Temporary(field) => write!(f, "temporary, so that {field} can be passed on"),
        }
    }
}

impl Why {
    /// The reason and the end, in words; none for an entry whose grant does not end.
    pub fn text(&self) -> Option<String> {
        let reason = (!self.reason.is_entry()).then(|| self.reason.to_string());
        let until = self.until.as_ref().map(|until| format!("until {until}"));
        let parts: Vec<String> = reason.into_iter().chain(until).collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.text(), &self.place) {
            (Some(text), Some(place)) => write!(f, "{text} ({place})"),
            (Some(text), None) => f.write_str(&text),
            (None, Some(place)) => place.fmt(f),
            (None, None) => Ok(()),
        }
    }
}
