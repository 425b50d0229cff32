//! Roles that are given and taken.

use clap::Args;
use serde_json::{Value, json};

use crate::cli::commands::edit::lookup::{refusal, scope, user};
use crate::cli::exit::Failure;
use crate::cli::refusal::Refusal;
use crate::manifest::edit::{What, Wish, role_list};
use crate::model::{Desired, Handle, RoleName, Scope, Until, UserEntry, Via};

/// Whose roles, which, and where.
#[derive(Args, Debug)]
pub(crate) struct RoleArgs {
    /// The e-mail address.
    #[arg(value_name = "E-MAIL")]
    email: String,
    /// The roles.
    #[arg(required = true, value_name = "ROLE")]
    roles: Vec<String>,
    /// In this tenant instead of the workspace.
    #[arg(long, value_name = "HANDLE")]
    tenant: Option<String>,
}

/// Roles that are given.
#[derive(Args, Debug)]
pub(crate) struct GrantArgs {
    #[command(flatten)]
    to: RoleArgs,
    /// The grant ends with this day, in UTC, or at this moment.
    #[arg(long, value_name = "DATE", value_parser = until)]
    until: Option<Until>,
}

/// Reads an end.
pub(crate) fn until(text: &str) -> Result<Until, String> {
    Until::parse(text).ok_or_else(|| {
        "expected a day, as in 2026-12-31, or a moment, as in 2026-12-31T18:00:00Z".to_owned()
    })
}

/// A role as it stands in a list.
pub(crate) fn item(role: &str, until: Option<&Until>) -> Value {
    match until {
        None => Value::from(role),
        Some(until) => json!({"role": role, "until": *until.written}),
    }
}

pub(crate) fn grant(args: &GrantArgs, desired: &Desired) -> Result<Vec<Wish>, Failure> {
    let GrantArgs { to, until } = args;
    let user = user(desired, &to.email)?;
    let scope = scope(desired, to.tenant.as_deref())?;
    let is_asked = |role: &RoleName| to.roles.iter().any(|asked| asked == role.as_str());
    let mut ended = desired.ended.iter();
    if let Some(ended) = ended
        .find(|it| it.email == user.email.value && it.scope == scope && is_asked(&it.granted.role))
    {
        return Err(refusal(Refusal::EditEnded {
            role: ended.granted.role.to_string(),
        }));
    }
    let missing = to
        .roles
        .iter()
        .filter(|role| user.vias(&scope, &RoleName::new(role.as_str())).is_empty());
    let missing: Vec<Value> = missing.map(|role| item(role, until.as_ref())).collect();
    Ok(if missing.is_empty() {
        Vec::new()
    } else {
        vec![list(user, &scope, false, missing, Vec::new())]
    })
}

pub(crate) fn revoke(args: &RoleArgs, desired: &Desired) -> Result<Vec<Wish>, Failure> {
    let user = user(desired, &args.email)?;
    let scope = scope(desired, args.tenant.as_deref())?;
    let (mut own, mut members) = (Vec::new(), Vec::new());
    for role in &args.roles {
        for via in user.vias(&scope, &RoleName::new(role.as_str())) {
            match via {
                Via::Group(group, _) => {
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
    add: Vec<Value>,
    remove: Vec<String>,
) -> Wish {
    let (entry, path) = role_list(user, scope, in_members || user.mentioned_only);
    let what = What::List { add, remove };
    Wish { entry, path, what }
}
