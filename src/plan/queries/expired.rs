//! Grants that end soon, and those that have ended. In: a manifest, worked out for a moment. Out: for each what a reviewer sees.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Desired, Email, Handle, Origin, Place, RoleName, RoleSet, Scope, Until};
use crate::plan::{Address, Change, Person, Step};

/// How long before its end a grant is listed.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// A grant that ends soon or has ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ending {
    /// Whether it has ended: then the role is taken, unless something else grants it, and the line can go.
    pub ended: bool,
    /// Whose roles, and where.
    pub address: Address,
    /// The role.
    pub role: RoleName,
    /// The end, as it is written.
    #[schemars(with = "String")]
    pub until: Arc<str>,
    /// Where it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// Of role steps only what takes the roles of grants that have ended: other roles stay as they are held.
pub(crate) fn only_ended(desired: &Desired, steps: Vec<Step>) -> Vec<Step> {
    let mut ended: BTreeMap<Address, RoleSet> = BTreeMap::new();
    for it in &desired.ended {
        let address = Address::roles(Person::Email(it.email.clone()), it.scope.clone());
        let roles = ended.entry(address).or_default();
        roles.insert(it.granted.role.clone());
    }
    let steps = steps.into_iter().filter_map(|mut step| {
        let over = ended.get(&step.address)?;
        let Change::Roles {
            before,
            after,
            either,
            granted_by,
            ..
        } = &mut step.change
        else {
            return None;
        };
        let goes = |role: &RoleName| over.contains(role) && !after.contains(role);
        if !before.iter().any(goes) {
            return None;
        }
        // What may be held only above, and is not granted here, is not written as the user's own.
        let stays =
            |role: &&RoleName| !goes(role) && (!either.contains(*role) || after.contains(*role));
        *after = before.iter().filter(stays).cloned().collect();
        granted_by.clear();
        step.ends = None;
        Some(step)
    });
    steps.collect()
}

/// The grants that have ended, and those that end soon, in the order of the addresses.
pub(crate) fn endings(desired: &Desired) -> Vec<Ending> {
    let ending = |ended,
                  email: &Email,
                  scope: &Scope<Handle>,
                  role: &RoleName,
                  until: &Until,
                  origin: Origin| Ending {
        ended,
        address: Address::roles(Person::Email(email.clone()), scope.clone()),
        role: role.clone(),
        until: Arc::clone(&until.written),
        place: desired.sources.place(origin),
    };
    let over = desired.ended.iter().filter_map(|it| {
        let until = it.granted.until.as_ref()?;
        Some(ending(
            true,
            &it.email,
            &it.scope,
            &it.granted.role,
            &until.value,
            until.origin,
        ))
    });
    let mut all: Vec<Ending> = over.collect();
    if let Some(now) = desired.now {
        for (email, entry) in &desired.users {
            for (scope, grant) in &entry.grants {
                for granted in grant.roles.iter().filter(|granted| granted.until.is_some()) {
                    // Another grant of the role may last longer.
                    let Some(until) = entry.until(scope, &granted.role) else {
                        continue;
                    };
                    if until.end.duration_since(now) <= SOON {
                        let origin = granted
                            .until
                            .as_ref()
                            .map_or(granted.origin, |it| it.origin);
                        all.push(ending(false, email, scope, &granted.role, until, origin));
                    }
                }
            }
        }
    }
    all.sort();
    all
}
