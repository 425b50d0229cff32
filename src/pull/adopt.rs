//! Live records that no entry mentions, as new entries. In: what is not mentioned, and what was chosen of it. Out: requests.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::export;
use crate::export::{Options, plain};
use crate::manifest::edit::{EditKind, EntryKey, ManifestEdit};
use crate::model::{Desired, Email, Handle, Live, RoleName, Scope, TenantId};
use crate::plan::{Address, TenantRef, Unmentioned};
use crate::pull::pulled::{NotPulled, Pulled};

/// The entries for what was chosen, in the file with this place among those of the manifest.
pub(crate) fn adopt(
    desired: &Desired,
    live: &Live,
    managed: BTreeMap<TenantId, Handle>,
    chosen: &[&Unmentioned],
    into: Option<usize>,
) -> (Vec<Pulled>, Vec<NotPulled>) {
    let options = Options {
        pin: false,
        handles: managed,
        taken: desired.tenants.keys().cloned().collect(),
    };
    let exported = export::export(live, options);
    let handles = exported.handles;
    let adopted: BTreeSet<&TenantId> = chosen
        .iter()
        .filter_map(|it| match &it.address {
            Address::TenantById(id) => Some(id),
            _ => None,
        })
        .collect();
    let mut adopting = Adopting {
        written: adopted
            .iter()
            .filter_map(|id| handles.get(*id))
            .chain(desired.tenants.keys())
            .map(ToString::to_string)
            .collect(),
        tenants: values(exported.manifest.tenants.0),
        users: values(exported.manifest.users.0),
        into,
        pulled: Vec::new(),
        stays: Vec::new(),
    };
    for it in chosen {
        match &it.address {
            Address::TenantById(id) => match handles.get(id) {
                Some(handle) => adopting.tenant(&it.address, handle),
                None => adopting.stays(&it.address, "it can't be written"),
            },
            Address::User(person) => match person.email() {
                Some(email) => adopting.user(&it.address, email),
                None => adopting.stays(&it.address, "it has no e-mail address"),
            },
            address => {
                let email = address.person().and_then(|person| person.email());
                let entry = email.and_then(|email| Some((email, desired.users.get(email)?)));
                match entry {
                    Some((email, entry)) if !entry.mentioned_only => {
                        let tenant = address.tenant();
                        let handle = tenant.as_ref().and_then(|tenant| match tenant {
                            TenantRef::Handle(handle) => Some(handle),
                            TenantRef::Id(id) => handles.get(id),
                        });
                        match (tenant.is_some(), handle) {
                            (true, None) => adopting.stays(address, "it can't be written"),
                            (_, handle) => adopting.roles(it, email, handle),
                        }
                    }
                    _ => adopting.stays(
                        address,
                        "the user has no entry of their own: `ufsync edit add-user` writes one",
                    ),
                }
            }
        }
    }
    (adopting.pulled, adopting.stays)
}

/// Entries as plain values.
fn values<T: serde::Serialize>(
    entries: Vec<(crate::manifest::syntax::manifest::Text, T)>,
) -> BTreeMap<String, Value> {
    let entries = entries.into_iter().filter_map(|(key, entry)| {
        let key = plain(Value::from(&*key.value));
        Some((
            key.as_str()?.to_owned(),
            plain(serde_json::to_value(entry).ok()?),
        ))
    });
    entries.collect()
}

struct Adopting {
    /// The handles that the manifest has, or gets.
    written: BTreeSet<String>,
    tenants: BTreeMap<String, Value>,
    users: BTreeMap<String, Value>,
    into: Option<usize>,
    pulled: Vec<Pulled>,
    stays: Vec<NotPulled>,
}

impl Adopting {
    fn stays(&mut self, address: &Address, why: impl Into<String>) {
        self.stays.push(NotPulled {
            address: address.clone(),
            why: why.into(),
        });
    }

    fn request(&mut self, address: &Address, entry: EntryKey, path: Vec<String>, what: EditKind) {
        let request = ManifestEdit { entry, path, what };
        self.pulled.push(Pulled::alone(address.clone(), request));
    }

    fn tenant(&mut self, address: &Address, handle: &Handle) {
        let Some(value) = self.tenants.remove(handle.as_str()) else {
            return self.stays(address, "it can't be written");
        };
        if let Some(parent) = value.get("parent").and_then(Value::as_str)
            && !self.written.contains(parent)
        {
            let why = format!("the tenant above it, {parent}, has no entry: adopt that one too");
            return self.stays(address, why);
        }
        let what = EditKind::Add(value, self.into);
        self.request(address, EntryKey::Tenant(handle.clone()), Vec::new(), what);
    }

    fn user(&mut self, address: &Address, email: &Email) {
        let Some(mut value) = self.users.remove(email.as_str()) else {
            return self.stays(address, "no manifest can hold its address");
        };
        let tenants = value.get_mut("tenants").and_then(Value::as_object_mut);
        let mut left: Vec<String> = Vec::new();
        if let Some(tenants) = tenants {
            tenants.retain(|handle, _| {
                let is_written = self.written.contains(handle);
                if !is_written {
                    left.push(handle.clone());
                }
                is_written
            });
        }
        for handle in left {
            let person = crate::plan::Person::Email(email.clone());
            let roles = Address::roles(person, Scope::Tenant(Handle::new(handle.as_str())));
            self.stays(
                &roles,
                format!("the tenant {handle} has no entry: adopt it too"),
            );
        }
        let what = EditKind::Add(value, self.into);
        self.request(address, EntryKey::User(email.clone()), Vec::new(), what);
    }

    fn roles(&mut self, it: &Unmentioned, email: &Email, handle: Option<&Handle>) {
        if let Some(handle) = handle
            && !self.written.contains(handle.as_str())
        {
            return self.stays(&it.address, "the tenant has no entry: adopt it too");
        }
        let path = match handle {
            None => vec!["roles".to_owned()],
            Some(handle) => vec!["tenants".to_owned(), handle.to_string()],
        };
        let roles: Vec<&str> = it.roles.iter().map(RoleName::as_str).collect();
        let (entry, what) = (EntryKey::User(email.clone()), EditKind::Set(json!(roles)));
        self.request(&it.address, entry, path, what);
    }
}
