//! A step as one row, which every report for people is made of.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use jiff::{Timestamp, Unit};
use textwrap::{Options, WordSeparator, WordSplitter};
use unicode_width::UnicodeWidthStr as _;

use crate::model::{
    FieldKey, Invite, Record, RecordField, RoleName, RoleSet, TenantField, UserField,
};
use crate::plan::{
    ActionKind, Address, Change, Danger, Edit, FieldChange, Kind, Reason, Removal, Step, Why,
};
use crate::report::text::{ADD, CHANGE, QUIET, REMOVE, WARN, count, paint, safe};
use crate::report::value;

/// Where the subject of a row begins, in columns.
const SUBJECT: usize = 10;
/// How much stands beside a subject up to its details, in columns.
const DETAILS: usize = 12;

/// One change: a sign, a kind, a subject, and the details, the first of them on the same line.
#[derive(Debug)]
pub(crate) struct Row {
    sign: String,
    kind: &'static str,
    pub(crate) subject: String,
    /// What marks it as dangerous, in brackets.
    marks: String,
    details: Vec<String>,
    is_dangerous: bool,
    /// What GitHub colours a line of a diff by: `+`, `-`, or `!` for what both gives and takes.
    diff: char,
    /// What it does, in words that are the same for every subject.
    what: String,
}

impl Row {
    /// The row as lines of a diff.
    pub(crate) fn diff(&self) -> String {
        let text = self.plain();
        let mut rest = text.chars();
        rest.next();
        format!("{}{}", self.diff, rest.as_str())
    }

    /// What it does, whoever it is done to.
    pub(crate) fn without_subject(&self) -> String {
        let (sign, kind) = (self.diff, self.kind);
        let parts = [&*self.what, &*self.marks].into_iter();
        let parts = parts.filter(|part| !part.is_empty());
        let text = parts.fold(format!("{sign} {kind}"), |text, part| {
            format!("{text}  {part}")
        });
        anstream::adapter::strip_str(&text).to_string()
    }

    /// The row without colours and alignment; its details on lines of their own where there are several.
    pub(crate) fn plain(&self) -> String {
        // A long row may be cut: what is dangerous comes first.
        let marks = match self.marks.as_str() {
            "" => String::new(),
            marks => format!("  {marks}"),
        };
        let head = format!("{} {} {}{marks}", self.sign, self.kind, self.subject);
        let details = self.details.join("\n    ");
        let text = if details.is_empty() {
            head
        } else {
            format!("{head}  {details}")
        };
        anstream::adapter::strip_str(&text).to_string()
    }

    /// Whether its step needs review.
    pub(crate) fn is_dangerous(&self) -> bool {
        self.is_dangerous
    }

    /// Writes the row for a terminal of so many columns. Details are aligned behind the subjects, which take this width; where that
    /// leaves them less than half of the terminal, they stand below.
    pub(crate) fn write(
        &self,
        width: usize,
        columns: Option<usize>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let padding = " ".repeat(width.saturating_sub(self.subject.width()));
        let head = format!("{} {:<7} {}{padding}", self.sign, self.kind, self.subject);
        let marks = (!self.marks.is_empty()).then(|| format!("  {}", paint(WARN, &self.marks)));
        let mut details = self.details.clone();
        if let (Some(first), Some(marks)) = (details.first_mut(), marks) {
            first.push_str(&marks);
        }
        let beside = width + DETAILS;
        let below = columns.filter(|columns| beside > columns / 2);
        let indent = if below.is_some() { SUBJECT } else { beside };
        let lines = details.iter().flat_map(|detail| match columns {
            Some(columns) => broken(detail, columns.saturating_sub(indent)),
            None => vec![detail.clone()],
        });
        let mut lines = lines.peekable();
        match lines.peek() {
            Some(_) if below.is_some() => writeln!(out, "{}", head.trim_end())?,
            Some(first) => {
                writeln!(out, "{head}  {first}")?;
                lines.next();
            }
            None => writeln!(out, "{}", head.trim_end())?,
        }
        let indent = " ".repeat(indent);
        lines.try_for_each(|line| writeln!(out, "{indent}{line}"))
    }
}

