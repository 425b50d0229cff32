//! A saved plan against the live state of now: what is left to do, what is done already, and what no longer fits.
//!
//! Dangers and guards are worked out again from the live state: what a file says of them is not believed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::model::{
    Email, FieldKey, Handle, Hidden, Live, LiveTenant, LiveUser, Place, Record, RecordField as _,
    RoleName, RoleSet, Rule, Scope, TenantField, TenantId, UserField, UserUuid,
};
use crate::plan::draft::blocked::take_out;
use crate::plan::draft::records;
use crate::plan::draft::unknown;
use crate::plan::order::retain::retain;
use crate::plan::order::sequence::in_order;
use crate::plan::order::swaps::interim;
use crate::plan::review::judge;
use crate::plan::saved::refresh::{rederived, renew_record};
use crate::plan::saved::verdict::{
    Stale, StaleValue, Verdict, created, existing, stale, unchanged,
};
use crate::plan::{
    Address, Change, CreatedRecords, Edit, Loss, Missing, Person, Plan, Removal, Step, StepId,
    Target,
};

/// What became of a saved plan.
#[derive(Clone, Debug)]
pub struct Recheck {
    /// The steps that are left to do, reviewed against the live state.
    pub plan: Plan,
    /// How many steps are done already, by an earlier run or by hand.
    pub done: usize,
    /// The steps that no longer fit. Where there is any, nothing may be done.
    pub stale: Vec<Stale>,
}

/// Holds a saved plan against what was read again. What exists of what it creates is done where an earlier run made it, and in
/// the way otherwise.
///
/// # Errors
/// What has to be read before the rest of it can be judged.
pub fn recheck(plan: &Plan, live: &Live, made: &CreatedRecords) -> Result<Recheck, Missing> {
    let unknown = unknown::unknown_losses(&plan.steps, live)
        .and(unknown::unknown_levels_of(&plan.steps, live));
    if !unknown.is_nothing() {
        return Err(unknown);
    }
    let plan = &rederived(plan, live);
    let mut check = Check::of(plan, live, made);
    let (mut done, mut stale) = (BTreeSet::new(), Vec::new());
    for step in &plan.steps {
        match check.step(step) {
            Verdict::ToDo => {}
            Verdict::Done => drop(done.insert(step.id)),
            Verdict::Stale(changes) => stale.push(Stale {
                address: step.address.clone(),
                changes,
            }),
        }
    }
    let Check { users, tenants, .. } = check;
    let mut left = plan.clone();
    let blocked;
    for step in &mut left.steps {
        if let Change::Roles { user, scope, .. } = &mut step.change {
            if let Some(id) = user.created_by().and_then(|step| users.get(&step)) {
                *user = Target::Existing(id.clone());
            }
            if let Scope::Tenant(tenant) = scope
                && let Some(id) = tenant.created_by().and_then(|step| tenants.get(&step))
            {
                *tenant = Target::Existing(id.clone());
            }
        }
    }
    (left.steps, left.handovers) =
        retain(left.steps, left.handovers, |step| !done.contains(&step.id));
    if stale.is_empty() {
        for step in &mut left.steps {
            records::renew_removal(&mut step.change, live);
            renew_record(&mut step.change, live);
        }
        // The order decides what waits for what: in a file it may be another one.
        let ordered = in_order(left.steps, live, &left.limits, &plan.handles);
        (left.steps, left.handovers, blocked) =
            take_out(ordered.steps, ordered.handovers, &ordered.circles);
        left.blocked.extend(blocked);
        let place = |email: &Email, scope: &_, rule: &_| granted_at(plan, email, scope, rule);
        let judgement = judge(&left.steps, &left.limits, live, &plan.handles, place)?;
        for (step, dangers) in left.steps.iter_mut().zip(judgement.dangers) {
            step.dangers = dangers;
        }
        left.keeps = judgement.keeps;
        left.broken_guards = judgement.broken_guards;
        left.broken_rules = judgement.broken_rules;
        left.warnings.retain(|warning| !warning.kind.is_judgement());
        left.warnings.extend(judgement.warnings);
    }
    Ok(Recheck {
        plan: left,
        done: done.len(),
        stale,
    })
}

