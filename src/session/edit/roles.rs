//! Roles that are given and taken.

use serde_json::{Value, json};

use crate::manifest::edit::{EditKind, ManifestEdit, role_list};
use crate::model::{Desired, Email, GrantedRole, Handle, RoleName, Scope, Until, UserEntry, Via};
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

/// When a grant is to end.
#[derive(Clone, Debug, Default)]
pub enum GrantEnd {
    /// Never where it is new; else as it is written.
    #[default]
    AsWritten,
    /// Never, whatever is written.
    Never,
    /// Then, whatever is written.
    At(Until),
}

/// A grant that is written already and gets another end.
#[derive(Clone, Debug)]
pub struct NewEnd {
    /// The role.
    pub role: String,
    /// The end that is written.
    pub before: Option<Until>,
    /// The end that it gets.
    pub after: Option<Until>,
}

/// The changes that give roles.
#[derive(Clone, Debug, Default)]
pub struct Granted {
    /// What is to be different.
    pub edits: Vec<ManifestEdit>,
    /// The ends that change.
    pub ends: Vec<NewEnd>,
}

/// Gives a user roles. Those that are written already get another end, where one is asked for.
///
/// # Errors
/// What is named is not in the manifest, such a grant has ended and is still written, or a group says when it ends.
pub fn grant(desired: &Desired, to: &RoleChange, end: &GrantEnd) -> Result<Granted, EditError> {
    let user = user(desired, &to.email)?;
    let scope = scope(desired, to.tenant.as_deref())?;
    let end = match end {
        GrantEnd::AsWritten => None,
        GrantEnd::Never => Some(None),
        GrantEnd::At(until) => Some(Some(until)),
    };
    let mut granted = Granted::default();
    let mut missing = Vec::new();
    for role in &to.roles {
        let written = written(user, &scope, role);
        if written.is_empty() {
            missing.push(role_item(role, end.flatten()));
        }
        for (ended, known) in written {
            let Some(end) = end else {
                if ended {
                    let role = role.clone();
                    return Err(EditError::Ended { role });
                }
                continue;
            };
            let before = known.until.as_ref().map(|until| &until.value);
            if before.map(|until| until.end) == end.map(|until| until.end) {
                continue;
            }
            if let Via::Group(group, _) = &known.via {
                return Err(by_group(role, group));
            }
            let (entry, path) = role_list(user, &scope, known.via == Via::Members);
            let item = role.clone();
            let until = end.map(|until| until.written.to_string());
            let what = EditKind::End { item, until };
            granted.edits.push(ManifestEdit { entry, path, what });
            granted.ends.push(NewEnd {
                role: role.clone(),
                before: before.cloned(),
                after: end.cloned(),
            });
        }
    }
    if !missing.is_empty() {
        let edit = list(user, &scope, false, missing, Vec::new());
        granted.edits.push(edit);
    }
    Ok(granted)
}

/// Each place that grants a role, and whether that has ended.
fn written<'u>(
    user: &'u UserEntry,
    scope: &Scope<Handle>,
    role: &str,
) -> Vec<(bool, &'u GrantedRole)> {
    let grants = user.grants.iter().filter(|(known, _)| known == scope);
    let roles = grants.flat_map(|(_, grant)| {
        let live = grant.roles.iter().map(|granted| (false, granted));
        live.chain(grant.ended.iter().map(|granted| (true, granted)))
    });
    let is_asked = |(_, granted): &(bool, &GrantedRole)| granted.role.as_str() == role;
    roles.filter(is_asked).collect()
}

/// The end that is written for a role which a user has only for a time: of several the latest.
pub(crate) fn written_end<'d>(
    desired: &'d Desired,
    email: &Email,
    scope: &Scope<Handle>,
    role: &str,
) -> Option<&'d Until> {
    let user = desired.users.get(email)?;
    let written = written(user, scope, role);
    let ends = written.iter().map(|(_, granted)| granted.until.as_ref());
    let ends: Option<Vec<_>> = ends.collect();
    let ends = ends?.into_iter().map(|until| &until.value);
    ends.max_by_key(|until| until.end)
}

fn by_group(role: &str, group: &str) -> EditError {
    EditError::ByGroup {
        role: role.to_owned(),
        group: group.to_owned(),
    }
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
                    return Err(by_group(role, &group));
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
