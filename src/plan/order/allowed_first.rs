//! Steps of one user, in the light of `onlyUsers` and `notTogether`, which hold at every moment: what makes a step allowed comes
//! before it. In: steps, and the rules. Out: for each step the steps of the same user that it has to wait for.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Live, RoleSet, UserUuid};
use crate::plan::review::effects::{After, PlanScope, UserAfter};
use crate::plan::review::rules::Judge;
use crate::plan::{Change, Step, StepId, Target};

/// Takes roles in a step of its own, before others are given, where a user would else break a rule whatever comes first: as in two
/// tenants, one below the other, in which one role is exchanged for another. Ids stay valid: the first half keeps the step's id.
pub(crate) fn apart(judge: &Judge, live: &Live, mut steps: Vec<Step>) -> Vec<Step> {
    let mut exchanges = BTreeSet::new();
    for (user, of_user) in by_user(judge, &steps) {
        if of_user.iter().any(|step| kept(&step.change).is_some()) {
            let user = OneUser::new(judge, live, user, &of_user);
            exchanges.extend(user.stuck(&of_user));
        }
    }
    for id in exchanges {
        let next = StepId(steps.len());
        let Some(step) = steps.get_mut(id.0) else {
            continue;
        };
        let Some(kept) = kept(&step.change) else {
            continue;
        };
        let second = step.halve(&kept, next);
        steps.push(second);
    }
    steps
}

/// The roles that a change of roles keeps, where it both takes and gives some.
fn kept(change: &Change) -> Option<RoleSet> {
    let Change::Roles { before, after, .. } = change else {
        return None;
    };
    let exchanges = !before.is_subset(after) && !after.is_subset(before);
    exchanges.then(|| before & after)
}

/// The steps that have to succeed before each, so that no user breaks a rule in between.
pub(crate) fn needs(
    judge: &Judge,
    live: &Live,
    steps: &[Step],
) -> BTreeMap<StepId, BTreeSet<StepId>> {
    let mut needs = BTreeMap::new();
    for (user, steps) in by_user(judge, steps) {
        let user = OneUser::new(judge, live, user, &steps);
        needs.extend(user.needs(&steps));
    }
    needs
}

/// The steps that rules are about, for each user who has several.
fn by_user<'s>(judge: &Judge, steps: &'s [Step]) -> Vec<(&'s Target<UserUuid>, Vec<&'s Step>)> {
    let mut by_user: BTreeMap<&Target<UserUuid>, Vec<&Step>> = BTreeMap::new();
    for step in steps.iter().filter(|step| judge.concerns(&step.change)) {
        if let Some(user) = step.change.user() {
            by_user.entry(user).or_default().push(step);
        }
    }
    // What goes with a tenant may be what forbids another role.
    for step in steps
        .iter()
        .filter(|step| step.change.deleted_tenant().is_some())
    {
        let lost = step
            .change
            .removal()
            .into_iter()
            .flat_map(|removal| &removal.lost);
        for loss in lost {
            let user = Target::Existing(loss.user.clone());
            if let Some(steps) = by_user.get_mut(&user) {
                steps.push(step);
            }
        }
    }
    by_user.retain(|_, steps| steps.len() > 1);
    for steps in by_user.values_mut() {
        steps.sort_by_key(|step| (step.change.stage(), step.id));
    }
    by_user.into_iter().collect()
}

struct OneUser<'a> {
    judge: &'a Judge,
    live: &'a Live,
    user: &'a Target<UserUuid>,
    /// The roles that the user may hold in scopes where it is not known, until a step sets them.
    doubtful: Vec<(PlanScope, RoleSet)>,
}

impl<'a> OneUser<'a> {
    fn new(judge: &'a Judge, live: &'a Live, user: &'a Target<UserUuid>, steps: &[&Step]) -> Self {
        let doubtful = steps.iter().filter_map(|step| match &step.change {
            Change::Roles {
                scope,
                before,
                either,
                ..
            } if !either.is_empty() => Some((scope.clone(), before | either)),
            _ => None,
        });
        Self {
            judge,
            live,
            user,
            doubtful: doubtful.collect(),
        }
    }

    /// The steps that are left where none is allowed next, although all together are.
    fn stuck(&self, steps: &[&'a Step]) -> Vec<StepId> {
        if !self.is_allowed(steps.iter().copied()) {
            return Vec::new();
        }
        let (mut left, mut done) = (steps.to_vec(), Vec::new());
        let is_next =
            |done: &[&'a Step], step: &'a Step| self.is_allowed(done.iter().copied().chain([step]));
        while let Some(index) = left.iter().position(|step| is_next(&done, step)) {
            done.push(left.remove(index));
        }
        left.iter().map(|step| step.id).collect()
    }

    /// Whether the user breaks no rule, that they do not break now, once just these steps are done.
    fn is_allowed(&self, steps: impl IntoIterator<Item = &'a Step>) -> bool {
        let after = After::of(self.live, steps);
        let now = self.user.existing().and_then(|id| self.live.users.get(id));
        let now = now.map(UserAfter::now).unwrap_or_default();
        let now = now.supposing(&self.doubtful);
        let then = after.changed_user(self.user).cloned();
        let then = then.map(|then| then.supposing(&self.doubtful));
        then.is_none_or(|then| !self.judge.is_new_breach(&now, &then, &after))
    }

    /// For each step that is not allowed by itself, the fewest of the others that make it allowed.
    fn needs(&self, steps: &[&'a Step]) -> Vec<(StepId, BTreeSet<StepId>)> {
        let mut needs = Vec::new();
        let mut left: Vec<&Step> = steps.to_vec();
        let mut done: Vec<&Step> = Vec::new();
        // How many steps were done when a step was refused for the last time: one of those since then allows it.
        let mut refused: BTreeMap<StepId, usize> = BTreeMap::new();
        while !left.is_empty() {
            let allowed = left.iter().position(|step| {
                let steps = done.iter().chain([step]);
                let is_allowed = self.is_allowed(steps.copied());
                if !is_allowed {
                    refused.insert(step.id, done.len());
                }
                is_allowed
            });
            // Where none is allowed, the plan breaks a rule, and is reviewed for that.
            let Some(step) = allowed.map(|index| left.remove(index)) else {
                break;
            };
            let mut needed = if self.is_allowed([step]) {
                BTreeSet::new()
            } else {
                self.fewest(&done, step)
            };
            if let Some(since) = refused.get(&step.id) {
                needed.extend(done.iter().skip(*since).map(|step| step.id));
            }
            if !needed.is_empty() {
                needs.push((step.id, needed));
            }
            done.push(step);
        }
        needs
    }

    fn fewest(&self, done: &[&'a Step], step: &'a Step) -> BTreeSet<StepId> {
        let with = |steps: &[&'a Step]| self.is_allowed(steps.iter().copied().chain([step]));
        // Locks and addresses are few, and usually all that is needed.
        let of_record = done.iter().copied();
        let of_record: Vec<&Step> = of_record.filter(|step| step.address.is_record()).collect();
        let mut needed = if with(&of_record) {
            of_record
        } else {
            done.to_vec()
        };
        for step in done {
            let without = needed.iter().copied();
            let without: Vec<&Step> = without.filter(|it| it.id != step.id).collect();
            if without.len() < needed.len() && with(&without) {
                needed = without;
            }
        }
        needed.into_iter().map(|step| step.id).collect()
    }
}
