//! A call as a request: verb, path, body, and whether sending it twice is harmless.

use reqwest::Method;
use serde_json::Value;

use super::error::Call;
use super::retry::Repeat;

/// A request, ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<Value>,
    pub(super) repeat: Repeat,
}

impl Request {
    pub(super) fn get(path: String) -> Self {
        Self {
            method: Method::GET,
            path,
            body: None,
            repeat: Repeat::Safe,
        }
    }

    pub(super) fn delete(path: String) -> Self {
        Self {
            method: Method::DELETE,
            path,
            body: None,
            repeat: Repeat::Safe,
        }
    }

    pub(super) fn put(path: String, body: impl Into<Value>) -> Self {
        Self {
            method: Method::PUT,
            path,
            body: Some(body.into()),
            repeat: Repeat::Safe,
        }
    }

    pub(super) fn post(path: impl Into<String>, body: impl Into<Value>) -> Self {
        Self {
            method: Method::POST,
            path: path.into(),
            body: Some(body.into()),
            repeat: Repeat::Safe,
        }
    }

    pub(super) fn repeat(self, repeat: Repeat) -> Self {
        Self { repeat, ..self }
    }

    /// What messages call it.
    pub(super) fn call(&self) -> Call {
        let method = match self.method {
            Method::GET => "GET",
            Method::PUT => "PUT",
            Method::DELETE => "DELETE",
            _ => "POST",
        };
        Call {
            method,
            path: self.path.clone(),
        }
    }
}
