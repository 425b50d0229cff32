//! Who breaks a rule. In: rules, the tree of tenants, and what a user holds. Out: the breaches of that user, and how many users hold
//! a role.
//!
//! For `onlyUsers`, `notTogether` and `atMost` a role counts in the tenant where it is held and in all tenants below it. For
//! `atLeast` only roles held in the scope itself count, because the service can switch inheritance off. A role in the workspace
//! counts in the workspace only.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Email, Handle, MOST_LEVELS, RoleName, RoleSet, Rule, RuleSays, RuleScope, Scope,
};

/// The tenants, named by `T`, in which rules hold.
pub(crate) struct Tree<T> {
    parents: BTreeMap<T, T>,
    /// The tenants of the manifest.
    managed: BTreeMap<T, Handle>,
    by_handle: BTreeMap<Handle, T>,
    /// For each tenant, those of the manifest in which a role held there counts: itself and those below it.
    counts_in: BTreeMap<T, Vec<T>>,
}

/// A user, as rules see one who can log in.
pub(crate) struct Person<T> {
    pub(crate) email: Option<Email>,
    /// Of the roles held, at least those that rules are about.
    pub(crate) roles: BTreeMap<Scope<T>, RoleSet>,
}

/// One way in which a user breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Breach<T> {
    pub(crate) rule: usize,
    pub(crate) scope: Scope<T>,
    /// One role that the user may not hold, or two that they may not hold together.
    pub(crate) roles: RoleSet,
    /// Whether the rule excepts the user: then it is not broken.
    pub(crate) excepted: bool,
}

impl<T: Ord + Clone> Tree<T> {
    pub(crate) fn new(parents: BTreeMap<T, T>, managed: BTreeMap<T, Handle>) -> Self {
        let by_handle = managed.iter();
        let by_handle = by_handle.map(|(tenant, handle)| (handle.clone(), tenant.clone()));
        let mut tree = Self {
            by_handle: by_handle.collect(),
            counts_in: BTreeMap::new(),
            parents,
            managed,
        };
        let mut counts_in: BTreeMap<T, Vec<T>> = BTreeMap::new();
        for tenant in tree.managed.keys() {
            for above in tree.and_above(tenant) {
                counts_in
                    .entry(above.clone())
                    .or_default()
                    .push(tenant.clone());
            }
        }
        tree.counts_in = counts_in;
        tree
    }

    /// A tenant, and those above it from the nearest up.
    pub(crate) fn and_above<'t>(&'t self, tenant: &'t T) -> impl Iterator<Item = &'t T> {
        std::iter::successors(Some(tenant), |tenant| self.parents.get(*tenant)).take(MOST_LEVELS)
    }

    pub(crate) fn handle(&self, tenant: &T) -> Option<&Handle> {
        self.managed.get(tenant)
    }

    /// Whether a rule for tenants holds in this one: in those of the manifest, and wherever roles of theirs count or come from.
    fn is_covered(&self, tenant: &T) -> bool {
        self.counts_in.contains_key(tenant)
            || self
                .and_above(tenant)
                .any(|above| self.managed.contains_key(above))
    }

    /// The scopes in which the holders of a role are counted.
    pub(crate) fn scopes(&self, rule: &Rule) -> Vec<Scope<T>> {
        let tenants = || self.managed.keys().cloned().map(Scope::Tenant);
        match &rule.scope {
            RuleScope::Workspace => vec![Scope::Workspace],
            RuleScope::Tenants => tenants().collect(),
            RuleScope::Each => std::iter::once(Scope::Workspace).chain(tenants()).collect(),
            RuleScope::Tenant(handle) => {
                let tenant = self.by_handle.get(handle).cloned();
                tenant.map(Scope::Tenant).into_iter().collect()
            }
        }
    }

    /// The scopes in which a user may break a rule, of the scopes in which roles are held.
    fn judged(&self, rule: &Rule, person: &Person<T>) -> Vec<Scope<T>> {
        if let RuleScope::Tenant(_) = rule.scope {
            return self.scopes(rule);
        }
        let holds = |roles: &RoleSet| rule.roles().iter().any(|role| roles.contains(role));
        let held = person.roles.iter();
        held.filter(|(scope, roles)| {
            let is_covered = scope.tenant().is_none_or(|tenant| self.is_covered(tenant));
            rule.is_about(scope) && is_covered && holds(roles)
        })
        .map(|(scope, _)| scope.clone())
        .collect()
    }

    /// Whether a role counts for a user in a scope.
    fn counts(&self, person: &Person<T>, scope: &Scope<T>, role: &RoleName) -> bool {
        let holds = |scope: &Scope<T>| {
            let roles = person.roles.get(scope);
            roles.is_some_and(|roles| roles.contains(role))
        };
        match scope {
            Scope::Workspace => holds(scope),
            Scope::Tenant(tenant) => self
                .and_above(tenant)
                .any(|tenant| holds(&Scope::Tenant(tenant.clone()))),
        }
    }

