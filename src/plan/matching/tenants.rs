//! Tenants: by their id, or by their name.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;

use super::chain::{Chain, Link};
use super::refused::{Claims, Found, Refused, ambiguous, nameless, refused, unreadable};
use crate::model::{
    Handle, Hidden, Live, LiveTenant, Presence, Spanned, TenantEntry, TenantField, TenantId,
    Unreadable, canonical_name,
};
use crate::plan::{Address, PlanError};

pub(super) fn tenants<'l>(
    live: &'l Live,
    into: &mut Found<'_>,
) -> BTreeMap<Handle, &'l LiveTenant> {
    let desired = into.desired;
    let pins = desired.tenants.values().filter_map(|entry| {
        let pin = entry.pin.as_ref()?;
        Some((&pin.value, entry))
    });
    let names = Names::of(live, &pins.collect());
    let by_name = desired.tenants.values().filter(|entry| entry.pin.is_none());
    let renames = by_name.filter_map(|entry| {
        let previous = entry.renamed_from.as_ref()?;
        Some((&*previous.value, &**entry.name()?))
    });
    let chain = Chain::of(renames);
    let mut claims = Claims::new("tenant", "tenantId", desired.tenants.len());
    let mut found = BTreeMap::new();
    let mut told: Vec<&Unreadable> = Vec::new();
    for (handle, entry) in &desired.tenants {
        let known = about(entry, &live.unreadable_tenants);
        told.extend(known);
        let matched = match known {
            Some(record) => Err(refused(unreadable("tenant", record), entry.handle.origin)),
            None => tenant(entry, live, &names, &chain),
        };
        match matched.and_then(|matched| seen(matched, entry, live)) {
            Ok(Some(tenant)) => {
                let twice = claims.claim(&tenant.id, entry.handle.origin);
                into.errors.extend(twice);
                found.insert(handle.clone(), tenant);
            }
            Ok(None) => {}
            Err(error) => into.block(Address::Tenant(handle.clone()), &error),
        }
    }
    let untold = live.unreadable_tenants.iter();
    for record in untold.filter(|record| !told.contains(record)) {
        let id = record.id.as_deref().unwrap_or("unknown");
        into.unreadable(Address::TenantById(TenantId::new(id)), "tenant", record);
    }
    found
}

/// The record that an entry is about and that can't be read.
fn about<'l>(entry: &TenantEntry, unreadable: &'l [Unreadable]) -> Option<&'l Unreadable> {
    let pin = entry.pin.as_ref().map(|pin| pin.value.as_str());
    let is_named = |record: &Unreadable| {
        let name = record.name.as_deref().map(canonical_name);
        let previous = entry.renamed_from.as_ref().map(|previous| &previous.value);
        let names = entry.name().into_iter().chain(previous);
        name.is_some_and(|name| names.map(|own| canonical_name(own)).any(|own| own == name))
    };
    unreadable.iter().find(|record| match pin {
        Some(pin) => record.id.as_deref() == Some(pin),
        None => !entry.is_new && is_named(record),
    })
}

/// A match; nothing only where it is known that there is no such tenant.
fn seen<'l>(
    matched: Option<&'l LiveTenant>,
    entry: &TenantEntry,
    live: &'l Live,
) -> Result<Option<&'l LiveTenant>, Refused> {
    if matched.is_some() || entry.pin.is_some() {
        return Ok(matched);
    }
    let name = || entry.name().map_or_else(String::new, ToString::to_string);
    let error = if live.hidden != Hidden::Nothing {
        PlanError::HiddenTenants {
            name: name(),
            hidden: hidden(live.hidden),
        }
    } else if let Some(record) = nameless(&live.unreadable_tenants).filter(|_| !entry.is_new) {
        PlanError::MayBeUnreadable {
            kind: "tenant",
            name: name(),
            record: record.to_string(),
        }
    } else {
        return Ok(None);
    };
    Err(refused(error, entry.handle.origin))
}

