//! The document of an apply, shown again.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use crate::report::json::{OutcomeKind, Report, StepReport};
use crate::report::text::{QUIET, REMOVE, STRONG, WARN, count, paint, safe};
use crate::report::{blocked, github};

/// Writes what was not done, what the server keeps otherwise, and the counts.
///
/// # Errors
/// Where the writer fails.
pub(crate) fn report(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (workspace, mode) = (safe(report.workspace.as_str()), report.mode);
    let tool = safe(&report.tool);
    let head = format!("apply to workspace {workspace} ({mode}), by ufsync {tool}");
    writeln!(out, "{}\n", paint(QUIET, head))?;
    let undone: Vec<(String, String)> = report.steps.iter().filter_map(undone).collect();
    let width = undone.iter().map(|(address, _)| address.width()).max();
    for (address, why) in &undone {
        let padding = " ".repeat(width.unwrap_or_default() - address.width());
        writeln!(out, "{} {address}{padding}  {why}", paint(REMOVE, "✗"))?;
    }
    for blocked in &report.blocked {
        writeln!(out, "{} {}", paint(REMOVE, "✗"), blocked::line(blocked))?;
    }
    for field in &report.kept_otherwise {
        let (address, field_name) = (
            safe(&field.address.to_string()).into_owned(),
            safe(&field.field),
        );
        let (asked, holds) = (field.asked.to_string(), field.holds.to_string());
        writeln!(
            out,
            "{} {address}: {field_name} was to be {}, and the server holds {}",
            paint(WARN, "!"),
            safe(&asked),
            safe(&holds)
        )?;
    }
    for twice in &report.created_twice {
        let address = twice.address.to_string();
        let others = twice.others.join(", ");
        writeln!(
            out,
            "{} {} was created twice: {}",
            paint(WARN, "!"),
            safe(&address),
            safe(&others)
        )?;
    }
    let ended = |outcomes: &[OutcomeKind]| {
        let ended = report.steps.iter();
        ended
            .filter(|step| outcomes.contains(&step.outcome))
            .count()
    };
    let mut parts = vec![format!(
        "{} of {} done",
        ended(&[OutcomeKind::Done]),
        count(report.steps.len(), "change")
    )];
    let others = [
        (ended(&[OutcomeKind::Failed]), "failed"),
        (
            ended(&[OutcomeKind::Blocked, OutcomeKind::NotStarted]),
            "not started",
        ),
        (ended(&[OutcomeKind::HeldBack]), "held back"),
        (report.blocked.len(), "blocked"),
    ];
    let others = others.iter().filter(|(number, _)| *number > 0);
    parts.extend(others.map(|(number, what)| format!("{number} {what}")));
    writeln!(out, "{}", paint(STRONG, format!("{}.", parts.join(", "))))
}

/// What was not done, as errors of a workflow.
///
/// # Errors
/// Where the writer fails.
pub(crate) fn report_annotations(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let undone = report.steps.iter().filter_map(undone);
    let undone = undone.map(|(address, why)| format!("{address}: {why}"));
    let blocked = report.blocked.iter().map(blocked::line);
    github::errors(undone.chain(blocked), out)
}

/// A step that was not done, and why.
fn undone(step: &StepReport) -> Option<(String, String)> {
    let why = match step.outcome {
        OutcomeKind::Done => return None,
        OutcomeKind::Failed => {
            let error = step.error.as_ref();
            let told = error.map(|error| format!("failed: {} ({})", error.message, error.code));
            told.unwrap_or_else(|| "failed".to_owned())
        }
        OutcomeKind::Blocked => "not started: what it needs was not done".to_owned(),
        OutcomeKind::HeldBack => match &step.held_back_for {
            Some(role) => format!("held back, so that {role} keeps its holders"),
            None => "held back, so that its role keeps its holders".to_owned(),
        },
        OutcomeKind::NotStarted => "not started: the run was ended".to_owned(),
    };
    let address = step.address.to_string();
    Some((safe(&address).into_owned(), safe(&why).into_owned()))
}
