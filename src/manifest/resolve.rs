//! [`Manifest`] → [`Desired`]: checked as a whole, and freed of everything that is only notation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::manifest::check::{duplicates, grants};
use crate::manifest::findings::dedup;
use crate::manifest::syntax::manifest;
use crate::manifest::syntax::manifest::{
    Entries, Manifest, PruneAction, PruneMembers, PruneTenants, Text, WrittenRule,
};
use crate::manifest::{Finding, Findings, ManifestError, check};
use crate::model::{
    DataEntries, Desired, Email, Field, Guards, Handle, Invite, Origin, Presence, Prune,
    PruneUsers, RoleName, RoleSet, Sources, Spanned, TenantEntry, TenantId, UserEntry, UserId,
    UserPin, UserUuid, Wanted, look_alike_form,
};

/// Checks a manifest as a whole. `findings` are those of the earlier stages.
///
/// # Errors
/// All findings, where at least one is an error.
pub(crate) fn resolve(
    mut manifest: Manifest,
    sources: Sources,
    mut findings: Vec<Finding>,
) -> Result<(Desired, Findings), Findings> {
    duplicates::check_duplicates(&mut manifest, &mut findings);
    check::all(&manifest, &mut findings);
    let is_right = !findings.iter().any(Finding::is_error);
    if is_right && manifest.workspace.is_none() && manifest.mode.is_none() {
        findings.push(Finding::new(ManifestError::NoWorkspace, Origin::default()));
    }
    let findings = Findings::new(dedup::once(findings), sources);
    if findings.errors() > 0 {
        return Err(findings);
    }
    let desired = desired(manifest, findings.sources.clone());
    Ok((desired, findings))
}

fn desired(manifest: Manifest, sources: Sources) -> Desired {
    let mut by_others = grants::by_others(&manifest);
    let sensitive = sensitive(&manifest);
    let users = manifest.users.0.into_iter().map(|(email, entry)| {
        let entry = user(&email, *entry);
        (entry.email.value.clone(), Box::new(entry))
    });
    // A list first: a map that is made at once is made faster than one that grows.
    let mut users: Vec<(Email, Box<UserEntry>)> = users.collect();
    for (email, entry) in &mut users {
        if let Some((_, grants)) = by_others.remove(email) {
            grants::unite(&mut entry.grants, grants);
        }
    }
    // Whom only a group or a tenant's members name has an entry that manages nothing but these roles.
    users.extend(by_others.into_values().map(|(email, grants)| {
        let address = email.with(Arc::from(email.value.as_str()));
        let entry = UserEntry {
            mentioned_only: true,
            fields: Wanted::default(),
            grants,
            ..user(&address, manifest::User::default())
        };
        (email.value, Box::new(entry))
    }));
    let prune = manifest
        .prune
        .map(|prune| crate::manifest::resolve::prune(prune, &manifest.tenants))
        .unwrap_or_default();
    Desired {
        sensitive,
        workspace: manifest
            .workspace
            .map(|text| text.with(TenantId::new(Arc::clone(&text.value)))),
        mode: manifest.mode,
        vocabulary: manifest.roles.map(|roles| {
            roles
                .0
                .iter()
                .map(|role| RoleName::new(Arc::clone(&role.value)))
                .collect()
        }),
        tenants: manifest
            .tenants
            .0
            .into_iter()
            .map(|(handle, entry)| {
                (
                    Handle::new(Arc::clone(&handle.value)),
                    tenant(&handle, entry),
                )
            })
            .collect(),
        users: users.into_iter().collect(),
        groups: manifest
            .groups
            .0
            .iter()
            .map(|(name, _)| Arc::clone(&name.value))
            .collect(),
        prune,
        guards: manifest.guards.map(guards).unwrap_or_default(),
        rules: manifest
            .rules
            .into_iter()
            .filter_map(WrittenRule::rule)
            .collect(),
        now: None,
        ended: Vec::new(),
        restricted: BTreeMap::new(),
        sources,
    }
}

