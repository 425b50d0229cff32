//! All calls that write. In: ids and bodies. Out: what the server holds afterwards, as far as it says. Main type:
//! [`Client`].
//!
//! The numbers are those of the reference's order of calls. Those that the program does not need (1, 8, 15, 18) have no
//! method of their own; [`Client::call`] makes any call.

use std::cell::Cell;
use std::ops::Deref;
use std::sync::atomic::{AtomicU8, Ordering};

use reqwest::Method;
use serde_json::{Value, json};

use crate::api::creation_time::Dated;
use crate::api::error::{ApiError, Call, ClientError};
use crate::api::pacing::rate::Seconds;
use crate::api::reader::Reader;
use crate::api::request::{Body, Request, UserKey};
use crate::api::settings::Settings;
use crate::api::wire;
use crate::api::wire::{ReadError, RecordError, UserJson};
use crate::api::wire_tenant;
use crate::api::wire_tenant::TenantJson;
use crate::model::{LiveTenant, LiveUser, RoleSet, Scope, TenantId};

/// Reads and writes one workspace and mode.
///
/// A creation or an invitation is never repeated once it may have been carried out. All other writes may be.
///
/// **Users by uuid.** The reference has the number in the paths of writing calls; that a uuid is accepted there is not
/// promised. A number is given again after a deletion, so that it may be another user's by now; and a server may take the digits at
/// the start of a uuid for a number. So:
/// - Users are written by uuid. Before it is known that the server takes uuids, one that begins with a digit is read first, and written
///   by the uuid that the server answered with.
/// - If that is answered with 404 or 400 and the user exists, it is sent with the number that the user's record has at that
///   moment. If that succeeds, all others are sent by number, which is read right before.
///
/// An answer that is the record of a user with another uuid is [`ApiError::OtherRecord`]: the write may have reached that user.
#[derive(Debug)]
pub struct Client {
    reader: Reader,
    /// What this server was seen to accept in the paths of writing calls: a [`Paths`].
    paths: AtomicU8,
}

