//! Tenants with another handle.

use clap::Args;
use serde_json::Value;

use crate::cli::commands::edit::lookup::{Manifest, refusal, tenant};
use crate::cli::exit::Failure;
use crate::cli::refusal::Refusal;
use crate::manifest::edit::{EntryKey, Mentions, What, Wish};
use crate::model::Handle;

/// A tenant that gets another handle.
#[derive(Args, Debug)]
pub(crate) struct RenameTenant {
    /// The handle now.
    handle: String,
    /// The new handle.
    new: String,
    /// Give it another name too; the entry then says what the old one was.
    #[arg(long)]
    name: Option<String>,
}

pub(crate) fn rename(args: &RenameTenant, manifest: &Manifest<'_>) -> Result<Vec<Wish>, Failure> {
    let RenameTenant { handle, new, name } = args;
    let entry = tenant(manifest.desired, handle)?;
    let handle = &entry.handle.value;
    let is_new = handle.as_str() != new;
    if is_new
        && manifest
            .desired
            .tenants
            .contains_key(&Handle::new(new.as_str()))
    {
        return Err(refusal(Refusal::EditKnownTenant {
            handle: new.clone(),
        }));
    }
    let mut wishes = Vec::new();
    if let Some(name) = name {
        let mut set = |field: &str, value: &str| {
            wishes.push(Wish {
                entry: EntryKey::Tenant(handle.clone()),
                path: vec![field.to_owned()],
                what: What::Set(Value::from(value)),
            });
        };
        set("name", name);
        // A pin finds the tenant whatever its name.
        let old = entry.name().filter(|old| &***old != name.as_str());
        if let (Some(old), None) = (old, &entry.pin) {
            set("renamedFrom", old);
        }
    }
    if is_new {
        wishes.extend(Mentions::of(manifest.texts).rename_tenant(handle, new));
    }
    Ok(wishes)
}
