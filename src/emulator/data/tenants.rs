//! Tenants: create, read, update, delete. In: a [`Store`] and checked changes. Out: the tenant's id,
//! or a refusal that has changed nothing.

use crate::emulator::data::fields::TenantChange;
use crate::emulator::data::store::{Store, Tenant};
use crate::emulator::data::time::Millis;
use crate::emulator::http::error::ApiError;
use crate::emulator::switches::{DataUpdate, Nesting};

impl Store {
    /// The tenant with this id, or the workspace itself.
    pub(crate) fn tenant(&self, id: &str) -> Result<&Tenant, ApiError> {
        self.scope(id).ok_or_else(ApiError::no_tenant)
    }

    /// Adds a tenant, which must have a name, below another or below the workspace.
    pub(crate) fn create_tenant(
        &mut self,
        parent: &str,
        change: TenantChange,
        now: Millis,
    ) -> Result<String, ApiError> {
        let parent = self.tenant(parent)?.id.clone();
        let parent = Some(parent).filter(|parent| *parent != self.home.id);
        if parent.is_some() && self.switches.nesting == Nesting::Off {
            return Err(ApiError::not_found("Not Found"));
        }
        let TenantChange { name, image, data } = change;
        let Some(name) = name else {
            return Err(ApiError::bad_request("name is required"));
        };
        let number = self.next_tenant;
        let id = self.next_tenant();
        let mut tenant = Tenant::new(&id, &self.switches.stored(name), now);
        tenant.parent = parent;
        tenant.image = self.switches.icon(number);
        image.write(&mut tenant.image);
        data.write_data(&mut tenant.data, DataUpdate::Replace);
        self.tenants.insert(id.clone(), tenant);
        Ok(id)
    }

    /// Sets what is given and leaves the rest.
    pub(crate) fn update_tenant(
        &mut self,
        id: &str,
        change: TenantChange,
        now: Millis,
    ) -> Result<(), ApiError> {
        let (update, switches) = (self.switches.data, self.switches);
        let tenant = self.scope_mut(id).ok_or_else(ApiError::no_tenant)?;
        let TenantChange { name, image, data } = change;
        if let Some(name) = name {
            tenant.name = switches.stored(name);
        }
        image.write_or(&mut tenant.image, || switches.icon(0));
        data.write_data(&mut tenant.data, update);
        tenant.updated = now;
        Ok(())
    }

    /// Removes a tenant with those below it, and all roles in them. What the real server does to those below is not known: this
    /// shows whoever deletes a tenant that has some.
    pub(crate) fn delete_tenant(&mut self, id: &str) -> Result<(), ApiError> {
        if self.home.id == id {
            return Err(ApiError::bad_request(
                "The workspace itself can't be deleted",
            ));
        }
        if !self.tenants.contains_key(id) {
            return self.absent(ApiError::no_tenant());
        }
        let mut removed: Vec<String> = self.descendants(id).map(|it| it.id.clone()).collect();
        removed.push(id.to_owned());
        for id in removed {
            self.tenants.remove(&id);
            for user in self.users.values_mut() {
                user.roles.remove(&id);
            }
        }
        Ok(())
    }
}