/// The roles whose grants need review. Where a role is said to be both, it is sensitive; and so is one that looks like a sensitive
/// one, unless the manifest says that it is not.
fn sensitive(manifest: &Manifest) -> RoleSet {
    let written = &manifest.sensitive;
    let is_said = |name: &str| written.iter().any(|(role, _)| &*role.value == name);
    let built_in = RoleName::SENSITIVE.into_iter();
    let built_in = built_in.filter(|name| !is_said(name)).map(RoleName::new);
    let marked = written
        .iter()
        .filter(|(_, is_sensitive)| *is_sensitive)
        .map(|(role, _)| RoleName::new(Arc::clone(&role.value)));
    let sensitive: RoleSet = built_in.chain(marked).collect();
    let forms: BTreeSet<String> = sensitive
        .iter()
        .map(|role| look_alike_form(role.as_str()))
        .collect();
    let look_alikes = check::role::names(manifest)
        .into_iter()
        .filter(|name| !is_said(name) && forms.contains(&look_alike_form(name)))
        .map(RoleName::new);
    look_alikes.chain(sensitive.iter().cloned()).collect()
}

fn guards(guards: manifest::Guards) -> Guards {
    Guards {
        max_deletes: guards.max_deletes.map(|limit| limit.value),
        max_role_removals: guards.max_role_removals.map(|limit| limit.value),
        keep_holders: guards.keep_holders.map(|map| {
            map.0
                .into_iter()
                .map(|(role, count)| (RoleName::new(role.value), count.value))
                .collect()
        }),
        max_address_changes: guards.max_address_changes.map(|limit| limit.value),
        protect: guards.protect,
        and_built_in: false,
    }
}

fn prune(prune: manifest::Prune, tenants: &Entries<manifest::Tenant>) -> Prune {
    let handle = |text: &Text| Handle::new(Arc::clone(&text.value));
    let present = tenants.0.iter().filter(|(_, tenant)| !tenant.is_absent());
    Prune {
        users: prune.users.map(|users| PruneUsers {
            patterns: users.email,
            lock: users
                .action
                .is_some_and(|action| action.value == PruneAction::Lock),
        }),
        tenants: prune
            .tenants
            .filter(|tenants| tenants.value != PruneTenants::None)
            .map(|tenants| (tenants.origin, tenants.value == PruneTenants::Tree)),
        members: match prune.members {
            None => BTreeMap::new(),
            Some(PruneMembers::All(all)) => present
                .map(|(text, _)| (handle(text), all.origin))
                .collect(),
            Some(PruneMembers::Some(handles)) => handles
                .iter()
                .map(|text| (handle(text), text.origin))
                .collect(),
        },
    }
}

fn tenant(handle: &Text, entry: manifest::Tenant) -> TenantEntry {
    let fields = entry.fields();
    TenantEntry {
        handle: handle.with(Handle::new(Arc::clone(&handle.value))),
        presence: presence(entry.state.as_ref()),
        pin: entry
            .tenant_id
            .map(|id| id.with(TenantId::new(Arc::clone(&id.value)))),
        fields,
        parent: entry
            .parent
            .map(|parent| parent.with(Handle::new(Arc::clone(&parent.value)))),
        renamed_from: entry.renamed_from,
        is_new: false,
        data: data(entry.data),
    }
}

fn user(email: &Text, entry: manifest::User) -> UserEntry {
    let grants = grants::own(&entry);
    let everywhere = entry.tenants.0.iter();
    let mut everywhere = everywhere.filter(|(handle, _)| &*handle.value == grants::ALL_TENANTS);
    let everywhere = everywhere.next().map(|(handle, _)| handle.origin);
    let fields = entry.fields(email);
    let by_id = entry
        .user_id
        .map(|id| id.with(UserPin::Id(UserId(id.value))));
    let by_uuid = entry
        .user_uuid
        .map(|id| id.with(UserPin::Uuid(UserUuid::new(Arc::clone(&id.value)))));
    UserEntry {
        email: email.with(Email::new(Arc::clone(&email.value))),
        presence: presence(entry.state.as_ref()),
        mentioned_only: false,
        pin: by_id.or(by_uuid),
        renamed_from: entry
            .renamed_from
            .map(|email| email.with(Email::new(Arc::clone(&email.value)))),
        is_new: false,
        invite: entry.invite.map(invite),
        fields,
        data: data(entry.data),
        grants,
        everywhere,
        is_over: false,
    }
}

fn presence(state: Option<&Spanned<Presence>>) -> Presence {
    state.map_or(Presence::Present, |state| state.value)
}

fn invite(entry: manifest::Invite) -> Invite {
    Invite {
        kind: entry.kind,
        duration: entry.duration.map(|text| text.value),
    }
}

fn data(field: Field<Entries<Spanned<serde_json::Value>>>) -> Field<DataEntries> {
    field.map(|entries| {
        entries
            .0
            .into_iter()
            .map(|(key, value)| (key.value, value))
            .collect()
    })
}
