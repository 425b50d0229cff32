//! Carries out a plan: many calls at once, each when what it needs is there.

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use hashbrown::HashMap;
use serde_json::json;

use crate::api::{ApiError, Body, Client, Seconds, Usage, measured};
use crate::apply::existing;
use crate::apply::existing::{Looked, Looks};
use crate::apply::holder_guard::{Keepers, ReadHolders};
use crate::apply::outcome::MismatchedField;
use crate::apply::schedule::{Next, Schedule};
use crate::apply::verify::{Answer, Ids, mismatches, unresolved};
use crate::apply::{Event, Mismatch, Outcome, StepOutcome, recover};
use crate::model::{LiveData, Scope, TenantId, UserUuid};
use crate::plan::order::rounds::RoundKind;
use crate::plan::{Change, CreatedRecord, CreatedRecords, Edit, Plan, Step, StepId, Target};

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
    /// Reads who holds the roles of which the plan leaves holders: without it, nothing is looked at again.
    pub(crate) holders: Option<&'s ReadHolders<'s>>,
}

impl ExecuteOptions<'_> {
    /// To the end, whatever happens on the way.
    pub fn new(parallel: usize) -> Self {
        Self {
            parallel,
            fail_fast: false,
            stop: &|| false,
            holders: None,
        }
    }
}

/// Carries out the plan. A step that fails blocks only what depends on it; everything else is finished, and running
/// again does the rest. A step is done once the server was seen to hold what was asked.
pub(crate) async fn execute(
    plan: &Plan,
    client: &Client,
    options: ExecuteOptions<'_>,
    mut emit: impl FnMut(Event<'_>),
) -> Outcome {
    let _creating = client.creating();
    let _watched = client.watched();
    let since = client.server_time();
    let mut schedule = Schedule::new(plan);
    let mut records = Records::default();
    let looks = Looks::before(plan, client);
    let keepers = Keepers::new(plan, options.holders);
    let mut in_flight = FuturesUnordered::new();
    let mut failed = false;
    loop {
        let ending = (options.stop)() || client.end().is_some() || options.fail_fast && failed;
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
                    let looks = &looks;
                    in_flight.push(async move {
                        let (ended, taken) = measured(looked_up(step, ids, client, looks)).await;
                        looks.settle(step.id);
                        (step, ended.cut_off(taken), taken)
                    });
                    continue;
                }
                Next::Skip(step, outcome) => {
                    emit(not_started(step, &outcome));
                    schedule.settle(step, outcome);
                    continue;
                }
                Next::Enter(round) => {
                    if matches!(
                        round.kind(),
                        RoundKind::Revocations | RoundKind::UserDeletions
                    ) {
                        for (step, keep) in keepers.look(&mut schedule, round).await {
                            let outcome = put_back(step, &keep.name, client).await;
                            emit(settled(step, &outcome, None, Usage::default()));
                            schedule.take_back(step.id, outcome);
                        }
                    }
                    schedule.enter(round);
                    continue;
                }
                Next::Wait => {}
                Next::Finished => break,
            }
        }
        let Some((step, ended, taken)) = in_flight.next().await else {
            break;
        };
        let outcome = records.remember(step, ended);
        failed |= outcome != StepOutcome::Done;
        let made = records.made.0.get(&step.address);
        emit(settled(step, &outcome, made, taken));
        schedule.settle(step, outcome);
    }
    drop(in_flight);
    let Records {
        users,
        tenants,
        made,
        mismatches,
    } = records;
    let created = users.iter().map(|(step, id)| (*step, id.to_string()));
    let created = created.chain(tenants.iter().map(|(step, id)| (*step, id.to_string())));
    let duplicates = existing::duplicates(plan, client, &created.collect()).await;
    Outcome {
        since,
        steps: schedule.into_outcomes(),
        users: users.into_iter().collect(),
        tenants: tenants.into_iter().collect(),
        made,
        mismatches,
        duplicates: duplicates.unwrap_or_else(|error| {
            tracing::warn!(%error, "whether anything was created twice can't be looked up");
            Vec::new()
        }),
    }
}

