//! What can be asked of the directory of tenants, users and roles: one trait for reading, one for writing.
//!
//! All 18 calls of the reference, and the search for tenants. The numbers are those of the reference's order.

use std::fmt;

use serde_json::{Value, json};

use super::{ApiError, Page};
use crate::model::{
    Invite, LiveTenant, LiveUser, RoleName, RoleSet, TenantFields, TenantId, UserFields, UserId,
    UserUuid,
};

/// How a user is named in a path: by number, or by the second id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserKey {
    /// The number.
    Id(UserId),
    /// The second id.
    Uuid(UserUuid),
}

impl From<UserId> for UserKey {
    fn from(id: UserId) -> Self {
        Self::Id(id)
    }
}

impl fmt::Display for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Uuid(uuid) => uuid.fmt(f),
        }
    }
}

/// A search: what to look for, in which order, which page.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Groups of filters, all of which have to hold; empty for everything.
    pub filters: Vec<Vec<Filter>>,
    /// `<attribute>_ASC` or `_DESC`; the server's choice where left out.
    pub order: Option<&'static str>,
    /// The page, from 1.
    pub page: usize,
}

impl Query {
    /// Everything, in an order in which new records come last.
    pub fn all(order: &'static str) -> Self {
        Self {
            filters: Vec::new(),
            order: Some(order),
            page: 1,
        }
    }

    /// The same search, another page.
    #[must_use]
    pub fn at(&self, page: usize) -> Self {
        Self {
            page,
            ..self.clone()
        }
    }
}

/// How an address is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EmailTest {
    /// It is the text.
    Is,
    /// It begins with the text.
    StartsWith,
    /// It ends with the text.
    EndsWith,
}

/// One condition of a search; the conditions of one group are alternatives.
#[derive(Clone, Debug)]
pub struct Filter {
    /// The attribute, as the API names it.
    pub attribute: &'static str,
    /// What it is compared as and how.
    pub comparison: (&'static str, &'static str),
    /// What it is compared with.
    pub value: Value,
}

impl Filter {
    /// The address is this one.
    pub fn email(email: &str) -> Self {
        Self::email_that(EmailTest::Is, email)
    }

    /// The address is this text, or begins or ends with it.
    pub fn email_that(test: EmailTest, text: &str) -> Self {
        let comparison = match test {
            EmailTest::Is => "is",
            EmailTest::StartsWith => "starts with",
            EmailTest::EndsWith => "ends with",
        };
        Self {
            attribute: "email",
            comparison: ("string", comparison),
            value: json!(text),
        }
    }

    /// The name is this one.
    pub fn name(name: &str) -> Self {
        Self {
            attribute: "name",
            comparison: ("string", "is"),
            value: json!(name),
        }
    }

    /// The user holds this role in this tenant, or any role where none is named.
    pub fn role(tenant: &TenantId, role: Option<&RoleName>) -> Self {
        let value = role.map_or_else(|| tenant.to_string(), |role| format!("{tenant}:{role}"));
        Self {
            attribute: "role",
            comparison: ("string", "is"),
            value: json!(value),
        }
    }
}

/// A tenant as its own record shows it.
#[derive(Clone, Debug)]
pub struct TenantRecord {
    /// The tenant.
    pub tenant: LiveTenant,
    /// The tenants below it, as far as the record lists them.
    pub children: Vec<LiveTenant>,
    /// How many tenants there are below it, where the record tells.
    pub child_count: Option<usize>,
}

/// The result of a call.
pub type Answer<T> = Result<T, ApiError>;

/// Reading: nothing here changes anything.
pub trait ReadDirectory: Sync {
    /// The workspace that is read.
    fn workspace(&self) -> &TenantId;
    /// Which of its two sets of data is read.
    fn mode(&self) -> crate::model::Mode;

