//! What is removed because the manifest does not mention it: users by address, tenants, and members of tenants.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    AddressPatterns, Desired, Email, Finding, Handle, LiveTenant, Origin, PatternError, PruneUsers,
    RoleSet, Scope, TenantId, UserEntry, UserUuid, says_no_domain,
};
use crate::plan::draft::records;
use crate::plan::draft::records::{Created, Input};
use crate::plan::draft::roles::AboveRoles;
use crate::plan::{Address, Called, Change, Person, PlanError, Policy, Reason, Step, Target, Why};

/// Refuses patterns that match users of any domain, unless the command line allows it; and patterns that can't be used.
pub(crate) fn check(desired: &Desired, policy: &Policy) -> Option<Finding<PlanError>> {
    let users = desired.prune.users.as_ref()?;
    let offending = match patterns(users) {
        Err(error) => users.patterns.get(error.index.unwrap_or_default())?,
        Ok(_) if policy.allow_prune_all => return None,
        Ok(together) => {
            // Classes and several patterns can add up to all domains, so addresses that have nothing in common are tried as
            // well.
            let strangers = [
                "a@b.example",
                "zoe.quist@mail.zz",
                "7x@9y.io",
                "k@w.de",
                "firstname_lastname+tag@sub.domain.museum",
            ];
            let mut strangers = strangers.map(Email::new).into_iter();
            let mut listed = users.patterns.iter();
            let broad = listed.find(|pattern| says_no_domain(&pattern.value));
            let mut all = || strangers.all(|stranger| together.is_match(&stranger));
            broad.or_else(|| users.patterns.first().filter(|_| all()))?
        }
    };
    let error = PlanError::PruneAll {
        pattern: offending.value.to_string(),
    };
    Some(Finding::new(error, offending.origin))
}

/// Refuses to delete tenants of one user each, which sign-up makes, unless the command line allows it.
pub(crate) fn check_tenants(
    input: Input<'_>,
    policy: &Policy,
    steps: &[Step],
) -> Option<Finding<PlanError>> {
    let (origin, _) = input.desired.prune.tenants?;
    if policy.allow_prune_all {
        return None;
    }
    let personal = steps
        .iter()
        .filter(|step| step.is_pruned())
        .filter_map(|step| {
            let tenant = step.change.deleted_tenant()?;
            let users: BTreeSet<&UserUuid> = step
                .change
                .removal()?
                .lost
                .iter()
                .map(|loss| &loss.user)
                .collect();
            (users.len() == 1).then(|| input.live.tenants.get(tenant).map_or("", LiveTenant::name))
        });
    let names: Vec<&str> = personal.collect();
    if names.is_empty() {
        return None;
    }
    let mut listed = names
        .iter()
        .take(LISTED)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    if let more @ 1.. = names.len().saturating_sub(LISTED) {
        listed = format!("{listed} and {more} more");
    }
    let error = PlanError::PrunePersonal {
        count: match names.len() {
            1 => "1 tenant of one user".to_owned(),
            count => format!("{count} tenants of one user each"),
        },
        names: listed,
    };
    Some(Finding::new(error, origin))
}

/// How many tenants are named one by one.
const LISTED: usize = 10;

/// The removals; `records` are the steps about entries.
pub(crate) fn steps(input: Input<'_>, created: &Created, records: &[Step]) -> Vec<Step> {
    let users = match &input.desired.prune.users {
        Some(users) => prune_users(input, users),
        None => Vec::new(),
    };
    let tenants = match input.desired.prune.tenants {
        Some((origin, tree)) => prune_tenants(input, origin, tree),
        None => Vec::new(),
    };
    let deleted = records.iter().chain(&users);
    let deleted: BTreeSet<&UserUuid> = deleted
        .filter_map(|step| step.change.deleted_user())
        .collect();
    let members = prune_members(input, created, &deleted);
    [users, tenants, members].concat()
}

fn why(input: Input<'_>, origin: Origin) -> Vec<Why> {
    vec![input.why(origin, Reason::Prune)]
}

fn prune_users(input: Input<'_>, users: &PruneUsers) -> Vec<Step> {
    let mentioned: BTreeSet<&UserUuid> =
        input.matches.found().map(|(_, user)| &user.uuid).collect();
    // Patterns that can't be used were refused by the check.
    let Ok(patterns) = patterns(users) else {
        return Vec::new();
    };
    // A user whose previous address an entry names is mentioned.
    let entries = input.desired.users.values();
    let renamed: BTreeSet<&Email> = entries
        .filter_map(|entry| entry.renamed_from.as_ref())
        .map(|email| &email.value)
        .collect();
    let unmentioned = input
        .live
        .users
        .found()
        .filter(|user| !mentioned.contains(&user.uuid));
    let matching = unmentioned.filter_map(|user| {
        let email = user.email().filter(|email| !renamed.contains(email))?;
        let index = patterns.matches(&email).first().copied()?;
        let pattern = users.patterns.get(index)?;
        let change = match users.lock {
            true if user.locked() => return None,
            true => records::lock_user(user),
            false => records::delete_user(user),
        };
        let why = why(input, pattern.origin);
        let address = Address::User(Person::Email(email));
        Some(Step::new(address, change, records::called(Some(user)), why))
    });
    sorted(matching)
}

