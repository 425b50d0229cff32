//! [`Live`] ↔ [`Snapshot`]: the live state as a JSON document, with or without personal data.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use miette::Diagnostic;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::export::redact::{Originals, Redactor};
use crate::model::{
    Desired, DocumentError, DocumentKind, Email, Held, Hidden, Inheritance, Known, Live,
    LiveTenant, LiveUser, Mode, Record, RoleName, RoleSet, Scope, TenantField, TenantId, UserField,
    UserId, UserUuid,
};

/// The version of the document that this program writes.
const FORMAT_VERSION: u32 = 1;

/// How every snapshot starts.
pub(crate) const SNAPSHOT_MARKER: &str = "{\n  \"document\": \"snapshot\"";

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
    #[serde(deserialize_with = "TenantId::of_document")]
    pub workspace: TenantId,
    /// Which of its two sets of data was read.
    pub mode: Mode,
    /// Whether personal data are replaced by pseudonyms.
    pub redacted: bool,
    /// How many tenants the server does not list; null where that is not known.
    hidden_tenants: Option<usize>,
    /// Whether roles in tenants are known to be held in these themselves, and not only repeated from tenants above.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    own_roles: bool,
    roles: BTreeSet<RoleName>,
    tenants: Vec<TenantJson>,
    users: Vec<UserJson>,
}

/// A tenant. A field that is not in its table is refused when the record is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TenantJson {
    tenant_id: TenantId,
    #[serde(flatten)]
    record: Record<TenantField>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    roles: BTreeSet<RoleName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<TenantId>,
}

/// A user. A field that is not in its table is refused when the record is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserJson {
    user_id: UserId,
    /// Left out where the server's records have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user_uuid: Option<UserUuid>,
    #[serde(flatten)]
    record: Record<UserField>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_active_at: Option<Arc<str>>,
    /// Whether the user never confirmed an address.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    unconfirmed: bool,
    /// The roles held in the workspace.
    #[serde(default, skip_serializing_if = "RoleSet::is_empty")]
    roles: RoleSet,
    /// The roles held in tenants.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    tenants: BTreeMap<TenantId, RoleSet>,
}

/// Why a snapshot can't be used.
#[derive(Debug, Error, Diagnostic)]
pub enum SnapshotError {
    /// It is not a snapshot, or is damaged.
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
/// Where it is not a snapshot, or has another version.
pub fn read(text: &[u8]) -> Result<Snapshot, SnapshotError> {
    let read = DocumentKind::Snapshot.read(FORMAT_VERSION, text);
    read.map_err(|error| match error {
        DocumentError::OtherVersion { newer: true, tool } => SnapshotError::Newer {
            tool: tool.unwrap_or_else(|| "unknown".to_owned()),
        },
        other => SnapshotError::NotASnapshot(other.into()),
    })
}

impl Snapshot {
    /// How many users and tenants it has.
    pub fn size(&self) -> (usize, usize) {
        (self.users.len(), self.tenants.len())
    }

    /// The document of a live state.
    pub fn of(live: &Live) -> Option<Self> {
        if !live.is_whole() {
            return None;
        }
        Some(Self {
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
            own_roles: live.inheritance.is_proven(),
            roles: live.roles.clone(),
            tenants: live.tenants.found().map(TenantJson::of).collect(),
            users: live.users.found().map(UserJson::of).collect(),
        })
    }

    /// The document as text.
    pub fn text(&self) -> String {
        // A document of texts, numbers and lists can always be written.
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        text + "\n"
    }

