//! How an apply ended, at a terminal.

use std::io::{self, Write};

use crate::report::blocked;
use crate::report::model::{OutcomeKind, Report, Undone};
use crate::report::text::{ADD, QUIET, REMOVE, WARN, count, paint, safe};
use crate::report::value;

/// Writes what was not done and why, then how much was done.
///
/// # Errors
/// Where the writer fails.
pub fn outcome(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for Undone { step, what, why } in report.undone() {
        let colour = match step.outcome {
            // Counted below.
            OutcomeKind::NotStarted => continue,
            OutcomeKind::Failed | OutcomeKind::Unknown => REMOVE,
            _ => WARN,
        };
        let subject = step.address.to_string();
        let what = paint(colour, what);
        writeln!(out, "{what} {}: {}", safe(&subject), safe(&why))?;
        let help = step.error.as_ref().and_then(|error| error.help.as_deref());
        if let Some(help) = help {
            writeln!(out, "       {}", paint(QUIET, safe(help)))?;
        }
    }
    for twice in &report.created_twice {
        writeln!(
            out,
            "{} {}: another run created it too, as {}. Keep one, and delete the other by hand",
            paint(REMOVE, "created twice"),
            safe(&twice.address.to_string()),
            safe(&twice.others.join(", "))
        )?;
    }
    let not_started = report.calls_of(OutcomeKind::NotStarted);
    if not_started > 0 {
        let calls = count(not_started, "call");
        writeln!(out, "{} {calls}", paint(WARN, "left"))?;
    }
    stored_otherwise(report, out)?;
    for blocked in &report.blocked {
        writeln!(out, "{} {}", paint(WARN, "blocked"), blocked::line(blocked))?;
    }
    let all = count(report.calls(), "call");
    if report.is_complete() {
        return writeln!(out, "{} {all}.", paint(ADD.bold(), "Applied:"));
    }
    writeln!(
        out,
        "{} {} of {all}. {}",
        paint(WARN, "Applied in part:"),
        report.calls_of(OutcomeKind::Done),
        if report.failures_may_pass() {
            "Run again to do the rest: every step is safe to repeat."
        } else {
            "First do what the lines above say. Every step is safe to repeat."
        }
    )
}

/// Writes the same, with which workspace it was, what wrote it and what was done, for a document that is read again.
///
/// # Errors
/// Where the writer fails.
pub(crate) fn report(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (workspace, mode) = (safe(report.workspace.as_str()), report.mode);
    let tool = safe(&report.tool);
    let head = format!("apply to workspace {workspace} ({mode}), by ufsync {tool}");
    writeln!(out, "{}\n", paint(QUIET, head))?;
    let done = report.steps.iter();
    for step in done.filter(|step| step.outcome == OutcomeKind::Done) {
        let subject = step.address.to_string();
        writeln!(out, "{} {}", paint(ADD, "done"), safe(&subject))?;
    }
    outcome(report, out)
}

fn stored_otherwise(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for field in &report.kept_otherwise {
        writeln!(
            out,
            "{} {}: asked for {} {}, and the server stored {}",
            paint(WARN, "stored another value"),
            safe(&field.address.to_string()),
            safe(&field.field),
            value::field(&field.asked),
            value::field(&field.holds),
        )?;
    }
    if !report.kept_otherwise.is_empty() {
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
