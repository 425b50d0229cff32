//! The header that says how long to wait. In: the time, and the form that the switch asks for. Out:
//! the header, if there is to be one. Main function: [`retry_after`].

use super::clock;
use super::switches::RetryAfter;
use axum::http::HeaderValue;
use std::time::{Duration, UNIX_EPOCH};

/// The header in whole seconds, as the switch says.
pub(super) fn retry_after(form: RetryAfter, wait: Duration) -> Option<HeaderValue> {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    match form {
        RetryAfter::None => None,
        RetryAfter::Seconds => Some(seconds.into()),
        RetryAfter::Date => {
            let now = Duration::from_millis(clock::now().unsigned_abs());
            // A date has no parts of a second: one more, so that it is never too early.
            let date = UNIX_EPOCH + now + Duration::from_secs(seconds + 1);
            HeaderValue::try_from(httpdate::fmt_http_date(date)).ok()
        }
    }
}
