//! What exists by now of what a plan creates. In: the creations of a plan. Out: for each that exists by now, its id.
//!
//! A plan is some time old when it is carried out: somebody may have signed up with an address meanwhile, or another run may
//! have created a tenant. So the creations are looked up in batches, each right before it is sent, and again where its last call
//! would come more than a few seconds later; and all once more at the end, because two runs may have looked at the same moment.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use hashbrown::HashMap;

use futures_util::future::{FutureExt as _, LocalBoxFuture, Shared};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::sync::{Mutex, MutexGuard};

use crate::api::{
    ApiError, BATCH, Call, Client, Filter, Found, Query, Seconds, search_tenants, search_users,
};
use crate::apply::outcome::Duplicate;
use crate::apply::recover::{email_of, spellings};
use crate::model::{Email, LiveTenant, LiveUser, TenantField, TenantId, Unreadable, UserUuid};
use crate::plan::review::sensitive::Sensitive;
use crate::plan::{Change, Edit, Plan, Step, StepId};

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

/// The ids of what exists of a batch, and when the server said so.
type Seen = (BTreeMap<StepId, String>, Seconds);
type Look<'c> = Shared<LocalBoxFuture<'c, Result<Rc<Seen>, ApiError>>>;

/// What is looked up lets a creation be sent for so long.
const VALID: Seconds = 5.0;
/// How often a creation may be too late for its look. A server that is slower than that gets it all the same.
const MOST_LATE: u32 = 8;

/// What a look says of a step.
pub(crate) enum Looked {
    /// The record with this id is there already.
    Exists(String),
    /// Nothing is in the way of the step, which is sent by this time or looked up again.
    Free(Option<Seconds>),
}

/// The looks before the creations of a plan: of a batch together, or singly where a stranger would get much.
pub(crate) struct Looks<'c> {
    client: &'c Client,
    /// For each creation, the kind that it is of.
    kinds: HashMap<StepId, usize>,
    singly: BTreeSet<StepId>,
    open: RefCell<Vec<Open<'c>>>,
    /// Those that came too late go one after another.
    turn: Mutex<()>,
}

/// The creations of one kind that are not settled, and the last look at some of them.
#[derive(Default)]
struct Open<'c> {
    creations: BTreeMap<StepId, Creation>,
    last: Option<(Look<'c>, BTreeSet<StepId>)>,
}

impl<'c> Looks<'c> {
    /// Nothing is sent before a look is awaited.
    pub(crate) fn before(plan: &Plan, client: &'c Client) -> Self {
        let mut kinds = HashMap::new();
        let mut open = Vec::new();
        // Nothing is below a tenant that is not there yet.
        for (kind, creations) in of_kinds(plan, |_| true, &HashMap::new())
            .into_iter()
            .enumerate()
        {
            kinds.extend(creations.iter().map(|(step, _)| (*step, kind)));
            open.push(Open {
                creations: creations.into_iter().collect(),
                last: None,
            });
        }
        Self {
            client,
            kinds,
            singly: singly(plan),
            open: RefCell::new(open),
            turn: Mutex::new(()),
        }
    }

