//! One grant, as auditors read it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Place, RoleName};

/// One grant: a user, a role, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Access {
    /// The address of the user; the id where there is none.
    pub user: String,
    /// The full name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The tenant, by its handle or else by `id:` and its id; none is the workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The name of the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_name: Option<String>,
    /// The role.
    pub role: RoleName,
    /// Whether granting it is worth a second look.
    pub sensitive: bool,
    /// Where the grant comes from.
    pub state: State,
    /// What grants it; nothing where it was made by hand.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
    /// When it ends, as it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub until: Option<Arc<str>>,
    /// The handle of the tenant above, where the role is held there and counts here as well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub through: Option<String>,
    /// When the user was last active.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub last_active: Option<Arc<str>>,
    /// Whether the user is kept from logging in.
    pub locked: bool,
}

/// Where a grant comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// The manifest grants it, and it is held.
    Managed,
    /// It is held, and the manifest does not grant it.
    ByHand,
    /// It is held, and the grant in the manifest has ended: the next apply takes it.
    Ended,
    /// The manifest grants it, and it is not held yet.
    Pending,
    /// It is held, and there is no manifest to compare it with.
    Held,
}

impl State {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Managed => "managed",
            Self::ByHand => "by hand",
            Self::Ended => "ended",
            Self::Pending => "pending",
            Self::Held => "held",
        }
    }
}

/// What grants a role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Source {
    /// `user entry`, `members` or `group NAME`.
    pub from: String,
    /// Where the role is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Where the membership in the group is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<Place>,
    /// Who wrote that, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Since>,
}

/// A change of a line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Since {
    /// When, as in RFC 3339.
    pub time: String,
    /// The commit.
    pub commit: String,
    /// The name of its author.
    pub author: String,
}

impl Access {
    /// What grants it, in words.
    pub fn from(&self) -> String {
        let sources = self.sources.iter().map(|source| source.from.clone());
        let through = self.through.iter();
        let through = through.map(|above| format!("held in {above}, above it"));
        let parts: Vec<String> = through.chain(sources).collect();
        parts.join("; ")
    }

    /// Where it is written.
    pub fn places(&self) -> impl Iterator<Item = &Place> {
        self.sources
            .iter()
            .filter_map(|source| source.place.as_ref())
    }

    /// The first change that made it: of several sources the earliest.
    pub fn since(&self) -> Option<&Since> {
        let since = self.sources.iter().filter_map(|it| it.since.as_ref());
        since.min_by(|one, two| one.time.cmp(&two.time))
    }
}
