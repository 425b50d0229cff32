//! The start of a run: the manifest is decoded while the first pages are on their way.
#![expect(
    clippy::disallowed_methods,
    reason = "how long reading took is told, from its start"
)]

use std::thread;
use std::time::Instant;

use memchr::memmem;
use tokio::sync::oneshot;

use super::args::{Global, ManifestArgs};
use super::exit::Failure;
use super::load;
use super::session::{Expected, Intent, Session};
use super::ui::Ui;
use crate::api::Key;
use crate::manifest::{self, Input};
use crate::model::Desired;
use crate::observe::{self, Early};

/// Reads the manifest and opens a session for it.
pub(super) fn start(
    args: &ManifestArgs,
    global: &Global,
    intent: Intent,
    ui: &mut Ui,
) -> Result<(&'static Desired, Session), Failure> {
    let input = load::input(args)?;
    if global.sandbox.is_some() {
        // The manifest says which workspace the sandbox plays.
        let desired = load::checked(manifest::load(input), ui)?;
        let session = Session::open(global, &Expected::by_manifest(desired), intent)?;
        return Ok((desired, session));
    }
    // What is wrong with the manifest is said before what is wrong with the connection.
    let session = match Session::connect(global) {
        Ok(session) => session,
        Err(failure) => {
            load::checked(manifest::load(input), ui)?;
            return Err(failure);
        }
    };
    let names = names(&input);
    if !is_for(&input, session.client.key()) {
        let desired = load::checked(manifest::load(input), ui)?;
        session.check(&Expected::by_manifest(desired), intent)?;
        return Ok((desired, session));
    }
    let since = Instant::now();
    let (failed, mut failure) = oneshot::channel::<()>();
    let (loaded, early) = thread::scope(|scope| {
        let loading = scope.spawn(|| {
            let loaded = manifest::load(input);
            if loaded.is_err() {
                // Where reading is over already nobody listens.
                failed.send(()).unwrap_or_default();
            }
            loaded
        });
        let early = session.runtime.block_on(async {
            tokio::select! {
                early = observe::early(&session.client, names) => early,
                Ok(()) = &mut failure => Ok(Early::Nothing),
            }
        });
        (loading.join(), early)
    });
    let loaded = loaded.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    let desired = load::checked(loaded, ui)?;
    session.check(&Expected::by_manifest(desired), intent)?;
    Ok((desired, session.with_early(early?, since)))
}

/// Whether nothing in the texts looks as if the manifest were for another workspace or mode than the key's, with which
/// nothing may be read then. A text that does not make it plain is decoded first.
fn is_for(input: &Input, key: &Key) -> bool {
    let texts = input.files.iter().chain(&input.overlays);
    texts.map(|file| &file.bytes).all(|bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return false;
        };
        let says = |word, value| lines_with(text, word).all(|line| says(line, word, value));
        says("workspace", key.workspace.as_str()) && says("mode", key.mode.as_str())
    })
}

/// The lines of a text in which a word is found.
fn lines_with<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = &'t str> {
    let places = memmem::find_iter(text.as_bytes(), word.as_bytes());
    places.filter_map(|place| {
        let (before, after) = text.split_at_checked(place)?;
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let end = place + after.find('\n').unwrap_or(after.len());
        text.get(start..end)
    })
}

/// Whether a line is a comment, or says just this.
fn says(line: &str, word: &str, value: &str) -> bool {
    if line.trim_start().starts_with('#') {
        return true;
    }
    let line = line.split(" #").next().unwrap_or_default().trim_end();
    let said = line
        .strip_prefix(word)
        .and_then(|rest| rest.strip_prefix(':'));
    !line.contains(word) || said.map(str::trim) == Some(value)
}

/// About how many people a manifest names: as many as there are signs in its texts that addresses have.
fn names(input: &Input) -> usize {
    let texts = input.files.iter().chain(&input.overlays);
    texts
        .map(|file| memchr::memchr_iter(b'@', &file.bytes).count())
        .sum()
}
