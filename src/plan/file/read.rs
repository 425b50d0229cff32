//! [`PlanFile`] → [`Plan`]: the plan that was saved, call for call.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize as _;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::check::Unusable;
use super::document::{
    ActionKind, Kind, PlaceJson, PlanFile, State, StepJson, TenantRef, UserRef, WhyJson,
};
use crate::model::{Invite, InviteType, Place, RoleName, RoleSet, TenantId, UserId};
use crate::plan::{
    Action, Address, BrokenGuard, FieldChange, Handover, HandoverId, Person, Plan, RoleScope, Size,
    Step, StepId, Suspect, TenantTarget, UserTarget, Warning, Why,
};

impl PlanFile {
    /// The plan.
    ///
    /// # Errors
    /// Where a step is not whole, or refers to one that is not there.
    pub fn plan(&self) -> Result<Plan, Unusable> {
        Ok(Plan {
            workspace: self.workspace.clone(),
            mode: self.mode,
            size: Size {
                files: self.manifest.files,
                users: self.manifest.users,
                tenants: self.manifest.tenants,
            },
            steps: self
                .steps
                .iter()
                .enumerate()
                .map(|(index, step)| self.step(index, step))
                .collect::<Result<_, _>>()?,
            handovers: self
                .handovers
                .iter()
                .map(|handover| {
                    Ok(Handover {
                        scope: handover.scope.clone(),
                        role: handover.role.clone(),
                        grants: self.ids(&handover.grants)?,
                    })
                })
                .collect::<Result<_, _>>()?,
            warnings: self
                .warnings
                .iter()
                .map(|warning| Warning {
                    kind: warning.kind,
                    message: warning.message.clone(),
                    place: warning.place.as_ref().map(place),
                })
                .collect(),
            suspects: self
                .suspects
                .iter()
                .map(|suspect| Suspect {
                    removed: suspect.removed.clone(),
                    created: suspect.created.clone(),
                    place: suspect.place.as_ref().map(place),
                    in_common: suspect.in_common.clone(),
                })
                .collect(),
            selection: None,
            broken_guards: self
                .guards
                .iter()
                .map(|guard| BrokenGuard {
                    name: guard.name,
                    count: guard.count,
                    reasons: guard.reasons.clone(),
                })
                .collect(),
        })
    }

    fn step(&self, index: usize, step: &StepJson) -> Result<Step, Unusable> {
        if step.id != index {
            return Err(broken(step, "its number is not its place"));
        }
        let waits_for = step
            .waits_for
            .iter()
            .map(|id| match self.handovers.get(*id) {
                Some(_) => Ok(HandoverId(*id)),
                None => Err(broken(step, "it waits for a handover that is not there")),
            });
        Ok(Step {
            id: StepId(index),
            address: address(step)?,
            action: action(step)?,
            depends_on: self.ids(&step.depends_on)?,
            waits_for: waits_for.collect::<Result<_, _>>()?,
            why: step
                .why
                .iter()
                .filter(|why| why.field.is_none())
                .map(why)
                .collect(),
            dangers: step.dangers.clone(),
        })
    }

    fn ids(&self, ids: &[usize]) -> Result<Vec<StepId>, Unusable> {
        let known = |id: &usize| {
            let step = self.steps.get(*id).ok_or_else(|| Unusable::NotAPlan {
                reason: format!("there is no step {id}"),
            });
            step.map(|_| StepId(*id))
        };
        ids.iter().map(known).collect()
    }
}

fn broken(step: &StepJson, what: &str) -> Unusable {
    Unusable::NotAPlan {
        reason: format!("step {}: {what}", step.id),
    }
}

fn place(place: &PlaceJson) -> Place {
    Place {
        file: place.file.clone(),
        line: place.line,
        column: place.column,
    }
}

fn why(why: &WhyJson) -> Why {
    Why {
        place: why.place.as_ref().map(place),
        text: why.text.clone(),
    }
}

fn person(step: &StepJson) -> Result<Person, Unusable> {
    match &step.user {
        Some(UserRef {
            email: Some(email), ..
        }) => Ok(Person::Email(email.clone())),
        Some(UserRef { id: Some(id), .. }) => Ok(Person::Id(*id)),
        _ => Err(broken(step, "it names no user")),
    }
}

fn address(step: &StepJson) -> Result<Address, Unusable> {
    let address = match (step.kind, &step.tenant) {
        (
            Kind::Tenant,
            Some(TenantRef {
                handle: Some(handle),
                ..
            }),
        ) => Address::Tenant(handle.clone()),
        (Kind::Tenant, _) => Address::TenantById(tenant_id(step)?),
        (Kind::User, _) => Address::User(person(step)?),
        (Kind::Roles, None) => Address::WorkspaceRoles(person(step)?),
        (Kind::Roles, Some(tenant)) => match &tenant.handle {
            Some(handle) => Address::TenantRoles(person(step)?, handle.clone()),
            None => return Err(broken(step, "its tenant has no handle")),
        },
    };
    if address.to_string() == step.address {
        Ok(address)
    } else {
        Err(broken(
            step,
            "its address is not that of its user and tenant",
        ))
    }
}

fn user_id(step: &StepJson) -> Result<UserId, Unusable> {
    let id = step.user.as_ref().and_then(|user| user.id);
    id.ok_or_else(|| broken(step, "its user has no id"))
}

fn tenant_id(step: &StepJson) -> Result<TenantId, Unusable> {
    let id = step.tenant.as_ref().and_then(|tenant| tenant.id.clone());
    id.filter(|id| TenantId::is_plain(id.as_str()))
        .ok_or_else(|| broken(step, "its tenant has no id"))
}

