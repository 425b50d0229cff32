//! Pages of all users that are read while something else is done.

use std::cell::Cell;
use std::future::ready;
use std::pin::pin;

use futures_util::future::{Either, select};
use futures_util::{StreamExt as _, stream};

use crate::api::{ApiError, Page, Query, Reader};
use crate::model::LiveUser;

/// Waits for some work, and reads the first pages of all users meanwhile, as many as come until it is done and `most` at the
/// most. Where what comes of the work does not want them, none are waited for.
///
/// The pages are those from the first one on, without a gap; only an error of the first one is an error.
pub(crate) async fn read_ahead<T>(
    reader: &Reader,
    work: impl Future<Output = T>,
    wants: impl Fn(&T) -> bool,
    most: usize,
) -> (T, Result<Vec<Page<LiveUser>>, ApiError>) {
    let query = Query::all();
    let work = pin!(work);
    let (first, mut work) = match select(work, pin!(reader.find_users(&query))).await {
        Either::Left((done, first)) if wants(&done) => {
            return (done, first.await.map(|first| vec![first]));
        }
        Either::Left((done, _)) => return (done, Ok(Vec::new())),
        Either::Right((Ok(first), work)) => (first, work),
        Either::Right((Err(error), work)) => return (work.await, Err(error)),
    };
    let is_done = Cell::new(false);
    let mut others = stream::iter(2..=first.count().min(most))
        .take_while(|_| ready(!is_done.get()))
        .map(|page| {
            let query = query.at(page);
            async move { reader.find_users(&query).await }
        })
        .buffered(reader.parallel());
    let mut pages = vec![first];
    let done = loop {
        match select(&mut work, others.next()).await {
            Either::Left((done, _)) => break done,
            Either::Right((Some(Ok(page)), _)) => pages.push(page),
            Either::Right((Some(Err(_)) | None, _)) => {
                return (work.await, Ok(pages));
            }
        }
    };
    is_done.set(true);
    if wants(&done) {
        // Those that are under way.
        while let Some(Ok(page)) = others.next().await {
            pages.push(page);
        }
    }
    drop(others);
    (done, Ok(pages))
}
