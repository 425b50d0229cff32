//! What has to be put right before something is removed: a blocked entry may be about it, and what goes with a tenant has to be
//! known.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    LiveTenant, LiveUser, TenantEntry, TenantId, UserEntry, UserPin, canonical_name,
};
use crate::plan::draft::blocked::Blocks;
use crate::plan::draft::records::Input;
use crate::plan::{Address, Blocked, Person, PlanError, Step, StepId};

/// How many tenants are named one by one.
const LISTED: usize = 5;

/// Makes removals depend on what they may concern, and deletions of tenants on those of the tenants below. Returns the deletions
/// that would take along what is to stay.
pub(crate) fn hold(input: Input<'_>, steps: &mut [Step]) -> Blocks {
    if !input.matches.blocks.is_empty() {
        hold_what_may_be_meant(input, steps);
    }
    children_first(input, steps)
}

fn hold_what_may_be_meant(input: Input<'_>, steps: &mut [Step]) {
    let blocks = &input.matches.blocks;
    let stand_ins = steps.iter();
    let stand_ins = stand_ins.filter(|step| blocks.contains_key(&step.address));
    let ids: BTreeMap<Address, StepId> = stand_ins
        .map(|step| (step.address.clone(), step.id))
        .collect();
    let users: Vec<(StepId, &UserEntry)> = blocked_users(input, &ids);
    let tenants: Vec<(StepId, &TenantEntry)> = blocked_tenants(input, &ids);
    let unreadable = input.matches.unreadable.iter();
    let unreadable: Vec<StepId> = unreadable
        .filter_map(|address| ids.get(address).copied())
        .collect();
    for step in steps {
        if ids.contains_key(&step.address) || !(step.change.deletes() || step.is_pruned()) {
            continue;
        }
        let id = step.change.user().and_then(|user| user.existing());
        if let Some(user) = id.and_then(|id| input.live.users.get(id)) {
            let meant = users.iter().filter(|(_, entry)| may_be(entry, user));
            step.depends_on.extend(meant.map(|(id, _)| *id));
        }
        if let Some(tenant) = step
            .change
            .deleted_tenant()
            .and_then(|id| input.live.tenants.get(id))
        {
            let meant = tenants
                .iter()
                .filter(|(_, entry)| may_be_tenant(entry, tenant));
            step.depends_on.extend(meant.map(|(id, _)| *id));
            // Whose roles go with it, and which tenants, is not known.
            step.depends_on.extend(&unreadable);
        }
    }
}

fn blocked_users<'d>(
    input: Input<'d>,
    ids: &BTreeMap<Address, StepId>,
) -> Vec<(StepId, &'d UserEntry)> {
    let entries = input.desired.users.iter().filter_map(|(email, entry)| {
        let address = Address::User(Person::Email(email.clone()));
        Some((*ids.get(&address)?, &**entry))
    });
    entries.collect()
}

fn blocked_tenants<'d>(
    input: Input<'d>,
    ids: &BTreeMap<Address, StepId>,
) -> Vec<(StepId, &'d TenantEntry)> {
    let entries =
        input.desired.tenants.iter().filter_map(|(handle, entry)| {
            Some((*ids.get(&Address::Tenant(handle.clone()))?, entry))
        });
    entries.collect()
}

fn may_be(entry: &UserEntry, user: &LiveUser) -> bool {
    let pinned = entry.pin.as_ref().is_some_and(|pin| match &pin.value {
        UserPin::Id(id) => *id == user.id,
        UserPin::Uuid(uuid) => user.uuid.is(uuid),
    });
    let previous = entry.renamed_from.as_ref().map(|email| &email.value);
    let mut names = [&entry.email.value].into_iter().chain(previous);
    pinned
        || user
            .email()
            .is_some_and(|email| names.any(|name| *name == email))
}

fn may_be_tenant(entry: &TenantEntry, tenant: &LiveTenant) -> bool {
    let pinned = entry.pin.as_ref().is_some_and(|pin| pin.value == tenant.id);
    let previous = entry.renamed_from.as_ref().map(|name| &name.value);
    let mut names = entry.name().into_iter().chain(previous);
    let form = canonical_name(tenant.name());
    pinned || names.any(|name| canonical_name(name) == form)
}

/// Tenants are deleted after those below them, and only with all of these.
fn children_first(input: Input<'_>, steps: &mut [Step]) -> Blocks {
    let deletions = steps
        .iter()
        .filter_map(|step| Some((step.change.deleted_tenant()?.clone(), step.id)));
    let deletions: BTreeMap<TenantId, StepId> = deletions.collect();
    let mut blocks = Blocks::new();
    if deletions.is_empty() {
        return blocks;
    }
    let mut children: BTreeMap<&TenantId, Vec<&LiveTenant>> = BTreeMap::new();
    for tenant in input.live.tenants.found() {
        if let Some(parent) = &tenant.parent {
            children.entry(parent).or_default().push(tenant);
        }
    }
    for step in steps {
        let Some(id) = step.change.deleted_tenant() else {
            continue;
        };
        let below = children.get(id).into_iter().flatten();
        step.depends_on
            .extend(below.filter_map(|tenant| deletions.get(&tenant.id)));
        let staying: Vec<&LiveTenant> = below_all(id, &children)
            .into_iter()
            .filter(|tenant| !deletions.contains_key(&tenant.id))
            .collect();
        if staying.is_empty() {
            continue;
        }
        let listed = staying.iter().take(LISTED);
        let mut names: Vec<String> = listed
            .map(|tenant| format!("`{}` ({})", tenant.name(), tenant.id))
            .collect();
        if staying.len() > LISTED {
            names.push(format!("{} more", staying.len() - LISTED));
        }
        let error = PlanError::HasDescendants {
            count: match staying.len() {
                1 => "a tenant".to_owned(),
                count => format!("{count} tenants"),
            },
            names: names.join(", "),
        };
        blocks.insert(step.address.clone(), Blocked::step(step, &error, None));
    }
    blocks
}

/// All tenants below one; each once, also where the server tells of a circle.
fn below_all<'l>(
    top: &TenantId,
    children: &BTreeMap<&TenantId, Vec<&'l LiveTenant>>,
) -> Vec<&'l LiveTenant> {
    let (mut seen, mut found) = (BTreeSet::new(), Vec::new());
    let mut next = vec![top];
    while let Some(id) = next.pop() {
        for tenant in children.get(id).into_iter().flatten() {
            if seen.insert(&tenant.id) && tenant.id != *top {
                found.push(*tenant);
                next.push(&tenant.id);
            }
        }
    }
    found
}
