//! What can't be planned, as the reports for people say it.

use std::io::{self, Write};

use crate::plan::{Blocked, Plan};
use crate::report::text::{QUIET, REMOVE, paint, safe};

/// What is blocked, why, and where that is written; one line.
pub(crate) fn line(blocked: &Blocked) -> String {
    let place = blocked.place.as_ref();
    let place = place.map_or_else(String::new, |place| format!(" ({place})"));
    let text = format!("{}: {}{place}", blocked.address, blocked.reason);
    safe(&text).into_owned()
}

/// Writes each with what to do; that once for all that wait for the same.
pub(crate) fn write(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    for blocked in &plan.blocked {
        let sign = paint(REMOVE, "✗");
        writeln!(out, "{sign} blocked {}", line(blocked))?;
        let help = blocked.help.as_deref();
        if let Some(help) = help.filter(|_| blocked.because_of.is_none()) {
            writeln!(out, "    {}", paint(QUIET, safe(help)))?;
            let more = format!("more: ufsync explain {}", blocked.code);
            writeln!(out, "    {}", paint(QUIET, safe(&more)))?;
        }
    }
    if !plan.blocked.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}
