//! A saved plan against the live state of now: what is left to do, what is done already, and what no longer fits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::document::PlanFile;
use super::reads::{Reads, Subject, data, reads};
use crate::model::{
    Email, Field, Hidden, Live, LiveTenant, LiveUser, RoleSet, TenantFields, TenantId, UserFields,
    UserId, same,
};
use crate::plan::Address;
use crate::plan::change::{Action, Plan, RoleScope, Step, StepId, TenantTarget, UserTarget};
use crate::plan::movement::locked_out;
use crate::plan::retain::retain;

/// What became of a saved plan.
#[derive(Clone, Debug)]
pub struct Fresh {
    /// The steps that are left to do.
    pub plan: Plan,
    /// How many steps are done already, by an earlier run or by hand.
    pub done: usize,
    /// The steps whose ground has changed. Where there is any, nothing may be done.
    pub stale: Vec<Stale>,
}

/// A step whose ground has changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Stale {
    /// What the step is about.
    pub address: Address,
    /// What was read when the plan was made and is something else now, by name.
    pub changes: Vec<StaleValue>,
}

/// One value that changed since the plan was made.
#[derive(Clone, Debug, PartialEq)]
pub struct StaleValue {
    /// Its name: `exists`, `roles`, or that of a field.
    pub name: String,
    /// What it was.
    pub before: Value,
    /// What it is now.
    pub now: Value,
}

/// The records that a plan is about: all that has to be read again.
#[derive(Clone, Debug, Default)]
pub struct Touched {
    /// Users that exist.
    pub users: BTreeSet<UserId>,
    /// The addresses under which they are found, and those that are to be free.
    pub emails: BTreeSet<Email>,
    /// Tenants that exist.
    pub tenants: BTreeSet<TenantId>,
    /// The names under which they are found, and those that are to be free.
    pub names: BTreeSet<Arc<str>>,
    /// The roles that matter.
    pub roles: RoleSet,
    /// Whether roles in tenants matter, also in those that an earlier run may have created.
    pub tenant_roles: bool,
    /// Whether everything that somebody holds matters, in whatever tenant.
    pub every_grant: bool,
    /// Whether everybody matters: a tenant that is deleted takes its members' roles along.
    pub everybody: bool,
}

/// What has to be read before a saved plan is applied.
pub fn touched(file: &PlanFile, plan: &Plan) -> Touched {
    let mut touched = Touched::default();
    for (step, saved) in plan.steps.iter().zip(&file.steps) {
        let Subject { user, tenant } = Subject::of(&step.action);
        let text = |name: &str| saved.reads.get(name).and_then(Value::as_str);
        if user.is_some() {
            touched.emails.extend(text("email").map(Email::new));
        }
        if tenant.is_some() {
            let name = if user.is_some() { "tenant" } else { "name" };
            touched.names.extend(text(name).map(Arc::from));
        }
        touched.users.extend(user);
        touched.tenants.extend(tenant);
        match &step.action {
            Action::CreateUser { fields, .. } | Action::InviteUser { fields, .. } => {
                touched.emails.extend(fields.email.clone());
            }
            Action::CreateTenant { fields, .. } => touched.names.extend(fields.name.clone()),
            Action::SetRoles {
                scope,
                before,
                after,
                ..
            } => {
                touched.tenant_roles |= matches!(scope, RoleScope::Tenant(_));
                touched.roles.extend(before.union(after).cloned());
            }
            action if locked_out(action).is_some() => touched.every_grant = true,
            Action::DeleteTenant { .. } => touched.everybody = true,
            Action::UpdateTenant { .. }
            | Action::UpdateUser { .. }
            | Action::DeleteUser { .. }
            | Action::LockUser { .. } => {}
        }
    }
    touched
}

