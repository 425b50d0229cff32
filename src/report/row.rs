//! A step as one row, which every report for people is made of.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::{Timestamp, Unit};
use unicode_width::UnicodeWidthStr as _;

use super::count::count;
use super::style::{ADD, CHANGE, QUIET, REMOVE, WARN, paint};
use super::{safe, text_diff, value};
use crate::model::{RoleName, RoleSet};
use crate::plan::{Action, Address, Danger, FieldChange, Step, Why};

/// One change: a sign, a kind, a subject, and the details, the first of them on the same line.
#[derive(Debug)]
pub(super) struct Row {
    sign: String,
    kind: &'static str,
    pub(super) subject: String,
    details: Vec<String>,
}

impl Row {
    /// The row without colours and alignment; its details on lines of their own where there are several.
    pub(super) fn plain(&self) -> String {
        let head = format!("{} {} {}", self.sign, self.kind, self.subject);
        let details = self.details.join("\n    ");
        let text = if details.is_empty() {
            head
        } else {
            format!("{head}  {details}")
        };
        anstream::adapter::strip_str(&text).to_string()
    }

    pub(super) fn write(&self, width: usize, out: &mut dyn Write) -> io::Result<()> {
        let padding = " ".repeat(width.saturating_sub(self.subject.width()));
        let head = format!("{} {:<7} {}{padding}", self.sign, self.kind, self.subject);
        let mut details = self.details.iter();
        match details.next() {
            Some(first) => writeln!(out, "{head}  {first}")?,
            None => writeln!(out, "{}", head.trim_end())?,
        }
        let indent = " ".repeat(width + 12);
        details.try_for_each(|detail| writeln!(out, "{indent}{detail}"))
    }
}

/// The row of a step.
pub(super) fn row(step: &Step, now: Timestamp) -> Row {
    let (kind, subject) = subject(&step.address);
    let (sign, details) = match &step.action {
        Action::CreateTenant { changes, .. } | Action::CreateUser { changes, .. } => {
            (paint(ADD, "+"), vec![created(changes)])
        }
        Action::InviteUser {
            changes, invite, ..
        } => {
            let duration = invite
                .duration
                .as_ref()
                .map(|duration| format!(", link valid {}", safe(duration)))
                .unwrap_or_default();
            (
                paint(ADD, "+"),
                vec![
                    created(changes),
                    format!("sends an invitation ({}{duration})", invite.kind.as_str()),
                ],
            )
        }
        Action::UpdateTenant { changes, .. } | Action::UpdateUser { changes, .. } => {
            (paint(CHANGE, "~"), changed(changes))
        }
        Action::DeleteTenant { id, name } => (
            paint(REMOVE, "−"),
            vec![format!(
                "\"{}\", {id}; removes everybody's roles in it",
                safe(name)
            )],
        ),
        Action::LockUser { last_active_at, .. } => (
            paint(REMOVE, "−"),
            vec![format!(
                "locked; {}",
                last_active(last_active_at.as_deref(), now)
            )],
        ),
        Action::DeleteUser { last_active_at, .. } => (
            paint(REMOVE, "−"),
            vec![last_active(last_active_at.as_deref(), now)],
        ),
        Action::SetRoles {
            before,
            after,
            granted_by,
            ..
        } => (
            paint(CHANGE, "~"),
            vec![roles(before, after, granted_by, !step.waits_for.is_empty())],
        ),
    };
    let mut details = details;
    if let (Some(detail), true) = (
        details.first_mut(),
        step.why
            .iter()
            .any(|why| why.text.as_deref() == Some("prune")),
    ) {
        detail.push_str(" (prune)");
    }
    let marks: Vec<&str> = step
        .dangers
        .iter()
        .filter_map(|danger| mark(*danger))
        .collect();
    if let (Some(detail), false) = (details.first_mut(), marks.is_empty()) {
        let marks = format!("  [{}]", marks.join(", "));
        detail.push_str(&paint(WARN, marks));
    }
    Row {
        sign,
        kind,
        subject,
        details: details
            .into_iter()
            .filter(|detail| !detail.is_empty())
            .collect(),
    }
}

/// The word that makes a dangerous step stand out; a removal does by its sign.
fn mark(danger: Danger) -> Option<&'static str> {
    match danger {
        Danger::Removal => None,
        Danger::SensitiveGrant => Some("sensitive"),
        Danger::FewHolders => Some("few holders left"),
        Danger::EmailChange => Some("another address to log in with"),
    }
}

