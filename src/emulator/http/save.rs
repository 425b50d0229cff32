//! The state file. In: the app. Out: a file that is always whole. Main functions: [`save`] and
//! [`keep_saving`].
#![expect(clippy::disallowed_methods, reason = "saving is spaced in time")]

use crate::emulator::data::time::Stopwatch;
use crate::emulator::http::app::App;
use crate::emulator::http::error::EmulatorError;
use std::io::{BufWriter, IntoInnerError, Write as _};
use std::path::Path;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tempfile::NamedTempFile;

/// The least time between two savings.
const PAUSE: Duration = Duration::from_secs(1);

/// Writes the state beside the file and then puts it in its place, so that a reader never sees half.
pub(crate) fn save(app: &App, path: &Path) -> Result<(), EmulatorError> {
    write(app, path).map_err(|source| EmulatorError::Save {
        path: path.to_owned(),
        source,
    })
}

fn write(app: &App, path: &Path) -> std::io::Result<()> {
    let _saving = app.saving.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    let mut out = BufWriter::new(file);
    serde_json::to_writer_pretty(&mut out, &app.state())?;
    out.write_all(b"\n")?;
    let file = out.into_inner().map_err(IntoInnerError::into_error)?;
    file.persist(path)?;
    Ok(())
}

/// Saves after changes, for as long as the emulator runs. A failure is not the end: the next change
/// tries again, and the last saving, at the stop, reports it.
pub(crate) async fn keep_saving(app: Arc<App>, path: Box<Path>) {
    loop {
        app.changed.notified().await;
        let watch = Stopwatch::start();
        let (saved, place) = (Arc::clone(&app), path.clone());
        let saving = tokio::task::spawn_blocking(move || save(&saved, &place));
        if matches!(saving.await, Ok(Err(_)) | Err(_)) {
            app.changed.notify_one();
        }
        // A large state takes long to write: most of the time must stay for the requests.
        tokio::time::sleep(PAUSE.max(watch.elapsed() * 10)).await;
    }
}
