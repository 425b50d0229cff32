//! The comparison of desired and live state.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::change::{
    Action, Address, Person, Plan, Size, Step, StepId, TenantTarget, UserTarget, Warning, Why,
};
use super::matching::{Matches, matches};
use super::{Conflict, fields, guard, order, prune, rename, roles};
use crate::model::{
    Desired, Email, Findings, Handle, Live, Origin, Presence, TenantEntry, UserEntry,
};

/// What the command line allows.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// Whether `prune.users` may match everybody.
    pub allow_prune_all: bool,
    /// Whether to look for deletions and creations that are one person.
    pub rename_check: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            allow_prune_all: false,
            rename_check: true,
        }
    }
}

/// Says what would change.
///
/// # Errors
/// Everything that only the live state shows to be wrong with the manifest: entries that match no record, several
/// records, or one another's.
pub fn diff(desired: &Desired, live: &Live, policy: Policy) -> Result<Plan, Findings<Conflict>> {
    let mut conflicts = Vec::new();
    let matches = matches(desired, live, &mut conflicts);
    prune::check(desired, policy, &mut conflicts);
    if !conflicts.is_empty() {
        return Err(Findings::new(conflicts, desired.sources.clone()));
    }
    let mut draft = Draft {
        desired,
        live,
        matches,
        steps: Vec::new(),
        warnings: Vec::new(),
        created_tenants: HashMap::new(),
        created_users: HashMap::new(),
    };
    for (handle, entry) in &desired.tenants {
        draft.tenant(handle, entry);
    }
    for (email, entry) in &desired.users {
        draft.user(email, entry);
    }
    draft
        .warnings
        .extend(rename::warnings(desired, live, &draft.matches));
    roles::plan(&mut draft);
    prune::plan(&mut draft);
    roles::warn(&mut draft);
    let suspects = if policy.rename_check {
        rename::suspects(&draft)
    } else {
        Vec::new()
    };
    let handles = handles(&draft)
        .into_iter()
        .map(|(id, handle)| (id, Arc::from(handle.as_str())))
        .collect();
    let broken_guards = guard::broken(&desired.guards, live, &draft.steps, &handles);
    let Draft {
        steps,
        mut warnings,
        ..
    } = draft;
    let (steps, handovers) = order::order(steps, live);
    warnings.sort();
    warnings.dedup();
    let size = Size {
        files: desired.sources.len(),
        users: desired
            .users
            .values()
            .filter(|user| !user.mentioned_only)
            .count(),
        tenants: desired.tenants.len(),
    };
    Ok(Plan {
        workspace: live.workspace.clone(),
        mode: live.mode,
        size,
        steps,
        handovers,
        warnings,
        suspects,
        broken_guards,
    })
}

/// A plan while it is made. Steps are numbered as they come; [`order`] puts them into their final order.
pub(super) struct Draft<'d> {
    pub(super) desired: &'d Desired,
    pub(super) live: &'d Live,
    pub(super) matches: Matches<'d>,
    pub(super) steps: Vec<Step>,
    pub(super) warnings: Vec<Warning>,
    created_tenants: HashMap<Handle, StepId>,
    created_users: HashMap<Email, StepId>,
}

impl Draft<'_> {
    fn tenant(&mut self, handle: &Handle, entry: &TenantEntry) {
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
                    None => Action::CreateTenant { fields, changes },
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

    fn user(&mut self, email: &Email, entry: &UserEntry) {
        let address = Address::User(Person::Email(email.clone()));
        let live = self.matches.users.get(email).copied();
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

    /// The user that an entry stands for, where it exists or is created.
    pub(super) fn user_target(&self, email: &Email) -> Option<UserTarget> {
        let live = self
            .matches
            .users
            .get(email)
            .map(|user| UserTarget::Live(user.id));
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

/// The handles by the ids of their tenants, to name a live scope in the manifest's words.
pub(super) fn handles(draft: &Draft<'_>) -> BTreeMap<crate::model::TenantId, Handle> {
    draft
        .matches
        .tenants
        .iter()
        .map(|(handle, tenant)| (tenant.id.clone(), handle.clone()))
        .collect()
}
