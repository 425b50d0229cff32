//! Roles, and which users hold them. In: a [`Store`], a scope and role names. Out: the scope's list,
//! and users who hold them.

use crate::emulator::data::fields::UserKey;
use crate::emulator::data::store::{Store, Tenant};
use crate::emulator::http::error::ApiError;
use crate::emulator::switches::UnknownRoles;

impl Store {
    /// The role names of a scope: the workspace's, then the tenant's own.
    pub(crate) fn roles_of<'a>(&'a self, scope: &'a Tenant) -> impl Iterator<Item = &'a String> {
        let home = &self.home.roles;
        // A name may have been added to either list after it was added to the other.
        let own = scope.roles.iter().filter(|role| !home.contains(role));
        home.iter().chain(own)
    }

    /// Replaces the roles that a user holds in a scope.
    pub(crate) fn set_roles(
        &mut self,
        scope: &str,
        key: UserKey,
        roles: Vec<String>,
    ) -> Result<u64, ApiError> {
        self.tenant(scope)?;
        let user = self.user(key)?.id;
        self.list_roles(scope, &roles)?;
        if let Some(user) = self.users.get_mut(&user) {
            if roles.is_empty() {
                user.roles.remove(scope);
            } else {
                user.roles.insert(scope.to_owned(), roles);
            }
        }
        Ok(user)
    }

    /// Makes sure that a scope's list has these roles, as the switch says.
    pub(crate) fn list_roles(&mut self, scope: &str, roles: &[String]) -> Result<(), ApiError> {
        let new = self.unlisted(self.tenant(scope)?, roles);
        if let (Some(role), UnknownRoles::Refuse) = (new.first(), self.switches.unknown_roles) {
            let message = format!("Role {role:?} does not exist");
            return Err(ApiError::bad_request(message));
        }
        self.add_to_list(scope, new);
        Ok(())
    }

    /// Those of these roles that a scope's list does not have.
    pub(crate) fn unlisted(&self, scope: &Tenant, roles: &[String]) -> Vec<String> {
        let is_new = |role: &&String| self.roles_of(scope).all(|known| known != *role);
        roles.iter().filter(is_new).cloned().collect()
    }

    /// Adds roles to a scope's list.
    pub(crate) fn add_to_list(&mut self, scope: &str, roles: Vec<String>) {
        if let Some(tenant) = self.scope_mut(scope) {
            tenant.roles.extend(roles);
        }
    }

    /// Adds roles to those that a user holds in a scope.
    pub(crate) fn add_roles(&mut self, scope: &str, user: u64, roles: &[String]) {
        let Some(user) = self.users.get_mut(&user).filter(|_| !roles.is_empty()) else {
            return;
        };
        let held = user.roles.entry(scope.to_owned()).or_default();
        for role in roles {
            if !held.contains(role) {
                held.push(role.clone());
            }
        }
    }
}
