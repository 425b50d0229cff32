//! What an answer shows. Pure.

use serde_json::Value;

use crate::api::ApiError;

/// What came of a call, as far as a question cares.
#[derive(Debug)]
pub(crate) enum ProbeResult {
    /// It was carried out, with this answer.
    Done(Value),
    /// It was refused with this status.
    Refused(u16),
}

/// Tells a refusal from a failure.
///
/// # Errors
/// What says nothing of the question: no connection, no permission, a server that fails.
pub(crate) fn came(result: Result<Value, ApiError>) -> Result<ProbeResult, ApiError> {
    match result {
        Ok(answer) => Ok(ProbeResult::Done(answer)),
        Err(ApiError::Refused { status, .. }) => Ok(ProbeResult::Refused(status)),
        Err(ApiError::NotFound { .. } | ApiError::PerhapsNotFound { .. }) => {
            Ok(ProbeResult::Refused(404))
        }
        Err(error) => Err(error),
    }
}

impl ProbeResult {
    /// One of two values: where it was carried out, and where it was refused.
    pub(crate) fn or(&self, done: &'static str, refused: &'static str) -> &'static str {
        match self {
            Self::Done(_) => done,
            Self::Refused(_) => refused,
        }
    }

    pub(crate) fn answer(&self) -> &Value {
        match self {
            Self::Done(answer) => answer,
            Self::Refused(_) => &Value::Null,
        }
    }
}

/// The form of a list of roles.
pub(crate) fn role_list(answer: &Value) -> Option<&'static str> {
    match answer {
        Value::Array(_) => Some("plain"),
        Value::Object(list) if list.contains_key("results") => Some("results"),
        Value::Object(list) if list.contains_key("roles") => Some("roles"),
        _ => None,
    }
}

/// How a server stores values, by a record that was sent with a name with white space around it, a username with capitals,
/// and a telephone number with spaces.
pub(crate) fn normalise(record: &Value, sent: &Value) -> &'static str {
    let differs = |field: &str| record.get(field) != sent.get(field);
    if differs("name") {
        "trim"
    } else if differs("phoneNumber") {
        "phone"
    } else if differs("username") {
        "lower"
    } else {
        "none"
    }
}
