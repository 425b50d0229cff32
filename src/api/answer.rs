//! The body of an answer: read up to a limit, and told apart from what others send. In: a response. Out: its bytes, or
//! why there are none. Main function: [`body`].
//!
//! An answer is limited in length, which says how much memory it takes as text, and in the number of its values, which
//! says how much it takes when it is read: `[[0],[0]]` is short, and each of its lists takes as much as a long text.

use reqwest::{Response, StatusCode};
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};

use crate::api::error::LONGEST;
use crate::api::wire::ErrorJson;

/// The most values that an answer may have.
const MOST_VALUES: usize = 400_000;
/// An answer of fewer bytes can't have too many.
const SHORT: usize = 2 * MOST_VALUES;
/// How much of a server's message is repeated in ours, in characters.
const MAX_MESSAGE: usize = 300;

/// Why there is no body.
#[derive(Debug)]
pub(crate) enum BodyError {
    /// The connection broke.
    Lost(String),
    /// It did not end in time.
    Slow,
    /// It is longer than an answer may be. Asked again it is as long.
    TooLong,
}

/// Reads a body to its end, which has to come before a time.
pub(crate) async fn body(mut response: Response, until: Instant) -> Result<Vec<u8>, BodyError> {
    let length = response.content_length().unwrap_or_default();
    if length > LONGEST as u64 {
        return Err(BodyError::TooLong);
    }
    let mut body = Vec::new();
    while let Some(chunk) = timeout_at(until, response.chunk())
        .await
        .map_err(|_| BodyError::Slow)?
        .map_err(|error| BodyError::Lost(chain(&error)))?
    {
        if body.len() + chunk.len() > LONGEST {
            return Err(BodyError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    if has_too_many_values(&body) {
        return Err(BodyError::TooLong);
    }
    Ok(body)
}

/// Whether JSON has more values than an answer may have.
fn has_too_many_values(json: &[u8]) -> bool {
    if json.len() < SHORT {
        return false;
    }
    let (mut values, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            // Each value but the first stands behind one of these.
            b',' | b'[' | b'{' if !in_text => values += 1,
            _ => {}
        }
    }
    values > MOST_VALUES
}

/// Who sent a 404. A proxy's page must not pass for "this user is gone".
pub(crate) enum Said {
    /// Its body is an error as the API writes them, with `statusCode`.
    ByTheApi,
    /// Its body is empty, or an object that could be a gateway's as well.
    Unknown,
    /// Its body is something else.
    ByAnother,
}

/// Who sent this body of a 404.
pub(crate) fn said(body: &[u8]) -> Said {
    if body.is_empty() {
        return Said::Unknown;
    }
    match serde_json::from_slice::<Map<String, Value>>(body) {
        Ok(error) if error.get("statusCode").and_then(Value::as_u64) == Some(404) => Said::ByTheApi,
        Ok(_) => Said::Unknown,
        Err(_) => Said::ByAnother,
    }
}

/// Whether a body is a web page.
pub(crate) fn is_html(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

/// The server's own words, shortened, without control characters and without this key, whatever it sent back.
pub(crate) fn message(body: &[u8], status: StatusCode, key: &str) -> String {
    let said = serde_json::from_slice::<ErrorJson>(body)
        .ok()
        .and_then(|error| error.message);
    let said = said.unwrap_or_else(|| status.canonical_reason().unwrap_or("no message").to_owned());
    // Without control characters first, since they could hide the key from the search and then vanish.
    let said: String = said.chars().filter(|c| !c.is_control()).collect();
    let said = said.replace(key, "[key]");
    said.chars().take(MAX_MESSAGE).collect()
}

/// An error and its causes in one line. The address is left out: the call names it.
pub(crate) fn chain(error: &reqwest::Error) -> String {
    let mut words = if error.is_timeout() {
        "timed out".to_owned()
    } else {
        String::new()
    };
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if !words.is_empty() {
            words.push_str(": ");
        }
        words.push_str(&error.to_string());
        cause = error.source();
    }
    if words.is_empty() {
        "the connection broke".to_owned()
    } else {
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_values_are_too_many_however_short_they_are() {
        let many = |value: &str, count: usize| format!("[{}]", vec![value; count].join(","));
        for value in ["0", "[0]", "{}", r#"{"a":[]}"#, "\"\""] {
            let json = many(value, MOST_VALUES + 1);
            assert!(has_too_many_values(json.as_bytes()), "{value}");
        }
        for json in [
            many(&"\"[,{\\\",".repeat(20_000), 1),
            many(&format!("{:?}", ",".repeat(1000)), 10_000),
            many("0", 300_000),
        ] {
            assert!(!has_too_many_values(json.as_bytes()));
        }
    }
}
