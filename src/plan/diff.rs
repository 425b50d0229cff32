//! The comparison of desired and live state.

use super::change::{Plan, Size};
use super::draft::{Draft, Policy, handles};
use super::matching::matches;
use super::movement::Movements;
use super::{Conflict, danger, guard, order, prune, rename, roles, select};
use crate::model::{Desired, Findings, Live};

/// Says what would change.
///
/// # Errors
/// Everything that only the live state shows to be wrong with the manifest: entries that match no record, several
/// records, or one another's.
pub fn diff(desired: &Desired, live: &Live, policy: &Policy) -> Result<Plan, Findings<Conflict>> {
    let mut conflicts = Vec::new();
    let matches = matches(desired, live, &mut conflicts);
    prune::check(desired, policy, &mut conflicts);
    if !conflicts.is_empty() {
        return Err(Findings::new(conflicts, desired.sources.clone()));
    }
    let mut draft = Draft::new(desired, live, &matches);
    for (handle, entry) in &desired.tenants {
        draft.tenant(handle, entry);
    }
    for ((email, entry), (_, live)) in desired.users.iter().zip(&matches.users) {
        draft.user(email, entry, *live);
    }
    draft
        .warnings
        .extend(rename::warnings(desired, live, &matches));
    roles::plan(&mut draft);
    prune::plan(&mut draft);
    let (steps, handovers) = order::order(std::mem::take(&mut draft.steps), live);
    let (steps, handovers, selection) =
        select::select(steps, handovers, &policy.selection, desired);
    // Guards and warnings are about what will be done, not about what could be.
    draft.steps = steps;
    let (movements, handles) = (Movements::of(&draft.steps, live), handles(&draft));
    let sparse = roles::warn(&mut draft, &movements, &handles);
    danger::mark(&mut draft.steps, live, &desired.sensitive, &sparse);
    let broken_guards = guard::broken(&desired.guards, live, &draft.steps, &movements, &handles);
    let suspects = if policy.rename_check {
        rename::suspects(&draft)
    } else {
        Vec::new()
    };
    let Draft {
        steps,
        mut warnings,
        ..
    } = draft;
    warnings.sort();
    warnings.dedup();
    let size = Size {
        files: desired.sources.len(),
        users: desired
            .users
            .values()
            .filter(|user| !user.mentioned_only)
            .count(),
        tenants: desired.tenants.len(),
    };
    Ok(Plan {
        workspace: live.workspace.clone(),
        mode: live.mode,
        size,
        steps,
        handovers,
        warnings,
        suspects,
        selection,
        broken_guards,
    })
}