    /// How a user breaks these rules. What is broken in a tenant is not reported again for those below it.
    pub(crate) fn breaches(&self, rules: &[Rule], person: &Person<T>) -> BTreeSet<Breach<T>> {
        let mut breaches = BTreeSet::new();
        for (index, rule) in rules.iter().enumerate() {
            let forbidden = forbidden(rule, person);
            if forbidden.is_empty() {
                continue;
            }
            let excepted = excepts(rule, person);
            for scope in self.judged(rule, person) {
                let parent = scope.tenant().and_then(|tenant| self.parents.get(tenant));
                let parent = parent.filter(|_| !matches!(rule.scope, RuleScope::Tenant(_)));
                let parent = parent.cloned().map(Scope::Tenant);
                let found = forbidden.iter().filter(|roles| {
                    let count = |scope: &Scope<T>| {
                        roles.iter().all(|role| self.counts(person, scope, role))
                    };
                    count(&scope) && !parent.as_ref().is_some_and(count)
                });
                breaches.extend(found.map(|roles| Breach {
                    rule: index,
                    scope: scope.clone(),
                    roles: roles.clone(),
                    excepted,
                }));
            }
        }
        breaches
    }

    /// Whether a user breaks a rule in this way, there or above.
    pub(crate) fn has(&self, rules: &[Rule], person: &Person<T>, breach: &Breach<T>) -> bool {
        let Some(rule) = rules.get(breach.rule).filter(|rule| !excepts(rule, person)) else {
            return false;
        };
        let mut roles = breach.roles.iter();
        forbidden(rule, person).contains(&breach.roles)
            && roles.all(|role| self.counts(person, &breach.scope, role))
    }

    /// The scopes of a rule in which a user counts as a holder: in the scope itself, and there or above.
    fn counted_in(&self, rule: &Rule, role: &RoleName, person: &Person<T>) -> Counted<T> {
        let scopes: BTreeSet<Scope<T>> = self.scopes(rule).into_iter().collect();
        let mut counted = Counted {
            itself: BTreeSet::new(),
            with_above: BTreeSet::new(),
        };
        for (scope, _) in person
            .roles
            .iter()
            .filter(|(_, roles)| roles.contains(role))
        {
            counted.itself.extend(scopes.get(scope).cloned());
            let below = scope.tenant().and_then(|tenant| self.counts_in.get(tenant));
            let below = below.into_iter().flatten().cloned().map(Scope::Tenant);
            let all = below.chain([scope.clone()]);
            counted
                .with_above
                .extend(all.filter(|scope| scopes.contains(scope)));
        }
        counted
    }
}

/// Where a user counts as a holder of a role.
struct Counted<T> {
    itself: BTreeSet<Scope<T>>,
    with_above: BTreeSet<Scope<T>>,
}

/// The number of users who count as holders of a role: by rule and scope.
pub(crate) struct Counts<T> {
    itself: BTreeMap<(usize, Scope<T>), u64>,
    with_above: BTreeMap<(usize, Scope<T>), u64>,
}

impl<T> Default for Counts<T> {
    fn default() -> Self {
        Self {
            itself: BTreeMap::new(),
            with_above: BTreeMap::new(),
        }
    }
}

impl<T: Ord + Clone> Counts<T> {
    pub(crate) fn add(&mut self, tree: &Tree<T>, rules: &[Rule], person: &Person<T>) {
        for (index, rule) in rules.iter().enumerate() {
            let RuleSays::Holders { role, .. } = &rule.says else {
                continue;
            };
            let counted = tree.counted_in(rule, role, person);
            for scope in counted.itself {
                *self.itself.entry((index, scope)).or_default() += 1;
            }
            for scope in counted.with_above {
                *self.with_above.entry((index, scope)).or_default() += 1;
            }
        }
    }

    pub(crate) fn itself(&self, rule: usize, scope: &Scope<T>) -> u64 {
        let count = self.itself.get(&(rule, scope.clone()));
        count.copied().unwrap_or_default()
    }

    pub(crate) fn with_above(&self, rule: usize, scope: &Scope<T>) -> u64 {
        let count = self.with_above.get(&(rule, scope.clone()));
        count.copied().unwrap_or_default()
    }
}

fn excepts<T>(rule: &Rule, person: &Person<T>) -> bool {
    let email = person.email.as_ref();
    email.is_some_and(|email| rule.except.is_match(email))
}

/// The sets of roles that a rule forbids to this user: one role each, or two.
fn forbidden<T>(rule: &Rule, person: &Person<T>) -> Vec<RoleSet> {
    match &rule.says {
        RuleSays::OnlyUsers { role, patterns, .. } => {
            let is_allowed = person
                .email
                .as_ref()
                .is_some_and(|email| patterns.is_match(email));
            let role = (!is_allowed).then(|| RoleSet::from([role.clone()]));
            role.into_iter().collect()
        }
        RuleSays::NotTogether(roles) => {
            let pairs = roles.iter().enumerate().flat_map(|(index, one)| {
                let others = roles.iter().skip(index + 1);
                others.map(move |other| RoleSet::from([one.clone(), other.clone()]))
            });
            pairs.filter(|pair| pair.len() == 2).collect()
        }
        RuleSays::Holders { .. } => Vec::new(),
    }
}
