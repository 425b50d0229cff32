//! Everything an emulator knows, as a file. In: JSON, written by hand, by an export or by the
//! emulator itself. Out: the same. Main type: [`State`].
//!
//! Nearly everything may be left out: missing ids and times are filled in when the state is loaded.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Both modes of a workspace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct State {
    /// What test keys reach.
    pub test: ModeState,
    /// What live keys reach.
    pub live: ModeState,
}

/// One mode of a workspace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ModeState {
    /// Role names of the workspace; when empty, the nine that a workspace has from the start.
    pub roles: Vec<String>,
    /// The tenants. One with the workspace's own id gives the workspace its name, image and data.
    pub tenants: Vec<TenantState>,
    /// The users.
    pub users: Vec<UserState>,
    /// Invitations that would have been mailed, oldest first.
    pub invitations: Vec<Invitation>,
    /// The id of the next user, so that a deleted user's id is not given again; 0: after the highest.
    pub next_user_id: u64,
    /// The number that the next tenant's id is made from; 0: after the number of tenants.
    pub next_tenant: u64,
}

/// A tenant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TenantState {
    /// Eight characters; assigned when empty.
    pub tenant_id: String,
    /// Not unique.
    pub name: String,
    /// The address of a picture.
    pub image: Option<String>,
    /// Anything.
    pub data: Map<String, Value>,
    /// The tenant above it; the workspace where it is empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub parent: String,
    /// Role names that this tenant has beyond the workspace's.
    pub roles: Vec<String>,
    /// RFC 3339; the time of loading when absent.
    pub created_at: Option<String>,
    /// RFC 3339; the time of loading when absent.
    pub updated_at: Option<String>,
}

/// A user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UserState {
    /// Assigned when 0.
    pub user_id: u64,
    /// Assigned when empty.
    pub user_uuid: String,
    /// Unique in a mode, compared without case.
    pub email: Option<String>,
    /// Unique in a mode.
    pub username: Option<String>,
    /// The name as shown.
    pub name: Option<String>,
    /// The address of a picture.
    pub image: Option<String>,
    /// As given.
    pub phone_number: Option<String>,
    /// Whether the user is kept from logging in.
    pub locked: bool,
    /// Whether the user has followed the link in an e-mail.
    pub is_confirmed: bool,
    /// Anything.
    pub data: Map<String, Value>,
    /// Role names by tenant id; the workspace's own id holds the workspace-level roles.
    pub roles: BTreeMap<String, Vec<String>>,
    /// RFC 3339; absent for a user who was never active.
    pub last_active_at: Option<String>,
    /// RFC 3339; the time of loading when absent.
    pub created_at: Option<String>,
    /// RFC 3339; the time of loading when absent.
    pub updated_at: Option<String>,
}

/// An e-mail that the real server would have sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Invitation {
    /// The address that it is sent to.
    pub email: String,
    /// The user who was created or already there.
    pub user_id: u64,
    /// `welcome` or `reset`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How long the link lasts, such as `3 days`.
    pub duration: String,
    /// The tenant, where the call named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// The roles that came with it.
    pub roles: Vec<String>,
    /// RFC 3339.
    pub created_at: String,
}
