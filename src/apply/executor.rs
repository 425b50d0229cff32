//! Carries out a plan: many calls at once, each when what it needs is there.

use std::collections::{BTreeMap, HashMap};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::schedule::{Next, Schedule};
use super::verify::{Told, Written, differences, verify};
use super::{Event, Outcome, StepOutcome, recover};
use crate::api::directory::{Answer, UserKey};
use crate::api::{ApiError, Call, Directory};
use crate::model::{TenantId, UserFields, UserId};
use crate::plan::{Action, Address, Plan, RoleScope, Step, StepId, TenantTarget, UserTarget};

/// How a plan is carried out.
#[derive(Clone, Copy)]
pub struct Conduct<'s> {
    /// How many calls are in flight at the most.
    pub parallel: usize,
    /// Whether the first failure ends the run.
    pub fail_fast: bool,
    /// Whether the run is to end: calls in flight are finished, and no other is started.
    pub stop: &'s (dyn Fn() -> bool + Sync),
}

impl Conduct<'_> {
    /// To the end, whatever happens on the way.
    pub fn with(parallel: usize) -> Self {
        Self {
            parallel,
            fail_fast: false,
            stop: &|| false,
        }
    }
}

/// Carries out the plan. A step that fails blocks only what depends on it; everything else is finished, and running
/// again does the rest. Records that the server holds otherwise than asked are read again once, and named.
pub async fn execute(
    plan: &Plan,
    directory: &impl Directory,
    conduct: Conduct<'_>,
    mut emit: impl FnMut(Event<'_>),
) -> Outcome {
    let mut schedule = Schedule::new(plan);
    let mut records = Records::of(plan);
    let mut in_flight = FuturesUnordered::new();
    let mut failed = false;
    loop {
        let ending = (conduct.stop)() || conduct.fail_fast && failed;
        if !ending && in_flight.len() < conduct.parallel.max(1) {
            match schedule.next() {
                Next::Start(step) => {
                    emit(Event::Started(step));
                    // Who notes what is about to happen may not have been able to.
                    if (conduct.stop)() {
                        schedule.settle(step.id, StepOutcome::NotStarted);
                        emit(Event::Settled(step, &StepOutcome::NotStarted));
                        continue;
                    }
                    let ids = records.resolve(step);
                    in_flight.push(async move {
                        let answer = call(&step.action, &ids, directory).await;
                        (step, ids, answer)
                    });
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
        let Some((step, ids, answer)) = in_flight.next().await else {
            break;
        };
        let outcome = match answer {
            Ok(told) => {
                records.remember(step, ids, told);
                StepOutcome::Done
            }
            Err(error) => StepOutcome::Failed(error),
        };
        failed |= outcome != StepOutcome::Done;
        emit(Event::Settled(step, &outcome));
        schedule.settle(step.id, outcome);
    }
    drop(in_flight);
    let Records {
        users,
        tenants,
        doubtful,
        ..
    } = records;
    Outcome {
        steps: schedule.into_outcomes(),
        users: users.into_iter().collect(),
        tenants: tenants.into_iter().collect(),
        unkept: verify(directory, doubtful, conduct.parallel).await,
    }
}

/// What the steps of this run have made.
struct Records<'p> {
    users: HashMap<StepId, UserId>,
    tenants: HashMap<StepId, TenantId>,
    /// Records that have to be looked at again: their answers differ from what was asked, or do not tell.
    doubtful: Vec<(&'p Step, Written, Option<TenantId>)>,
    /// For each address the last step about it: what an earlier one asked is no longer what is wanted.
    last: BTreeMap<&'p Address, StepId>,
}

/// The records that a step is about, where they exist; a scope has no tenant where it is the workspace.
#[derive(Clone, Debug, Default)]
struct Ids {
    user: Option<UserId>,
    tenant: Option<TenantId>,
}

impl<'p> Records<'p> {
    fn of(plan: &'p Plan) -> Self {
        Self {
            users: HashMap::new(),
            tenants: HashMap::new(),
            doubtful: Vec::new(),
            last: plan
                .steps
                .iter()
                .map(|step| (&step.address, step.id))
                .collect(),
        }
    }

    fn resolve(&self, step: &Step) -> Ids {
        let (user, tenant) = step.action.records();
        let mut ids = Ids {
            user,
            tenant: tenant.cloned(),
        };
        if let Action::SetRoles { user, scope, .. } = &step.action {
            if let UserTarget::CreatedBy(step) = user {
                ids.user = self.users.get(step).copied();
            }
            if let RoleScope::Tenant(TenantTarget::CreatedBy(step)) = scope {
                ids.tenant = self.tenants.get(step).cloned();
            }
        }
        ids
    }

    fn remember(&mut self, step: &'p Step, ids: Ids, told: Option<Told>) {
        let Ids {
            mut user,
            mut tenant,
        } = ids;
        match (&step.action, &told) {
            (Action::CreateUser { .. } | Action::InviteUser { .. }, Some(Told::User(record))) => {
                self.users.insert(step.id, record.id);
                user = Some(record.id);
            }
            (Action::CreateTenant { .. }, Some(Told::Tenant(record))) => {
                self.tenants.insert(step.id, record.id.clone());
                tenant = Some(record.id.clone());
            }
            // Who is gone can't be looked at, and an answer that says nothing of roles is no reason to read every user
            // again.
            (Action::DeleteUser { .. } | Action::DeleteTenant { .. }, _)
            | (Action::SetRoles { .. }, None) => return,
            _ => {}
        }
        let kept = told.is_some_and(|told| differences(&step.action, &told).is_empty());
        if kept || self.last.get(&step.address) != Some(&step.id) {
            return;
        }
        let written = match (user, &tenant) {
            (Some(id), _) => Written::User(id),
            (None, Some(id)) => Written::Tenant(id.clone()),
            (None, None) => return,
        };
        self.doubtful.push((step, written, tenant));
    }
}

async fn call(action: &Action, ids: &Ids, directory: &impl Directory) -> Answer<Option<Told>> {
    let a_user = |user| Told::User(Box::new(user));
    let a_tenant = |tenant| Told::Tenant(Box::new(tenant));
    match action {
        Action::CreateTenant {
            fields, namesakes, ..
        } => {
            let tenant = recover::tenant(directory, fields, namesakes).await?;
            Ok(Some(a_tenant(tenant)))
        }
        Action::UpdateTenant { id, fields, .. } => {
            let answer = directory.update_tenant(id, fields).await?;
            Ok(answer.map(a_tenant))
        }
        Action::DeleteTenant { id, .. } => directory.delete_tenant(id).await.map(|()| None),
        Action::CreateUser { fields, .. } => {
            Ok(Some(a_user(recover::user(directory, fields).await?)))
        }
        Action::InviteUser { fields, invite, .. } => {
            let user = recover::invitation(directory, fields, invite).await?;
            Ok(Some(a_user(user)))
        }
        Action::UpdateUser { id, fields, .. } => update_user(*id, fields, directory).await,
        Action::DeleteUser { id, .. } => directory
            .delete_user(&UserKey::Id(*id))
            .await
            .map(|()| None),
        Action::LockUser { id, .. } => {
            let locked = UserFields {
                locked: Some(true),
                ..UserFields::default()
            };
            update_user(*id, &locked, directory).await
        }
        Action::SetRoles { scope, after, .. } => {
            let user = UserKey::Id(ids.user.ok_or_else(|| unresolved("user"))?);
            let held = match scope {
                RoleScope::Workspace => directory.set_roles(&user, after).await?,
                RoleScope::Tenant(_) => {
                    let tenant = ids.tenant.as_ref().ok_or_else(|| unresolved("tenant"))?;
                    directory.set_tenant_roles(tenant, &user, after).await?
                }
            };
            Ok(held.map(Told::Roles))
        }
    }
}

async fn update_user(
    id: UserId,
    fields: &UserFields,
    directory: &impl Directory,
) -> Answer<Option<Told>> {
    let answer = directory
        .create_or_update_user(Some(&UserKey::Id(id)), fields)
        .await?;
    Ok(answer.map(|user| Told::User(Box::new(user))))
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
