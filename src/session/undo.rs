//! What was done → the plan that takes it back.

use super::plan::draft;
use super::settle::settle;
use super::{Planned, SessionError};
use crate::api::{ApiError, Reader};
use crate::apply::{Outcome, StepOutcome};
use crate::model::Live;
use crate::observe::Need;
use crate::plan::{self, Done, Plan, Policy, unjudged};

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
    // A user who is restored is not a likely rename.
    let policy = Policy {
        rename_check: false,
        ..Policy::default()
    };
    let judge = |live: &Live| draft(&back.desired, live, &policy);
    let need = Need::of(&back.desired);
    let (mut plan, live) = match settle(reader, back.after.clone(), &need, judge).await {
        // The way back is kept in any case: this is the only moment at which it is known.
        Err(error @ SessionError::Api(_)) => {
            let plan = unjudged(&back.desired, &back.after, &policy)?.ok_or(error)?;
            (plan, back.after)
        }
        settled => settled?,
    };
    plan::without_reasons(&mut plan);
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