/// The fields that are sent.
fn sends<T: DeserializeOwned>(step: &StepJson) -> Result<T, Unusable> {
    let fields = step.sends.clone().unwrap_or_default();
    serde_json::from_value(Value::Object(fields))
        .map_err(|error| broken(step, &format!("`sends`: {error}")))
}

/// When somebody was last active, as a deletion shows it.
fn last_active(step: &StepJson) -> Option<Arc<str>> {
    match &step.before {
        Some(State::Record(record)) => Some(Arc::from(record.get("lastActiveAt")?.as_str()?)),
        _ => None,
    }
}

fn action(step: &StepJson) -> Result<Action, Unusable> {
    let changes = || changes(step);
    Ok(match (step.kind, step.action) {
        (Kind::Tenant, ActionKind::Create) => Action::CreateTenant {
            fields: sends(step)?,
            namesakes: step
                .reads
                .get("namesakes")
                .map_or(Ok(BTreeSet::new()), BTreeSet::deserialize)
                .map_err(|error| broken(step, &format!("`namesakes`: {error}")))?,
            changes: changes(),
        },
        (Kind::Tenant, ActionKind::Update) => Action::UpdateTenant {
            id: tenant_id(step)?,
            fields: sends(step)?,
            changes: changes(),
        },
        (Kind::Tenant, ActionKind::Delete) => Action::DeleteTenant {
            id: tenant_id(step)?,
            name: match &step.before {
                Some(State::Record(record)) => record.get("name").and_then(Value::as_str),
                _ => None,
            }
            .unwrap_or_default()
            .into(),
        },
        (Kind::User, ActionKind::Create) => Action::CreateUser {
            fields: sends(step)?,
            changes: changes(),
        },
        (Kind::User, ActionKind::Invite) => Action::InviteUser {
            fields: sends(step)?,
            invite: invite(step)?,
            changes: changes(),
        },
        (Kind::User, ActionKind::Update) => Action::UpdateUser {
            id: user_id(step)?,
            fields: sends(step)?,
            changes: changes(),
        },
        (Kind::User, ActionKind::Delete) => Action::DeleteUser {
            id: user_id(step)?,
            last_active_at: last_active(step),
        },
        (Kind::User, ActionKind::Lock) => Action::LockUser {
            id: user_id(step)?,
            last_active_at: last_active(step),
        },
        (Kind::Roles, ActionKind::Update) => Action::SetRoles {
            user: match &step.user {
                Some(UserRef {
                    created_by: Some(id),
                    ..
                }) => UserTarget::CreatedBy(earlier(step, *id)?),
                _ => UserTarget::Live(user_id(step)?),
            },
            scope: match &step.tenant {
                None => RoleScope::Workspace,
                Some(TenantRef {
                    created_by: Some(id),
                    ..
                }) => RoleScope::Tenant(TenantTarget::CreatedBy(earlier(step, *id)?)),
                Some(_) => RoleScope::Tenant(TenantTarget::Live(tenant_id(step)?)),
            },
            before: roles(step, step.before.as_ref())?,
            after: roles(step, step.after.as_ref())?,
            granted_by: granted_by(step),
        },
        _ => return Err(broken(step, "there is no such action on this kind")),
    })
}

/// The step that creates what this one needs: it stands before, and this one depends on it.
fn earlier(step: &StepJson, id: usize) -> Result<StepId, Unusable> {
    if id < step.id && step.depends_on.contains(&id) {
        Ok(StepId(id))
    } else {
        Err(broken(
            step,
            "it does not depend on what creates its user or tenant",
        ))
    }
}

fn roles(step: &StepJson, state: Option<&State>) -> Result<RoleSet, Unusable> {
    match state {
        Some(State::Roles(roles)) => Ok(roles.iter().cloned().collect()),
        _ => Err(broken(step, "it lacks the roles before or after")),
    }
}

fn granted_by(step: &StepJson) -> BTreeMap<RoleName, Vec<Why>> {
    let mut reasons: BTreeMap<RoleName, Vec<Why>> = BTreeMap::new();
    for reason in &step.why {
        if let Some(role) = &reason.role {
            reasons.entry(role.clone()).or_default().push(why(reason));
        }
    }
    reasons
}

fn invite(step: &StepJson) -> Result<Invite, Unusable> {
    let Some(invite) = &step.invite else {
        return Err(broken(step, "it does not say what the invitation is"));
    };
    let kind = match invite.kind.as_str() {
        "welcome" => InviteType::Welcome,
        "reset" => InviteType::Reset,
        _ => return Err(broken(step, "there is no such invitation")),
    };
    Ok(Invite {
        kind,
        duration: invite.duration.clone(),
    })
}

/// The changes that both sides show, in the order of their names.
fn changes(step: &StepJson) -> Vec<FieldChange> {
    let flat = |state: Option<&State>| -> BTreeMap<String, Value> {
        let Some(State::Record(record)) = state else {
            return BTreeMap::new();
        };
        let mut fields = BTreeMap::new();
        for (name, value) in record {
            match value {
                Value::Object(data) if name == "data" => {
                    fields.extend(
                        data.iter()
                            .map(|(key, value)| (format!("data.{key}"), value.clone())),
                    );
                }
                value => drop(fields.insert(name.clone(), value.clone())),
            }
        }
        fields
    };
    let before = flat(step.before.as_ref());
    let some = |value: Option<&Value>| value.filter(|value| !value.is_null()).cloned();
    flat(step.after.as_ref())
        .into_iter()
        .map(|(field, after)| {
            let reason = step
                .why
                .iter()
                .find(|why| why.field.as_ref() == Some(&field));
            FieldChange {
                before: some(before.get(&field)),
                after: some(Some(&after)),
                place: reason.and_then(|why| why.place.as_ref()).map(place),
                field,
            }
        })
        .collect()
}
