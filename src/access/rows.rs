//! A manifest and a live state → rows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::access::row::{Access, Source, State};
use crate::model::{
    AddressPatterns, Desired, Email, Grant, Handle, Holding, Live, LiveTenant, LiveUser, RoleName,
    Scope, TenantId, UserEntry, UserField, Via,
};
use crate::plan::{PendingRole, Plan, matched, pending};

/// What rows are made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AccessInput<'g> {
    pub desired: Option<&'g Desired>,
    pub live: &'g Live,
    /// The plan for both, where what is written and not held yet is wanted.
    pub plan: Option<&'g Plan>,
}

/// Which rows are wanted. A choice that is not made keeps all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of these roles.
    pub roles: BTreeSet<String>,
    /// In these tenants, by handle, id or name; `workspace` is the workspace.
    pub tenants: BTreeSet<String>,
    /// Of users with these addresses.
    pub users: Option<AddressPatterns>,
    /// Also what is written and not held yet.
    pub pending: bool,
}

impl Filter {
    fn keeps(&self, row: &Access) -> bool {
        let role = self.roles.is_empty() || self.roles.contains(row.role.as_str());
        let known = [
            row.tenant.as_deref(),
            row.tenant.as_deref().and_then(|it| it.strip_prefix("id:")),
            row.tenant_name.as_deref(),
            row.tenant.is_none().then_some("workspace"),
        ];
        let mut known = known.into_iter().flatten();
        let tenant = self.tenants.is_empty() || known.any(|it| self.tenants.contains(it));
        let users = self.users.as_ref();
        let user = users.is_none_or(|users| users.is_match(&Email::new(row.user.as_str())));
        role && tenant && user
    }
}

/// The grants, in the order of users, tenants and roles: what is held, with what grants it; and what counts below a tenant
/// because it is held there.
pub(crate) fn rows(given: AccessInput<'_>, filter: &Filter) -> Vec<Access> {
    let AccessInput {
        desired,
        live,
        plan,
    } = given;
    let (handles, entries) = desired.map(|it| matched(it, live)).unwrap_or_default();
    let names = Names {
        desired,
        live,
        handles,
        below: below(live),
    };
    let mut rows = Vec::new();
    for user in live.users.found() {
        let entry = entries.get(&user.uuid).zip(desired);
        let entry = entry.and_then(|(email, desired)| desired.users.get(email));
        names.held(user, entry.map(|entry| &**entry), &mut rows);
    }
    if let Some((desired, plan)) = desired.zip(plan) {
        let pending = pending(desired, live, plan);
        rows.extend(pending.iter().filter_map(|it| names.pending(desired, it)));
    }
    rows.retain(|row| filter.keeps(row));
    rows.sort();
    rows
}

/// The tenants below each, on every level.
fn below(live: &Live) -> BTreeMap<TenantId, Vec<TenantId>> {
    let mut below: BTreeMap<TenantId, Vec<TenantId>> = BTreeMap::new();
    for tenant in live.tenants.found() {
        for above in live.ancestors(tenant) {
            below
                .entry(above.id.clone())
                .or_default()
                .push(tenant.id.clone());
        }
    }
    below
}

struct Names<'g> {
    desired: Option<&'g Desired>,
    live: &'g Live,
    handles: BTreeMap<TenantId, Handle>,
    below: BTreeMap<TenantId, Vec<TenantId>>,
}

