//! What the answers to requests are read as.

use std::collections::HashSet;

use serde_json::Value;

use super::client::Client;
use super::directory::{Answer, TenantRecord};
use super::request::Request;
use super::wire::{self, PageJson, RolesJson, TenantJson, UserJson};
use super::{ApiError, Page};
use crate::model::{Held, LiveTenant, LiveUser, RoleSet, Scope};

impl Client {
    pub(super) async fn user_call(&self, request: Request) -> Answer<LiveUser> {
        self.transport
            .send(request, |json: UserJson| {
                wire::user(json, &self.key().workspace)
            })
            .await
    }

    pub(super) async fn user_page(&self, request: Request) -> Answer<Page<LiveUser>> {
        let read = |json: PageJson<UserJson>| {
            // Most people of a page hold the same: that is kept once.
            let mut known: HashSet<Held> = HashSet::new();
            wire::page(json, |user| {
                let mut user = wire::user(user, &self.key().workspace)?;
                match known.get(&user.grants) {
                    Some(same) => user.grants = same.clone(),
                    None => drop(known.insert(user.grants.clone())),
                }
                Ok(user)
            })
        };
        self.transport.send(request, read).await
    }

    /// A change, whose answer may be empty.
    pub(super) async fn written_user(&self, request: Request) -> Answer<Option<LiveUser>> {
        let read = |json: Option<UserJson>| {
            json.map(|json| wire::user(json, &self.key().workspace))
                .transpose()
        };
        self.transport.send(request, read).await
    }

    /// A change, whose answer may be empty.
    pub(super) async fn written_tenant(&self, request: Request) -> Answer<Option<LiveTenant>> {
        self.transport
            .send(request, |json: Option<TenantJson>| {
                json.map(wire::child).transpose()
            })
            .await
    }

    pub(super) async fn tenant_call(&self, request: Request) -> Answer<TenantRecord> {
        self.transport.send(request, wire::tenant).await
    }

    pub(super) async fn tenant_page(&self, request: Request) -> Answer<Page<LiveTenant>> {
        self.transport
            .send(request, |json: PageJson<TenantJson>| {
                wire::page(json, wire::child)
            })
            .await
    }

    pub(super) async fn role_call(&self, request: Request) -> Answer<RoleSet> {
        self.transport
            .send(request, |json: RolesJson| Ok(wire::role_list(json)))
            .await
    }

    /// A change of roles, whose answer is the user, the roles, or something else.
    pub(super) async fn written_roles(
        &self,
        request: Request,
        scope: &Scope,
    ) -> Answer<Option<RoleSet>> {
        let workspace = &self.key().workspace;
        let read = |json: Value| Ok(wire::roles_held(json, workspace, scope));
        self.transport.send(request, read).await
    }

    /// A call whose answer says nothing that is not known.
    pub(super) async fn plain_call(&self, request: Request) -> Answer<()> {
        self.transport.send(request, |_: Value| Ok(())).await
    }

    /// A deletion: what is gone already was deleted by somebody else, or by an attempt whose answer was lost.
    pub(super) async fn delete_call(&self, request: Request) -> Answer<()> {
        match self.plain_call(request).await {
            Err(ApiError::NotFound { .. }) => Ok(()),
            answer => answer,
        }
    }
}
