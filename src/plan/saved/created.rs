//! What an earlier run of a saved plan created. In: the records that the server answered with. Out: whether a record of now is one
//! of them.
//!
//! Whoever exists with the address of a user whom a plan creates is somebody else, unless the plan itself is known to have
//! created them: to give a stranger what was planned for a new user could make the stranger an admin.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{LiveTenant, LiveUser, Record, TenantField, TenantId, UserField, UserUuid};
use crate::plan::Address;

/// What earlier runs of a plan created, by the addresses of the steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CreatedRecords(pub BTreeMap<Address, CreatedRecord>);

/// A record that was created, as the server answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub enum CreatedRecord {
    /// A user.
    User {
        /// Its uuid.
        id: UserUuid,
        /// Its fields.
        record: Record<UserField>,
    },
    /// A tenant.
    Tenant {
        /// Its id.
        id: TenantId,
        /// Its fields.
        record: Record<TenantField>,
    },
}

impl CreatedRecord {
    /// A user who was created.
    pub fn user(user: &LiveUser) -> Self {
        Self::User {
            id: user.uuid.clone(),
            record: user.record.clone(),
        }
    }

    /// A tenant that was created.
    pub fn tenant(tenant: &LiveTenant) -> Self {
        Self::Tenant {
            id: tenant.id.clone(),
            record: tenant.record.clone(),
        }
    }
}

impl CreatedRecords {
    /// The user whom the step at this address created.
    pub(crate) fn user_at(&self, address: &Address) -> Option<(&UserUuid, &Record<UserField>)> {
        match self.0.get(address)? {
            CreatedRecord::User { id, record } => Some((id, record)),
            CreatedRecord::Tenant { .. } => None,
        }
    }

    /// The tenant that the step at this address created.
    pub(crate) fn tenant_at(&self, address: &Address) -> Option<(&TenantId, &Record<TenantField>)> {
        match self.0.get(address)? {
            CreatedRecord::Tenant { id, record } => Some((id, record)),
            CreatedRecord::User { .. } => None,
        }
    }

    /// The users that were created.
    pub fn users(&self) -> impl Iterator<Item = &UserUuid> {
        self.0.values().filter_map(|made| match made {
            CreatedRecord::User { id, .. } => Some(id),
            CreatedRecord::Tenant { .. } => None,
        })
    }

    /// The tenants that were created.
    pub fn tenants(&self) -> impl Iterator<Item = &TenantId> {
        self.0.values().filter_map(|made| match made {
            CreatedRecord::Tenant { id, .. } => Some(id),
            CreatedRecord::User { .. } => None,
        })
    }
}
