//! JSON → tenants. In: answers. Out: records, and what is below them. Pure.

use serde::Deserialize;
use serde_json::Value;

use crate::api::lenient::{DataJson, Loose};
use crate::api::page::Page;
use crate::api::wire::{ReadError, RecordError, RoleList, own_record, page, role_set};
use crate::model::{LiveTenant, Record, Scalar, TenantField, TenantId, Unreadable};

/// A tenant as its own record shows it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TenantRecord {
    /// The tenant.
    pub tenant: LiveTenant,
    /// The tenants below it, on all levels, as far as the record lists them.
    pub children: Vec<LiveTenant>,
    /// Those below it whose records can't be read.
    pub unreadable: Vec<Unreadable>,
    /// How many tenants there are right below it, if the record says.
    pub child_count: Option<usize>,
    /// How many tenants there are below it on all levels, if the record says.
    pub descendant_count: Option<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TenantJson {
    tenant_id: Loose,
    name: Loose,
    image: Loose,
    data: DataJson,
    roles: Option<RoleList>,
    parent: Option<ParentJson>,
    children: Option<CountJson>,
    descendant_count: Option<DescendantsJson>,
}

/// How many tenants are right below another.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CountJson {
    total_count: Option<usize>,
}

/// The same, as another part of the record has it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DescendantsJson {
    children: Option<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ParentJson {
    tenant_id: Loose,
}

/// Reads a tenant's record.
/// An error: where it has no usable id, or a field is not what it should be.
pub(crate) fn tenant(json: TenantJson) -> Result<LiveTenant, RecordError> {
    let id = json
        .tenant_id
        .id("tenantId")?
        .ok_or("a tenant's record has no tenantId")?;
    let listed = json.children.and_then(|children| children.total_count);
    let counted = json.descendant_count.and_then(|counts| counts.children);
    let name = json.name.field("name")?.and_then(Scalar::text);
    let image = json.image.field("image")?.and_then(Scalar::text);
    Ok(LiveTenant {
        id: TenantId::new(id),
        record: Record::new(
            [(TenantField::Name, name), (TenantField::Image, image)],
            json.data.read()?,
        ),
        roles: json.roles.map(role_set).unwrap_or_default(),
        parent: json
            .parent
            .and_then(|parent| parent.tenant_id.text())
            .map(TenantId::new),
        children: listed.max(counted),
    })
}

/// The tenants below one, on all levels, as far as its record lists them.
fn below(json: &Value) -> Result<Option<Page<LiveTenant>>, ReadError> {
    let children = json.get("children").filter(|children| !children.is_null());
    let Some(children) = children else {
        return Ok(None);
    };
    let mut found = page(&children.to_string(), tenant)?;
    let records = children.get("results").and_then(Value::as_array);
    for record in records.into_iter().flatten() {
        let above = record.get("tenantId").and_then(Value::as_str);
        let (Some(above), Some(deeper)) = (above, below(record)?) else {
            continue;
        };
        found.unreadable.extend(deeper.unreadable);
        found
            .results
            .extend(deeper.results.into_iter().map(|tenant| LiveTenant {
                parent: tenant.parent.or_else(|| Some(TenantId::new(above))),
                ..tenant
            }));
    }
    Ok(Some(found))
}

/// Reads a tenant's own record, with the tenants below it.
///
/// # Errors
/// As of [`tenant`], and where it is another tenant's record.
pub(crate) fn tenant_record(text: &str, asked: &TenantId) -> Result<TenantRecord, ReadError> {
    let json: Value = serde_json::from_str(text)?;
    match json.get("tenantId").and_then(Value::as_str) {
        Some(id) if id == asked.as_str() => {}
        Some(id) => {
            let reason = format!("it is the record of tenant {id}, not of tenant {asked}");
            return Err(ReadError::Wrong(reason));
        }
        None => {
            return Err(ReadError::Wrong(
                "a tenant's record has no tenantId".to_owned(),
            ));
        }
    }
    let children = below(&json)?;
    let descendants = json.get("descendantCount");
    let descendants = descendants.and_then(|counts| counts.get("descendants")?.as_u64());
    let tenant = own_record(&json, tenant)?;
    let (children, unreadable, child_count) = match children {
        Some(page) => (page.results, page.unreadable, Some(page.total)),
        None => (Vec::new(), Vec::new(), None),
    };
    Ok(TenantRecord {
        tenant,
        children,
        unreadable,
        child_count,
        descendant_count: descendants.and_then(|count| usize::try_from(count).ok()),
    })
}
