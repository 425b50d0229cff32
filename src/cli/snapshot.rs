//! A live state from a file, and into one.
#![expect(clippy::disallowed_methods, reason = "a snapshot is a file")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::exit::Failure;
use super::plan::Planned;
use super::refusal::Refusal;
use super::session::Reading;
use super::ui::Ui;
use crate::export::snapshot::{self, Snapshot};
use crate::model::Desired;
use crate::plan::file::Source;
use crate::plan::{self, Policy};

/// Plans against a snapshot.
pub(super) fn plan(
    path: &Path,
    desired: &Desired,
    policy: &Policy,
    ui: &mut Ui,
) -> Result<Planned, Failure> {
    let text = fs::read(path).map_err(|error| Refusal::Unreadable {
        path: path.to_owned(),
        error,
    })?;
    let snapshot = snapshot::read(&text)?;
    check(&snapshot, desired)?;
    let source = if snapshot.redacted {
        if desired.prune.users.is_some() {
            ui.remark("The snapshot has no e-mail addresses: what `prune.users` removes can't be told from it.");
        }
        Source::RedactedSnapshot
    } else {
        Source::Snapshot
    };
    let reading = Reading {
        live: snapshot.live(desired),
        time: Duration::ZERO,
        requests: 0,
    };
    Planned::new(desired, reading, source, policy, |plan| {
        plan::cost(plan, plan::Pace::default())
    })
}

/// A snapshot of another workspace or mode is refused, as a key of it would be.
fn check(snapshot: &Snapshot, desired: &Desired) -> Result<(), Refusal> {
    let workspace = desired.workspace.as_ref().map(|workspace| &workspace.value);
    let mode = desired.mode.as_ref().map(|mode| mode.value);
    if workspace.is_some_and(|workspace| *workspace != snapshot.workspace)
        || mode.is_some_and(|mode| mode != snapshot.mode)
    {
        return Err(Refusal::OtherSnapshot {
            workspace: snapshot.workspace.clone(),
            mode: snapshot.mode,
        });
    }
    Ok(())
}
