//! Rule: handles are short, plain words, because they stand in addresses and on command lines; and names have no white
//! space around them, which nobody sees.

use crate::manifest::syntax::manifest::Manifest;
use crate::manifest::{Finding, ManifestError};

pub(crate) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    for (handle, tenant) in &manifest.tenants.0 {
        let unpinned = tenant.name.as_ref().filter(|_| tenant.tenant_id.is_none());
        if let Some(name) = unpinned.filter(|name| name.value.trim() != &*name.value) {
            findings.push(Finding::new(ManifestError::OuterSpace, name.origin));
        }
        if !is_handle(&handle.value) {
            findings.push(Finding::new(
                ManifestError::BadHandle {
                    handle: handle.value.as_ref().to_owned(),
                },
                handle.origin,
            ));
        }
    }
}

fn is_handle(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(letter) && text.chars().all(|c| letter(c) || c == '_' || c == '-')
}