fn not_started<'e>(step: &'e Step, outcome: &'e StepOutcome) -> Event<'e> {
    settled(step, outcome, None, Usage::default())
}

fn settled<'e>(
    step: &'e Step,
    outcome: &'e StepOutcome,
    made: Option<&'e CreatedRecord>,
    taken: Usage,
) -> Event<'e> {
    Event::Settled {
        step,
        call: step.change.call(),
        outcome,
        made,
        attempts: taken.requests,
        duration: taken.time,
    }
}

/// What the steps of this run have made.
#[derive(Default)]
struct Records {
    users: HashMap<StepId, UserUuid>,
    tenants: HashMap<StepId, TenantId>,
    made: CreatedRecords,
    mismatches: Vec<Mismatch>,
}

/// How a step ended, with the records that it is about.
struct Ended {
    ids: Ids,
    outcome: StepOutcome,
    /// What it created.
    made: Option<CreatedRecord>,
    mismatches: Vec<MismatchedField>,
}

impl Ended {
    /// The same; where the client ended before the step did, what that means for the step.
    fn cut_off(mut self, taken: Usage) -> Self {
        if let StepOutcome::Failed(error @ (ApiError::Ended { .. } | ApiError::GivenUp { .. })) =
            &self.outcome
        {
            self.outcome = if taken.writes == 0 {
                StepOutcome::NotStarted
            } else {
                StepOutcome::Unknown(error.clone())
            };
        }
        self
    }

    fn with(outcome: StepOutcome) -> Self {
        Self {
            ids: Ids::default(),
            outcome,
            made: None,
            mismatches: Vec::new(),
        }
    }
}

impl Records {
    fn resolve(&self, step: &Step) -> Ids {
        let user = step.change.user();
        let user = user.and_then(|user| user.resolve(|step| self.users.get(&step).cloned()));
        let id =
            |tenant: &Target<TenantId>| tenant.resolve(|step| self.tenants.get(&step).cloned());
        Ids {
            user,
            tenant: step.change.tenant().and_then(id),
            parent: step.change.parent().and_then(id),
        }
    }

    /// Notes what was created, and what the server holds otherwise than it was asked.
    fn remember(&mut self, step: &Step, ended: Ended) -> StepOutcome {
        let Ended {
            ids: Ids { user, tenant, .. },
            outcome,
            made,
            mismatches,
        } = ended;
        self.made
            .0
            .extend(made.map(|made| (step.address.clone(), made)));
        if step.change.creates() {
            self.users.extend(user.map(|id| (step.id, id)));
            self.tenants.extend(tenant.map(|id| (step.id, id)));
        }
        if !mismatches.is_empty() {
            self.mismatches.push(Mismatch {
                step: step.id,
                fields: mismatches,
            });
        }
        outcome
    }
}

/// Carries out a step once it is known that what it creates does not exist.
async fn looked_up(step: &Step, ids: Ids, client: &Client, looks: &Looks<'_>) -> Ended {
    let mut late = 0;
    loop {
        let _turn = looks.turn(late).await;
        let by = match looks.at(step.id, late).await {
            Ok(Looked::Free(by)) => by,
            Ok(Looked::Exists(id)) => return Ended::with(StepOutcome::Exists(id)),
            Err(error) => return Ended::with(StepOutcome::Failed(error)),
        };
        match carry_out(&step.change, ids.clone(), client, by).await {
            Some(ended) => return ended,
            None => late += 1,
        }
    }
}

/// Carries out a change, and looks at what it left. What decides access has to be as it was asked; a name that the server
/// stores in another form is only reported. Nothing where its turn came only after `by`.
async fn carry_out(
    change: &Change,
    mut ids: Ids,
    client: &Client,
    by: Option<Seconds>,
) -> Option<Ended> {
    let answer = match call(change, &ids, client, by).await {
        Ok(Called::Late) => return None,
        Ok(Called::Done(answer)) => answer,
        Err(outcome) => return Some(Ended::with(outcome)),
    };
    let made = match &answer {
        Some(Answer::User(user)) if change.creates() => {
            ids.user = Some(user.uuid.clone());
            Some(CreatedRecord::user(user))
        }
        Some(Answer::Tenant(tenant)) if change.creates() => {
            ids.tenant = Some(tenant.id.clone());
            Some(CreatedRecord::tenant(tenant))
        }
        _ => None,
    };
    Some(match mismatches(client, change, &ids, answer).await {
        Ok(fields) => {
            let (decisive, others): (Vec<_>, Vec<_>) = fields
                .into_iter()
                .partition(MismatchedField::decides_access);
            let outcome = if decisive.is_empty() {
                StepOutcome::Done
            } else {
                StepOutcome::NotKept(decisive)
            };
            Ended {
                ids,
                outcome,
                made,
                mismatches: others,
            }
        }
        Err(error) => Ended {
            ids,
            made,
            ..Ended::with(StepOutcome::Failed(error))
        },
    })
}

