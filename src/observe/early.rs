//! What can be read before the manifest is decoded: the first page, and all others where the manifest's texts show that it
//! names about as many people as there are.

use super::choice::look_up;
use super::scan::{self, Found};
use crate::api::directory::{Answer, Query};
use crate::api::{Page, ReadDirectory};
use crate::model::{LiveUser, UserId};

/// What was read early.
#[derive(Debug, Default)]
pub enum Early {
    /// Nothing.
    #[default]
    Nothing,
    /// The first page of users.
    First(Page<LiveUser>),
    /// All users.
    All(Found<UserId, LiveUser>),
}

/// Reads early; `names` is about how many people the manifest names. That many are asked for at once, which saves the time
/// of a page: most often about as many are there.
///
/// # Errors
/// The first call that fails for good.
pub async fn early(directory: &impl ReadDirectory, names: usize) -> Answer<Early> {
    if names == 0 {
        return Ok(Early::Nothing);
    }
    let everything = Query::all("userId_ASC");
    let begun = scan::begin_users(directory, &everything, names).await?;
    let pages = begun.first.count();
    if look_up(pages, names, 0) {
        return Ok(Early::First(begun.first));
    }
    tracing::info!(
        pages,
        "reading all users, of whom the manifest names about as many"
    );
    let found = scan::users_from(directory, &everything, Some(begun)).await?;
    Ok(Early::All(found))
}