fn subject(address: &Address) -> (&'static str, String) {
    match address {
        Address::Tenant(handle) => ("tenant", safe(handle.as_str()).into_owned()),
        Address::TenantById(id) => ("tenant", format!("id:{id}")),
        Address::User(person) => ("user", safe(&person.to_string()).into_owned()),
        Address::WorkspaceRoles(person) => ("roles", safe(&person.to_string()).into_owned()),
        Address::TenantRoles(person, handle) => (
            "roles",
            format!("{} @ {}", safe(&person.to_string()), safe(handle.as_str())),
        ),
    }
}

fn created(changes: &[FieldChange]) -> String {
    let mut parts = Vec::new();
    let mut data = Vec::new();
    for FieldChange { field, after, .. } in changes {
        match (field.strip_prefix("data."), after) {
            (Some(key), Some(value)) => {
                data.push(format!("{}: {}", safe(key), value::inline(value)));
            }
            _ => parts.push(format!("{field} {}", value::field(after.as_ref()))),
        }
    }
    if !data.is_empty() {
        parts.push(format!("data {{{}}}", data.join(", ")));
    }
    parts.join(", ")
}

fn changed(changes: &[FieldChange]) -> Vec<String> {
    let width = changes
        .iter()
        .map(|change| safe(&change.field).width())
        .max()
        .unwrap_or_default();
    let mut lines = Vec::new();
    for FieldChange {
        field,
        before,
        after,
        place: _,
    } in changes
    {
        let padding = " ".repeat(width - safe(field).width());
        let name = format!("{}{padding}", safe(field));
        if value::is_nested(before.as_ref()) || value::is_nested(after.as_ref()) {
            lines.push(name.trim_end().to_owned());
            lines.extend(
                text_diff::nested(before.as_ref(), after.as_ref())
                    .into_iter()
                    .map(|line| format!("  {line}")),
            );
            continue;
        }
        let show = |value: Option<&serde_json::Value>| {
            if field.starts_with("data.") {
                value.map_or_else(|| value::field(None), value::inline)
            } else {
                value::field(value)
            }
        };
        let (before, after) = text_diff::words(&show(before.as_ref()), &show(after.as_ref()));
        lines.push(format!("{name}  {before} → {after}"));
    }
    lines
}

fn roles(
    before: &RoleSet,
    after: &RoleSet,
    granted_by: &BTreeMap<RoleName, Vec<Why>>,
    waits: bool,
) -> String {
    let granted: Vec<String> = after
        .difference(before)
        .map(|role| format!("{}{}", safe(role.as_str()), via(granted_by.get(role))))
        .collect();
    let removed: Vec<_> = before
        .difference(after)
        .map(|role| safe(role.as_str()))
        .collect();
    let mut parts = Vec::new();
    if !granted.is_empty() {
        parts.push(paint(ADD, format_args!("+ {}", granted.join(", "))));
    }
    if !removed.is_empty() {
        parts.push(paint(REMOVE, format_args!("− {}", removed.join(", "))));
    }
    if waits {
        parts.push(paint(QUIET, "(once those who get it have it)"));
    }
    parts.join("  ")
}

/// The groups and memberships that grant a role; nothing where the person's own entry does.
fn via(reasons: Option<&Vec<Why>>) -> String {
    let texts: Vec<_> = reasons
        .into_iter()
        .flatten()
        .filter_map(|why| why.text.as_deref())
        .map(safe)
        .collect();
    if texts.is_empty() {
        String::new()
    } else {
        format!(" ({})", texts.join(", "))
    }
}

fn last_active(at: Option<&str>, now: Timestamp) -> String {
    let Some(at) = at else {
        return "never active".to_owned();
    };
    let ago = at
        .parse::<Timestamp>()
        .ok()
        .and_then(|at| now.since((Unit::Hour, at)).ok());
    match ago.map(|ago| ago.get_hours()) {
        Some(0..=23) => "last active today".to_owned(),
        Some(hours @ 24..) => format!(
            "last active {} ago",
            count(usize::try_from(hours / 24).unwrap_or_default(), "day")
        ),
        _ => format!("last active {}", safe(at)),
    }
}
