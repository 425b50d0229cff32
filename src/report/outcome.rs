//! How an apply ended, as a person reads it.

use std::io::{self, Write};

use super::count::count;
use super::style::{ADD, QUIET, REMOVE, WARN, paint};
use super::{safe, value};
use crate::apply::{Outcome, StepOutcome};
use crate::plan::Plan;

/// Writes what was not done and why, then how much was done.
///
/// # Errors
/// Where the writer fails.
pub fn outcome(plan: &Plan, outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    let address = |id: usize| {
        plan.steps
            .get(id)
            .map(|step| safe(&step.address.to_string()).into_owned())
            .unwrap_or_default()
    };
    for (step, outcome) in plan.steps.iter().zip(&outcome.steps) {
        let subject = address(step.id.0);
        match outcome {
            StepOutcome::Done | StepOutcome::NotStarted => {}
            StepOutcome::Failed(error) => {
                writeln!(
                    out,
                    "{} {subject}: {}",
                    paint(REMOVE, "failed"),
                    safe(&error.to_string())
                )?;
                if let Some(help) = miette::Diagnostic::help(error) {
                    writeln!(out, "       {}", paint(QUIET, help))?;
                }
            }
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
                    "{} {subject}: \"{}\" in {} is kept, because not everybody who is to get it has it",
                    paint(WARN, "held back"),
                    safe(&role),
                    safe(scope)
                )?;
            }
        }
    }
    let not_started = outcome
        .steps
        .iter()
        .filter(|step| **step == StepOutcome::NotStarted)
        .count();
    if not_started > 0 {
        writeln!(
            out,
            "{} {}",
            paint(WARN, "left"),
            count(not_started, "call")
        )?;
    }
    for unkept in &outcome.unkept {
        for field in &unkept.fields {
            writeln!(
                out,
                "{} {}: asked for {} {}, and the server holds {}",
                paint(WARN, "kept otherwise"),
                address(unkept.step.0),
                safe(&field.field),
                value::field(Some(&field.asked)),
                value::field(Some(&field.holds)),
            )?;
        }
    }
    if !outcome.unkept.is_empty() {
        writeln!(
            out,
            "{}",
            paint(
                QUIET,
                "The next plan shows these as changes again. Write what the server holds, or leave the field out."
            )
        )?;
    }
    let (done, all) = (outcome.done(), plan.steps.len());
    if done == all {
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
