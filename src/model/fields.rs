//! What one write sends: the fields of a tenant or a user that a call sets.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Email, Field};

/// Free-form data to be sent: a JSON object, its keys in order.
pub type Data = serde_json::Map<String, serde_json::Value>;

/// The fields of a tenant that a call sets; the others stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TenantFields {
    /// The tenant's name; required where a tenant is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Arc<str>>,
    /// The address of an image.
    #[serde(default, skip_serializing_if = "Field::is_unmanaged")]
    pub image: Field<Arc<str>>,
    /// The whole object; a key to be removed is sent as `null`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Data>,
}

/// The fields of a user that a call sets; the others stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserFields {
    /// The e-mail address; required where a user is created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// The full name.
    #[serde(default, skip_serializing_if = "Field::is_unmanaged")]
    pub name: Field<Arc<str>>,
    /// The name to log in with, unique in the workspace.
    #[serde(default, skip_serializing_if = "Field::is_unmanaged")]
    pub username: Field<Arc<str>>,
    /// The address of an image.
    #[serde(default, skip_serializing_if = "Field::is_unmanaged")]
    pub image: Field<Arc<str>>,
    /// The telephone number.
    #[serde(default, skip_serializing_if = "Field::is_unmanaged")]
    pub phone_number: Field<Arc<str>>,
    /// Whether the user is kept from logging in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locked: Option<bool>,
    /// The whole object; a key to be removed is sent as `null`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Data>,
}
