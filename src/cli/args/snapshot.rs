//! A live state from a file, and into one.

use std::path::Path;

use jiff::Timestamp;

use crate::cli::cli_error::CliError;
use crate::cli::exit::Failure;
use crate::cli::planning::{PlanView, about};
use crate::cli::terminal::ui::Ui;
use crate::export::snapshot;
use crate::export::snapshot::Snapshot;
use crate::files;
use crate::model::{Desired, Live};
use crate::plan;
use crate::plan::{Policy, Source};
use crate::report::human::Context;
use crate::session;
use crate::session::Planned;

/// Plans against a snapshot.
pub(crate) fn plan(
    path: &Path,
    desired: &Desired,
    policy: &Policy,
    ui: &mut Ui,
) -> Result<PlanView, Failure> {
    let text = files::read_document(path)?;
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
    let live = snapshot.live(desired);
    let plan = session::compare(desired, &live, policy).map_err(Failure::of)?;
    Ok(PlanView {
        context: Context::new(
            None,
            plan::cost(&plan, plan::Pace::default()),
            Timestamp::now(),
        ),
        planned: Planned { plan, live },
        source,
        manifest: about(desired),
    })
}

/// The live state of a snapshot. One without personal data tells no values that could be written.
pub(crate) fn live(path: &Path, desired: &Desired) -> Result<Live, Failure> {
    let text = files::read_document(path)?;
    let snapshot = snapshot::read(&text)?;
    check(&snapshot, desired)?;
    if snapshot.redacted {
        return Err(CliError::PullRedacted.into());
    }
    Ok(snapshot.live(desired))
}

/// A snapshot of another workspace or mode is refused, as a key of it would be.
fn check(snapshot: &Snapshot, desired: &Desired) -> Result<(), CliError> {
    let workspace = desired.workspace.as_ref().map(|workspace| &workspace.value);
    let mode = desired.mode.as_ref().map(|mode| mode.value);
    if workspace.is_some_and(|workspace| *workspace != snapshot.workspace)
        || mode.is_some_and(|mode| mode != snapshot.mode)
    {
        return Err(CliError::OtherSnapshot {
            workspace: snapshot.workspace.clone(),
            mode: snapshot.mode,
        });
    }
    Ok(())
}
