//! [`Plan`] → [`PlanFile`].

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::document::{
    ActionKind, CostJson, DocumentKind, FORMAT_VERSION, GuardJson, HandoverJson, InviteJson, Kind,
    ManifestJson, PlaceJson, PlanFile, SelectionJson, Source, State, StepJson, Summary,
    SuspectJson, TenantRef, UserRef, WarningJson, WhyJson,
};
use super::reads::{Subject, reads};
use crate::model::{Invite, Live, Mode, Place, RoleName, RoleSet, Sources, sha256};
use crate::plan::{
    Action, Address, Cost, FieldChange, Person, Plan, RoleScope, Step, StepId, TenantTarget,
    UserTarget, Why,
};

/// How a plan came about.
#[derive(Clone, Debug)]
pub struct Made {
    /// Where the live state came from.
    pub source: Source,
    /// SHA-256 of the manifest's texts.
    pub manifest_hash: String,
    /// The mode that the manifest says it is for.
    pub manifest_mode: Option<Mode>,
    /// How many holders of each role the manifest says have to stay.
    pub keep_holders: Option<BTreeMap<RoleName, u64>>,
    /// What carrying it out takes.
    pub cost: Cost,
}

/// SHA-256 of a manifest's texts, in hexadecimal digits.
pub fn manifest_hash(sources: &Sources) -> String {
    sha256(sources.texts().map(str::as_bytes))
}

impl PlanFile {
    /// The document of a plan that was made from this live state.
    pub fn of(plan: &Plan, live: &Live, made: &Made) -> Self {
        let mut file = Self {
            document: DocumentKind::Plan,
            format_version: FORMAT_VERSION,
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            workspace: plan.workspace.clone(),
            mode: plan.mode,
            source: made.source,
            manifest: ManifestJson {
                hash: made.manifest_hash.clone(),
                mode: made.manifest_mode,
                keep_holders: made.keep_holders.clone(),
                files: plan.size.files,
                users: plan.size.users,
                tenants: plan.size.tenants,
            },
            selection: plan.selection.as_ref().map(|selected| SelectionJson {
                taken_in: selected.taken_in.iter().map(ToString::to_string).collect(),
                dragged_out: selected
                    .dragged_out
                    .iter()
                    .map(ToString::to_string)
                    .collect(),
                left_out: selected.left_out,
            }),
            steps: plan
                .steps
                .iter()
                .map(|step| self::step(step, live))
                .collect(),
            handovers: plan
                .handovers
                .iter()
                .map(|handover| HandoverJson {
                    scope: handover.scope.clone(),
                    role: handover.role.clone(),
                    grants: ids(&handover.grants),
                })
                .collect(),
            guards: plan
                .broken_guards
                .iter()
                .map(|guard| GuardJson {
                    name: guard.name,
                    count: guard.count,
                    reasons: guard.reasons.clone(),
                })
                .collect(),
            suspects: plan
                .suspects
                .iter()
                .map(|suspect| SuspectJson {
                    removed: suspect.removed.clone(),
                    created: suspect.created.clone(),
                    in_common: suspect.in_common.iter().map(ToString::to_string).collect(),
                    place: suspect.place.as_ref().map(place),
                })
                .collect(),
            warnings: plan
                .warnings
                .iter()
                .map(|warning| WarningJson {
                    kind: warning.kind,
                    message: warning.message.clone(),
                    place: warning.place.as_ref().map(place),
                })
                .collect(),
            summary: Summary::of(plan),
            cost: CostJson {
                calls: made.cost.calls,
                by_call: by_call(plan),
                seconds: made.cost.time.as_secs_f64(),
            },
            checksum: String::new(),
        };
        file.checksum = file.sum();
        file
    }

    /// The checksum that the document should have.
    pub(super) fn sum(&self) -> String {
        let bare = Self {
            checksum: String::new(),
            ..self.clone()
        };
        // A document of texts, numbers and lists can always be written.
        let text = serde_json::to_vec(&bare).unwrap_or_default();
        sha256([text.as_slice()])
    }
}