/// What a server accepts in the paths of calls that write to a user.
#[derive(Clone, Copy, PartialEq, Eq)]
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
        let read = |json| Ok(self.shown_user(json)?.map(|shown| shown.record));
        self.write_user(user.into(), request, read).await
    }

    /// Deletes a user (call 4). If there is no such user, it was deleted already, which is a success. An answer that does
    /// not show this is not believed: the user is looked for.
    ///
    /// # Errors
    /// As of every call; [`ApiError::BadAnswer`] if the user is still there.
    pub async fn delete_user(&self, user: impl Into<UserKey>) -> Result<(), ApiError> {
        let user = user.into();
        let request = |user: &UserKey| Request::delete(format!("/v0/users/{user}"));
        let answer = self
            .write_user(user.clone(), request, |json| Ok(!json.is_null()))
            .await;
        let sent = Request::delete(format!("/v0/users/{user}")).call();
        let still_there = match answer {
            Ok(true) => return Ok(()),
            Ok(false) | Err(ApiError::PerhapsNotFound { .. }) => {
                self.user_if_any(&user).await?.is_some()
            }
            // A server that takes no uuids in its paths would say the same of a user who is there.
            Err(error @ ApiError::NotFound { .. }) => {
                let sure = self.paths() == Paths::Uuids || matches!(user, UserKey::Id(_));
                if sure {
                    return Ok(());
                }
                let found = self.search_for_user(&user).await?;
                found.ok_or(error)?.is_some()
            }
            Err(error) => return Err(error),
        };
        still(still_there, sent)
    }

    /// Creates a user and sends an invitation, which the body's `options` describe (call 6). Never repeated.
    ///
    /// # Errors
    /// [`ApiError::AnswerLost`] if it may have been carried out; [`ApiError::Refused`] if the address is taken or a value
    /// is not accepted.
    pub async fn invite_user(&self, body: &Body) -> Result<Option<Dated<LiveUser>>, ApiError> {
        let sent = self.new_user("/v0/users/invite", body, None).await?;
        Ok(sent.answer())
    }

    /// Creates a user (call 7, without an id). Never repeated. The record afterwards, if the server answers with it.
    ///
    /// # Errors
    /// [`ApiError::AnswerLost`] if it may have been carried out; [`ApiError::Refused`] if a value is not accepted.
    pub async fn create_user(&self, body: &Body) -> Result<Option<Dated<LiveUser>>, ApiError> {
        let path = "/v0/users/createOrUpdate";
        Ok(self.new_user(path, body, None).await?.answer())
    }

    /// Creates a user by one of these two calls, unless its turn comes only after a time.
    pub(crate) async fn new_user(
        &self,
        path: &str,
        body: &Body,
        by: Option<Seconds>,
    ) -> Result<Sent<LiveUser>, ApiError> {
        self.create(path, body, by, |json| self.shown_user(json))
            .await
    }

    /// Creates a tenant (call 9). Never repeated: names are not unique, so a second one would make a second tenant.
    ///
    /// # Errors
    /// [`ApiError::AnswerLost`] if it may have been carried out; [`ApiError::Refused`] if a value is not accepted.
    pub async fn create_tenant(&self, body: &Body) -> Result<Option<Dated<LiveTenant>>, ApiError> {
        Ok(self.new_tenant(None, body, None).await?.answer())
    }

    /// Creates a tenant below another one. The reference does not have this call.
    ///
    /// # Errors
    /// As of [`create_tenant`](Self::create_tenant); [`ApiError::NotFound`] if there is no such parent, or tenants do not nest.
    pub async fn create_tenant_below(
        &self,
        parent: &TenantId,
        body: &Body,
    ) -> Result<Option<Dated<LiveTenant>>, ApiError> {
        Ok(self.new_tenant(Some(parent), body, None).await?.answer())
    }

    /// Creates a tenant by one of these two calls, unless its turn comes only after a time.
    pub(crate) async fn new_tenant(
        &self,
        parent: Option<&TenantId>,
        body: &Body,
        by: Option<Seconds>,
    ) -> Result<Sent<LiveTenant>, ApiError> {
        let path = match parent {
            None => "/v0/tenants".to_owned(),
            Some(parent) => format!("/v0/tenants/{parent}/tenants"),
        };
        self.create(&path, body, by, |json| Ok(shown_tenant(json)))
            .await
    }

    /// Sends a creation. The record that it made, if the server answers with it.
    async fn create<T>(
        &self,
        path: &str,
        body: &Body,
        by: Option<Seconds>,
        shown: impl Fn(Value) -> Result<Option<Dated<T>>, ReadError>,
    ) -> Result<Sent<T>, ApiError> {
        let request = Request::post(path, body.clone()).once().by(by);
        let read = |text: &str| shown(wire::written(text)?);
        let answer = self.transport().send_in_time(request, read).await?;
        Ok(answer.map_or(Sent::Late, Sent::Answer))
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
        let read = |text: &str| {
            let json = wire::written(text)?;
            expect_tenant(&json, tenant)?;
            Ok(shown_tenant(json).map(|shown| shown.record))
        };
        self.transport().send(request, read).await
    }

    /// Deletes a tenant (call 12). If there is no such tenant, it was deleted already, which is a success. An answer that
    /// does not show this is not believed: the tenant is looked for.
    ///
    /// # Errors
    /// As of every call; [`ApiError::BadAnswer`] if the tenant is still there.
    pub async fn delete_tenant(&self, tenant: &TenantId) -> Result<(), ApiError> {
        let request = Request::delete(format!("/v0/tenants/{tenant}"));
        let sent = request.call();
        let read = |text: &str| {
            let json = wire::written(text)?;
            expect_tenant(&json, tenant)?;
            Ok(!json.is_null())
        };
        match self.transport().send(request, read).await {
            Ok(true) | Err(ApiError::NotFound { .. }) => Ok(()),
            Ok(false) | Err(ApiError::PerhapsNotFound { .. }) => {
                still(self.tenant_if_any(tenant).await?.is_some(), sent)
            }
            Err(error) => Err(error),
        }
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
        let read = |json| Ok(wire::roles_held(json, self.key(), &Scope::Workspace));
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
        let read = |json| Ok(wire::roles_held(json, self.key(), &scope));
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
        let read = |text: &str| Ok(serde_json::from_str(text)?);
        self.transport().send(request, read).await
    }

    /// Sends a write whose path names a user; see [`Client`] for uuids.
    async fn write_user<T>(
        &self,
        user: UserKey,
        request: impl Fn(&UserKey) -> Request,
        read: impl Fn(Value) -> Result<T, ReadError>,
    ) -> Result<T, ApiError> {
        let UserKey::Uuid(uuid) = &user else {
            let read = |text: &str| read(wire::written(text)?);
            return self.transport().send(request(&user), read).await;
        };
        // Whether the answer shows the user's own uuid.
        let is_shown = Cell::new(false);
        let read = |text: &str| {
            let json = wire::written(text)?;
            let found = wire::uuid_of(&json);
            if wire::expect_uuid(found, uuid).is_err() {
                return Ok(Err(found.unwrap_or_default().to_owned()));
            }
            is_shown.set(found.is_some());
            read(json).map(Ok)
        };
        let write = async |key: &UserKey| {
            let request = request(key);
            let call = request.call().to(self.url());
            let body = request.body.as_ref().and_then(Value::as_object);
            let wrote = body.map(|body| body.keys().cloned().collect::<Vec<_>>());
            match self.transport().send(request, &read).await? {
                Ok(answer) => Ok(answer),
                Err(found) => Err(ApiError::OtherRecord {
                    call,
                    asked: uuid.as_str().into(),
                    found: found.into(),
                    wrote: wrote.unwrap_or_default().join(", ").into(),
                }),
            }
        };
        let paths = self.paths();
        let has_number = uuid
            .as_str()
            .starts_with(|first: char| first.is_ascii_digit());
        let by_uuid = paths != Paths::Numbers;
        if by_uuid {
            let key = if paths == Paths::Unknown && has_number {
                UserKey::Uuid(self.user(&user).await?.uuid)
            } else {
                user.clone()
            };
            match write(&key).await {
                Err(
                    ApiError::NotFound { .. }
                    | ApiError::PerhapsNotFound { .. }
                    | ApiError::Refused { status: 400, .. },
                ) => {}
                answer => {
                    if answer.is_ok() && (!has_number || is_shown.get()) {
                        self.paths.store(Paths::Uuids as u8, Ordering::Relaxed);
                    }
                    return answer;
                }
            }
        }
        let number = UserKey::Id(self.user(&user).await?.id);
        let answer = write(&number).await?;
        if by_uuid {
            self.paths.store(Paths::Numbers as u8, Ordering::Relaxed);
            tracing::info!("the server accepts only numbers in the paths of writing calls");
        }
        Ok(answer)
    }

    fn paths(&self) -> Paths {
        Paths::seen(self.paths.load(Ordering::Relaxed))
    }

    /// The user's record that an answer is, if it is one.
    fn shown_user(&self, json: Value) -> Result<Option<Dated<LiveUser>>, ReadError> {
        let Ok(json) = serde_json::from_value::<Dated<UserJson>>(json) else {
            return Ok(None);
        };
        match json.map(|json| wire::user(json, self.key())) {
            Err(error @ RecordError::Foreign(_)) => Err(error.into()),
            shown => Ok(shown.ok()),
        }
    }
}