/// A detail in lines of at most so many columns, broken between words. No word is broken: it may be an address.
fn broken(detail: &str, columns: usize) -> Vec<String> {
    let options = Options::new(columns)
        .subsequent_indent("  ")
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    let lines = textwrap::wrap(detail, options).into_iter();
    lines.map(Cow::into_owned).collect()
}

pub(crate) fn row(step: &Step, sensitive: &RoleSet, now: Timestamp) -> Row {
    let (kind, action) = step.change.kind();
    let mut details = details(step, action, sensitive, now);
    // Of roles, each has its own.
    let is_about_roles = kind == Kind::Roles;
    let mut reasons = step.why.iter();
    let reason = reasons.find_map(|why| {
        let text = why.text()?;
        (!is_about_roles || why.reason == Reason::Prune).then_some(text)
    });
    if let (Some(detail), Some(reason)) = (details.first_mut(), reason) {
        let reason = format!(" ({})", safe(&reason));
        detail.push_str(&reason);
    }
    let marks = step.dangers.iter().filter_map(|danger| mark(*danger));
    let marks: Vec<&str> = marks.collect();
    let drift = drift(step).map(|drift| safe(&drift).into_owned());
    let marks = marks.into_iter().map(str::to_owned).chain(drift);
    let marks: Vec<String> = marks.collect();
    let marks = match marks.join(", ") {
        marks if marks.is_empty() => marks,
        marks => format!("[{marks}]"),
    };
    details.retain(|detail| !detail.is_empty());
    let (diff, what) = effect(&step.change, action, &details);
    Row {
        sign: sign(action),
        kind: noun(kind),
        subject: subject(&step.address),
        marks,
        details,
        is_dangerous: !step.dangers.is_empty(),
        diff,
        what,
    }
}

/// Whether it adds, changes or removes, and what.
fn effect(change: &Change, action: ActionKind, details: &[String]) -> (char, String) {
    let fields = match change {
        Change::Roles { before, after, .. } => {
            let sign = match (before.is_subset(after), after.is_subset(before)) {
                (true, false) => '+',
                (false, true) => '-',
                _ => '!',
            };
            return (sign, details.join(" "));
        }
        Change::Tenant { edit, .. } => fields(edit),
        Change::User { edit, .. } => fields(edit),
    };
    match action {
        ActionKind::Create => ('+', format!("create with {fields}")),
        ActionKind::Invite => ('+', format!("create with {fields}, sends an invitation")),
        ActionKind::Update => ('!', format!("change {fields}")),
        ActionKind::Lock => ('-', "lock".to_owned()),
        ActionKind::Delete => ('-', "delete".to_owned()),
    }
}

/// The names of the fields that an edit sets.
fn fields<F: RecordField>(edit: &Edit<F>) -> String {
    let names: Vec<String> = match edit {
        Edit::Create { record } => {
            let names = record.iter().map(|(field, _)| field.name().to_owned());
            let data = (!record.data.is_empty()).then(|| "data".to_owned());
            names.chain(data).collect()
        }
        Edit::Update { changes, .. } => {
            let names = changes.iter().map(|change| change.field.to_string());
            names.map(|name| safe(&name).into_owned()).collect()
        }
        Edit::Delete { .. } => Vec::new(),
    };
    names.join(", ")
}

/// What of a step is drift.
fn drift(step: &Step) -> Option<String> {
    if step.takes_by_hand() {
        Some("granted by hand".to_owned())
    } else if step.is_drift() {
        Some("drift".to_owned())
    } else if step.drift.is_empty() {
        None
    } else {
        let parts: Vec<String> = step.drift.iter().map(ToString::to_string).collect();
        Some(format!("drift: {}", parts.join(" ")))
    }
}

