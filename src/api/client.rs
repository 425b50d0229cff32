//! All calls that write. In: ids and bodies. Out: what the server holds afterwards, as far as it says. Main type:
//! [`Client`].
//!
//! The numbers are those of the reference's order of calls. Those that the program does not need (1, 8, 15, 18) have no
//! method of their own; [`Client::call`] makes any call.

use std::ops::Deref;
use std::sync::atomic::{AtomicU8, Ordering};

use reqwest::Method;
use serde_json::{Value, json};

use super::error::{ApiError, ClientError};
use super::reader::Reader;
use super::request::{Body, Request, UserKey};
use super::settings::Settings;
use super::wire::{self, TenantJson, UserJson};
use crate::model::{LiveTenant, LiveUser, RoleSet, Scope, TenantId};

/// Reads and writes one workspace and mode.
///
/// A creation or an invitation is never repeated once it may have been carried out. All other writes may be.
///
/// **Users by uuid.** The reference has the number in the paths of writing calls; that a uuid is accepted there is not
/// promised. A server that takes the digits at the start of a uuid for a number would even write to another user. So:
/// - The first write by uuid is one whose uuid does not begin with a digit. If it succeeds, all others are sent by uuid.
/// - If it is answered with 404 or 400 and the user exists, it is sent with the number that the user's record has at that
///   moment. If that succeeds, all others are sent by number, which is read right before.
/// - Before any of this is known, a user whose uuid begins with a digit is written by the number, read right before.
///
/// An answer that is the record of a user with another uuid is an error.
#[derive(Debug)]
pub struct Client {
    reader: Reader,
    /// What this server was seen to accept in the paths of writing calls: a [`Paths`].
    paths: AtomicU8,
}

/// What a server accepts in the paths of calls that write to a user.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Paths {
    Unknown,
    Uuids,
    Numbers,
}

impl Paths {
    fn seen(value: u8) -> Self {
        [Self::Uuids, Self::Numbers]
            .into_iter()
            .find(|paths| *paths as u8 == value)
            .unwrap_or(Self::Unknown)
    }
}

impl Deref for Client {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl Client {
    /// Prepares a client; nothing is sent yet.
    ///
    /// # Errors
    /// Where the address is not acceptable, or TLS can't be set up.
    pub fn new(settings: Settings) -> Result<Self, ClientError> {
        Ok(Self {
            reader: Reader::new(settings)?,
            paths: AtomicU8::new(Paths::Unknown as u8),
        })
    }

    /// Sets fields of a user (call 3). The record afterwards, if the server answers with it.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] if there is no such user; [`ApiError::Refused`] if a value is not accepted.
    pub async fn update_user(
        &self,
        user: impl Into<UserKey>,
        body: &Body,
    ) -> Result<Option<LiveUser>, ApiError> {
        let request = |user: &UserKey| Request::put(format!("/v0/users/{user}"), body.clone());
        let read = |json| self.read_user(json);
        self.write_user(user.into(), request, read).await
    }

    /// Deletes a user (call 4). If there is no such user, it was deleted already, which is a success.
    ///
    /// # Errors
    /// As of every call.
    pub async fn delete_user(&self, user: impl Into<UserKey>) -> Result<(), ApiError> {
        let request = |user: &UserKey| Request::delete(format!("/v0/users/{user}"));
        gone(self.write_user(user.into(), request, |_| Ok(())).await)
    }

    /// Creates a user and sends an invitation, which the body's `options` describe (call 6). Never repeated.
    ///
    /// # Errors
    /// [`ApiError::AnswerLost`] if it may have been carried out; [`ApiError::Refused`] if the address is taken or a value
    /// is not accepted.
    pub async fn invite_user(&self, body: &Body) -> Result<LiveUser, ApiError> {
        let request = Request::post("/v0/users/invite", body.clone()).once();
        let read = |json: UserJson| wire::user(json, self.workspace());
        self.transport().send(request, read).await
    }

    /// Creates a user (call 7, without an id). Never repeated. The record afterwards, if the server answers with it.
    ///
    /// # Errors
    /// [`ApiError::AnswerLost`] if it may have been carried out; [`ApiError::Refused`] if a value is not accepted.
    pub async fn create_user(&self, body: &Body) -> Result<Option<LiveUser>, ApiError> {
        let request = Request::post("/v0/users/createOrUpdate", body.clone()).once();
        let read = |json| self.read_user(json);
        self.transport().send(request, read).await
    }

    /// Creates a tenant (call 9). Never repeated: names are not unique, so a second one would make a second tenant.
    ///
    /// # Errors
    /// [`ApiError::AnswerLost`] if it may have been carried out; [`ApiError::Refused`] if a value is not accepted.
    pub async fn create_tenant(&self, body: &Body) -> Result<LiveTenant, ApiError> {
        let request = Request::post("/v0/tenants", body.clone()).once();
        self.transport().send(request, wire::child).await
    }

