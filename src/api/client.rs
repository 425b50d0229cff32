//! The client: settings in, answers out. It implements both traits of [`directory`](super::directory).

use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::directory::{Answer, Directory, Query, ReadDirectory, TenantRecord, UserKey};
use super::request::Request;
use super::retry::Repeat;
use super::transport::Transport;
use super::{ClientError, Key, Page, Settings, Usage, endpoints};
use crate::model::{
    Invite, LiveTenant, LiveUser, Mode, RoleSet, Scope, TenantFields, TenantId, UserFields,
};

/// A client of one workspace and mode.
#[derive(Debug)]
pub struct Client {
    pub(super) transport: Transport,
}

/// The verbs of the API's calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Reads.
    Get,
    /// Creates, searches or acts.
    Post,
    /// Sets.
    Put,
    /// Deletes.
    Delete,
}

impl Client {
    /// Any call of the API: the answer's body as it is, null where it is empty. A `POST` that is no search may make
    /// something, and is not repeated once it may have been carried out.
    ///
    /// # Errors
    /// As of every call.
    pub async fn call(&self, verb: Verb, path: &str, body: Option<Value>) -> Answer<Value> {
        let body = body.unwrap_or(Value::Null);
        let request = match verb {
            Verb::Get => Request::get(path.to_owned()),
            Verb::Delete => Request::delete(path.to_owned()),
            Verb::Put => Request::put(path.to_owned(), body),
            Verb::Post if path.ends_with("/find") || path.ends_with("/active") => {
                Request::post(path, body)
            }
            Verb::Post => Request::post(path, body).repeat(Repeat::Unsafe),
        };
        self.transport.send(request, Ok).await
    }

    /// The API's address.
    pub fn url(&self) -> &Url {
        self.transport.base()
    }

    /// Whether calls are encrypted; on loopback they need not be.
    pub fn is_encrypted(&self) -> bool {
        self.url().scheme() == "https"
    }

    /// How far this machine's clock is from the server's, as the last answer told.
    pub fn skew(&self) -> Option<Duration> {
        self.transport.skew()
    }

    /// Prepares a client; nothing is sent yet.
    ///
    /// # Errors
    /// Where the address is not acceptable, or TLS can't be set up.
    pub fn new(settings: Settings) -> Result<Self, ClientError> {
        Ok(Self {
            transport: Transport::new(settings)?,
        })
    }

    /// The key, of which only the public parts can be seen.
    pub fn key(&self) -> &Key {
        self.transport.key()
    }

    /// What has been asked so far.
    pub fn usage(&self) -> Usage {
        self.transport.usage()
    }
}

impl ReadDirectory for Client {
    fn workspace(&self) -> &TenantId {
        &self.key().workspace
    }

    fn mode(&self) -> Mode {
        self.key().mode
    }

    async fn user(&self, user: &UserKey) -> Answer<LiveUser> {
        self.user_call(endpoints::read_user(user)).await
    }

    async fn find_users(&self, query: &Query) -> Answer<Page<LiveUser>> {
        self.user_page(endpoints::find_users(query)).await
    }

    async fn tenant(&self, tenant: &TenantId) -> Answer<TenantRecord> {
        self.tenant_call(endpoints::read_tenant(tenant)).await
    }

    async fn find_tenants(&self, parent: &TenantId, query: &Query) -> Answer<Page<LiveTenant>> {
        self.tenant_page(endpoints::find_tenants(parent, query))
            .await
    }

    async fn roles(&self) -> Answer<RoleSet> {
        self.role_call(endpoints::list_roles()).await
    }

    async fn tenant_roles(&self, tenant: &TenantId) -> Answer<RoleSet> {
        self.role_call(endpoints::list_tenant_roles(tenant)).await
    }
}

impl Directory for Client {
    async fn create_user(&self, fields: &UserFields) -> Answer<LiveUser> {
        self.user_call(endpoints::create_user(fields)).await
    }

    async fn update_user(&self, user: &UserKey, fields: &UserFields) -> Answer<Option<LiveUser>> {
        self.written_user(endpoints::update_user(user, fields))
            .await
    }

    async fn delete_user(&self, user: &UserKey) -> Answer<()> {
        self.delete_call(endpoints::delete_user(user)).await
    }

    async fn invite_user(&self, fields: &UserFields, invite: &Invite) -> Answer<LiveUser> {
        self.user_call(endpoints::invite_user(fields, invite)).await
    }

    async fn create_or_update_user(
        &self,
        user: Option<&UserKey>,
        fields: &UserFields,
    ) -> Answer<Option<LiveUser>> {
        self.written_user(endpoints::create_or_update_user(user, fields))
            .await
    }

    async fn mark_active(&self, user: &UserKey) -> Answer<()> {
        self.plain_call(endpoints::mark_active(user)).await
    }

    async fn create_tenant(&self, fields: &TenantFields) -> Answer<LiveTenant> {
        self.tenant_call(endpoints::create_tenant(fields))
            .await
            .map(|record| record.tenant)
    }

    async fn update_tenant(
        &self,
        tenant: &TenantId,
        fields: &TenantFields,
    ) -> Answer<Option<LiveTenant>> {
        self.written_tenant(endpoints::update_tenant(tenant, fields))
            .await
    }

    async fn delete_tenant(&self, tenant: &TenantId) -> Answer<()> {
        self.delete_call(endpoints::delete_tenant(tenant)).await
    }

    async fn set_roles(&self, user: &UserKey, roles: &RoleSet) -> Answer<Option<RoleSet>> {
        self.written_roles(endpoints::set_roles(user, roles), &Scope::Workspace)
            .await
    }

    async fn invite_to_roles(
        &self,
        fields: &UserFields,
        roles: &RoleSet,
        invite: &Invite,
    ) -> Answer<LiveUser> {
        self.user_call(endpoints::invite_to_roles(fields, roles, invite))
            .await
    }

    async fn set_tenant_roles(
        &self,
        tenant: &TenantId,
        user: &UserKey,
        roles: &RoleSet,
    ) -> Answer<Option<RoleSet>> {
        let scope = Scope::Tenant(tenant.clone());
        self.written_roles(endpoints::set_tenant_roles(tenant, user, roles), &scope)
            .await
    }

    async fn invite_to_tenant_roles(
        &self,
        tenant: &TenantId,
        fields: &UserFields,
        roles: &RoleSet,
        invite: &Invite,
    ) -> Answer<LiveUser> {
        self.user_call(endpoints::invite_to_tenant_roles(
            tenant, fields, roles, invite,
        ))
        .await
    }
}
