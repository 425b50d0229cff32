//! The guards on numbers: how many users, tenants, roles and addresses one plan may take away or change.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashSet;

use crate::model::{Count, Email, Guards, Limit, Live, LiveUser, Scope, UserUuid};
use crate::plan::draft::records::{Handles, scope_name};
use crate::plan::review::movements::{Holding, Movements};
use crate::plan::review::sentence::Sentence;
use crate::plan::{Missing, Step, Target};

const SHARE: Limit = Limit::Percent(5);
/// A built-in limit is never lower.
const LEAST: usize = 5;
/// A tenant with more holders than this has a built-in limit of its own.
const LARGE_TENANT: usize = 20;

/// A guard on numbers while it is checked.
struct Limited {
    written: Option<Limit>,
    and_built_in: bool,
    sentences: Vec<Sentence>,
    missing: bool,
}

impl Limited {
    fn new(written: Option<Limit>, guards: &Guards) -> Self {
        Self {
            written,
            and_built_in: guards.and_built_in,
            sentences: Vec::new(),
            missing: false,
        }
    }

    fn limit(&self, population: usize) -> usize {
        let built_in = SHARE.of(population).max(LEAST);
        match self.written.map(|limit| limit.of(population)) {
            None => built_in,
            Some(written) if self.and_built_in => written.min(built_in),
            Some(written) => written,
        }
    }

    /// Holds a number against the limit. A share of a population that is not known to the end is never smaller than that of
    /// the part that was seen: only where that part is too small, more has to be read. A guard that is broken says of how many.
    fn check(
        &mut self,
        (count, of): (usize, &str),
        population: Count,
        reason: impl Fn(Count, usize) -> String,
    ) {
        let limit = self.limit(population.at_least());
        if count <= limit {
            return;
        }
        if population.exactly().is_some() {
            self.sentences.push(Sentence {
                text: reason(population, limit),
                about: format!("{count} {of}"),
            });
        } else {
            self.missing = true;
        }
    }

    fn result(self) -> Result<Vec<Sentence>, Missing> {
        if self.missing {
            Err(Missing::everything())
        } else {
            Ok(self.sentences)
        }
    }
}

/// Deletions and locks of users, and deletions of tenants.
pub(crate) fn deletes(
    guards: &Guards,
    live: &Live,
    steps: &[Step],
) -> Result<Vec<Sentence>, Missing> {
    let users: BTreeSet<_> = steps
        .iter()
        .filter_map(|step| step.change.locked_out())
        .collect();
    let tenants: BTreeSet<_> = steps
        .iter()
        .filter_map(|step| step.change.deleted_tenant())
        .collect();
    let (users, tenants) = (users.len(), tenants.len());
    let (all_users, all_tenants) = (live.users.total(), live.tenants.total());
    let together = matches!(guards.max_deletes, Some(Limit::Count(_)));
    let said = |count: usize, what: &'static str| {
        move |population: Count, limit: usize| {
            format!("removes {count} of {population} {what}, and {limit} are allowed")
        }
    };
    let mut guard = Limited::new(guards.max_deletes, guards);
    if together {
        let all = all_users.and(all_tenants);
        guard.and_built_in = false;
        let of = "users and tenants";
        guard.check((users + tenants, of), all, said(users + tenants, of));
        guard.written = None;
    }
    if !together || guards.and_built_in {
        // A share of both together would let a workspace of many users lose all its tenants.
        guard.and_built_in = guards.and_built_in;
        guard.check((users, "users"), all_users, said(users, "users"));
        guard.check((tenants, "tenants"), all_tenants, said(tenants, "tenants"));
    }
    guard.result()
}

/// Roles that are taken away, also with a user or a tenant that goes.
pub(crate) fn role_removals(
    guards: &Guards,
    live: &Live,
    movements: &Movements,
    handles: &Handles,
) -> Result<Vec<Sentence>, Missing> {
    let total = movements.removed.len();
    let mut guard = Limited::new(guards.max_role_removals, guards);
    if total <= guard.limit(0) {
        return Ok(Vec::new());
    }
    let mut held: BTreeMap<&Scope, (usize, usize)> = BTreeMap::new();
    for (scope, roles) in live.users.found().flat_map(|user| &user.grants) {
        let (holders, grants) = held.entry(scope).or_default();
        *holders += 1;
        *grants += roles.len();
    }
    let known = |count: usize| match live.users.total() {
        Count::Exactly(_) => Count::Exactly(count),
        Count::AtLeast(_) => Count::AtLeast(count),
    };
    let reason = |count: usize, along: usize, place: String| {
        let along = match along {
            0 => String::new(),
            along => format!(" ({along} of them with users and tenants that go)"),
        };
        move |population: Count, limit: usize| {
            format!(
                "takes away {count} of {population} roles held{place}{along}, and {limit} are allowed"
            )
        }
    };
    let population = held.values().map(|(_, grants)| grants).sum();
    let along = movements.removed_along.len();
    guard.check(
        (total, "roles"),
        known(population),
        reason(total, along, String::new()),
    );
    let along = by_scope(&movements.removed_along);
    for (scope, count) in by_scope(&movements.removed) {
        let (holders, grants) = held.get(scope).copied().unwrap_or_default();
        if matches!(scope, Scope::Tenant(_))
            && (holders > LARGE_TENANT || !live.users.is_complete())
        {
            let place = format!(" in {}", scope_name(scope, handles));
            let along = along.get(scope).copied().unwrap_or_default();
            guard.check(
                (count, &place),
                known(grants),
                reason(count, along, place.clone()),
            );
        }
    }
    guard.result()
}

fn by_scope(held: &HashSet<Holding>) -> BTreeMap<&Scope, usize> {
    let mut counts: BTreeMap<&Scope, usize> = BTreeMap::new();
    for ((scope, _), _) in held {
        *counts.entry(scope).or_default() += 1;
    }
    counts
}

/// Users who exist and get an address by which somebody else could log in.
pub(crate) fn address_changes(
    guards: &Guards,
    live: &Live,
    steps: &[Step],
) -> Result<Vec<Sentence>, Missing> {
    let changed: BTreeSet<&UserUuid> = steps
        .iter()
        .filter_map(|step| readdressed(step, live))
        .collect();
    let mut guard = Limited::new(guards.max_address_changes, guards);
    let count = changed.len();
    guard.check((count, "addresses"), live.users.total(), |population, limit| {
        format!(
            "gives {count} of {population} users another e-mail address to log in with, and {limit} are allowed"
        )
    });
    guard.result()
}

/// The user whom a step gives another address; an address that only goes opens no account to anybody.
fn readdressed<'s>(step: &'s Step, live: &Live) -> Option<&'s UserUuid> {
    let new = step.change.new_email()?;
    let new = Email::new(new.as_str()?);
    let user = step.change.user().and_then(Target::existing)?;
    let now = live.users.get(user).and_then(LiveUser::email);
    (now.as_ref() != Some(&new)).then_some(user)
}
