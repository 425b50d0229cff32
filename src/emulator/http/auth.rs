//! Who may do what. In: the `Authorization` header. Out: a mode's store to read, or to read and
//! change. Main types: [`Reader`] and [`Admin`], one of which every handler takes.
#![expect(
    clippy::disallowed_methods,
    reason = "a slow update waits between its read and its write"
)]

use crate::emulator::data::fields::UserKey;
use crate::emulator::data::mode::Mode;
use crate::emulator::data::store::Store;
use crate::emulator::http::app::App;
use crate::emulator::http::error::ApiError;
use crate::emulator::http::log::Order;
use crate::emulator::http::observer::{Observed, Observer};
use crate::emulator::switches::{Updates, UuidPaths};
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

/// How long a slow update waits between its read and its write.
const PAUSE: Duration = Duration::from_millis(5);

/// A caller with any key.
pub(crate) struct Reader {
    app: Arc<App>,
    mode: Mode,
}

impl Reader {
    /// What the key lets the caller read.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Store> {
        self.app.read(self.mode)
    }
}

/// A caller with an admin key.
pub(crate) struct Admin {
    app: Arc<App>,
    mode: Mode,
    order: u64,
}

impl Admin {
    /// The user in the path of a call that writes.
    pub(crate) fn user_key(&self, text: &str) -> Result<UserKey, ApiError> {
        match (UserKey::parse(text)?, self.app.options.switches.uuid_paths) {
            (UserKey::Uuid(_), UuidPaths::Read) => Err(ApiError::no_user()),
            (key, _) => Ok(key),
        }
    }

    /// What the key lets the caller read.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Store> {
        self.app.read(self.mode)
    }

    /// What the key lets the caller change.
    pub(crate) fn write(&self) -> Changing<'_> {
        Changing {
            store: self.app.write(self.mode),
            observer: self.app.options.observer.as_ref(),
            order: self.order,
        }
    }

    /// Changes a user's record as the switch says: only what the call is about, or by reading the
    /// record, waiting, and writing all of it back. Out: the store, still locked, and the user's id.
    pub(crate) async fn write_user(
        &self,
        key: UserKey,
        change: impl FnOnce(&mut Store) -> Result<u64, ApiError>,
    ) -> Result<(Changing<'_>, u64), ApiError> {
        if self.app.options.switches.updates == Updates::Atomic {
            let mut store = self.write();
            let id = change(&mut store)?;
            return Ok((store, id));
        }
        let earlier = self.read().user(key)?.clone();
        tokio::time::sleep(PAUSE).await;
        let mut store = self.write();
        let present = store.overwrite(earlier)?;
        match change(&mut store) {
            Ok(id) => Ok((store, id)),
            Err(refusal) => {
                store.insert_user(present);
                Err(refusal)
            }
        }
    }
}

/// A store that is being changed for a request, and is shown to the observer before it is unlocked.
pub(crate) struct Changing<'a> {
    store: RwLockWriteGuard<'a, Store>,
    observer: Option<&'a Observer>,
    order: u64,
}

impl Deref for Changing<'_> {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl DerefMut for Changing<'_> {
    fn deref_mut(&mut self) -> &mut Store {
        &mut self.store
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        if let Some(observer) = self.observer {
            observer.look(Observed {
                order: self.order,
                mode: self.store.mode,
                state: &self.store.dump(),
            });
        }
    }
}

impl FromRequestParts<Arc<App>> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let (mode, _) = caller(&parts.headers, app)?;
        let app = Arc::clone(app);
        Ok(Self { app, mode })
    }
}

impl FromRequestParts<Arc<App>> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, ApiError> {
        let (mode, is_admin) = caller(&parts.headers, app)?;
        if !is_admin {
            let message = "This API key may only read";
            return Err(ApiError::new(StatusCode::FORBIDDEN, message));
        }
        let order = parts.extensions.get().map_or(0, |Order(order)| *order);
        let app = Arc::clone(app);
        Ok(Self { app, mode, order })
    }
}

/// The mode of the caller's key, and whether it is an admin's.
fn caller(headers: &HeaderMap, app: &App) -> Result<(Mode, bool), ApiError> {
    let refusal = |message: &str| ApiError::new(StatusCode::UNAUTHORIZED, message);
    let header = headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok());
    let key = header
        .and_then(|header| header.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key.trim())
        .ok_or_else(|| refusal("Missing authentication"))?;
    let keys = &app.keys;
    let known = [
        (&keys.test_admin, Mode::Test, true),
        (&keys.test_readonly, Mode::Test, false),
        (&keys.live_admin, Mode::Live, true),
        (&keys.live_readonly, Mode::Live, false),
    ];
    let caller = known.iter().find(|(known, ..)| *known == key);
    caller
        .map(|(_, mode, is_admin)| (*mode, *is_admin))
        .ok_or_else(|| refusal("Unauthorized"))
}
