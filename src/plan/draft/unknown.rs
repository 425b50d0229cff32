//! Whether what was read says what users hold: the roles of a user whose record does not tell them are not none, and the
//! members of a tenant are not those that happened to be read.

use crate::model::{Live, LiveUser, Presence, Scope, UserUuid};
use crate::plan::draft::records::Input;
use crate::plan::review::effects::live_scope;
use crate::plan::{Change, Missing, Step, Target};

/// What has to be read before the roles of the manifest's users, and of members that are pruned, can be compared.
pub(crate) fn unknown_roles(input: Input<'_>) -> Missing {
    let entries = input.desired.users.values().zip(&input.matches.users);
    let untold = entries.filter_map(|(entry, (_, user))| {
        let user = user.filter(|_| entry.presence == Presence::Present)?;
        let tenants = &input.matches.tenants;
        let id = |handle| tenants.get(handle).map(|tenant| tenant.id.clone());
        let scopes = entry.grants.iter().map(|(scope, _)| scope.as_ref());
        let mut scopes = scopes.filter_map(|scope| scope.and_then(id));
        if entry.everywhere.is_some() && !user.grants_told {
            return Some(user.uuid.clone());
        }
        scopes
            .any(|scope| is_untold(user, &scope))
            .then(|| user.uuid.clone())
    });
    let missing = Missing::grants(untold);
    if input.desired.prune.members.is_empty() {
        missing
    } else {
        missing.and(members(input.live))
    }
}

/// Whether a tenant that would be created may be below another one, or the roles in one may be those held above.
pub(crate) fn unknown_levels(input: Input<'_>) -> Missing {
    let entries = input.desired.tenants.iter();
    let mut created = entries.filter(|(handle, entry)| {
        entry.presence == Presence::Present
            && entry.parent.is_none()
            && entry.pin.is_none()
            && !entry.is_new
            && !input.matches.tenants.contains_key(*handle)
    });
    let mut found = input.live.tenants.found();
    let is_nested = found.any(|tenant| input.live.above(tenant).is_some());
    Missing {
        levels: !input.live.knows_levels() && (is_nested || created.next().is_some()),
        ..Missing::default()
    }
}

/// What has to be read before it is known what steps take away.
pub(crate) fn unknown_losses(steps: &[Step], live: &Live) -> Missing {
    let untold = steps.iter().filter_map(|step| {
        let user = live
            .users
            .get(step.change.user().and_then(Target::existing)?)?;
        let is_unknown = match &step.change {
            Change::Roles { scope, .. } => {
                live_scope(scope).is_some_and(|scope| is_untold(user, &scope))
            }
            change => change.locked_out().is_some() && !user.grants_told,
        };
        is_unknown.then(|| user.uuid.clone())
    });
    let missing = Missing::grants(untold);
    let deletes_tenants = steps
        .iter()
        .any(|step| step.change.deleted_tenant().is_some());
    if deletes_tenants {
        missing.and(members(live))
    } else {
        missing
    }
}

/// What has to be read to know the members of any tenant.
fn members(live: &Live) -> Missing {
    if !live.users.is_complete() {
        return Missing::everything();
    }
    let untold = live.users.found().filter(|user| !user.grants_told);
    Missing::grants(untold.map(|user| UserUuid::clone(&user.uuid)))
}

fn is_untold(user: &LiveUser, scope: &Scope) -> bool {
    !user.grants_told && !user.grants.contains_key(scope)
}

/// Whether the roles that a record shows in a tenant may be those of a tenant above.
pub(crate) fn unknown_levels_of(steps: &[Step], live: &Live) -> Missing {
    let in_tenant = |scope: &Scope| scope.tenant().is_some();
    let is_about = |step: &Step| match &step.change {
        Change::Roles { scope, .. } => scope.tenant().is_some_and(|it| it.existing().is_some()),
        change => {
            let user = change.locked_out().and_then(|id| live.users.get(id));
            user.is_some_and(|user| user.shown.keys().any(in_tenant))
        }
    };
    Missing {
        levels: !live.knows_levels() && steps.iter().any(is_about),
        ..Missing::default()
    }
}
