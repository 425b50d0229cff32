//! Desired and live state → plan: match, changes, order, review.

use crate::model::{Desired, Findings, Live};
use crate::plan::StepId;
use crate::plan::draft::records::{Created, Input, Records, records};
use crate::plan::draft::{blocked, prune, rename, roles, unknown};
use crate::plan::matching::matches;
use crate::plan::order::{removals, select, sequence, swaps};
use crate::plan::queries::{expired, unmanaged};
use crate::plan::review::dangers::Review;
use crate::plan::review::{dangers, guards, holders, rules};
use crate::plan::{Limits, Missing, Plan, PlanError, Policy, Size, Step, endings};

/// What comes of a comparison.
#[derive(Clone, Debug)]
pub enum Drafted {
    /// The plan.
    Plan(Box<Plan>),
    /// It can't be judged before this was read. Read it, and compare again.
    NeedsMore(Missing),
}

/// Says what would change.
///
/// # Errors
/// Everything that only the live state shows to be wrong with the manifest: entries that match no record, several
/// records, or one another's.
pub fn diff(
    desired: &Desired,
    live: &Live,
    policy: &Policy,
) -> Result<Drafted, Findings<PlanError>> {
    drafted(desired, live, policy, true)
}

/// Says what would change, without judging it: for a plan that has to be kept although nothing more can be read. It says so,
/// and is judged before it is applied, as every saved plan is.
///
/// # Errors
/// As of [`diff`].
pub fn unjudged(
    desired: &Desired,
    live: &Live,
    policy: &Policy,
) -> Result<Option<Plan>, Findings<PlanError>> {
    match drafted(desired, live, policy, false)? {
        Drafted::Plan(plan) => Ok(Some(*plan)),
        Drafted::NeedsMore(_) => Ok(None),
    }
}

fn drafted(
    desired: &Desired,
    live: &Live,
    policy: &Policy,
    judges: bool,
) -> Result<Drafted, Findings<PlanError>> {
    let (matches, mut errors) = matches(desired, live);
    errors.extend(prune::check(desired, policy));
    if !errors.is_empty() {
        return Err(Findings::new(errors, desired.sources.clone()));
    }
    let input = Input {
        desired,
        live,
        matches: &matches,
    };
    let Records { steps, created } = records(input);
    let mut unknown = unknown::unknown_roles(input).and(unknown::unknown_levels(input));
    if judges {
        unknown = unknown.and(rename::unasked(input, &steps, policy.rename_check));
    }
    if !unknown.is_nothing() {
        return Ok(Drafted::NeedsMore(unknown));
    }
    let steps = changes(input, &created, steps, policy)?;
    let mut drafted = numbered(steps);
    let mut blocks = removals::hold(input, &mut drafted);
    blocks.extend(swaps::unique(input, policy, &mut drafted));
    let few = holders::taken_first(&mut drafted, &desired.guards, input, &matches.handles());
    if judges && !few.is_nothing() {
        return Ok(Drafted::NeedsMore(few));
    }
    let (steps, handovers) = sequence::order(numbered(drafted), live);
    // Guards and warnings are about what will be done, not about what could be.
    let (steps, handovers, selection) =
        select::select(steps, handovers, &policy.selection, desired);
    blocks.extend(matches.blocks.clone());
    let (mut steps, handovers, blocked) = blocked::take_out(steps, handovers, &blocks);

    let limits = Limits {
        guards: desired.guards.clone(),
        sensitive: desired.sensitive.clone(),
    };
    let (reviewed, unlisted) = if judges {
        let handles = matches.handles();
        let reviewed = dangers::review(&mut steps, &limits, live, &handles);
        let unlisted = match (dangers::unlisted_roles(input), guards::unmatched(input)) {
            (Ok(unlisted), Ok(unmatched)) => Ok([unlisted, unmatched].concat()),
            (Err(a), Err(b)) => Err(a.and(b)),
            (Err(missing), _) | (_, Err(missing)) => Err(missing),
        };
        (reviewed, unlisted)
    } else {
        (Ok(Review::unjudged()), Ok(Vec::new()))
    };
    let rules = if judges {
        rules::broken(input, &steps)
    } else {
        Ok(Vec::new())
    };
    let keeps = holders::keeps(&steps, &limits, live, &matches.handles());
    let (reviewed, unlisted, broken_rules) = match (reviewed, unlisted, rules) {
        (Ok(reviewed), Ok(unlisted), Ok(rules)) => (reviewed, unlisted, rules),
        (reviewed, unlisted, rules) => {
            let missing = [reviewed.err(), unlisted.err(), rules.err()].into_iter();
            let missing = missing.flatten().fold(Missing::default(), Missing::and);
            return Ok(Drafted::NeedsMore(missing));
        }
    };
    let mut broken_guards = reviewed.broken_guards;
    broken_guards.extend(guards::rules(&broken_rules, live, &steps));
    let mut warnings = [rename::warnings(input), unlisted, reviewed.warnings].concat();
    warnings.sort();
    warnings.dedup();
    let mut likely_renames = Vec::new();
    if policy.rename_check {
        likely_renames = rename::likely(input, &created, &steps);
        match rename::left_behind(input, &created, &steps) {
            Ok(left) => likely_renames.extend(left),
            Err(missing) if judges => return Ok(Drafted::NeedsMore(missing)),
            Err(_) => {}
        }
    }
    Ok(Drafted::Plan(Box::new(Plan {
        workspace: live.workspace.clone(),
        mode: live.mode,
        size: size(desired),
        unmanaged: Some(unmanaged::unmanaged(input, policy.list_unmanaged)),
        limits,
        selection,
        handles: matches.handles_in(&steps),
        steps,
        blocked,
        handovers,
        broken_guards,
        broken_rules,
        likely_renames,
        keeps,
        endings: endings(desired),
        warnings,
    })))
}

/// The steps of the records, of the roles, and of what is pruned.
fn changes(
    input: Input<'_>,
    created: &Created,
    records: Vec<Step>,
    policy: &Policy,
) -> Result<Vec<Step>, Findings<PlanError>> {
    let roles = roles::steps(input, created);
    if policy.selection.only_ended {
        return Ok(expired::only_ended(input.desired, roles));
    }
    let pruned = prune::steps(input, created, &records);
    if let Some(error) = prune::check_tenants(input, policy, &pruned) {
        return Err(Findings::new(vec![error], input.desired.sources.clone()));
    }
    Ok(records.into_iter().chain(roles).chain(pruned).collect())
}

/// The same steps, each with its index as its id. Those that create records come first, and keep theirs.
fn numbered(mut steps: Vec<Step>) -> Vec<Step> {
    for (index, step) in steps.iter_mut().enumerate() {
        step.id = StepId(index);
    }
    steps
}

fn size(desired: &Desired) -> Size {
    let entries = desired.users.values();
    Size {
        files: desired.sources.len(),
        users: entries.filter(|user| !user.mentioned_only).count(),
        tenants: desired.tenants.len(),
    }
}
