//! Roles that are given and taken.

use clap::Args;

use super::lookup::{refusal, scope, user};
use crate::cli::exit::Failure;
use crate::cli::refusal::Refusal;
use crate::manifest::edit::{What, Wish, role_list};
use crate::model::{Desired, Handle, RoleName, Scope, UserEntry, Via};

/// Whose roles, which, and where.
#[derive(Args, Debug)]
pub(super) struct RoleArgs {
    /// The e-mail address.
    email: String,
    /// The roles.
    #[arg(required = true)]
    roles: Vec<String>,
    /// In this tenant instead of the workspace.
    #[arg(long, value_name = "HANDLE")]
    tenant: Option<String>,
}

pub(super) fn grant(args: &RoleArgs, desired: &Desired) -> Result<Vec<Wish>, Failure> {
    let user = user(desired, &args.email)?;
    let scope = scope(desired, args.tenant.as_deref())?;
    let missing = args
        .roles
        .iter()
        .filter(|role| user.vias(&scope, &RoleName::new(role.as_str())).is_empty());
    let missing: Vec<String> = missing.cloned().collect();
    Ok(if missing.is_empty() {
        Vec::new()
    } else {
        vec![list(user, &scope, false, missing, Vec::new())]
    })
}

pub(super) fn revoke(args: &RoleArgs, desired: &Desired) -> Result<Vec<Wish>, Failure> {
    let user = user(desired, &args.email)?;
    let scope = scope(desired, args.tenant.as_deref())?;
    let (mut own, mut members) = (Vec::new(), Vec::new());
    for role in &args.roles {
        for via in user.vias(&scope, &RoleName::new(role.as_str())) {
            match via {
                Via::Group(group) => {
                    return Err(refusal(Refusal::EditByGroup {
                        role: role.clone(),
                        group: group.to_string(),
                    }));
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
    add: Vec<String>,
    remove: Vec<String>,
) -> Wish {
    let (entry, path) = role_list(user, scope, in_members || user.mentioned_only);
    let what = What::List { add, remove };
    Wish { entry, path, what }
}
