//! Tenants: create, read, update, delete. In: a [`Store`] and checked changes. Out: the tenant's id,
//! or a refusal that has changed nothing. Main type: [`Tenant`].

use super::error::ApiError;
use super::fields::TenantChange;
use super::store::Store;
use super::switches::DataUpdate;
use super::time::Millis;
use super::users::{set, set_data};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A tenant as kept, or the workspace, which is a tenant too.
#[derive(Clone, Debug)]
pub(super) struct Tenant {
    pub(super) id: Arc<str>,
    pub(super) name: Box<str>,
    pub(super) image: Option<Box<str>>,
    /// A JSON object; none is the empty one.
    pub(super) data: Option<Box<str>>,
    /// A tenant's own role names, beyond the workspace's.
    pub(super) roles: Vec<Arc<str>>,
    /// Who holds a role here.
    pub(super) members: BTreeSet<u64>,
    pub(super) created: Millis,
    pub(super) updated: Millis,
}

impl Tenant {
    /// A tenant without anything but a name.
    pub(super) fn new(id: Arc<str>, name: &str, now: Millis) -> Self {
        Self {
            id,
            name: name.into(),
            image: None,
            data: None,
            roles: Vec::new(),
            members: BTreeSet::new(),
            created: now,
            updated: now,
        }
    }
}

impl Store {
    /// The tenant with this id, or the workspace itself.
    pub(super) fn tenant(&self, id: &str) -> Result<&Tenant, ApiError> {
        self.scope(id).ok_or_else(no_tenant)
    }

    /// Adds a tenant, which must have a name.
    pub(super) fn create_tenant(
        &mut self,
        change: TenantChange,
        now: Millis,
    ) -> Result<Arc<str>, ApiError> {
        let TenantChange { name, image, data } = change;
        let Some(name) = name else {
            return Err(ApiError::bad_request("name is required"));
        };
        let id = self.next_tenant();
        let mut tenant = Tenant::new(Arc::clone(&id), &name, now);
        set(&mut tenant.image, image);
        set_data(&mut tenant.data, data, DataUpdate::Replace);
        self.tenants.insert(Arc::clone(&id), tenant);
        Ok(id)
    }

    /// Sets what is given and leaves the rest.
    pub(super) fn update_tenant(
        &mut self,
        id: &str,
        change: TenantChange,
        now: Millis,
    ) -> Result<(), ApiError> {
        let update = self.switches.data;
        let tenant = self.scope_mut(id).ok_or_else(no_tenant)?;
        let TenantChange { name, image, data } = change;
        if let Some(name) = name {
            tenant.name = name.into();
        }
        set(&mut tenant.image, image);
        set_data(&mut tenant.data, data, update);
        tenant.updated = now;
        Ok(())
    }

    /// Removes a tenant and everybody's roles in it.
    pub(super) fn delete_tenant(&mut self, id: &str) -> Result<(), ApiError> {
        if *self.home.id == *id {
            return Err(ApiError::bad_request(
                "The workspace itself can't be deleted",
            ));
        }
        let Some(tenant) = self.tenants.remove(id) else {
            return self.absent(no_tenant());
        };
        for member in tenant.members {
            if let Some(user) = self.users.get_mut(member) {
                let grants = std::mem::take(&mut user.grants).into_iter();
                user.grants = grants.filter(|grant| *grant.scope != *id).collect();
            }
        }
        Ok(())
    }
}

/// No tenant has that id.
pub(super) fn no_tenant() -> ApiError {
    ApiError::not_found("Tenant not found")
}
