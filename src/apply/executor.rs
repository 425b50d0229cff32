//! Carries out a plan: many calls at once, each when what it needs is there.

use std::collections::HashMap;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::schedule::{Next, Schedule};
use super::{Event, Outcome, StepOutcome, recover};
use crate::api::directory::{Answer, UserKey};
use crate::api::{ApiError, Call, Directory};
use crate::model::{TenantId, UserFields, UserId};
use crate::plan::{Action, Plan, RoleScope, Step, StepId, TenantTarget, UserTarget};

/// Carries out the plan with at most `parallel` calls in flight. A step that fails blocks only what depends on it;
/// everything else is finished, and running again does the rest.
pub async fn execute(
    plan: &Plan,
    directory: &impl Directory,
    parallel: usize,
    mut emit: impl FnMut(Event<'_>),
) -> Outcome {
    let mut schedule = Schedule::new(plan);
    let mut created = Created::default();
    let mut in_flight = FuturesUnordered::new();
    loop {
        if in_flight.len() < parallel.max(1) {
            match schedule.next() {
                Next::Start(step) => {
                    emit(Event::Started(step));
                    in_flight.push(run(step, created.resolve(step), directory));
                    continue;
                }
                Next::Skip(step, outcome) => {
                    emit(Event::Settled(step, &outcome));
                    schedule.settle(step.id, outcome);
                    continue;
                }
                Next::Wait => {}
                Next::Finished => break,
            }
        }
        let Some((step, result)) = in_flight.next().await else {
            break;
        };
        let outcome = match result {
            Ok(record) => {
                created.remember(step.id, record);
                StepOutcome::Done
            }
            Err(error) => StepOutcome::Failed(error),
        };
        emit(Event::Settled(step, &outcome));
        schedule.settle(step.id, outcome);
    }
    drop(in_flight);
    Outcome {
        steps: schedule.into_outcomes(),
    }
}

/// The records that steps of this run have created.
#[derive(Default)]
struct Created {
    users: HashMap<StepId, UserId>,
    tenants: HashMap<StepId, TenantId>,
}

/// What a call made.
enum Record {
    Nothing,
    User(UserId),
    Tenant(TenantId),
}

/// The ids that a role step needs; the scope's is missing where the scope is the workspace.
#[derive(Default)]
struct Ids {
    user: Option<UserId>,
    tenant: Option<TenantId>,
}

impl Created {
    fn remember(&mut self, id: StepId, record: Record) {
        match record {
            Record::Nothing => {}
            Record::User(user) => drop(self.users.insert(id, user)),
            Record::Tenant(tenant) => drop(self.tenants.insert(id, tenant)),
        }
    }

    fn resolve(&self, step: &Step) -> Ids {
        let Action::SetRoles { user, scope, .. } = &step.action else {
            return Ids::default();
        };
        let user = match user {
            UserTarget::Live(id) => Some(*id),
            UserTarget::CreatedBy(step) => self.users.get(step).copied(),
        };
        let tenant = match scope {
            RoleScope::Workspace => None,
            RoleScope::Tenant(TenantTarget::Live(id)) => Some(id.clone()),
            RoleScope::Tenant(TenantTarget::CreatedBy(step)) => self.tenants.get(step).cloned(),
        };
        Ids { user, tenant }
    }
}

async fn run<'p>(
    step: &'p Step,
    ids: Ids,
    directory: &impl Directory,
) -> (&'p Step, Answer<Record>) {
    (step, call(&step.action, ids, directory).await)
}

async fn call(action: &Action, ids: Ids, directory: &impl Directory) -> Answer<Record> {
    match action {
        Action::CreateTenant { fields, .. } => directory
            .create_tenant(fields)
            .await
            .map(|tenant| Record::Tenant(tenant.id)),
        Action::UpdateTenant { id, fields, .. } => directory
            .update_tenant(id, fields)
            .await
            .map(|_| Record::Nothing),
        Action::DeleteTenant { id, .. } => {
            directory.delete_tenant(id).await.map(|()| Record::Nothing)
        }
        Action::CreateUser { fields, .. } => {
            let answer = directory.create_or_update_user(None, fields).await;
            recover::created_user(directory, fields, answer)
                .await
                .map(|user| Record::User(user.id))
        }
        Action::InviteUser { fields, invite, .. } => {
            let answer = directory.invite_user(fields, invite).await.map(Some);
            recover::created_user(directory, fields, answer)
                .await
                .map(|user| Record::User(user.id))
        }
        Action::UpdateUser { id, fields, .. } => directory
            .create_or_update_user(Some(&UserKey::Id(*id)), fields)
            .await
            .map(|_| Record::Nothing),
        Action::DeleteUser { id, .. } => directory
            .delete_user(&UserKey::Id(*id))
            .await
            .map(|()| Record::Nothing),
        Action::LockUser { id, .. } => {
            let locked = UserFields {
                locked: Some(true),
                ..UserFields::default()
            };
            directory
                .create_or_update_user(Some(&UserKey::Id(*id)), &locked)
                .await
                .map(|_| Record::Nothing)
        }
        Action::SetRoles { scope, after, .. } => {
            let user = UserKey::Id(ids.user.ok_or_else(|| unresolved("user"))?);
            let answer = match scope {
                RoleScope::Workspace => directory.set_roles(&user, after).await,
                RoleScope::Tenant(_) => {
                    directory
                        .set_tenant_roles(
                            &ids.tenant.ok_or_else(|| unresolved("tenant"))?,
                            &user,
                            after,
                        )
                        .await
                }
            };
            answer.map(|()| Record::Nothing)
        }
    }
}

/// A created record without an id: the schedule starts a step only after the creation that it depends on succeeded,
/// so this can't be reached; it is an error rather than a panic.
fn unresolved(kind: &str) -> ApiError {
    let call = Call {
        method: "PUT",
        path: "roles".into(),
    };
    ApiError::BadAnswer {
        call,
        reason: format!("the {kind} was created, but its id is not known"),
    }
}
