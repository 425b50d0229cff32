//! What became of `renamedFrom`, and renames that nobody declared.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::change::{Action, Address, Person, Suspect, TenantTarget};
use super::draft::Draft;
use super::matching::Matches;
use super::{Warning, WarningKind};
use crate::model::{
    Desired, Email, Live, LiveUser, Origin, RoleSet, Scope, ScopeRef, UserEntry, UserId,
};

/// Warns of renames that are done, and of those that never were: the record with the new name is there, and so is one
/// with the old name, which then keeps its roles unmanaged.
pub(super) fn warnings(desired: &Desired, live: &Live, matches: &Matches<'_>) -> Vec<Warning> {
    let renames = desired
        .users
        .values()
        .any(|user| user.renamed_from.is_some())
        || desired
            .tenants
            .values()
            .any(|tenant| tenant.renamed_from.is_some());
    if !renames {
        return Vec::new();
    }
    let emails: HashSet<&Email> = live
        .users
        .values()
        .filter_map(|user| user.email.as_ref())
        .collect();
    let names: HashSet<&str> = live.tenants.values().map(|tenant| &*tenant.name).collect();
    let taken: HashSet<&str> = matches
        .tenants
        .values()
        .map(|tenant| &*tenant.name)
        .collect();
    let warning = |address: Address, previous: &str, still_there: bool, origin: Origin| {
        let place = desired.sources.place(origin);
        let (kind, message) = if still_there {
            (
                WarningKind::BothNames,
                format!(
                    "{address} exists, and so does {previous}, its name of old: two records, of which the second is not managed"
                ),
            )
        } else {
            (
                WarningKind::RenameDone,
                format!("{address} has been renamed: `renamedFrom` can be removed"),
            )
        };
        Warning {
            kind,
            message,
            place,
        }
    };
    let tenants = desired.tenants.iter().filter_map(|(handle, entry)| {
        let (previous, name) = (entry.renamed_from.as_ref()?, entry.name.as_ref()?);
        let renamed = matches.tenants.get(handle)?.name == name.value;
        renamed.then(|| {
            warning(
                Address::Tenant(handle.clone()),
                &previous.value,
                names.contains(&*previous.value) && !taken.contains(&*previous.value),
                previous.origin,
            )
        })
    });
    let users = desired.users.iter().filter_map(|(email, entry)| {
        let previous = entry.renamed_from.as_ref()?;
        let renamed = matches.user(email)?.email.as_ref() == Some(email);
        let still_there =
            emails.contains(&previous.value) && !desired.users.contains_key(&previous.value);
        renamed.then(|| {
            warning(
                Address::User(Person::Email(email.clone())),
                previous.value.as_str(),
                still_there,
                previous.origin,
            )
        })
    });
    tenants.chain(users).collect()
}

/// Of more pairs than this, only those that share a name or most of an address are compared.
const MOST_PAIRS: usize = 100_000;

/// Pairs of somebody who is removed and somebody who is created that look like one person with a new address: deleting
/// the record would lose its id, its password and its history.
pub(super) fn suspects(draft: &Draft<'_>) -> Vec<Suspect> {
    let (mut removed, mut created): (Vec<&LiveUser>, Vec<&UserEntry>) = (Vec::new(), Vec::new());
    for step in &draft.steps {
        match (&step.action, &step.address) {
            (Action::DeleteUser { id, .. } | Action::LockUser { id, .. }, _) => {
                removed.extend(draft.live.users.get(id));
            }
            (
                Action::CreateUser { .. } | Action::InviteUser { .. },
                Address::User(Person::Email(email)),
            ) => created.extend(draft.desired.users.get(email).map(|entry| &**entry)),
            _ => {}
        }
    }
    let pairs = removed.len().saturating_mul(created.len());
    let index = (pairs > MOST_PAIRS).then(|| Alike::of(&removed));
    let mut found = Vec::new();
    for entry in &created {
        let candidates = index
            .as_ref()
            .map_or_else(|| removed.clone(), |index| index.candidates(entry));
        for user in candidates {
            let Some(email) = &user.email else { continue };
            let in_common = in_common(draft, entry, user, email);
            if !in_common.is_empty() {
                let place = draft.desired.sources.place(entry.email.origin);
                found.push(Suspect {
                    removed: email.clone(),
                    created: entry.email.value.clone(),
                    place,
                    in_common: in_common.into_iter().map(str::to_owned).collect(),
                });
            }
        }
    }
    found
}

