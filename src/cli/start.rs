//! The start of a run: the first page of users is read while the manifest is parsed. The key says of which workspace and
//! mode; whether the manifest is for these is checked before anything else is read.
#![expect(
    clippy::disallowed_methods,
    reason = "the time that reading takes is shown, from its start"
)]

use std::pin::pin;
use std::time::Instant;

use futures_util::future::{Either, select};
use tokio::task::spawn_blocking;

use super::args::{Global, ManifestArgs};
use super::connection::{Connection, Expected, Intent};
use super::exit::Failure;
use super::load;
use super::ui::Ui;
use crate::api::{ApiError, Query};
use crate::manifest;
use crate::model::Desired;

/// Reads the manifest and opens a connection for it. Errors of the manifest come before errors of the connection.
pub(super) fn start(
    args: &ManifestArgs,
    global: &Global,
    intent: Intent,
    ui: &mut Ui,
) -> Result<(&'static Desired, Connection), Failure> {
    let input = load::input(args)?;
    if global.sandbox.is_some() {
        // The manifest says which workspace the sandbox plays.
        let desired = load::checked(manifest::load(input), ui)?;
        let connection = Connection::open(global, &Expected::by_manifest(desired), intent)?;
        return Ok((desired, connection));
    }
    let connection = match Connection::connect(global) {
        Ok(connection) => connection,
        Err(failure) => {
            load::checked(manifest::load(input), ui)?;
            return Err(failure);
        }
    };
    let since = Instant::now();
    let (loaded, first) = connection.runtime.block_on(async {
        let loading = spawn_blocking(|| manifest::load(input));
        let query = Query::all();
        let first = pin!(connection.client.find_users(&query));
        match select(loading, first).await {
            Either::Left((Ok(Ok(loaded)), first)) => (Ok(Ok(loaded)), Some(first.await)),
            // Nothing has to be read for a manifest that has errors.
            Either::Left((loaded, _)) => (loaded, None),
            Either::Right((first, loading)) => (loading.await, Some(first)),
        }
    });
    let loaded = loaded.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
    let desired = load::checked(loaded, ui)?;
    connection.check(&Expected::by_manifest(desired), intent)?;
    let connection = match first {
        Some(Ok(first)) => connection.with_first(first, since),
        // To ask again would take as long again.
        Some(Err(error @ (ApiError::Unreachable { .. } | ApiError::RateLimited { .. }))) => {
            return Err(error.into());
        }
        // It is asked again if it is needed.
        Some(Err(_)) | None => connection,
    };
    Ok((desired, connection))
}
