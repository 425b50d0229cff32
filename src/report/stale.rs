//! What changed since a plan was saved, as a person reads it.

use std::io::{self, Write};

use super::style::{REMOVE, paint};
use super::{safe, value};
use crate::plan::file::Stale;

/// Writes each change that no longer fits, and why.
///
/// # Errors
/// Where the writer fails.
pub fn stale(changes: &[Stale], out: &mut dyn Write) -> io::Result<()> {
    for Stale { address, changes } in changes {
        writeln!(
            out,
            "{} {}",
            paint(REMOVE, "changed"),
            safe(&address.to_string())
        )?;
        for change in changes {
            let (name, before, now) = (&change.name, &change.before, &change.now);
            match (name.as_str(), now.as_bool()) {
                ("exists", Some(true)) => writeln!(out, "  it exists by now")?,
                ("exists", _) => writeln!(out, "  it is gone")?,
                // Who is gone has no fields any more: that is said already.
                (_, _) if now.is_null() && changes.iter().any(|other| other.name == "exists") => {}
                _ => writeln!(
                    out,
                    "  {}  {} when planned, {} now",
                    safe(name),
                    value::field(Some(before)),
                    value::field(Some(now))
                )?,
            }
        }
    }
    Ok(())
}
