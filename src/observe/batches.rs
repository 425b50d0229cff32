//! Many things to search for → as few searches as the server accepts, in parallel. Main function: [`searches`].

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::api::ApiError;

/// The results of searching for all items, so many at once at the most. Where the server refuses a search, that one and
/// all later ones are made half as long.
///
/// # Errors
/// The first search that fails for good; one that is refused for a single item is.
pub(crate) async fn searches<I, T, F>(
    items: &[I],
    most: usize,
    parallel: usize,
    search: impl Fn(&[I]) -> F,
) -> Result<Vec<T>, ApiError>
where
    F: Future<Output = Result<T, ApiError>>,
{
    let longest = AtomicUsize::new(most);
    let found: Vec<Vec<T>> = stream::iter(items.chunks(most).collect::<Vec<_>>())
        .map(|batch| one_batch(batch, &longest, &search))
        .buffered(parallel)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}

async fn one_batch<I, T, F>(
    mut batch: &[I],
    longest: &AtomicUsize,
    search: &impl Fn(&[I]) -> F,
) -> Result<Vec<T>, ApiError>
where
    F: Future<Output = Result<T, ApiError>>,
{
    let mut found = Vec::new();
    while !batch.is_empty() {
        let length = longest.load(Ordering::Relaxed).clamp(1, batch.len());
        let (some, others) = batch.split_at(length);
        match search(some).await {
            Err(ApiError::Refused { .. }) if length > 1 => {
                tracing::info!(length, "too much for one search; halving");
                longest.fetch_min(length / 2, Ordering::Relaxed);
            }
            result => {
                found.push(result?);
                batch = others;
            }
        }
    }
    Ok(found)
}
