//! A call that is not sent again → the error that says why. Pure. Main type: [`Failed`].

use reqwest::StatusCode;

use crate::api::error::{ApiError, Call};
use crate::api::pacing::retry::{AttemptError, Repeat};
use crate::api::request::Request;

/// The last attempt of a call, which failed.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) failure: AttemptError,
    pub(crate) reason: String,
    pub(crate) status: Option<StatusCode>,
}

impl Failed {
    /// The error of the call after so many attempts.
    pub(crate) fn give_up(self, request: &Request, call: Call, attempts: u32) -> ApiError {
        let Self {
            failure,
            reason,
            status,
        } = self;
        let code = status.map_or(0, |status| status.as_u16());
        match failure {
            AttemptError::Lost
            | AttemptError::Page
            | AttemptError::Slow
            | AttemptError::TimedOut
            | AttemptError::Server(_)
            | AttemptError::Busy(_)
                if request.repeat == Repeat::Unsafe =>
            {
                let late = matches!(failure, AttemptError::TimedOut | AttemptError::Slow);
                ApiError::AnswerLost { call, reason, late }
            }
            AttemptError::TooMany(retry_after) => ApiError::RateLimited {
                call,
                attempts,
                retry_after,
            },
            AttemptError::Server(retry_after) | AttemptError::Busy(retry_after) => {
                ApiError::Server {
                    call,
                    status: code,
                    attempts,
                    message: reason,
                    retry_after,
                }
            }
            AttemptError::Page => ApiError::BadAnswer { call, reason },
            AttemptError::Problem => ApiError::Refused {
                call,
                status: code,
                message: reason,
            },
            AttemptError::Lost if status.is_some() => ApiError::BadAnswer { call, reason },
            AttemptError::NotSent
            | AttemptError::Lost
            | AttemptError::Slow
            | AttemptError::TimedOut => ApiError::Unreachable {
                call,
                attempts,
                reason,
            },
        }
    }
}