impl Summary {
    /// Counts the steps of a plan.
    pub fn of(plan: &Plan) -> Self {
        let mut summary = Self::default();
        for step in &plan.steps {
            let (kind, action) = kind(&step.action);
            let of_kind = match kind {
                Kind::Tenant => &mut summary.tenants,
                Kind::User => &mut summary.users,
                Kind::Roles => &mut summary.roles,
            };
            *of_kind.entry(action).or_default() += 1;
            for danger in &step.dangers {
                *summary.dangers.entry(*danger).or_default() += 1;
            }
        }
        summary
    }
}

/// What an action changes, and what it does to it.
pub(super) fn kind(action: &Action) -> (Kind, ActionKind) {
    match action {
        Action::CreateTenant { .. } => (Kind::Tenant, ActionKind::Create),
        Action::UpdateTenant { .. } => (Kind::Tenant, ActionKind::Update),
        Action::DeleteTenant { .. } => (Kind::Tenant, ActionKind::Delete),
        Action::CreateUser { .. } => (Kind::User, ActionKind::Create),
        Action::InviteUser { .. } => (Kind::User, ActionKind::Invite),
        Action::UpdateUser { .. } => (Kind::User, ActionKind::Update),
        Action::LockUser { .. } => (Kind::User, ActionKind::Lock),
        Action::DeleteUser { .. } => (Kind::User, ActionKind::Delete),
        Action::SetRoles { .. } => (Kind::Roles, ActionKind::Update),
    }
}

/// How often each endpoint is called, by its name in the API's reference.
fn by_call(plan: &Plan) -> BTreeMap<String, usize> {
    let mut calls = BTreeMap::new();
    for step in &plan.steps {
        *calls.entry(step.action.call().to_owned()).or_default() += 1;
    }
    calls
}

fn step(step: &Step, live: &Live) -> StepJson {
    let (kind, action) = kind(&step.action);
    let (before, after) = states(&step.action);
    let (user, tenant) = targets(step);
    let (sends, invite) = match &step.action {
        Action::CreateTenant { fields, .. } | Action::UpdateTenant { fields, .. } => {
            (object(fields), None)
        }
        Action::CreateUser { fields, .. } | Action::UpdateUser { fields, .. } => {
            (object(fields), None)
        }
        Action::InviteUser { fields, invite, .. } => (object(fields), Some(invite)),
        Action::DeleteTenant { .. }
        | Action::DeleteUser { .. }
        | Action::LockUser { .. }
        | Action::SetRoles { .. } => (None, None),
    };
    StepJson {
        id: step.id.0,
        kind,
        action,
        address: step.address.to_string(),
        user,
        tenant,
        before,
        after,
        sends,
        invite: invite.map(|Invite { kind, duration }| InviteJson {
            kind: kind.as_str().to_owned(),
            duration: duration.clone(),
        }),
        depends_on: ids(&step.depends_on),
        waits_for: step.waits_for.iter().map(|id| id.0).collect(),
        why: reasons(step),
        dangers: step.dangers.clone(),
        reads: reads(&step.action, &Subject::of(&step.action), live),
    }
}

fn ids(ids: &[StepId]) -> Vec<usize> {
    ids.iter().map(|id| id.0).collect()
}

fn place(place: &Place) -> PlaceJson {
    PlaceJson {
        file: place.file.clone(),
        line: place.line,
        column: place.column,
    }
}

/// A value that is a JSON object, which it is for all that is passed here.
fn object(value: &impl Serialize) -> Option<Map<String, Value>> {
    match serde_json::to_value(value) {
        Ok(Value::Object(map)) => Some(map),
        _ => None,
    }
}