/// Holds a saved plan against what was read again; `file` is the document that the plan was read from.
pub fn fresh(file: &PlanFile, plan: Plan, live: &Live) -> Fresh {
    let (mut by_email, mut by_name) = (BTreeMap::new(), BTreeMap::new());
    for user in live.users.values() {
        if let Some(email) = &user.email {
            by_email.entry(email).or_insert_with(Vec::new).push(user);
        }
    }
    for tenant in live.tenants.values() {
        by_name
            .entry(&*tenant.name)
            .or_insert_with(Vec::new)
            .push(tenant);
    }
    let mut check = Check {
        live,
        by_email,
        by_name,
        later: later_roles(&plan),
        renamed: renamed(&plan),
        readdressed: readdressed(&plan),
        users: BTreeMap::new(),
        tenants: BTreeMap::new(),
    };
    let (mut done, mut stale) = (BTreeSet::new(), Vec::new());
    for (step, saved) in plan.steps.iter().zip(&file.steps) {
        match check.step(step, &saved.reads) {
            Verdict::ToDo => {}
            Verdict::Done => drop(done.insert(step.id)),
            Verdict::Changed(changes) => stale.push(Stale {
                address: step.address.clone(),
                changes,
            }),
        }
    }
    let Check { users, tenants, .. } = check;
    let Plan {
        mut steps,
        handovers,
        ..
    } = plan;
    for step in &mut steps {
        if let Action::SetRoles { user, scope, .. } = &mut step.action {
            if let UserTarget::CreatedBy(id) = user
                && let Some(id) = users.get(id)
            {
                *user = UserTarget::Live(*id);
            }
            if let RoleScope::Tenant(TenantTarget::CreatedBy(id)) = scope
                && let Some(id) = tenants.get(id)
            {
                *scope = RoleScope::Tenant(TenantTarget::Live(id.clone()));
            }
        }
    }
    let (steps, handovers) = retain(steps, handovers, |step| !done.contains(&step.id));
    Fresh {
        plan: Plan {
            steps,
            handovers,
            ..plan
        },
        done: done.len(),
        stale,
    }
}

enum Verdict {
    ToDo,
    Done,
    Changed(Vec<StaleValue>),
}

struct Check<'l> {
    live: &'l Live,
    by_email: BTreeMap<&'l Email, Vec<&'l LiveUser>>,
    by_name: BTreeMap<&'l str, Vec<&'l LiveTenant>>,
    /// The names that the plan itself gives to tenants.
    renamed: BTreeMap<TenantId, Arc<str>>,
    /// The addresses that the plan itself gives to users.
    readdressed: BTreeMap<UserId, Email>,
    /// For each address whose roles are set in two steps, the roles after the second.
    later: BTreeMap<StepId, RoleSet>,
    /// What creations have made already.
    users: BTreeMap<StepId, UserId>,
    tenants: BTreeMap<StepId, TenantId>,
}

