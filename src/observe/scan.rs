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

/// All users that a search finds, by id.
pub(super) async fn users(
    directory: &impl ReadDirectory,
    query: &Query,
) -> Answer<BTreeMap<UserId, LiveUser>> {
    let call = Call {
        method: "POST",
        path: "/v0/users/find".into(),
    };
    // Numbers are given in order, so that new users come last.
    all(
        |page| directory.find_users_at(query, page),
        |user: &LiveUser| user.id,
        true,
        call,
    )
    .await
}

/// All tenants below another, by id.
pub(super) async fn tenants(
    directory: &impl ReadDirectory,
    parent: &TenantId,
) -> Answer<BTreeMap<TenantId, LiveTenant>> {
    let call = Call {
        method: "POST",
        path: format!("/v0/tenants/{parent}/tenants/find"),
    };
    let query = Query::all("tenantId_ASC");
    all(
        |page| directory.find_tenants_at(parent, &query, page),
        |tenant: &LiveTenant| tenant.id.clone(),
        false,
        call,
    )
    .await
}

/// One page of a search, by number.
trait At: ReadDirectory {
    async fn find_users_at(&self, query: &Query, page: usize) -> Answer<Page<LiveUser>> {
        self.find_users(&query.at(page)).await
    }

    async fn find_tenants_at(
        &self,
        parent: &TenantId,
        query: &Query,
        page: usize,
    ) -> Answer<Page<LiveTenant>> {
        self.find_tenants(parent, &query.at(page)).await
    }
}

impl<D: ReadDirectory> At for D {}

async fn all<T, K: Ord, F: Future<Output = Answer<Page<T>>>>(
    fetch: impl Fn(usize) -> F,
    id: impl Fn(&T) -> K,
    appends: bool,
    call: Call,
) -> Answer<BTreeMap<K, T>> {
    for _ in 0..MAX_SCANS {
        if let Some(records) = scan(&fetch, &id, appends).await? {
            return Ok(records);
        }
        tracing::info!(%call, "records moved while they were read; reading again");
    }
    Err(ApiError::Unstable { call })
}

/// One scan; nothing where records moved while it ran.
async fn scan<T, K: Ord, F: Future<Output = Answer<Page<T>>>>(
    fetch: &impl Fn(usize) -> F,
    id: &impl Fn(&T) -> K,
    appends: bool,
) -> Answer<Option<BTreeMap<K, T>>> {
    let first = fetch(1).await?;
    let mut last_page = first.count();
    let mut totals = vec![first.total];
    let mut records: BTreeMap<K, T> = first
        .results
        .into_iter()
        .map(|record| (id(&record), record))
        .collect();
    let mut pages = stream::iter(2..=last_page)
        .map(|page| past_the_end(fetch(page)))
        .buffered(PARALLEL);
    while let Some(page) = pages.try_next().await? {
        let Some(page) = page else { continue };
        totals.push(page.total);
        records.extend(page.results.into_iter().map(|record| (id(&record), record)));
    }
    loop {
        match judge(&totals, records.len(), appends) {
            Scan::Complete => return Ok(Some(records)),
            Scan::Again => return Ok(None),
            Scan::More => {
                last_page += 1;
                // Fewer records than the server counts, and no page left to find them on: they moved.
                let Some(page) = past_the_end(fetch(last_page))
                    .await?
                    .filter(|page| !page.results.is_empty())
                else {
                    return Ok(None);
                };
                totals.push(page.total);
                records.extend(page.results.into_iter().map(|record| (id(&record), record)));
            }
        }
    }
}

/// A server may answer 404 for a page past the end, where another answers with an empty one.
async fn past_the_end<T>(page: impl Future<Output = Answer<Page<T>>>) -> Answer<Option<Page<T>>> {
    match page.await {
        Err(ApiError::NotFound { .. }) => Ok(None),
        answer => answer.map(Some),
    }
}