    /// The same without personal data: names, addresses and what the records contain become pseudonyms, the same for the
    /// same value. Ids, roles and who holds them stay.
    #[must_use]
    pub fn redacted(self) -> Self {
        let emails = self
            .users
            .iter()
            .filter_map(|user| user.record.text(UserField::Email));
        let redactor = Redactor::new(&self.workspace, emails.cloned().map(Email::new));
        let users = self.users.into_iter().map(|user| UserJson {
            user_uuid: user.user_uuid.map(|uuid| redactor.uuid(&uuid)),
            record: redactor.record(&user.record),
            last_active_at: user.last_active_at.map(|at| day(&at)),
            ..user
        });
        let tenants = self.tenants.into_iter().map(|tenant| TenantJson {
            record: redactor.record(&tenant.record),
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
    /// manifest contains are turned back.
    pub fn live(self, desired: &Desired) -> Live {
        let originals = if self.redacted {
            Originals::of(&self.workspace, desired)
        } else {
            Originals::default()
        };
        let tenants = self.tenants.into_iter().map(|tenant| {
            let tenant = tenant.live(&originals);
            (tenant.id.clone(), tenant)
        });
        let users = self.users.into_iter().map(|user| {
            let user = user.live(&originals);
            (user.uuid.clone(), user)
        });
        let (tenants, users) = (tenants.collect(), users.collect::<BTreeMap<_, _>>());
        Live {
            workspace: self.workspace,
            mode: self.mode,
            claimed_users: users.len(),
            tenants: Known::all(tenants),
            users: Known::all(users),
            roles: self.roles,
            is_flat: false,
            hidden: match self.hidden_tenants {
                Some(0) => Hidden::Nothing,
                Some(count) => Hidden::Some(count),
                None => Hidden::Unknown,
            },
            // A snapshot of records that can't be read is not written.
            unreadable_users: Vec::new(),
            unreadable_tenants: Vec::new(),
            searched: BTreeSet::new(),
            alike: BTreeSet::new(),
            // Roles that are known to be only repeated are not written, and what is written is known to be held.
            inheritance: if self.own_roles {
                Inheritance::NotRepeated
            } else {
                Inheritance::Unproven
            },
            direct: BTreeSet::new(),
            direct_known: BTreeSet::new(),
        }
        .split_inherited()
    }
}

/// The day of a time: a snapshot without personal data shows how long ago it was, and not the time of day.
fn day(at: &str) -> Arc<str> {
    let day = at.get(..10).map(|day| format!("{day}T00:00:00Z"));
    Arc::from(day.unwrap_or_default())
}

impl TenantJson {
    fn of(tenant: &LiveTenant) -> Self {
        let LiveTenant {
            id,
            record,
            roles,
            parent,
            children: _,
        } = tenant.clone();
        Self {
            tenant_id: id,
            record,
            roles,
            parent,
        }
    }

    fn live(self, originals: &Originals) -> LiveTenant {
        let Self {
            tenant_id,
            record,
            roles,
            parent,
        } = self;
        LiveTenant {
            id: tenant_id,
            record: originals.record(&record),
            roles,
            parent,
            children: None,
        }
    }
}

impl UserJson {
    fn of(user: &LiveUser) -> Self {
        let own_uuid = user.own_uuid().cloned();
        let LiveUser {
            uuid: _,
            id,
            record,
            last_active_at,
            confirmed,
            grants_told: _,
            shown: _,
            grants: _,
            inherited: _,
            tenant_names: _,
        } = user.clone();
        let (mut roles, mut tenants) = (RoleSet::new(), BTreeMap::<_, RoleSet>::new());
        // Where it is not known whether a role is held in the tenant itself, it is written as the record shows it.
        for (scope, held) in &user.possible() {
            match scope {
                Scope::Workspace => roles.clone_from(held),
                Scope::Tenant(tenant) => {
                    tenants
                        .entry(tenant.clone())
                        .or_default()
                        .extend(held.iter().cloned());
                }
            }
        }
        Self {
            user_id: id,
            user_uuid: own_uuid,
            record,
            last_active_at,
            unconfirmed: !confirmed,
            roles,
            tenants,
        }
    }

    fn live(self, originals: &Originals) -> LiveUser {
        let Self {
            user_id,
            user_uuid,
            record,
            last_active_at,
            unconfirmed,
            roles,
            tenants,
        } = self;
        let tenants = tenants
            .into_iter()
            .map(|(tenant, roles)| (Scope::Tenant(tenant), roles));
        let grants = std::iter::once((Scope::Workspace, roles)).chain(tenants);
        let shown: Held = grants.filter(|(_, roles)| !roles.is_empty()).collect();
        let uuid = user_uuid.map(|uuid| originals.uuid(uuid));
        LiveUser {
            uuid: uuid.unwrap_or_else(|| UserUuid::from(user_id)),
            id: user_id,
            record: originals.record(&record),
            last_active_at,
            confirmed: !unconfirmed,
            grants_told: true,
            grants: shown.clone(),
            shown,
            inherited: Held::default(),
            tenant_names: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn document() -> Value {
        json!({
            "document": "snapshot",
            "formatVersion": 1,
            "tool": env!("CARGO_PKG_VERSION"),
            "workspace": "demo1234",
            "mode": "test",
            "redacted": false,
            "hiddenTenants": null,
            "roles": ["admin"],
            "tenants": [
                {"tenantId": "acme0001", "name": "Acme", "data": {"plan": "pro"}, "parent": "demo1234"},
            ],
            "users": [
                {"userId": 7, "name": "Bob", "tenants": {"acme0001": ["viewer"]}},
                {
                    "userId": 1,
                    "userUuid": "c38d7119-4d54-4b34-b6a5-c6e5be22d81b",
                    "email": "jane@example.com",
                    "locked": true,
                    "lastActiveAt": "2026-01-02T03:04:05Z",
                    "roles": ["admin"],
                },
            ],
        })
    }

    fn parsed(document: &Value) -> Result<Snapshot, SnapshotError> {
        read(document.to_string().as_bytes())
    }

    #[test]
    fn a_live_state_is_read_back_as_it_was_written() {
        let live = parsed(&document()).unwrap().live(&Desired::default());
        assert!(live.users.is_complete() && live.tenants.is_complete());
        assert_eq!(live.hidden, Hidden::Unknown);
        let bob = live.users.get(&UserUuid::new("7")).unwrap();
        assert_eq!((bob.id, bob.own_uuid()), (UserId(7), None));
        assert_eq!(
            serde_json::to_value(Snapshot::of(&live).unwrap()).unwrap(),
            document()
        );
        assert!(
            Snapshot::of(&live)
                .unwrap()
                .text()
                .starts_with(SNAPSHOT_MARKER)
        );
    }

    #[test]
    fn a_part_of_a_live_state_is_no_snapshot() {
        let mut live = parsed(&document()).unwrap().live(&Desired::default());
        live.users = Known::some(live.users.records().clone());
        assert!(Snapshot::of(&live).is_none());
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for (list, field, value) in [
            ("users", "nmae", json!("Bob")),
            ("users", "locked", json!("true")),
            ("tenants", "locked", json!(true)),
        ] {
            let mut wrong = document();
            wrong[list][0][field] = value;
            let error = parsed(&wrong).unwrap_err();
            assert!(matches!(error, SnapshotError::NotASnapshot(_)), "{error}");
        }
        let mut newer = document();
        newer["formatVersion"] = json!(2);
        assert!(matches!(parsed(&newer), Err(SnapshotError::Newer { .. })));
    }

    #[test]
    fn a_snapshot_without_personal_data_has_ids_and_roles_only() {
        let redacted = parsed(&document()).unwrap().redacted();
        let text = redacted.text();
        for secret in [
            "Bob",
            "jane",
            "example.com",
            "Acme",
            "pro",
            "c38d7119",
            "03:04:05",
        ] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
        for kept in [
            "acme0001",
            "viewer",
            "\"locked\": true",
            "\"userId\": 7",
            "\"plan\"",
        ] {
            assert!(text.contains(kept), "{kept}: {text}");
        }
        assert_eq!(
            parsed(&serde_json::to_value(&redacted).unwrap()).unwrap(),
            redacted
        );
    }
}
