//! Drafted steps → steps in a safe order, without what is blocked or not chosen.

pub(crate) mod allowed_first;
pub(crate) mod removals;
pub(crate) mod retain;
pub(crate) mod rounds;
pub mod select;
pub(crate) mod sequence;
pub(crate) mod swaps;
pub(crate) mod taken_first;

use crate::plan::draft::Draft;
use crate::plan::draft::blocked::{self, Blocked};
use crate::plan::draft::records::Input;
use crate::plan::order::select::{Selected, select};
use crate::plan::order::sequence::{Sequence, in_order};
use crate::plan::order::taken_first::taken_first;
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
    let order = |steps| in_order(steps, input.live, limits, &handles);
    blocks.extend(removals::hold(input, &mut steps));
    blocks.extend(swaps::unique(input, policy, &mut steps));
    let Sequence {
        steps,
        handovers,
        circles,
    } = order(steps);
    blocks.extend(circles);
    // Guards and warnings are about what will be done, not about what could be.
    let (steps, handovers, selection) = select(steps, handovers, &policy.selection, input.desired);
    let (steps, handovers, blocked) = blocked::take_out(steps, handovers, &blocks);
    let (first, missing) = taken_first(&steps, &limits.guards, input, &handles);
    let (steps, handovers, more) = if first.is_empty() {
        (steps, handovers, Vec::new())
    } else {
        let again = order(first);
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
