//! [`Live`] ↔ [`Snapshot`]: the live state as a JSON document, with or without personal data.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use miette::Diagnostic;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::redact::{Known, Redactor};
use crate::model::{
    Data, Desired, Email, Hidden, Live, LiveData, LiveTenant, LiveUser, Mode, RoleName, RoleSet,
    Scope, TenantId, UserId, UserUuid,
};

/// The version of the document that this program writes.
const FORMAT_VERSION: u32 = 1;

/// How every snapshot starts.
pub const SNAPSHOT_MARKER: &str = "{\n  \"document\": \"snapshot\"";

/// A workspace as it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Snapshot {
    document: DocumentKind,
    /// The version of this document: 1.
    pub format_version: u32,
    /// The version of ufsync that wrote it.
    pub tool: String,
    /// The workspace that was read.
    pub workspace: TenantId,
    /// Which of its two sets of data was read.
    pub mode: Mode,
    /// Whether personal data are replaced by pseudonyms.
    pub redacted: bool,
    /// How many tenants the server keeps to itself; null where nobody can say.
    hidden_tenants: Option<usize>,
    roles: BTreeSet<RoleName>,
    tenants: Vec<TenantJson>,
    users: Vec<UserJson>,
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum DocumentKind {
    /// A snapshot.
    Snapshot,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TenantJson {
    tenant_id: TenantId,
    name: Arc<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    image: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Data::is_empty")]
    data: Data,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    roles: BTreeSet<RoleName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<TenantId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct UserJson {
    user_id: UserId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_uuid: Option<UserUuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<Email>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    username: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    image: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    phone_number: Option<Arc<str>>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    locked: bool,
    #[serde(default, skip_serializing_if = "Data::is_empty")]
    data: Data,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_active_at: Option<Arc<str>>,
    /// The roles held in the workspace.
    #[serde(default, skip_serializing_if = "RoleSet::is_empty")]
    roles: RoleSet,
    /// The roles held in tenants.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    tenants: BTreeMap<TenantId, RoleSet>,
}

/// Why a snapshot can't be used.
#[derive(Debug, Error, Diagnostic)]
pub enum Unreadable {
    /// It is no snapshot, or a broken one.
    #[error("this is not a snapshot: {0}")]
    #[diagnostic(
        code(ufsync::snapshot::not_a_snapshot),
        help("A snapshot is written by `ufsync export --snapshot -o live.json`.")
    )]
    NotASnapshot(serde_json::Error),

    /// It was written by a later version of this program.
    #[error("the snapshot was written by ufsync {tool}, which is newer than this one")]
    #[diagnostic(
        code(ufsync::snapshot::newer),
        help("Use ufsync {tool} or later, or take the snapshot again with this version.")
    )]
    Newer {
        /// The version that wrote it.
        tool: String,
    },
}

/// Reads a snapshot.
///
/// # Errors
/// Where it is none, or of a later version.
pub fn read(text: &[u8]) -> Result<Snapshot, Unreadable> {
    let value: Value = serde_json::from_slice(text).map_err(Unreadable::NotASnapshot)?;
    let version = value.get("formatVersion").and_then(Value::as_u64);
    if version.is_some_and(|version| version > u64::from(FORMAT_VERSION)) {
        let tool = value
            .get("tool")
            .and_then(Value::as_str)
            .unwrap_or("unknown");
        return Err(Unreadable::Newer {
            tool: tool.to_owned(),
        });
    }
    serde_json::from_value(value).map_err(Unreadable::NotASnapshot)
}

impl Snapshot {
    /// The document of a live state.
    pub fn of(live: &Live) -> Self {
        Self {
            document: DocumentKind::Snapshot,
            format_version: FORMAT_VERSION,
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            workspace: live.workspace.clone(),
            mode: live.mode,
            redacted: false,
            hidden_tenants: match live.hidden {
                Hidden::Nothing => Some(0),
                Hidden::Some(count) => Some(count),
                Hidden::Unknown => None,
            },
            roles: live.roles.clone(),
            tenants: live.tenants.values().map(tenant_json).collect(),
            users: live.users.values().map(user_json).collect(),
        }
    }

    /// The document as text.
    pub fn text(&self) -> String {
        // A document of texts, numbers and lists can always be written.
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        text + "\n"
    }

