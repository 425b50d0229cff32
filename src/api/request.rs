//! A call as a request: method, path, body, and whether it may be repeated. Main type: [`Request`].

use std::fmt;

use reqwest::Method;
use serde_json::Value;

use crate::api::error::Call;
use crate::api::pacing::rate::Seconds;
use crate::api::pacing::retry::Repeat;
use crate::model::{Data, UserId, UserUuid};

/// The fields that a write sets, under the names that the API gives them.
pub type Body = Data;

/// How a call names a user in its path. Reading calls accept both (reference, "Users"); for writing calls see
/// [`Client`](crate::api::Client).
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
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) body: Option<Value>,
    pub(crate) repeat: Repeat,
    /// When it is worth sending no more, by the gate's clock.
    pub(crate) by: Option<Seconds>,
}

impl Request {
    pub(crate) fn new(method: Method, path: impl Into<String>, body: Option<Value>) -> Self {
        Self {
            method,
            path: path.into(),
            body,
            repeat: Repeat::Safe,
            by: None,
        }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path, None)
    }

    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path, None)
    }

    pub(crate) fn put(path: impl Into<String>, body: impl Into<Value>) -> Self {
        Self::new(Method::PUT, path, Some(body.into()))
    }

    pub(crate) fn post(path: impl Into<String>, body: impl Into<Value>) -> Self {
        Self::new(Method::POST, path, Some(body.into()))
    }

    /// The same request, which must not be sent again once it may have been carried out.
    pub(crate) fn once(self) -> Self {
        Self {
            repeat: Repeat::Unsafe,
            ..self
        }
    }

    /// The same request, which is not sent after a time.
    pub(crate) fn by(self, by: Option<Seconds>) -> Self {
        Self { by, ..self }
    }

    /// Whether it changes nothing.
    pub(crate) fn reads(&self) -> bool {
        self.call().reads()
    }

    /// What messages call it.
    pub(crate) fn call(&self) -> Call {
        Call::new(self.method.clone(), self.path.clone())
    }
}
