//! JSON → model. In: answers. Out: records, role sets and pages. Pure.
//!
//! Reading is tolerant: unknown fields are ignored, missing ones are read as empty, and a number where text is expected is
//! its digits. What a plan could go wrong without (ids, counts) has to be there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::api::key::Key;
use crate::api::lenient::{DataJson, Loose, RoleJson};
use crate::api::page::Page;
use crate::model::{
    Held, LiveUser, Record, RecordField as _, RoleName, RoleSet, Scalar, Scope, TenantId,
    Unreadable, UserField, UserId, UserUuid,
};

/// Why an answer can't be read.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// It is not JSON, or was cut off.
    NotJson,
    /// It is not what the call promises. The parser's own words are not repeated: they quote values.
    Wrong(String),
    /// It is the record that was asked for, and a field of it can't be read.
    Unreadable(Box<Unreadable>),
}

impl From<serde_json::Error> for ReadError {
    fn from(error: serde_json::Error) -> Self {
        if error.is_data() {
            Self::Wrong("its fields are not those that the reference promises".to_owned())
        } else {
            Self::NotJson
        }
    }
}

impl From<RecordError> for ReadError {
    fn from(error: RecordError) -> Self {
        let (RecordError::Unreadable(reason) | RecordError::Foreign(reason)) = error;
        Self::Wrong(reason)
    }
}

/// Why a record can't be used.
#[derive(Debug)]
pub(crate) enum RecordError {
    /// A field can't be read. It says nothing of other records.
    Unreadable(String),
    /// It belongs to another workspace or mode: then nothing that the server says is about the right one.
    Foreign(String),
}

impl From<String> for RecordError {
    fn from(reason: String) -> Self {
        Self::Unreadable(reason)
    }
}

