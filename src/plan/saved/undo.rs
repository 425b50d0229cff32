//! What was done → the state before, as a desired state: the planner knows the way back from there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{
    DataEntries, Desired, Email, Field, FieldKey, Grant, GrantedRole, Handle, Live, LiveData,
    LiveTenant, LiveUser, Origin, Presence, Record, RecordField, RoleSet, SavedRule, Scalar, Scope,
    Spanned, TenantEntry, TenantField, TenantId, UserEntry, UserField, UserPin, UserUuid, Via,
    Wanted,
};
use crate::plan::order::swaps::interim;
use crate::plan::review::effects::After;
use crate::plan::{Address, Change, Edit, FieldChange, Person, Plan, Step, StepId, Target};

/// What came of a plan.
#[derive(Clone, Copy)]
pub struct Done<'o> {
    /// For each step whether the server did it, in the order of the plan.
    pub steps: &'o [bool],
    /// The users that were created.
    pub users: &'o BTreeMap<StepId, UserUuid>,
    /// The tenants that were created.
    pub tenants: &'o BTreeMap<StepId, TenantId>,
}

impl Done<'_> {
    fn did(&self, step: StepId) -> bool {
        self.steps.get(step.0) == Some(&true)
    }

    fn user(&self, target: &Target<UserUuid>) -> Option<UserUuid> {
        target.resolve(|step| self.users.get(&step).cloned())
    }

    fn tenant(&self, target: &Target<TenantId>) -> Option<TenantId> {
        target.resolve(|step| self.tenants.get(&step).cloned())
    }
}

/// The way back from what was done: a plan for this is the undo plan.
#[derive(Clone, Debug)]
pub struct Undo {
    /// What the changed records held before, and nothing else.
    pub desired: Desired,
    /// The live state after what was done.
    pub after: Live,
    /// What can't be restored, in words.
    pub not_restored: Vec<String>,
}

/// The way back from what was done to a live state.
pub fn undo(plan: &Plan, before: &Live, done: Done<'_>) -> Undo {
    let mut back = Back {
        before,
        called: called(plan),
        done,
        tenants: BTreeMap::new(),
        users: BTreeMap::new(),
        not_restored: Vec::new(),
    };
    // A later step is taken back first; what an earlier one found there is what is to be there again.
    let interim = interim(&plan.steps);
    // A temporary value that is gone again is nothing to take back.
    let stays = |step: &Step| !interim.get(&step.id).is_some_and(|later| done.did(*later));
    let did = |step: &&Step| done.did(step.id) && stays(step);
    let steps = || plan.steps.iter().rev().filter(did);
    steps().for_each(|step| back.tenant(step));
    steps().for_each(|step| back.user(step));
    steps().for_each(|step| back.roles(step));
    let Back {
        tenants,
        users,
        not_restored,
        ..
    } = back;
    let after = After::of(before, plan.steps.iter().filter(|step| done.did(step.id)));
    let after = after.into_live(|user| done.user(user), |tenant| done.tenant(tenant));
    let mut after = with_tenants(after, &tenants);
    // The steps were not about records that can't be read.
    (after.unreadable_users, after.unreadable_tenants) = (Vec::new(), Vec::new());
    let desired = Desired {
        sensitive: plan.limits.sensitive.clone(),
        guards: plan.limits.guards.clone(),
        rules: plan
            .limits
            .rules
            .iter()
            .filter_map(SavedRule::rule)
            .collect(),
        tenants: tenants
            .into_values()
            .map(|entry| (entry.handle.value.clone(), entry))
            .collect(),
        users: users
            .into_values()
            .map(|entry| (entry.email.value.clone(), Box::new(entry)))
            .collect(),
        ..Desired::default()
    };
    Undo {
        desired,
        after,
        not_restored,
    }
}

/// The state before, while it is written down.
struct Back<'l> {
    before: &'l Live,
    /// The addresses of users when the plan was made.
    called: BTreeMap<&'l UserUuid, Email>,
    done: Done<'l>,
    tenants: BTreeMap<TenantId, TenantEntry>,
    users: BTreeMap<UserUuid, UserEntry>,
    not_restored: Vec<String>,
}

