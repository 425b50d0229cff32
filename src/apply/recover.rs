//! A creation without an answer: whether it happened is looked up, and it is never sent again blindly.

use crate::api::directory::{Answer, Filter, Query};
use crate::api::{ApiError, Call, Directory};
use crate::model::{LiveUser, UserFields};

/// The user that a creation or an invitation made, also where its answer was empty or lost on the way: nobody had the
/// address when the plan was made, so whoever has it now is the one.
pub(super) async fn created_user(
    directory: &impl Directory,
    fields: &UserFields,
    answer: Answer<Option<LiveUser>>,
) -> Answer<LiveUser> {
    let lost = match answer {
        Ok(Some(user)) => return Ok(user),
        Ok(None) => ApiError::BadAnswer {
            call: Call {
                method: "POST",
                path: "/v0/users".into(),
            },
            reason: "it is empty, and the user is not there".into(),
        },
        Err(error @ ApiError::AnswerLost { .. }) => error,
        Err(error) => return Err(error),
    };
    let Some(email) = &fields.email else {
        return Err(lost);
    };
    let search = Query {
        filters: vec![vec![Filter::email(email.as_str())]],
        order: Some("userId_ASC"),
        page: 1,
    };
    let found = directory.find_users(&search).await?.results;
    found
        .into_iter()
        .find(|user| user.email.as_ref() == Some(email))
        .ok_or(lost)
}
