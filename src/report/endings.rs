//! Grants that end soon, and those that have ended, as lines.

use std::io::{self, Write};

use crate::plan::{Ending, Plan};
use crate::report::text::{QUIET, WARN, count, paint, safe};

/// How many are listed one by one.
const LISTED: usize = 20;

/// A line for each, those that end soon first.
pub(crate) fn lines(plan: &Plan) -> Vec<String> {
    let mut lines: Vec<String> = plan.endings.iter().take(LISTED).map(line).collect();
    if let more @ 1.. = plan.endings.len().saturating_sub(LISTED) {
        lines.push(format!(
            "{} more: `ufsync validate --ended` lists those that have ended",
            count(more, "grant")
        ));
    }
    lines
}

/// One of them.
pub(crate) fn line(ending: &Ending) -> String {
    let Ending {
        ended,
        address,
        role,
        until,
        place,
    } = ending;
    let place = place.as_ref().map(|place| format!(" ({place})"));
    let text = format!(
        "{} {address}  {role}  until {until}{}",
        if *ended { "ended:" } else { "ends soon:" },
        place.unwrap_or_default()
    );
    safe(&text).into_owned()
}

/// Lists them in a plan for a terminal.
pub(crate) fn write(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    for (line, ending) in lines(plan)
        .iter()
        .zip(plan.endings.iter().map(Some).chain([None]))
    {
        let style = if ending.is_some_and(|it| it.ended) {
            QUIET
        } else {
            WARN
        };
        writeln!(out, "{}", paint(style, line))?;
    }
    if !plan.endings.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}
