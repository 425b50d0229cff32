//! An undo file of a run that may have ended in the middle, and a server → the plan that takes back what was done.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::api::{ApiError, Reader};
use crate::apply::ours::is_made_of;
use crate::model::{
    Email, Live, LiveTenant, LiveUser, Record, RoleSet, Scope, TenantField, TenantId, UserField,
};
use crate::observe;
use crate::observe::ReadPlan;
use crate::plan;
use crate::plan::{
    Address, Change, CreatedRecord, CreatedRecords, Edit, Plan, Recheck, StepId, Undoes, WayBack,
    touched,
};
use crate::session::SessionError;
use crate::session::plan::draft;
use crate::session::readable::readable_by;
use crate::session::rechecked::{RecheckMode, Rechecked, believed, dated, need};
use crate::session::settle::settle;
use crate::session::undo::no_rename_check;

/// Reads what the run of an undo file may have changed, and plans the way back. `made` is what earlier attempts to take it back
/// created.
///
/// # Errors
/// A call that fails for good.
pub(crate) async fn take_back(
    reader: &Reader,
    file: &Plan,
    undoes: &Undoes,
    trust: RecheckMode,
    made: &CreatedRecords,
) -> Result<Rechecked, SessionError> {
    let file = believed(file, trust);
    let done = file.undone(undoes);
    let mut need = need(touched(&done));
    need.uuids.extend(undoes.users.values().cloned());
    need.uuids.extend(made.users().cloned());
    need.pins.extend(undoes.tenants.values().cloned());
    if undoes.lacks_a_tenant() {
        // Who is in it shows whose it is.
        need = need.of_everything();
    }
    let live = observe::live(reader, &need).await?;
    readable_by(&done, &live)?;
    let Creations { created, strange } = creations(reader, undoes, &live).await?;
    let judge = |live: &Live| Ok(plan::way_back(undoes, &file, live, &created));
    let (back, live) = settle(reader, live, &need, judge).await?;
    let back = match back {
        WayBack::Undo(back) => back.going_on(made),
        WayBack::Stale(stale) => {
            let recheck = Recheck {
                plan: file.without_steps(),
                done: 0,
                stale,
            };
            return Ok(Rechecked { recheck, live });
        }
    };
    let policy = no_rename_check();
    let need = ReadPlan::of(&back.desired);
    let live = observe::live(reader, &need).await?;
    let judge = |live: &Live| draft(&back.desired, live, &policy);
    let (mut plan, live) = settle(reader, live, &need, judge).await?;
    let not_restored = back.not_restored.into_iter().chain(strange);
    plan::as_way_back(&mut plan, &done, not_restored);
    let recheck = Recheck {
        plan,
        done: 0,
        stale: Vec::new(),
    };
    Ok(Rechecked { recheck, live })
}

/// What a run created.
#[derive(Default)]
struct Creations {
    created: CreatedRecords,
    /// What exists and may be of another run, in words.
    strange: Vec<String>,
}

impl Creations {
    fn note(&mut self, address: &Address, verdict: Result<CreatedRecord, String>) {
        match verdict {
            Ok(record) => drop(self.created.0.insert(address.clone(), record)),
            Err(id) => self.strange.push(format!(
                "{address}: it is not certain that the run created {id}, which is left alone"
            )),
        }
    }
}

