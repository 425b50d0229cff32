//! A call as a request: method, path, body, and whether it may be repeated. Main type: [`Request`].

use std::fmt;

use reqwest::Method;
use serde_json::Value;

use super::error::Call;
use super::retry::Repeat;
use crate::model::{Data, UserId, UserUuid};

/// The fields that a write sets, under the names that the API gives them.
pub type Body = Data;

/// How a call names a user in its path. Reading calls accept both (reference, "Users"); for writing calls see
/// [`Client`](super::Client).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserKey {
    /// By number.
    Id(UserId),
    /// By uuid.
    Uuid(UserUuid),
}

impl From<UserId> for UserKey {
    fn from(id: UserId) -> Self {
        Self::Id(id)
    }
}

impl From<&UserUuid> for UserKey {
    fn from(uuid: &UserUuid) -> Self {
        let number = uuid.stand_in().map(Self::Id);
        number.unwrap_or_else(|| Self::Uuid(uuid.clone()))
    }
}

impl From<&Self> for UserKey {
    fn from(key: &Self) -> Self {
        key.clone()
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

/// A request, ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<Value>,
    pub(super) repeat: Repeat,
}

impl Request {
    pub(super) fn new(method: Method, path: impl Into<String>, body: Option<Value>) -> Self {
        Self {
            method,
            path: path.into(),
            body,
            repeat: Repeat::Safe,
        }
    }

    pub(super) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path, None)
    }

    pub(super) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path, None)
    }

    pub(super) fn put(path: impl Into<String>, body: impl Into<Value>) -> Self {
        Self::new(Method::PUT, path, Some(body.into()))
    }

    pub(super) fn post(path: impl Into<String>, body: impl Into<Value>) -> Self {
        Self::new(Method::POST, path, Some(body.into()))
    }

    /// The same request, which must not be sent again once it may have been carried out.
    pub(super) fn once(self) -> Self {
        Self {
            repeat: Repeat::Unsafe,
            ..self
        }
    }

    /// What messages call it.
    pub(super) fn call(&self) -> Call {
        Call::new(self.method.clone(), self.path.clone())
    }
}
