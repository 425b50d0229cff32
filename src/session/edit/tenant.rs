//! Tenants with another handle.

use serde_json::Value;

use crate::manifest::edit::{EditKind, EntryKey, ManifestEdit, Mentions};
use crate::model::Handle;
use crate::session::edit::Editable;
use crate::session::edit::error::{EditError, tenant};

/// Gives a tenant another handle, in every place that names it, and another name.
///
/// # Errors
/// There is no such tenant, or the handle is that of another.
pub fn rename_tenant(
    manifest: Editable<'_>,
    handle: &str,
    new: &str,
    name: Option<&str>,
) -> Result<Vec<ManifestEdit>, EditError> {
    let entry = tenant(manifest.desired, handle)?;
    let handle = &entry.handle.value;
    let is_new = handle.as_str() != new;
    if is_new && manifest.desired.tenants.contains_key(&Handle::new(new)) {
        return Err(EditError::KnownTenant {
            handle: new.to_owned(),
        });
    }
    let mut requests = Vec::new();
    if let Some(name) = name {
        let mut set = |field: &str, value: &str| {
            requests.push(ManifestEdit {
                entry: EntryKey::Tenant(handle.clone()),
                path: vec![field.to_owned()],
                what: EditKind::Set(Value::from(value)),
            });
        };
        set("name", name);
        // A pin finds the tenant whatever its name.
        let old = entry.name().filter(|old| &***old != name);
        if let (Some(old), None) = (old, &entry.pin) {
            set("renamedFrom", old);
        }
    }
    if is_new {
        requests.extend(Mentions::of(manifest.texts).rename_tenant(handle, new));
    }
    Ok(requests)
}
