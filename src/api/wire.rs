//! JSON → model. In: answers. Out: records, role sets and pages. Pure.
//!
//! Reading is tolerant: unknown fields are ignored, missing ones are read as empty, and a number where text is expected is
//! its digits. What a plan could go wrong without (ids, counts) has to be there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::loose::{DataJson, Loose, RoleJson};
use super::page::Page;
use crate::model::{
    Held, LiveTenant, LiveUser, Record, RoleName, RoleSet, Scalar, Scope, TenantField, TenantId,
    UserField, UserId, UserUuid,
};

/// A tenant as its own record shows it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TenantRecord {
    /// The tenant.
    pub tenant: LiveTenant,
    /// The tenants below it, as far as the record lists them.
    pub children: Vec<LiveTenant>,
    /// How many tenants there are below it, if the record says.
    pub child_count: Option<usize>,
}

/// A user's record.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct UserJson {
    user_id: Loose,
    user_uuid: Loose,
    uuid: Loose,
    email: Loose,
    username: Loose,
    name: Loose,
    image: Loose,
    phone_number: Loose,
    locked: Option<Value>,
    is_confirmed: Option<Value>,
    is_email_confirmed: Option<Value>,
    data: DataJson,
    last_active_at: Loose,
    authorization: Option<BTreeMap<String, AuthorizationJson>>,
}

impl UserJson {
    /// The uuid, as it is written.
    pub(super) fn uuid(&self) -> Option<&str> {
        self.user_uuid.as_text().or(self.uuid.as_text())
    }
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
pub(super) struct TenantJson {
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
pub(super) struct PageJson<T> {
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
pub(super) enum RolesJson {
    /// Only the list.
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
pub(super) struct RoleList(Vec<RoleJson>);

/// The error that the API answers with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ErrorJson {
    /// What the server says of it.
    pub(super) message: Option<String>,
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

/// Reads a user's record; roles in `workspace` are the workspace's own, all others are roles in tenants.
///
/// # Errors
/// Where it has no usable id.
pub(super) fn user(json: UserJson, workspace: &TenantId) -> Result<LiveUser, String> {
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
            let own = tenant == *workspace;
            let scope = if own {
                Scope::Workspace
            } else {
                Scope::Tenant(tenant)
            };
            grants.insert(scope, roles);
        }
    }
    let uuid = json.user_uuid.id("userUuid")?.or(json.uuid.id("uuid")?);
    // A server without uuids identifies its users by number, which its paths take as well.
    let uuid = uuid.unwrap_or_else(|| Arc::from(id.to_string()));
    let text = |value: Loose| value.text().and_then(Scalar::text);
    let fields = [
        (UserField::Email, text(json.email)),
        (UserField::Name, text(json.name)),
        (UserField::Username, text(json.username)),
        (UserField::Image, text(json.image)),
        (UserField::PhoneNumber, text(json.phone_number)),
        (
            UserField::Locked,
            Scalar::flag(locked(json.locked.as_ref())),
        ),
    ];
    Ok(LiveUser {
        uuid: UserUuid::new(uuid),
        id: UserId(id),
        record: Record::new(fields, json.data.read()?),
        last_active_at: json.last_active_at.text(),
        confirmed: json.is_confirmed.or(json.is_email_confirmed) != Some(Value::Bool(false)),
        grants_told,
        grants: Held::from(grants),
        tenant_names,
    })
}

/// Reads a tenant's record.
///
/// # Errors
/// Where it has no usable id.
pub(super) fn tenant(json: TenantJson) -> Result<TenantRecord, String> {
    let id = json
        .tenant_id
        .id("tenantId")?
        .ok_or("a tenant's record has no tenantId")?;
    let tenant = LiveTenant {
        id: TenantId::new(id),
        record: Record::new(
            [
                (TenantField::Name, json.name.text().and_then(Scalar::text)),
                (TenantField::Image, json.image.text().and_then(Scalar::text)),
            ],
            json.data.read()?,
        ),
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
pub(super) fn child(json: TenantJson) -> Result<LiveTenant, String> {
    tenant(TenantJson {
        children: None,
        ..json
    })
    .map(|record| record.tenant)
}

/// Reads a page of records.
///
/// # Errors
/// Where the count is missing, without which it is unknown whether all was seen, or a record can't be read.
pub(super) fn page<J, T>(
    json: PageJson<J>,
    read: impl FnMut(J) -> Result<T, String>,
) -> Result<Page<T>, String> {
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
pub(super) fn role_list(json: RolesJson) -> BTreeSet<RoleName> {
    let (RolesJson::Plain(list)
    | RolesJson::Results { results: list }
    | RolesJson::Roles { roles: list }) = json;
    roles(list)
}

/// The roles that an answer says a user holds in a scope: in the user's record, or as a list. Nothing where it does not
/// name the scope: a record may leave out tenants.
pub(super) fn roles_held(json: Value, workspace: &TenantId, scope: &Scope) -> Option<RoleSet> {
    if let Ok(list) = RolesJson::deserialize(&json) {
        return Some(role_list(list));
    }
    let user = user(UserJson::deserialize(json).ok()?, workspace).ok()?;
    user.told_roles(scope)
}

/// The uuid of the user whose record an answer is, if it is one and has a uuid.
pub(super) fn uuid_of(json: &Value) -> Option<&str> {
    let field = |name| json.get(name).and_then(Value::as_str);
    field("userUuid").or_else(|| field("uuid"))
}

/// Refuses the record of another user than the one asked for. A record without a uuid says nothing against it.
///
/// # Errors
/// Where the uuids differ, in more than case.
pub(super) fn expect_uuid(found: Option<&str>, asked: &UserUuid) -> Result<(), String> {
    match found {
        Some(found) if !found.eq_ignore_ascii_case(asked.as_str()) => Err(format!(
            "it is the record of user {found}, not of user {asked}"
        )),
        _ => Ok(()),
    }
}
