//! Carries out a plan: many calls at once, each when what it needs is there.

use std::collections::{BTreeMap, HashMap};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;

use super::schedule::{Next, Schedule};
use super::verify::{Answer, Written, differences, verify};
use super::{Event, Outcome, StepOutcome, recover};
use crate::api::{ApiError, Call, Client, Usage, measured};
use crate::model::{LiveData, Scope, TenantId, UserUuid};
use crate::plan::{Address, Change, Edit, Plan, Step, StepId, Target};

/// How a plan is carried out.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct ExecuteOptions<'s> {
    /// How many calls are in flight at the most.
    pub parallel: usize,
    /// Whether the first failure ends the run.
    pub fail_fast: bool,
    /// Whether the run is to end: calls in flight are finished, and no other is started.
    pub stop: &'s (dyn Fn() -> bool + Sync),
}

impl ExecuteOptions<'_> {
    /// To the end, whatever happens on the way.
    pub fn new(parallel: usize) -> Self {
        Self {
            parallel,
            fail_fast: false,
            stop: &|| false,
        }
    }
}

/// Carries out the plan. A step that fails blocks only what depends on it; everything else is finished, and running
/// again does the rest. Records that differ from what was asked are read again once, and reported.
pub async fn execute(
    plan: &Plan,
    client: &Client,
    options: ExecuteOptions<'_>,
    mut emit: impl FnMut(Event<'_>),
) -> Outcome {
    let mut schedule = Schedule::new(plan);
    let mut records = Records::of(plan);
    let mut in_flight = FuturesUnordered::new();
    let mut failed = false;
    loop {
        let ending = (options.stop)() || options.fail_fast && failed;
        if !ending && in_flight.len() < options.parallel.max(1) {
            match schedule.next() {
                Next::Start(step) => {
                    let call = step.change.call();
                    emit(Event::Started { step, call });
                    // What is about to happen may have to be noted, and that may have failed.
                    if (options.stop)() {
                        emit(not_started(step, &StepOutcome::NotStarted));
                        schedule.settle(step, StepOutcome::NotStarted);
                        continue;
                    }
                    let ids = records.resolve(step);
                    in_flight.push(async move {
                        let call = call_step(&step.change, &ids, client);
                        let (answer, taken) = measured(call).await;
                        (step, ids, answer, taken)
                    });
                    continue;
                }
                Next::Skip(step, outcome) => {
                    emit(not_started(step, &outcome));
                    schedule.settle(step, outcome);
                    continue;
                }
                Next::Wait => {}
                Next::Finished => break,
            }
        }
        let Some((step, ids, answer, taken)) = in_flight.next().await else {
            break;
        };
        let outcome = match answer {
            Ok(answer) => {
                records.remember(step, ids, answer);
                StepOutcome::Done
            }
            Err(error) => StepOutcome::Failed(error),
        };
        failed |= outcome != StepOutcome::Done;
        emit(settled(step, &outcome, taken));
        schedule.settle(step, outcome);
    }
    drop(in_flight);
    let Records {
        users,
        tenants,
        to_verify,
        ..
    } = records;
    Outcome {
        steps: schedule.into_outcomes(),
        users: users.into_iter().collect(),
        tenants: tenants.into_iter().collect(),
        mismatches: verify(client, to_verify, options.parallel).await,
    }
}

fn not_started<'e>(step: &'e Step, outcome: &'e StepOutcome) -> Event<'e> {
    settled(step, outcome, Usage::default())
}

fn settled<'e>(step: &'e Step, outcome: &'e StepOutcome, taken: Usage) -> Event<'e> {
    Event::Settled {
        step,
        call: step.change.call(),
        outcome,
        attempts: taken.requests,
        duration: taken.time,
    }
}

/// What the steps of this run have made.
struct Records<'p> {
    users: HashMap<StepId, UserUuid>,
    tenants: HashMap<StepId, TenantId>,
    /// Records that have to be looked at again: their answers differ from what was asked, or do not show it.
    to_verify: Vec<(&'p Step, Written, Option<TenantId>)>,
    /// For each address the last step about it: what an earlier one asked is no longer what is wanted.
    last: BTreeMap<&'p Address, StepId>,
}

/// The records that a step is about, where they exist; a scope has no tenant where it is the workspace.
#[derive(Clone, Debug, Default)]
struct Ids {
    user: Option<UserUuid>,
    tenant: Option<TenantId>,
}

impl<'p> Records<'p> {
    fn of(plan: &'p Plan) -> Self {
        let steps = plan.steps.iter();
        Self {
            users: HashMap::new(),
            tenants: HashMap::new(),
            to_verify: Vec::new(),
            last: steps.map(|step| (&step.address, step.id)).collect(),
        }
    }

    fn resolve(&self, step: &Step) -> Ids {
        let user = step.change.user().and_then(|user| match user {
            Target::Existing(id) => Some(id.clone()),
            Target::CreatedBy(step) => self.users.get(step).cloned(),
        });
        let tenant = step.change.tenant().and_then(|tenant| match tenant {
            Target::Existing(id) => Some(id.clone()),
            Target::CreatedBy(step) => self.tenants.get(step).cloned(),
        });
        Ids { user, tenant }
    }

    fn remember(&mut self, step: &'p Step, ids: Ids, answer: Option<Answer>) {
        let Ids {
            mut user,
            mut tenant,
        } = ids;
        // A record that is gone can't be looked at, and an answer without roles is no reason to read every user again.
        let says_nothing = matches!((&step.change, &answer), (Change::Roles { .. }, None));
        if step.change.deletes() || says_nothing {
            return;
        }
        match (&step.change, &answer) {
            (change, Some(Answer::User(record))) if change.creates() => {
                self.users.insert(step.id, record.uuid.clone());
                user = Some(record.uuid.clone());
            }
            (change, Some(Answer::Tenant(record))) if change.creates() => {
                self.tenants.insert(step.id, record.id.clone());
                tenant = Some(record.id.clone());
            }
            _ => {}
        }
        let kept = answer.is_some_and(|answer| differences(&step.change, &answer).is_empty());
        if kept || self.last.get(&step.address) != Some(&step.id) {
            return;
        }
        let written = match (user, &tenant) {
            (Some(id), _) => Written::User(id),
            (None, Some(id)) => Written::Tenant(id.clone()),
            (None, None) => return,
        };
        self.to_verify.push((step, written, tenant));
    }
}

/// Makes the call of a step. The body is the one that the change makes; data that is written as a whole is read right before.
async fn call_step(
    change: &Change,
    ids: &Ids,
    client: &Client,
) -> Result<Option<Answer>, ApiError> {
    let a_user = |user| Answer::User(Box::new(user));
    let a_tenant = |tenant| Answer::Tenant(Box::new(tenant));
    let user = || ids.user.as_ref().ok_or_else(|| unresolved("user"));
    let tenant = || ids.tenant.as_ref().ok_or_else(|| unresolved("tenant"));
    match change {
        Change::Tenant {
            edit: Edit::Create { record },
            namesakes,
            ..
        } => {
            let body = change.body(&LiveData::default());
            let created = recover::tenant(client, record, namesakes, &body).await?;
            Ok(Some(a_tenant(created)))
        }
        Change::Tenant {
            edit: Edit::Update { .. },
            ..
        } => {
            let data = if change.reads_first() {
                client.tenant(tenant()?).await?.tenant.record.data
            } else {
                LiveData::default()
            };
            let answer = client.update_tenant(tenant()?, &change.body(&data)).await?;
            Ok(answer.map(a_tenant))
        }
        Change::Tenant {
            edit: Edit::Delete { .. },
            ..
        } => client.delete_tenant(tenant()?).await.map(|()| None),
        Change::User {
            edit: Edit::Create { record },
            invite,
            ..
        } => {
            let body = change.body(&LiveData::default());
            let created = match invite {
                None => recover::user(client, record, &body).await?,
                Some(_) => recover::invitation(client, record, &body).await?,
            };
            Ok(Some(a_user(created)))
        }
        Change::User {
            edit: Edit::Update { .. },
            ..
        } => {
            let data = if change.reads_first() {
                client.user(user()?).await?.record.data
            } else {
                LiveData::default()
            };
            let answer = client.update_user(user()?, &change.body(&data)).await?;
            Ok(answer.map(a_user))
        }
        Change::User {
            edit: Edit::Delete { .. },
            ..
        } => client.delete_user(user()?).await.map(|()| None),
        Change::Roles { scope, .. } => {
            let body = change.body(&LiveData::default());
            let held = match scope {
                Scope::Workspace => client.set_roles(user()?, &body).await?,
                Scope::Tenant(_) => client.set_tenant_roles(tenant()?, user()?, &body).await?,
            };
            Ok(held.map(Answer::Roles))
        }
    }
}

/// A created record without an id: the schedule starts a step only after the creation that it depends on succeeded,
/// so this can't be reached; it is an error rather than a panic.
fn unresolved(kind: &str) -> ApiError {
    ApiError::BadAnswer {
        call: Call::put("roles"),
        reason: format!("the {kind} was created, but its id is not known"),
    }
}