/// Takes back a step that took a role away or locked a user.
async fn put_back(step: &Step, role: &str, client: &Client) -> StepOutcome {
    let roles = |before| Body::from_iter([("roles".to_owned(), json!(before))]);
    let done = match &step.change {
        Change::Roles {
            user: Target::Existing(user),
            scope,
            before,
            ..
        } => match scope {
            Scope::Workspace => client.set_roles(user, &roles(before)).await.map(drop),
            Scope::Tenant(Target::Existing(tenant)) => {
                let body = roles(before);
                client.set_tenant_roles(tenant, user, &body).await.map(drop)
            }
            Scope::Tenant(Target::CreatedBy(_)) => Ok(()),
        },
        Change::User {
            target: Target::Existing(user),
            ..
        } => {
            let body = Body::from_iter([("locked".to_owned(), json!(false))]);
            client.update_user(user, &body).await.map(drop)
        }
        _ => Ok(()),
    };
    match done {
        Ok(()) => StepOutcome::PutBack(role.to_owned()),
        Err(error) => StepOutcome::Failed(error),
    }
}

/// What comes of the call of a step.
enum Called {
    /// It was made; what it answered, as far as that can be compared.
    Done(Option<Answer>),
    /// It was not made, because its turn came too late.
    Late,
}

/// Makes the call of a step, a creation only until a time. The body is the one that the change makes; data that is written as a
/// whole is read right before.
async fn call(
    change: &Change,
    ids: &Ids,
    client: &Client,
    by: Option<Seconds>,
) -> Result<Called, StepOutcome> {
    let a_user = |user| Answer::User(Box::new(user));
    let a_tenant = |tenant| Answer::Tenant(Box::new(tenant));
    let user = || ids.user.as_ref().ok_or_else(|| unresolved("user"));
    let tenant = || ids.tenant.as_ref().ok_or_else(|| unresolved("tenant"));
    let answer = match change {
        Change::Tenant {
            edit: Edit::Create { record },
            parent,
            namesakes,
            ..
        } => {
            let body = change.body(&LiveData::default());
            let above = ids.parent.as_ref();
            if parent.is_some() && above.is_none() {
                return Err(unresolved("tenant above").into());
            }
            let created = recover::tenant(client, record, above, namesakes, &body, by).await?;
            let Some(created) = created else {
                return Ok(Called::Late);
            };
            Some(a_tenant(created))
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
            answer.map(a_tenant)
        }
        Change::Tenant {
            edit: Edit::Delete { .. },
            ..
        } => {
            client.delete_tenant(tenant()?).await?;
            None
        }
        Change::User {
            edit: Edit::Create { record },
            invite,
            ..
        } => {
            let body = change.body(&LiveData::default());
            let created = recover::user(client, record, invite.is_some(), &body, by).await?;
            let Some(created) = created else {
                return Ok(Called::Late);
            };
            Some(a_user(created))
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
            answer.map(a_user)
        }
        Change::User {
            edit: Edit::Delete { .. },
            ..
        } => {
            client.delete_user(user()?).await?;
            None
        }
        Change::Roles { scope, .. } => {
            let body = change.body(&LiveData::default());
            let held = match scope {
                Scope::Workspace => client.set_roles(user()?, &body).await?,
                Scope::Tenant(_) => client.set_tenant_roles(tenant()?, user()?, &body).await?,
            };
            held.map(Answer::Roles)
        }
    };
    Ok(Called::Done(answer))
}
