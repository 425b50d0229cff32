//! Steps of one user, in the light of `onlyUsers` and `notTogether`, which hold at every moment: what makes a step allowed comes
//! before it. In: steps, and the rules. Out: for each step the steps of the same user that it has to wait for.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Live, UserUuid};
use crate::plan::review::effects::{After, UserAfter};
use crate::plan::review::rules::Judge;
use crate::plan::{Step, StepId, Target};

/// The steps that have to succeed before each, so that no user breaks a rule in between.
pub(crate) fn needs(
    judge: &Judge,
    live: &Live,
    steps: &[Step],
) -> BTreeMap<StepId, BTreeSet<StepId>> {
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
    let mut needs = BTreeMap::new();
    for (user, mut steps) in by_user.into_iter().filter(|(_, steps)| steps.len() > 1) {
        steps.sort_by_key(|step| (step.change.stage(), step.id));
        let user = OneUser { judge, live, user };
        for (step, needed) in user.needs(&steps) {
            needs.insert(step, needed);
        }
    }
    needs
}

struct OneUser<'a> {
    judge: &'a Judge,
    live: &'a Live,
    user: &'a Target<UserUuid>,
}

impl<'a> OneUser<'a> {
    /// Whether the user breaks no rule, that they do not break now, once just these steps are done.
    fn is_allowed(&self, steps: impl IntoIterator<Item = &'a Step>) -> bool {
        let after = After::of(self.live, steps);
        let now = self.user.existing().and_then(|id| self.live.users.get(id));
        let now = now.map(UserAfter::now).unwrap_or_default();
        let then = after.changed_user(self.user);
        then.is_none_or(|then| !self.judge.is_new_breach(&now, then, &after))
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