    /// The same without personal data: names, addresses and whatever the records hold are pseudonyms, the same for the
    /// same value. Ids, roles and who holds them stay.
    #[must_use]
    pub fn redacted(self) -> Self {
        let redactor = Redactor::new(
            &self.workspace,
            self.users.iter().filter_map(|user| user.email.as_ref()),
        );
        let text = |value: Option<Arc<str>>| value.map(|value| redactor.text(&value));
        let users = self.users.into_iter().map(|user| UserJson {
            user_uuid: user
                .user_uuid
                .map(|uuid| UserUuid::new(redactor.text(&uuid.as_str().to_ascii_lowercase()))),
            email: user.email.map(|email| redactor.email(&email)),
            name: text(filled(user.name)),
            username: text(filled(user.username)),
            image: text(filled(user.image)),
            phone_number: text(filled(user.phone_number)),
            data: redactor.data(user.data),
            last_active_at: user.last_active_at.map(|at| day(&at)),
            ..user
        });
        let tenants = self.tenants.into_iter().map(|tenant| TenantJson {
            name: redactor.text(&tenant.name),
            image: text(filled(tenant.image)),
            data: redactor.data(tenant.data),
            ..tenant
        });
        Self {
            redacted: true,
            users: users.collect(),
            tenants: tenants.collect(),
            ..self
        }
    }

    /// The live state, as a plan for this manifest needs it. Where the snapshot has pseudonyms, those of values that the
    /// manifest writes are turned back: who knows a value may see where it is.
    pub fn live(self, desired: &Desired) -> Live {
        let known = if self.redacted {
            Known::of(&self.workspace, desired)
        } else {
            Known::default()
        };
        let tenants = self.tenants.into_iter().map(|tenant| {
            let tenant = live_tenant(tenant, &known);
            (tenant.id.clone(), tenant)
        });
        let users = self.users.into_iter().map(|user| {
            let user = live_user(user, &known);
            (user.id, user)
        });
        Live {
            workspace: self.workspace,
            mode: self.mode,
            tenants: tenants.collect(),
            users: users.collect(),
            roles: self.roles,
            totals: None,
            hidden: match self.hidden_tenants {
                Some(0) => Hidden::Nothing,
                Some(count) => Hidden::Some(count),
                None => Hidden::Unknown,
            },
        }
    }
}

/// A text that is not empty: empty text and no value are the same.
fn filled(text: Option<Arc<str>>) -> Option<Arc<str>> {
    text.filter(|text| !text.is_empty())
}

/// The day of a time, so that a snapshot without personal data says how long ago, and not when.
fn day(at: &str) -> Arc<str> {
    Arc::from(
        at.get(..10)
            .map_or_else(String::new, |day| format!("{day}T00:00:00Z")),
    )
}

fn tenant_json(tenant: &LiveTenant) -> TenantJson {
    let LiveTenant {
        id,
        name,
        image,
        data,
        roles,
        parent,
    } = tenant.clone();
    TenantJson {
        tenant_id: id,
        name,
        image,
        data: data.to_map(),
        roles,
        parent,
    }
}

fn live_tenant(tenant: TenantJson, known: &Known) -> LiveTenant {
    let TenantJson {
        tenant_id,
        name,
        image,
        data,
        roles,
        parent,
    } = tenant;
    LiveTenant {
        id: tenant_id,
        name: known.text(name),
        image: image.map(|image| known.text(image)),
        data: LiveData::from(&known.data(data)),
        roles,
        parent,
    }
}

fn user_json(user: &LiveUser) -> UserJson {
    let LiveUser {
        id,
        uuid,
        email,
        name,
        username,
        image,
        phone_number,
        locked,
        data,
        last_active_at,
        grants_told: _,
        grants,
        tenant_names: _,
    } = user.clone();
    let (mut roles, mut tenants) = (RoleSet::new(), BTreeMap::new());
    for (scope, held) in &grants {
        match scope {
            Scope::Workspace => roles.clone_from(held),
            Scope::Tenant(tenant) => drop(tenants.insert(tenant.clone(), held.clone())),
        }
    }
    UserJson {
        user_id: id,
        user_uuid: uuid,
        email,
        name,
        username,
        image,
        phone_number,
        locked,
        data: data.to_map(),
        last_active_at,
        roles,
        tenants,
    }
}

fn live_user(user: UserJson, known: &Known) -> LiveUser {
    let UserJson {
        user_id,
        user_uuid,
        email,
        name,
        username,
        image,
        phone_number,
        locked,
        data,
        last_active_at,
        roles,
        tenants,
    } = user;
    let text = |text: Option<Arc<str>>| text.map(|text| known.text(text));
    let of_tenants = tenants
        .into_iter()
        .map(|(tenant, roles)| (Scope::Tenant(tenant), roles));
    let grants = std::iter::once((Scope::Workspace, roles)).chain(of_tenants);
    LiveUser {
        id: user_id,
        uuid: user_uuid.map(|uuid| UserUuid::new(known.text(Arc::from(uuid.as_str())))),
        email: email.map(|email| known.email(email)),
        name: text(name),
        username: text(username),
        image: text(image),
        phone_number: text(phone_number),
        locked,
        data: LiveData::from(&known.data(data)),
        last_active_at,
        grants_told: true,
        grants: grants.filter(|(_, roles)| !roles.is_empty()).collect(),
        tenant_names: BTreeMap::new(),
    }
}
