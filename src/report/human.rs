//! A plan at a terminal: one line a change, aligned, then warnings and a summary; and what changed since it was saved.

use std::io::{self, Write};
use std::time::Duration;

use jiff::Timestamp;
use unicode_width::UnicodeWidthStr as _;

use crate::plan::{
    Address, BrokenGuard, Cost, LikelyRename, Plan, Selected, Stale, StaleValue, Step,
};
use crate::report::blocked;
use crate::report::row::{Row, row};
use crate::report::summary::{changes, dangers, no_changes};
use crate::report::text::{QUIET, REMOVE, STRONG, WARN, count, paint, safe};
use crate::report::{endings, grouping, unmanaged, value};

/// Subjects up to this width, in columns, decide where details start.
const WIDEST_SUBJECT: usize = 44;

/// How a live state was read from a server.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// How long it took.
    pub time: Duration,
    /// How many requests it took.
    pub requests: u64,
}

impl Reading {
    fn told(self) -> String {
        let requests = usize::try_from(self.requests).unwrap_or(usize::MAX);
        let (time, requests) = (seconds(self.time), count(requests, "request"));
        format!(" · live state read in {time}, {requests}")
    }
}

/// What a report says besides the plan: how the live state was read, and what an apply takes.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// How the live state was read; none where it comes from a file.
    pub read: Option<Reading>,
    /// What carrying it out takes.
    pub cost: Cost,
    /// The time from which "3 days ago" counts.
    pub now: Timestamp,
    /// Whether equal changes are one line, by tenant.
    pub folds: bool,
    /// How wide a terminal is; none where there is none.
    pub columns: Option<usize>,
}

impl Context {
    /// For changes that are shown one by one, and no terminal.
    pub fn new(read: Option<Reading>, cost: Cost, now: Timestamp) -> Self {
        Self {
            read,
            cost,
            now,
            folds: false,
            columns: None,
        }
    }
}

/// Writes a plan.
///
/// # Errors
/// Where the writer fails.
pub fn plan(plan: &Plan, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    let size = plan.size;
    let unmanaged = plan.unmanaged.as_ref().and_then(unmanaged::counts);
    let unmanaged = unmanaged.map(|counts| format!(" · {counts}"));
    let header = format!(
        "workspace {} ({}) · {}, {}, {}{}{}",
        safe(plan.workspace.as_str()),
        plan.mode,
        count(size.files, "file"),
        count(size.users, "user"),
        count(size.tenants, "tenant"),
        unmanaged.unwrap_or_default(),
        context.read.map(Reading::told).unwrap_or_default(),
    );
    writeln!(out, "{}\n", paint(QUIET, header))?;
    if let Some(selected) = &plan.selection {
        write_selected(selected, plan, out)?;
    }
    if context.folds {
        grouping::write(plan, context.now, out)?;
    } else {
        rows(plan, context, out)?;
    }
    endings::write(plan, out)?;
    unmanaged::write(plan, out)?;
    blocked::write(plan, out)?;
    for rule in &plan.broken_rules {
        let sign = if rule.old {
            paint(WARN, "!")
        } else {
            paint(REMOVE, "✗")
        };
        writeln!(out, "{sign} rule: {}", safe(&rule.line()))?;
    }
    if !plan.broken_rules.is_empty() {
        writeln!(out)?;
    }
    for guard in &plan.broken_guards {
        write_guard(guard, out)?;
    }
    for rename in &plan.likely_renames {
        write_likely_rename(rename, out)?;
    }
    for warning in &plan.warnings {
        writeln!(out, "{} {}", paint(WARN, "!"), safe(&warning.to_string()))?;
    }
    if !plan.warnings.is_empty() {
        writeln!(out)?;
    }
    writeln!(out, "{}", summary(plan, context.cost))
}

/// The changes, one line or more each.
fn rows(plan: &Plan, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    // This change first, then what was changed by hand.
    let (drift, own): (Vec<&Step>, Vec<&Step>) =
        plan.steps.iter().partition(|step| step.is_drift());
    let all = own.iter().chain(&drift);
    let rows: Vec<Row> = all
        .map(|step| row(step, &plan.limits.sensitive, context.now))
        .collect();
    let width = rows
        .iter()
        .map(|row| row.subject.width())
        .filter(|width| *width <= WIDEST_SUBJECT)
        .max()
        .unwrap_or_default();
    for (place, row) in rows.iter().enumerate() {
        if place == own.len() {
            let what = format!(
                "Drift, without this change: {}",
                count(drift.len(), "change")
            );
            writeln!(
                out,
                "{}{}",
                if place > 0 { "\n" } else { "" },
                paint(QUIET, what)
            )?;
        }
        row.write(width, context.columns, out)?;
    }
    if !rows.is_empty() {
        writeln!(out)?;
    }
    Ok(())
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
    list("added as a dependency", &selected.included)?;
    list(
        "skipped: depends on an excluded change",
        &selected.also_left_out,
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
        "  To accept exactly this, pass --accept {}:{}\n",
        guard.name,
        safe(&guard.code)
    )
}

/// What becomes of the first of two who may be one.
pub(crate) fn what_becomes(stays: bool) -> &'static str {
    if stays { "has no entry" } else { "is removed" }
}

fn write_likely_rename(rename: &LikelyRename, out: &mut dyn Write) -> io::Result<()> {
    let LikelyRename {
        removed,
        created,
        stays,
        in_common,
        place,
    } = rename;
    let goes = what_becomes(*stays);
    let (removed, created) = (safe(removed.as_str()), safe(created.as_str()));
    let place = place.as_ref().map(|place| format!(" ({place})"));
    writeln!(
        out,
        "{} {} {goes} and {} is created, and they share {}: is it one person?",
        paint(WARN, "?"),
        removed,
        created,
        safe(&in_common.join(" and "))
    )?;
    writeln!(
        out,
        "  If so, write this under {}{}:\n      renamedFrom: {}",
        created,
        safe(&place.unwrap_or_default()),
        removed
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
        let needs_review = paint(WARN, "Needs review:");
        text = format!("{text}\n{needs_review} {}.", dangers.join(", "));
    }
    if !plan.blocked.is_empty() {
        let left = paint(REMOVE, "Blocked:");
        text = format!("{text}\n{left} {}.", count(plan.blocked.len(), "change"));
    }
    text
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// Writes each change that no longer fits, and why.
///
/// # Errors
/// Where the writer fails.
pub fn stale(changes: &[Stale], out: &mut dyn Write) -> io::Result<()> {
    for Stale { address, changes } in changes {
        let address = address.to_string();
        writeln!(out, "{} {}", paint(REMOVE, "changed"), safe(&address))?;
        let is_gone = changes.contains(&StaleValue::Gone);
        for change in changes {
            match change {
                StaleValue::Exists => writeln!(out, "  it exists now")?,
                StaleValue::Gone => writeln!(out, "  it is gone")?,
                // A record that is gone has no fields: that is said already.
                StaleValue::Differs { now, .. } if now.is_null() && is_gone => {}
                StaleValue::Differs { name, before, now } => writeln!(
                    out,
                    "  {}  {} when planned, {} now",
                    safe(name),
                    value::field(before),
                    value::field(now)
                )?,
            }
        }
    }
    Ok(())
}