impl From<&str> for RecordError {
    fn from(reason: &str) -> Self {
        Self::Unreadable(reason.to_owned())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct UserJson {
    mode: Loose,
    tenant_id: Loose,
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
    pub(crate) fn uuid(&self) -> Option<&str> {
        self.user_uuid.as_text().or(self.uuid.as_text())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AuthorizationJson {
    name: Loose,
    roles: Option<RoleList>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageJson<T> {
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
    /// Nothing where the key is missing.
    #[serde(deserialize_with = "said")]
    next: Option<Value>,
}

/// A value that is there, `null` too.
fn said<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// A list of roles, in any of the forms that lists have in this API.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum RolesJson {
    /// Only the list.
    Plain(RoleList),
    /// The list as a page.
    Results { results: RoleList },
    /// The list under its own name.
    Roles { roles: RoleList },
}

/// The names in a list of roles.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct RoleList(Vec<RoleJson>);

/// The error that the API answers with.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ErrorJson {
    /// What the server says of it.
    pub(crate) message: Option<String>,
}

pub(crate) fn role_set(list: RoleList) -> RoleSet {
    let names = list.0.into_iter();
    names.map(|role| RoleName::new(role.0)).collect()
}

fn locked(value: Option<&Value>) -> Result<bool, String> {
    match value {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(locked)) => Ok(*locked),
        Some(Value::Number(number)) => Ok(number.as_f64() != Some(0.0)),
        Some(_) => Err("`locked` is neither true nor false".to_owned()),
    }
}

/// Refuses a user's record that belongs to another workspace or mode than the key. A record without either says nothing
/// against it, and a user may have been made below a tenant.
fn expect_own(json: &UserJson, key: &Key) -> Result<(), RecordError> {
    let id = || json.uuid().unwrap_or("without a uuid").to_owned();
    if let Some(mode) = json.mode.as_text()
        && mode != key.mode.as_str()
    {
        let reason = format!("it contains user {} of {mode} mode", id());
        return Err(RecordError::Foreign(reason));
    }
    let is_tenant = |tenant: &str| {
        let grants = json.authorization.as_ref();
        grants.is_some_and(|grants| grants.contains_key(tenant))
    };
    if let Some(workspace) = json.tenant_id.as_text()
        && workspace != key.workspace.as_str()
        && !is_tenant(workspace)
    {
        let reason = format!("it contains user {} of workspace {workspace}", id());
        return Err(RecordError::Foreign(reason));
    }
    Ok(())
}

/// Reads a user's record; roles in the key's workspace are the workspace's own, all others are roles in tenants.
/// An error: where it has no usable id, a field is not what it should be, or it belongs to another workspace.
pub(crate) fn user(json: UserJson, key: &Key) -> Result<LiveUser, RecordError> {
    expect_own(&json, key)?;
    let workspace = &key.workspace;
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
        let roles = entry.roles.map(role_set).unwrap_or_default();
        if tenant != *workspace
            && let Some(name) = entry.name.field("name of a tenant")?
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
    let locked = Scalar::flag(locked(json.locked.as_ref())?);
    let texts = [
        (UserField::Email, json.email),
        (UserField::Name, json.name),
        (UserField::Username, json.username),
        (UserField::Image, json.image),
        (UserField::PhoneNumber, json.phone_number),
    ];
    let mut fields = vec![(UserField::Locked, locked)];
    for (field, value) in texts {
        fields.push((field, value.field(field.name())?.and_then(Scalar::text)));
    }
    let shown = Held::from(grants);
    Ok(LiveUser {
        uuid: UserUuid::new(uuid),
        id: UserId(id),
        record: Record::new(fields, json.data.read()?),
        last_active_at: json.last_active_at.text(),
        confirmed: json.is_confirmed.or(json.is_email_confirmed) != Some(Value::Bool(false)),
        grants_told,
        grants: shown.clone(),
        shown,
        inherited: Held::default(),
        tenant_names,
    })
}

/// Reads a record that is known to be the one that was asked for.
///
/// # Errors
/// Where it can't be read, or belongs to another workspace or mode.
pub(crate) fn own_record<J: DeserializeOwned, T>(
    record: &Value,
    read: impl FnOnce(J) -> Result<T, RecordError>,
) -> Result<T, ReadError> {
    let found = J::deserialize(record).map_err(|_| wrong_type());
    match found.and_then(read) {
        Ok(found) => Ok(found),
        Err(RecordError::Unreadable(reason)) => Err(ReadError::Unreadable(Box::new(
            unreadable_record(record, reason),
        ))),
        Err(error @ RecordError::Foreign(_)) => Err(error.into()),
    }
}

fn wrong_type() -> RecordError {
    RecordError::Unreadable("one of its fields has the wrong type".to_owned())
}

/// Reads a page of records. One that can't be read is listed as such, and the others are read.
///
/// # Errors
/// Where the count is missing, without which it is unknown whether all was seen, or a record belongs to another workspace.
pub(crate) fn page<J: DeserializeOwned, T>(
    text: &str,
    mut read: impl FnMut(J) -> Result<T, RecordError>,
) -> Result<Page<T>, ReadError> {
    match serde_json::from_str::<PageJson<J>>(text) {
        Ok(mut json) => {
            let records = std::mem::take(&mut json.results).into_iter();
            let results: Result<Vec<T>, _> = records.map(&mut read).collect();
            if let Ok(results) = results {
                return json.page(results, Vec::new());
            }
        }
        Err(error) if error.is_data() => {}
        Err(error) => return Err(error.into()),
    }
    // Rare, so that each record may be read twice.
    let mut json: PageJson<Value> = serde_json::from_str(text)?;
    let (mut results, mut unreadable) = (Vec::new(), Vec::new());
    for record in std::mem::take(&mut json.results) {
        let named = |reason| unreadable_record(&record, reason);
        let found = serde_json::from_value(record.clone()).map_err(|_| wrong_type());
        match found.and_then(&mut read) {
            Ok(record) => results.push(record),
            Err(RecordError::Unreadable(reason)) => unreadable.push(named(reason)),
            Err(error @ RecordError::Foreign(_)) => return Err(error.into()),
        }
    }
    json.page(results, unreadable)
}

impl<J> PageJson<J> {
    fn page<T>(self, results: Vec<T>, unreadable: Vec<Unreadable>) -> Result<Page<T>, ReadError> {
        let total = self.meta.total_count.or(self.total_count);
        let missing = || ReadError::Wrong("the page has no totalCount".to_owned());
        Ok(Page {
            results,
            unreadable,
            total: total.ok_or_else(missing)?,
            pages: self.meta.total_pages.or(self.total_pages),
            more: self
                .meta
                .next
                .map(|next| !next.is_null() && next != Value::Bool(false)),
        })
    }
}

/// What can be said of a record that can't be read.
fn unreadable_record(record: &Value, reason: String) -> Unreadable {
    let text = |name: &str| match record.get(name) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let first = |names: &[&str]| names.iter().find_map(|name| text(name));
    Unreadable {
        id: first(&["userUuid", "uuid", "userId", "tenantId"]),
        name: first(&["email", "name"]),
        reason,
    }
}

/// Reads a list of role names.
///
/// # Errors
/// Where it is no list.
pub(crate) fn roles(text: &str) -> Result<BTreeSet<RoleName>, ReadError> {
    Ok(role_list(serde_json::from_str(text)?))
}

fn role_list(json: RolesJson) -> BTreeSet<RoleName> {
    let (RolesJson::Plain(list)
    | RolesJson::Results { results: list }
    | RolesJson::Roles { roles: list }) = json;
    role_set(list)
}

/// The roles that an answer says a user holds in a scope: in the user's record, or as a list. Nothing where it does not
/// name the scope: a record may leave out tenants.
pub(crate) fn roles_held(json: Value, key: &Key, scope: &Scope) -> Option<RoleSet> {
    if let Ok(list) = RolesJson::deserialize(&json) {
        return Some(role_list(list));
    }
    let user = user(UserJson::deserialize(json).ok()?, key).ok()?;
    user.told_roles(scope)
}

/// The answer to a writing call. What it does not contain has to be read: only what contradicts success is an error.
///
/// # Errors
/// Where it is an error of the API, or a page, in spite of its status.
pub(crate) fn written(text: &str) -> Result<Value, ReadError> {
    let json: Value = serde_json::from_str(text)?;
    let status = json.get("statusCode").and_then(Value::as_u64);
    let is_error = status.is_some_and(|status| status >= 400)
        || json.get("error").is_some_and(|error| !error.is_null());
    if is_error {
        return Err(ReadError::Wrong(
            "its status says success, and its body is an error".to_owned(),
        ));
    }
    if json.get("totalCount").is_some() {
        return Err(ReadError::Wrong("it is a page of a search".to_owned()));
    }
    Ok(json)
}

/// The uuid of the user whose record an answer is, if it is one and has a uuid.
pub(crate) fn uuid_of(json: &Value) -> Option<&str> {
    let field = |name| json.get(name).and_then(Value::as_str);
    field("userUuid").or_else(|| field("uuid"))
}

/// The id of the tenant whose record an answer is, if it is one.
pub(crate) fn tenant_id_of(json: &Value) -> Option<&str> {
    json.get("tenantId").and_then(Value::as_str)
}

/// Refuses the record of another user than the one asked for. A record without a uuid says nothing against it.
///
/// # Errors
/// Where the uuids differ, in more than case.
pub(crate) fn expect_uuid(found: Option<&str>, asked: &UserUuid) -> Result<(), String> {
    match found {
        Some(found) if !found.eq_ignore_ascii_case(asked.as_str()) => Err(format!(
            "it is the record of user {found}, not of user {asked}"
        )),
        _ => Ok(()),
    }
}
