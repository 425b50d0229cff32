//! A saved plan, read again and held against the live state of now.
#![expect(clippy::disallowed_methods, reason = "a saved plan is a file")]

use std::fs;
use std::path::Path;

use jiff::Timestamp;

use super::connection::{Connection, Timed};
use super::exit::Failure;
use super::refusal::Refusal;
use super::ui::Ui;
use crate::plan::{PlanFile, Recheck};
use crate::report::human::Context;
use crate::report::{count, stale};
use crate::session::{self, Planned, Rechecked};

/// Reads a saved plan.
pub(super) fn read(path: &Path) -> Result<PlanFile, Failure> {
    let text = fs::read(path).map_err(|error| Refusal::Unreadable {
        path: path.to_owned(),
        error,
    })?;
    Ok(PlanFile::read(&text)?)
}

/// Reads again what the plan is about, and says what is left to do.
pub(super) fn check(
    file: &PlanFile,
    connection: &Connection,
    ui: &mut Ui,
) -> Result<(Planned, Context), Failure> {
    let recheck = session::recheck(&connection.client, file, session::Trust::default());
    let Timed {
        value,
        time,
        requests,
    } = connection.timed(recheck).map_err(Failure::of)?;
    let Rechecked { recheck, live } = value;
    let Recheck {
        plan,
        done,
        stale: changed,
    } = recheck;
    if !changed.is_empty() {
        ui.note(|out| stale(&changed, out))?;
        return Err(Failure::Stale(Box::new(Refusal::StalePlan)));
    }
    if done > 0 {
        let all = count(file.plan.steps.len(), "change");
        ui.remark(format_args!("Done already: {done} of {all}."));
    }
    let cost = connection.cost(&plan);
    let context = Context {
        read_time: time,
        requests,
        cost,
        now: Timestamp::now(),
    };
    Ok((Planned { plan, live }, context))
}
