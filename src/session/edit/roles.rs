//! Roles that are given and taken.

use serde_json::{Value, json};

use crate::manifest::edit::{EditKind, ManifestEdit, role_list};
use crate::model::{Desired, Handle, RoleName, Scope, Until, UserEntry, Via};
use crate::session::edit::error::{EditError, tenant, user};

/// Whose roles, which, and where.
#[derive(Clone, Debug)]
pub struct RoleChange {
    /// The user's address.
    pub email: String,
    /// The roles.
    pub roles: Vec<String>,
    /// The handle of the tenant; none is the workspace.
    pub tenant: Option<String>,
}

/// A role as it is written in a list.
pub(crate) fn role_item(role: &str, until: Option<&Until>) -> Value {
    match until {
        None => Value::from(role),
        Some(until) => json!({"role": role, "until": *until.written}),
    }
}

/// Gives a user roles, which end where `until` says so; those that are written already stay as they are.
///
/// # Errors
/// What is named is not in the manifest, or such a grant has ended and is still written.
pub fn grant(
    desired: &Desired,
    to: &RoleChange,
    until: Option<&Until>,
) -> Result<Vec<ManifestEdit>, EditError> {
    let user = user(desired, &to.email)?;
    let scope = scope(desired, to.tenant.as_deref())?;
    let is_asked = |role: &RoleName| to.roles.iter().any(|asked| asked == role.as_str());
    let mut ended = desired.ended.iter();
    if let Some(ended) = ended
        .find(|it| it.email == user.email.value && it.scope == scope && is_asked(&it.granted.role))
    {
        return Err(EditError::Ended {
            role: ended.granted.role.to_string(),
        });
    }
    let missing = to
        .roles
        .iter()
        .filter(|role| user.vias(&scope, &RoleName::new(role.as_str())).is_empty());
    let missing: Vec<Value> = missing.map(|role| role_item(role, until)).collect();
    Ok(if missing.is_empty() {
        Vec::new()
    } else {
        vec![list(user, &scope, false, missing, Vec::new())]
    })
}

/// Takes roles from a user.
///
/// # Errors
/// What is named is not in the manifest, or a group grants the role.
pub fn revoke(desired: &Desired, from: &RoleChange) -> Result<Vec<ManifestEdit>, EditError> {
    let user = user(desired, &from.email)?;
    let scope = scope(desired, from.tenant.as_deref())?;
    let (mut own, mut members) = (Vec::new(), Vec::new());
    for role in &from.roles {
        for via in user.vias(&scope, &RoleName::new(role.as_str())) {
            match via {
                Via::Group(group, _) => {
                    return Err(EditError::ByGroup {
                        role: role.clone(),
                        group: group.to_string(),
                    });
                }
                Via::Members => members.push(role.clone()),
                Via::Entry => own.push(role.clone()),
            }
        }
    }
    let lists = [(own, false), (members, true)].into_iter();
    let lists = lists.filter(|(roles, _)| !roles.is_empty());
    Ok(lists
        .map(|(roles, in_members)| list(user, &scope, in_members, Vec::new(), roles))
        .collect())
}

/// A list of roles that changes: under the user, or in the `members` of the tenant.
fn list(
    user: &UserEntry,
    scope: &Scope<Handle>,
    in_members: bool,
    add: Vec<Value>,
    remove: Vec<String>,
) -> ManifestEdit {
    let (entry, path) = role_list(user, scope, in_members || user.mentioned_only);
    let what = EditKind::List { add, remove };
    ManifestEdit { entry, path, what }
}

/// The tenant with this handle, or the workspace.
fn scope(desired: &Desired, handle: Option<&str>) -> Result<Scope<Handle>, EditError> {
    Ok(match handle {
        None => Scope::Workspace,
        Some(handle) => Scope::Tenant(tenant(desired, handle)?.handle.value.clone()),
    })
}
