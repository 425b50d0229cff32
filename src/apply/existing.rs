//! What exists by now of what a plan creates. In: the creations of a plan. Out: for each that exists by now, its id.
//!
//! A plan is some time old when it is carried out: somebody may have signed up with an address meanwhile, or another run may
//! have created a tenant. So the creations are looked up in batches, each while those of the batch before it are made; and once
//! more at the end, because two runs may have looked at the same moment.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hashbrown::HashMap;

use futures_util::future::{self, FutureExt as _, LocalBoxFuture, OptionFuture, Shared};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::api::{
    ApiError, BATCH, Call, Client, Filter, Found, Query, search_tenants, search_users,
};
use crate::apply::outcome::Duplicate;
use crate::apply::recover::{email_of, spellings};
use crate::model::{Email, LiveTenant, LiveUser, TenantField, TenantId, Unreadable, UserUuid};
use crate::plan::{Change, Edit, Plan, StepId};

#[derive(Clone)]
enum Creation {
    User(Email),
    Tenant {
        name: Arc<str>,
        /// The tenant above it; none where that is the workspace.
        above: Option<TenantId>,
        /// Tenants of the name that were known when the plan was made.
        namesakes: BTreeSet<TenantId>,
    },
}

type Batch = Vec<(StepId, Creation)>;
type Look<'c> = Shared<LocalBoxFuture<'c, Result<Arc<BTreeMap<StepId, String>>, ApiError>>>;

/// The looks before the creations of a plan.
pub(crate) struct Looks<'c> {
    of: HashMap<StepId, Look<'c>>,
    /// The look of the next batch, by a step in the middle of each: the others need not wait for it.
    next: HashMap<StepId, Look<'c>>,
}

impl<'c> Looks<'c> {
    /// Nothing is sent before a look is awaited; the steps of a batch share one.
    pub(crate) fn before(plan: &Plan, client: &'c Client) -> Self {
        let (mut of, mut next) = (HashMap::new(), HashMap::new());
        let mut middle = None;
        // Nothing is below a tenant that is not there yet.
        let mut batches = batches(plan, |_| true, &HashMap::new());
        batches.sort_by_key(|batch| batch.first().map(|(step, _)| *step));
        for batch in batches {
            let steps: Vec<StepId> = batch.iter().map(|(step, _)| *step).collect();
            let look = async move {
                let found = records(client, &batch).await?;
                let first = found
                    .into_iter()
                    .filter_map(|(step, ids)| Some((step, ids.into_iter().next()?)));
                Ok(Arc::new(first.collect()))
            };
            let look = look.boxed_local().shared();
            next.extend(middle.map(|step| (step, look.clone())));
            middle = steps.get(steps.len() / 2).copied();
            of.extend(steps.into_iter().map(|step| (step, look.clone())));
        }
        Self { of, next }
    }

    /// The look before this step: the id of what it creates, if that exists by now.
    pub(crate) fn at(&self, step: StepId) -> LocalBoxFuture<'c, Result<Option<String>, ApiError>> {
        let (look, next) = (self.of.get(&step).cloned(), self.next.get(&step).cloned());
        let found = async move {
            let Some(look) = look else { return Ok(None) };
            // Where that fails, the steps that need it say so.
            let (found, _) = future::join(look, OptionFuture::from(next)).await;
            Ok(found?.get(&step).cloned())
        };
        found.boxed_local()
    }
}

/// Other records of the names of those that were created, by the step that created one of them.
///
/// # Errors
/// The first search that fails for good.
pub(crate) async fn duplicates(
    plan: &Plan,
    client: &Client,
    created: &HashMap<StepId, String>,
) -> Result<Vec<Duplicate>, ApiError> {
    let mut duplicates = Vec::new();
    let batches = batches(plan, |step| created.contains_key(&step), created);
    let mut looks = stream::iter(&batches)
        .map(|batch| records(client, batch))
        .buffered(client.parallel());
    while let Some(found) = looks.try_next().await? {
        for (step, ids) in found {
            let is_other = |id: &String| created.get(&step) != Some(id);
            let others: Vec<String> = ids.into_iter().filter(is_other).collect();
            if !others.is_empty() {
                duplicates.push(Duplicate { step, others });
            }
        }
    }
    Ok(duplicates)
}