/// Where the steps of a plan say that roles of a rule are granted: a saved plan has no manifest with it.
fn granted_at(plan: &Plan, email: &Email, scope: &Scope<Handle>, rule: &Rule) -> Option<Place> {
    let address = Address::roles(Person::Email(email.clone()), scope.clone());
    let steps = plan.steps.iter().filter(|step| step.address == address);
    let granted = steps.filter_map(|step| match &step.change {
        Change::Roles { granted_by, .. } => Some(granted_by),
        _ => None,
    });
    let mut granted = granted
        .flatten()
        .filter(|(role, _)| rule.roles().contains(role));
    granted.find_map(|(_, why)| why.first()?.place.clone())
}

/// Roles that a plan gives a user in one scope.
type Granted<'l> = (&'l Scope<Target<TenantId>>, &'l RoleSet);

pub(super) struct Check<'l> {
    live: &'l Live,
    made: &'l CreatedRecords,
    by_email: BTreeMap<Email, Vec<&'l LiveUser>>,
    by_name: BTreeMap<&'l str, Vec<&'l LiveTenant>>,
    /// The names that the plan itself gives to tenants.
    renamed: BTreeMap<&'l TenantId, Value>,
    /// The addresses that the plan itself gives to users.
    readdressed: BTreeMap<&'l UserUuid, Vec<Email>>,
    /// Of two steps about one user's fields, the other by either.
    later_edits: BTreeMap<StepId, &'l Edit<UserField>>,
    earlier_edits: BTreeMap<StepId, &'l Edit<UserField>>,
    /// Of roles that are set in two steps, those after the second, by the first.
    later: BTreeMap<StepId, &'l RoleSet>,
    /// And those before the first, by the second.
    earlier: BTreeMap<StepId, &'l RoleSet>,
    /// The users whom the plan itself deletes.
    deleted: BTreeSet<&'l UserUuid>,
    deleted_tenants: BTreeSet<&'l TenantId>,
    /// The roles that the plan itself gives to users.
    granted: BTreeMap<&'l UserUuid, Vec<Granted<'l>>>,
    /// What creations have made already.
    pub(super) users: BTreeMap<StepId, UserUuid>,
    pub(super) tenants: BTreeMap<StepId, TenantId>,
}

impl<'l> Check<'l> {
    pub(super) fn of(plan: &'l Plan, live: &'l Live, made: &'l CreatedRecords) -> Self {
        let mut check = Self {
            live,
            made,
            by_email: BTreeMap::new(),
            by_name: BTreeMap::new(),
            renamed: BTreeMap::new(),
            readdressed: BTreeMap::new(),
            later_edits: BTreeMap::new(),
            earlier_edits: BTreeMap::new(),
            deleted: BTreeSet::new(),
            deleted_tenants: BTreeSet::new(),
            later: BTreeMap::new(),
            earlier: BTreeMap::new(),
            granted: BTreeMap::new(),
            users: BTreeMap::new(),
            tenants: BTreeMap::new(),
        };
        for user in live.users.found() {
            if let Some(email) = user.email() {
                check.by_email.entry(email).or_default().push(user);
            }
        }
        for tenant in live.tenants.found() {
            check.by_name.entry(tenant.name()).or_default().push(tenant);
        }
        let mut first: BTreeMap<&Address, (StepId, &RoleSet)> = BTreeMap::new();
        let edit_of = |id: StepId| match &plan.steps.get(id.0)?.change {
            Change::User { edit, .. } => Some(edit),
            _ => None,
        };
        for (first, later) in interim(&plan.steps) {
            check
                .later_edits
                .extend(edit_of(later).map(|edit| (first, edit)));
            check
                .earlier_edits
                .extend(edit_of(first).map(|edit| (later, edit)));
        }
        for step in &plan.steps {
            check.deleted.extend(step.change.deleted_user());
            check.deleted_tenants.extend(step.change.deleted_tenant());
            match &step.change {
                Change::Tenant {
                    target: Target::Existing(id),
                    edit,
                    ..
                } => {
                    let name = edit.after(TenantField::Name);
                    check.renamed.extend(name.map(|name| (id, name)));
                }
                Change::User {
                    target: Target::Existing(id),
                    ..
                } => {
                    let email = step.change.new_email();
                    let email = email.as_ref().and_then(Value::as_str).map(Email::new);
                    let given = check.readdressed.entry(id).or_default();
                    given.extend(email);
                }
                Change::Roles {
                    user,
                    scope,
                    before,
                    after,
                    ..
                } => {
                    if let Target::Existing(id) = user {
                        check.granted.entry(id).or_default().push((scope, after));
                    }
                    if let Some((first, earlier)) = first.insert(&step.address, (step.id, before)) {
                        check.later.insert(first, after);
                        check.earlier.insert(step.id, earlier);
                    }
                }
                Change::Tenant { .. } | Change::User { .. } => {}
            }
        }
        check
    }

