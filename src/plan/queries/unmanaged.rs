//! What the workspace has and the manifest does not mention: how much, and each where that is asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{
    Count, Desired, Email, Handle, Hidden, Live, LiveTenant, LiveUser, Presence, RoleSet, Scope,
    TenantId, UserUuid,
};
use crate::plan::draft::records::Input;
use crate::plan::matching::matches;
use crate::plan::{Address, Person, TenantRef};

/// What the workspace has and the manifest does not mention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Unmanaged {
    /// How many users. Where not all were read, the server's own number of users counts, if it told one.
    pub users: Count,
    /// How many tenants.
    pub tenants: Count,
    /// Each of them, and the roles of managed users in scopes that the manifest does not mention. Left out unless it was
    /// asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub list: Vec<Unmentioned>,
}

/// A user, a tenant or a set of roles that the manifest does not mention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Unmentioned {
    /// What `ufsync pull --adopt` calls it.
    pub address: Address,
    /// The name of a tenant, or of the tenant that roles are in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// The roles that are held.
    #[serde(default, skip_serializing_if = "RoleSet::is_empty")]
    pub roles: RoleSet,
    /// The file whose entries are most like it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// Counts what the manifest does not mention, and lists it where all users and tenants were read.
pub(crate) fn unmanaged(input: Input<'_>, lists: bool) -> Unmanaged {
    let Input { live, matches, .. } = input;
    let managed_users = matches.found().count();
    let users = match live.users.total() {
        Count::AtLeast(seen) if live.claimed_users > seen => Count::Exactly(live.claimed_users),
        total => total,
    };
    let tenants = match live.tenants.total() {
        Count::Exactly(_) if live.hidden != Hidden::Nothing => {
            Count::AtLeast(live.tenants.found().count())
        }
        total => total,
    };
    Unmanaged {
        users: users.less(managed_users),
        tenants: tenants.less(matches.tenants.len()),
        list: if lists { list(input) } else { Vec::new() },
    }
}

/// What the manifest calls the tenants that exist.
pub(crate) fn handles(desired: &Desired, live: &Live) -> BTreeMap<TenantId, Handle> {
    matches(desired, live).0.handles()
}

/// The same, and the entries of the users who exist.
pub(crate) fn matched(
    desired: &Desired,
    live: &Live,
) -> (BTreeMap<TenantId, Handle>, BTreeMap<UserUuid, Email>) {
    let (matches, _) = matches(desired, live);
    let found = matches.found();
    let entries = found.map(|(email, user)| (user.uuid.clone(), email.clone()));
    (matches.handles(), entries.collect())
}

/// In the order of the addresses.
fn list(input: Input<'_>) -> Vec<Unmentioned> {
    let Input {
        desired,
        live,
        matches,
    } = input;
    let handles = matches.handles();
    let files = Files::of(desired);
    let mut list = Vec::new();
    let tenants = live.tenants.found();
    list.extend(
        tenants
            .filter(|tenant| !handles.contains_key(&tenant.id))
            .map(|tenant| Unmentioned {
                address: Address::TenantById(tenant.id.clone()),
                name: tenant.called(),
                roles: RoleSet::new(),
                file: files.tenants.clone(),
            }),
    );
    let managed: BTreeSet<&UserUuid> = matches.found().map(|(_, user)| &user.uuid).collect();
    let users = live.users.found();
    let users = users.filter(|user| !managed.contains(&user.uuid));
    list.extend(users.map(|user| Unmentioned {
        address: Address::User(Input::person(user)),
        name: None,
        roles: user.grants.values().flatten().cloned().collect(),
        file: files.of_user(user),
    }));
    for (email, user) in matches.found() {
        let Some(entry) = desired.users.get(email) else {
            continue;
        };
        if entry.presence == Presence::Absent {
            continue;
        }
        for (scope, roles) in user.grants.iter().filter(|(_, roles)| !roles.is_empty()) {
            let tenant = scope.tenant().map(|id| live.tenants.get(id));
            let scope = match scope {
                Scope::Workspace => Scope::Workspace,
                Scope::Tenant(id) => Scope::Tenant(TenantRef::of(id, handles.get(id))),
            };
            let is_managed = |known: &Scope<Handle>| known.clone().map(TenantRef::Handle) == scope;
            if entry.grants.iter().any(|(known, _)| is_managed(known)) {
                continue;
            }
            list.push(Unmentioned {
                address: Address::roles(Person::Email(email.clone()), scope),
                name: tenant.flatten().and_then(LiveTenant::called),
                roles: roles.clone(),
                file: desired
                    .sources
                    .place(entry.email.origin)
                    .map(|place| place.file.to_string()),
            });
        }
    }
    list.sort_by(|one, two| one.address.cmp(&two.address));
    list
}

/// Which files hold what, so that what is new can go to its like.
struct Files {
    tenants: Option<String>,
    users: Option<String>,
    by_domain: BTreeMap<String, String>,
}

impl Files {
    fn of(desired: &Desired) -> Self {
        let file = |origin| Some(desired.sources.place(origin)?.file.to_string());
        let mut tenants: BTreeMap<String, usize> = BTreeMap::new();
        for file in desired
            .tenants
            .values()
            .filter_map(|it| file(it.handle.origin))
        {
            *tenants.entry(file).or_default() += 1;
        }
        let mut users: BTreeMap<String, usize> = BTreeMap::new();
        let mut domains: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        let entries = desired.users.iter().filter(|(_, it)| !it.mentioned_only);
        for (email, entry) in entries {
            let Some(file) = file(entry.email.origin) else {
                continue;
            };
            let domain = domains.entry(domain(email).to_owned()).or_default();
            *domain.entry(file.clone()).or_default() += 1;
            *users.entry(file).or_default() += 1;
        }
        let by_domain = domains.into_iter();
        Self {
            tenants: most(tenants),
            users: most(users),
            by_domain: by_domain
                .filter_map(|(domain, files)| Some((domain, most(files)?)))
                .collect(),
        }
    }

    fn of_user(&self, user: &LiveUser) -> Option<String> {
        let email = user.email();
        let alike = email.and_then(|email| self.by_domain.get(domain(&email)).cloned());
        alike.or_else(|| self.users.clone())
    }
}

/// The file with most entries; of several the first.
fn most(files: BTreeMap<String, usize>) -> Option<String> {
    let mut files: Vec<(String, usize)> = files.into_iter().collect();
    files.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    files.into_iter().next().map(|(file, _)| file)
}

fn domain(email: &Email) -> &str {
    email
        .as_str()
        .rsplit_once('@')
        .map_or("", |(_, domain)| domain)
}
