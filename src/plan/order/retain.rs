//! Some of the steps of a plan, numbered again.

use crate::plan::{Handover, HandoverId, Step, StepId};

/// Keeps some of the steps. What a kept step depended on and is gone counts as done.
pub(crate) fn retain(
    steps: Vec<Step>,
    handovers: Vec<Handover>,
    keep: impl Fn(&Step) -> bool,
) -> (Vec<Step>, Vec<Handover>) {
    let mut next = 0;
    let new_ids: Vec<Option<StepId>> = steps
        .iter()
        .map(|step| {
            keep(step).then(|| {
                next += 1;
                StepId(next - 1)
            })
        })
        .collect();
    let renew = |id: &StepId| new_ids.get(id.0).copied().flatten();
    let mut kept = Vec::with_capacity(next);
    for mut step in steps {
        let Some(id) = renew(&step.id) else { continue };
        step.id = id;
        step.depends_on = step.depends_on.iter().filter_map(renew).collect();
        step.change.retarget(&|id| renew(&id));
        kept.push(step);
    }
    let mut new_handovers = vec![None; handovers.len()];
    let mut left = Vec::new();
    for (index, mut handover) in handovers.into_iter().enumerate() {
        handover.grants = handover.grants.iter().filter_map(renew).collect();
        let awaited = |step: &Step| step.waits_for.contains(&HandoverId(index));
        if let (false, true) = (handover.grants.is_empty(), kept.iter().any(awaited)) {
            if let Some(new) = new_handovers.get_mut(index) {
                *new = Some(HandoverId(left.len()));
            }
            left.push(handover);
        }
    }
    for step in &mut kept {
        step.waits_for = step
            .waits_for
            .iter()
            .filter_map(|id| new_handovers.get(id.0).copied().flatten())
            .collect();
    }
    (kept, left)
}
