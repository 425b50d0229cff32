//! All calls that read. In: ids and [`Query`]s. Out: records, as the model has them. Main type: [`Reader`].
//!
//! The numbers are those of the reference's order of calls.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use crate::api::address::is_loopback;
use crate::api::creation_time::Dated;
use crate::api::error::{ApiError, ClientError, EndReason};
use crate::api::key::Key;
use crate::api::pacing::ending::Watched;
use crate::api::pacing::rate::Seconds;
use crate::api::page::Page;
use crate::api::query::{Filter, Query};
use crate::api::request::{Request, UserKey};
use crate::api::settings::Settings;
use crate::api::sort_order::Order;
use crate::api::transport::Transport;
use crate::api::usage::Usage;
use crate::api::wire;
use crate::api::wire::{ReadError, UserJson};
use crate::api::wire_tenant;
use crate::api::wire_tenant::{TenantJson, TenantRecord};
use crate::model::{
    Held, LiveTenant, LiveUser, Mode, RoleName, RoleSet, TenantId, UserId, UserUuid,
};

/// Reads one workspace and mode. It has no call that changes anything, so code that holds a `Reader` can't write. Clones
/// share their connections and their pace.
#[derive(Clone, Debug)]
pub struct Reader(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    transport: Transport,
    users: Order,
    tenants: Order,
    /// The users who were read so far: none of them can be one who is created later.
    seen: Mutex<HashSet<UserUuid>>,
    /// How many runs create users at the moment: those who are read meanwhile may be new ones.
    creating: AtomicUsize,
}

/// While this is there, users who are read do not count as seen.
pub(crate) struct Creating<'r>(&'r Reader);

