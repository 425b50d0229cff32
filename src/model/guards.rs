//! The limits that a plan has to keep.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{RoleName, Spanned};

/// What a manifest says about limits; what it leaves out has a built-in limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Guards {
    /// How many users and tenants may be deleted or locked, together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_deletes: Option<Limit>,
    /// How many roles may be taken away, also with a user or a tenant that goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_role_removals: Option<Limit>,
    /// How many users who exist may get another address to log in with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_address_changes: Option<Limit>,
    /// How many holders of a role have to stay, in the workspace and in every tenant that the plan touches; beside one admin
    /// of the workspace, unless another number is written for that role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_holders: Option<BTreeMap<RoleName, u64>>,
    /// Patterns for the addresses of users who are never deleted, locked, stripped of a role, or given another address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub protect: Vec<Spanned<Arc<str>>>,
    /// Whether the built-in limits hold as well: where nothing shows that a person saw what is written here.
    #[serde(skip)]
    pub and_built_in: bool,
}

/// A number, or a share of those that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(inline, with = "String")]
pub enum Limit {
    /// So many.
    Count(u64),
    /// So many in a hundred.
    Percent(u64),
}

impl Limit {
    /// The number that it allows among so many; shares are rounded down.
    pub fn of(self, population: usize) -> usize {
        match self {
            Self::Count(count) => usize::try_from(count).unwrap_or(usize::MAX),
            Self::Percent(percent) => {
                population.saturating_mul(usize::try_from(percent).unwrap_or(usize::MAX)) / 100
            }
        }
    }

    /// Reads `25` or `25%`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_suffix('%') {
            Some(percent) => percent
                .trim()
                .parse()
                .ok()
                .filter(|percent| *percent <= 100)
                .map(Self::Percent),
            None => text.parse().ok().map(Self::Count),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => count.fmt(f),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl From<Limit> for String {
    fn from(limit: Limit) -> Self {
        limit.to_string()
    }
}

impl TryFrom<String> for Limit {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is neither a number nor a percentage"))
    }
}
