//! The rules for all access, held against what a manifest wants, and against what a plan leaves. In: who holds what, before and after.
//! Out: what breaks a rule, by whom, and whether the plan made it worse. Only users who can log in count.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{
    Desired, Email, Enough, Finding, Findings, Handle, Live, LiveUser, Origin, Place, Presence,
    RoleName, Rule, RuleSays, Scope, UserField, UserUuid,
};
use crate::plan::draft::records::Input;
use crate::plan::{Address, Change, Edit, Missing, PlanError, Step, StepId, Target};

/// A rule that is broken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BrokenRule {
    /// Who breaks it, and how.
    pub reason: String,
    /// Whether the plan makes it worse: then it is not applied unless that is accepted.
    pub worse: bool,
    /// Where the grant is written; left out where it was made by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Where the rule is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Place>,
}

impl BrokenRule {
    /// It in one line, with where the grant or else the rule is written.
    pub fn told(&self) -> String {
        let place = self.place.as_ref().or(self.rule.as_ref());
        let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
        let before = if self.worse { "" } else { "; it was so before" };
        format!("{}{before}{place}", self.reason)
    }
}

/// A user of now, or one who is created.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Live(UserUuid),
    New(StepId),
    Written(Email),
}

/// Who holds which of the roles that matter, by scope.
#[derive(Clone, Debug, Default)]
struct Held {
    roles: BTreeMap<(Scope<Handle>, RoleName), BTreeSet<Who>>,
    emails: BTreeMap<Who, Email>,
}

/// How a rule is broken: the part that is compared between before and after.
type Break = (usize, Scope<Handle>, Option<Who>);

/// What breaks the rules, each with how far, and in words.
type Breaks = BTreeMap<Break, (u64, String)>;

/// The rules that a manifest breaks by itself.
///
/// # Errors
/// All of it.
pub fn wanted(desired: &Desired) -> Result<(), Findings<PlanError>> {
    let mut held = Held::default();
    for (email, entry) in &desired.users {
        if entry.presence == Presence::Absent || entry.fields.is_set(UserField::Locked) {
            continue;
        }
        let who = Who::Written(email.clone());
        held.emails.insert(who.clone(), email.clone());
        for (scope, grant) in &entry.grants {
            for role in grant.role_set() {
                let key = (scope.clone(), role);
                held.roles.entry(key).or_default().insert(who.clone());
            }
        }
    }
    let breaks = breaks(desired, &held);
    let findings = breaks.into_iter().map(|((rule, scope, who), (_, reason))| {
        let rule = desired.rules.get(rule);
        let origin = rule.map_or_else(Origin::default, |rule| rule.origin);
        let grant = who.zip(rule).and_then(|(who, rule)| {
            let email = held.emails.get(&who)?;
            origin_of(desired, email, &scope, rule)
        });
        let error = PlanError::BrokenRule { reason };
        match grant {
            Some(grant) => Finding::new(error, grant).and(origin, "the rule"),
            None => Finding::new(error, origin),
        }
    });
    let findings: Vec<_> = findings.collect();
    if findings.is_empty() {
        Ok(())
    } else {
        Err(Findings::new(findings, desired.sources.clone()))
    }
}

/// The rules that are broken once these steps are done.
///
/// # Errors
/// The holders who have to be known first.
pub(crate) fn broken(input: Input<'_>, steps: &[Step]) -> Result<Vec<BrokenRule>, Missing> {
    let desired = input.desired;
    if desired.rules.is_empty() {
        return Ok(Vec::new());
    }
    let missing = unknown(input);
    if !missing.is_nothing() {
        return Err(missing);
    }
    let before = Held::of(input);
    let mut after = before.clone();
    for step in steps {
        after.apply(step, input.live);
    }
    let known = breaks(desired, &before);
    let broken = breaks(desired, &after)
        .into_iter()
        .map(|(key, (far, reason))| {
            let rule = desired.rules.get(key.0);
            let email = key.2.as_ref().and_then(|who| after.emails.get(who));
            let place = email.zip(rule).and_then(|(email, rule)| {
                desired
                    .sources
                    .place(origin_of(desired, email, &key.1, rule)?)
            });
            BrokenRule {
                reason,
                worse: known.get(&key).is_none_or(|(before, _)| *before < far),
                place,
                rule: rule.and_then(|rule| desired.sources.place(rule.origin)),
            }
        });
    Ok(broken.collect())
}

