//! Annotations for a workflow of GitHub Actions, on the lines of the manifest: plans, outcomes and findings.

use std::io::{self, Write};

use miette::Diagnostic;

use crate::model::{Findings, Place};
use crate::plan::{Blocked, BrokenRule, Plan, Step};
use crate::report::human::{Context, what_becomes};
use crate::report::model::{OutcomeKind, Report};
use crate::report::row::row;
use crate::report::summary::{ONLY_BLOCKED, changes, dangers, no_changes};
use crate::report::text::{brief, safe};

/// How many annotations of each kind GitHub shows for one step of a workflow. It drops the rest without a message.
const SHOWN: usize = 10;

/// Writes a plan: an error for each broken guard and likely rename, a warning for what is dangerous, a notice for
/// the rest, and a last line with the counts.
///
/// # Errors
/// Where the writer fails.
pub fn plan(plan: &Plan, context: &Context, out: &mut dyn Write) -> io::Result<()> {
    let guards = plan.broken_guards.iter().map(|guard| {
        let accept = format!(
            "To accept exactly this: --accept {}:{}",
            guard.name, guard.code
        );
        (
            None,
            format!(
                "guard {}: {}. {accept}",
                guard.name,
                guard.reasons.join("; ")
            ),
        )
    });
    let renames = plan.likely_renames.iter().map(|rename| {
        let text = format!(
            "{} {} and {} is created: if they are one person, write `renamedFrom: {}`",
            rename.removed,
            what_becomes(rename.stays),
            rename.created,
            rename.removed
        );
        (rename.place.clone(), text)
    });
    let of_rule = |rule: &BrokenRule| {
        let place = rule.place.as_ref().or(rule.rule.as_ref());
        (place.cloned(), format!("rule: {}", rule.line()))
    };
    let rules = plan.broken_rules.iter();
    let (old, new): (Vec<&BrokenRule>, Vec<&BrokenRule>) = rules.partition(|rule| rule.old);
    let stops = guards
        .chain(new.into_iter().map(of_rule))
        .chain(renames)
        .chain(blocked(&plan.blocked));
    write("error", stops.collect(), out)?;
    let warnings = plan
        .warnings
        .iter()
        .map(|warning| (warning.place.clone(), warning.message.clone()))
        .chain(old.into_iter().map(of_rule));
    let (mut dangerous, mut usual): (Vec<&Step>, Vec<&Step>) =
        plan.steps.iter().partition(|step| !step.dangers.is_empty());
    dangerous.sort_by_key(|step| step.dangers.first().copied());
    usual.retain(|step| place(step).is_some());
    let annotation = |step: &Step| {
        (
            place(step),
            row(step, &plan.limits.sensitive, context.now).plain(),
        )
    };
    let dangerous = dangerous.into_iter().map(annotation);
    write("warning", dangerous.chain(warnings).collect(), out)?;
    write("notice", usual.into_iter().map(annotation).collect(), out)?;
    if plan.steps.is_empty() {
        return writeln!(out, "{}", no_changes(plan));
    }
    writeln!(out, "Plan: {}.", changes(plan).join(", "))?;
    match dangers(plan) {
        dangers if dangers.is_empty() => Ok(()),
        dangers => writeln!(out, "Needs review: {}.", dangers.join(", ")),
    }
}

fn blocked(list: &[Blocked]) -> impl Iterator<Item = (Option<Place>, String)> {
    list.iter().map(|blocked| {
        let help = blocked.help.as_deref().unwrap_or_default();
        let text = format!("blocked: {}: {}. {help}", blocked.address, blocked.reason);
        (blocked.place.clone(), text)
    })
}

/// Writes findings, each on the line that it is about.
///
/// # Errors
/// Where the writer fails.
pub fn findings<M: Diagnostic>(findings: &Findings<M>, out: &mut dyn Write) -> io::Result<()> {
    let of = |errors: bool| {
        let list = findings.list.iter();
        let list = list.filter(move |finding| finding.is_error() == errors);
        list.map(|finding| {
            let help = finding.mistake.help();
            let help = help.map(|help| format!(" {help}")).unwrap_or_default();
            let text = format!("{}.{help}", finding.mistake);
            (findings.sources.place(finding.origin), text)
        })
        .collect()
    };
    write("error", of(true), out)?;
    write("warning", of(false), out)
}

/// Writes what failed, each on the line that asks for it.
///
/// # Errors
/// Where the writer fails.
pub fn outcome(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let undone = report.undone().map(|undone| {
        let text = format!("{}: {}", undone.step.address, undone.line());
        (undone.step.place.clone(), text)
    });
    write(
        "error",
        undone.chain(blocked(&report.blocked)).collect(),
        out,
    )?;
    if report.steps.is_empty() {
        return writeln!(out, "{}", nothing_done(&report.blocked));
    }
    let done = report.calls_of(OutcomeKind::Done);
    writeln!(out, "Applied: {done} of {} calls.", report.calls())
}

fn nothing_done(blocked: &[Blocked]) -> &'static str {
    if blocked.is_empty() {
        "No changes."
    } else {
        ONLY_BLOCKED
    }
}

fn place(step: &Step) -> Option<Place> {
    step.why.iter().find_map(|why| why.place.clone())
}

fn write(
    kind: &str,
    annotations: Vec<(Option<Place>, String)>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let all = annotations.len();
    // The last one says how many are not shown.
    let shown = if all > SHOWN { SHOWN - 1 } else { all };
    for (place, text) in annotations.into_iter().take(shown) {
        let place = place.map(|Place { file, line, column }| {
            format!("file={},line={line},col={column},", property(&file))
        });
        let place = place.unwrap_or_default();
        writeln!(out, "::{kind} {place}title=ufsync::{}", message(&text))?;
    }
    if all > shown {
        let more = all - shown;
        writeln!(
            out,
            "::{kind} title=ufsync::and {more} more, which GitHub does not show"
        )?;
    }
    Ok(())
}

/// Text in the form that a command's message has to have.
fn message(text: &str) -> String {
    let lines: Vec<String> = brief(text)
        .lines()
        .map(|line| safe(line).replace('%', "%25"))
        .collect();
    lines.join("%0A")
}

/// Text in the form that a property of a command has to have.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}