impl Check<'_> {
    fn step(&mut self, step: &Step, saved: &Reads) -> Verdict {
        match &step.action {
            Action::CreateUser { fields, .. } | Action::InviteUser { fields, .. } => {
                let found = fields
                    .email
                    .as_ref()
                    .and_then(|email| self.by_email.get(email));
                let verdict = created(found.into_iter().flatten().copied(), |user| {
                    user_is(user, fields)
                });
                if let Ok(Some(user)) = verdict {
                    self.users.insert(step.id, user.id);
                }
                verdict.map_or_else(Verdict::Changed, |user| {
                    user.map_or(Verdict::ToDo, |_| Verdict::Done)
                })
            }
            Action::CreateTenant {
                fields, namesakes, ..
            } => {
                let workspace = &self.live.workspace;
                let found = fields
                    .name
                    .as_deref()
                    .and_then(|name| self.by_name.get(name));
                let found = found.into_iter().flatten().copied().filter(|tenant| {
                    let child = tenant
                        .parent
                        .as_ref()
                        .is_none_or(|parent| parent == workspace);
                    child && !namesakes.contains(&tenant.id)
                });
                let verdict = created(found, |tenant| tenant_is(tenant, fields));
                if matches!(verdict, Ok(None)) && self.live.hidden != Hidden::Nothing {
                    // An earlier run may have made it, and the server does not show all tenants.
                    let (before, now) = (json!(false), json!("perhaps, unseen"));
                    return Verdict::Changed(vec![stale("created already", &before, Some(&now))]);
                }
                if let Ok(Some(tenant)) = verdict {
                    self.tenants.insert(step.id, tenant.id.clone());
                }
                verdict.map_or_else(Verdict::Changed, |tenant| {
                    tenant.map_or(Verdict::ToDo, |_| Verdict::Done)
                })
            }
            action => self.existing(step, action, saved),
        }
    }

    fn existing(&self, step: &Step, action: &Action, saved: &Reads) -> Verdict {
        let mut subject = Subject::of(action);
        if let Action::SetRoles { user, scope, .. } = action {
            if let UserTarget::CreatedBy(id) = user {
                subject.user = self.users.get(id).copied();
            }
            if let RoleScope::Tenant(TenantTarget::CreatedBy(id)) = scope {
                subject.tenant = self.tenants.get(id).cloned();
            }
        }
        let now = reads(action, &subject, self.live);
        let goal = goal(action, saved);
        let fits = |name: &str, wanted: Option<&Value>| {
            let now = now.get(name);
            let given = subject.tenant.as_ref().and_then(|id| self.renamed.get(id));
            match name {
                "email" if is_named(step, now) || same_email(now, wanted) => true,
                "email"
                    if subject
                        .user
                        .and_then(|id| self.readdressed.get(&id))
                        .is_some_and(|given| same_email(now, Some(&json!(given)))) =>
                {
                    true
                }
                // Steps of the plan itself may have taken some of them already: then less goes than was shown.
                "roles" if locked_out(action).is_some() && is_within(now, wanted) => true,
                "members" if is_within(now, wanted) => true,
                "tenant" if given.is_some_and(|given| same(now, Some(&json!(given)))) => true,
                _ => same(now, wanted),
            }
        };
        if let Action::SetRoles { before, after, .. } = action {
            let held = now.get("roles");
            let is = |roles: &RoleSet| same(held, Some(&json!(roles)));
            let others = saved
                .iter()
                .filter(|(name, was)| *name != "roles" && !fits(name, Some(was)));
            let mut changes: Vec<StaleValue> = others
                .map(|(name, was)| stale(name, was, now.get(name)))
                .collect();
            let done = is(after) || self.later.get(&step.id).is_some_and(is);
            let was = saved.get("roles");
            if !done && !is(before) && !same(held, was) {
                changes.push(stale("roles", was.unwrap_or(&Value::Null), held));
            }
            return match (changes.is_empty(), done) {
                (true, true) => Verdict::Done,
                (true, false) => Verdict::ToDo,
                (false, _) => Verdict::Changed(changes),
            };
        }
        if goal.iter().all(|(name, value)| fits(name, Some(value))) {
            return Verdict::Done;
        }
        let changes: Vec<StaleValue> = saved
            .iter()
            .filter(|(name, was)| !fits(name, Some(was)))
            .map(|(name, was)| stale(name, was, now.get(name)))
            .collect();
        if changes.is_empty() {
            Verdict::ToDo
        } else {
            Verdict::Changed(changes)
        }
    }
}

/// Whether an address is the one that the step goes by: the plan itself may have given it, in a step of its own.
fn is_named(step: &Step, email: Option<&Value>) -> bool {
    let renames =
        matches!(&step.action, Action::UpdateUser { fields, .. } if fields.email.is_some());
    let email = email.and_then(Value::as_str).map(Email::new);
    !renames && email.is_some() && email.as_ref() == step.address.email()
}

/// The case of an address does not matter, and a server may change it.
fn same_email(a: Option<&Value>, b: Option<&Value>) -> bool {
    let email = |value: Option<&Value>| value.and_then(Value::as_str).map(Email::new);
    email(a).is_some() && email(a) == email(b)
}

/// Whether somebody holds nothing, in any scope, that they did not hold before.
fn is_within(now: Option<&Value>, before: Option<&Value>) -> bool {
    let (Some(Value::Object(now)), Some(Value::Object(before))) = (now, before) else {
        return false;
    };
    now.iter()
        .all(|(scope, roles)| match (roles, before.get(scope)) {
            (Value::Array(roles), Some(Value::Array(before))) => {
                roles.iter().all(|role| before.contains(role))
            }
            _ => false,
        })
}