/// The creations of a plan: users, and the tenants below each tenant, apart. Left out is what is made below a tenant that is not
/// among those that were created.
fn batches(
    plan: &Plan,
    wanted: impl Fn(StepId) -> bool,
    created: &HashMap<StepId, String>,
) -> Vec<Batch> {
    let creations = plan.steps.iter().filter(|step| wanted(step.id));
    let mut kinds: BTreeMap<Option<Option<TenantId>>, Batch> = BTreeMap::new();
    for step in creations {
        let Some(creation) = creation(&step.change, created) else {
            continue;
        };
        let kind = match &creation {
            Creation::User(_) => None,
            Creation::Tenant { above, .. } => Some(above.clone()),
        };
        kinds.entry(kind).or_default().push((step.id, creation));
    }
    let batches = kinds.values().flat_map(|kind| kind.chunks(BATCH));
    batches.map(<[_]>::to_vec).collect()
}

fn creation(change: &Change, created: &HashMap<StepId, String>) -> Option<Creation> {
    match change {
        Change::User {
            edit: Edit::Create { record },
            ..
        } => email_of(record).map(Creation::User),
        Change::Tenant {
            edit: Edit::Create { record },
            parent,
            namesakes,
            ..
        } => Some(Creation::Tenant {
            name: Arc::clone(record.text(TenantField::Name)?),
            above: match parent {
                None => None,
                Some(parent) => {
                    Some(parent.resolve(|step| Some(TenantId::new(created.get(&step)?.as_str())))?)
                }
            },
            namesakes: namesakes.clone(),
        }),
        _ => None,
    }
}

/// The ids of the records that these creations would be, or are. Where the server does not have the search, none.
async fn records(
    client: &Client,
    batch: &[(StepId, Creation)],
) -> Result<Vec<(StepId, Vec<String>)>, ApiError> {
    let filters = batch.iter().flat_map(|(_, creation)| match creation {
        Creation::User(email) => spellings(email).collect(),
        Creation::Tenant { name, .. } => vec![Filter::name(name)],
    });
    let filters: Vec<Filter> = filters.collect();
    let found = if let Some((_, Creation::Tenant { above, .. })) = batch.first() {
        let above = above.as_ref().unwrap_or(client.workspace());
        let all = async |query| search_tenants(client, above, &query, Vec::new()).await;
        search(&filters, &all).await.map(Existing::Tenants)
    } else {
        let all = async |query| search_users(client, &query, Vec::new()).await;
        search(&filters, &all).await.map(Existing::Users)
    };
    let found = match found {
        Err(ApiError::NotFound { .. } | ApiError::PerhapsNotFound { .. }) => return Ok(Vec::new()),
        found => found?,
    };
    if let Some(record) = found.unreadable().first() {
        return Err(ApiError::BadAnswer {
            call: Call::post("find").to(client.url()),
            reason: format!(
                "a record that can't be read may be one that is to be created: {record}"
            ),
        });
    }
    let ids = batch
        .iter()
        .map(|(step, creation)| (*step, found.ids(creation)));
    Ok(ids.collect())
}

/// What passes one of these filters. Where that is too much for one search, it is made of two.
async fn search<K: Ord, T>(
    filters: &[Filter],
    all: &impl AsyncFn(Query) -> Result<Found<K, T>, ApiError>,
) -> Result<Found<K, T>, ApiError> {
    match all(Query::any_of(filters.to_vec())).await {
        Err(ApiError::Refused { .. }) if filters.len() > 1 => {
            let (one, other) = filters.split_at(filters.len() / 2);
            let mut found = Box::pin(search(one, all)).await?;
            found.extend(Box::pin(search(other, all)).await?);
            Ok(found)
        }
        found => found,
    }
}

/// What is there of what a batch creates.
enum Existing {
    Users(Found<UserUuid, LiveUser>),
    Tenants(Found<TenantId, LiveTenant>),
}

impl Existing {
    fn unreadable(&self) -> &[Unreadable] {
        match self {
            Self::Users(found) => &found.unreadable,
            Self::Tenants(found) => &found.unreadable,
        }
    }

    fn ids(&self, creation: &Creation) -> Vec<String> {
        match (self, creation) {
            (Self::Users(users), Creation::User(email)) => {
                let is_it = |user: &&LiveUser| user.email().as_ref() == Some(email);
                let users = users.records.values().filter(is_it);
                users.map(|user| user.uuid.to_string()).collect()
            }
            (
                Self::Tenants(tenants),
                Creation::Tenant {
                    name, namesakes, ..
                },
            ) => {
                let is_it = |tenant: &&LiveTenant| {
                    tenant.name() == &**name && !namesakes.contains(&tenant.id)
                };
                let tenants = tenants.records.values().filter(is_it);
                tenants.map(|tenant| tenant.id.to_string()).collect()
            }
            _ => Vec::new(),
        }
    }
}
