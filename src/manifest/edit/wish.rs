//! What is to be different, and why it may stay.

use std::fmt;

use serde_json::Value;

use crate::model::{Email, Handle, RoleName};

/// An entry of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKey {
    /// A tenant.
    Tenant(Handle),
    /// A user.
    User(Email),
}

/// What is to be different.
#[derive(Clone, Debug)]
pub enum Wish {
    /// A value of an entry: a field, or a key of its data.
    Set {
        /// The entry.
        entry: EntryKey,
        /// The keys that lead to the value.
        path: Vec<String>,
        /// The value.
        value: Value,
    },
    /// The roles that a list has.
    Roles {
        /// The entry in which the list is.
        entry: EntryKey,
        /// The keys that lead to the list.
        path: Vec<String>,
        /// Roles that it gets.
        add: Vec<RoleName>,
        /// Roles that it loses.
        remove: Vec<RoleName>,
    },
    /// An entry is taken out.
    Remove {
        /// The entry.
        entry: EntryKey,
    },
    /// An entry becomes `state: absent`, with nothing but what identifies it.
    Absent {
        /// The entry.
        entry: EntryKey,
        /// The name, which identifies a tenant.
        name: Option<String>,
    },
}

impl Wish {
    pub(super) fn entry(&self) -> &EntryKey {
        match self {
            Self::Set { entry, .. }
            | Self::Roles { entry, .. }
            | Self::Remove { entry }
            | Self::Absent { entry, .. } => entry,
        }
    }
}

/// Why a wish is not carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// No file has the entry.
    NotWritten,
    /// The value comes from an anchor, an alias or a merge key.
    Shared,
    /// The value comes from a variable.
    Variable,
    /// The list is laid out over lines with comments, or a role does not stand in it.
    Layout,
    /// It is the last entry of its map.
    LastEntry,
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotWritten => "it is not written in an entry of its own",
            Self::Shared => "an anchor, an alias or a merge key shares it with other places",
            Self::Variable => "it comes from a variable",
            Self::Layout => "it is laid out in a way that can't be changed by line",
            Self::LastEntry => "it is the last entry of its map",
        })
    }
}
