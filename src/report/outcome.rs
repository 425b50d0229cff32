//! How an apply ended, at a terminal.

use std::io::{self, Write};

use miette::Diagnostic as _;

use crate::apply::{Outcome, StepOutcome};
use crate::plan::Plan;
use crate::report::blocked;
use crate::report::text::{ADD, QUIET, REMOVE, WARN, count, paint, safe};
use crate::report::value;

/// Writes what was not done and why, then how much was done.
///
/// # Errors
/// Where the writer fails.
pub fn outcome(plan: &Plan, outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let address = |id: usize| address(plan, id);
    let ended = || plan.steps.iter().zip(&outcome.steps);
    let alarming = ended().filter(|(_, outcome)| outcome.is_alarming());
    let others = ended().filter(|(_, outcome)| !outcome.is_alarming());
    for (step, outcome) in alarming.chain(others) {
        let subject = address(step.id.0);
        if let Some(error) = outcome.error() {
            let failed = paint(REMOVE, "failed");
            writeln!(out, "{failed} {subject}: {}", safe(&error.to_string()))?;
            if let Some(help) = error.help() {
                writeln!(out, "       {}", paint(QUIET, help))?;
            }
        }
        match outcome {
            StepOutcome::Blocked(by) => writeln!(
                out,
                "{} {subject}: needs {}, which was not done",
                paint(WARN, "not started"),
                address(by.0)
            )?,
            StepOutcome::HeldBack(handover) => {
                let (role, scope) = plan
                    .handovers
                    .get(handover.0)
                    .map(|handover| (handover.role.to_string(), &*handover.scope))
                    .unwrap_or_default();
                writeln!(
                    out,
                    "{} {subject}: \"{}\" in {} is not revoked: a grant that it waits for failed",
                    paint(WARN, "held back"),
                    safe(&role),
                    safe(scope)
                )?;
            }
            _ => {}
        }
    }
    for duplicate in &outcome.duplicates {
        writeln!(
            out,
            "{} {}: another run created it too, as {}. Keep one, and delete the other by hand",
            paint(REMOVE, "created twice"),
            address(duplicate.step.0),
            safe(&duplicate.others.join(", "))
        )?;
    }
    let not_started = calls_of(plan, outcome, &StepOutcome::NotStarted);
    if not_started > 0 {
        writeln!(
            out,
            "{} {}",
            paint(WARN, "left"),
            count(not_started, "call")
        )?;
    }
    stored_otherwise(plan, outcome, out)?;
    for blocked in &plan.blocked {
        writeln!(out, "{} {}", paint(WARN, "blocked"), blocked::line(blocked))?;
    }
    let (done, all) = calls(plan, outcome);
    if outcome.is_complete() {
        writeln!(
            out,
            "{} {}.",
            paint(ADD.bold(), "Applied:"),
            count(all, "call")
        )
    } else {
        writeln!(
            out,
            "{} {done} of {}. Run again to do the rest: every step is safe to repeat.",
            paint(WARN, "Applied in part:"),
            count(all, "call")
        )
    }
}

fn address(plan: &Plan, id: usize) -> String {
    let step = plan.steps.get(id);
    step.map(|step| safe(&step.address.to_string()).into_owned())
        .unwrap_or_default()
}

fn stored_otherwise(plan: &Plan, outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    for mismatch in &outcome.mismatches {
        for field in &mismatch.fields {
            writeln!(
                out,
                "{} {}: asked for {} {}, and the server stored {}",
                paint(WARN, "stored another value"),
                address(plan, mismatch.step.0),
                safe(&field.field),
                value::field(&field.asked),
                value::field(&field.holds),
            )?;
        }
    }
    if !outcome.mismatches.is_empty() {
        writeln!(
            out,
            "{}",
            paint(
                QUIET,
                "The next plan shows these as changes again. Write what the server holds, or leave the field out."
            )
        )?;
    }
    Ok(())
}

/// How many calls of a plan were done, and how many it has.
pub(crate) fn calls(plan: &Plan, outcome: &Outcome) -> (usize, usize) {
    let all = plan.steps.iter().flat_map(|step| step.change.calls());
    (calls_of(plan, outcome, &StepOutcome::Done), all.count())
}

/// How many calls the steps take that ended in this way.
fn calls_of(plan: &Plan, outcome: &Outcome, ended: &StepOutcome) -> usize {
    let steps = plan.steps.iter().zip(&outcome.steps);
    let steps = steps.filter(|(_, outcome)| *outcome == ended);
    steps.flat_map(|(step, _)| step.change.calls()).count()
}