impl Names<'_> {
    /// The handle of a tenant, or its id.
    fn tenant(&self, id: &TenantId) -> String {
        match self.handles.get(id) {
            Some(handle) => handle.to_string(),
            None => format!("id:{id}"),
        }
    }

    fn row(&self, user: &LiveUser, scope: &Scope, role: &RoleName) -> Access {
        let tenant = scope.tenant();
        let record = tenant.and_then(|id| self.live.tenants.get(id));
        let name = record.and_then(LiveTenant::called);
        let name = name.or_else(|| user.tenant_names.get(tenant?).cloned());
        let text = |field| user.record.text(field).map(ToString::to_string);
        Access {
            user: text(UserField::Email).unwrap_or_else(|| format!("id:{}", user.uuid)),
            name: text(UserField::Name),
            tenant: tenant.map(|id| self.tenant(id)),
            tenant_name: name.map(|name| name.to_string()),
            role: role.clone(),
            sensitive: self.is_sensitive(role),
            state: State::Held,
            sources: Vec::new(),
            until: None,
            through: None,
            last_active: user.last_active_at.clone(),
            locked: user.locked(),
        }
    }

    fn is_sensitive(&self, role: &RoleName) -> bool {
        match self.desired {
            Some(desired) => desired.sensitive.contains(role),
            None => RoleName::SENSITIVE.contains(&role.as_str()),
        }
    }

    /// What a user holds. What the record only repeats below a tenant comes from there.
    fn held(&self, user: &LiveUser, entry: Option<&UserEntry>, rows: &mut Vec<Access>) {
        for (scope, roles) in &user.possible() {
            let named = scope.as_ref().and_then(|id| self.handles.get(id).cloned());
            for role in roles {
                let mut row = self.row(user, scope, role);
                if self.desired.is_some() {
                    let granted = entry.zip(named.as_ref());
                    self.explain(granted, role, State::ByHand, &mut row);
                }
                let below = scope.tenant().and_then(|id| self.below.get(id));
                for id in below.into_iter().flatten() {
                    let here = Scope::Tenant(id.clone());
                    if user
                        .holding(&here, role)
                        .is_none_or(|it| it == Holding::Repeated)
                    {
                        rows.push(Access {
                            through: row.tenant.clone(),
                            state: row.state,
                            sources: row.sources.clone(),
                            until: row.until.clone(),
                            ..self.row(user, &here, role)
                        });
                    }
                }
                rows.push(row);
            }
        }
    }

    /// Notes what grants a role; where nothing does, the other state.
    fn explain(
        &self,
        granted: Option<(&UserEntry, &Scope<Handle>)>,
        role: &RoleName,
        other: State,
        row: &mut Access,
    ) {
        row.state = other;
        let Some((entry, scope)) = granted else {
            return;
        };
        let grants = entry.grants.iter().filter(|(known, _)| known == scope);
        row.sources = grants
            .flat_map(|(_, grant)| self.sources(grant, role))
            .collect();
        if !row.sources.is_empty() {
            row.state = State::Managed;
            row.until = entry
                .until(scope, role)
                .map(|until| Arc::clone(&until.written));
            return;
        }
        let mut ended = self.desired.into_iter().flat_map(|desired| &desired.ended);
        let ended = ended.find(|it| {
            it.email == entry.email.value && it.scope == *scope && it.granted.role == *role
        });
        if let Some(until) = ended.and_then(|it| it.granted.until.as_ref()) {
            row.state = State::Ended;
            row.until = Some(Arc::clone(&until.value.written));
        }
    }

    fn sources(&self, grant: &Grant, role: &RoleName) -> Vec<Source> {
        let place = |origin| self.desired?.sources.place(origin);
        let granted = grant.roles.iter().filter(|granted| granted.role == *role);
        let sources = granted.map(|granted| Source {
            from: match &granted.via {
                Via::Entry => "user entry".to_owned(),
                Via::Members => "members".to_owned(),
                Via::Group(group, _) => format!("group {group}"),
            },
            place: place(granted.origin),
            member: match &granted.via {
                Via::Group(_, member) => place(*member),
                Via::Entry | Via::Members => None,
            },
            since: None,
        });
        sources.collect()
    }

    /// A role that is written and not held yet.
    fn pending(&self, desired: &Desired, pending: &PendingRole<'_>) -> Option<Access> {
        let PendingRole {
            email,
            user,
            scope,
            role,
        } = pending;
        let entry = desired.users.get(*email)?;
        let written = scope.tenant().and_then(|it| desired.tenants.get(it));
        let mut row = Access {
            user: email.to_string(),
            name: entry.fields.text(UserField::Name).map(ToString::to_string),
            tenant: scope.tenant().map(ToString::to_string),
            tenant_name: written.and_then(|it| it.name()).map(ToString::to_string),
            role: role.clone(),
            sensitive: self.is_sensitive(role),
            state: State::Pending,
            sources: Vec::new(),
            until: None,
            through: None,
            last_active: user.and_then(|user| user.last_active_at.clone()),
            locked: user.is_some_and(LiveUser::locked),
        };
        self.explain(Some((entry, scope)), role, State::Pending, &mut row);
        row.state = State::Pending;
        Some(row)
    }
}
