//! The start of a run: the first pages of users are read while the manifest is parsed. The key says of which workspace and
//! mode; whether the manifest is for these is checked before anything else is read.
#![expect(
    clippy::disallowed_methods,
    reason = "the time that reading takes is shown, from its start"
)]

use std::time::Instant;

use crate::api::ApiError;
use crate::cli::args::connection::{Connection, Expected, Intent};
use crate::cli::args::load;
use crate::cli::args::options::{ManifestArgs, ServerArgs};
use crate::cli::exit::Failure;
use crate::cli::terminal::ui::Ui;
use crate::manifest;
use crate::model::Desired;
use crate::observe;

/// A manifest of so many bytes takes as long to parse as a page of users to read, and names thousands of people.
const LARGE: usize = 256 * 1024;
/// At most so many pages are read meanwhile, because a manifest may need only few of the users.
const PAGES: usize = 128;

/// Reads the manifest and opens a connection for it. Errors of the manifest come before errors of the connection.
pub(crate) fn start(
    args: &ManifestArgs,
    server: &ServerArgs,
    intent: Intent,
    ui: &mut Ui,
) -> Result<(&'static Desired, Connection), Failure> {
    load::check_input(args, server)?;
    let input = load::input(args)?;
    if server.sandbox.is_some() {
        // The manifest says which workspace the sandbox plays.
        let desired = load::checked(load::without_target(manifest::load(input)), ui)?;
        let connection = Connection::open(server, &Expected::by_manifest(desired, args), intent)?;
        return Ok((desired, connection));
    }
    let connection = match Connection::connect(server) {
        Ok(connection) => connection,
        Err(failure) => {
            load::checked(manifest::load(input), ui)?;
            return Err(failure);
        }
    };
    let since = Instant::now();
    let size: usize = input.files.iter().map(|file| file.bytes.len()).sum();
    let most = if size < LARGE { 1 } else { PAGES };
    let loading = connection.runtime.spawn_blocking(|| manifest::load(input));
    // Nothing has to be read for a manifest that has errors.
    let is_right = |loaded: &Result<Result<_, _>, _>| matches!(loaded, Ok(Ok(_)));
    let reading = observe::read_ahead(&connection.client, loading, is_right, most);
    let (loaded, read) = connection.runtime.block_on(reading);
    let loaded = loaded.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
    let desired = load::checked(loaded, ui)?;
    connection.check(&Expected::by_manifest(desired, args), intent)?;
    let connection = match read {
        Ok(pages) => connection.with_pages(pages, since),
        // To ask again would take as long again, or is too late.
        Err(
            error @ (ApiError::Unreachable { .. }
            | ApiError::RateLimited { .. }
            | ApiError::Ended { .. }
            | ApiError::GivenUp { .. }),
        ) => return Err(error.into()),
        // It is asked again if it is needed.
        Err(_) => connection,
    };
    Ok((desired, connection))
}