/// The scopes of a manifest.
fn scopes(desired: &Desired) -> impl Iterator<Item = Scope<Handle>> {
    let tenants = desired.tenants.values();
    let present = tenants.filter(|tenant| tenant.presence == Presence::Present);
    let tenants = present.map(|tenant| Scope::Tenant(tenant.handle.value.clone()));
    std::iter::once(Scope::Workspace).chain(tenants)
}

/// The roles of which not all holders are known.
fn unknown(input: Input<'_>) -> Missing {
    let Input {
        desired,
        live,
        matches,
    } = input;
    let mut keys = BTreeSet::new();
    for scope in scopes(desired) {
        let id = scope.as_ref().and_then(|handle| {
            let tenant = matches.tenants.get(handle);
            tenant.map(|tenant| tenant.id.clone())
        });
        // Nobody holds a role in a tenant that is not there yet.
        let Some(id) = id else { continue };
        let rules = desired.rules.iter().filter(|rule| rule.is_for(&scope));
        keys.extend(
            rules
                .flat_map(Rule::roles)
                .map(|role| (id.clone(), role.clone())),
        );
    }
    let counts = live.holders(&keys);
    let all = Enough {
        holders: usize::MAX,
        confirmed: 0,
    };
    let unknown = keys.iter().filter(|key| {
        counts
            .get(key)
            .is_none_or(|holders| holders.count().exactly().is_none())
    });
    unknown.fold(Missing::default(), |missing, key| {
        missing.and(Missing::holders(key, all))
    })
}

impl Held {
    fn of(input: Input<'_>) -> Self {
        let handles = input.matches.handles();
        let mut held = Self::default();
        for user in input.live.users.found() {
            let who = Who::Live(user.uuid.clone());
            held.emails
                .extend(user.email().map(|email| (who.clone(), email)));
            if user.locked() {
                continue;
            }
            held.unlock(&who, user, &handles);
        }
        held
    }

    fn unlock(
        &mut self,
        who: &Who,
        user: &LiveUser,
        handles: &crate::plan::draft::records::Handles,
    ) {
        for (scope, roles) in &user.grants {
            let scope = scope
                .as_ref()
                .and_then(|tenant| handles.get(tenant).cloned());
            let Some(scope) = scope else { continue };
            for role in roles {
                let key = (scope.clone(), role.clone());
                self.roles.entry(key).or_default().insert(who.clone());
            }
        }
    }

    /// What a step changes. A user who is locked holds nothing that counts.
    fn apply(&mut self, step: &Step, live: &Live) {
        let who = |target: &Target<UserUuid>| match target {
            Target::Existing(id) => Who::Live(id.clone()),
            Target::CreatedBy(step) => Who::New(*step),
        };
        match &step.change {
            Change::Roles {
                user,
                before,
                after,
                ..
            } => {
                let who = who(user);
                let is_locked = user.existing().and_then(|id| live.users.get(id));
                if let Some(email) = step.address.person().and_then(|person| person.email()) {
                    self.emails.insert(who.clone(), email.clone());
                }
                let scope = match &step.address {
                    Address::TenantRoles(_, handle) => Scope::Tenant(handle.clone()),
                    _ => Scope::Workspace,
                };
                for role in before.difference(after) {
                    if let Some(holders) = self.roles.get_mut(&(scope.clone(), role.clone())) {
                        holders.remove(&who);
                    }
                }
                if is_locked.is_some_and(LiveUser::locked) {
                    return;
                }
                for role in after {
                    let key = (scope.clone(), role.clone());
                    self.roles.entry(key).or_default().insert(who.clone());
                }
            }
            Change::User { target, edit, .. } => {
                let who = who(target);
                if let Some(email) = step.change.new_email().as_ref().and_then(|it| it.as_str()) {
                    self.emails.insert(who.clone(), Email::new(email));
                }
                let is_new_and_locked = matches!(edit, Edit::Create { record }
                    if record.get(UserField::Locked).is_some());
                if step.change.locked_out().is_some() || is_new_and_locked {
                    for holders in self.roles.values_mut() {
                        holders.remove(&who);
                    }
                }
            }
            Change::Tenant {
                edit: Edit::Delete { .. },
                ..
            } => {
                if let Some(handle) = step.address.handle() {
                    let scope = Scope::Tenant(handle.clone());
                    self.roles.retain(|(known, _), _| *known != scope);
                }
            }
            Change::Tenant { .. } => {}
        }
    }

