//! A plan on its way to a person or a file.

use std::path::Path;

use jiff::Timestamp;

use crate::cli::args::connection::{Connection, Timed};
use crate::cli::exit::Failure;
use crate::files;
use crate::model::{Desired, digest};
use crate::plan::{ManifestInfo, PlanFile, Policy, Source, manifest_hash};
use crate::report::human::{Context, Reading};
use crate::session;
use crate::session::Planned;

/// A plan, and how it came about.
pub(crate) struct PlanView {
    pub(crate) planned: Planned,
    pub(crate) context: Context,
    pub(crate) source: Source,
    pub(crate) manifest: ManifestInfo,
}

impl PlanView {
    pub(crate) fn file(&self) -> PlanFile {
        let (plan, manifest) = (self.planned.plan.clone(), self.manifest.clone());
        PlanFile::new(plan, self.source, manifest, self.context.cost).unmeasured()
    }
}

/// What a plan says of its manifest.
pub(crate) fn about(desired: &Desired) -> ManifestInfo {
    ManifestInfo {
        hash: manifest_hash(&desired.sources),
        mode: desired.mode.as_ref().map(|mode| mode.value),
    }
}

/// Reads the live state and compares it with the manifest.
pub(crate) fn make(
    connection: &Connection,
    desired: &Desired,
    policy: &Policy,
) -> Result<PlanView, Failure> {
    let Timed {
        value: planned,
        time,
        requests,
    } = connection.plan(desired, policy).map_err(Failure::of)?;
    Ok(PlanView {
        context: Context::new(
            Some(Reading { time, requests }),
            connection.cost(&planned.plan),
            Timestamp::now(),
        ),
        planned,
        source: Source::Server,
        manifest: about(desired),
    })
}

/// The same, from a reading of everything, which another manifest can be compared with.
pub(crate) fn make_of_everything(
    connection: &Connection,
    desired: &Desired,
    policy: &Policy,
) -> Result<PlanView, Failure> {
    let Timed {
        value: live,
        time,
        requests,
    } = connection
        .timed(session::read(&connection.client, None))
        .map_err(Failure::of)?;
    let plan = session::compare(desired, &live, policy).map_err(Failure::of)?;
    Ok(PlanView {
        context: Context::new(
            Some(Reading { time, requests }),
            connection.cost(&plan),
            Timestamp::now(),
        ),
        planned: Planned { plan, live },
        source: Source::Server,
        manifest: about(desired),
    })
}

/// The command that applies a saved plan as it is. Accepting what it breaks is never part of it: that is for a person who
/// read the plan.
pub(crate) fn apply_command(path: &Path, text: &[u8]) -> String {
    format!(
        "ufsync apply {} --sha256 {}",
        files::quoted(path),
        digest(text)
    )
}
