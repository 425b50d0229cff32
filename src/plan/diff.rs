//! Desired and live state → plan: match, draft, order, review. Each stage has a type; nothing that is blocked gets past the order.

use crate::model::{Desired, Findings, Live};
use crate::plan::draft::records::Input;
use crate::plan::draft::{Draft, draft, prune};
use crate::plan::matching::{Matches, matches};
use crate::plan::order::{Ordered, ordered};
use crate::plan::queries::expired::endings;
use crate::plan::queries::unmanaged::unmanaged;
use crate::plan::review::{Judgement, Reviewed, hold_back, review};
use crate::plan::{Limits, Missing, Plan, PlanError, Policy, Size, Step};

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
    let matches = matched(desired, live, policy)?;
    let input = Input::new(desired, live, &matches);
    let drafted = match draft(input, policy)? {
        Ok(draft) if draft.missing.is_nothing() => draft,
        Ok(draft) => return Ok(Drafted::NeedsMore(draft.missing)),
        Err(missing) => return Ok(Drafted::NeedsMore(missing)),
    };
    let plan = judged(input, drafted, policy);
    Ok(plan.map_or_else(Drafted::NeedsMore, |plan| Drafted::Plan(Box::new(plan))))
}

fn judged(input: Input<'_>, draft: Draft, policy: &Policy) -> Result<Plan, Missing> {
    let limits = Limits::of(input.desired);
    let created = draft.created.clone();
    let mut ordered = ordered(input, draft, &limits, policy);
    if !ordered.missing.is_nothing() {
        return Err(ordered.missing);
    }
    if policy.selection.only_ended {
        ordered = hold_back(input, ordered, &limits)?;
    }
    let reviewed = review(input, &ordered.steps, &created, &limits, policy)?;
    Ok(plan(input, ordered, reviewed, limits, policy))
}

/// Says what would change, without judging it: for a plan that has to be kept although nothing more can be read. It says so,
/// and is judged before it is applied, as every saved plan is.
///
/// # Errors
/// As of [`diff`].
pub(crate) fn unjudged(
    desired: &Desired,
    live: &Live,
    policy: &Policy,
) -> Result<Option<Plan>, Findings<PlanError>> {
    let matches = matched(desired, live, policy)?;
    let input = Input::new(desired, live, &matches);
    let Ok(draft) = draft(input, policy)? else {
        return Ok(None);
    };
    let limits = Limits::of(desired);
    let ordered = ordered(input, draft, &limits, policy);
    let reviewed = Reviewed::unjudged(&ordered.steps);
    Ok(Some(plan(input, ordered, reviewed, limits, policy)))
}

fn matched<'d>(
    desired: &'d Desired,
    live: &'d Live,
    policy: &Policy,
) -> Result<Matches<'d>, Findings<PlanError>> {
    let (matches, mut errors) = matches(desired, live);
    errors.extend(prune::check(desired, policy));
    if errors.is_empty() {
        Ok(matches)
    } else {
        Err(Findings::new(errors, desired.sources.clone()))
    }
}

fn plan(
    input: Input<'_>,
    ordered: Ordered,
    reviewed: Reviewed,
    limits: Limits,
    policy: &Policy,
) -> Plan {
    let Reviewed {
        judgement,
        likely_renames,
    } = reviewed;
    let Judgement {
        broken_guards,
        broken_rules,
        warnings,
        dangers,
        keeps,
    } = judgement;
    let Ordered {
        steps,
        handovers,
        blocked,
        selection,
        ..
    } = ordered;
    let steps = steps.into_iter().zip(dangers);
    let steps: Vec<Step> = steps
        .map(|(step, dangers)| Step { dangers, ..step })
        .collect();
    // Rules hold in all tenants of the manifest. And the holders of a kept role count less where one gets another address, which
    // concerns tenants that no step names.
    let keeps_holders = limits.guards.keep_holders.is_some();
    let readdresses = || steps.iter().any(|step| step.change.new_email().is_some());
    let handles = if !limits.rules.is_empty() || keeps_holders && readdresses() {
        input.matches.handles()
    } else {
        input.matches.handles_in(&steps)
    };
    Plan {
        workspace: input.live.workspace.clone(),
        mode: input.live.mode,
        size: size(input.desired),
        unmanaged: Some(unmanaged(input, policy.list_unmanaged)),
        handles,
        limits,
        selection,
        steps,
        blocked,
        handovers,
        broken_guards,
        broken_rules,
        likely_renames,
        keeps,
        endings: endings(input.desired),
        warnings,
        undoes: None,
    }
}

fn size(desired: &Desired) -> Size {
    let entries = desired.users.values();
    Size {
        files: desired.sources.len(),
        users: entries.filter(|user| !user.mentioned_only).count(),
        tenants: desired.tenants.len(),
    }
}
