//! Users who are added, removed and renamed.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::cli::commands::edit::lookup::{Manifest, refusal, user};
use crate::cli::commands::edit::roles::{item, until};
use crate::cli::exit::Failure;
use crate::cli::refusal::Refusal;
use crate::files;
use crate::manifest::edit::{EntryKey, Mentions, What, Wish};
use crate::model::{Email, Until};

/// A user who is added.
#[derive(Args, Debug)]
pub(crate) struct AddUser {
    /// The e-mail address.
    #[arg(value_name = "NEW-E-MAIL")]
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
    /// All of this ends with this day, in UTC, or at this moment.
    #[arg(long, value_name = "DATE", value_parser = until)]
    until: Option<Until>,
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

pub(crate) fn add(args: &AddUser, manifest: &Manifest<'_>) -> Result<Vec<Wish>, Failure> {
    let AddUser {
        email,
        name,
        username,
        role,
        tenant,
        group,
        until,
        into,
    } = args;
    let items = |roles: &[String]| -> Value {
        roles
            .iter()
            .map(|role| item(role, until.as_ref()))
            .collect()
    };
    let address = Email::new(email.as_str());
    let known = manifest.desired.users.get(&address);
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
        entry.insert("roles".to_owned(), items(role));
    }
    if !tenant.is_empty() {
        let tenants = tenant
            .iter()
            .map(|(handle, roles)| (handle.clone(), items(roles)));
        entry.insert("tenants".to_owned(), Value::Object(tenants.collect()));
    }
    let file = into
        .as_deref()
        .map(|path| files::position(&manifest.input.files, path))
        .transpose()?;
    let mut wishes = vec![Wish {
        entry: EntryKey::User(address),
        path: Vec::new(),
        what: What::Add(Value::Object(entry), file),
    }];
    wishes.extend(group.iter().map(|group| Wish {
        entry: EntryKey::Group(group.clone()),
        path: vec!["users".to_owned()],
        what: What::List {
            add: vec![match until {
                None => Value::from(email.as_str()),
                Some(until) => json!({"user": email, "until": *until.written}),
            }],
            remove: Vec::new(),
        },
    }));
    Ok(wishes)
}

pub(crate) fn remove(
    email: &str,
    forget: bool,
    manifest: &Manifest<'_>,
) -> Result<Vec<Wish>, Failure> {
    let user = user(manifest.desired, email)?;
    Ok(Mentions::of(manifest.texts).remove_user(user, forget))
}

pub(crate) fn rename(old: &str, new: &str, manifest: &Manifest<'_>) -> Result<Vec<Wish>, Failure> {
    let user = user(manifest.desired, old)?;
    if manifest.desired.users.contains_key(&Email::new(new)) {
        return Err(refusal(Refusal::EditKnownUser {
            email: new.to_owned(),
        }));
    }
    // A pin finds the user whatever the address.
    let notes = user.pin.is_none();
    Ok(Mentions::of(manifest.texts).rename_user(user, new, notes))
}