    /// `GET /v0/users/:userId` (2)
    fn user(&self, user: &UserKey) -> impl Future<Output = Answer<LiveUser>> + Send;
    /// `POST /v0/users/find` (5)
    fn find_users(&self, query: &Query) -> impl Future<Output = Answer<Page<LiveUser>>> + Send;
    /// `GET /v0/tenants/:tenantId` (10)
    fn tenant(&self, tenant: &TenantId) -> impl Future<Output = Answer<TenantRecord>> + Send;
    /// `POST /v0/tenants/:tenantId/tenants/find`, beyond the reference
    fn find_tenants(
        &self,
        parent: &TenantId,
        query: &Query,
    ) -> impl Future<Output = Answer<Page<LiveTenant>>> + Send;
    /// `GET /v0/roles` (13)
    fn roles(&self) -> impl Future<Output = Answer<RoleSet>> + Send;
    /// `GET /v0/tenants/:tenantId/roles` (16)
    fn tenant_roles(&self, tenant: &TenantId) -> impl Future<Output = Answer<RoleSet>> + Send;
}

/// Writing. A creation or an invitation is never repeated by itself once it may have been carried out.
pub trait Directory: ReadDirectory {
    /// `POST /v0/users` (1)
    fn create_user(&self, fields: &UserFields) -> impl Future<Output = Answer<LiveUser>> + Send;
    /// `PUT /v0/users/:userId` (3). The record, where the server answers with it.
    fn update_user(
        &self,
        user: &UserKey,
        fields: &UserFields,
    ) -> impl Future<Output = Answer<Option<LiveUser>>> + Send;
    /// `DELETE /v0/users/:userId` (4). One that is gone already is a success.
    fn delete_user(&self, user: &UserKey) -> impl Future<Output = Answer<()>> + Send;
    /// `POST /v0/users/invite` (6)
    fn invite_user(
        &self,
        fields: &UserFields,
        invite: &Invite,
    ) -> impl Future<Output = Answer<LiveUser>> + Send;
    /// `POST /v0/users/createOrUpdate` (7): an update with a key, a creation without. The record, where the
    /// server answers with it.
    fn create_or_update_user(
        &self,
        user: Option<&UserKey>,
        fields: &UserFields,
    ) -> impl Future<Output = Answer<Option<LiveUser>>> + Send;
    /// `POST /v0/users/:userId/active` (8)
    fn mark_active(&self, user: &UserKey) -> impl Future<Output = Answer<()>> + Send;
    /// `POST /v0/tenants` (9)
    fn create_tenant(
        &self,
        fields: &TenantFields,
    ) -> impl Future<Output = Answer<LiveTenant>> + Send;
    /// `PUT /v0/tenants/:tenantId` (11). The record, where the server answers with it.
    fn update_tenant(
        &self,
        tenant: &TenantId,
        fields: &TenantFields,
    ) -> impl Future<Output = Answer<Option<LiveTenant>>> + Send;
    /// `DELETE /v0/tenants/:tenantId` (12). One that is gone already is a success.
    fn delete_tenant(&self, tenant: &TenantId) -> impl Future<Output = Answer<()>> + Send;
    /// `PUT /v0/users/:userId/roles` (14). The roles held then, where the server tells.
    fn set_roles(
        &self,
        user: &UserKey,
        roles: &RoleSet,
    ) -> impl Future<Output = Answer<Option<RoleSet>>> + Send;
    /// `POST /v0/roles/invite` (15)
    fn invite_to_roles(
        &self,
        fields: &UserFields,
        roles: &RoleSet,
        invite: &Invite,
    ) -> impl Future<Output = Answer<LiveUser>> + Send;
    /// `PUT /v0/tenants/:tenantId/users/:userId/roles` (17). The roles held then, where the server tells.
    fn set_tenant_roles(
        &self,
        tenant: &TenantId,
        user: &UserKey,
        roles: &RoleSet,
    ) -> impl Future<Output = Answer<Option<RoleSet>>> + Send;
    /// `POST /v0/tenants/:tenantId/roles/invite` (18)
    fn invite_to_tenant_roles(
        &self,
        tenant: &TenantId,
        fields: &UserFields,
        roles: &RoleSet,
        invite: &Invite,
    ) -> impl Future<Output = Answer<LiveUser>> + Send;
}