fn sign(action: ActionKind) -> String {
    match action {
        ActionKind::Create | ActionKind::Invite => paint(ADD, "+"),
        ActionKind::Update => paint(CHANGE, "~"),
        ActionKind::Lock | ActionKind::Delete => paint(REMOVE, "−"),
    }
}

fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::Tenant => "tenant",
        Kind::User => "user",
        Kind::Roles => "roles",
    }
}

fn subject(address: &Address) -> String {
    match address {
        Address::Tenant(handle) => safe(handle.as_str()).into_owned(),
        Address::TenantById(id) => format!("id:{id}"),
        Address::User(person) | Address::WorkspaceRoles(person) => {
            safe(&person.to_string()).into_owned()
        }
        Address::TenantRoles(person, tenant) => {
            format!(
                "{} @ {}",
                safe(&person.to_string()),
                safe(&tenant.to_string())
            )
        }
    }
}

/// The word that marks a dangerous step; a removal is marked by its sign.
fn mark(danger: Danger) -> Option<&'static str> {
    match danger {
        Danger::Removal => None,
        Danger::SensitiveGrant => Some("sensitive"),
        Danger::FewHolders => Some("few holders left"),
        Danger::EmailChange => Some("login e-mail changes"),
    }
}

/// What changes, in lines.
fn details(step: &Step, action: ActionKind, sensitive: &RoleSet, now: Timestamp) -> Vec<String> {
    match &step.change {
        Change::Tenant { target, edit, .. } => match edit {
            Edit::Create { record } => vec![created(record, &[])],
            Edit::Update {
                changes,
                other_keys,
                ..
            } => changed(changes, *other_keys),
            Edit::Delete { record, removal } => {
                let name = record.text(TenantField::Name).map_or("", |name| &**name);
                let id = target.existing().map(ToString::to_string);
                let id = id.unwrap_or_default();
                vec![format!("\"{}\", {id}; {}", safe(name), members(removal))]
            }
        },
        Change::User { edit, invite, .. } => match edit {
            Edit::Create { record } => {
                let email = step.address.person().and_then(|person| person.email());
                let is_shown = email.is_some_and(|email| {
                    record
                        .text(UserField::Email)
                        .is_some_and(|text| **text == *email.as_str())
                });
                let shown: &[UserField] = if is_shown { &[UserField::Email] } else { &[] };
                let invite = invite.as_ref().map(sends);
                std::iter::once(created(record, shown))
                    .chain(invite)
                    .collect()
            }
            Edit::Update { removal, .. } if action == ActionKind::Lock => {
                vec![format!("locked; {}", last_active(removal.as_ref(), now))]
            }
            Edit::Update {
                changes,
                other_keys,
                ..
            } => changed(changes, *other_keys),
            Edit::Delete { removal, .. } => vec![last_active(Some(removal), now)],
        },
        Change::Roles {
            before,
            after,
            granted_by,
            below,
            either,
            ..
        } => {
            let waits = !step.waits_for.is_empty();
            let mut text = roles(before, after, granted_by, sensitive, waits);
            if *below > 0 {
                let also = format!("  (also in {} below)", count(*below, "tenant"));
                text.push_str(&paint(QUIET, also));
            }
            if !either.is_empty() {
                let roles: Vec<_> = either.iter().map(|role| safe(role.as_str())).collect();
                let guess = format!(
                    "  ({} may be held here or only in a tenant above)",
                    roles.join(", ")
                );
                text.push_str(&paint(QUIET, guess));
            }
            vec![text]
        }
    }
}

/// How many users lose roles with a tenant.
fn members(removal: &Removal) -> String {
    let users: BTreeSet<_> = removal.lost.iter().map(|loss| &loss.user).collect();
    match users.len() {
        0 => "no member loses roles".to_owned(),
        1 => "1 member loses their roles".to_owned(),
        members => format!("{members} members lose their roles"),
    }
}

