//! Deletions of users who hold guarded roles → the same, after steps that take the roles: whether enough holders are left is looked
//! at in between, and a deletion can't be taken back.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Guards, LiveTenant, RoleName, RoleSet, Scope, UserUuid};
use crate::plan::draft::records::{Handles, Input, called};
use crate::plan::review::effects::After;
use crate::plan::review::keep_holders::{FEW, holders};
use crate::plan::review::movements::{Moved, Movements};
use crate::plan::step::numbered;
use crate::plan::{Address, Called, Change, Missing, Step, StepId, Target};

/// Takes guarded roles from users before they are deleted, in steps of their own, where few holders stay. Returns all steps where there
/// are any of these, else none, and what has to be read to know whether holders are few.
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
    let holders = holders(input.live, steps, &movements, (guards, handles));
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
