//! `ufsync edit`: changes of a manifest for people who do not write YAML.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::args::ManifestArgs;
use super::change;
use super::changed::{changed, texts};
use super::exit::{Exit, Failure};
use super::load;
use super::refusal::Refusal;
use super::ui::Ui;
use crate::manifest::edit::{EntryKey, What, Wish, edit, role_list};
use crate::manifest::{self, Input};
use crate::model::{Desired, Email, Handle, RoleName, Scope, UserEntry, Via};

/// Change the manifest without writing YAML: it shows the difference and asks, and keeps everything else as it is.
#[derive(Args, Debug)]
pub(super) struct EditArgs {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    manifest: ManifestArgs,
    /// Write without asking.
    #[arg(long, global = true)]
    yes: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add a user
    AddUser(AddUser),
    /// Take a user out of the entries, members and groups, so that the next apply deletes the user
    RemoveUser {
        /// The e-mail address.
        email: String,
        /// Leave nothing: the user is not managed any more, and stays on the server.
        #[arg(long)]
        forget: bool,
    },
    /// Give a user another address, in every place that names the user
    RenameUser {
        /// The address now.
        old: String,
        /// The new address.
        new: String,
    },
    /// Give a user roles
    Grant {
        /// The e-mail address.
        email: String,
        /// The roles.
        #[arg(required = true)]
        roles: Vec<String>,
        /// In this tenant instead of the workspace.
        #[arg(long, value_name = "HANDLE")]
        tenant: Option<String>,
    },
    /// Take roles from a user
    Revoke {
        /// The e-mail address.
        email: String,
        /// The roles.
        #[arg(required = true)]
        roles: Vec<String>,
        /// In this tenant instead of the workspace.
        #[arg(long, value_name = "HANDLE")]
        tenant: Option<String>,
    },
}

/// A user who is added.
#[derive(Args, Debug)]
struct AddUser {
    /// The e-mail address.
    email: String,
    /// The full name.
    #[arg(long)]
    name: Option<String>,
    /// The name to log in with.
    #[arg(long)]
    username: Option<String>,
    /// A role in the workspace; may be repeated.
    #[arg(long, value_name = "ROLE")]
    role: Vec<String>,
    /// Roles in a tenant, as in acme=owner,viewer; may be repeated.
    #[arg(long, value_name = "HANDLE=ROLE[,ROLE]", value_parser = in_tenant)]
    tenant: Vec<(String, Vec<String>)>,
    /// A group; may be repeated.
    #[arg(long, value_name = "GROUP")]
    group: Vec<String>,
    /// The file that gets the entry [default: the one that has most users].
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
}

fn in_tenant(text: &str) -> Result<(String, Vec<String>), String> {
    let (handle, roles) = text.split_once('=').ok_or("expected HANDLE=ROLE")?;
    Ok((
        handle.to_owned(),
        roles.split(',').map(str::to_owned).collect(),
    ))
}

pub(super) fn run(args: &EditArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let input = load::input(&args.manifest)?;
    let old = texts(&input.files)?;
    let desired = load::checked(manifest::load(input.clone()), ui)?;
    let wishes = wishes(&args.verb, desired, &input)?;
    let (texts, left) = edit(&old, &wishes);
    if let Some((_, why)) = left.first() {
        return Err(refusal(Refusal::EditLeft {
            why: why.to_string(),
        }));
    }
    let changed = changed(&input.files, &texts);
    if changed.is_empty() {
        ui.remark("Nothing to change: the manifest says so already.");
        return Ok(Exit::Done);
    }
    let mut again = input.clone();
    for (file, text) in again.files.iter_mut().zip(&texts) {
        file.bytes = text.clone().into_bytes();
    }
    change::show(&changed, ui)?;
    // The warnings were shown before.
    manifest::load(again).map_err(Failure::Manifest)?;
    change::write(&changed, args.yes, ui)?;
    Ok(Exit::Done)
}

fn refusal(refusal: Refusal) -> Failure {
    Failure::Other(Box::new(refusal))
}

fn wishes(verb: &Verb, desired: &Desired, input: &Input) -> Result<Vec<Wish>, Failure> {
    match verb {
        Verb::AddUser(args) => add_user(args, desired, input),
        Verb::RemoveUser { email, forget } => remove_user(desired, email, *forget),
        Verb::RenameUser { old, new } => rename_user(desired, old, new),
        Verb::Grant {
            email,
            roles,
            tenant,
        } => grant(desired, email, roles, tenant.as_deref()),
        Verb::Revoke {
            email,
            roles,
            tenant,
        } => revoke(desired, email, roles, tenant.as_deref()),
    }
}

fn add_user(args: &AddUser, desired: &Desired, input: &Input) -> Result<Vec<Wish>, Failure> {
    let AddUser {
        email,
        name,
        username,
        role,
        tenant,
        group,
        into,
    } = args;
    let address = Email::new(email.as_str());
    let known = desired.users.get(&address);
    if known.is_some_and(|user| !user.mentioned_only) {
        return Err(refusal(Refusal::EditKnownUser {
            email: email.clone(),
        }));
    }
    let mut entry = Map::new();
    let texts = [("name", name), ("username", username)];
    entry.extend(
        texts
            .into_iter()
            .filter_map(|(key, text)| Some((key.to_owned(), json!(text.as_ref()?)))),
    );
    if !role.is_empty() {
        entry.insert("roles".to_owned(), json!(role));
    }
    if !tenant.is_empty() {
        let tenants = tenant
            .iter()
            .map(|(handle, roles)| (handle.clone(), json!(roles)));
        entry.insert("tenants".to_owned(), Value::Object(tenants.collect()));
    }
    let file = into.as_deref().map(|path| place(input, path)).transpose()?;
    let mut wishes = vec![Wish {
        entry: EntryKey::User(address),
        path: Vec::new(),
        what: What::Add(Value::Object(entry), file),
    }];
    wishes.extend(
        group
            .iter()
            .map(|group| in_group(group, vec![email.clone()], Vec::new())),
    );
    Ok(wishes)
}

