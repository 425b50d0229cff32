//! Users' own records, which contain the roles held where a list does not.

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, stream};

use crate::api::{ApiError, Reader};
use crate::model::{Live, LiveUser, Unreadable, UserUuid};
use crate::observe::search_check::Users;

/// The same users, each with the roles that they hold: a record that does not contain them is read again by itself.
pub(crate) async fn with_grants(reader: &Reader, mut users: Users) -> Result<Users, ApiError> {
    let incomplete = users.records.values().filter(|user| !user.grants_told);
    let incomplete: Vec<LiveUser> = incomplete.cloned().collect();
    let (read, unreadable) = with_roles(reader, &incomplete).await?;
    for user in incomplete {
        users.records.remove(&user.uuid);
    }
    users.records.extend(read);
    users.unreadable.extend(unreadable);
    Ok(users)
}

/// Adds to a live state what these users hold, as their own records say. One whose record can't be had, or does not say it either,
/// can't be read.
///
/// # Errors
/// The first call that fails for good.
pub(crate) async fn grants(
    reader: &Reader,
    mut live: Live,
    users: &BTreeSet<UserUuid>,
) -> Result<Live, ApiError> {
    let known = users.iter().filter_map(|uuid| live.users.get(uuid));
    let known: Vec<LiveUser> = known.cloned().collect();
    let (read, unreadable) = with_roles(reader, &known).await?;
    for user in known {
        live.users.remove(&user.uuid);
    }
    for (uuid, user) in read {
        live.users.insert(uuid, user);
    }
    live.unreadable_users.extend(unreadable);
    Ok(live.split_inherited())
}

/// Users' own records, and those that do not contain the roles held, or can't be had.
async fn with_roles(
    reader: &Reader,
    users: &[LiveUser],
) -> Result<(Vec<(UserUuid, LiveUser)>, Vec<Unreadable>), ApiError> {
    let mut reads = stream::iter(users)
        .map(async |user| (user, reader.user(&user.uuid).await))
        .buffered(reader.parallel());
    let (mut known, mut unreadable) = (Vec::new(), Vec::new());
    while let Some((user, read)) = reads.next().await {
        match read {
            Ok(read) if read.grants_told => known.push((read.uuid.clone(), read)),
            Ok(_) => {
                let reason = "its record does not contain the roles that the user holds";
                unreadable.push(Unreadable::user(user, reason));
            }
            Err(error) => {
                let name = user.email().map(|email| email.to_string());
                unreadable.push(error.unreadable(user.uuid.to_string(), name)?);
            }
        }
    }
    Ok((known, unreadable))
}
