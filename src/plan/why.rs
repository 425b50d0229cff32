//! Why a step is in a plan.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::Place;

/// A reason for a step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Why {
    /// Where it is written.
    #[serde(flatten)]
    pub place: Option<Place>,
    /// What is written there, beyond the record's own entry: `group support`, `members of acme`, `prune`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub text: Option<Arc<str>>,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.text, &self.place) {
            (Some(text), Some(place)) => write!(f, "{text} ({place})"),
            (Some(text), None) => f.write_str(text),
            (None, Some(place)) => place.fmt(f),
            (None, None) => Ok(()),
        }
    }
}
