//! Tenants with another handle.

use crate::manifest::edit::{ManifestEdit, Mentions};
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
    let mentions = Mentions::of(manifest.texts);
    let mut requests = Vec::new();
    if let Some(name) = name {
        // A pin finds the tenant whatever its name.
        let old = entry.name().filter(|old| &***old != name);
        let old = old.filter(|_| entry.pin.is_none());
        requests.extend(mentions.name_tenant(handle, name, old.map(|old| &**old)));
    }
    if is_new {
        requests.extend(mentions.rename_tenant(handle, new));
    }
    Ok(requests)
}
