//! The role steps: one for every scope in which a user's roles differ from what the manifest says.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{
    Desired, Email, Grant, GrantedRole, Handle, Live, LiveTenant, LiveUser, Presence, RoleName,
    RoleSet, Scope, TenantEntry, TenantId, UserEntry, Via,
};
use crate::plan::draft::records::{Created, Handles, Input, called};
use crate::plan::review::effects::live_scope;
use crate::plan::{Address, Called, Change, Person, Reason, Step, Target, TenantRef, Why};

pub(crate) fn steps(input: Input<'_>, created: &Created) -> Vec<Step> {
    let entries = input.desired.users.iter().zip(&input.matches.users);
    let below = below(input);
    let present = entries.filter(|((_, entry), _)| entry.presence == Presence::Present);
    present
        .flat_map(|((email, entry), (_, live))| {
            of_user(input, created, &below, email, entry, *live)
        })
        .collect()
}

fn of_user(
    input: Input<'_>,
    created: &Created,
    below: &BTreeMap<&Handle, usize>,
    email: &Email,
    entry: &UserEntry,
    live: Option<&LiveUser>,
) -> Vec<Step> {
    let Some(user) = created.user(email, live) else {
        return Vec::new();
    };
    let steps = entry.grants.iter().filter_map(|(named, grant)| {
        let scope = named
            .as_ref()
            .and_then(|handle| created.tenant(handle, input))?;
        let above = above(input, created, entry, live, named);
        let live_scope = live_scope(&scope);
        let own = live.zip(live_scope.as_ref());
        let sure = own
            .map(|(user, scope)| user.roles(scope))
            .unwrap_or_default();
        let either = own
            .map(|(user, scope)| user.either(scope))
            .unwrap_or_default();
        let before = held(&sure, &either, grant, &above.stays);
        if grant.is(&before) {
            return None;
        }
        // What is only repeated is not written as the user's own.
        let after = grant.wanted(&sure);
        let granted_by = granted_by(input.desired, named, grant);
        let mut why: Vec<Why> = granted_by.values().flatten().cloned().collect();
        let ended = grant.ended.iter().filter(|it| before.contains(&it.role));
        let ended = ended.filter(|it| !after.contains(&it.role));
        why.extend(ended.map(|it| why_granted(input.desired, named, it)));
        if why.is_empty() {
            why.push(input.why(grant.origin, Reason::Entry));
        }
        why.dedup();
        let tenant = named
            .tenant()
            .and_then(|handle| input.matches.tenants.get(handle));
        let called = Called {
            tenant: tenant.and_then(|tenant| tenant.called()),
            ..called(live)
        };
        let creations = [
            user.created_by(),
            scope.tenant().and_then(Target::created_by),
        ];
        let change = Change::Roles {
            user: user.clone(),
            scope,
            before,
            after,
            below: named
                .tenant()
                .and_then(|handle| below.get(handle).copied())
                .unwrap_or_default(),
            above: above.all,
            either,
            granted_by,
        };
        let address = Address::roles(Person::Email(email.clone()), named.clone());
        let mut step = Step::new(address, change, called, why);
        step.depends_on = creations.into_iter().flatten().collect();
        let ends = grant.role_set();
        let ends = ends.iter().filter_map(|role| entry.until(named, role));
        step.ends = ends.map(|until| until.end).min();
        Some(step)
    });
    let steps = steps.collect::<Vec<_>>().into_iter();
    steps.chain(everywhere(input, email, entry, live)).collect()
}

