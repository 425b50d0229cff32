//! What a file may not do that `restrictions` are for, as far as only the live state shows it. In: drafted steps. Out: those that are
//! blocked: a list that takes a role which its file may not grant, and a change of who can log in for a user who holds such a role.

use crate::model::{
    Email, FileRights, Handle, Origin, Presence, RoleName, Scope, TenantId, UserEntry, UserField,
};
use crate::plan::draft::blocked::{Blocked, Blocks};
use crate::plan::draft::records::{Handles, Input, scope_name};
use crate::plan::{Change, Edit, Person, PlanError, Step, Target};

pub(crate) fn blocks(input: Input<'_>, steps: &[Step]) -> Blocks {
    if input.desired.restricted.is_empty() {
        return Blocks::new();
    }
    let handles = input.matches.handles();
    let found = steps.iter().filter_map(|step| {
        let email = match step.address.person()? {
            Person::Email(email) => email,
            Person::Id(_) => return None,
        };
        let entry = input.desired.users.get(email)?;
        let (error, origin) = match &step.change {
            Change::Roles { .. } => removal(input, &handles, step, entry),
            Change::User { .. } => identity(input, &handles, step, email, entry),
            Change::Tenant { .. } => None,
        }?;
        let place = input.desired.sources.place(origin);
        let blocked = Blocked::new(step.address.clone(), &error, None, place);
        Some((step.address.clone(), blocked))
    });
    found.collect()
}

/// A scope of a step, by the handle of its tenant where there is one.
fn named<'h>(
    scope: &Scope<Target<TenantId>>,
    handles: &'h Handles,
) -> Option<Scope<Option<&'h Handle>>> {
    match scope {
        Scope::Workspace => Some(Scope::Workspace),
        Scope::Tenant(Target::Existing(id)) => Some(Scope::Tenant(handles.get(id))),
        // No role is taken in a tenant that is only now created.
        Scope::Tenant(Target::CreatedBy(_)) => None,
    }
}

/// A role that is taken, and which no list takes that may grant it.
fn removal(
    input: Input<'_>,
    handles: &Handles,
    step: &Step,
    entry: &UserEntry,
) -> Option<(PlanError, Origin)> {
    let Change::Roles {
        scope,
        before,
        after,
        ..
    } = &step.change
    else {
        return None;
    };
    let named = named(scope, handles)?;
    let in_manifest = match &named {
        Scope::Workspace => Some(Scope::Workspace),
        Scope::Tenant(handle) => handle.map(|handle| Scope::Tenant(handle.clone())),
    };
    let mut grants = entry.grants.iter();
    let grant = grants.find(|(known, _)| Some(known) == in_manifest.as_ref());
    // Where nothing grants a role, it is taken because the entry says so of every tenant.
    let lists = match grant {
        Some((_, grant)) => grant.whole_lists(),
        None => entry.everywhere.into_iter().collect(),
    };
    let restricted = &input.desired.restricted;
    let taken = before.difference(after);
    for role in taken {
        let refused = |origin: &Origin| {
            let rights = restricted.get(&origin.source);
            rights.is_some_and(|rights| !rights.may_grant(&named, role))
        };
        let Some(first) = lists.first().filter(|_| lists.iter().all(refused)) else {
            continue;
        };
        let file = restricted.get(&first.source)?.file.clone();
        let error = PlanError::RestrictedRemoval {
            file,
            role: role.to_string(),
            scope: name(&named),
        };
        return Some((error, *first));
    }
    None
}

/// A change of who can log in as a user who holds a role, or is to hold one, that the file may not grant.
fn identity(
    input: Input<'_>,
    handles: &Handles,
    step: &Step,
    email: &Email,
    entry: &UserEntry,
) -> Option<(PlanError, Origin)> {
    let asked = asked(step, entry);
    let restricted = &input.desired.restricted;
    let by_file = asked.into_iter().find_map(|(what, origin)| {
        let rights = restricted.get(&origin.source)?;
        Some((what, origin, rights))
    });
    let (what, origin, rights) = by_file?;
    let (role, scope) = foreign_role(input, handles, rights, step, entry)?;
    let error = PlanError::RestrictedIdentity {
        file: rights.file.clone(),
        what,
        user: email.to_string(),
        role: role.to_string(),
        scope,
    };
    Some((error, origin))
}

/// What a step changes of who can log in, and where that is written.
fn asked(step: &Step, entry: &UserEntry) -> Vec<(&'static str, Origin)> {
    let Change::User { edit, .. } = &step.change else {
        return Vec::new();
    };
    if entry.presence == Presence::Absent {
        return vec![("state", entry.email.origin)];
    }
    let written = |field| entry.fields.get(field).map(|value| value.origin);
    let deletes = matches!(edit, Edit::Delete { .. });
    let changes = |field: UserField| deletes || edit.after(field).is_some();
    let fields = [
        ("locked", UserField::Locked),
        ("username", UserField::Username),
        ("phoneNumber", UserField::PhoneNumber),
    ];
    let fields = fields.into_iter().filter(|(_, field)| changes(*field));
    let mut asked: Vec<(&str, Origin)> = fields
        .filter_map(|(key, field)| Some((key, written(field)?)))
        .collect();
    if !matches!(edit, Edit::Create { .. }) && changes(UserField::Email) {
        let renamed = entry.renamed_from.as_ref();
        asked.push((
            "renamedFrom",
            renamed.map_or(entry.email.origin, |it| it.origin),
        ));
    }
    if matches!(edit, Edit::Create { .. }) && entry.invite.is_some() {
        asked.push(("invite", entry.email.origin));
    }
    asked
}

/// A role that a user holds, or is to hold, and that a file may not grant; and where.
fn foreign_role(
    input: Input<'_>,
    handles: &Handles,
    rights: &FileRights,
    step: &Step,
    entry: &UserEntry,
) -> Option<(RoleName, String)> {
    for (scope, grant) in &entry.grants {
        let named = match scope {
            Scope::Workspace => Scope::Workspace,
            Scope::Tenant(handle) => Scope::Tenant(Some(handle)),
        };
        let mut roles = grant.roles.iter().map(|granted| &granted.role);
        if let Some(role) = roles.find(|role| !rights.may_grant(&named, role)) {
            return Some((role.clone(), name(&named)));
        }
    }
    let id = step.change.user().and_then(Target::existing)?;
    let live = input.live.users.get(id)?;
    live.possible().iter().find_map(|(scope, roles)| {
        let named = match scope {
            Scope::Workspace => Scope::Workspace,
            Scope::Tenant(id) => Scope::Tenant(handles.get(id)),
        };
        let mut roles = roles.iter();
        let role = roles.find(|role| !rights.may_grant(&named, role))?;
        Some((role.clone(), scope_name(scope, handles).to_string()))
    })
}

fn name(scope: &Scope<Option<&Handle>>) -> String {
    match scope {
        Scope::Workspace => "the workspace".to_owned(),
        Scope::Tenant(handle) => handle.map_or_else(
            || "a tenant that the manifest does not name".to_owned(),
            ToString::to_string,
        ),
    }
}
