//! Roles, and who holds them. In: a [`Store`], a scope and role names. Out: the scope's list, and
//! users who hold them. Main type: [`Grant`].

use super::error::ApiError;
use super::fields::UserKey;
use super::store::Store;
use super::switches::UnknownRoles;
use super::tenants::{Tenant, no_tenant};
use std::sync::Arc;

/// The roles that a user holds in one scope.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    pub(super) scope: Arc<str>,
    /// As given, each once, never empty.
    pub(super) roles: Box<[Arc<str>]>,
}

impl Store {
    /// The role names of a scope: the workspace's, then the tenant's own.
    pub(super) fn roles_of<'a>(&'a self, scope: &'a Tenant) -> impl Iterator<Item = &'a Arc<str>> {
        let home = &self.home.roles;
        // Either list may have come by a name later than the other.
        let own = scope.roles.iter().filter(|role| !home.contains(role));
        home.iter().chain(own)
    }

    /// Replaces the roles that a user holds in a scope.
    pub(super) fn set_roles(
        &mut self,
        scope: &str,
        key: UserKey,
        roles: &[String],
    ) -> Result<u64, ApiError> {
        self.tenant(scope)?;
        let user = self.user(key)?.id;
        self.list_roles(scope, roles)?;
        self.grant(scope, user, roles);
        Ok(user)
    }

    /// Makes sure that a scope's list has these roles, as the switch says.
    pub(super) fn list_roles(&mut self, scope: &str, roles: &[String]) -> Result<(), ApiError> {
        let tenant = self.tenant(scope)?;
        let is_new = |role: &&String| self.roles_of(tenant).all(|known| **known != ***role);
        let new: Vec<String> = roles.iter().filter(is_new).cloned().collect();
        if let (Some(role), UnknownRoles::Refuse) = (new.first(), self.switches.unknown_roles) {
            let message = format!("Role {role:?} does not exist");
            return Err(ApiError::bad_request(message));
        }
        let new: Vec<Arc<str>> = new.iter().map(|role| self.role_name(role)).collect();
        let tenant = self.scope_mut(scope).ok_or_else(no_tenant)?;
        tenant.roles.extend(new);
        Ok(())
    }

    /// Adds roles to those that a user holds in a scope.
    pub(super) fn add_roles(&mut self, scope: &str, user: u64, roles: &[String]) {
        let mut all: Vec<String> = self.held(user, scope).map(str::to_owned).collect();
        for role in roles {
            if !all.contains(role) {
                all.push(role.clone());
            }
        }
        self.grant(scope, user, &all);
    }

    /// The roles that a user holds in a scope.
    fn held(&self, user: u64, scope: &str) -> impl Iterator<Item = &str> {
        let grants = self.users.get(user).map(|user| &*user.grants);
        let grants = grants.unwrap_or_default().iter();
        grants
            .filter(move |grant| *grant.scope == *scope)
            .flat_map(|grant| grant.roles.iter().map(|role| &**role))
    }

    /// Writes a grant that has been checked, and who is a member.
    pub(super) fn grant(&mut self, scope: &str, user: u64, roles: &[String]) {
        let roles: Box<[Arc<str>]> = roles.iter().map(|role| self.role_name(role)).collect();
        let Some(tenant) = self.scope_mut(scope) else {
            return;
        };
        let scope = Arc::clone(&tenant.id);
        if roles.is_empty() {
            tenant.members.remove(&user);
        } else {
            tenant.members.insert(user);
        }
        let Some(user) = self.users.get_mut(user) else {
            return;
        };
        let mut grants = std::mem::take(&mut user.grants).into_vec();
        match grants.binary_search_by(|grant| grant.scope.cmp(&scope)) {
            Ok(place) if roles.is_empty() => drop(grants.remove(place)),
            Ok(place) => {
                if let Some(grant) = grants.get_mut(place) {
                    grant.roles = roles;
                }
            }
            Err(_) if roles.is_empty() => {}
            Err(place) => grants.insert(place, Grant { scope, roles }),
        }
        user.grants = grants.into();
    }
}