fn stale(name: &str, before: &Value, now: Option<&Value>) -> StaleValue {
    StaleValue {
        name: name.to_owned(),
        before: before.clone(),
        now: now.cloned().unwrap_or(Value::Null),
    }
}

/// What a step's ground is once it is done.
fn goal(action: &Action, saved: &Reads) -> Reads {
    let mut goal = saved.clone();
    for change in action.changes() {
        if !change.field.starts_with("data.") {
            let after = change.after.clone().unwrap_or(Value::Null);
            goal.insert(change.field.clone(), after);
        }
    }
    match action {
        Action::UpdateTenant { fields, .. } => {
            goal.extend(
                fields
                    .data
                    .as_ref()
                    .map(|sent| ("data".to_owned(), data(sent))),
            );
        }
        Action::UpdateUser { fields, .. } => {
            goal.extend(
                fields
                    .data
                    .as_ref()
                    .map(|sent| ("data".to_owned(), data(sent))),
            );
        }
        Action::DeleteTenant { .. } | Action::DeleteUser { .. } => {
            goal = Reads::from([("exists".to_owned(), json!(false))]);
        }
        Action::LockUser { .. } => drop(goal.insert("locked".to_owned(), json!(true))),
        _ => {}
    }
    goal
}

/// A creation: not done, done with this record, or in the way of another one.
fn created<'r, T>(
    mut found: impl Iterator<Item = &'r T>,
    is_the_one: impl Fn(&T) -> bool,
) -> Result<Option<&'r T>, Vec<StaleValue>> {
    match (found.next(), found.next()) {
        (None, _) => Ok(None),
        (Some(record), None) if is_the_one(record) => Ok(Some(record)),
        _ => Err(vec![stale("exists", &json!(false), Some(&json!(true)))]),
    }
}

fn text_is(live: Option<&Arc<str>>, wanted: &Field<Arc<str>>) -> bool {
    match wanted {
        Field::Unmanaged | Field::Clear => true,
        Field::Set(text) => live == Some(text),
    }
}

fn user_is(user: &LiveUser, fields: &UserFields) -> bool {
    let UserFields {
        email: _,
        name,
        username,
        image,
        phone_number,
        locked,
        data: sent,
    } = fields;
    text_is(user.name.as_ref(), name)
        && text_is(user.username.as_ref(), username)
        && text_is(user.image.as_ref(), image)
        && text_is(user.phone_number.as_ref(), phone_number)
        && locked.is_none_or(|locked| locked == user.locked)
        && sent
            .as_ref()
            .is_none_or(|sent| same(Some(&data(sent)), Some(&user.data.to_map().into())))
}

fn tenant_is(tenant: &LiveTenant, fields: &TenantFields) -> bool {
    let TenantFields {
        name: _,
        image,
        data: sent,
    } = fields;
    text_is(tenant.image.as_ref(), image)
        && sent
            .as_ref()
            .is_none_or(|sent| same(Some(&data(sent)), Some(&tenant.data.to_map().into())))
}

/// The names that a plan gives to tenants.
fn renamed(plan: &Plan) -> BTreeMap<TenantId, Arc<str>> {
    let names = plan.steps.iter().filter_map(|step| match &step.action {
        Action::UpdateTenant { id, fields, .. } => Some((id.clone(), fields.name.clone()?)),
        _ => None,
    });
    names.collect()
}

/// The addresses that a plan gives to users.
fn readdressed(plan: &Plan) -> BTreeMap<UserId, Email> {
    let emails = plan.steps.iter().filter_map(|step| match &step.action {
        Action::UpdateUser { id, fields, .. } => Some((*id, fields.email.clone()?)),
        _ => None,
    });
    emails.collect()
}

/// The roles after the last step for each of those whose roles are set in two.
fn later_roles(plan: &Plan) -> BTreeMap<StepId, RoleSet> {
    let mut last: BTreeMap<&Address, (&Step, &RoleSet)> = BTreeMap::new();
    let mut later: BTreeMap<StepId, RoleSet> = BTreeMap::new();
    for step in &plan.steps {
        if let Action::SetRoles { after, .. } = &step.action
            && let Some((first, _)) = last.insert(&step.address, (step, after))
        {
            later.insert(first.id, after.clone());
        }
    }
    later
}