fn tenant<'l>(
    entry: &TenantEntry,
    live: &'l Live,
    names: &Names<'l>,
    chain: &Chain<'_, str>,
) -> Result<Option<&'l LiveTenant>, Refused> {
    if let Some(pin) = &entry.pin {
        let id = || pin.value.to_string();
        if pin.value == live.workspace {
            return Err(refused(PlanError::PinIsWorkspace { id: id() }, pin.origin));
        }
        let matched = live.tenants.get(&pin.value);
        return match (entry.presence, matched, entry.name()) {
            (Presence::Present, None, _) => Err(refused(
                PlanError::PinNotFound {
                    kind: "tenant",
                    key: "tenantId",
                    id: id(),
                },
                pin.origin,
            )),
            (Presence::Absent, Some(live), Some(name)) if live.name() != &**name => {
                let (found, written) = (format!("`{}`", live.name()), name.to_string());
                Err(refused(
                    PlanError::WrongPin {
                        key: "tenantId",
                        id: id(),
                        found,
                        written,
                    },
                    pin.origin,
                ))
            }
            _ => Ok(matched),
        };
    }
    if entry.is_new {
        return Ok(None);
    }
    let name = entry.fields.get(TenantField::Name);
    let name = name.and_then(|name| Some(name.with(Arc::clone(name.value.as_ref()?.as_text()?))));
    let Some(name) = name else { return Ok(None) };
    let link = match entry.renamed_from {
        Some(_) => chain.link(&name.value, |name| names.exact.contains_key(name)),
        None => Link::Own,
    };
    let own = match link {
        Link::Own => names.one(&name)?,
        Link::Previous => None,
        Link::Circle => {
            return Err(refused(
                PlanError::SwappedByName {
                    kind: "tenant",
                    key: "tenantId",
                    name: name.value.to_string(),
                },
                name.origin,
            ));
        }
    };
    let previous = entry.renamed_from.as_ref();
    match (own, previous) {
        (None, Some(previous)) => match names.one(previous)? {
            None => names.none_like(&name),
            found => Ok(found),
        },
        (None, None) => names.none_like(&name),
        (found, _) => Ok(found),
    }
}

/// The tenants that are matched by name.
struct Names<'l> {
    exact: HashMap<&'l str, Vec<&'l LiveTenant>>,
    /// By their names in one form.
    forms: HashMap<String, Vec<&'l LiveTenant>>,
}

impl<'l> Names<'l> {
    /// A record that another entry is pinned to is not up for matching by name, but its name is taken, unless it gets another.
    fn of(live: &'l Live, pins: &HashMap<&TenantId, &TenantEntry>) -> Self {
        let mut names = Self {
            exact: HashMap::new(),
            forms: HashMap::new(),
        };
        for tenant in live.tenants.found() {
            let form = canonical_name(tenant.name());
            let pinned = pins.get(&tenant.id);
            if pinned.is_none() {
                names.exact.entry(tenant.name()).or_default().push(tenant);
            }
            let stays =
                |entry: &&TenantEntry| entry.name().is_none_or(|name| canonical_name(name) == form);
            if pinned.is_none_or(stays) {
                names.forms.entry(form).or_default().push(tenant);
            }
        }
        names
    }

    fn one(&self, name: &Spanned<Arc<str>>) -> Result<Option<&'l LiveTenant>, Refused> {
        match self.exact.get(&*name.value).map(Vec::as_slice) {
            None | Some([]) => Ok(None),
            Some([one]) => Ok(Some(one)),
            Some(many) => {
                let pins: Vec<String> = many
                    .iter()
                    .map(|tenant| format!("`tenantId: {}`", tenant.id))
                    .collect();
                Err(ambiguous("tenant", &name.value, &pins, name.origin))
            }
        }
    }

    /// Nothing, unless there is a tenant whose name is this one in another form: the server may store names so, and a second
    /// tenant would be made.
    fn none_like(&self, name: &Spanned<Arc<str>>) -> Result<Option<&'l LiveTenant>, Refused> {
        let forms = self.forms.get(&canonical_name(&name.value));
        let mut alike = forms.into_iter().flatten();
        let Some(like) = alike.find(|tenant| tenant.name() != &*name.value) else {
            return Ok(None);
        };
        let error = PlanError::NameSpelling {
            name: name.value.to_string(),
            found: like.name().to_owned(),
            id: like.id.to_string(),
        };
        Err(refused(error, name.origin))
    }
}

fn hidden(hidden: Hidden) -> String {
    match hidden {
        Hidden::Some(count) => count.to_string(),
        Hidden::Nothing | Hidden::Unknown => "some".to_owned(),
    }
}
