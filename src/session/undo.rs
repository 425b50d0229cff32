//! What was done → the plan that takes it back.

use std::collections::BTreeMap;

use crate::api::{ApiError, Reader};
use crate::apply::{Outcome, StepOutcome};
use crate::model::Live;
use crate::observe::ReadPlan;
use crate::plan;
use crate::plan::{Done, Plan, Policy, unjudged};
use crate::session::plan::draft;
use crate::session::settle::settle;
use crate::session::{Planned, SessionError};

/// The plan that takes back all of a plan that is about to be carried out, as far as it is known before: records that it creates
/// have no ids yet. It reads nothing and judges nothing. None where that takes reading more.
///
/// # Errors
/// A plan that does not fit its live state.
pub fn undo_ahead(plan: &Plan, before: &Live) -> Result<Option<Plan>, SessionError> {
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
    let Some(mut undo) = unjudged(&back.desired, &back.after, &no_rename_check())? else {
        return Ok(None);
    };
    plan::as_way_back(&mut undo, plan);
    for message in back.not_restored {
        undo.warn_not_restored(message);
    }
    for step in plan.steps.iter().filter(|step| step.change.creates()) {
        undo.warn_not_restored(format!("{}: what is created has no id yet", step.address));
    }
    Ok(Some(undo))
}

fn no_rename_check() -> Policy {
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
    let steps: Vec<bool> = outcome
        .steps
        .iter()
        .map(|step| *step == StepOutcome::Done)
        .collect();
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
    plan::as_way_back(&mut plan, done);
    for message in back.not_restored {
        plan.warn_not_restored(message);
    }
    // What may have been done without an answer can't be taken back blindly.
    let steps = done.steps.iter().zip(&outcome.steps);
    for (step, outcome) in steps {
        if let StepOutcome::Failed(ApiError::AnswerLost { .. }) = outcome {
            plan.warn_not_restored(format!(
                "{}: whether it was done is not known",
                step.address
            ));
        }
    }
    Ok(Planned { plan, live })
}
