//! All calls that read. In: ids and [`Query`]s. Out: records, as the model has them. Main type: [`Reader`].
//!
//! The numbers are those of the reference's order of calls.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::error::{ApiError, ClientError};
use super::key::Key;
use super::page::Page;
use super::query::Query;
use super::request::{Request, UserKey};
use super::settings::{Settings, Usage};
use super::transport::Transport;
use super::wire::{self, PageJson, RolesJson, TenantJson, TenantRecord, UserJson};
use crate::model::{Held, LiveTenant, LiveUser, Mode, RoleSet, TenantId};

/// Reads one workspace and mode. It has no call that changes anything, so code that holds a `Reader` can't write. Clones
/// share their connections and their pace.
#[derive(Clone, Debug)]
pub struct Reader(Arc<Transport>);

impl Reader {
    /// Prepares a reader; nothing is sent yet.
    ///
    /// # Errors
    /// Where the address is not acceptable, or TLS can't be set up.
    pub fn new(settings: Settings) -> Result<Self, ClientError> {
        Ok(Self(Arc::new(Transport::new(settings)?)))
    }

    /// A user's record (call 2).
    ///
    /// # Errors
    /// [`ApiError::NotFound`] if there is no such user; [`ApiError::BadAnswer`] if a uuid is answered with the record of
    /// another user.
    pub async fn user(&self, user: impl Into<UserKey>) -> Result<LiveUser, ApiError> {
        let user = user.into();
        let read = |json: UserJson| {
            if let UserKey::Uuid(uuid) = &user {
                wire::expect_uuid(json.uuid(), uuid)?;
            }
            wire::user(json, self.workspace())
        };
        let request = Request::get(format!("/v0/users/{user}"));
        self.0.send(request, read).await
    }

    /// A page of users (call 5), in the order of their numbers, so that new users come last.
    ///
    /// # Errors
    /// As of every call; [`ApiError::BadAnswer`] also if the page does not say how many users there are.
    pub async fn find_users(&self, query: &Query) -> Result<Page<LiveUser>, ApiError> {
        let read = |json: PageJson<UserJson>| {
            // Most users of a page hold the same roles, which are kept once.
            let mut known: HashSet<Held> = HashSet::new();
            wire::page(json, |user| {
                let mut user = wire::user(user, self.workspace())?;
                match known.get(&user.grants) {
                    Some(same) => user.grants = same.clone(),
                    None => drop(known.insert(user.grants.clone())),
                }
                Ok(user)
            })
        };
        let request = Request::post("/v0/users/find", query.body("userId_ASC"));
        self.0.send(request, read).await
    }

    /// A tenant's record, with the tenants below it as far as the record lists them (call 10).
    ///
    /// # Errors
    /// [`ApiError::NotFound`] if there is no such tenant.
    pub async fn tenant(&self, tenant: &TenantId) -> Result<TenantRecord, ApiError> {
        let request = Request::get(format!("/v0/tenants/{tenant}"));
        self.0.send(request, wire::tenant).await
    }

    /// A page of the tenants below another, in the order of their ids. The reference does not have this call.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] if the server does not have the call, or there is no such tenant.
    pub async fn find_tenants(
        &self,
        parent: &TenantId,
        query: &Query,
    ) -> Result<Page<LiveTenant>, ApiError> {
        let path = format!("/v0/tenants/{parent}/tenants/find");
        let request = Request::post(path, query.body("tenantId_ASC"));
        let read = |json: PageJson<TenantJson>| wire::page(json, wire::child);
        self.0.send(request, read).await
    }

    /// The roles that the workspace lists (call 13).
    ///
    /// # Errors
    /// As of every call.
    pub async fn roles(&self) -> Result<RoleSet, ApiError> {
        let read = |json: RolesJson| Ok(wire::role_list(json));
        self.0.send(Request::get("/v0/roles"), read).await
    }

    /// The roles that a tenant lists (call 16).
    ///
    /// # Errors
    /// [`ApiError::NotFound`] if there is no such tenant.
    pub async fn tenant_roles(&self, tenant: &TenantId) -> Result<RoleSet, ApiError> {
        let request = Request::get(format!("/v0/tenants/{tenant}/roles"));
        let read = |json: RolesJson| Ok(wire::role_list(json));
        self.0.send(request, read).await
    }

    /// The workspace that the key belongs to.
    pub fn workspace(&self) -> &TenantId {
        &self.key().workspace
    }

    /// Which of the workspace's two sets of data the key reaches.
    pub fn mode(&self) -> Mode {
        self.key().mode
    }

    /// The key, of which only the public parts can be seen.
    pub fn key(&self) -> &Key {
        self.0.key()
    }

    /// The API's address.
    pub fn url(&self) -> &Url {
        self.0.base()
    }

    /// Whether calls are encrypted; on loopback they need not be.
    pub fn is_encrypted(&self) -> bool {
        self.url().scheme() == "https"
    }

    /// How many calls may be in flight, at least 1. More that are started wait for their turn.
    pub fn parallel(&self) -> usize {
        self.0.parallel()
    }

    /// How far this machine's clock is from the server's, by the last answer's `Date` header; none if it had none.
    pub fn skew(&self) -> Option<Duration> {
        self.0.skew()
    }

    /// How many requests were sent so far, and how long they took.
    pub fn usage(&self) -> Usage {
        self.0.usage()
    }

    pub(super) fn transport(&self) -> &Transport {
        &self.0
    }
}
