//! JSON ↔ model: the only place of the client that knows the API's names.
//!
//! Reading is tolerant: unknown fields are ignored, missing ones are read as empty, and a number where text is due is
//! its digits. What a plan could go wrong without (ids, counts) has to be there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Page;
use super::directory::{Query, TenantRecord};
use super::loose::{DataJson, Loose, RoleJson};
use crate::model::{
    Email, Field, Held, Invite, LiveTenant, LiveUser, RoleName, RoleSet, Scope, TenantFields,
    TenantId, UserFields, UserId, UserUuid,
};

/// Why an answer can't be read, in words for a message.
pub type Reason = String;

/// A user's record.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UserJson {
    user_id: Loose,
    user_uuid: Loose,
    uuid: Loose,
    email: Loose,
    username: Loose,
    name: Loose,
    image: Loose,
    phone_number: Loose,
    locked: Option<Value>,
    data: DataJson,
    last_active_at: Loose,
    authorization: Option<BTreeMap<String, AuthorizationJson>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AuthorizationJson {
    name: Loose,
    roles: Option<RoleList>,
}

/// A tenant's record.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TenantJson {
    tenant_id: Loose,
    name: Loose,
    image: Loose,
    data: DataJson,
    roles: Option<RoleList>,
    children: Option<PageJson<Self>>,
    parent: Option<ParentJson>,
}

/// The tenant above another.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ParentJson {
    tenant_id: Loose,
}

/// A page of a search.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageJson<T> {
    results: Vec<T>,
    total_count: Option<usize>,
    total_pages: Option<usize>,
    #[serde(default)]
    meta: MetaJson,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct MetaJson {
    total_count: Option<usize>,
    total_pages: Option<usize>,
}

/// A list of roles, in any of the forms that lists have in this API.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum RolesJson {
    /// The list alone.
    Plain(RoleList),
    /// The list as a page.
    Results {
        /// The roles.
        results: RoleList,
    },
    /// The list under its own name.
    Roles {
        /// The roles.
        roles: RoleList,
    },
}

/// The names in a list of roles.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct RoleList(Vec<RoleJson>);

/// The error that the API answers with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ErrorJson {
    /// What the server says of it.
    pub message: Option<String>,
}

fn roles(list: RoleList) -> RoleSet {
    let names = list.0.into_iter();
    names.map(|role| RoleName::new(role.0)).collect()
}

fn locked(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(locked)) => *locked,
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        _ => false,
    }
}

/// Reads a user's record; `workspace` tells the workspace's own roles from those in tenants.
///
/// # Errors
/// Where it has no usable id.
pub fn user(json: UserJson, workspace: &TenantId) -> Result<LiveUser, Reason> {
    let id = json
        .user_id
        .number()
        .ok_or("a user's record has no userId")?;
    let mut grants = BTreeMap::new();
    let mut tenant_names = BTreeMap::new();
    let grants_told = json.authorization.is_some();
    for (tenant, entry) in json.authorization.unwrap_or_default() {
        let Some(tenant) = Loose::Text(Arc::from(tenant)).id("tenantId of an authorization")?
        else {
            continue;
        };
        let tenant = TenantId::new(tenant);
        let roles = entry.roles.map(roles).unwrap_or_default();
        if tenant != *workspace
            && let Some(name) = entry.name.text()
        {
            tenant_names.insert(tenant.clone(), name);
        }
        if !roles.is_empty() {
            grants.insert(
                if tenant == *workspace {
                    Scope::Workspace
                } else {
                    Scope::Tenant(tenant)
                },
                roles,
            );
        }
    }
    Ok(LiveUser {
        id: UserId(id),
        uuid: json
            .user_uuid
            .id("userUuid")?
            .or(json.uuid.id("uuid")?)
            .map(UserUuid::new),
        email: json
            .email
            .text()
            .filter(|email| !email.is_empty())
            .map(Email::new),
        name: json.name.text(),
        username: json.username.text(),
        image: json.image.text(),
        phone_number: json.phone_number.text(),
        locked: locked(json.locked.as_ref()),
        data: json.data.read()?,
        last_active_at: json.last_active_at.text(),
        grants_told,
        grants: Held::from(grants),
        tenant_names,
    })
}

/// Reads a tenant's record.
///
/// # Errors
/// Where it has no usable id.
pub fn tenant(json: TenantJson) -> Result<TenantRecord, Reason> {
    let id = json
        .tenant_id
        .id("tenantId")?
        .ok_or("a tenant's record has no tenantId")?;
    let tenant = LiveTenant {
        id: TenantId::new(id),
        name: json.name.text().unwrap_or_default(),
        image: json.image.text(),
        data: json.data.read()?,
        roles: json.roles.map(roles).unwrap_or_default(),
        parent: json
            .parent
            .and_then(|parent| parent.tenant_id.text())
            .map(TenantId::new),
    };
    let children = json
        .children
        .map(|children| page(children, child))
        .transpose()?;
    let (children, child_count) =
        children.map_or((Vec::new(), None), |page| (page.results, Some(page.total)));
    Ok(TenantRecord {
        tenant,
        children,
        child_count,
    })
}

