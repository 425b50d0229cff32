//! Roles that are granted, and people in groups, as they are written: each alone, or with when it ends.

use std::sync::Arc;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_saphyr::FlowSeq;

use crate::model::{Spanned, Until};

type Text = Spanned<Arc<str>>;

#[derive(Clone, Debug)]
pub struct RoleItem {
    pub role: Text,
    /// When the grant ends, with its place.
    pub until: Option<Box<Spanned<Until>>>,
}

/// The roles that something grants in a scope.
#[derive(Clone, Debug, Default)]
pub struct RoleList {
    pub items: Vec<RoleItem>,
    /// Whether others stay that are held: `{atLeast: […]}`.
    pub at_least: bool,
}

impl Serialize for RoleItem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(until) = &self.until else {
            return self.role.serialize(serializer);
        };
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("role", &self.role)?;
        map.serialize_entry("until", &until.value.written)?;
        map.end()
    }
}

impl Serialize for RoleList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let items = FlowSeq(&self.items);
        if !self.at_least {
            return items.serialize(serializer);
        }
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("atLeast", &items)?;
        map.end()
    }
}

#[derive(Clone, Debug)]
pub struct GroupUser {
    pub email: Text,
    /// When the membership ends.
    pub until: Option<Box<Spanned<Until>>>,
}

impl Serialize for GroupUser {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(until) = &self.until else {
            return self.email.serialize(serializer);
        };
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("user", &self.email)?;
        map.serialize_entry("until", &until.value.written)?;
        map.end()
    }
}