/// In the order of the addresses: live users are in the order of their ids, which mean nothing to a reader.
fn sorted(steps: impl Iterator<Item = Step>) -> Vec<Step> {
    let mut steps: Vec<Step> = steps.collect();
    steps.sort_by(|a, b| a.address.cmp(&b.address));
    steps
}

fn patterns(users: &PruneUsers) -> Result<AddressPatterns, PatternError> {
    AddressPatterns::new(users.patterns.iter().map(|pattern| &*pattern.value))
}

fn prune_tenants(input: Input<'_>, origin: Origin, tree: bool) -> Vec<Step> {
    let Input {
        desired,
        live,
        matches,
    } = input;
    let kept: BTreeSet<&TenantId> = matches.tenants.values().map(|tenant| &tenant.id).collect();
    let entries = desired.tenants.values();
    let renamed: BTreeSet<&str> = entries
        .filter_map(|entry| entry.renamed_from.as_ref())
        .map(|name| &*name.value)
        .collect();
    let is_meant = |tenant: &&LiveTenant| tree || live.above(tenant).is_none();
    let unmentioned: Vec<&LiveTenant> = live
        .tenants
        .found()
        .filter(|tenant| !kept.contains(&tenant.id) && !renamed.contains(tenant.name()))
        .filter(is_meant)
        .collect();
    let members = records::members(live, &unmentioned.iter().map(|tenant| &tenant.id).collect());
    let steps = unmentioned.into_iter().map(|tenant| {
        let called = Called {
            tenant: tenant.called(),
            ..Called::default()
        };
        let change = records::delete_tenant(live, tenant, &members);
        Step::new(
            Address::TenantById(tenant.id.clone()),
            change,
            called,
            why(input, origin),
        )
    });
    steps.collect()
}

fn prune_members(input: Input<'_>, created: &Created, deleted: &BTreeSet<&UserUuid>) -> Vec<Step> {
    let desired = input.desired;
    // Nobody holds a role in a tenant that is only now created.
    let pruned: BTreeMap<TenantId, (&Handle, Origin)> = desired
        .prune
        .members
        .iter()
        .filter_map(|(handle, origin)| {
            let tenant = created.tenant(handle, input)?;
            Some((tenant.existing()?.clone(), (handle, *origin)))
        })
        .collect();
    if pruned.is_empty() {
        return Vec::new();
    }
    let entries = input.matches.found();
    let entries = entries.filter_map(|(email, user)| Some((&user.uuid, desired.users.get(email)?)));
    let entries: BTreeMap<&UserUuid, &UserEntry> =
        entries.map(|(id, entry)| (id, &**entry)).collect();
    let handles = input.matches.handles();
    let staying = input
        .live
        .users
        .found()
        .filter(|user| !deleted.contains(&user.uuid));
    let steps = staying.flat_map(|user| {
        let entry = entries.get(&user.uuid).copied();
        // An entry that manages every tenant has steps of its own.
        let is_managed = |handle: &Handle| {
            let scope = Scope::Tenant(handle.clone());
            entry.is_some_and(|entry| entry.everywhere.is_some() || entry.manages(&scope))
        };
        let possible = user.possible();
        let is_pruned = |handle: &Handle| desired.prune.members.contains_key(handle);
        let steps = possible.keys().filter_map(|scope| {
            let tenant = scope.tenant()?;
            let (handle, origin) = pruned.get(tenant)?;
            if is_managed(handle) {
                return None;
            }
            let above = AboveRoles::of(input.live, &handles, user, tenant, |named, held| {
                let mut grants = entry.into_iter().flat_map(|entry| &entry.grants);
                let grant = grants.find(|(known, _)| Some(known) == named);
                let handle = named.and_then(Scope::tenant);
                match grant {
                    Some((_, grant)) => grant.wanted(held),
                    None if handle.is_some_and(is_pruned) => RoleSet::new(),
                    None => held.clone(),
                }
            });
            let before = user.held_unless(scope, &above.stays);
            if before.is_empty() {
                return None;
            }
            let change = Change::Roles {
                user: Target::Existing(user.uuid.clone()),
                scope: Scope::Tenant(Target::Existing(tenant.clone())),
                before,
                after: RoleSet::new(),
                below: 0,
                above: above.all,
                either: user.either(scope),
                granted_by: BTreeMap::new(),
            };
            let name = input.matches.tenants.get(*handle);
            let called = Called {
                tenant: name.and_then(|tenant| tenant.called()),
                ..records::called(Some(user))
            };
            let address = Address::roles(Input::person(user), Scope::Tenant((*handle).clone()));
            Some(Step::new(address, change, called, why(input, *origin)))
        });
        steps.collect::<Vec<_>>()
    });
    sorted(steps)
}
