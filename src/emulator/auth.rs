//! Who may do what. In: the `Authorization` header. Out: a mode's store to read, or to read and
//! change. Main types: [`Reader`] and [`Admin`], one of which every handler asks for.

use super::app::App;
use super::error::ApiError;
use super::log::Order;
use super::observer::Changing;
use super::options::Mode;
use super::store::Store;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use std::sync::{Arc, RwLockReadGuard};

/// A caller with any key.
pub(super) struct Reader {
    app: Arc<App>,
    mode: Mode,
}

impl Reader {
    /// What the key lets the caller read.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Store> {
        self.app.read(self.mode)
    }
}

/// A caller with an admin key.
pub(super) struct Admin {
    app: Arc<App>,
    mode: Mode,
    order: u64,
}

impl Admin {
    /// What the key lets the caller change.
    pub(super) fn write(&self) -> Changing<'_> {
        Changing {
            store: self.app.write(self.mode),
            observer: self.app.options.observer.as_ref(),
            order: self.order,
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
        .ok_or_else(|| refusal("An API key is required: Authorization: Bearer <key>"))?;
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
        .ok_or_else(|| refusal("The API key is not valid"))
}
