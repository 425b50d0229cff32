//! A saved plan, read again and held against the live state of now.

use std::path::Path;

use jiff::Timestamp;

use crate::cli::applied::Earlier;
use crate::cli::args::connection::{Connection, Timed};
use crate::cli::cli_error::CliError;
use crate::cli::exit::Failure;
use crate::cli::terminal::ui::Ui;
use crate::files;
use crate::model::digest;
use crate::plan::{PlanFile, Recheck, ended};
use crate::report::human::{Context, Reading};
use crate::report::{count, stale};
use crate::session;
use crate::session::{Planned, RecheckMode, Rechecked};

/// Reads a saved plan; where a digest is given, only the file that has it.
pub(crate) fn read(path: &Path, sha256: Option<&str>) -> Result<PlanFile, Failure> {
    let text = files::read_document(path)?;
    if let Some(expected) = sha256 {
        let found = digest(&text);
        if !found.eq_ignore_ascii_case(expected) {
            let path = path.to_owned();
            return Err(Failure::Stale(Box::new(CliError::OtherDigest {
                path,
                found,
            })));
        }
    }
    Ok(PlanFile::read(&text)?.appliable()?)
}

/// Reads a SHA-256 as `sha256sum` prints it.
pub(crate) fn sha256(text: &str) -> Result<String, String> {
    let is_digest = text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit());
    is_digest
        .then(|| text.to_owned())
        .ok_or_else(|| "expected the 64 hexadecimal digits that `plan --out` printed".to_owned())
}

/// Reads again what the plan is about, and says what is left to do.
pub(crate) fn check(
    file: &PlanFile,
    trust: RecheckMode,
    earlier: &Earlier,
    connection: &Connection,
    ui: &mut Ui,
) -> Result<(Planned, Context), Failure> {
    let client = &connection.client;
    let recheck = async {
        let made = session::confirm(client, earlier.made.clone(), &earlier.times).await?;
        session::recheck(client, file, trust, &made).await
    };
    let Timed {
        value,
        time,
        requests,
    } = connection.timed(recheck).map_err(Failure::of)?;
    let Rechecked { recheck, live } = value;
    let Recheck {
        plan,
        done,
        stale: mut changed,
    } = recheck;
    changed.extend(ended(&file.plan, Timestamp::now()));
    if !changed.is_empty() {
        ui.reason(|out| stale(&changed, out))?;
        return Err(Failure::Stale(Box::new(CliError::StalePlan)));
    }
    if done > 0 {
        let all = count(file.plan.steps.len(), "change");
        ui.remark(format_args!("Done already: {done} of {all}."));
    }
    let cost = connection.cost(&plan);
    let context = Context::new(Some(Reading { time, requests }), cost, Timestamp::now());
    Ok((Planned { plan, live }, context))
}
