//! The rules for all access, compared with what a manifest asks for, and with what a plan leaves. In: who holds what, before and
//! after. Out: the rules that are broken, by which users, and whether they were broken before.
//!
//! Only users who can log in count. A breach is old if it is live before the plan, whatever the manifest says of it: sets of roles
//! and sides of a limit are compared, never how far a rule is broken.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{
    Desired, Email, EnoughUsers, Finding, Findings, Handle, Live, Origin, Place, Presence,
    RoleName, RoleSet, Rule, RuleSays, SavedRule, Scope, TenantEntry, TenantId, UserField,
};
use crate::plan::review::breaches::{Breach, Counts, Person, Tree};
use crate::plan::review::effects::{After, Key, PlanScope, UserAfter};
use crate::plan::review::violations::{Standing, Violations};
use crate::plan::{Change, Missing, PlanError, Step, Target, Warning, WarningKind};

/// A rule that is broken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BrokenRule {
    /// Who breaks it, and how.
    pub reason: String,
    /// Whether it was broken in this way before the plan. A new breach is not applied unless it is accepted.
    pub old: bool,
    /// Where the grant is written; left out where no file grants it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Where the rule is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Place>,
}

impl BrokenRule {
    /// It in one line, with where the grant or else the rule is written.
    pub fn line(&self) -> String {
        let place = self.place.as_ref().or(self.rule.as_ref());
        let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
        let before = if self.old {
            "; already broken before this plan"
        } else {
            ""
        };
        format!("{}{before}{place}", self.reason)
    }
}

/// The rules that a manifest breaks by itself.
///
/// # Errors
/// All of it.
pub(crate) fn wanted(desired: &Desired) -> Result<(), Findings<PlanError>> {
    let present = desired.tenants.values();
    let present = present.filter(|entry| entry.presence == Presence::Present);
    let handle = |entry: &TenantEntry| entry.handle.value.clone();
    let managed = present.clone().map(|entry| (handle(entry), handle(entry)));
    let parents = present.filter_map(|entry| Some((handle(entry), entry.parent.clone()?.value)));
    let tree = Tree::new(parents.collect(), managed.collect());
    let (mut violations, mut counts) = (Violations::default(), Counts::default());
    for (email, entry) in &desired.users {
        if entry.presence == Presence::Absent || entry.fields.is_set(UserField::Locked) {
            continue;
        }
        let roles = entry.grants.iter();
        let person = Person {
            email: Some(email.clone()),
            roles: roles
                .map(|(scope, grant)| (scope.clone(), grant.role_set()))
                .collect(),
        };
        counts.add(&tree, &desired.rules, &person);
        let breaches = tree.breaches(&desired.rules, &person).into_iter();
        let breaches = breaches.filter(|breach| !breach.excepted);
        let breaches = breaches.map(|breach| (breach, Standing::New));
        violations.add_user(person.email.as_ref(), breaches);
    }
    violations.add_counts(&desired.rules, &tree, &counts, &counts);
    let mut findings = Vec::new();
    for (violation, reason) in violations.sentences(&desired.rules, &tree) {
        let Some(rule) = desired.rules.get(violation.rule) else {
            continue;
        };
        let error = PlanError::BrokenRule { reason };
        let email = violation.email.as_ref();
        let grant = email.and_then(|email| origin_of(desired, email, &violation.scope, rule));
        findings.push(match grant {
            Some(grant) => Finding::new(error, grant).and(rule.origin, "the rule"),
            None => Finding::new(error, rule.origin),
        });
    }
    if findings.is_empty() {
        Ok(())
    } else {
        Err(Findings::new(findings, desired.sources.clone()))
    }
}

/// What rules say of a plan.
#[derive(Default)]
pub(crate) struct Ruled {
    pub(crate) broken: Vec<BrokenRule>,
    /// The users that rules except, and who hold what the rules forbid to others.
    pub(crate) excepted: Vec<Warning>,
}

/// The rules for all access, ready to judge the steps of a plan.
pub(crate) struct Judge {
    rules: Vec<(Rule, Option<Place>)>,
    bare: Vec<Rule>,
    tree: Tree<Target<TenantId>>,
    roles: BTreeSet<RoleName>,
}

