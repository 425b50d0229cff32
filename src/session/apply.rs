//! A plan and a server → an outcome.

use std::collections::BTreeMap;

use crate::api::{ApiError, Client, Reader};
use crate::apply::{Event, ExecuteOptions, Holders, Outcome, ReadHolders, RoleInScope, execute};
use crate::model::{EnoughUsers, Known, Live};
use crate::observe;
use crate::observe::ReadPlan;
use crate::plan::{Acceptance, Plan};
use crate::session::SessionError;

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

/// Carries out a plan. A step that fails blocks only what depends on it; everything else is finished, and running again does
/// the rest. A step is done once the server was seen to hold what was asked.
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
    let holders: &ReadHolders<'_> = &|roles| Box::pin(holders(client, roles));
    let execute_options = ExecuteOptions {
        holders: Some(holders),
        ..options.execute
    };
    Ok(execute(plan, client, execute_options, emit).await)
}

/// Who holds roles now and can log in: for each as many users as are asked for, or all of them.
async fn holders(
    reader: &Reader,
    roles: BTreeMap<RoleInScope, usize>,
) -> Result<Holders, ApiError> {
    let empty = Live {
        users: Known::some(BTreeMap::new()),
        ..Live::empty(reader.workspace().clone(), reader.mode())
    };
    let enough = roles.iter().map(|(role, holders)| {
        let enough = EnoughUsers {
            holders: *holders,
            confirmed: 0,
        };
        (role.clone(), enough)
    });
    let searched = observe::holders(reader, empty, &enough.collect()).await?;
    let searched = searched.map(|live| holders_in(&live, &roles));
    // A role that nobody holds any more is not believed of a search.
    let is_sure = |holders: &Holders| holders.values().all(|users| !users.is_empty());
    if let Some(holders) = searched.filter(is_sure) {
        return Ok(holders);
    }
    let need = ReadPlan::default().of_everything();
    Ok(holders_in(&observe::live(reader, &need).await?, &roles))
}

fn holders_in(live: &Live, roles: &BTreeMap<RoleInScope, usize>) -> Holders {
    let holders = roles.keys().map(|(scope, role)| {
        let can_log_in = live.users.found().filter(|user| !user.locked());
        let holds = can_log_in.filter(|user| user.roles(scope).contains(role));
        let users = holds.map(|user| user.uuid.clone()).collect();
        ((scope.clone(), role.clone()), users)
    });
    holders.collect()
}

/// Refuses a plan that breaks a guard that is not accepted with its own code, or that looks like a rename.
///
/// # Errors
/// Why the plan may not be carried out.
pub(crate) fn check(plan: &Plan, accepted: &[Acceptance]) -> Result<(), SessionError> {
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

pub(crate) fn same_workspace(reader: &Reader, plan: &Plan) -> Result<(), SessionError> {
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