/// Reads a tenant of a list.
///
/// # Errors
/// Where it has no usable id.
pub fn child(json: TenantJson) -> Result<LiveTenant, Reason> {
    tenant(TenantJson {
        children: None,
        ..json
    })
    .map(|record| record.tenant)
}

/// Reads a page of records.
///
/// # Errors
/// Where the count is missing, without which nobody could tell whether all was seen, or a record can't be read.
pub fn page<J, T>(
    json: PageJson<J>,
    read: impl FnMut(J) -> Result<T, Reason>,
) -> Result<Page<T>, Reason> {
    let total = json
        .meta
        .total_count
        .or(json.total_count)
        .ok_or("the page has no totalCount")?;
    let pages = json.meta.total_pages.or(json.total_pages);
    let results = json
        .results
        .into_iter()
        .map(read)
        .collect::<Result<_, _>>()?;
    Ok(Page {
        results,
        total,
        pages,
    })
}

/// Reads a list of role names.
pub fn role_list(json: RolesJson) -> BTreeSet<RoleName> {
    let (RolesJson::Plain(list)
    | RolesJson::Results { results: list }
    | RolesJson::Roles { roles: list }) = json;
    roles(list)
}

/// The roles that an answer says a user holds in a scope: in the user's record, or as a list. Nothing where it does not
/// name the scope: a record may leave out tenants.
pub fn roles_held(json: Value, workspace: &TenantId, scope: &Scope) -> Option<RoleSet> {
    if let Ok(list) = RolesJson::deserialize(&json) {
        return Some(role_list(list));
    }
    let user = user(UserJson::deserialize(json).ok()?, workspace).ok()?;
    user.told_roles(scope)
}

/// The body that sets a user's fields; with a key, which user.
pub fn user_body(fields: &UserFields) -> Map<String, Value> {
    let UserFields {
        email,
        name,
        username,
        image,
        phone_number,
        locked,
        data,
    } = fields;
    let mut body = Map::new();
    set(
        &mut body,
        "email",
        email.as_ref().map(|email| json!(email.as_str())),
    );
    set(&mut body, "name", text(name));
    set(&mut body, "username", text(username));
    set(&mut body, "image", text(image));
    set(&mut body, "phoneNumber", text(phone_number));
    set(&mut body, "locked", locked.map(Value::Bool));
    set(&mut body, "data", data.clone().map(Value::Object));
    body
}

/// The body that sets a tenant's fields.
pub fn tenant_body(fields: &TenantFields) -> Map<String, Value> {
    let TenantFields { name, image, data } = fields;
    let mut body = Map::new();
    set(&mut body, "name", name.as_ref().map(|name| json!(&**name)));
    set(&mut body, "image", text(image));
    set(&mut body, "data", data.clone().map(Value::Object));
    body
}

/// The body of an invitation.
pub fn invite_body(
    fields: &UserFields,
    roles: Option<&RoleSet>,
    invite: &Invite,
) -> Map<String, Value> {
    let mut body = user_body(fields);
    set(&mut body, "roles", roles.map(|roles| json!(roles)));
    let mut options = json!({"type": invite.kind.as_str()});
    if let (Some(duration), Some(options)) = (&invite.duration, options.as_object_mut()) {
        options.insert("duration".into(), json!(&**duration));
    }
    body.insert("options".into(), options);
    body
}

/// The body of a search.
pub fn query_body(query: &Query) -> Value {
    let group = |group: &Vec<super::directory::Filter>| {
        let filters: Vec<Value> = group
            .iter()
            .map(|filter| json!({"attr": filter.attribute, "type": filter.comparison.0, "comparison": filter.comparison.1, "value": filter.value}))
            .collect();
        json!({"conjunction": "or", "filters": filters})
    };
    let mut body = json!({"page": query.page});
    if let Some(body) = body.as_object_mut() {
        set(body, "order", query.order.map(Value::from));
        if !query.filters.is_empty() {
            let groups: Vec<Value> = query.filters.iter().map(group).collect();
            body.insert(
                "filters".into(),
                json!({"conjunction": "and", "filterGroups": groups}),
            );
        }
    }
    body
}

fn set(body: &mut Map<String, Value>, key: &str, value: Option<Value>) {
    if let Some(value) = value {
        body.insert(key.to_owned(), value);
    }
}

fn text(field: &Field<Arc<str>>) -> Option<Value> {
    match field {
        Field::Unmanaged => None,
        Field::Clear => Some(Value::Null),
        Field::Set(text) => Some(json!(&**text)),
    }
}
