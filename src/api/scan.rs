//! A whole search, page by page: the first page says how many there are, the others are read concurrently.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::api::error::{ApiError, Call};
use crate::api::page::{Page, Scan, judge};
use crate::api::query::Query;
use crate::api::reader::Reader;
use crate::model::{LiveTenant, LiveUser, TenantId, Unreadable, UserUuid};

/// How often a scan is begun again because records moved while they were read.
const MAX_SCANS: usize = 4;

#[derive(Debug)]
pub(crate) struct Found<K, T> {
    /// The records, by id.
    pub records: BTreeMap<K, T>,
    /// Records that can't be read.
    pub unreadable: Vec<Unreadable>,
    /// Whether it took several pages, between which records can have moved.
    pub paged: bool,
}

impl<K, T> Default for Found<K, T> {
    fn default() -> Self {
        Self {
            records: BTreeMap::new(),
            unreadable: Vec::new(),
            paged: false,
        }
    }
}

impl<K: Ord, T> Found<K, T> {
    /// Adds what another search found.
    pub(crate) fn extend(&mut self, other: Self) {
        self.records.extend(other.records);
        let unknown = other.unreadable.into_iter();
        let unknown = unknown.filter(|record| !self.unreadable.contains(record));
        let unknown: Vec<Unreadable> = unknown.collect();
        self.unreadable.extend(unknown);
        self.paged |= other.paged;
    }
}

/// All users that a search finds. Its first pages may be there already.
///
/// # Errors
/// [`ApiError::Unstable`] if records move whenever they are read; [`ApiError::BadAnswer`] if the server counts more than
/// it shows; as of [`Reader::find_users`].
pub(crate) async fn users(
    reader: &Reader,
    query: &Query,
    read: Vec<Page<LiveUser>>,
) -> Result<Found<UserUuid, LiveUser>, ApiError> {
    let call = Call::post("/v0/users/find").to(reader.url());
    let fetch = async |page| reader.find_users(&query.at(page)).await;
    let id = |user: &LiveUser| user.uuid.clone();
    // Numbers are given in order, so that new users come last.
    let appends = || reader.new_users_come_last();
    all(reader.parallel(), &fetch, read, id, appends, call).await
}

/// All tenants below another that a search finds, by id.
///
/// # Errors
/// As of [`users`].
pub(crate) async fn tenants(
    reader: &Reader,
    parent: &TenantId,
    query: &Query,
    read: Vec<Page<LiveTenant>>,
) -> Result<Found<TenantId, LiveTenant>, ApiError> {
    let call = Call::post(format!("/v0/tenants/{parent}/tenants/find")).to(reader.url());
    let fetch = async |page| reader.find_tenants(parent, &query.at(page)).await;
    let id = |tenant: &LiveTenant| tenant.id.clone();
    all(reader.parallel(), &fetch, read, id, || false, call).await
}

async fn all<T, K: Ord>(
    parallel: usize,
    fetch: &impl AsyncFn(usize) -> Result<Page<T>, ApiError>,
    mut read: Vec<Page<T>>,
    id: impl Fn(&T) -> K,
    appends: impl Fn() -> bool,
    call: Call,
) -> Result<Found<K, T>, ApiError> {
    let mut before = None;
    for _ in 0..MAX_SCANS {
        let short = match scan(parallel, fetch, std::mem::take(&mut read), &id, &appends).await? {
            Scanned::All(found) => return Ok(found),
            Scanned::Short { total, seen } => (total, seen),
        };
        // Records that move do not leave the same number unseen twice: these are not there.
        if before.replace(short) == Some(short) {
            let (total, seen) = short;
            let reason = format!("it counts {total} records, and all its pages have {seen}");
            return Err(ApiError::BadAnswer { call, reason });
        }
        tracing::info!(%call, "records moved while they were read; reading again");
    }
    Err(ApiError::Unstable { call })
}

enum Scanned<K, T> {
    All(Found<K, T>),
    /// It saw fewer records than the server counts, or some that have moved.
    Short {
        total: usize,
        seen: usize,
    },
}

