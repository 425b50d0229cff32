//! `ufsync apply --rehearse`: the plan carried out in an emulator that holds the live state.
#![expect(
    clippy::disallowed_methods,
    reason = "a rehearsal says how long it took"
)]

use std::time::Instant;

use crate::cli::args::connection::Connection;
use crate::cli::args::options::PolicyArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::ui::Ui;
use crate::model::Desired;
use crate::report;
use crate::report::{Report, count};
use crate::session;
use crate::session::{Planned, Rehearsal};

/// Rehearses a plan. The server sees only reads.
pub(crate) fn run(
    connection: &Connection,
    desired: &Desired,
    args: &PolicyArgs,
    planned: &Planned,
    ui: &mut Ui,
) -> Result<Exit, Failure> {
    let (reader, policy) = (&connection.client, args.policy());
    let started = Instant::now();
    let rehearsal = session::rehearse(reader, desired, &policy, planned, args.accept.clone());
    let rehearsal = connection.runtime.block_on(rehearsal);
    let Rehearsal { outcome, again } = rehearsal.map_err(Failure::of)?;
    let time = started.elapsed();
    ui.report(|out| report::outcome(&Report::of(&planned.plan, &outcome), out))?;
    let converges = outcome.is_complete() && again.steps.is_empty();
    ui.report(|out| {
        writeln!(
            out,
            "Rehearsed: {} in {:.2} s in an emulator. {} The server was only read.",
            count(planned.plan.steps.len(), "call"),
            time.as_secs_f64(),
            if converges {
                "Planning again finds nothing to do.".to_owned()
            } else {
                format!(
                    "Planning again finds {}.",
                    count(again.steps.len(), "change")
                )
            }
        )
    })?;
    Ok(match (converges, planned.plan.blocked.is_empty()) {
        (true, true) => Exit::Done,
        (true, false) => Exit::Partial,
        (false, _) => Exit::Error,
    })
}
