//! The roles that one person holds, by scope: shared, because most people hold the same.

use std::collections::BTreeMap;
use std::collections::btree_map;
use std::ops::Deref;
use std::sync::Arc;

use crate::model::{RoleSet, Scope};

/// The roles that one person holds, by scope; a scope without roles is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Held(Arc<BTreeMap<Scope, RoleSet>>);

impl Held {
    /// The roles to be changed; who shares them keeps theirs.
    pub fn edit(&mut self) -> &mut BTreeMap<Scope, RoleSet> {
        Arc::make_mut(&mut self.0)
    }
}

impl Deref for Held {
    type Target = BTreeMap<Scope, RoleSet>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl From<BTreeMap<Scope, RoleSet>> for Held {
    fn from(grants: BTreeMap<Scope, RoleSet>) -> Self {
        Self(Arc::new(grants))
    }
}

impl FromIterator<(Scope, RoleSet)> for Held {
    fn from_iter<I: IntoIterator<Item = (Scope, RoleSet)>>(grants: I) -> Self {
        Self::from(grants.into_iter().collect::<BTreeMap<_, _>>())
    }
}

impl<'h> IntoIterator for &'h Held {
    type Item = (&'h Scope, &'h RoleSet);
    type IntoIter = btree_map::Iter<'h, Scope, RoleSet>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}