/// The roles that a user loses in tenants where nothing grants one, because the entry says so of every tenant.
fn everywhere(
    input: Input<'_>,
    email: &Email,
    entry: &UserEntry,
    live: Option<&LiveUser>,
) -> Vec<Step> {
    let Some((origin, live)) = entry.everywhere.zip(live) else {
        return Vec::new();
    };
    let handles = input.matches.handles();
    let possible = live.possible();
    let steps = possible.keys().filter_map(|scope| {
        let tenant = scope.tenant()?;
        let handle = handles.get(tenant);
        let named = handle.map(|handle| Scope::Tenant(handle.clone()));
        let above = AboveRoles::of(input.live, &handles, live, tenant, |named, held| {
            let mut grants = entry.grants.iter();
            let grant = grants.find(|(known, _)| Some(known) == named);
            // Tenants that the entry does not manage lose their roles too.
            grant
                .map(|(_, grant)| grant.wanted(held))
                .unwrap_or_default()
        });
        let held = live.held_unless(scope, &above.stays);
        if held.is_empty() || named.as_ref().is_some_and(|named| entry.manages(named)) {
            return None;
        }
        let change = Change::Roles {
            user: Target::Existing(live.uuid.clone()),
            scope: Scope::Tenant(Target::Existing(tenant.clone())),
            before: held,
            after: RoleSet::new(),
            below: 0,
            above: above.all,
            either: live.either(scope),
            granted_by: BTreeMap::new(),
        };
        let record = input.live.tenants.get(tenant);
        let called = Called {
            tenant: record.and_then(LiveTenant::called),
            ..called(Some(live))
        };
        let tenant = TenantRef::of(tenant, handle);
        let address = Address::TenantRoles(Person::Email(email.clone()), tenant);
        let why = input.why(origin, Reason::OtherTenants);
        Some(Step::new(address, change, called, vec![why]))
    });
    steps.collect()
}

fn parent(entry: &TenantEntry) -> Option<&Handle> {
    Some(&entry.parent.as_ref()?.value)
}

/// How many tenants are, or will be, below those of the manifest; those without any are left out.
fn below(input: Input<'_>) -> BTreeMap<&Handle, usize> {
    let Input {
        desired,
        live,
        matches,
    } = input;
    let handles: BTreeMap<&TenantId, &Handle> = matches
        .tenants
        .iter()
        .map(|(handle, tenant)| (&tenant.id, handle))
        .collect();
    let mut below: BTreeMap<&Handle, usize> = BTreeMap::new();
    let exist = live
        .tenants
        .found()
        .flat_map(|tenant| live.ancestors(tenant));
    for handle in exist.filter_map(|above| handles.get(&above.id)) {
        *below.entry(*handle).or_default() += 1;
    }
    let is_new = |handle: &Handle| !matches.tenants.contains_key(handle);
    for (_, entry) in desired.tenants.iter().filter(|(handle, _)| is_new(handle)) {
        let next = |handle: &&Handle| parent(desired.tenants.get(*handle)?);
        let mut last = None;
        for handle in std::iter::successors(parent(entry), next) {
            *below.entry(handle).or_default() += 1;
            last = matches.tenants.get(handle);
        }
        let further = last.into_iter().flat_map(|tenant| live.ancestors(tenant));
        for handle in further.filter_map(|above| handles.get(&above.id)) {
            *below.entry(*handle).or_default() += 1;
        }
    }
    below
}

/// For each role, what grants it.
pub(crate) fn granted_by(
    desired: &Desired,
    scope: &Scope<Handle>,
    grant: &Grant,
) -> BTreeMap<RoleName, Vec<Why>> {
    let mut reasons: BTreeMap<RoleName, Vec<Why>> = BTreeMap::new();
    for granted in &grant.roles {
        let why = why_granted(desired, scope, granted);
        reasons.entry(granted.role.clone()).or_default().push(why);
    }
    reasons
}

fn why_granted(desired: &Desired, scope: &Scope<Handle>, granted: &GrantedRole) -> Why {
    let until = granted.until.as_ref();
    Why {
        place: desired.sources.place(granted.origin),
        reason: match (&granted.via, scope) {
            (Via::Group(group, _), _) => Reason::Group(Arc::clone(group)),
            (Via::Members, Scope::Tenant(handle)) => Reason::Members(handle.clone()),
            (Via::Members | Via::Entry, _) => Reason::Entry,
        },
        until: until.map(|until| Arc::clone(&until.value.written)),
    }
}