fn remove_user(desired: &Desired, email: &str, forget: bool) -> Result<Vec<Wish>, Failure> {
    let user = user(desired, email)?;
    let mut wishes = mentions(user, &|_| What::Remove, &|group, email| {
        in_group(group, Vec::new(), vec![email])
    });
    let what = if forget {
        What::Remove
    } else {
        What::Absent(None)
    };
    let entry = EntryKey::User(user.email.value.clone());
    let path = Vec::new();
    match (user.mentioned_only, forget) {
        (false, _) => wishes.push(Wish { entry, path, what }),
        (true, false) => wishes.push(Wish {
            entry,
            path,
            what: What::Add(json!({"state": "absent"}), None),
        }),
        (true, true) => {}
    }
    Ok(wishes)
}

fn rename_user(desired: &Desired, old: &str, new: &str) -> Result<Vec<Wish>, Failure> {
    let user = user(desired, old)?;
    if desired.users.contains_key(&Email::new(new)) {
        return Err(refusal(Refusal::EditKnownUser {
            email: new.to_owned(),
        }));
    }
    let mut wishes = mentions(user, &|_| What::Rename(new.to_owned()), &|group, email| {
        in_group(group, vec![new.to_owned()], vec![email])
    });
    if !user.mentioned_only {
        let entry = EntryKey::User(user.email.value.clone());
        let previous = Value::from(user.email.value.as_str());
        wishes.push(Wish {
            entry: entry.clone(),
            path: vec!["renamedFrom".to_owned()],
            what: What::Set(previous),
        });
        wishes.push(Wish {
            entry,
            path: Vec::new(),
            what: What::Rename(new.to_owned()),
        });
    }
    Ok(wishes)
}

fn grant(
    desired: &Desired,
    email: &str,
    roles: &[String],
    tenant: Option<&str>,
) -> Result<Vec<Wish>, Failure> {
    let user = user(desired, email)?;
    let scope = scope(desired, tenant)?;
    let missing = roles
        .iter()
        .filter(|role| user.vias(&scope, &RoleName::new(role.as_str())).is_empty());
    let missing: Vec<String> = missing.cloned().collect();
    Ok(if missing.is_empty() {
        Vec::new()
    } else {
        vec![list(user, &scope, false, missing, Vec::new())]
    })
}

fn revoke(
    desired: &Desired,
    email: &str,
    roles: &[String],
    tenant: Option<&str>,
) -> Result<Vec<Wish>, Failure> {
    let user = user(desired, email)?;
    let scope = scope(desired, tenant)?;
    let (mut own, mut members) = (Vec::new(), Vec::new());
    for role in roles {
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

/// The place of a file among those of the manifest.
fn place(input: &Input, path: &Path) -> Result<usize, Failure> {
    let is_it = |file: &manifest::File| Path::new(&file.name) == path;
    let unknown = || {
        refusal(Refusal::EditOtherFile {
            path: path.to_owned(),
        })
    };
    input.files.iter().position(is_it).ok_or_else(unknown)
}

fn user<'d>(desired: &'d Desired, email: &str) -> Result<&'d UserEntry, Failure> {
    let known = desired.users.get(&Email::new(email));
    known.map(|user| &**user).ok_or_else(|| {
        let users = desired.users.keys().map(Email::as_str);
        refusal(Refusal::EditUnknown {
            what: format!("user {email}"),
            help: crate::model::suggest::help(email, users),
        })
    })
}

fn scope(desired: &Desired, tenant: Option<&str>) -> Result<Scope<Handle>, Failure> {
    let Some(tenant) = tenant else {
        return Ok(Scope::Workspace);
    };
    let handle = Handle::new(Arc::from(tenant));
    if desired.tenants.contains_key(&handle) {
        return Ok(Scope::Tenant(handle));
    }
    let handles = desired.tenants.keys().map(Handle::as_str);
    Err(refusal(Refusal::EditUnknown {
        what: format!("tenant {tenant}"),
        help: crate::model::suggest::help(tenant, handles),
    }))
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

fn in_group(group: &str, add: Vec<String>, remove: Vec<String>) -> Wish {
    Wish {
        entry: EntryKey::Group(group.to_owned()),
        path: vec!["users".to_owned()],
        what: What::List { add, remove },
    }
}

/// What becomes of the places that name a user beside the entry: `members` of tenants, and groups.
fn mentions(
    user: &UserEntry,
    in_members: &dyn Fn(&Handle) -> What,
    of_group: &dyn Fn(&str, String) -> Wish,
) -> Vec<Wish> {
    let email = user.email.value.to_string();
    let mut wishes: Vec<Wish> = Vec::new();
    let mut groups: Vec<&str> = Vec::new();
    for (scope, grant) in &user.grants {
        let is_member = grant.roles.iter().any(|role| role.via == Via::Members);
        if let (Scope::Tenant(handle), true) = (scope, is_member) {
            wishes.push(Wish {
                entry: EntryKey::Tenant(handle.clone()),
                path: vec!["members".to_owned(), email.clone()],
                what: in_members(handle),
            });
        }
        for role in &grant.roles {
            if let Via::Group(group) = &role.via
                && !groups.contains(&&**group)
            {
                groups.push(group);
                wishes.push(of_group(group, email.clone()));
            }
        }
    }
    wishes
}
