//! Entries and their records → the steps that create, change and delete tenants and users.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hashbrown::HashMap;

use crate::model::{
    Desired, Email, Handle, Live, LiveTenant, LiveUser, Origin, Presence, Record, Scope,
    TenantEntry, TenantId, UserEntry, UserField, UserUuid,
};
use crate::plan::draft::compare;
use crate::plan::matching::Matches;
use crate::plan::review::effects::PlanScope;
use crate::plan::{
    Address, Called, Change, Edit, Loss, Person, Reason, Removal, Step, StepId, Target, TenantRef,
    Why,
};

/// What steps are made from: the two states, and which record each entry stands for.
#[derive(Clone, Copy)]
pub(crate) struct Input<'d> {
    pub(crate) desired: &'d Desired,
    pub(crate) live: &'d Live,
    pub(crate) matches: &'d Matches<'d>,
}

impl<'d> Input<'d> {
    pub(crate) fn new(desired: &'d Desired, live: &'d Live, matches: &'d Matches<'d>) -> Self {
        Self {
            desired,
            live,
            matches,
        }
    }
}

/// The steps about records: those about tenants, then those about users, each with its index as its id.
pub(crate) struct Records {
    pub(crate) steps: Vec<Step>,
    pub(crate) created: Created,
}

/// Which step creates the record of an entry.
#[derive(Clone)]
pub(crate) struct Created {
    tenants: HashMap<Handle, StepId>,
    users: HashMap<Email, StepId>,
}

/// The steps about all entries.
pub(crate) fn records(input: Input<'_>) -> Records {
    let tenants = tenants(input);
    let entries = input.desired.users.iter().zip(&input.matches.users);
    let users = entries.filter_map(|((email, entry), (_, live))| user(input, email, entry, *live));
    let mut steps: Vec<Step> = tenants.into_iter().chain(users).collect();
    steps.extend(input.matches.blocks.keys().map(stand_in));
    for (index, step) in steps.iter_mut().enumerate() {
        step.id = StepId(index);
        match &mut step.change {
            Change::Tenant {
                target: target @ Target::CreatedBy(_),
                ..
            } => {
                *target = Target::CreatedBy(step.id);
            }
            Change::User {
                target: target @ Target::CreatedBy(_),
                ..
            } => {
                *target = Target::CreatedBy(step.id);
            }
            Change::Tenant { .. } | Change::User { .. } | Change::Roles { .. } => {}
        }
    }
    let created = Created::of(&steps);
    below_their_parents(&mut steps, &created, input);
    Records { steps, created }
}

/// Makes creations of tenants depend on those of the tenants above.
fn below_their_parents(steps: &mut [Step], created: &Created, input: Input<'_>) {
    for step in steps {
        let Change::Tenant {
            edit: Edit::Create { .. },
            parent: place,
            ..
        } = &mut step.change
        else {
            continue;
        };
        let entry = step.address.handle();
        let entry = entry.and_then(|handle| input.desired.tenants.get(handle));
        let Some(parent) = entry.and_then(|entry| entry.parent.as_ref()) else {
            continue;
        };
        let target = created.tenant(&parent.value, input);
        step.depends_on
            .extend(target.as_ref().and_then(Target::created_by));
        *place = target;
    }
}

/// A step in the place of what is blocked, for what depends on it. It never leaves the draft.
fn stand_in(address: &Address) -> Step {
    let change = match address {
        Address::Tenant(_) | Address::TenantById(_) => Change::Tenant {
            target: Target::CreatedBy(UNNUMBERED),
            edit: Edit::Create {
                record: Record::default(),
            },
            parent: None,
            namesakes: BTreeSet::new(),
        },
        Address::User(_) | Address::WorkspaceRoles(_) | Address::TenantRoles(..) => Change::User {
            target: Target::CreatedBy(UNNUMBERED),
            edit: Edit::Create {
                record: Record::default(),
            },
            invite: None,
        },
    };
    Step::new(address.clone(), change, Called::default(), Vec::new())
}

impl Created {
    /// The creations among steps.
    pub(crate) fn of(steps: &[Step]) -> Self {
        let (mut tenants, mut users) = (HashMap::new(), HashMap::new());
        for step in steps.iter().filter(|step| step.change.creates()) {
            match &step.address {
                Address::Tenant(handle) => drop(tenants.insert(handle.clone(), step.id)),
                Address::User(Person::Email(email)) => drop(users.insert(email.clone(), step.id)),
                _ => {}
            }
        }
        Self { tenants, users }
    }

    /// The user that an entry stands for, where there is a record or one is created.
    pub(crate) fn user(&self, email: &Email, live: Option<&LiveUser>) -> Option<Target<UserUuid>> {
        match live {
            Some(user) => Some(Target::Existing(user.uuid.clone())),
            None => self.users.get(email).copied().map(Target::CreatedBy),
        }
    }

    /// The tenant that a handle stands for, where it exists or is created.
    pub(crate) fn tenant(&self, handle: &Handle, input: Input<'_>) -> Option<Target<TenantId>> {
        match input.matches.tenants.get(handle) {
            Some(tenant) => Some(Target::Existing(tenant.id.clone())),
            None => self.tenants.get(handle).copied().map(Target::CreatedBy),
        }
    }