impl Back<'_> {
    fn lost(&mut self, address: &Address, what: &str) {
        self.not_restored.push(format!("{address}: {what}"));
    }

    fn tenant(&mut self, step: &Step) {
        let Change::Tenant {
            target,
            edit,
            parent,
            ..
        } = &step.change
        else {
            return;
        };
        let Some(id) = self.done.tenant(target) else {
            return;
        };
        let above = parent.as_ref().and_then(|parent| self.done.tenant(parent));
        let above = above.map(|id| self.tenant_entry(&id, None).handle.clone());
        let handle = step.address.handle().cloned();
        let entry = self.tenant_entry(&id, handle);
        match edit {
            Edit::Create { record } => {
                entry.presence = Presence::Absent;
                entry.fields = whole(record);
            }
            Edit::Update { changes, .. } => {
                (entry.fields, entry.data) = values_before(changes);
            }
            Edit::Delete { record, removal } => {
                entry.pin = None;
                entry.is_new = true;
                entry.parent = above;
                (entry.fields, entry.data) = (whole(record), data(record));
                let scope = Scope::Tenant(entry.handle.value.clone());
                for loss in &removal.lost {
                    self.grant(&loss.user, scope.clone(), &loss.roles);
                }
                self.lost(
                    &step.address,
                    "the tenant is created again, with another id",
                );
            }
        }
    }

    fn user(&mut self, step: &Step) {
        let Change::User {
            target,
            edit,
            invite,
        } = &step.change
        else {
            return;
        };
        let Some(id) = self.done.user(target) else {
            return;
        };
        match edit {
            Edit::Create { record } => {
                let email = record.text(UserField::Email).cloned().map(Email::new);
                let entry = self.user_entry(&id, email);
                entry.presence = Presence::Absent;
                if invite.is_some() {
                    self.lost(&step.address, "the invitation was sent");
                }
            }
            Edit::Update { changes, .. } => {
                let entry = self.user_entry(&id, step.called.user.clone());
                (entry.fields, entry.data) = values_before(changes);
            }
            Edit::Delete { record, removal } => {
                let email = record.text(UserField::Email).cloned().map(Email::new);
                if email.is_none() {
                    self.lost(
                        &step.address,
                        "a user without an e-mail can't be created again",
                    );
                    return;
                }
                let entry = self.user_entry(&id, email);
                entry.pin = None;
                entry.is_new = true;
                (entry.fields, entry.data) = (whole(record), data(record));
                for loss in &removal.lost {
                    let scope = self.scope(&loss.scope);
                    self.grant(&loss.user, scope, &loss.roles);
                }
                let what = "the user is created again, with another id and without the password";
                self.lost(&step.address, what);
            }
        }
    }

    fn roles(&mut self, step: &Step) {
        let Change::Roles {
            user,
            scope,
            before,
            ..
        } = &step.change
        else {
            return;
        };
        // A user who was created is deleted, and a tenant that was created takes its roles along.
        let scope = scope.as_ref().and_then(|tenant| tenant.existing().cloned());
        if let (Target::Existing(id), Some(scope)) = (user, scope) {
            self.user_entry(id, step.called.user.clone());
            let scope = match (scope, step.address.handle()) {
                (Scope::Tenant(id), handle) => {
                    let entry = self.tenant_entry(&id, handle.cloned());
                    Scope::Tenant(entry.handle.value.clone())
                }
                (Scope::Workspace, _) => Scope::Workspace,
            };
            self.grant(id, scope, before);
        }
    }

    /// A live scope by the handle of its tenant.
    fn scope(&mut self, scope: &Scope) -> Scope<Handle> {
        let tenant = scope
            .tenant()
            .map(|id| self.tenant_entry(id, None).handle.value.clone());
        tenant.map_or(Scope::Workspace, Scope::Tenant)
    }

    fn tenant_entry(&mut self, id: &TenantId, handle: Option<Handle>) -> &mut TenantEntry {
        let handle = handle.unwrap_or_else(|| Handle::new(format!("id:{id}")));
        self.tenants
            .entry(id.clone())
            .or_insert_with(|| TenantEntry {
                handle: handle.into(),
                presence: Presence::Present,
                pin: Some(id.clone().into()),
                parent: None,
                renamed_from: None,
                is_new: false,
                fields: Wanted::default(),
                data: Field::Unmanaged,
            })
    }

    fn user_entry(&mut self, id: &UserUuid, email: Option<Email>) -> &mut UserEntry {
        let email = email.unwrap_or_else(|| Email::new(Person::Id(id.clone()).to_string()));
        self.users.entry(id.clone()).or_insert_with(|| UserEntry {
            email: email.into(),
            presence: Presence::Present,
            mentioned_only: false,
            pin: Some(UserPin::Uuid(id.clone()).into()),
            renamed_from: None,
            is_new: false,
            invite: None,
            fields: Wanted::default(),
            data: Field::Unmanaged,
            grants: Vec::new(),
            everywhere: None,
            is_over: false,
        })
    }

    /// Notes the roles that a user is to hold again in a scope; an earlier step's word counts.
    fn grant(&mut self, user: &UserUuid, scope: Scope<Handle>, roles: &RoleSet) {
        let now = || self.before.users.get(user).and_then(LiveUser::email);
        let email = self.called.get(user).cloned().or_else(now);
        let entry = self.user_entry(user, email);
        let roles = roles.iter().map(|role| GrantedRole {
            role: role.clone(),
            origin: Origin::default(),
            via: Via::Entry,
            until: None,
        });
        let grant = Grant {
            origin: Origin::default(),
            roles: roles.collect(),
            at_least: false,
            ended: Vec::new(),
            sources: Vec::new(),
        };
        match entry
            .grants
            .binary_search_by(|(known, _)| known.cmp(&scope))
        {
            Ok(index) => {
                if let Some((_, known)) = entry.grants.get_mut(index) {
                    *known = grant;
                }
            }
            Err(index) => entry.grants.insert(index, (scope, grant)),
        }
    }
}

