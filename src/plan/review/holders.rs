//! What a plan leaves of the holders of a role, where they are few or guarded: it is looked at again while the plan is carried
//! out.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashSet;

use crate::model::{Guards, LiveTenant, RoleName, RoleSet, Scope, UserUuid};
use crate::plan::draft::records::{Handles, Input, called};
use crate::plan::review::effects::{After, Key};
use crate::plan::review::keep_holders::{self, FEW, Stay};
use crate::plan::review::movements::{Moved, Movements, Transfers};
use crate::plan::step::numbered;
use crate::plan::{Address, Called, Change, HolderCheck, Missing, Step, StepId, Target};

/// The roles that a plan takes from users and of which holders stay: guarded ones, and those with few holders.
pub(crate) fn keeps(steps: &[Step], stays: &[Stay<'_>], transfers: &Transfers) -> Vec<HolderCheck> {
    let free = steps.iter().filter(|step| step.waits_for.is_empty());
    let not_awaited: HashSet<&Key> = free.flat_map(|step| transfers.taken_by(step.id)).collect();
    let keeps = stays.iter().filter_map(|holders| {
        let (scope, role) = holders.key;
        // Where no step waits for the users who get the role, they need not have it when it is taken.
        let key = (scope.clone().map(Target::Existing), role.clone());
        let is_awaited = !not_awaited.contains(&key);
        let gained = if is_awaited { 0 } else { holders.gained };
        let then = holders.then().saturating_sub(gained);
        let least = match holders.least {
            Some(kept) => kept.min(then),
            None if then < FEW => then,
            None => 0,
        };
        (least > 0 && holders.lost > 0).then(|| HolderCheck {
            scope: scope.clone(),
            role: role.clone(),
            least,
            name: format!("\"{role}\" in {}", holders.place),
        })
    });
    keeps.collect()
}

/// Takes guarded roles from users before they are deleted, in steps of their own, where few holders stay: whether enough are left
/// is looked at in between, and a deletion can't be taken back. Returns all steps where there are any of these, else none, and what
/// has to be read to know whether holders are few.
pub(crate) fn taken_first(
    steps: &[Step],
    guards: &Guards,
    input: Input<'_>,
    handles: &Handles,
) -> (Vec<Step>, Missing) {
    let deleted = steps.iter().filter_map(|step| step.change.deleted_user());
    let deleted: BTreeSet<&UserUuid> = deleted.collect();
    if deleted.is_empty() {
        return (Vec::new(), Missing::default());
    }
    let after = After::of(input.live, steps);
    let movements = Movements::of(steps, &Moved::of(&after));
    let holders = keep_holders::holders(input.live, steps, &movements, (guards, handles));
    let goes = movements
        .lost
        .iter()
        .filter(|(_, user)| deleted.contains(user));
    let goes: BTreeSet<&(Scope, RoleName)> = goes.map(|(key, _)| key).collect();
    let mut missing = Missing::default();
    let mut few: BTreeSet<&(Scope, RoleName)> = BTreeSet::new();
    for holders in holders {
        let (then, many) = (holders.then(), holders.lost.max(FEW));
        if then > many || !goes.contains(holders.key) || holders.least.is_none() {
            continue;
        }
        if holders.now.count().exactly().is_none() {
            missing = missing.and(holders.enough(many + 1));
        }
        if then > 0 {
            few.insert(holders.key);
        }
    }
    if few.is_empty() {
        return (Vec::new(), missing);
    }
    let mut taken = Vec::new();
    let mut steps = steps.to_vec();
    let count = steps.len();
    for step in &mut steps {
        let Some(user) = step
            .change
            .deleted_user()
            .and_then(|id| input.live.users.get(id))
        else {
            continue;
        };
        let needed = step.depends_on.clone();
        for (scope, before) in &user.grants {
            let stays = |role: &&RoleName| !few.contains(&(scope.clone(), RoleName::clone(role)));
            let after = before.iter().filter(stays).cloned().collect();
            let named = scope
                .as_ref()
                .and_then(|tenant| handles.get(tenant).cloned());
            let Some(named) = named.filter(|_| after != *before) else {
                continue;
            };
            let tenant = scope
                .tenant()
                .and_then(|tenant| input.live.tenants.get(tenant));
            let change = Change::Roles {
                user: Target::Existing(user.uuid.clone()),
                scope: scope.clone().map(Target::Existing),
                before: before.clone(),
                after,
                below: 0,
                above: scope
                    .tenant()
                    .map(|tenant| input.live.roles_above(user, tenant))
                    .unwrap_or_default(),
                either: RoleSet::new(),
                granted_by: BTreeMap::new(),
            };
            let called = Called {
                tenant: tenant.and_then(LiveTenant::called),
                ..called(Some(user))
            };
            let address = Address::roles(Input::person(user), named);
            let mut first = Step::new(address, change, called, step.why.clone());
            first.depends_on.clone_from(&needed);
            step.depends_on.push(StepId(count + taken.len()));
            taken.push(first);
        }
    }
    steps.extend(taken);
    (numbered(steps), missing)
}
