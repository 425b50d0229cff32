//! Matched entries → drafted steps: what would change, in no order yet.
//!
//! A blocked entry is drafted as a step that creates it, so that what needs it depends on a step like any other. The order takes
//! it out again.

pub(crate) mod blocked;
pub(crate) mod compare;
pub(crate) mod prune;
pub(crate) mod records;
pub(crate) mod rename;
mod restricted;
pub(crate) mod roles;
pub(crate) mod unknown;

use crate::model::Findings;
use crate::plan::draft::blocked::Blocks;
use crate::plan::draft::records::{Created, Input, Records, records};
use crate::plan::queries::expired;
use crate::plan::step::numbered;
use crate::plan::{Missing, PlanError, Policy, Step};

/// Steps that may be blocked, or stand in for what is.
pub(crate) struct Draft {
    /// Each has its index as its id.
    pub(crate) steps: Vec<Step>,
    /// Which steps create the records of entries.
    pub(crate) created: Created,
    /// What is blocked by itself.
    pub(crate) blocks: Blocks,
    /// What has to be read to know whether users who are created are new.
    pub(crate) missing: Missing,
}

/// Drafts a step for everything that differs. What has to be read before that can be said is the inner error.
///
/// # Errors
/// What is wrong with the manifest as a whole.
pub(crate) fn draft(
    input: Input<'_>,
    policy: &Policy,
) -> Result<Result<Draft, Missing>, Findings<PlanError>> {
    let Records { steps, created } = records(input);
    let unknown = unknown::unknown_roles(input).and(unknown::unknown_levels(input));
    if !unknown.is_nothing() {
        return Ok(Err(unknown));
    }
    let missing = rename::unasked(input, &steps, policy.rename_check);
    let roles = roles::steps(input, &created);
    let steps = if policy.selection.only_ended {
        expired::only_ended(input.desired, roles)
    } else {
        let pruned = prune::steps(input, &created, &steps);
        if let Some(error) = prune::check_tenants(input, policy, &pruned) {
            return Err(Findings::new(vec![error], input.desired.sources.clone()));
        }
        steps.into_iter().chain(roles).chain(pruned).collect()
    };
    let mut blocks = restricted::blocks(input, &steps);
    // What can't be matched is the reason that counts.
    blocks.extend(input.matches.blocks.clone());
    Ok(Ok(Draft {
        // Those that create records come first, and keep their ids.
        steps: numbered(steps),
        created,
        blocks,
        missing,
    }))
}
