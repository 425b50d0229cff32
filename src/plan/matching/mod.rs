//! Which live record each entry stands for: by its pin, else by its natural key, else by the name it had. An entry for which
//! that can't be said is blocked: it changes nothing, and nothing that it may be about is removed.

mod chain;
mod entries;
mod refused;
mod tenants;
mod users;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Desired, Email, Finding, Handle, Live, LiveTenant, LiveUser};
use crate::plan::draft::blocked::Blocks;
use crate::plan::matching::refused::Found;
use crate::plan::{Address, PlanError};

/// The live records of the entries; an entry without one is to be created, or is absent already, or is blocked.
pub(crate) struct Matches<'l> {
    pub(crate) tenants: BTreeMap<Handle, &'l LiveTenant>,
    /// In the order of the entries.
    pub(crate) users: Vec<(&'l Email, Option<&'l LiveUser>)>,
    /// The entries and the records that can't be planned.
    pub(crate) blocks: Blocks,
    /// Of these, the records that can't be read, and the entries that stand for one.
    pub(crate) unreadable: BTreeSet<Address>,
}

impl<'l> Matches<'l> {
    /// The record of the entry with this address.
    pub(crate) fn user(&self, email: &Email) -> Option<&'l LiveUser> {
        let place = self.users.binary_search_by(|(known, _)| known.cmp(&email));
        self.users.get(place.ok()?)?.1
    }

    /// The entries that have a record.
    pub(crate) fn found(&self) -> impl Iterator<Item = (&'l Email, &'l LiveUser)> {
        let entries = self.users.iter();
        entries.filter_map(|(email, user)| Some((*email, (*user)?)))
    }

    /// Whether an entry is blocked.
    pub(crate) fn blocks(&self, address: &Address) -> bool {
        !self.blocks.is_empty() && self.blocks.contains_key(address)
    }
}

/// Matches every entry. The errors are those of the manifest as a whole.
pub(crate) fn matches<'l>(
    desired: &'l Desired,
    live: &'l Live,
) -> (Matches<'l>, Vec<Finding<PlanError>>) {
    let mut found = Found {
        desired,
        blocks: Blocks::new(),
        unreadable: BTreeSet::new(),
        errors: Vec::new(),
    };
    let tenants = tenants::tenants(live, &mut found);
    let users = users::users(live, &mut found);
    let Found {
        blocks,
        unreadable,
        errors,
        ..
    } = found;
    let matches = Matches {
        tenants,
        users,
        blocks,
        unreadable,
    };
    (matches, errors)
}