/// The roles held in a scope. A role that the record may only repeat counts where it is wanted and stays above, since it is shown
/// either way; and where it is not wanted and is removed above, so that it is taken here as well.
fn held(sure: &RoleSet, either: &RoleSet, grant: &Grant, stays: &RoleSet) -> RoleSet {
    let wanted = grant.role_set();
    let counts = either.iter().filter(|role| {
        let is_wanted = wanted.contains(*role);
        let may_go = || !grant.at_least || grant.ended_roles().any(|ended| ended == *role);
        is_wanted == stays.contains(*role) && (is_wanted || may_go())
    });
    sure.iter().chain(counts).cloned().collect()
}

/// The roles of a user in the tenants above one.
#[derive(Default)]
pub(crate) struct AboveRoles {
    /// Those that are held there when the plan is carried out.
    pub(crate) stays: RoleSet,
    /// These, and those that are held there now.
    pub(crate) all: RoleSet,
}

fn above(
    input: Input<'_>,
    created: &Created,
    entry: &UserEntry,
    live: Option<&LiveUser>,
    named: &Scope<Handle>,
) -> AboveRoles {
    let mut above = AboveRoles::default();
    let mut next = named.tenant();
    // Entries first, as far as they say what is above; the live records know the rest.
    let mut last = None;
    while let Some(handle) = next {
        last = Some(handle);
        let parent = input.desired.tenants.get(handle);
        next = parent.and_then(|entry| Some(&entry.parent.as_ref()?.value));
        if let Some(handle) = next {
            let scope = created.tenant(handle, input);
            let id = scope.and_then(|target| target.existing().cloned());
            above.add(entry, live, Some(handle), id.as_ref());
        }
    }
    let top = last.and_then(|handle| input.matches.tenants.get(handle));
    for tenant in top
        .into_iter()
        .flat_map(|tenant| input.live.ancestors(tenant))
    {
        let mut matches = input.matches.tenants.iter();
        let handle = matches.find(|(_, found)| found.id == tenant.id);
        above.add(
            entry,
            live,
            handle.map(|(handle, _)| handle),
            Some(&tenant.id),
        );
    }
    above
}

impl AboveRoles {
    /// Of a tenant that exists: `stays` says what is left of the roles that a user holds in a scope, by its name in the manifest.
    pub(crate) fn of(
        live: &Live,
        handles: &Handles,
        user: &LiveUser,
        tenant: &TenantId,
        stays: impl Fn(Option<&Scope<Handle>>, &RoleSet) -> RoleSet,
    ) -> Self {
        let tenant = live.tenants.get(tenant).into_iter();
        let mut roles = Self::default();
        for above in tenant.flat_map(|tenant| live.ancestors(tenant)) {
            let held = user.roles(&Scope::Tenant(above.id.clone()));
            let named = handles.get(&above.id).cloned().map(Scope::Tenant);
            let stays = stays(named.as_ref(), &held);
            roles
                .all
                .extend(held.into_iter().chain(stays.iter().cloned()));
            roles.stays.extend(stays);
        }
        roles
    }

    fn add(
        &mut self,
        entry: &UserEntry,
        live: Option<&LiveUser>,
        handle: Option<&Handle>,
        id: Option<&TenantId>,
    ) {
        let scope = handle.map(|handle| Scope::Tenant(handle.clone()));
        let mut grants = entry.grants.iter();
        let wanted = grants.find(|(known, _)| Some(known) == scope.as_ref());
        let held = live
            .zip(id)
            .map(|(user, id)| user.roles(&Scope::Tenant(id.clone())));
        let held = held.unwrap_or_default();
        let stays = wanted.map_or_else(|| held.clone(), |(_, grant)| grant.wanted(&held));
        self.all
            .extend(held.into_iter().chain(stays.iter().cloned()));
        self.stays.extend(stays);
    }
}
