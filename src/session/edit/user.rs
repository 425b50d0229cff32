//! Users who are added, removed and renamed.

use serde_json::{Map, Value, json};

use crate::manifest::edit::{EditKind, EntryKey, ManifestEdit, Mentions};
use crate::model::{Desired, Email, Until};
use crate::session::edit::Editable;
use crate::session::edit::error::{EditError, user};
use crate::session::edit::roles::role_item;

/// A user who is added.
#[derive(Clone, Debug, Default)]
pub struct NewUser {
    /// The address.
    pub email: String,
    /// The full name.
    pub name: Option<String>,
    /// The name to log in with.
    pub username: Option<String>,
    /// The roles in the workspace.
    pub roles: Vec<String>,
    /// The roles in tenants, by their handles.
    pub tenants: Vec<(String, Vec<String>)>,
    /// The groups.
    pub groups: Vec<String>,
    /// When all of this ends.
    pub until: Option<Until>,
    /// The place of the file that gets the entry; none is the one that has most users.
    pub into: Option<usize>,
}

/// Adds a user.
///
/// # Errors
/// The user is in the manifest already.
pub fn add_user(desired: &Desired, new: &NewUser) -> Result<Vec<ManifestEdit>, EditError> {
    let NewUser {
        email,
        name,
        username,
        roles,
        tenants,
        groups,
        until,
        into,
    } = new;
    let items = |roles: &[String]| -> Value {
        roles
            .iter()
            .map(|role| role_item(role, until.as_ref()))
            .collect()
    };
    let address = Email::new(email.as_str());
    let known = desired.users.get(&address);
    if known.is_some_and(|user| !user.mentioned_only) {
        return Err(EditError::KnownUser {
            email: email.clone(),
        });
    }
    let mut entry = Map::new();
    let texts = [("name", name), ("username", username)];
    entry.extend(
        texts
            .into_iter()
            .filter_map(|(key, text)| Some((key.to_owned(), json!(text.as_ref()?)))),
    );
    if !roles.is_empty() {
        entry.insert("roles".to_owned(), items(roles));
    }
    if !tenants.is_empty() {
        let tenants = tenants
            .iter()
            .map(|(handle, roles)| (handle.clone(), items(roles)));
        entry.insert("tenants".to_owned(), Value::Object(tenants.collect()));
    }
    let mut requests = vec![ManifestEdit {
        entry: EntryKey::User(address),
        path: Vec::new(),
        what: EditKind::Add(Value::Object(entry), *into),
    }];
    requests.extend(groups.iter().map(|group| ManifestEdit {
        entry: EntryKey::Group(group.clone()),
        path: vec!["users".to_owned()],
        what: EditKind::List {
            add: vec![match until {
                None => Value::from(email.as_str()),
                Some(until) => json!({"user": email, "until": *until.written}),
            }],
            remove: Vec::new(),
        },
    }));
    Ok(requests)
}

/// Takes a user out of the manifest, so that the next apply deletes the user; or leaves the user unmanaged.
///
/// # Errors
/// There is no such user.
pub fn remove_user(
    manifest: Editable<'_>,
    email: &str,
    forget: bool,
) -> Result<Vec<ManifestEdit>, EditError> {
    let user = user(manifest.desired, email)?;
    Ok(Mentions::of(manifest.texts).remove_user(user, forget))
}

/// Gives a user another address, in every place that names the user.
///
/// # Errors
/// There is no such user, or the address is that of another.
pub fn rename_user(
    manifest: Editable<'_>,
    old: &str,
    new: &str,
) -> Result<Vec<ManifestEdit>, EditError> {
    let user = user(manifest.desired, old)?;
    if manifest.desired.users.contains_key(&Email::new(new)) {
        return Err(EditError::KnownUser {
            email: new.to_owned(),
        });
    }
    // A pin finds the user whatever the address.
    let notes = user.pin.is_none();
    Ok(Mentions::of(manifest.texts).rename_user(user, new, notes))
}
