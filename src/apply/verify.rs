//! What a call left on the server. In: a change and what its call answered. Out: the values that are not what was asked.
//!
//! An answer is believed where it shows the record as it was asked; otherwise the record is read once. A server may normalise
//! a value, ignore it, drop it silently, or answer with something else.

use serde_json::json;

use crate::api::{ApiError, Call, Client, Filter, Query, search_users};
use crate::apply::outcome::MismatchedField;
use crate::model::{LiveTenant, LiveUser, RecordField, RoleSet, Scope, TenantId, UserUuid};
use crate::plan::{Change, Edit, FieldChange};

/// What a call answered, or what was read afterwards, as far as it can be compared.
#[derive(Debug)]
pub(crate) enum Answer {
    User(Box<LiveUser>),
    Tenant(Box<LiveTenant>),
    Roles(RoleSet),
}

/// The records that a step is about, where they exist; a scope has no tenant where it is the workspace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    pub(crate) user: Option<UserUuid>,
    pub(crate) tenant: Option<TenantId>,
    /// The tenant above one that is created.
    pub(crate) parent: Option<TenantId>,
}

/// The values that the server does not hold as they were asked, by the answer or, where that does not show them, by the
/// record of now.
///
/// # Errors
/// Where neither shows what the server holds.
pub(crate) async fn mismatches(
    client: &Client,
    change: &Change,
    ids: &Ids,
    answer: Option<Answer>,
) -> Result<Vec<MismatchedField>, ApiError> {
    if let Some(answer) = &answer
        && differences(change, answer).is_empty()
    {
        return Ok(Vec::new());
    }
    let user = || ids.user.as_ref().ok_or_else(|| unresolved("user"));
    let tenant = || ids.tenant.as_ref().ok_or_else(|| unresolved("tenant"));
    let found = match change {
        Change::Tenant {
            edit: Edit::Delete { .. },
            ..
        }
        | Change::User {
            edit: Edit::Delete { .. },
            ..
        } => return Ok(Vec::new()),
        Change::Tenant { .. } => {
            let record = client.tenant(tenant()?).await?;
            Answer::Tenant(Box::new(record.tenant))
        }
        Change::User { .. } => Answer::User(Box::new(client.user(user()?).await?)),
        Change::Roles {
            scope,
            before,
            after,
            ..
        } => {
            let scope: Scope = match scope {
                Scope::Workspace => Scope::Workspace,
                Scope::Tenant(_) => Scope::Tenant(tenant()?.clone()),
            };
            let record = client.user(user()?).await?;
            let told = record.told_roles(&scope);
            // A record that names other tenants has those in which roles are held.
            let names_tenants = !record.tenant_names.is_empty()
                || record.shown.keys().any(|shown| shown.tenant().is_some());
            Answer::Roles(if let Some(held) = told {
                held
            } else if names_tenants && record.grants_told {
                RoleSet::new()
            } else {
                // The record leaves out tenants.
                let roles = before.union(after).cloned().collect();
                searched(client, user()?, tenant()?, &roles).await?
            })
        }
    };
    Ok(differences(change, &found))
}

/// Which of these roles a user holds in a tenant, by a search for each.
async fn searched(
    client: &Client,
    user: &UserUuid,
    tenant: &TenantId,
    roles: &RoleSet,
) -> Result<RoleSet, ApiError> {
    let mut held = RoleSet::new();
    for role in roles {
        let holds = Filter::role(tenant, Some(role));
        let both = Query::both(holds.clone(), Filter::uuid(user));
        let found = match client.find_users(&both).await {
            // One filter is all that the server accepts.
            Err(ApiError::Refused { .. }) => {
                let query = Query::any_of(vec![holds]);
                let holders = search_users(client, &query, Vec::new()).await?;
                let holders = holders.records.into_values();
                holders.filter(|found| found.uuid.is(user)).collect()
            }
            found => found?.results,
        };
        if found.iter().any(|found| !found.uuid.is(user)) {
            return Err(ApiError::BadAnswer {
                call: Call::post("/v0/users/find").to(client.url()),
                reason: format!(
                    "it does not show whether user {user} holds \"{role}\" in tenant {tenant}"
                ),
            });
        }
        if !found.is_empty() {
            held.insert(role.clone());
        }
    }
    // A search that finds the user by a role that no user holds shows nothing.
    if !held.is_empty() && !client.leaves_out_by_role().await? {
        return Err(ApiError::BadAnswer {
            call: Call::post("/v0/users/find").to(client.url()),
            reason: format!(
                "it finds users by a role that nobody holds, so it does not show what user {user} holds in tenant {tenant}"
            ),
        });
    }
    Ok(held)
}

/// A created record without an id: the schedule starts a step only after the creation that it depends on succeeded,
/// so this can't be reached; it is an error rather than a panic.
pub(crate) fn unresolved(kind: &str) -> ApiError {
    ApiError::BadAnswer {
        call: Call::put("roles"),
        reason: format!("the {kind} was created, but its id is not known"),
    }
}

/// The fields in which a record is not what a change asked.
fn differences(change: &Change, answer: &Answer) -> Vec<MismatchedField> {
    match (change, answer) {
        (Change::Tenant { edit, .. }, Answer::Tenant(tenant)) => fields(edit.unmet(&tenant.record)),
        (Change::User { edit, .. }, Answer::User(user)) => fields(edit.unmet(&user.record)),
        (Change::Roles { after, above, .. }, Answer::Roles(held))
            if !(after.is_subset(held)
                && held.difference(after).all(|role| above.contains(role))) =>
        {
            vec![MismatchedField {
                field: "roles".to_owned(),
                asked: json!(after),
                holds: json!(held),
            }]
        }
        _ => Vec::new(),
    }
}

fn fields<F: RecordField>(unmet: Vec<FieldChange<F>>) -> Vec<MismatchedField> {
    let unmet = unmet.into_iter();
    let fields = unmet.map(
        |FieldChange {
             field,
             before,
             after,
             ..
         }| MismatchedField {
            field: field.to_string(),
            asked: after,
            holds: before,
        },
    );
    fields.collect()
}
