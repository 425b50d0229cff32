//! Judging a live state, and reading more of it until it can be judged.

use crate::api::{ApiError, Reader};
use crate::model::Live;
use crate::observe;
use crate::observe::ReadPlan;
use crate::plan::Missing;
use crate::session::SessionError;

/// How often something is judged: by what was read at first, with who has the names of new users, with their roles, with who
/// else holds roles, and by everything.
const ROUNDS: usize = 5;
/// The holders of so many roles are looked up, and of more where there are more pages of users than roles.
const FEW_SEARCHES: usize = 8;
/// About how many users there are on a page.
const PAGE: usize = 100;

/// Judges a live state. Where that needs more, it is read; `need` says what is needed beside.
///
/// # Errors
/// What judging ends in, and the first call that fails for good.
pub(crate) async fn settle<T>(
    reader: &Reader,
    mut live: Live,
    need: &ReadPlan,
    judge: impl Fn(&Live) -> Result<Result<T, Missing>, SessionError>,
) -> Result<(T, Live), SessionError> {
    for _ in 1..ROUNDS {
        match judge(&live)? {
            Ok(judgement) => return Ok((judgement, live)),
            Err(missing) => live = more(reader, live, need, &missing).await?,
        }
    }
    let judgement = judge(&live)?.map_err(|_| SessionError::Unsettled)?;
    Ok((judgement, live))
}

/// The same live state, and what is missing.
async fn more(
    reader: &Reader,
    live: Live,
    need: &ReadPlan,
    missing: &Missing,
) -> Result<Live, ApiError> {
    let searches = FEW_SEARCHES.max(live.claimed_users / PAGE);
    if missing.everything || missing.holders.len() > searches {
        return observe::live(reader, &need.clone().of_everything()).await;
    }
    let live = if missing.levels {
        observe::levels(reader, live, need).await?
    } else {
        live
    };
    let live = observe::namesakes(reader, live, &missing.alike).await?;
    let live = observe::grants(reader, live, &missing.grants).await?;
    if let Some(live) = observe::holders(reader, live, &missing.holders).await? {
        return Ok(live);
    }
    tracing::info!("the search for roles can't be trusted; reading everything");
    observe::live(reader, &need.clone().of_everything()).await
}
