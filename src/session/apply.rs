//! A plan and a server → an outcome.

use super::SessionError;
use crate::api::{Client, Reader};
use crate::apply::{Event, ExecuteOptions, Outcome, execute};
use crate::plan::{Acceptance, Plan};

/// How a plan is carried out.
#[derive(Clone)]
#[non_exhaustive]
pub struct ApplyOptions<'s> {
    /// How its calls are made.
    pub execute: ExecuteOptions<'s>,
    /// The guards that may be broken, each with the code that the plan shows.
    pub accepted: Vec<Acceptance>,
}

impl<'s> ApplyOptions<'s> {
    /// To the end, with all guards.
    pub fn new(parallel: usize) -> Self {
        Self {
            execute: ExecuteOptions::new(parallel),
            accepted: Vec::new(),
        }
    }

    /// The same, with these guards accepted.
    #[must_use]
    pub fn accepting(self, accepted: Vec<Acceptance>) -> Self {
        Self { accepted, ..self }
    }

    /// The same, with calls made in this way.
    #[must_use]
    pub fn executing(self, execute: ExecuteOptions<'s>) -> Self {
        Self { execute, ..self }
    }
}

/// Carries out a plan. See [`execute`] for what happens where a step fails.
///
/// # Errors
/// Why the plan may not be carried out; then nothing was changed.
pub async fn apply(
    client: &Client,
    plan: &Plan,
    options: ApplyOptions<'_>,
    emit: impl FnMut(Event<'_>),
) -> Result<Outcome, SessionError> {
    same_workspace(client, plan)?;
    check(plan, &options.accepted)?;
    Ok(execute(plan, client, options.execute, emit).await)
}

/// Refuses a plan that breaks a guard that is not accepted with its own code, or that looks like a rename.
///
/// # Errors
/// Why the plan may not be carried out.
pub fn check(plan: &Plan, accepted: &[Acceptance]) -> Result<(), SessionError> {
    let broken = plan.broken_guards.iter();
    let standing = broken.filter(|guard| !accepted.iter().any(|it| it.accepts(guard)));
    let options: Vec<String> = standing
        .map(|guard| format!("--accept {}:{}", guard.name, guard.code))
        .collect();
    if !options.is_empty() {
        return Err(SessionError::GuardBroken {
            options: options.join(" "),
        });
    }
    match plan.likely_renames.first() {
        None => Ok(()),
        Some(rename) => Err(SessionError::LikelyRename {
            removed: rename.removed.to_string(),
            created: rename.created.to_string(),
        }),
    }
}

pub(super) fn same_workspace(reader: &Reader, plan: &Plan) -> Result<(), SessionError> {
    if plan.workspace == *reader.workspace() && plan.mode == reader.mode() {
        return Ok(());
    }
    Err(SessionError::OtherWorkspace {
        expected_workspace: plan.workspace.clone(),
        expected: plan.mode,
        workspace: reader.workspace().clone(),
        mode: reader.mode(),
    })
}
