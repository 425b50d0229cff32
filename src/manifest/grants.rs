//! Who is given which roles where: by their own entry, by a tenant's members, and by groups.
//!
//! A person's roles in a scope are the union of all that grants them; a scope that anything mentions is managed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::syntax::{Entries, Manifest, Roles, Text};
use crate::model::{Email, Grant, GrantedRole, Handle, RoleName, ScopeRef, Spanned, Via};

/// Stands for every tenant of the manifest.
pub(super) const ALL_TENANTS: &str = "*";

type Grants = Vec<(ScopeRef, Grant)>;

/// Collects all grants, by person.
pub(super) fn collect(manifest: &Manifest) -> Vec<(Spanned<Email>, Grants)> {
    let mut people = People::new();
    for (email, user) in &manifest.users.0 {
        let person = of(&mut people, email);
        if let Some(roles) = &user.roles {
            add(person, ScopeRef::Workspace, roles, &Via::Entry);
        }
        add_tenants(person, &user.tenants, &Via::Entry);
    }
    for (handle, tenant) in &manifest.tenants.0 {
        let scope = ScopeRef::Tenant(Handle::new(Arc::clone(&handle.value)));
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
                add(person, ScopeRef::Workspace, roles, &via);
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
                        ScopeRef::Tenant(Handle::new(Arc::clone(&handle.value))),
                        roles,
                        &via,
                    );
                }
            }
            for (handle, roles) in named {
                add(
                    person,
                    ScopeRef::Tenant(Handle::new(Arc::clone(&handle.value))),
                    roles,
                    &via,
                );
            }
        }
    }
    people.into_values().collect()
}

/// Grants by person, each with the first spelling of their address.
type People = BTreeMap<Email, (Spanned<Email>, Grants)>;

fn of<'p>(people: &'p mut People, email: &Text) -> &'p mut Grants {
    let key = Email::new(Arc::clone(&email.value));
    let first = email.with(key.clone());
    &mut people
        .entry(key)
        .or_insert_with(|| (first, Grants::new()))
        .1
}

fn add_tenants(person: &mut Grants, tenants: &Entries<Spanned<Roles>>, via: &Via) {
    for (handle, roles) in &tenants.0 {
        add(
            person,
            ScopeRef::Tenant(Handle::new(Arc::clone(&handle.value))),
            roles,
            via,
        );
    }
}

fn add(person: &mut Grants, scope: ScopeRef, roles: &Spanned<Roles>, via: &Via) {
    let granted = roles.value.0.iter().map(|role| GrantedRole {
        role: RoleName::new(Arc::clone(&role.value)),
        origin: role.origin,
        via: via.clone(),
    });
    match person.binary_search_by(|(known, _)| known.cmp(&scope)) {
        Ok(index) => person
            .iter_mut()
            .skip(index)
            .take(1)
            .for_each(|(_, grant)| grant.roles.extend(granted.clone())),
        Err(index) => person.insert(
            index,
            (
                scope,
                Grant {
                    origin: roles.origin,
                    roles: granted.collect(),
                },
            ),
        ),
    }
}
