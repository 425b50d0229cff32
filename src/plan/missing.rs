//! What has to be read before a plan can be judged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{EnoughUsers, RoleName, Scope, UserField, UserUuid};

/// What a guard, a warning or a danger has to know beyond what was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// The holders of these roles, each with the number of holders that is enough to know.
    pub holders: BTreeMap<(Scope, RoleName), EnoughUsers>,
    /// Users whose records did not say which roles they hold.
    pub grants: BTreeSet<UserUuid>,
    /// Users who have these names and usernames.
    pub alike: BTreeSet<(UserField, Arc<str>)>,
    /// Which tenants are below others.
    pub levels: bool,
    /// All users and tenants.
    pub everything: bool,
}

impl Missing {
    pub(crate) fn everything() -> Self {
        Self {
            everything: true,
            ..Self::default()
        }
    }

    pub(crate) fn grants(users: impl IntoIterator<Item = UserUuid>) -> Self {
        Self {
            grants: users.into_iter().collect(),
            ..Self::default()
        }
    }

    pub(crate) fn holders(role: &(Scope, RoleName), enough: EnoughUsers) -> Self {
        Self {
            holders: BTreeMap::from([(role.clone(), enough)]),
            ..Self::default()
        }
    }

    /// Whether everything is known that matters.
    pub(crate) fn is_nothing(&self) -> bool {
        let Self {
            holders,
            grants,
            alike,
            levels,
            everything,
        } = self;
        holders.is_empty() && grants.is_empty() && alike.is_empty() && !levels && !everything
    }

    /// What either lacks.
    pub(crate) fn and(mut self, other: Self) -> Self {
        for (role, enough) in other.holders {
            let known = self.holders.entry(role).or_default();
            *known = known.and(enough);
        }
        self.grants.extend(other.grants);
        self.alike.extend(other.alike);
        self.levels |= other.levels;
        self.everything |= other.everything;
        self
    }
}