/// What comes of a creation that is sent only until a time.
#[derive(Debug)]
pub(crate) enum Sent<T> {
    /// It was sent; the record that it made, if the server answers with it.
    Answer(Option<Dated<T>>),
    /// It was not sent, because its turn came too late.
    Late,
}

impl<T> Sent<T> {
    /// The answer to a creation that has all the time it needs.
    fn answer(self) -> Option<Dated<T>> {
        match self {
            Self::Answer(answer) => answer,
            Self::Late => None,
        }
    }
}

/// The tenant's record that an answer is, if it is one.
fn shown_tenant(json: Value) -> Option<Dated<LiveTenant>> {
    let json: Dated<TenantJson> = serde_json::from_value(json).ok()?;
    json.map(wire_tenant::tenant).ok()
}

/// Refuses the record of another tenant than the one asked for.
fn expect_tenant(json: &Value, asked: &TenantId) -> Result<(), ReadError> {
    match wire::tenant_id_of(json) {
        Some(found) if found != asked.as_str() => Err(ReadError::Wrong(format!(
            "it is the record of tenant {found}, not of tenant {asked}"
        ))),
        _ => Ok(()),
    }
}

/// The result of a deletion that was answered with success.
fn still(there: bool, call: Call) -> Result<(), ApiError> {
    if there {
        let reason = "its status says success, and the record is still there".to_owned();
        return Err(ApiError::BadAnswer { call, reason });
    }
    Ok(())
}
