//! Why a user has, gets or loses a role, at a terminal; and the explanations of the error codes.

use std::io::{self, Write};

use crate::plan::{Explanation, Next, RoleExplanation, ScopeExplanation, Why};
use crate::report::blocked;
use crate::report::text::{ADD, QUIET, REMOVE, STRONG, paint, safe};

/// The explanations, one section for each code.
const CODES: &str = include_str!("codes.md");

/// Writes an explanation.
///
/// # Errors
/// Where the writer fails.
pub fn explanation(explanation: &Explanation, out: &mut dyn Write) -> io::Result<()> {
    let entry = explanation.entry.as_ref().map_or_else(
        || "has no entry in the manifest".to_owned(),
        |place| format!("written in {}", safe(&place.to_string())),
    );
    let exists = if explanation.exists {
        "exists on the server"
    } else {
        "does not exist on the server"
    };
    writeln!(
        out,
        "{}  {entry}, {exists}",
        paint(STRONG, safe(explanation.email.as_str()))
    )?;
    if let Some(removal) = &explanation.removed {
        let what = if removal.locks {
            "the next apply locks them out"
        } else {
            "the next apply deletes them"
        };
        writeln!(out, "  {}{}", paint(REMOVE, what), reasons(&removal.why))?;
    }
    for it in &explanation.blocked {
        writeln!(
            out,
            "  {} {}",
            paint(REMOVE, "✗ blocked"),
            blocked::line(it)
        )?;
    }
    if explanation.scopes.is_empty() {
        writeln!(out, "  no roles, held or granted, here")?;
    }
    explanation
        .scopes
        .iter()
        .try_for_each(|scope| write_scope(scope, out))
}

fn write_scope(scope: &ScopeExplanation, out: &mut dyn Write) -> io::Result<()> {
    let managed = if scope.managed {
        ""
    } else {
        "  (not managed: the manifest says nothing of them here)"
    };
    writeln!(out, "\n  {}{}", safe(&scope.name), paint(QUIET, managed))?;
    if scope.roles.is_empty() {
        writeln!(out, "    no roles, and none are to be held")?;
    }
    let width = scope
        .roles
        .iter()
        .map(|role| role.role.as_str().chars().count())
        .max()
        .unwrap_or_default();
    scope.roles.iter().try_for_each(|role| {
        let padding = " ".repeat(width - role.role.as_str().chars().count());
        writeln!(
            out,
            "    {}{padding}  {}",
            safe(role.role.as_str()),
            words(role)
        )
    })
}

fn words(role: &RoleExplanation) -> String {
    let granted = if role.granted_by.is_empty() {
        "granted nowhere".to_owned()
    } else {
        format!("granted{}", reasons(&role.granted_by))
    };
    let held = if role.held { "held" } else { "not held" };
    let next = match role.next {
        Next::Keeps => "kept".to_owned(),
        Next::Grants => paint(ADD, "the next apply grants it"),
        Next::Removes => paint(REMOVE, "the next apply removes it"),
        Next::LeavesAlone => "left alone".to_owned(),
        Next::Blocked => paint(REMOVE, "stays as it is: blocked"),
    };
    format!("{granted} · {held} · {next}")
}

/// ` by group support (groups.yaml:4) and in users.yaml:3`
fn reasons(list: &[Why]) -> String {
    let reason = |why: &Why| {
        let place = why.place.as_ref().map(ToString::to_string);
        let until = why.until.as_ref().map(|until| format!("until {until}"));
        let by = if why.reason.is_entry() {
            place
                .as_ref()
                .map_or_else(String::new, |place| format!(" in {}", safe(place)))
        } else {
            format!(" by {}", safe(&why.reason.to_string()))
        };
        let place = place.filter(|_| !why.reason.is_entry());
        let more: Vec<String> = until.into_iter().chain(place).collect();
        match more.join(", ") {
            more if more.is_empty() => by,
            more => format!("{by} ({})", safe(&more)),
        }
    };
    list.iter().map(reason).collect::<Vec<_>>().join(" and")
}

/// The explanation of a code: what it means, why it matters, what to do.
pub fn story(code: &str) -> Option<&'static str> {
    let sections = CODES.split("\n## ").skip(1);
    let section = sections.into_iter().find_map(|section| {
        section
            .split_once('\n')
            .filter(|(heading, _)| heading.trim() == code)
    })?;
    Some(section.1.trim())
}

/// All codes that have an explanation.
pub fn codes() -> impl Iterator<Item = &'static str> {
    CODES
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .map(str::trim)
}