    fn created_tenant(
        &mut self,
        step: &Step,
        record: &Record<TenantField>,
        parent: Option<&Target<TenantId>>,
        namesakes: &BTreeSet<TenantId>,
    ) -> Verdict {
        let above = parent.map(|parent| self.tenant(parent));
        if let Some(Some(above)) = &above
            && !self.live.tenants.contains(above)
        {
            let gone = stale("parent", json!(above), json!(null));
            return Verdict::Stale(vec![gone]);
        }
        let name = record.text(TenantField::Name);
        let found = name.and_then(|name| self.by_name.get(&**name));
        let found = found.into_iter().flatten().copied().filter(|tenant| {
            let is_there = match &above {
                None => self.live.above(tenant).is_none(),
                Some(above) => above.is_some() && self.live.above(tenant) == *above,
            };
            is_there && !namesakes.contains(&tenant.id)
        });
        let made = self.made.tenant_at(&step.address);
        // The server may have stored the name in another form.
        let renamed = made.and_then(|(id, _)| self.live.tenants.get(id));
        let renamed = renamed.filter(|tenant| Some(tenant.name()) != name.map(|name| &**name));
        let created = created(found.chain(renamed), |tenant| {
            made.is_some_and(|(id, then)| {
                tenant.id == *id && unchanged(record, then, &tenant.record)
            })
        });
        if created.is_missing() && self.live.hidden != Hidden::Nothing {
            // An earlier run may have made it, and the server does not show all tenants.
            let now = json!("unknown (not visible with this key)");
            return Verdict::Stale(vec![stale("created already", json!(false), now)]);
        }
        self.tenants
            .extend(created.record.map(|tenant| (step.id, tenant.id.clone())));
        created.verdict
    }