    /// The turn of a step that was too late so many times.
    pub(crate) async fn turn(&self, late: u32) -> Option<MutexGuard<'_, ()>> {
        if late == 0 {
            return None;
        }
        Some(self.turn.lock().await)
    }

    /// Looks whether what a step creates exists by now, unless it was looked up a moment ago.
    pub(crate) async fn at(&self, step: StepId, late: u32) -> Result<Looked, ApiError> {
        let Some(kind) = self.kinds.get(&step).copied() else {
            return Ok(Looked::Free(None));
        };
        loop {
            let (look, is_new) = match self.last(kind, step) {
                Some(look) => (look, false),
                None => (self.look(kind, step), true),
            };
            let seen = look.await?;
            let (found, at) = &*seen;
            if !is_new && self.client.now() > at + VALID {
                self.forget(kind);
                continue;
            }
            return Ok(match found.get(&step) {
                Some(id) => Looked::Exists(id.clone()),
                None => Looked::Free((late < MOST_LATE).then_some(at + VALID)),
            });
        }
    }

    /// The step needs no look any more.
    pub(crate) fn settle(&self, step: StepId) {
        let mut open = self.open.borrow_mut();
        if let Some(open) = self.kinds.get(&step).and_then(|kind| open.get_mut(*kind)) {
            open.creations.remove(&step);
        }
    }

    /// The last look, where it was at this step too.
    fn last(&self, kind: usize, step: StepId) -> Option<Look<'c>> {
        let open = self.open.borrow();
        let (look, steps) = open.get(kind)?.last.as_ref()?;
        steps.contains(&step).then(|| look.clone())
    }

    fn forget(&self, kind: usize) {
        if let Some(open) = self.open.borrow_mut().get_mut(kind) {
            open.last = None;
        }
    }

    /// Begins to look at a step and those that come next.
    fn look(&self, kind: usize, step: StepId) -> Look<'c> {
        let mut open = self.open.borrow_mut();
        let mut batch = Batch::new();
        if let Some(open) = open.get(kind) {
            let own = open.creations.get_key_value(&step).into_iter();
            let next = open.creations.iter().filter(|(other, _)| {
                **other != step && !self.singly.contains(other) && !self.singly.contains(&step)
            });
            let all = own.chain(next).take(BATCH);
            batch.extend(all.map(|(step, creation)| (*step, creation.clone())));
        }
        let steps: BTreeSet<StepId> = batch.iter().map(|(step, _)| *step).collect();
        let client = self.client;
        let look = async move {
            let found = records(client, &batch).await?;
            let first = found
                .into_iter()
                .filter_map(|(step, ids)| Some((step, ids.into_iter().next()?)));
            Ok(Rc::new((first.collect(), client.now())))
        };
        let look = look.boxed_local().shared();
        if let Some(open) = open.get_mut(kind)
            && !self.singly.contains(&step)
        {
            open.last = Some((look.clone(), steps));
        }
        look
    }
}

/// The creations of users who are invited, or get a sensitive role: in the place of one of them, a stranger would get much.
fn singly(plan: &Plan) -> BTreeSet<StepId> {
    let sensitive = Sensitive::of(&plan.limits.sensitive);
    let of_step = |step: &Step| match &step.change {
        Change::User {
            invite: Some(_), ..
        } => Some(step.id),
        Change::Roles { user, after, .. } => user
            .created_by()
            .filter(|_| after.iter().any(|role| sensitive.contains(role))),
        _ => None,
    };
    plan.steps.iter().filter_map(of_step).collect()
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
    let kinds = of_kinds(plan, |step| created.contains_key(&step), created);
    let batches: Vec<&[_]> = kinds.iter().flat_map(|kind| kind.chunks(BATCH)).collect();
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
fn of_kinds(
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
    kinds.into_values().collect()
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
        .map(|(step, creation)| (*step, found.ids(creation, client.workspace())));
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

    fn ids(&self, creation: &Creation, workspace: &TenantId) -> Vec<String> {
        match (self, creation) {
            (Self::Users(users), Creation::User(email)) => {
                let is_it = |user: &&LiveUser| user.email().as_ref() == Some(email);
                let users = users.records.values().filter(is_it);
                users.map(|user| user.uuid.to_string()).collect()
            }
            (
                Self::Tenants(tenants),
                Creation::Tenant {
                    name,
                    above,
                    namesakes,
                },
            ) => {
                // A list may have what is deeper too: each record names what it is below.
                let above = above.as_ref().unwrap_or(workspace);
                let is_below =
                    |tenant: &LiveTenant| tenant.parent.as_ref().is_none_or(|it| it == above);
                let is_it = |tenant: &&LiveTenant| {
                    tenant.name() == &**name && !namesakes.contains(&tenant.id) && is_below(tenant)
                };
                let tenants = tenants.records.values().filter(is_it);
                tenants.map(|tenant| tenant.id.to_string()).collect()
            }
            _ => Vec::new(),
        }
    }
}
