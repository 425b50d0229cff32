//! What became of `renamedFrom`.

use std::collections::HashSet;
use std::sync::Arc;

use super::change::{Address, Warning};
use super::matching::Matches;
use crate::model::{Desired, Email, Live, Origin};

/// Warns of renames that are done, and of those that never were: the record with the new name is there, and so is one
/// with the old name, which then keeps its roles unmanaged.
pub(super) fn warnings(desired: &Desired, live: &Live, matches: &Matches<'_>) -> Vec<Warning> {
    let emails: HashSet<&Email> = live
        .users
        .values()
        .filter_map(|user| user.email.as_ref())
        .collect();
    let names: HashSet<&str> = live.tenants.values().map(|tenant| &*tenant.name).collect();
    let warning = |address: Address, previous: &str, still_there: bool, origin: Origin| {
        let place = desired.sources.place(origin);
        if still_there {
            Warning::BothNames {
                address,
                previous: Arc::from(previous),
                place,
            }
        } else {
            Warning::RenameDone { address, place }
        }
    };
    let tenants = desired.tenants.iter().filter_map(|(handle, entry)| {
        let (previous, name) = (entry.renamed_from.as_ref()?, entry.name.as_ref()?);
        let renamed = matches.tenants.get(handle)?.name == name.value;
        renamed.then(|| {
            warning(
                Address::Tenant(handle.clone()),
                &previous.value,
                names.contains(&*previous.value),
                previous.origin,
            )
        })
    });
    let users = desired.users.iter().filter_map(|(email, entry)| {
        let previous = entry.renamed_from.as_ref()?;
        let renamed = matches.users.get(email)?.email.as_ref() == Some(email);
        let still_there =
            emails.contains(&previous.value) && !desired.users.contains_key(&previous.value);
        renamed.then(|| {
            warning(
                Address::User(email.clone()),
                previous.value.as_str(),
                still_there,
                previous.origin,
            )
        })
    });
    tenants.chain(users).collect()
}
