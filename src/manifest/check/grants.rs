//! Who is given which roles where: by their own entry, by a tenant's members, and by groups.
//!
//! A person's roles in a scope are the union of all that grants them; a scope that anything mentions is managed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hashbrown::HashMap;

use crate::manifest::syntax::manifest::{Group, Manifest, RoleList, Text, User};
use crate::model::{Email, Grant, GrantedRole, Handle, RoleName, Scope, Spanned, Until, Via};

/// Stands for every tenant of the manifest.
pub(crate) const ALL_TENANTS: &str = "*";

/// One person's grants, ordered by scope.
pub(crate) type Grants = Vec<(Scope<Handle>, Grant)>;

/// What a person's own entry grants.
pub(crate) fn own(user: &User) -> Grants {
    let mut grants = Grants::new();
    if let Some(roles) = &user.roles {
        add(&mut grants, Scope::Workspace, roles, &Via::Entry);
    }
    let named = user.tenants.0.iter();
    for (handle, roles) in named.filter(|(handle, _)| &*handle.value != ALL_TENANTS) {
        let scope = Scope::Tenant(Handle::new(Arc::clone(&handle.value)));
        add(&mut grants, scope, roles, &Via::Entry);
    }
    united(grants)
}

/// Adds what others grant to what a user's own entry does.
pub(crate) fn unite(own: &mut Grants, others: Grants) {
    own.extend(others);
    *own = united(std::mem::take(own));
}

/// One grant for each scope, in the order of the scopes; of several for one scope, the first says where it is mentioned.
fn united(mut grants: Grants) -> Grants {
    if grants.is_sorted_by(|(a, _), (b, _)| a < b) {
        return grants;
    }
    grants.sort_by(|(a, _), (b, _)| a.cmp(b));
    grants.dedup_by(|(scope, grant), (known, first)| {
        let is_same = scope == known;
        if is_same {
            first.roles.append(&mut grant.roles);
            if first.sources.is_empty() {
                first.sources.push((first.origin, first.at_least));
            }
            if grant.sources.is_empty() {
                first.sources.push((grant.origin, grant.at_least));
            }
            first.sources.append(&mut grant.sources);
            // The whole set, unless everything that grants says at least.
            first.at_least &= grant.at_least;
        }
        is_same
    });
    grants
}

/// What members and groups grant, by person.
pub(crate) fn by_others(manifest: &Manifest) -> People {
    let mut people = People::new();
    for (handle, tenant) in &manifest.tenants.0 {
        let scope = Scope::Tenant(Handle::new(Arc::clone(&handle.value)));
        for (email, roles) in &tenant.members.0 {
            add(of(&mut people, email), scope.clone(), roles, &Via::Members);
        }
    }
    let present = manifest
        .tenants
        .0
        .iter()
        .filter(|(_, tenant)| !tenant.is_absent());
    let every: Vec<&Text> = present.map(|(handle, _)| handle).collect();
    let groups = groups(manifest);
    for (name, group) in &manifest.groups.0 {
        for (email, until) in members(&groups, &name.value) {
            let person = of(&mut people, email);
            let via = Via::Group(Arc::clone(&name.value), email.origin);
            let mut grant = |scope, roles| add_until(person, scope, roles, &via, until);
            if let Some(roles) = &group.roles {
                grant(Scope::Workspace, roles);
            }
            let (all, named): (Vec<_>, Vec<_>) = group
                .tenants
                .0
                .iter()
                .partition(|(handle, _)| &*handle.value == ALL_TENANTS);
            let all = all.into_iter();
            let all = all.flat_map(|(_, roles)| every.iter().map(move |handle| (*handle, roles)));
            let named = named.into_iter().map(|(handle, roles)| (handle, roles));
            for (handle, roles) in all.chain(named) {
                grant(Scope::Tenant(Handle::new(Arc::clone(&handle.value))), roles);
            }
        }
    }
    for (_, grants) in people.values_mut() {
        *grants = united(std::mem::take(grants));
    }
    people
}

/// Grants by person, each with the first spelling of their address.
pub(crate) type People = BTreeMap<Email, (Spanned<Email>, Grants)>;

fn of<'p>(people: &'p mut People, email: &Text) -> &'p mut Grants {
    let key = Email::new(Arc::clone(&email.value));
    let first = email.with(key.clone());
    &mut people
        .entry(key)
        .or_insert_with(|| (first, Grants::new()))
        .1
}

pub(crate) type Groups<'m> = BTreeMap<&'m str, &'m Group>;

pub(crate) fn groups(manifest: &Manifest) -> Groups<'_> {
    let groups = manifest.groups.0.iter();
    groups.map(|(name, group)| (&*name.value, group)).collect()
}

/// A group and all that are in it, on every level, each once.
pub(crate) fn below<'m>(groups: &Groups<'m>, name: &'m str) -> BTreeSet<&'m str> {
    let mut found = BTreeSet::from([name]);
    let mut open = vec![name];
    while let Some(group) = open.pop().and_then(|name| groups.get(name)) {
        for inner in &group.groups {
            if found.insert(&inner.value) {
                open.push(&inner.value);
            }
        }
    }
    found
}

/// The people of a group and of those that are in it, each with when that ends: of several memberships the latest.
fn members<'m>(groups: &Groups<'m>, name: &'m str) -> Vec<(&'m Text, Option<&'m Spanned<Until>>)> {
    let all = below(groups, name).into_iter();
    let users = all
        .filter_map(|name| groups.get(name))
        .flat_map(|group| &group.users);
    let mut members: Vec<(&Text, Option<&Spanned<Until>>)> = Vec::new();
    let mut places: HashMap<Email, usize> = HashMap::new();
    for user in users {
        let until = user.until.as_deref();
        let email = Email::new(Arc::clone(&user.email.value));
        let place = *places.entry(email).or_insert(members.len());
        match members.get_mut(place) {
            None => members.push((&user.email, until)),
            Some((_, known)) => {
                *known = known
                    .zip(until)
                    .map(|(a, b)| if a.value.end < b.value.end { b } else { a });
            }
        }
    }
    members
}

fn add(person: &mut Grants, scope: Scope<Handle>, roles: &Spanned<RoleList>, via: &Via) {
    add_until(person, scope, roles, via, None);
}

/// Adds a grant that ends no later than a membership does.
fn add_until(
    person: &mut Grants,
    scope: Scope<Handle>,
    roles: &Spanned<RoleList>,
    via: &Via,
    membership: Option<&Spanned<Until>>,
) {
    let granted = roles.value.items.iter().map(|item| {
        let ends = item.until.as_deref().into_iter().chain(membership);
        GrantedRole {
            role: RoleName::new(Arc::clone(&item.role.value)),
            origin: item.role.origin,
            via: via.clone(),
            until: ends
                .min_by_key(|until| until.value.end)
                .cloned()
                .map(Box::new),
        }
    });
    let grant = Grant {
        origin: roles.origin,
        roles: granted.collect(),
        at_least: roles.value.at_least,
        ended: Vec::new(),
        sources: Vec::new(),
    };
    person.push((scope, grant));
}
