//! One manifest → several files of one folder.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::manifest::syntax::manifest::{Entries, Manifest, User};

/// How an export is split into files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Split {
    /// One file for each tenant, with its members, and the users who hold roles in this tenant only, as far as the file could have
    /// their entries where `restrictions` are for it: without `identity` and `workspaceRoles`.
    Tenant,
    /// One file for the tenants, one for the users.
    Kind,
}

/// The files by their paths inside the folder. Settings are in `ufsync.yaml`.
pub(crate) fn split(manifest: Manifest, by: Split) -> BTreeMap<String, Manifest> {
    let Manifest {
        version,
        workspace,
        mode,
        roles,
        tenants,
        users,
        ..
    } = manifest;
    let mut files: BTreeMap<String, Manifest> = BTreeMap::new();
    let mut shared = Vec::new();
    match by {
        Split::Kind => {
            files.entry("tenants.yaml".into()).or_default().tenants = tenants;
            shared = users.0;
        }
        Split::Tenant => {
            let file = |handle: &Arc<str>| format!("tenants/{handle}.yaml");
            for (handle, tenant) in tenants.0 {
                let path = file(&handle.value);
                files.entry(path).or_default().tenants = Entries(vec![(handle, tenant)]);
            }
            for (email, mut user) in users.0 {
                let grants = std::mem::take(&mut user.tenants.0);
                let only = match grants.as_slice() {
                    [(only, _)] if may_be_restricted(&user) => Some(file(&only.value)),
                    _ => None,
                };
                // Who owns a tenant's file owns what it grants.
                for (handle, roles) in grants {
                    let tenants = &mut files.entry(file(&handle.value)).or_default().tenants;
                    if let Some((_, tenant)) = tenants.0.first_mut() {
                        tenant.members.0.push((email.clone(), roles));
                    }
                }
                match only {
                    Some(path) => files.entry(path).or_default().users.0.push((email, user)),
                    None => shared.push((email, user)),
                }
            }
        }
    }
    if !shared.is_empty() {
        files.entry("users.yaml".into()).or_default().users = Entries(shared);
    }
    files.retain(|_, manifest| !(manifest.tenants.0.is_empty() && manifest.users.0.is_empty()));
    files.insert(
        "ufsync.yaml".into(),
        Manifest {
            version,
            workspace,
            mode,
            roles,
            ..Manifest::default()
        },
    );
    files
}

/// Whether an entry says nothing that only a file with all rights may say, or one that is allowed to by name.
fn may_be_restricted(user: &User) -> bool {
    let User {
        name: _,
        image: _,
        data: _,
        tenants: _,
        username,
        phone_number,
        locked,
        roles,
        user_uuid,
        user_id,
        renamed_from,
        invite,
        state,
    } = user;
    username.is_unmanaged()
        && phone_number.is_unmanaged()
        && locked.is_none()
        && roles.is_none()
        && user_uuid.is_none()
        && user_id.is_none()
        && renamed_from.is_none()
        && invite.is_none()
        && state.is_none()
}
