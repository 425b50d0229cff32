//! A plan as a person reads it: one line a change, aligned, then warnings and a summary.

use std::io::{self, Write};
use std::time::Duration;

use jiff::Timestamp;
use unicode_width::UnicodeWidthStr as _;

use super::count::{changes, count, dangers};
use super::row::{Row, row};
use super::safe;
use super::style::{QUIET, REMOVE, STRONG, WARN, paint};
use crate::plan::{Address, BrokenGuard, Cost, Plan, Selected, Suspect};

/// The widest subject that others are aligned with, in columns.
const WIDEST_SUBJECT: usize = 44;

/// What a report says beside the plan: how it came about and what it takes.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// How long reading the live state took.
    pub read_time: Duration,
    /// How many requests it took.
    pub requests: u64,
    /// What carrying it out takes.
    pub cost: Cost,
    /// The time from which "3 days ago" counts.
    pub now: Timestamp,
}

/// Writes a plan.
///
/// # Errors
/// Where the writer fails.
pub fn plan(plan: &Plan, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    let size = plan.size;
    let header = format!(
        "workspace {} ({}) · {}, {}, {} · live state read in {}, {}",
        plan.workspace,
        plan.mode,
        count(size.files, "file"),
        count(size.users, "user"),
        count(size.tenants, "tenant"),
        seconds(context.read_time),
        count(
            usize::try_from(context.requests).unwrap_or(usize::MAX),
            "request"
        ),
    );
    writeln!(out, "{}\n", paint(QUIET, header))?;
    if let Some(selected) = &plan.selection {
        write_selected(selected, plan, out)?;
    }
    let rows: Vec<Row> = plan
        .steps
        .iter()
        .map(|step| row(step, context.now))
        .collect();
    let width = rows
        .iter()
        .map(|row| row.subject.width())
        .filter(|width| *width <= WIDEST_SUBJECT)
        .max()
        .unwrap_or_default();
    for row in &rows {
        row.write(width, out)?;
    }
    if !rows.is_empty() {
        writeln!(out)?;
    }
    for guard in &plan.broken_guards {
        write_guard(guard, out)?;
    }
    for suspect in &plan.suspects {
        write_suspect(suspect, out)?;
    }
    for warning in &plan.warnings {
        writeln!(out, "{} {}", paint(WARN, "!"), safe(&warning.to_string()))?;
    }
    if !plan.warnings.is_empty() {
        writeln!(out)?;
    }
    writeln!(out, "{}", summary(plan, context.cost))
}

/// How many addresses are named one by one.
const NAMED: usize = 10;

fn write_selected(selected: &Selected, plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    let all = plan.steps.len() + selected.left_out;
    writeln!(
        out,
        "chosen: {} of {}",
        plan.steps.len(),
        count(all, "change")
    )?;
    let mut list = |what: &str, addresses: &[Address]| {
        for address in addresses.iter().take(NAMED) {
            writeln!(out, "  {what}: {}", safe(&address.to_string()))?;
        }
        match addresses.len().saturating_sub(NAMED) {
            0 => Ok(()),
            more => writeln!(out, "  {what}: {more} more"),
        }
    };
    list(
        "taken in, because a chosen change needs it",
        &selected.taken_in,
    )?;
    list(
        "left out, because it needs one that is",
        &selected.dragged_out,
    )?;
    writeln!(out)
}

fn write_guard(guard: &BrokenGuard, out: &mut dyn Write) -> io::Result<()> {
    for reason in &guard.reasons {
        writeln!(
            out,
            "{} guard {}: {}",
            paint(REMOVE, "✗"),
            guard.name,
            safe(reason)
        )?;
    }
    writeln!(
        out,
        "  To accept exactly this, pass --override-guard {}={}\n",
        guard.name, guard.count
    )
}

fn write_suspect(suspect: &Suspect, out: &mut dyn Write) -> io::Result<()> {
    let (removed, created) = (suspect.removed.to_string(), suspect.created.to_string());
    let place = suspect
        .place
        .as_ref()
        .map(|place| format!(" ({place})"))
        .unwrap_or_default();
    writeln!(
        out,
        "{} {} is removed and {} created, and they share {}: is it one person?",
        paint(WARN, "?"),
        safe(&removed),
        safe(&created),
        suspect.in_common.join(" and ")
    )?;
    writeln!(
        out,
        "  If so, write this under {}{}:\n      renamedFrom: {}",
        safe(&created),
        safe(&place),
        safe(&removed)
    )?;
    writeln!(out, "  If they are two people, pass --no-rename-check.\n")
}

fn summary(plan: &Plan, cost: Cost) -> String {
    if plan.steps.is_empty() {
        return paint(STRONG, no_changes(plan));
    }
    let about = cost.time.as_secs().max(1);
    let mut text = format!(
        "{} {}. {}, about {about} s.",
        paint(STRONG, "Plan:"),
        changes(plan).join(", "),
        count(cost.calls, "call")
    );
    let dangers = dangers(plan);
    if !dangers.is_empty() {
        let look_twice = paint(WARN, "Look twice:");
        text = format!("{text}\n{look_twice} {}.", dangers.join(", "));
    }
    text
}

/// What a plan without steps says.
pub(super) fn no_changes(plan: &Plan) -> &'static str {
    match &plan.selection {
        Some(selected) if selected.left_out > 0 => "No changes among those that were chosen.",
        _ => "No changes: the workspace is what the manifest says.",
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}