    pub(super) fn step(&mut self, step: &Step) -> Verdict {
        match &step.change {
            Change::User {
                edit: Edit::Create { record },
                ..
            } => {
                let email = record.text(UserField::Email).cloned().map(Email::new);
                let found = email.and_then(|email| self.by_email.get(&email));
                let made = self.made.user_at(&step.address);
                let created = created(found.into_iter().flatten().copied(), |user| {
                    made.is_some_and(|(id, then)| {
                        user.uuid.is(id) && unchanged(record, then, &user.record)
                    })
                });
                self.users
                    .extend(created.record.map(|user| (step.id, user.uuid.clone())));
                created.verdict
            }
            Change::Tenant {
                edit: Edit::Create { record },
                parent,
                namesakes,
                ..
            } => self.created_tenant(step, record, parent.as_ref(), namesakes),
            Change::User {
                target: Target::Existing(id),
                edit,
                ..
            } => {
                let user = self.live.users.get(id);
                let mut changes = self.user_called(step, id);
                if let Some(user) = user.filter(|_| step.change.locked_out().is_some()) {
                    changes.extend(self.removed_user(user, edit));
                }
                let record = user.map(|user| &user.record);
                if let (Some(record), Some(later)) = (record, self.later_edits.get(&step.id))
                    && later.unmet(record).is_empty()
                {
                    return Verdict::Done;
                }
                match (record, self.earlier_edits.get(&step.id)) {
                    (Some(record), Some(earlier)) if earlier.unmet(record).is_empty() => {
                        existing(Some(record), &edit.following(earlier), changes)
                    }
                    _ => existing(record, edit, changes),
                }
            }
            Change::Tenant {
                target: Target::Existing(id),
                edit,
                ..
            } => {
                let tenant = self.live.tenants.get(id);
                let mut changes = self.tenant_called(step, id, "name");
                if let (Some(_), Some(removal)) = (tenant, edit.removal()) {
                    changes.extend(self.members(id, removal));
                    let below = self.live.tenants.found();
                    let below = below.filter(|it| it.parent.as_ref() == Some(id));
                    let staying = below.filter(|it| !self.deleted_tenants.contains(&it.id));
                    changes
                        .extend(staying.map(|it| stale("below it", json!(null), json!(it.name()))));
                }
                existing(tenant.map(|tenant| &tenant.record), edit, changes)
            }
            Change::Roles {
                user,
                scope,
                before,
                after,
                either,
                ..
            } => self.roles(step, user, scope, (before, after, either)),
            // A reference that leads nowhere was refused when the plan was read.
            Change::User { .. } | Change::Tenant { .. } => Verdict::ToDo,
        }
    }

    fn roles(
        &self,
        step: &Step,
        user: &Target<UserUuid>,
        scope: &Scope<Target<TenantId>>,
        (before, after, then_doubtful): (&RoleSet, &RoleSet, &RoleSet),
    ) -> Verdict {
        let id = user.resolve(|step| self.users.get(&step).cloned());
        let id = id.as_ref();
        let mut changes = Vec::new();
        if let Some(id) = user.existing() {
            if self.deleted.contains(id) && !self.live.users.contains(id) {
                // An earlier run took the role, and then deleted the user.
                return Verdict::Done;
            }
            changes.extend(self.user_called(step, id));
        }
        if let Some(id) = scope.tenant().and_then(Target::existing) {
            changes.extend(self.tenant_called(step, id, "tenant"));
        }
        let live = id.and_then(|id| self.live.users.get(id));
        let (held, either) = live
            .zip(self.resolved(scope))
            .map(|(user, scope)| (user.roles(&scope), user.either(&scope)))
            .unwrap_or_default();
        // A role that may be held only above is not taken for done, in either direction.
        let is_sure = || either.is_disjoint(&(before - after));
        let later = self.later.get(&step.id);
        let done = (held == *after && is_sure()) || later.is_some_and(|later| held == **later);
        let earlier = self.earlier.get(&step.id);
        let is_first_to_do = earlier.is_some_and(|earlier| held == **earlier);
        let doubtful = &either | then_doubtful;
        let differs = held.symmetric_difference(before);
        let has_moved = differs.into_iter().any(|role| !doubtful.contains(role));
        if !done && has_moved && !is_first_to_do {
            changes.push(stale("roles", json!(before), json!(held)));
        }
        match (changes.is_empty(), done) {
            (true, true) => Verdict::Done,
            (true, false) => Verdict::ToDo,
            (false, _) => Verdict::Stale(changes),
        }
    }

    /// Whether a user is still called what the plan shows, or what the plan itself calls the user.
    fn user_called(&self, step: &Step, id: &UserUuid) -> Vec<StaleValue> {
        let Some(user) = self.live.users.get(id) else {
            return vec![StaleValue::Gone];
        };
        let (was, now) = (&step.called.user, user.email());
        let own = step.address.person().and_then(|it| it.email());
        let mut given = self.readdressed.get(id).into_iter().flatten().chain(own);
        if now == *was || given.any(|given| Some(given) == now.as_ref()) {
            return Vec::new();
        }
        vec![stale("email", json!(was), json!(now))]
    }

