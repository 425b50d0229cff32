//! Drafted steps → steps in a safe order, without what is blocked or not chosen.

pub(crate) mod allowed_first;
pub(crate) mod removals;
pub(crate) mod retain;
pub(crate) mod rounds;
pub mod select;
pub(crate) mod sequence;
pub(crate) mod swaps;

use crate::model::Live;
use crate::plan::draft::Draft;
use crate::plan::draft::blocked::{self, Blocked};
use crate::plan::draft::records::{Handles, Input};
use crate::plan::order::select::{Selected, select};
use crate::plan::order::sequence::{Conditions, Sequence, sequence, split};
use crate::plan::review::holders;
use crate::plan::review::rules::Judge;
use crate::plan::{Handover, Limits, Missing, Policy, Step};

/// Steps that can be carried out as they are: in order, without anything that is blocked.
pub(crate) struct Ordered {
    pub(crate) steps: Vec<Step>,
    pub(crate) handovers: Vec<Handover>,
    pub(crate) blocked: Vec<Blocked>,
    pub(crate) selection: Option<Selected>,
    /// What has to be read to know whether the order is safe.
    pub(crate) missing: Missing,
}

/// Puts drafted steps in order, chooses among them, and takes out what is blocked, with all that depends on it.
pub(crate) fn ordered(input: Input<'_>, draft: Draft, limits: &Limits, policy: &Policy) -> Ordered {
    let Draft {
        mut steps,
        mut blocks,
        ..
    } = draft;
    let handles = input.matches.handles();
    blocks.extend(removals::hold(input, &mut steps));
    blocks.extend(swaps::unique(input, policy, &mut steps));
    let Sequence {
        steps,
        handovers,
        circles,
    } = in_order(steps, input.live, limits, &handles);
    blocks.extend(circles);
    // Guards and warnings are about what will be done, not about what could be.
    let (steps, handovers, selection) = select(steps, handovers, &policy.selection, input.desired);
    let (steps, handovers, blocked) = blocked::take_out(steps, handovers, &blocks);
    let (first, missing) = holders::taken_first(&steps, &limits.guards, input, &handles);
    let (steps, handovers, more) = if first.is_empty() {
        (steps, handovers, Vec::new())
    } else {
        let again = in_order(first, input.live, limits, &handles);
        blocked::take_out(again.steps, again.handovers, &again.circles)
    };
    let blocked = blocked.into_iter().chain(more).collect();
    Ordered {
        steps,
        handovers,
        blocked,
        selection,
        missing,
    }
}

/// Puts steps in one safe order, each with its index as its id: after what they depend on, and after what makes them allowed.
pub(crate) fn in_order(
    steps: Vec<Step>,
    live: &Live,
    limits: &Limits,
    handles: &Handles,
) -> Sequence {
    let judge = Judge::new(&limits.rules, live, handles, &steps);
    let conditions = Conditions {
        live,
        guards: &limits.guards,
        judge: judge.as_ref(),
    };
    let (mut steps, transfers) = split(steps, conditions);
    if let Some(judge) = &judge {
        for (id, needed) in allowed_first::needs(judge, live, &steps) {
            if let Some(step) = steps.get_mut(id.0) {
                step.depends_on.extend(needed);
            }
        }
    }
    sequence(steps, &transfers, conditions)
}