async fn scan<T, K: Ord>(
    parallel: usize,
    fetch: &impl AsyncFn(usize) -> Result<Page<T>, ApiError>,
    read: Vec<Page<T>>,
    id: &impl Fn(&T) -> K,
    appends: &impl Fn() -> bool,
) -> Result<Scanned<K, T>, ApiError> {
    let next = read.len().max(1) + 1;
    let mut read = read.into_iter();
    let first = match read.next() {
        Some(first) => first,
        None => fetch(1).await?,
    };
    let (total, mut last_page) = (first.total, first.count());
    let size = first.len();
    // Of a single page it is not known whether it is full.
    let mut goes_on = first.more == Some(true);
    let mut paged = last_page > 1;
    let mut totals = Vec::new();
    let mut unreadable = Vec::new();
    // A list first: a map that is made at once is half as large as one that grows in order.
    let mut found: Vec<(K, T)> = Vec::new();
    found.extend(with_ids(first, id, &mut unreadable));
    let read = stream::iter(read.map(|page| Ok(Some(page))));
    let others = stream::iter(next..=last_page)
        .map(|page| past_the_end(fetch(page)))
        .buffered(parallel);
    let mut pages = Box::pin(read.chain(others));
    // A page without records is past the end, however many pages the server counts; so is one that is served again.
    while let Some(Some(page)) = pages.try_next().await? {
        totals.push(page.total);
        goes_on = page.goes_on(size);
        let page_before = found.len().saturating_sub(page.results.len());
        let known = found.iter().skip(page_before).map(|(id, _)| id);
        let is_known = known.eq(page.results.iter().map(id).collect::<Vec<_>>().iter());
        if is_known
            && page
                .unreadable
                .iter()
                .all(|record| unreadable.contains(record))
        {
            goes_on = false;
            break;
        }
        found.extend(with_ids(page, id, &mut unreadable));
    }
    // Calls that are under way and not waited for would keep others from starting.
    drop(pages);
    let mut records: BTreeMap<K, T> = found.into_iter().collect();
    // The counts may be capped: only a page that is not full, and has none after it, is the last one.
    while goes_on {
        last_page += 1;
        let Some(page) = past_the_end(fetch(last_page)).await? else {
            break;
        };
        goes_on = page.goes_on(size);
        paged = true;
        let seen = records.len() + unreadable.len();
        records.extend(with_ids(page, id, &mut unreadable));
        if records.len() + unreadable.len() == seen {
            break;
        }
    }
    loop {
        let seen = records.len() + unreadable.len();
        let short = Scanned::Short { total, seen };
        match judge(total, &totals, seen, appends()) {
            Scan::Complete => {
                return Ok(Scanned::All(Found {
                    records,
                    unreadable,
                    paged,
                }));
            }
            Scan::Again => return Ok(short),
            Scan::More => {
                last_page += 1;
                // Fewer records than the server counts, and no page left to find them on.
                let Some(page) = past_the_end(fetch(last_page)).await? else {
                    return Ok(short);
                };
                totals.push(page.total);
                records.extend(with_ids(page, id, &mut unreadable));
                if records.len() + unreadable.len() == seen {
                    return Ok(short);
                }
            }
        }
    }
}

/// The records of a page with their ids; those that can't be read are noted, each once.
fn with_ids<T, K>(
    page: Page<T>,
    id: &impl Fn(&T) -> K,
    unreadable: &mut Vec<Unreadable>,
) -> impl Iterator<Item = (K, T)> {
    for record in page.unreadable {
        if !unreadable.contains(&record) {
            unreadable.push(record);
        }
    }
    page.results.into_iter().map(|record| (id(&record), record))
}

/// A page that has records. Past the end a server may answer 404, where another answers with an empty page.
async fn past_the_end<T>(
    page: impl Future<Output = Result<Page<T>, ApiError>>,
) -> Result<Option<Page<T>>, ApiError> {
    match page.await {
        Err(ApiError::NotFound { .. } | ApiError::PerhapsNotFound { .. }) => Ok(None),
        answer => answer.map(|page| Some(page).filter(|page| page.len() > 0)),
    }
}