    fn tenant_called(&self, step: &Step, id: &TenantId, what: &str) -> Vec<StaleValue> {
        let Some(tenant) = self.live.tenants.get(id) else {
            return vec![StaleValue::Gone];
        };
        let (was, now) = (json!(step.called.tenant), json!(tenant.name()));
        if was.is_null() || was == now || self.renamed.get(id) == Some(&now) {
            return Vec::new();
        }
        vec![stale(what, was, now)]
    }

    /// Users who hold roles in a tenant that they did not hold when its deletion was planned. Steps of the plan itself may
    /// have taken some already: then less goes than was shown.
    fn members(&self, id: &TenantId, removal: &Removal) -> Option<StaleValue> {
        let scope = Scope::Tenant(id.clone());
        let shown = |user: &UserUuid| removal.lost.iter().find(|loss| loss.user == *user);
        let more = self.live.users.found().any(|user| {
            let held = user.roles(&scope);
            let known = shown(&user.uuid).map(|loss| &loss.roles);
            !held.is_empty() && known.is_none_or(|known| !held.is_subset(known))
        });
        let now = self
            .live
            .users
            .found()
            .filter(|user| !user.roles(&scope).is_empty())
            .count();
        more.then(|| stale("members", json!(removal.lost.len()), json!(now)))
    }
    /// What changed about a user who is deleted or locked: the name, whether they are locked, and roles that neither were
    /// shown nor are granted by the plan itself.
    fn removed_user(&self, user: &LiveUser, edit: &Edit<UserField>) -> Vec<StaleValue> {
        let mut changes = Vec::new();
        if let Edit::Delete { record, .. } = edit {
            for field in [UserField::Name, UserField::Locked] {
                let key = FieldKey::Field(field);
                let (was, now) = (record.at(&key), user.record.at(&key));
                if !key.same(&was, &now) {
                    changes.push(stale(field.name(), was, now));
                }
            }
            let (was, now) = (record.data.to_map(), user.record.data.to_map());
            if was != now {
                changes.push(stale("data", json!(was), json!(now)));
            }
        }
        let shown: &[Loss] = edit.removal().map_or(&[], |removal| &removal.lost);
        let granted = self.granted.get(&user.uuid).into_iter().flatten();
        let granted = granted.filter_map(|(scope, roles)| Some((self.resolved(scope)?, *roles)));
        let known = shown.iter().map(|loss| (loss.scope.clone(), &loss.roles));
        let known: Vec<(Scope, &RoleSet)> = known.chain(granted).collect();
        let is_known = |scope: &Scope, role: &RoleName| {
            known
                .iter()
                .any(|(known, roles)| known == scope && roles.contains(role))
        };
        let mut held_now = user.grants.into_iter();
        if !held_now.all(|(scope, roles)| roles.iter().all(|role| is_known(scope, role))) {
            let now = user.grants.into_iter().map(|(scope, roles)| Loss {
                user: user.uuid.clone(),
                scope: scope.clone(),
                roles: roles.clone(),
            });
            changes.push(stale("roles", held(shown), held(&now.collect::<Vec<_>>())));
        }
        changes
    }

    /// The live scope that a scope of the plan is, also where an earlier run created the tenant.
    fn resolved(&self, scope: &Scope<Target<TenantId>>) -> Option<Scope> {
        scope.as_ref().and_then(|tenant| self.tenant(tenant))
    }

    fn tenant(&self, tenant: &Target<TenantId>) -> Option<TenantId> {
        tenant.resolve(|step| self.tenants.get(&step).cloned())
    }
}

/// Roles by the ids of their scopes; the workspace's own is the empty one.
fn held(losses: &[Loss]) -> Value {
    let scopes = losses.iter().map(|loss| {
        let scope = loss.scope.tenant().map_or("", TenantId::as_str);
        (scope.to_owned(), json!(loss.roles))
    });
    scopes.collect()
}