    fn holders(&self, scope: &Scope<Handle>, role: &RoleName) -> impl Iterator<Item = &Who> {
        let holders = self.roles.get(&(scope.clone(), role.clone()));
        holders.into_iter().flatten()
    }
}

fn breaks(desired: &Desired, held: &Held) -> Breaks {
    let mut breaks = Breaks::new();
    for (number, rule) in desired.rules.iter().enumerate() {
        for scope in scopes(desired).filter(|scope| rule.is_for(scope)) {
            let place = match &scope {
                Scope::Workspace => "the workspace".to_owned(),
                Scope::Tenant(handle) => format!("tenant {handle}"),
            };
            let name = |who: &Who| match held.emails.get(who) {
                Some(email) => email.to_string(),
                None => "a user without an address".to_owned(),
            };
            let mut add = |who: Option<&Who>, far: u64, reason: String| {
                breaks.insert((number, scope.clone(), who.cloned()), (far, reason));
            };
            match &rule.says {
                RuleSays::OnlyUsers {
                    role,
                    patterns,
                    written,
                } => {
                    for who in held.holders(&scope, role) {
                        let email = held.emails.get(who);
                        if !email.is_some_and(|email| patterns.is_match(email)) {
                            let reason = format!(
                                "{} holds \"{role}\" in {place}, and only {} may",
                                name(who),
                                written.join(", ")
                            );
                            add(Some(who), 1, reason);
                        }
                    }
                }
                RuleSays::NotTogether(roles) => {
                    let mut by_user: BTreeMap<&Who, Vec<&str>> = BTreeMap::new();
                    for role in roles {
                        for who in held.holders(&scope, role) {
                            by_user.entry(who).or_default().push(role.as_str());
                        }
                    }
                    for (who, roles) in by_user.into_iter().filter(|(_, roles)| roles.len() > 1) {
                        let list = roles.join("\" and \"");
                        let reason = format!("{} holds \"{list}\" together in {place}", name(who));
                        add(Some(who), roles.len() as u64, reason);
                    }
                }
                RuleSays::Holders {
                    role,
                    at_least,
                    at_most,
                } => {
                    let count = held.holders(&scope, role).count() as u64;
                    let few = at_least.map_or(0, |least| least.saturating_sub(count));
                    let many = at_most.map_or(0, |most| count.saturating_sub(most));
                    let limit = match (few, many) {
                        (0, 0) => continue,
                        (0, _) => format!("at most {}", at_most.unwrap_or_default()),
                        _ => format!("at least {}", at_least.unwrap_or_default()),
                    };
                    let reason =
                        format!("{count} hold \"{role}\" in {place}, and it is to be {limit}");
                    add(None, few.max(many), reason);
                }
            }
        }
    }
    breaks
}

/// Where the roles of a rule are granted to a user.
fn origin_of(
    desired: &Desired,
    email: &Email,
    scope: &Scope<Handle>,
    rule: &Rule,
) -> Option<Origin> {
    let entry = desired.users.get(email)?;
    let grants = entry.grants.iter().filter(|(known, _)| known == scope);
    let mut granted = grants.flat_map(|(_, grant)| &grant.roles);
    granted
        .find(|granted| rule.roles().contains(&granted.role))
        .map(|granted| granted.origin)
}
