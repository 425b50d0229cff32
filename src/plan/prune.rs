//! What is removed because the manifest does not mention it: users by address, tenants, and members of tenants.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::change::{Action, Address, Person, RoleScope, Step, TenantTarget, UserTarget};
use super::draft::{Draft, Policy};
use super::{Conflict, Why};
use crate::model::{
    Desired, Email, Finding, Handle, LiveTenant, LiveUser, Origin, PruneUsers, RoleSet, Scope,
    ScopeRef, Spanned, TenantId, UserId,
};

/// Refuses patterns that match everybody, unless the command line allows it.
pub(super) fn check(desired: &Desired, policy: &Policy, conflicts: &mut Vec<Finding<Conflict>>) {
    if policy.allow_prune_all {
        return;
    }
    let Some(users) = &desired.prune.users else {
        return;
    };
    // A pattern without a letter or a digit has nothing that an address could lack. Classes and several patterns can add
    // up to the same, so addresses that have nothing in common are tried as well.
    let everybody = |pattern: &Spanned<Arc<str>>| !pattern.value.chars().any(char::is_alphanumeric);
    let together = patterns(users);
    let strangers = [
        "a@b.example",
        "zoe.quist@mail.zz",
        "7x@9y.io",
        "k@w.de",
        "firstname_lastname+tag@sub.domain.museum",
    ];
    let offending = users
        .patterns
        .iter()
        .find(|pattern| everybody(pattern))
        .or_else(|| {
            users
                .patterns
                .first()
                .filter(|_| strangers.iter().all(|stranger| together.is_match(stranger)))
        });
    if let Some(pattern) = offending {
        conflicts.push(Finding::new(
            Conflict::PruneAll {
                pattern: pattern.value.as_ref().to_owned(),
            },
            pattern.origin,
        ));
    }
}

/// Adds the removals.
pub(super) fn plan(draft: &mut Draft<'_>) {
    let desired = draft.desired;
    if let Some(users) = &desired.prune.users {
        prune_users(draft, users);
    }
    if let Some(origin) = desired.prune.tenants {
        prune_tenants(draft, origin);
    }
    prune_members(draft);
}

fn why(draft: &Draft<'_>, origin: Origin) -> Vec<Why> {
    vec![draft.why(origin, Some(Arc::from("prune")))]
}

fn prune_users(draft: &mut Draft<'_>, users: &PruneUsers) {
    let mentioned: BTreeSet<UserId> = draft.matches.found().map(|(_, user)| user.id).collect();
    let patterns = patterns(users);
    let live = draft.live;
    let renamed: BTreeSet<&Email> = draft
        .desired
        .users
        .values()
        .filter_map(|entry| entry.renamed_from.as_ref())
        .map(|email| &email.value)
        .collect();
    let matching = live
        .users
        .values()
        .filter(|user| !mentioned.contains(&user.id));
    for user in matching {
        // Somebody whom an entry names by their old address is mentioned.
        let Some(email) = user.email.as_ref().filter(|email| !renamed.contains(email)) else {
            continue;
        };
        let Some(pattern) = patterns
            .matches(email.as_str())
            .first()
            .and_then(|index| users.patterns.get(*index))
        else {
            continue;
        };
        let (id, last_active_at) = (user.id, user.last_active_at.clone());
        let action = match users.lock {
            true if user.locked => continue,
            true => Action::LockUser { id, last_active_at },
            false => Action::DeleteUser { id, last_active_at },
        };
        let why = why(draft, pattern.origin);
        draft.push(
            Address::User(Person::Email(email.clone())),
            action,
            Vec::new(),
            why,
        );
    }
}

/// The patterns as one matcher. One that can't be read was refused with the manifest, and matches nobody here.
fn patterns(users: &PruneUsers) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in &users.patterns {
        if let Ok(glob) = GlobBuilder::new(&pattern.value)
            .case_insensitive(true)
            .build()
        {
            set.add(glob);
        }
    }
    set.build().unwrap_or_else(|_| GlobSet::empty())
}

fn prune_tenants(draft: &mut Draft<'_>, origin: Origin) {
    let kept: BTreeSet<&TenantId> = draft
        .matches
        .tenants
        .values()
        .map(|tenant| &tenant.id)
        .collect();
    let renamed: BTreeSet<&str> = draft
        .desired
        .tenants
        .values()
        .filter_map(|entry| entry.renamed_from.as_ref())
        .map(|name| &*name.value)
        .collect();
    // Tenants below another tenant are that one's affair; whether they can be seen depends on the server.
    let own = |tenant: &&LiveTenant| {
        tenant
            .parent
            .as_ref()
            .is_none_or(|parent| *parent == draft.live.workspace)
    };
    let unmentioned: Vec<_> = draft
        .live
        .tenants
        .values()
        .filter(|tenant| !kept.contains(&tenant.id) && !renamed.contains(&*tenant.name))
        .filter(own)
        .collect();
    for tenant in unmentioned {
        let action = Action::DeleteTenant {
            id: tenant.id.clone(),
            name: tenant.name.clone(),
        };
        let why = why(draft, origin);
        draft.push(
            Address::TenantById(tenant.id.clone()),
            action,
            Vec::new(),
            why,
        );
    }
}

fn prune_members(draft: &mut Draft<'_>) {
    let desired = draft.desired;
    if desired.prune.members.is_empty() {
        return;
    }
    let deleted = |step: &Step| match step.action {
        Action::DeleteUser { id, .. } => Some(id),
        _ => None,
    };
    let deleted: BTreeSet<UserId> = draft.steps.iter().filter_map(deleted).collect();
    let mut managed: BTreeSet<(UserId, &Handle)> = BTreeSet::new();
    for (email, user) in draft.matches.found() {
        let scopes = desired
            .users
            .get(email)
            .into_iter()
            .flat_map(|entry| &entry.grants);
        managed.extend(scopes.filter_map(|(scope, _)| match scope {
            ScopeRef::Tenant(handle) => Some((user.id, handle)),
            ScopeRef::Workspace => None,
        }));
    }
    // Nobody holds a role in a tenant that is only now created.
    let pruned: BTreeMap<TenantId, (&Handle, Origin)> = desired
        .prune
        .members
        .iter()
        .filter_map(|(handle, origin)| match draft.tenant_target(handle)? {
            TenantTarget::Live(id) => Some((id, (handle, *origin))),
            TenantTarget::CreatedBy(_) => None,
        })
        .collect();
    let live = draft.live;
    for user in live
        .users
        .values()
        .filter(|user| !deleted.contains(&user.id))
    {
        for (scope, roles) in &user.grants {
            let Scope::Tenant(tenant) = scope else {
                continue;
            };
            let Some((handle, origin)) = pruned
                .get(tenant)
                .filter(|(handle, _)| !managed.contains(&(user.id, handle)))
            else {
                continue;
            };
            let target = RoleScope::Tenant(TenantTarget::Live(tenant.clone()));
            let action = Action::SetRoles {
                user: UserTarget::Live(user.id),
                scope: target,
                before: roles.clone(),
                after: RoleSet::new(),
                granted_by: BTreeMap::new(),
            };
            let why = why(draft, *origin);
            draft.push(
                Address::TenantRoles(person(user), (*handle).clone()),
                action,
                Vec::new(),
                why,
            );
        }
    }
}

fn person(user: &LiveUser) -> Person {
    user.email
        .clone()
        .map_or(Person::Id(user.id), Person::Email)
}