/// The values of a new record, except those that the subject shows.
fn created<F: RecordField>(record: &Record<F>, in_subject: &[F]) -> String {
    let fields = record
        .iter()
        .filter(|(field, _)| !in_subject.contains(field));
    let mut parts: Vec<String> = fields
        .map(|(field, value)| {
            format!(
                "{} {}",
                field.name(),
                value::field(&field.json(Some(value)))
            )
        })
        .collect();
    if !record.data.is_empty() {
        let keys = record.data.iter();
        let keys = keys.map(|(key, value)| format!("{}: {}", safe(key), value::data(value)));
        parts.push(format!("data {{{}}}", keys.collect::<Vec<_>>().join(", ")));
    }
    parts.join(", ")
}

fn sends(invite: &Invite) -> String {
    let duration = invite.duration.as_ref();
    let duration = duration.map(|duration| format!(", link valid {}", safe(duration)));
    format!(
        "sends an invitation ({}{})",
        invite.kind.as_str(),
        duration.unwrap_or_default()
    )
}

fn changed<F: RecordField>(changes: &[FieldChange<F>], other_keys: Option<usize>) -> Vec<String> {
    let names: Vec<String> = changes
        .iter()
        .map(|change| safe(&change.field.to_string()).into_owned())
        .collect();
    let width = names
        .iter()
        .map(|name| name.width())
        .max()
        .unwrap_or_default();
    let mut lines = Vec::new();
    for (name, change) in names.iter().zip(changes) {
        let FieldChange {
            field,
            before,
            after,
            place: _,
        } = change;
        if value::is_nested(before) || value::is_nested(after) {
            lines.push(name.clone());
            let nested = value::lines(before, after).into_iter();
            lines.extend(nested.map(|line| format!("  {line}")));
            continue;
        }
        let show = match field {
            FieldKey::Field(_) => value::field,
            FieldKey::Data(_) => value::data,
        };
        let padding = " ".repeat(width - name.width());
        let (before, after) = value::words(&show(before), &show(after));
        lines.push(format!("{name}{padding}  {before} → {after}"));
    }
    if let Some(others @ 1..) = other_keys {
        let kept = format!("data keeps {}", count(others, "other key"));
        lines.push(paint(QUIET, kept));
    }
    lines
}

fn roles(
    before: &RoleSet,
    after: &RoleSet,
    granted_by: &BTreeMap<RoleName, Vec<Why>>,
    sensitive: &RoleSet,
    waits: bool,
) -> String {
    // Where a row has no room for all roles, the sensitive ones are seen.
    let granted: Vec<String> = sorted(after.difference(before), sensitive)
        .into_iter()
        .map(|role| format!("{}{}", safe(role.as_str()), via(granted_by.get(role))))
        .collect();
    let removed: Vec<_> = sorted(before.difference(after), sensitive)
        .into_iter()
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
        parts.push(paint(QUIET, "(after the handover)"));
    }
    parts.join("  ")
}

/// The sensitive roles, then the others.
fn sorted<'r>(roles: impl Iterator<Item = &'r RoleName>, sensitive: &RoleSet) -> Vec<&'r RoleName> {
    let (first, rest): (Vec<_>, Vec<_>) = roles.partition(|role| sensitive.contains(*role));
    [first, rest].concat()
}

/// The groups and memberships that grant a role; nothing where the user's own entry does.
fn via(reasons: Option<&Vec<Why>>) -> String {
    let texts: Vec<String> = reasons
        .into_iter()
        .flatten()
        .filter_map(Why::text)
        .map(|text| safe(&text).into_owned())
        .collect();
    if texts.is_empty() {
        String::new()
    } else {
        format!(" ({})", texts.join(", "))
    }
}

fn last_active(removal: Option<&Removal>, now: Timestamp) -> String {
    let Some(at) = removal.and_then(|removal| removal.last_active_at.as_deref()) else {
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
