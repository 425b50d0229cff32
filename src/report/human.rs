//! A plan as a person reads it: one line a change, aligned, then warnings and a summary.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use jiff::{Timestamp, Unit};
use unicode_width::UnicodeWidthStr as _;

use super::style::{ADD, CHANGE, QUIET, REMOVE, STRONG, WARN, paint};
use super::{safe, text_diff, value};
use crate::model::{RoleName, RoleSet};
use crate::plan::{
    Action, Address, BrokenGuard, Cost, FieldChange, Plan, Step, Suspect, Warning, Why,
};

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
        writeln!(out, "{} {}", paint(WARN, "!"), self::warning(warning))?;
    }
    if !plan.warnings.is_empty() {
        writeln!(out)?;
    }
    writeln!(out, "{}", summary(plan, context.cost))
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

/// One change: a sign, a kind, a subject, and the details, the first of them on the same line.
struct Row {
    sign: String,
    kind: &'static str,
    subject: String,
    details: Vec<String>,
}

impl Row {
    fn write(&self, width: usize, out: &mut dyn Write) -> io::Result<()> {
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

fn row(step: &Step, now: Timestamp) -> Row {
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

fn warning(warning: &Warning) -> String {
    let at = |place: &Option<crate::model::Place>| {
        place
            .as_ref()
            .map(|place| safe(&format!(" ({place})")).into_owned())
            .unwrap_or_default()
    };
    match warning {
        Warning::UnlistedRole { role, place } => format!(
            "role \"{}\" is in no list of roles on the server{}",
            safe(role.as_str()),
            at(place)
        ),
        Warning::LastHolder {
            role,
            scope,
            holders,
        } => format!(
            "leaves nobody holding \"{}\" in {} ({} now)",
            safe(role.as_str()),
            safe(scope),
            count(*holders, "holder")
        ),
        Warning::BothNames {
            address,
            previous,
            place,
        } => format!(
            "{} exists, and so does {}, its name of old{}: two records, of which the second is not managed",
            safe(&address.to_string()),
            safe(previous),
            at(place)
        ),
        Warning::RenameDone { address, place } => format!(
            "{} has been renamed: `renamedFrom` can be removed{}",
            safe(&address.to_string()),
            at(place)
        ),
    }
}

fn summary(plan: &Plan, cost: Cost) -> String {
    if plan.steps.is_empty() {
        return paint(
            STRONG,
            "No changes: the workspace is what the manifest says.",
        );
    }
    let tally = |one: &str, what: &str, matches: fn(&Action) -> bool| {
        let number = plan
            .steps
            .iter()
            .filter(|step| matches(&step.action))
            .count();
        (number > 0).then(|| format!("{}{what}", count(number, one)))
    };
    let parts = [
        tally("tenant", " to create", |action| {
            matches!(action, Action::CreateTenant { .. })
        }),
        tally("tenant", " to update", |action| {
            matches!(action, Action::UpdateTenant { .. })
        }),
        tally("user", " to create", |action| {
            matches!(action, Action::CreateUser { .. })
        }),
        tally("user", " to invite", |action| {
            matches!(action, Action::InviteUser { .. })
        }),
        tally("user", " to update", |action| {
            matches!(action, Action::UpdateUser { .. })
        }),
        tally("role set", "", |action| {
            matches!(action, Action::SetRoles { .. })
        }),
        tally("user", " to delete", |action| {
            matches!(action, Action::DeleteUser { .. })
        }),
        tally("user", " to lock", |action| {
            matches!(action, Action::LockUser { .. })
        }),
        tally("tenant", " to delete", |action| {
            matches!(action, Action::DeleteTenant { .. })
        }),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let about = cost.time.as_secs().max(1);
    format!(
        "{} {}. {}, about {about} s.",
        paint(STRONG, "Plan:"),
        parts.join(", "),
        count(cost.calls, "call")
    )
}

/// A number and a noun.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}
