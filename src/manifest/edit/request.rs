//! What is to be different, and why it may stay.

use std::fmt;

use serde_json::Value;

use crate::model::{Email, Handle, Scope, UserEntry};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKey {
    Tenant(Handle),
    User(Email),
    Group(String),
    /// A key at the top of the manifest.
    Section(String),
}

#[derive(Clone, Debug)]
pub struct ManifestEdit {
    pub entry: EntryKey,
    /// The keys that lead to a value in it; none for the entry itself.
    pub path: Vec<String>,
    pub what: EditKind,
}

#[derive(Clone, Debug)]
pub enum EditKind {
    Set(Value),
    /// It is a list with and without these: what is added is a text, or a map with one and its end.
    List {
        add: Vec<Value>,
        remove: Vec<String>,
    },
    /// The item of a list that has this name becomes another.
    Item {
        item: String,
        value: Value,
    },
    /// An item of a list ends with this, or has no end.
    End {
        item: String,
        until: Option<String>,
    },
    Rename(String),
    Remove,
    /// It becomes `state: absent`, with nothing but what identifies it: a tenant's name.
    Absent(Option<String>),
    /// It is a new entry, in the file with this place in the list, or in the one that has most entries of its kind.
    Add(Value, Option<usize>),
}

/// Where a list of roles stands: under the user, or in the `members` of the tenant.
pub(crate) fn role_list(
    user: &UserEntry,
    scope: &Scope<Handle>,
    in_members: bool,
) -> (EntryKey, Vec<String>) {
    let email: &Email = &user.email.value;
    match scope {
        Scope::Workspace => (EntryKey::User(email.clone()), vec!["roles".to_owned()]),
        Scope::Tenant(handle) if in_members => (
            EntryKey::Tenant(handle.clone()),
            vec!["members".to_owned(), email.to_string()],
        ),
        Scope::Tenant(handle) => (
            EntryKey::User(email.clone()),
            vec!["tenants".to_owned(), handle.to_string()],
        ),
    }
}

/// Why a request is not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotEdited {
    /// No file has the entry.
    NotWritten,
    /// The value comes from an anchor, an alias or a merge key.
    Shared,
    /// The value comes from a variable.
    Variable,
    /// The list is laid out over lines with comments, or a role does not stand in it.
    Layout,
}

impl fmt::Display for NotEdited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotWritten => "it is not written in an entry of its own",
            Self::Shared => "an anchor, an alias or a merge key shares it with other places",
            Self::Variable => "it comes from a variable",
            Self::Layout => "it is laid out in a way that can't be changed by line",
        })
    }
}
