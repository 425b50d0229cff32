//! Tenants: create, read, update, delete. In: a [`Store`] and checked changes. Out: the tenant's id,
//! or a refusal that has changed nothing.

use super::error::ApiError;
use super::fields::TenantChange;
use super::store::{Store, Tenant};
use super::switches::DataUpdate;
use super::time::Millis;

impl Store {
    /// The tenant with this id, or the workspace itself.
    pub(super) fn tenant(&self, id: &str) -> Result<&Tenant, ApiError> {
        self.scope(id).ok_or_else(ApiError::no_tenant)
    }

    /// Adds a tenant, which must have a name.
    pub(super) fn create_tenant(
        &mut self,
        change: TenantChange,
        now: Millis,
    ) -> Result<String, ApiError> {
        let TenantChange { name, image, data } = change;
        let Some(name) = name else {
            return Err(ApiError::bad_request("name is required"));
        };
        let id = self.next_tenant();
        let mut tenant = Tenant::new(&id, &name, now);
        image.write(&mut tenant.image);
        data.write_data(&mut tenant.data, DataUpdate::Replace);
        self.tenants.insert(id.clone(), tenant);
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
        let tenant = self.scope_mut(id).ok_or_else(ApiError::no_tenant)?;
        let TenantChange { name, image, data } = change;
        if let Some(name) = name {
            tenant.name = name;
        }
        image.write(&mut tenant.image);
        data.write_data(&mut tenant.data, update);
        tenant.updated = now;
        Ok(())
    }

    /// Removes a tenant and all roles in it.
    pub(super) fn delete_tenant(&mut self, id: &str) -> Result<(), ApiError> {
        if self.home.id == id {
            return Err(ApiError::bad_request(
                "The workspace itself can't be deleted",
            ));
        }
        if self.tenants.remove(id).is_none() {
            return self.absent(ApiError::no_tenant());
        }
        for user in self.users.values_mut() {
            user.roles.remove(id);
        }
        Ok(())
    }
}