impl Judge {
    /// `handles` are the tenants of the manifest that exist; the steps create the others. None where there is no rule.
    pub(crate) fn new(
        rules: &[SavedRule],
        live: &Live,
        handles: &BTreeMap<TenantId, Handle>,
        steps: &[Step],
    ) -> Option<Self> {
        if rules.is_empty() {
            return None;
        }
        let rules = rules.iter();
        let rules = rules.filter_map(|saved| Some((saved.rule()?, saved.place.clone())));
        let rules: Vec<(Rule, Option<Place>)> = rules.collect();
        let of_tenants = steps.iter().filter(|step| step.change.user().is_none());
        let after = After::of(live, of_tenants);
        let existing = live.tenants.records().keys().cloned().map(Target::Existing);
        let created = steps.iter().filter(|step| step.change.creates());
        let created = created.filter_map(|step| {
            Some((
                step.change.tenant()?.clone(),
                step.address.handle()?.clone(),
            ))
        });
        let created: BTreeMap<Target<TenantId>, Handle> = created.collect();
        let known = existing.chain(created.keys().cloned());
        let parents = known.filter_map(|tenant| Some((tenant.clone(), after.parent(&tenant)?)));
        let parents = parents.collect();
        let managed = handles.iter();
        let managed = managed.map(|(id, handle)| (Target::Existing(id.clone()), handle.clone()));
        let managed = managed
            .chain(created)
            .filter(|(tenant, _)| !after.is_gone(tenant));
        let bare: Vec<Rule> = rules.iter().map(|(rule, _)| rule.clone()).collect();
        Some(Self {
            roles: bare.iter().flat_map(Rule::roles).cloned().collect(),
            tree: Tree::new(parents, managed.collect()),
            rules,
            bare,
        })
    }

    /// A user, as rules see them; none who can't log in.
    fn person(&self, user: &UserAfter<'_>, after: &After<'_>) -> Option<Person<Target<TenantId>>> {
        if !user.can_log_in() {
            return None;
        }
        let roles = user.roles().filter_map(|(scope, roles)| {
            let is_gone = scope.tenant().is_some_and(|tenant| after.is_gone(tenant));
            let roles = roles.iter().filter(|role| self.roles.contains(*role));
            let roles: RoleSet = roles.cloned().collect();
            (!is_gone && !roles.is_empty()).then_some((scope, roles))
        });
        let roles: BTreeMap<PlanScope, RoleSet> = roles.collect();
        (!roles.is_empty()).then(|| Person {
            email: user.email(),
            roles,
        })
    }

    /// Whether a user breaks a rule for single users in a way in which they did not break it before.
    pub(crate) fn is_new_breach(
        &self,
        before: &UserAfter<'_>,
        then: &UserAfter<'_>,
        after: &After<'_>,
    ) -> bool {
        let Some(then) = self.person(then, after) else {
            return false;
        };
        let mut breaches = self.tree.breaches(&self.bare, &then);
        breaches.retain(|breach| !breach.excepted);
        if breaches.is_empty() {
            return false;
        }
        let before = self.person(before, after);
        !breaches
            .iter()
            .all(|breach| self.is_old(before.as_ref(), breach))
    }

    /// How many users must hold a role.
    pub(crate) fn least(&self, (scope, role): &Key) -> usize {
        let least = self.bare.iter().filter_map(|rule| match &rule.says {
            RuleSays::Holders {
                role: limited,
                at_least,
                ..
            } if limited == role && self.tree.scopes(rule).contains(scope) => *at_least,
            _ => None,
        });
        let least = least.max().unwrap_or_default();
        usize::try_from(least).unwrap_or(usize::MAX)
    }

    /// Whether a change can matter to a rule for single users.
    pub(crate) fn concerns(&self, change: &Change) -> bool {
        match change {
            Change::Tenant { .. } => false,
            Change::User { edit, .. } => {
                let fields = [UserField::Email, UserField::Locked];
                change.creates() || fields.into_iter().any(|field| edit.after(field).is_some())
            }
            Change::Roles { before, after, .. } => {
                let mut moved = before.symmetric_difference(after);
                moved.any(|role| self.roles.contains(role))
            }
        }
    }

    fn is_old(
        &self,
        before: Option<&Person<Target<TenantId>>>,
        breach: &Breach<Target<TenantId>>,
    ) -> bool {
        before.is_some_and(|before| self.tree.has(&self.bare, before, breach))
    }

