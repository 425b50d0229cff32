//! What was done → the plan that takes it back.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::api::Reader;
use crate::apply::{Outcome, StepOutcome};
use crate::model::Live;
use crate::observe::ReadPlan;
use crate::plan;
use crate::plan::{Done, Plan, Policy, Step, Undoes, unjudged};
use crate::session::plan::draft;
use crate::session::settle::settle;
use crate::session::{Planned, SessionError};

/// The plan that takes back all of a plan that is about to be carried out, as far as it is known before. It reads nothing and judges
/// nothing. When it is applied, the steps are worked out again from the live state: the run may end anywhere. `since` is the time by
/// the server's clock.
///
/// # Errors
/// A plan that does not fit its live state.
pub fn undo_ahead(
    plan: &Plan,
    before: &Live,
    since: Option<Timestamp>,
) -> Result<Plan, SessionError> {
    let steps: Vec<bool> = plan
        .steps
        .iter()
        .map(|step| !step.change.creates())
        .collect();
    let back = plan::undo(
        plan,
        before,
        Done {
            steps: &steps,
            users: &BTreeMap::new(),
            tenants: &BTreeMap::new(),
        },
    );
    // To know all steps may take reading more.
    let undo = unjudged(&back.desired, &back.after, &no_rename_check())?;
    let mut undo = undo.unwrap_or_else(|| plan.without_steps());
    let created = plan.steps.iter().filter(|step| step.change.creates());
    let without_id = created.map(|step| {
        format!(
            "{}: its id is not known yet; it is looked for when this is applied",
            step.address
        )
    });
    let not_restored = back.not_restored.into_iter().chain(without_id);
    plan::as_way_back(&mut undo, plan, not_restored);
    undo.undoes = Some(Box::new(Undoes::ahead(&plan.steps, &plan.handles, since)));
    Ok(undo)
}

pub(crate) fn no_rename_check() -> Policy {
    // A user who is restored is not a likely rename, and tenants are not pruned.
    Policy {
        rename_check: false,
        allow_temporary_address: true,
        ..Policy::default()
    }
}

/// The plan that takes back what was done to a live state, as far as it can be. It is judged like any plan, so it may take
/// reading who else holds a role. Its live state is the one after what was done.
///
/// # Errors
/// A call that fails for good.
pub async fn undo(
    reader: &Reader,
    done: &Plan,
    before: &Live,
    outcome: &Outcome,
) -> Result<Planned, SessionError> {
    // What may have been done without an answer is looked at when it is taken back.
    let is_done = |(_, ended): &(&Step, &StepOutcome)| **ended == StepOutcome::Done;
    let has_id = |step: &Step| {
        outcome.users.contains_key(&step.id) || outcome.tenants.contains_key(&step.id)
    };
    let is_open =
        |pair: &(&Step, &StepOutcome)| !is_done(pair) && (pair.1.may_be_done() || has_id(pair.0));
    let did = |pair: (&Step, &StepOutcome)| {
        is_done(&pair) || pair.1.may_be_done() && !pair.0.change.creates()
    };
    let pairs = || done.steps.iter().zip(&outcome.steps);
    let steps: Vec<bool> = pairs().map(did).collect();
    let back = plan::undo(
        done,
        before,
        Done {
            steps: &steps,
            users: &outcome.users,
            tenants: &outcome.tenants,
        },
    );
    let policy = no_rename_check();
    let judge = |live: &Live| draft(&back.desired, live, &policy);
    let need = ReadPlan::of(&back.desired);
    let (mut plan, live) = match settle(reader, back.after.clone(), &need, judge).await {
        // The way back is kept in any case: this is the only moment at which it is known.
        Err(error @ SessionError::Api(_)) => {
            let plan = unjudged(&back.desired, &back.after, &policy)?.ok_or(error)?;
            (plan, back.after)
        }
        settled => settled?,
    };
    plan::as_way_back(&mut plan, done, back.not_restored);
    if pairs().any(|pair| is_open(&pair)) {
        let not_done = pairs().filter(|pair| !is_done(pair) && !is_open(pair));
        let not_done = not_done.map(|(step, _)| step.id).collect();
        let undoes = Undoes::ahead(&done.steps, &done.handles, outcome.since);
        let undoes = undoes.knowing(not_done, &outcome.users, &outcome.tenants);
        plan.undoes = Some(Box::new(undoes));
    }
    Ok(Planned { plan, live })
}
