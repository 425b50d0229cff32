//! A whole search, page by page: the first page tells how many there are, the others are read concurrently.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::api::directory::{Answer, Query};
use crate::api::{ApiError, Call, Page, ReadDirectory, Scan, judge};
use crate::model::{LiveTenant, LiveUser, TenantId, UserId};

/// How many pages are asked for at once.
const PARALLEL: usize = 16;
/// How often a scan is begun anew because records moved while they were read.
const MAX_SCANS: usize = 4;

/// What a search found.
#[derive(Debug)]
pub struct Found<K, T> {
    /// The records, by id.
    pub records: BTreeMap<K, T>,
    /// Whether it took several pages, between which records can have moved.
    pub paged: bool,
}

/// All users that a search finds, by id.
pub(super) async fn users(
    directory: &impl ReadDirectory,
    query: &Query,
) -> Answer<Found<UserId, LiveUser>> {
    users_from(directory, query, None).await
}

/// The same, where the first page is there already.
pub(super) async fn users_from(
    directory: &impl ReadDirectory,
    query: &Query,
    first: Option<Page<LiveUser>>,
) -> Answer<Found<UserId, LiveUser>> {
    let call = Call {
        method: "POST",
        path: "/v0/users/find".into(),
    };
    let fetch = async |page| directory.find_users(&query.at(page)).await;
    // Numbers are given in order, so that new users come last.
    all(&fetch, first, |user: &LiveUser| user.id, true, call).await
}

/// All tenants below another that a search finds, by id.
pub(super) async fn tenants(
    directory: &impl ReadDirectory,
    parent: &TenantId,
    query: &Query,
    first: Option<Page<LiveTenant>>,
) -> Answer<Found<TenantId, LiveTenant>> {
    let call = Call {
        method: "POST",
        path: format!("/v0/tenants/{parent}/tenants/find"),
    };
    let fetch = async |page| directory.find_tenants(parent, &query.at(page)).await;
    let id = |tenant: &LiveTenant| tenant.id.clone();
    all(&fetch, first, id, false, call).await
}

async fn all<T, K: Ord>(
    fetch: &impl AsyncFn(usize) -> Answer<Page<T>>,
    mut first: Option<Page<T>>,
    id: impl Fn(&T) -> K,
    appends: bool,
    call: Call,
) -> Answer<Found<K, T>> {
    for _ in 0..MAX_SCANS {
        if let Some(found) = scan(fetch, first.take(), &id, appends).await? {
            return Ok(found);
        }
        tracing::info!(%call, "records moved while they were read; reading again");
    }
    Err(ApiError::Unstable { call })
}

/// One scan; nothing where records moved while it ran.
async fn scan<T, K: Ord>(
    fetch: &impl AsyncFn(usize) -> Answer<Page<T>>,
    first: Option<Page<T>>,
    id: &impl Fn(&T) -> K,
    appends: bool,
) -> Answer<Option<Found<K, T>>> {
    let first = match first {
        Some(page) => page,
        None => fetch(1).await?,
    };
    let (total, mut last_page) = (first.total, first.count());
    let paged = last_page > 1;
    let mut totals = Vec::new();
    // A list first: a map that is made at once is half as large as one that grows in order.
    let mut found: Vec<(K, T)> = with_ids(first, id).collect();
    let mut pages = stream::iter(2..=last_page)
        .map(|page| past_the_end(fetch(page)))
        .buffer_unordered(PARALLEL);
    while let Some(page) = pages.try_next().await? {
        // A page without records is past the end, whatever the count of pages says.
        let Some(page) = page else { continue };
        totals.push(page.total);
        found.extend(with_ids(page, id));
    }
    drop(pages);
    let mut records: BTreeMap<K, T> = found.into_iter().collect();
    loop {
        match judge(total, &totals, records.len(), appends) {
            Scan::Complete => return Ok(Some(Found { records, paged })),
            Scan::Again => return Ok(None),
            Scan::More => {
                last_page += 1;
                let before = records.len();
                // Fewer records than the server counts, and no page left to find them on: they moved.
                let Some(page) = past_the_end(fetch(last_page)).await? else {
                    return Ok(None);
                };
                totals.push(page.total);
                records.extend(with_ids(page, id));
                if records.len() == before {
                    return Ok(None);
                }
            }
        }
    }
}

fn with_ids<T, K>(page: Page<T>, id: &impl Fn(&T) -> K) -> impl Iterator<Item = (K, T)> {
    page.results.into_iter().map(|record| (id(&record), record))
}

/// A page that has records. Past the end a server may answer 404, where another answers with an empty page.
async fn past_the_end<T>(page: impl Future<Output = Answer<Page<T>>>) -> Answer<Option<Page<T>>> {
    match page.await {
        Err(ApiError::NotFound { .. }) => Ok(None),
        answer => answer.map(|page| Some(page).filter(|page| !page.results.is_empty())),
    }
}
