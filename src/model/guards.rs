//! The limits that a plan has to keep.

use std::collections::BTreeMap;

use super::{Email, RoleName, Spanned};

/// What a manifest says about limits; what it leaves out has a built-in limit.
#[derive(Clone, Debug, Default)]
pub struct Guards {
    /// How many users and tenants may be deleted or locked, together.
    pub max_deletes: Option<Limit>,
    /// How many roles may be taken away.
    pub max_role_removals: Option<Limit>,
    /// How many holders of a role have to stay, in the workspace and in every tenant that the plan touches.
    pub keep_holders: Option<BTreeMap<RoleName, u64>>,
    /// People who are never deleted, locked, or stripped of a role.
    pub protect: Vec<Spanned<Email>>,
}

/// A number, or a share of those that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