/// What of the creations of a run is there, and is certain to be of the run: by its id, where that was written, or because it is not
/// older than the run and holds nothing that the run did not give it.
async fn creations(
    reader: &Reader,
    undoes: &Undoes,
    live: &Live,
) -> Result<Creations, SessionError> {
    let mut found = Creations::default();
    let mut tenants: BTreeMap<StepId, TenantId> = BTreeMap::new();
    for step in undoes.creations() {
        let Change::Tenant {
            edit: Edit::Create { record },
            parent,
            namesakes,
            ..
        } = &step.change
        else {
            continue;
        };
        let above = parent
            .as_ref()
            .map(|parent| parent.resolve(|step| tenants.get(&step).cloned()));
        let name = record.text(TenantField::Name).map(|name| &**name);
        let known = undoes.tenants.get(&step.address);
        let is_it = |tenant: &&LiveTenant| match (known, &above) {
            (Some(id), _) => tenant.id == *id,
            (None, Some(None)) => false,
            (None, above) => {
                Some(tenant.name()) == name
                    && live.above(tenant) == above.clone().flatten()
                    && !namesakes.contains(&tenant.id)
            }
        };
        let all: Vec<&LiveTenant> = live.tenants.found().filter(is_it).collect();
        let Some(tenant) = all.first().copied() else {
            continue;
        };
        let is_ours = all.len() == 1
            && (known.is_some()
                || is_as_made(record, &tenant.record)
                    && has_only(live, &tenant.id, |user| undoes.roles_in(step.id, user))
                    && !is_older(reader, &tenant.id, undoes.since).await?);
        if is_ours {
            tenants.insert(step.id, tenant.id.clone());
        }
        let verdict = is_ours.then(|| CreatedRecord::tenant(tenant));
        found.note(
            &step.address,
            verdict.ok_or_else(|| format!("tenant {}", tenant.id)),
        );
    }
    let by_email: BTreeMap<Email, &LiveUser> = live
        .users
        .found()
        .filter_map(|user| Some((user.email()?, user)))
        .collect();
    let mut unknown = Vec::new();
    for step in undoes.creations() {
        let Change::User {
            edit: Edit::Create { record },
            ..
        } = &step.change
        else {
            continue;
        };
        let email = record.text(UserField::Email).cloned().map(Email::new);
        let known = undoes.users.get(&step.address);
        if let Some(user) = known.and_then(|id| live.users.get(id)) {
            found.note(&step.address, Ok(CreatedRecord::user(user)));
        } else if let Some(user) = email.and_then(|email| by_email.get(&email).copied()) {
            unknown.push((step, record, user));
        }
    }
    let dated = dated(reader, unknown.iter().map(|(_, _, user)| &user.uuid)).await?;
    for (step, record, user) in unknown {
        let roles = undoes.roles_of(step.id, &tenants);
        let is_given = |scope: &Scope, role| roles.get(scope).is_some_and(|it| it.contains(role));
        let mut held = user.grants.into_iter();
        let is_ours = dated
            .get(&user.uuid)
            .is_some_and(|found| is_made_of(record, undoes.since, found))
            && held.all(|(scope, roles)| roles.iter().all(|role| is_given(scope, role)));
        let verdict = is_ours.then(|| CreatedRecord::user(user));
        found.note(
            &step.address,
            verdict.ok_or_else(|| format!("user {}", user.uuid)),
        );
    }
    Ok(found)
}

/// Whether a tenant holds what was sent, and nothing else. There was none of its name where it is when it was sent.
fn is_as_made(sent: &Record<TenantField>, found: &Record<TenantField>) -> bool {
    let mut keys = found.data.iter().map(|(key, _)| key);
    keys.all(|key| sent.data.get(key).is_some())
        && sent
            .keys()
            .all(|key| key.same(&sent.at(&key), &found.at(&key)))
}

/// Whether users hold only these roles in a tenant.
fn has_only(live: &Live, tenant: &TenantId, given: impl Fn(&LiveUser) -> RoleSet) -> bool {
    let scope = Scope::Tenant(tenant.clone());
    let mut users = live.users.found();
    users.all(|user| user.roles(&scope).is_subset(&given(user)))
}

/// Whether a tenant is older than a run, where the server says when it was created.
async fn is_older(
    reader: &Reader,
    tenant: &TenantId,
    since: Option<Timestamp>,
) -> Result<bool, ApiError> {
    let dated = reader.tenant_created(tenant).await?;
    Ok(since.is_some_and(|since| dated.is_before(since)))
}
