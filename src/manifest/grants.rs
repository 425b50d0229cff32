//! Who is given which roles where: by their own entry, by a tenant's members, and by groups.
//!
//! A person's roles in a scope are the union of all that grants them; a scope that anything mentions is managed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::syntax::{Manifest, Roles, Text, User};
use crate::model::{Email, Grant, GrantedRole, Handle, RoleName, Scope, Spanned, Via};

/// Stands for every tenant of the manifest.
pub(super) const ALL_TENANTS: &str = "*";

/// One person's grants, ordered by scope.
pub(super) type Grants = Vec<(Scope<Handle>, Grant)>;

/// What a person's own entry grants.
pub(super) fn own(user: &User) -> Grants {
    let mut grants = Grants::new();
    if let Some(roles) = &user.roles {
        add(&mut grants, Scope::Workspace, roles, &Via::Entry);
    }
    for (handle, roles) in &user.tenants.0 {
        let scope = Scope::Tenant(Handle::new(Arc::clone(&handle.value)));
        add(&mut grants, scope, roles, &Via::Entry);
    }
    united(grants)
}

/// Adds what others grant to what a user's own entry does.
pub(super) fn unite(own: &mut Grants, others: Grants) {
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
        }
        is_same
    });
    grants
}

/// What members and groups grant, by person.
pub(super) fn by_others(manifest: &Manifest) -> People {
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
    for (name, group) in &manifest.groups.0 {
        let via = Via::Group(Arc::clone(&name.value));
        for email in &group.users {
            let person = of(&mut people, email);
            if let Some(roles) = &group.roles {
                add(person, Scope::Workspace, roles, &via);
            }
            let (all, named): (Vec<_>, Vec<_>) = group
                .tenants
                .0
                .iter()
                .partition(|(handle, _)| &*handle.value == ALL_TENANTS);
            for (_, roles) in all {
                for handle in &every {
                    add(
                        person,
                        Scope::Tenant(Handle::new(Arc::clone(&handle.value))),
                        roles,
                        &via,
                    );
                }
            }
            for (handle, roles) in named {
                add(
                    person,
                    Scope::Tenant(Handle::new(Arc::clone(&handle.value))),
                    roles,
                    &via,
                );
            }
        }
    }
    for (_, grants) in people.values_mut() {
        *grants = united(std::mem::take(grants));
    }
    people
}

/// Grants by person, each with the first spelling of their address.
pub(super) type People = BTreeMap<Email, (Spanned<Email>, Grants)>;

fn of<'p>(people: &'p mut People, email: &Text) -> &'p mut Grants {
    let key = Email::new(Arc::clone(&email.value));
    let first = email.with(key.clone());
    &mut people
        .entry(key)
        .or_insert_with(|| (first, Grants::new()))
        .1
}

fn add(person: &mut Grants, scope: Scope<Handle>, roles: &Spanned<Roles>, via: &Via) {
    let granted = roles.value.0.iter().map(|role| GrantedRole {
        role: RoleName::new(Arc::clone(&role.value)),
        origin: role.origin,
        via: via.clone(),
    });
    let grant = Grant {
        origin: roles.origin,
        roles: granted.collect(),
    };
    person.push((scope, grant));
}