impl Drop for Creating<'_> {
    fn drop(&mut self) {
        self.0.0.creating.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Reader {
    /// Prepares a reader; nothing is sent yet.
    ///
    /// # Errors
    /// Where the address is not acceptable, or TLS can't be set up.
    pub fn new(settings: Settings) -> Result<Self, ClientError> {
        Ok(Self(Arc::new(Shared {
            transport: Transport::new(settings)?,
            users: Order::of_users(),
            tenants: Order::of_tenants(),
            seen: Mutex::default(),
            creating: AtomicUsize::new(0),
        })))
    }

    /// A user's record (call 2).
    ///
    /// # Errors
    /// [`ApiError::NotFound`] if there is no such user; [`ApiError::BadAnswer`] if a uuid is answered with the record of
    /// another user.
    pub async fn user(&self, user: impl Into<UserKey>) -> Result<LiveUser, ApiError> {
        let user = user.into();
        let read = |text: &str| {
            let json: Value = serde_json::from_str(text)?;
            let own = match &user {
                UserKey::Uuid(uuid) => {
                    let found = wire::uuid_of(&json);
                    wire::expect_uuid(found, uuid).map_err(ReadError::Wrong)?;
                    found.is_some()
                }
                UserKey::Id(id) => match json.get("userId").and_then(Value::as_u64) {
                    Some(found) if UserId(found) != *id => {
                        let reason = format!("it is the record of user {found}, not of user {id}");
                        return Err(ReadError::Wrong(reason));
                    }
                    found => found.is_some(),
                },
            };
            if !own {
                return Ok(wire::user(serde_json::from_value(json)?, self.key())?);
            }
            wire::own_record(&json, |json: UserJson| wire::user(json, self.key()))
        };
        let request = Request::get(format!("/v0/users/{user}"));
        let found = self.send(request, read).await?;
        self.note_seen([&found]);
        Ok(found)
    }

    /// Notes that these users exist.
    fn note_seen<'u>(&self, users: impl IntoIterator<Item = &'u LiveUser>) {
        if self.0.creating.load(Ordering::Relaxed) > 0 {
            return;
        }
        let users = users.into_iter().map(|user| user.uuid.clone());
        let mut seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.extend(users);
    }

    /// From now on users may be created.
    pub(crate) fn creating(&self) -> Creating<'_> {
        self.0.creating.fetch_add(1, Ordering::Relaxed);
        Creating(self)
    }

    /// Whether a user was read by this reader before users were created.
    pub(crate) fn has_seen(&self, user: &UserUuid) -> bool {
        let seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.contains(user)
    }

    /// A user's record, or nothing if there is no such user. A 404 that may come from somewhere else than the API is
    /// confirmed by a search.
    ///
    /// # Errors
    /// As of [`user`](Self::user); [`ApiError::PerhapsNotFound`] if the search does not settle it.
    pub async fn user_if_any(
        &self,
        user: impl Into<UserKey>,
    ) -> Result<Option<LiveUser>, ApiError> {
        let user = user.into();
        match self.user(&user).await {
            Err(ApiError::NotFound { .. }) => Ok(None),
            Err(error @ ApiError::PerhapsNotFound { .. }) => {
                self.search_for_user(&user).await?.ok_or(error)
            }
            found => found.map(Some),
        }
    }

    /// Searches for a user by what identifies the user: the user, nobody, or nothing at all where the search does not
    /// tell, because it finds others.
    pub(crate) async fn search_for_user(
        &self,
        user: &UserKey,
    ) -> Result<Option<Option<LiveUser>>, ApiError> {
        let filter = match user {
            UserKey::Uuid(uuid) => Filter::uuid(uuid),
            UserKey::Id(id) => Filter::number(*id),
        };
        let page = self.find_users(&Query::any_of(vec![filter])).await?;
        let others = page.len() > 0;
        let is_it = |found: &LiveUser| match user {
            UserKey::Uuid(uuid) => found.uuid.is(uuid),
            UserKey::Id(id) => found.id == *id,
        };
        let found = page.results.into_iter().find(is_it);
        Ok(match found {
            Some(found) => Some(Some(found)),
            None if others => None,
            None => Some(None),
        })
    }

    /// A page of users (call 5), in the order of their numbers, so that new users come last.
    ///
    /// # Errors
    /// As of every call; [`ApiError::BadAnswer`] also if the page does not say how many users there are.
    pub async fn find_users(&self, query: &Query) -> Result<Page<LiveUser>, ApiError> {
        let read = |text: &str| {
            // Most users of a page hold the same roles, which are kept once.
            let mut known: HashSet<Held> = HashSet::new();
            wire::page(text, |user: UserJson| {
                let mut user = wire::user(user, self.key())?;
                match known.get(&user.shown) {
                    Some(same) => (user.shown, user.grants) = (same.clone(), same.clone()),
                    None => drop(known.insert(user.shown.clone())),
                }
                Ok(user)
            })
        };
        let page = self
            .find("/v0/users/find", query, &self.0.users, read)
            .await?;
        self.note_seen(&page.results);
        Ok(page)
    }

    /// A page of users, each with the time at which it was created.
    ///
    /// # Errors
    /// As of [`find_users`](Self::find_users).
    pub async fn find_dated_users(&self, query: &Query) -> Result<Page<Dated<LiveUser>>, ApiError> {
        let read = |text: &str| {
            wire::page(text, |json: Dated<UserJson>| {
                json.map(|json| wire::user(json, self.key()))
            })
        };
        self.find("/v0/users/find", query, &self.0.users, read)
            .await
    }

    /// A tenant's record, with the tenants below it as far as the record lists them (call 10).
    ///
    /// # Errors
    /// [`ApiError::NotFound`] if there is no such tenant.
    pub async fn tenant(&self, tenant: &TenantId) -> Result<TenantRecord, ApiError> {
        let request = Request::get(format!("/v0/tenants/{tenant}"));
        let read = |text: &str| wire_tenant::tenant_record(text, tenant);
        self.send(request, read).await
    }

    /// Whether a search for a role that no user holds finds no user, as it must before any search for a role is believed.
    ///
    /// # Errors
    /// As of every call.
    pub(crate) async fn leaves_out_by_role(&self) -> Result<bool, ApiError> {
        let unknown = RoleName::new("ufsync-probe-role-that-does-not-exist");
        let query = Query::any_of(vec![Filter::role(self.workspace(), Some(&unknown))]);
        match self.find_users(&query).await {
            Err(ApiError::Refused { .. }) => Ok(false),
            found => Ok(found?.len() == 0),
        }
    }

    /// When a tenant was created, where its record says so.
    ///
    /// # Errors
    /// As of [`tenant`](Self::tenant).
    pub(crate) async fn tenant_created(&self, tenant: &TenantId) -> Result<Dated<()>, ApiError> {
        let request = Request::get(format!("/v0/tenants/{tenant}"));
        let read = |text: &str| {
            wire_tenant::tenant_record(text, tenant)?;
            let dated: Dated<TenantJson> = serde_json::from_str(text)?;
            Ok(dated.without_record())
        };
        self.send(request, read).await
    }

    /// A tenant's record, or nothing if there is no such tenant. A 404 that may come from somewhere else than the API is
    /// confirmed by a search.
    ///
    /// # Errors
    /// As of [`tenant`](Self::tenant); [`ApiError::PerhapsNotFound`] if the search does not settle it.
    pub async fn tenant_if_any(&self, tenant: &TenantId) -> Result<Option<LiveTenant>, ApiError> {
        let error = match self.tenant(tenant).await {
            Err(ApiError::NotFound { .. }) => return Ok(None),
            Err(error @ ApiError::PerhapsNotFound { .. }) => error,
            found => return found.map(|record| Some(record.tenant)),
        };
        let search = Query::any_of(vec![Filter::tenant_id(tenant)]);
        let page = self.find_tenants(self.workspace(), &search).await?;
        let others = page.len() > 0;
        match page.results.into_iter().find(|found| found.id == *tenant) {
            Some(found) => Ok(Some(found)),
            None if others => Err(error),
            None => Ok(None),
        }
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
        let read = |text: &str| wire::page(text, wire_tenant::tenant);
        self.find(&path, query, &self.0.tenants, read).await
    }

    /// A page of the tenants below another, each with the time at which it was created.
    ///
    /// # Errors
    /// As of [`find_tenants`](Self::find_tenants).
    pub async fn find_dated_tenants(
        &self,
        parent: &TenantId,
        query: &Query,
    ) -> Result<Page<Dated<LiveTenant>>, ApiError> {
        let path = format!("/v0/tenants/{parent}/tenants/find");
        let read = |text: &str| {
            wire::page(text, |json: Dated<TenantJson>| {
                json.map(wire_tenant::tenant)
            })
        };
        self.find(&path, query, &self.0.tenants, read).await
    }

    /// A page of a search, in the first order that the server accepts. Once it has accepted one, a refusal is about something
    /// else.
    async fn find<T>(
        &self,
        path: &str,
        query: &Query,
        orders: &Order,
        read: impl Fn(&str) -> Result<T, ReadError> + Copy,
    ) -> Result<T, ApiError> {
        let turn = orders.turn().await;
        let mut first_error = None;
        for (place, order) in orders.candidates() {
            let request = Request::post(path, query.body(order));
            match self.send(request, read).await {
                Err(error @ ApiError::Refused { status: 400, .. }) => {
                    first_error.get_or_insert(error);
                }
                Ok(page) => {
                    orders.accept(place);
                    drop(turn);
                    return Ok(page);
                }
                answer => return answer,
            }
        }
        Err(first_error.unwrap_or_else(|| unreachable!("there is an order to ask for")))
    }

    async fn send<T>(
        &self,
        request: Request,
        read: impl Fn(&str) -> Result<T, ReadError>,
    ) -> Result<T, ApiError> {
        self.0.transport.send(request, read).await
    }

    /// Whether users who are created while all are read come last, as far as is known.
    pub fn new_users_come_last(&self) -> bool {
        self.0.users.appends()
    }

    /// The roles that the workspace lists (call 13).
    ///
    /// # Errors
    /// As of every call.
    pub async fn roles(&self) -> Result<RoleSet, ApiError> {
        self.send(Request::get("/v0/roles"), wire::roles).await
    }

    /// The roles that a tenant lists (call 16).
    ///
    /// # Errors
    /// [`ApiError::NotFound`] if there is no such tenant.
    pub async fn tenant_roles(&self, tenant: &TenantId) -> Result<RoleSet, ApiError> {
        let request = Request::get(format!("/v0/tenants/{tenant}/roles"));
        self.send(request, wire::roles).await
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
        self.0.transport.key()
    }

    /// The API's address.
    pub fn url(&self) -> &Url {
        self.0.transport.base()
    }

    /// Whether the server is on this machine.
    pub fn is_local(&self) -> bool {
        is_loopback(self.url())
    }

    /// Whether calls are encrypted; on loopback they need not be.
    pub fn is_encrypted(&self) -> bool {
        self.url().scheme() == "https"
    }

    /// How many calls may be in flight, at least 1. More that are started wait for their turn.
    pub fn parallel(&self) -> usize {
        self.0.transport.parallel()
    }

    /// How far this machine's clock is from the server's, by the last answer's `Date` header; none if it had none.
    pub fn skew(&self) -> Option<Duration> {
        self.0.transport.skew()
    }

    /// The time by the server's clock, which may be up to a second later; none where no answer had a `Date` header.
    pub fn server_time(&self) -> Option<Timestamp> {
        self.0.transport.server_time()
    }

    /// Sends no call that writes from now on, and ends all others after this time: those under way are given up, and may have been
    /// carried out.
    pub fn stop_within(&self, time: Duration) {
        self.0.transport.ending().stop_within(time);
    }

    /// From now on a server that no longer answers ends the reader.
    pub(crate) fn watched(&self) -> Watched<'_> {
        self.0.transport.ending().watch()
    }

    /// From now on the deadline ends no call.
    pub fn lift_deadline(&self) {
        self.0.transport.ending().lift_deadline();
    }

    /// Why no call that writes is sent any more, where that is so.
    pub fn end(&self) -> Option<EndReason> {
        self.0.transport.ending().reason()
    }

    /// How many requests were sent so far, and how long they took.
    pub fn usage(&self) -> Usage {
        self.0.transport.usage()
    }

    /// The present time, in seconds since the reader was made.
    pub(crate) fn now(&self) -> Seconds {
        self.0.transport.now()
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.0.transport
    }
}