/// The removed by what somebody else could share with them: in a large plan not every pair can be compared.
struct Alike<'l>(HashMap<String, Vec<&'l LiveUser>>);

impl<'l> Alike<'l> {
    fn of(removed: &[&'l LiveUser]) -> Self {
        let mut index: HashMap<String, Vec<&LiveUser>> = HashMap::new();
        for user in removed {
            let texts = user
                .name
                .iter()
                .chain(&user.username)
                .map(|text| text.to_lowercase());
            let name = user.email.iter().map(|email| parts(email).0);
            for key in texts.chain(name) {
                index.entry(key).or_default().push(user);
            }
        }
        Self(index)
    }

    fn candidates(&self, entry: &UserEntry) -> Vec<&'l LiveUser> {
        let texts = entry
            .name
            .value()
            .into_iter()
            .chain(entry.username.value())
            .map(|text| text.value.to_lowercase());
        let keys = texts.chain([parts(&entry.email.value).0]);
        // Whoever shares two things is one candidate.
        let found: BTreeMap<UserId, &LiveUser> = keys
            .filter_map(|key| self.0.get(&key))
            .flatten()
            .map(|user| (user.id, *user))
            .collect();
        found.into_values().collect()
    }
}

fn in_common(
    draft: &Draft<'_>,
    entry: &UserEntry,
    user: &LiveUser,
    email: &Email,
) -> Vec<&'static str> {
    let same = |wanted: Option<&Arc<str>>, live: Option<&Arc<str>>| {
        wanted.is_some_and(|wanted| {
            !wanted.is_empty()
                && live.is_some_and(|live| wanted.to_lowercase() == live.to_lowercase())
        })
    };
    let (new_name, new_domain) = parts(&entry.email.value);
    let (old_name, old_domain) = parts(email);
    let spelling = |a: &str, b: &str| {
        a.len().min(b.len()) > 3 && a.len().max(b.len()) <= 64 && strsim::osa_distance(a, b) <= 2
    };
    let tests = [
        (
            "the username",
            same(
                entry.username.value().map(|text| &text.value),
                user.username.as_ref(),
            ),
        ),
        (
            "the name",
            same(
                entry.name.value().map(|text| &text.value),
                user.name.as_ref(),
            ),
        ),
        ("all roles", same_grants(draft, entry, user)),
        (
            "the address up to the domain",
            new_name == old_name && new_domain != old_domain,
        ),
        (
            "the address but for its spelling",
            new_domain == old_domain && spelling(&new_name, &old_name),
        ),
    ];
    tests
        .into_iter()
        .filter(|(_, holds)| *holds)
        .map(|(what, _)| what)
        .collect()
}

/// The two halves of an address, in small letters.
fn parts(email: &Email) -> (String, String) {
    let folded = email.as_str().to_ascii_lowercase();
    let (name, domain) = folded.rsplit_once('@').unwrap_or((&folded, ""));
    (name.to_owned(), domain.to_owned())
}

/// Whether somebody gets, in more than one scope, exactly what somebody else held. One scope alone says little: half a
/// company may hold one role.
fn same_grants(draft: &Draft<'_>, entry: &UserEntry, user: &LiveUser) -> bool {
    let wanted: BTreeMap<Scope, RoleSet> = entry
        .grants
        .iter()
        .filter_map(|(scope, grant)| {
            let scope = match scope {
                ScopeRef::Workspace => Scope::Workspace,
                ScopeRef::Tenant(handle) => match draft.tenant_target(handle)? {
                    TenantTarget::Live(id) => Scope::Tenant(id),
                    TenantTarget::CreatedBy(_) => return None,
                },
            };
            Some((scope, grant.role_set())).filter(|(_, roles)| !roles.is_empty())
        })
        .collect();
    wanted.len() > 1 && wanted == *user.grants
}