fn states(action: &Action) -> (Option<State>, Option<State>) {
    let roles = |roles: &RoleSet| Some(State::Roles(roles.iter().cloned().collect()));
    let record = |value: Value| match value {
        Value::Object(map) => Some(State::Record(map)),
        _ => None,
    };
    match action {
        Action::CreateTenant { changes, .. }
        | Action::CreateUser { changes, .. }
        | Action::InviteUser { changes, .. } => {
            (None, Some(fields(changes, |change| &change.after)))
        }
        Action::UpdateTenant { changes, .. } | Action::UpdateUser { changes, .. } => (
            Some(fields(changes, |change| &change.before)),
            Some(fields(changes, |change| &change.after)),
        ),
        Action::DeleteTenant { name, .. } => (record(json!({ "name": name })), None),
        Action::DeleteUser { last_active_at, .. } => {
            (record(json!({ "lastActiveAt": last_active_at })), None)
        }
        Action::LockUser { last_active_at, .. } => (
            record(json!({ "locked": false, "lastActiveAt": last_active_at })),
            record(json!({ "locked": true, "lastActiveAt": last_active_at })),
        ),
        Action::SetRoles { before, after, .. } => (roles(before), roles(after)),
    }
}

/// One side of all changes, the keys of the data as a map of their own.
fn fields<'c>(
    changes: &'c [FieldChange],
    side: impl Fn(&'c FieldChange) -> &'c Option<Value>,
) -> State {
    let (mut record, mut data) = (Map::new(), Map::new());
    for change in changes {
        let value = side(change).clone().unwrap_or(Value::Null);
        match change.field.strip_prefix("data.") {
            Some(key) => data.insert(key.to_owned(), value),
            None => record.insert(change.field.clone(), value),
        };
    }
    if !data.is_empty() {
        record.insert("data".to_owned(), Value::Object(data));
    }
    State::Record(record)
}

fn targets(step: &Step) -> (Option<UserRef>, Option<TenantRef>) {
    let Subject {
        user: user_id,
        tenant: tenant_id,
    } = Subject::of(&step.action);
    let (mut user, mut tenant) = (None, None);
    if let Address::User(person)
    | Address::WorkspaceRoles(person)
    | Address::TenantRoles(person, _) = &step.address
    {
        user = Some(UserRef {
            id: user_id,
            email: match person {
                Person::Email(email) => Some(email.clone()),
                Person::Id(_) => None,
            },
            created_by: None,
        });
    }
    if let Address::Tenant(handle) | Address::TenantRoles(_, handle) = &step.address {
        tenant = Some(TenantRef {
            id: tenant_id,
            handle: Some(handle.clone()),
            created_by: None,
        });
    } else if let Address::TenantById(id) = &step.address {
        tenant = Some(TenantRef {
            id: Some(id.clone()),
            ..TenantRef::default()
        });
    }
    if let Action::SetRoles {
        user: UserTarget::CreatedBy(id),
        ..
    } = step.action
        && let Some(user) = &mut user
    {
        user.created_by = Some(id.0);
    }
    if let Action::SetRoles {
        scope: RoleScope::Tenant(TenantTarget::CreatedBy(id)),
        ..
    } = step.action
        && let Some(tenant) = &mut tenant
    {
        tenant.created_by = Some(id.0);
    }
    (user, tenant)
}

/// The reasons of a step, of its fields and of its roles.
fn reasons(step: &Step) -> Vec<WhyJson> {
    let why = |why: &Why, role: Option<&RoleName>| WhyJson {
        place: why.place.as_ref().map(place),
        text: why.text.clone(),
        field: None,
        role: role.cloned(),
    };
    match &step.action {
        Action::SetRoles { granted_by, .. } if !granted_by.is_empty() => granted_by
            .iter()
            .flat_map(|(role, reasons)| reasons.iter().map(move |reason| why(reason, Some(role))))
            .collect(),
        action => {
            let own = step.why.iter().map(|reason| why(reason, None));
            let of_fields = action.changes().iter().filter_map(|change| {
                Some(WhyJson {
                    place: Some(place(change.place.as_ref()?)),
                    field: Some(change.field.clone()),
                    ..WhyJson::default()
                })
            });
            own.chain(of_fields).collect()
        }
    }
}
