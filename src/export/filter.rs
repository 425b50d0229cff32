//! A part of an exported manifest, chosen by tenants, roles and users.

use std::collections::{BTreeMap, BTreeSet};

use crate::manifest::syntax::manifest::{Entries, Manifest, User};
use crate::model::{AddressPatterns, Email};

/// What to keep. A choice that is not made keeps everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Tenants by handle or name; only users who hold a role in one of them.
    pub tenants: Option<AddressPatterns>,
    /// Only users who hold one of these roles.
    pub roles: BTreeSet<String>,
    /// Only users with these addresses.
    pub users: Option<AddressPatterns>,
    /// Only users who hold a role.
    pub with_roles: bool,
}

impl Filter {
    /// Whether it keeps everything.
    pub(crate) fn is_empty(&self) -> bool {
        self.tenants.is_none() && self.roles.is_empty() && self.users.is_none() && !self.with_roles
    }

    /// The part of a manifest that it keeps: with the tenants that were chosen, those above them, and those in which a user who
    /// is kept holds a role.
    pub(crate) fn of(&self, mut manifest: Manifest) -> Manifest {
        if self.is_empty() {
            return manifest;
        }
        let chosen = self.tenants.as_ref().map(|patterns| {
            let tenants = manifest.tenants.0.iter().filter(|(handle, tenant)| {
                let name = tenant.name.as_ref().map(|name| &*name.value);
                is_match(patterns, &handle.value)
                    || name.is_some_and(|name| is_match(patterns, name))
            });
            let handles = tenants.map(|(handle, _)| handle.value.to_string());
            handles.collect::<BTreeSet<String>>()
        });
        manifest.users.0.retain_mut(|(email, user)| {
            if let Some(chosen) = &chosen {
                let tenants = &mut user.tenants.0;
                tenants.retain(|(handle, _)| chosen.contains(&*handle.value));
                if tenants.is_empty() {
                    return false;
                }
            }
            self.keeps(&email.value, user)
        });
        let held = manifest.users.0.iter();
        let held = held.flat_map(|(_, user)| &user.tenants.0);
        let mut needed: BTreeSet<String> =
            held.map(|(handle, _)| handle.value.to_string()).collect();
        needed.extend(chosen.into_iter().flatten());
        let parents: BTreeMap<String, String> = manifest
            .tenants
            .0
            .iter()
            .filter_map(|(handle, tenant)| {
                let parent = tenant.parent.as_ref()?;
                Some((handle.value.to_string(), parent.value.to_string()))
            })
            .collect();
        let mut open: Vec<String> = needed.iter().cloned().collect();
        while let Some(handle) = open.pop() {
            if let Some(parent) = parents.get(&handle)
                && needed.insert(parent.clone())
            {
                open.push(parent.clone());
            }
        }
        let tenants = manifest.tenants.0.into_iter();
        let tenants = tenants.filter(|(handle, _)| needed.contains(&*handle.value));
        manifest.tenants = Entries(tenants.collect());
        manifest
    }

    fn keeps(&self, email: &str, user: &User) -> bool {
        let workspace = user.roles.iter();
        let tenants = user.tenants.0.iter().map(|(_, roles)| roles);
        let mut held = workspace
            .chain(tenants)
            .flat_map(|roles| &roles.value.items);
        let of_role = if self.roles.is_empty() {
            !self.with_roles || held.next().is_some()
        } else {
            held.any(|item| self.roles.contains(&*item.role.value))
        };
        let patterns = self.users.as_ref();
        of_role && patterns.is_none_or(|patterns| is_match(patterns, email))
    }
}

/// Patterns are over addresses; a handle or a name is matched as one.
fn is_match(patterns: &AddressPatterns, text: &str) -> bool {
    patterns.is_match(&Email::new(text))
}