    /// The rules that are broken after the steps. `place` is where a role is granted.
    ///
    /// # Errors
    /// The holders who have to be known first.
    pub(crate) fn broken(
        &self,
        after: &After<'_>,
        place: impl Fn(&Email, &Scope<Handle>, &Rule) -> Option<Place>,
    ) -> Result<Ruled, Missing> {
        let missing = self.unknown(after.live);
        if !missing.is_nothing() {
            return Err(missing);
        }
        let (mut was, mut then) = (Counts::default(), Counts::default());
        let mut violations = Violations::default();
        let mut add = |before: Option<Person<_>>, after: Option<Person<_>>| {
            if let Some(before) = &before {
                was.add(&self.tree, &self.bare, before);
            }
            let Some(after) = &after else { return };
            then.add(&self.tree, &self.bare, after);
            let breaches = self.tree.breaches(&self.bare, after).into_iter();
            let breaches = breaches.map(|breach| {
                let standing = if breach.excepted {
                    Standing::Excepted
                } else if self.is_old(before.as_ref(), &breach) {
                    Standing::Old
                } else {
                    Standing::New
                };
                (breach, standing)
            });
            violations.add_user(after.email.as_ref(), breaches);
        };
        let holds = |roles: &RoleSet| roles.iter().any(|role| self.roles.contains(role));
        for user in after.live.users.found() {
            let changed = after.changed_user(&Target::Existing(user.uuid.clone()));
            if changed.is_none() && user.grants.values().any(holds) {
                let now = || self.person(&UserAfter::now(user), after);
                add(now(), now());
            }
        }
        for (_, now, then) in after.changed() {
            add(self.person(&now, after), self.person(then, after));
        }
        violations.add_counts(&self.bare, &self.tree, &was, &then);
        let mut ruled = Ruled::default();
        for (violation, reason) in violations.sentences(&self.bare, &self.tree) {
            let Some((rule, written)) = self.rules.get(violation.rule) else {
                continue;
            };
            let scope = violation.scope.as_ref();
            let scope = scope.and_then(|tenant| self.tree.handle(tenant).cloned());
            let granted = violation.email.as_ref().zip(scope);
            match violation.standing {
                Standing::Excepted => ruled.excepted.push(Warning {
                    kind: WarningKind::RuleException,
                    message: reason,
                    place: written.clone(),
                }),
                Standing::Old | Standing::New => ruled.broken.push(BrokenRule {
                    reason,
                    old: violation.standing == Standing::Old,
                    place: granted.and_then(|(email, scope)| place(email, &scope, rule)),
                    rule: written.clone(),
                }),
            }
        }
        Ok(ruled)
    }

    /// The roles of which not all holders are known, and which tenants are below others where that matters.
    fn unknown(&self, live: &Live) -> Missing {
        let mut keys = BTreeSet::new();
        let mut levels = false;
        for rule in &self.bare {
            for scope in self.tree.scopes(rule) {
                let scopes: Vec<Scope> = match &scope {
                    Scope::Workspace => vec![Scope::Workspace],
                    // No user holds a role in a tenant that does not exist yet; in those above it some may.
                    Scope::Tenant(tenant) => {
                        levels |= !live.knows_levels();
                        let tenants = self.tree.and_above(tenant);
                        let existing = tenants.filter_map(Target::existing);
                        existing.cloned().map(Scope::Tenant).collect()
                    }
                };
                for scope in scopes {
                    keys.extend(
                        rule.roles()
                            .iter()
                            .map(|role| (scope.clone(), role.clone())),
                    );
                }
            }
        }
        let counts = live.holders(&keys);
        let all = EnoughUsers {
            holders: usize::MAX,
            confirmed: 0,
        };
        let unknown = keys.iter().filter(|key| {
            let holders = counts.get(key);
            holders.is_none_or(|holders| holders.count().exactly().is_none())
        });
        let missing = Missing {
            levels,
            ..Missing::default()
        };
        unknown.fold(missing, |missing, key| {
            missing.and(Missing::holders(key, all))
        })
    }
}

/// Where the roles of a rule are granted to a user: in the scope, or where they come from.
pub(crate) fn origin_of(
    desired: &Desired,
    email: &Email,
    scope: &Scope<Handle>,
    rule: &Rule,
) -> Option<Origin> {
    let entry = desired.users.get(email)?;
    let mut scope = scope.clone();
    loop {
        let grants = entry.grants.iter().filter(|(known, _)| *known == scope);
        let mut granted = grants.flat_map(|(_, grant)| &grant.roles);
        if let Some(granted) = granted.find(|granted| rule.roles().contains(&granted.role)) {
            return Some(granted.origin);
        }
        let tenant = desired.tenants.get(scope.tenant()?)?;
        scope = Scope::Tenant(tenant.parent.as_ref()?.value.clone());
    }
}
