//! A plan while it is made: what was matched, and the steps so far.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::change::{Action, Address, Person, Step, StepId, TenantTarget, UserTarget, Why};
use super::fields;
use super::matching::Matches;
use super::{Selection, Warning};
use crate::model::{
    Desired, Email, Handle, Live, LiveUser, Origin, Presence, Scope, TenantEntry, TenantId,
    UserEntry,
};

/// What the command line allows.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Whether `prune.users` may match everybody.
    pub allow_prune_all: bool,
    /// Whether to look for deletions and creations that are one person.
    pub rename_check: bool,
    /// Which steps are wanted.
    pub selection: Selection,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            allow_prune_all: false,
            rename_check: true,
            selection: Selection::default(),
        }
    }
}

/// A plan while it is made. Steps are numbered as they come; `order` puts them into their final order.
pub(super) struct Draft<'d> {
    pub(super) desired: &'d Desired,
    pub(super) live: &'d Live,
    pub(super) matches: &'d Matches<'d>,
    pub(super) steps: Vec<Step>,
    pub(super) warnings: Vec<Warning>,
    names: HashMap<&'d str, Vec<&'d TenantId>>,
    created_tenants: HashMap<Handle, StepId>,
    created_users: HashMap<Email, StepId>,
}

impl<'d> Draft<'d> {
    pub(super) fn new(desired: &'d Desired, live: &'d Live, matches: &'d Matches<'d>) -> Self {
        let mut names: HashMap<&str, Vec<&TenantId>> = HashMap::new();
        for tenant in live.tenants.values() {
            names.entry(&tenant.name).or_default().push(&tenant.id);
        }
        Self {
            desired,
            live,
            matches,
            names,
            steps: Vec::new(),
            warnings: Vec::new(),
            created_tenants: HashMap::new(),
            created_users: HashMap::new(),
        }
    }

    pub(super) fn tenant(&mut self, handle: &Handle, entry: &TenantEntry) {
        let address = Address::Tenant(handle.clone());
        let live = self.matches.tenants.get(handle).copied();
        let action = match (entry.presence, live) {
            (Presence::Absent, None) => return,
            (Presence::Absent, Some(live)) => Action::DeleteTenant {
                id: live.id.clone(),
                name: live.name.clone(),
            },
            (Presence::Present, live) => {
                let (fields, changes) = fields::tenant(entry, live, &self.desired.sources);
                match live {
                    None => Action::CreateTenant {
                        namesakes: self.namesakes(fields.name.as_deref()),
                        fields,
                        changes,
                    },
                    Some(_) if changes.is_empty() => return,
                    Some(live) => Action::UpdateTenant {
                        id: live.id.clone(),
                        fields,
                        changes,
                    },
                }
            }
        };
        let created = matches!(action, Action::CreateTenant { .. });
        let id = self.push(
            address,
            action,
            Vec::new(),
            vec![self.why(entry.handle.origin, None)],
        );
        if created {
            self.created_tenants.insert(handle.clone(), id);
        }
    }

    /// The tenants that have a name.
    fn namesakes(&self, name: Option<&str>) -> BTreeSet<TenantId> {
        let named = name.and_then(|name| self.names.get(name));
        named
            .into_iter()
            .flatten()
            .map(|id| (*id).clone())
            .collect()
    }

    /// Adds what is to be done about an entry; `live` is its record.
    pub(super) fn user(&mut self, email: &Email, entry: &UserEntry, live: Option<&LiveUser>) {
        let address = Address::User(Person::Email(email.clone()));
        let action = match (entry.presence, live) {
            (Presence::Absent, None) => return,
            (Presence::Absent, Some(live)) => Action::DeleteUser {
                id: live.id,
                last_active_at: live.last_active_at.clone(),
            },
            (Presence::Present, live) => {
                let (fields, changes) = fields::user(entry, live, &self.desired.sources);
                match (live, &entry.invite) {
                    (None, None) => Action::CreateUser { fields, changes },
                    (None, Some(invite)) => Action::InviteUser {
                        fields,
                        invite: invite.clone(),
                        changes,
                    },
                    (Some(_), _) if changes.is_empty() => return,
                    (Some(live), _) => Action::UpdateUser {
                        id: live.id,
                        fields,
                        changes,
                    },
                }
            }
        };
        let created = matches!(
            action,
            Action::CreateUser { .. } | Action::InviteUser { .. }
        );
        let id = self.push(
            address,
            action,
            Vec::new(),
            vec![self.why(entry.email.origin, None)],
        );
        if created {
            self.created_users.insert(email.clone(), id);
        }
    }

    pub(super) fn push(
        &mut self,
        address: Address,
        action: Action,
        depends_on: Vec<StepId>,
        why: Vec<Why>,
    ) -> StepId {
        let id = StepId(self.steps.len());
        self.steps.push(Step {
            id,
            address,
            action,
            depends_on,
            waits_for: Vec::new(),
            why,
            dangers: Vec::new(),
        });
        id
    }

    /// A reason that is written at a place.
    pub(super) fn why(&self, origin: Origin, text: Option<Arc<str>>) -> Why {
        Why {
            place: self.desired.sources.place(origin),
            text,
        }
    }

    /// The user that an entry stands for, where it has a record or is created.
    pub(super) fn user_target(&self, email: &Email, live: Option<&LiveUser>) -> Option<UserTarget> {
        let live = live.map(|user| UserTarget::Live(user.id));
        live.or_else(|| {
            self.created_users
                .get(email)
                .map(|step| UserTarget::CreatedBy(*step))
        })
    }

    /// The tenant that a handle stands for, where it exists or is created.
    pub(super) fn tenant_target(&self, handle: &Handle) -> Option<TenantTarget> {
        let live = self
            .matches
            .tenants
            .get(handle)
            .map(|tenant| TenantTarget::Live(tenant.id.clone()));
        live.or_else(|| {
            self.created_tenants
                .get(handle)
                .map(|step| TenantTarget::CreatedBy(*step))
        })
    }
}

/// The handles by the ids of their tenants.
pub(super) type Handles = BTreeMap<TenantId, Handle>;

/// The handles of the tenants that exist, to name a live scope in the manifest's words.
pub(super) fn handles(draft: &Draft<'_>) -> Handles {
    draft
        .matches
        .tenants
        .iter()
        .map(|(handle, tenant)| (tenant.id.clone(), handle.clone()))
        .collect()
}

/// What messages call a scope: the workspace, or a tenant by its handle, or by its id where it has none.
pub(super) fn scope_name(scope: &Scope, handles: &Handles) -> Arc<str> {
    match scope {
        Scope::Workspace => Arc::from("the workspace"),
        Scope::Tenant(id) => Arc::from(handles.get(id).map_or(id.as_str(), Handle::as_str)),
    }
}