    /// The scope as steps name it; none where the tenant neither exists nor is created.
    pub(crate) fn scope(
        &self,
        scope: &Scope<TenantRef>,
        live: Option<&TenantId>,
    ) -> Option<PlanScope> {
        let tenant = match (scope, live) {
            (Scope::Workspace, _) => return Some(Scope::Workspace),
            (Scope::Tenant(_), Some(id)) => Target::Existing(id.clone()),
            (Scope::Tenant(tenant), None) => {
                let step = self.tenants.get(tenant.handle()?)?;
                Target::CreatedBy(*step)
            }
        };
        Some(Scope::Tenant(tenant))
    }
}

impl Input<'_> {
    /// A reason that is written at a place.
    pub(crate) fn why(&self, origin: Origin, reason: Reason) -> Why {
        Why {
            place: self.desired.sources.place(origin),
            reason,
            until: None,
        }
    }

    /// What a user is called.
    pub(crate) fn person(user: &LiveUser) -> Person {
        let email = user.email().map(Person::Email);
        email.unwrap_or_else(|| Person::Id(user.uuid.clone()))
    }
}

/// Not known before the steps are numbered.
const UNNUMBERED: StepId = StepId(0);

fn tenants(input: Input<'_>) -> Vec<Step> {
    let Input { desired, live, .. } = input;
    let mut names: HashMap<&str, BTreeSet<TenantId>> = HashMap::new();
    for tenant in live.tenants.found() {
        names
            .entry(tenant.name())
            .or_default()
            .insert(tenant.id.clone());
    }
    let going = desired.tenants.iter().filter_map(|(handle, entry)| {
        let live = input.matches.tenants.get(handle)?;
        (entry.presence == Presence::Absent).then_some(&live.id)
    });
    let members = members(live, &going.collect());
    let steps = desired.tenants.iter().filter_map(|(handle, entry)| {
        let address = Address::Tenant(handle.clone());
        if input.matches.blocks(&address) {
            return None;
        }
        let record = input.matches.tenants.get(handle).copied();
        let change = tenant(input, entry, record, &names, &members)?;
        let called = Called {
            tenant: record.and_then(LiveTenant::called),
            ..Called::default()
        };
        let why = vec![input.why(entry.handle.origin, Reason::Entry)];
        Some(Step::new(address, change, called, why))
    });
    steps.collect()
}

fn tenant(
    input: Input<'_>,
    entry: &TenantEntry,
    live: Option<&LiveTenant>,
    names: &HashMap<&str, BTreeSet<TenantId>>,
    members: &Members<'_>,
) -> Option<Change> {
    let (target, edit) = match (entry.presence, live) {
        (Presence::Absent, None) => return None,
        (Presence::Absent, Some(tenant)) => {
            return Some(delete_tenant(input.live, tenant, members));
        }
        (Presence::Present, None) => {
            let record = compare::record(&entry.fields, &entry.data);
            (Target::CreatedBy(UNNUMBERED), Edit::Create { record })
        }
        (Presence::Present, Some(live)) => {
            let sources = &input.desired.sources;
            let changes = compare::changes(&entry.fields, &entry.data, &live.record, sources);
            if changes.is_empty() {
                return None;
            }
            let edit = Edit::update(&live.record, changes, None);
            (Target::Existing(live.id.clone()), edit)
        }
    };
    let namesakes = match (&target, entry.name()) {
        (Target::CreatedBy(_), Some(name)) => names.get(&**name).cloned().unwrap_or_default(),
        _ => BTreeSet::new(),
    };
    Some(Change::Tenant {
        target,
        edit,
        parent: None,
        namesakes,
    })
}

/// What users hold in tenants that go.
pub(crate) type Members<'l> = BTreeMap<&'l TenantId, Vec<Loss>>;

/// What users hold in some tenants.
pub(crate) fn members<'l>(live: &Live, tenants: &BTreeSet<&'l TenantId>) -> Members<'l> {
    let mut members: Members<'l> = BTreeMap::new();
    if tenants.is_empty() {
        return members;
    }
    for user in live.users.found() {
        for (scope, roles) in &user.possible() {
            if let Some(id) = scope.tenant().and_then(|id| tenants.get(id)) {
                members.entry(*id).or_default().push(Loss {
                    user: user.uuid.clone(),
                    scope: scope.clone(),
                    roles: roles.clone(),
                });
            }
        }
    }
    members
}

/// Deletes a tenant, and with it all roles in it.
pub(crate) fn delete_tenant(live: &Live, tenant: &LiveTenant, members: &Members<'_>) -> Change {
    Change::Tenant {
        target: Target::Existing(tenant.id.clone()),
        edit: Edit::Delete {
            record: tenant.record.clone(),
            removal: Removal {
                last_active_at: None,
                lost: members.get(&tenant.id).cloned().unwrap_or_default(),
            },
        },
        parent: live.above(tenant).map(Target::Existing),
        namesakes: BTreeSet::new(),
    }
}

