//! A whole search, page by page: the first page tells how many there are, the others are read concurrently.

use std::collections::BTreeMap;

use futures_util::future::{join_all, try_join};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::api::directory::{Answer, Query};
use crate::api::{ApiError, Call, Page, ReadDirectory, Scan, judge};
use crate::model::{LiveTenant, LiveUser, TenantId, UserId};

/// How many pages are asked for at once.
const PARALLEL: usize = 16;
/// How many records a page has at most servers. Where it has fewer or more, reading takes a request more or less.
const USUAL_PAGE: usize = 100;
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

/// The pages that a scan begins with.
pub(super) struct Begun<T> {
    /// The first page.
    pub(super) first: Page<T>,
    /// The pages behind it, as far as they were read and have records.
    next: Vec<Page<T>>,
    /// How many pages were asked for.
    asked: usize,
}

impl<T> From<Page<T>> for Begun<T> {
    fn from(first: Page<T>) -> Self {
        Self {
            first,
            next: Vec::new(),
            asked: 1,
        }
    }
}

/// The first pages of users at once, before any of them tells how many there are: as many as that many records take on
/// pages of the usual size. A page that is not needed may be refused: it counts as never asked for, and so do those behind.
pub(super) async fn begin_users(
    directory: &impl ReadDirectory,
    query: &Query,
    records: usize,
) -> Answer<Begun<LiveUser>> {
    let asked = records.div_ceil(USUAL_PAGE).clamp(1, PARALLEL);
    let fetch = async |page| directory.find_users(&query.at(page)).await;
    let next = join_all((2..=asked).map(|page| past_the_end(fetch(page))));
    let (first, next) = try_join(fetch(1), async { Ok(next.await) }).await?;
    let answered: Vec<_> = next.into_iter().map_while(Result::ok).collect();
    Ok(Begun {
        first,
        asked: 1 + answered.len(),
        next: answered.into_iter().flatten().collect(),
    })
}

/// All users that a search finds, by id.
pub(super) async fn users(
    directory: &impl ReadDirectory,
    query: &Query,
) -> Answer<Found<UserId, LiveUser>> {
    users_from(directory, query, None).await
}

/// The same, where some pages are there already.
pub(super) async fn users_from(
    directory: &impl ReadDirectory,
    query: &Query,
    begun: Option<Begun<LiveUser>>,
) -> Answer<Found<UserId, LiveUser>> {
    let call = Call {
        method: "POST",
        path: "/v0/users/find".into(),
    };
    let fetch = async |page| directory.find_users(&query.at(page)).await;
    // Numbers are given in order, so that new users come last.
    all(&fetch, begun, |user: &LiveUser| user.id, true, call).await
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
    all(&fetch, first.map(Begun::from), id, false, call).await
}

async fn all<T, K: Ord>(
    fetch: &impl AsyncFn(usize) -> Answer<Page<T>>,
    mut begun: Option<Begun<T>>,
    id: impl Fn(&T) -> K,
    appends: bool,
    call: Call,
) -> Answer<Found<K, T>> {
    for _ in 0..MAX_SCANS {
        if let Some(found) = scan(fetch, begun.take(), &id, appends).await? {
            return Ok(found);
        }
        tracing::info!(%call, "records moved while they were read; reading again");
    }
    Err(ApiError::Unstable { call })
}

/// One scan; nothing where records moved while it ran.
async fn scan<T, K: Ord>(
    fetch: &impl AsyncFn(usize) -> Answer<Page<T>>,
    begun: Option<Begun<T>>,
    id: &impl Fn(&T) -> K,
    appends: bool,
) -> Answer<Option<Found<K, T>>> {
    let Begun { first, next, asked } = match begun {
        Some(begun) => begun,
        None => fetch(1).await?.into(),
    };
    let (total, mut last_page) = (first.total, first.count().max(next.len() + 1));
    let paged = last_page > 1;
    let mut totals: Vec<usize> = next.iter().map(|page| page.total).collect();
    // A list first: a map that is made at once is half as large as one that grows in order.
    let begun = std::iter::once(first).chain(next);
    let mut found: Vec<(K, T)> = begun.flat_map(|page| with_ids(page, id)).collect();
    let mut pages = stream::iter(asked + 1..=last_page)
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