/// The addresses that a plan knows of users that it changes or deletes.
fn called(plan: &Plan) -> BTreeMap<&UserUuid, Email> {
    let steps = plan.steps.iter();
    let called = steps.filter_map(|step| {
        let deleted = match &step.change {
            Change::User {
                edit: Edit::Delete { record, .. },
                ..
            } => record.text(UserField::Email).cloned().map(Email::new),
            _ => None,
        };
        let user = step.change.user()?.existing()?;
        Some((user, step.called.user.clone().or(deleted)?))
    });
    called.collect()
}

fn whole<F: RecordField>(record: &Record<F>) -> Wanted<F> {
    let fields = record.iter();
    fields
        .map(|(field, value)| (field, Spanned::from(Some(value.clone()))))
        .collect()
}

fn data<F: RecordField>(record: &Record<F>) -> Field<DataEntries> {
    let entries = record.data.iter();
    let entries = entries.map(|(key, value)| (Arc::from(key), Spanned::from(value.clone())));
    Field::Set(entries.collect())
}

/// What an update changed, as it was before.
fn values_before<F: RecordField>(changes: &[FieldChange<F>]) -> (Wanted<F>, Field<DataEntries>) {
    let (mut fields, mut data) = (Vec::new(), DataEntries::new());
    for FieldChange { field, before, .. } in changes {
        match field {
            FieldKey::Field(field) => fields.push((*field, Spanned::from(field.scalar(before)))),
            FieldKey::Data(key) => data.push((Arc::clone(key), Spanned::from(before.clone()))),
        }
    }
    (fields.into_iter().collect(), Field::Set(data))
}

/// The same, with the tenants in which roles come back and of which no record was read: a user's record names them.
fn with_tenants(mut live: Live, entries: &BTreeMap<TenantId, TenantEntry>) -> Live {
    let pinned = entries.iter().filter(|(_, entry)| entry.pin.is_some());
    for (id, _) in pinned {
        if !live.tenants.contains(id) {
            let name = live
                .users
                .found()
                .find_map(|user| user.tenant_names.get(id));
            let name = (TenantField::Name, name.cloned().and_then(Scalar::text));
            let tenant = LiveTenant::new(id.clone(), Record::new([name], LiveData::default()));
            live.tenants.insert(id.clone(), tenant);
        }
    }
    live
}

/// Makes a plan the way back from another one, and says what it does not restore. Reasons point into a manifest, and an undo plan has
/// none. What ended is said: taking the change back gives it again.
pub(crate) fn as_way_back(
    plan: &mut Plan,
    done: &Plan,
    not_restored: impl IntoIterator<Item = String>,
) {
    for step in &mut plan.steps {
        step.why.clear();
        if let Change::Roles { granted_by, .. } = &mut step.change {
            granted_by.clear();
        }
    }
    let addresses: BTreeSet<&Address> = plan.steps.iter().map(|step| &step.address).collect();
    let ended = done.endings.iter().filter(|ending| ending.ended);
    let ended = ended.filter(|ending| addresses.contains(&ending.address));
    plan.endings = ended.cloned().collect();
    for message in not_restored {
        plan.warn_not_restored(message);
    }
}