fn user(
    input: Input<'_>,
    email: &Email,
    entry: &UserEntry,
    live: Option<&LiveUser>,
) -> Option<Step> {
    let address = Address::User(Person::Email(email.clone()));
    if input.matches.blocks(&address) {
        return None;
    }
    let change = match (entry.presence, live) {
        (Presence::Absent, None) => return None,
        (Presence::Absent, Some(live)) => delete_user(live),
        (Presence::Present, None) if entry.mentioned_only => return None,
        (Presence::Present, None) => Change::User {
            target: Target::CreatedBy(UNNUMBERED),
            edit: Edit::Create {
                record: compare::record(&entry.fields, &entry.data),
            },
            invite: entry.invite.clone(),
        },
        (Presence::Present, Some(live)) => {
            let sources = &input.desired.sources;
            let changes = compare::changes(&entry.fields, &entry.data, &live.record, sources);
            if changes.is_empty() {
                return None;
            }
            let locks = !live.locked() && entry.fields.is_set(UserField::Locked);
            Change::User {
                target: Target::Existing(live.uuid.clone()),
                edit: Edit::update(&live.record, changes, locks.then(|| removal(live))),
                invite: None,
            }
        }
    };
    let called = called(live);
    let why = vec![input.why(entry.email.origin, Reason::Entry)];
    Some(Step::new(address, change, called, why))
}

/// What a user who exists is called.
pub(crate) fn called(live: Option<&LiveUser>) -> Called {
    Called {
        user: live.and_then(LiveUser::email),
        tenant: None,
    }
}

pub(crate) fn delete_user(live: &LiveUser) -> Change {
    Change::User {
        target: Target::Existing(live.uuid.clone()),
        edit: Edit::Delete {
            record: live.record.clone(),
            removal: removal(live),
        },
        invite: None,
    }
}

/// Keeps a user from logging in.
pub(crate) fn lock_user(live: &LiveUser) -> Change {
    let locked = Record::default().with(
        &crate::model::FieldKey::Field(UserField::Locked),
        &serde_json::Value::Bool(true),
    );
    let changes = Edit::Create { record: locked }.unmet(&live.record);
    Change::User {
        target: Target::Existing(live.uuid.clone()),
        edit: Edit::update(&live.record, changes, Some(removal(live))),
        invite: None,
    }
}

/// What goes with a user: all roles, wherever they are held.
fn removal(live: &LiveUser) -> Removal {
    let possible = live.possible();
    let lost = possible.into_iter().map(|(scope, roles)| Loss {
        user: live.uuid.clone(),
        scope: scope.clone(),
        roles: roles.clone(),
    });
    Removal {
        last_active_at: live.last_active_at.clone(),
        lost: lost.collect(),
    }
}

/// Works out again what goes with a record that a change removes.
pub(crate) fn renew_removal(change: &mut Change, live: &Live) {
    let locks = change.locked_out().is_some();
    match change {
        Change::Tenant {
            target: Target::Existing(id),
            edit: Edit::Delete { removal, .. },
            ..
        } => {
            removal.lost = members(live, &BTreeSet::from([&*id]))
                .remove(&*id)
                .unwrap_or_default();
        }
        Change::User {
            target: Target::Existing(id),
            edit,
            ..
        } => {
            let now = live.users.get(id).filter(|_| locks).map(removal);
            match edit {
                Edit::Create { .. } => {}
                Edit::Update { removal, .. } => *removal = now,
                Edit::Delete { removal, .. } => *removal = now.unwrap_or_default(),
            }
        }
        Change::Tenant { .. } | Change::User { .. } | Change::Roles { .. } => {}
    }
}

/// The handles by the ids of their tenants.
pub(crate) type Handles = BTreeMap<TenantId, Handle>;

impl Matches<'_> {
    /// The handles of the tenants that exist, to name a live scope in the manifest's words.
    pub(crate) fn handles(&self) -> Handles {
        let tenants = self.tenants.iter();
        tenants
            .map(|(handle, tenant)| (tenant.id.clone(), handle.clone()))
            .collect()
    }
}

impl Matches<'_> {
    /// The same, of the tenants in which steps change or take roles.
    pub(crate) fn handles_in(&self, steps: &[Step]) -> Handles {
        let touched = steps.iter().flat_map(|step| {
            let lost = step.change.removal().into_iter().flat_map(|it| &it.lost);
            let lost = lost.filter_map(|loss| loss.scope.tenant());
            lost.chain(step.change.tenant().and_then(Target::existing))
        });
        let touched: BTreeSet<&TenantId> = touched.collect();
        let mut handles = self.handles();
        handles.retain(|id, _| touched.contains(id));
        handles
    }
}

/// What messages call a scope: the workspace, or a tenant by its handle, or by its id where it has none.
pub(crate) fn scope_name(scope: &Scope, handles: &Handles) -> Arc<str> {
    match scope {
        Scope::Workspace => Arc::from("the workspace"),
        Scope::Tenant(id) => Arc::from(handles.get(id).map_or(id.as_str(), Handle::as_str)),
    }
}