    /// Sets fields of a tenant (call 11). The record afterwards, if the server answers with it.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] if there is no such tenant; [`ApiError::Refused`] if a value is not accepted.
    pub async fn update_tenant(
        &self,
        tenant: &TenantId,
        body: &Body,
    ) -> Result<Option<LiveTenant>, ApiError> {
        let request = Request::put(format!("/v0/tenants/{tenant}"), body.clone());
        let read = |json: Option<TenantJson>| json.map(wire::child).transpose();
        self.transport().send(request, read).await
    }

    /// Deletes a tenant (call 12). If there is no such tenant, it was deleted already, which is a success.
    ///
    /// # Errors
    /// As of every call.
    pub async fn delete_tenant(&self, tenant: &TenantId) -> Result<(), ApiError> {
        let request = Request::delete(format!("/v0/tenants/{tenant}"));
        gone(self.transport().send(request, |_: Value| Ok(())).await)
    }

    /// Replaces a user's roles in the workspace by those that the body lists (call 14). The roles held afterwards, if the server says. The reference's
    /// overview says POST, its details PUT: PUT is right.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] if there is no such user.
    pub async fn set_roles(
        &self,
        user: impl Into<UserKey>,
        body: &Body,
    ) -> Result<Option<RoleSet>, ApiError> {
        let request =
            |user: &UserKey| Request::put(format!("/v0/users/{user}/roles"), body.clone());
        let read = |json| Ok(wire::roles_held(json, self.workspace(), &Scope::Workspace));
        self.write_user(user.into(), request, read).await
    }

    /// Replaces a user's roles in a tenant by those that the body lists (call 17). The roles held afterwards, if the server says. The reference's
    /// overview says POST, its details PUT: PUT is right.
    ///
    /// # Errors
    /// [`ApiError::NotFound`] if there is no such user or tenant.
    pub async fn set_tenant_roles(
        &self,
        tenant: &TenantId,
        user: impl Into<UserKey>,
        body: &Body,
    ) -> Result<Option<RoleSet>, ApiError> {
        let scope = Scope::Tenant(tenant.clone());
        let request = |user: &UserKey| {
            let path = format!("/v0/tenants/{tenant}/users/{user}/roles");
            Request::put(path, body.clone())
        };
        let read = |json| Ok(wire::roles_held(json, self.workspace(), &scope));
        self.write_user(user.into(), request, read).await
    }

    /// Any call of the API: the answer's body as it is, null if it is empty. A `POST` or `PUT` without a body is sent with
    /// `{}`; other methods have none. A `POST` that is neither a search nor call 8
    /// may create something, and is never repeated.
    ///
    /// # Errors
    /// As of every call.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, ApiError> {
        let creates =
            method == Method::POST && !path.ends_with("/find") && !path.ends_with("/active");
        let has_body = method == Method::POST || method == Method::PUT;
        let body = has_body.then(|| body.unwrap_or_else(|| json!({})));
        let request = Request::new(method, path, body);
        let request = if creates { request.once() } else { request };
        self.transport().send(request, Ok).await
    }

    /// Sends a write whose path names a user; see [`Client`] for uuids.
    async fn write_user<T>(
        &self,
        user: UserKey,
        request: impl Fn(&UserKey) -> Request,
        read: impl Fn(Value) -> Result<T, String>,
    ) -> Result<T, ApiError> {
        let UserKey::Uuid(uuid) = &user else {
            return self.transport().send(request(&user), read).await;
        };
        let read = |json: Value| {
            wire::expect_uuid(wire::uuid_of(&json), uuid)?;
            read(json)
        };
        let paths = Paths::seen(self.paths.load(Ordering::Relaxed));
        let has_number = uuid
            .as_str()
            .starts_with(|first: char| first.is_ascii_digit());
        let by_uuid = match paths {
            Paths::Uuids => true,
            Paths::Numbers => false,
            Paths::Unknown => !has_number,
        };
        if by_uuid {
            match self.transport().send(request(&user), &read).await {
                Err(ApiError::NotFound { .. } | ApiError::Refused { status: 400, .. }) => {}
                answer => {
                    if answer.is_ok() && !has_number {
                        self.paths.store(Paths::Uuids as u8, Ordering::Relaxed);
                    }
                    return answer;
                }
            }
        }
        let number = UserKey::Id(self.user(&user).await?.id);
        let answer = self.transport().send(request(&number), &read).await?;
        if by_uuid {
            self.paths.store(Paths::Numbers as u8, Ordering::Relaxed);
            tracing::info!("the server accepts only numbers in the paths of writing calls");
        }
        Ok(answer)
    }

    /// A user's record, or nothing where the answer is empty.
    fn read_user(&self, json: Value) -> Result<Option<LiveUser>, String> {
        let json: Option<UserJson> = serde_json::from_value(json)
            .map_err(|_| "its fields are not those that the reference promises")?;
        json.map(|json| wire::user(json, self.workspace()))
            .transpose()
    }
}

/// The answer to a deletion: a record that is not there was deleted already, by someone else or by an attempt whose answer
/// was lost.
fn gone(answer: Result<(), ApiError>) -> Result<(), ApiError> {
    match answer {
        Err(ApiError::NotFound { .. }) => Ok(()),
        answer => answer,
    }
}
