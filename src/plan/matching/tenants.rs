//! Tenants: by their id, or by their name.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use crate::model::{
    Desired, Handle, Hidden, Live, LiveTenant, Presence, Spanned, TenantEntry, TenantField,
    TenantId, Unreadable, is_cut, stored_form,
};
use crate::plan::matching::chain::{Chain, Link};
use crate::plan::matching::entries::{Entries, Kind};
use crate::plan::matching::refused::{Found, Refused, ambiguous, nameless, refused};
use crate::plan::{Address, PlanError};

const KIND: Kind = Kind {
    name: "tenant",
    key: "tenantId",
};

pub(crate) fn tenants<'l>(
    live: &'l Live,
    into: &mut Found<'l>,
) -> BTreeMap<Handle, &'l LiveTenant> {
    let desired = into.desired;
    let pins = desired.tenants.values().filter_map(|entry| {
        let pin = entry.pin.as_ref()?;
        Some((&pin.value, entry))
    });
    let written = desired.tenants.values().filter_map(TenantEntry::name);
    let written = written.map(|name| &**name).collect();
    let names = Names::of(live, &pins.collect(), &written);
    let by_name = desired.tenants.values().filter(|entry| entry.pin.is_none());
    let mut renames: BTreeMap<Option<&Handle>, Vec<(&str, &str)>> = BTreeMap::new();
    for entry in by_name {
        if let (Some(previous), Some(name)) = (&entry.renamed_from, entry.name()) {
            let parent = entry.parent.as_ref().map(|parent| &parent.value);
            let renames = renames.entry(parent).or_default();
            renames.push((&*previous.value, &**name));
        }
    }
    let chains = renames.into_iter();
    let chains: BTreeMap<_, _> = chains
        .map(|(parent, renames)| (parent, Chain::of(renames.into_iter())))
        .collect();
    let no_chain = Chain::of(std::iter::empty());
    let mut entries = Entries::new(into, KIND, &live.unreadable_tenants, desired.tenants.len());
    let mut found: BTreeMap<Handle, &LiveTenant> = BTreeMap::new();
    for (handle, entry) in parents_first(desired) {
        let parent = entry.parent.as_ref().map(|parent| &parent.value);
        let place = match parent {
            None => Ok(Place::Top),
            Some(parent) => match found.get(parent) {
                Some(tenant) => Ok(Place::Below(&tenant.id)),
                None if entries.found.is_blocked(&Address::Tenant(parent.clone())) => {
                    let parent = parent.to_string();
                    let error = PlanError::ParentBlocked { parent };
                    Err(refused(error, entry.handle.origin))
                }
                None => Ok(Place::New),
            },
        };
        let chain = chains.get(&parent).unwrap_or(&no_chain);
        let tenant = entries.matched(
            (Address::Tenant(handle.clone()), entry.handle.origin),
            |record| is_about(entry, record),
            || {
                let tenant = tenant(entry, place?, desired, live, &names, chain)?;
                seen(tenant, entry, live)
            },
            |tenant| &tenant.id,
        );
        found.extend(tenant.map(|tenant| (handle.clone(), tenant)));
    }
    entries.block_unread(|record| {
        let id = record.id.as_deref().unwrap_or("unknown");
        Address::TenantById(TenantId::new(id))
    });
    found
}

/// Where a tenant is looked for.
#[derive(Clone, Copy)]
enum Place<'l> {
    /// Right below the workspace.
    Top,
    /// Right below this tenant.
    Below(&'l TenantId),
    /// Below a tenant that is not there yet.
    New,
}

impl<'l> Place<'l> {
    /// The tenant above; nothing where that is the workspace.
    fn above(self) -> Option<&'l TenantId> {
        match self {
            Self::Below(id) => Some(id),
            Self::Top | Self::New => None,
        }
    }
}

/// The entries, each after the one that it is below.
fn parents_first(desired: &Desired) -> Vec<(&Handle, &TenantEntry)> {
    // No entry is below itself, as the manifest was checked.
    let depth = |entry| {
        let above = |entry: &&TenantEntry| desired.tenants.get(&entry.parent.as_ref()?.value);
        let way = std::iter::successors(Some(entry), above);
        way.take(desired.tenants.len() + 1).count()
    };
    let mut entries: Vec<(&Handle, &TenantEntry)> = desired.tenants.iter().collect();
    entries.sort_by_cached_key(|(_, entry)| depth(*entry));
    entries
}

/// Whether an entry is about this record, which can't be read.
fn is_about(entry: &TenantEntry, record: &Unreadable) -> bool {
    if let Some(pin) = &entry.pin {
        return record.id.as_deref() == Some(pin.value.as_str());
    }
    let name = record.name.as_deref().map(stored_form);
    let previous = entry.renamed_from.as_ref().map(|previous| &previous.value);
    let names = entry.name().into_iter().chain(previous);
    let is_named = |name| names.map(|own| stored_form(own)).any(|own| own == name);
    !entry.is_new && name.is_some_and(is_named)
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

/// What a tenant is below, in words.
fn words_for(parent: Option<&TenantId>, live: &Live) -> String {
    let name = |id: &TenantId| {
        live.tenants
            .get(id)
            .map(|tenant| format!("`{}` ({id})", tenant.name()))
    };
    match parent {
        None => "the workspace".to_owned(),
        Some(id) => name(id).unwrap_or_else(|| format!("tenant {id}")),
    }
}

/// Refuses a record that is below another tenant than its entry says.
fn in_place<'l>(
    found: &'l LiveTenant,
    place: Place<'_>,
    entry: &TenantEntry,
    live: &Live,
) -> Result<Option<&'l LiveTenant>, Refused> {
    let above = live.above(found);
    if entry.parent.is_none() || above.as_ref() == place.above() && !matches!(place, Place::New) {
        return Ok(Some(found));
    }
    let error = PlanError::OtherParent {
        id: found.id.to_string(),
        found: words_for(above.as_ref(), live),
        written: entry.parent.as_ref().map_or_else(
            || "the workspace".to_owned(),
            |parent| format!("`{}`", parent.value),
        ),
    };
    Err(refused(error, entry.handle.origin))
}

fn tenant<'l>(
    entry: &TenantEntry,
    place: Place<'_>,
    desired: &Desired,
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
            (_, Some(found), _) => in_place(found, place, entry, live),
            (_, None, _) => Ok(None),
        };
    }
    if entry.is_new || matches!(place, Place::New) {
        return Ok(None);
    }
    let name = entry.fields.get(TenantField::Name);
    let name = name.and_then(|name| Some(name.with(Arc::clone(name.value.as_ref()?.as_text()?))));
    let Some(name) = name else { return Ok(None) };
    let link = match entry.renamed_from {
        Some(_) => chain.link(&name.value, |name| names.has(place, name)),
        None => Link::Own,
    };
    let own = match link {
        Link::Own => names.one(place, &name)?,
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
        (None, Some(previous)) => match names.one(place, previous)? {
            None => names.none_like(place, &name)?,
            found => return Ok(found),
        },
        (None, None) => names.none_like(place, &name)?,
        (found, _) => return Ok(found),
    }
    // A tenant at another level is not the one that was deleted.
    let is_present = entry.presence == Presence::Present;
    match names.deeper(place, &name.value).filter(|_| is_present) {
        Some(deeper) => Err(refused(deeper_tenant(deeper, desired, live), name.origin)),
        None => Ok(None),
    }
}

fn deeper_tenant(tenant: &LiveTenant, desired: &Desired, live: &Live) -> PlanError {
    let above = live.above(tenant);
    let name = above
        .as_ref()
        .and_then(|id| live.tenants.get(id))
        .map(LiveTenant::name);
    let mut entries = desired.tenants.iter();
    let handle = entries.find(|(_, entry)| {
        let pin = entry.pin.as_ref().map(|pin| &pin.value);
        pin.is_some() && pin == above.as_ref()
            || pin.is_none() && name.is_some() && entry.name().map(|name| &**name) == name
    });
    PlanError::DeeperTenant {
        name: tenant.name().to_owned(),
        id: tenant.id.to_string(),
        parent: words_for(above.as_ref(), live),
        line: match handle {
            Some((handle, _)) => format!("parent: {handle}"),
            None => format!("tenantId: {}", tenant.id),
        },
    }
}

/// Shorter names are not thought to be cut.
const SHORTEST_CUT: usize = 16;

/// The tenants right below one, or below the workspace, that have a name.
type ByName<'l, N> = HashMap<(Option<&'l TenantId>, N), Vec<&'l LiveTenant>>;

struct Names<'l> {
    exact: ByName<'l, &'l str>,
    /// By their names in one form.
    forms: ByName<'l, String>,
    /// Those that no entry names, with the longest name that any tenant has: a server that cuts names has none that is longer.
    longest: Vec<(Option<&'l TenantId>, &'l LiveTenant)>,
    /// Those below other tenants, by name.
    deeper: HashMap<&'l str, &'l LiveTenant>,
}

impl<'l> Names<'l> {
    /// A record that another entry is pinned to is not up for matching by name, but its name is taken, unless it gets another.
    fn of(
        live: &'l Live,
        pins: &HashMap<&TenantId, &TenantEntry>,
        written: &HashSet<&str>,
    ) -> Self {
        let mut names = Self {
            exact: HashMap::new(),
            forms: HashMap::new(),
            longest: Vec::new(),
            deeper: HashMap::new(),
        };
        let length = |tenant: &LiveTenant| tenant.name().chars().count();
        let most = live.tenants.found().map(length).max();
        for tenant in live.tenants.found() {
            let form = stored_form(tenant.name());
            let pinned = pins.get(&tenant.id);
            let above = tenant
                .parent
                .as_ref()
                .filter(|parent| **parent != live.workspace);
            if pinned.is_none() {
                let exact = names.exact.entry((above, tenant.name())).or_default();
                exact.push(tenant);
                if above.is_some() {
                    names.deeper.insert(tenant.name(), tenant);
                }
            }
            let stays =
                |entry: &&TenantEntry| entry.name().is_none_or(|name| stored_form(name) == form);
            let is_free = pinned.is_none() && !written.contains(tenant.name());
            if is_free && Some(length(tenant)) == most {
                names.longest.push((above, tenant));
            }
            if pinned.is_none_or(stays) {
                names.forms.entry((above, form)).or_default().push(tenant);
            }
        }
        names
    }

    fn has(&self, place: Place<'_>, name: &str) -> bool {
        self.exact.contains_key(&(place.above(), name))
    }

    /// A tenant of the name that is below another one, where only those right below the workspace were meant.
    fn deeper(&self, place: Place<'_>, name: &str) -> Option<&'l LiveTenant> {
        let deeper = self.deeper.get(name).copied();
        deeper.filter(|_| matches!(place, Place::Top))
    }

    fn one(
        &self,
        place: Place<'_>,
        name: &Spanned<Arc<str>>,
    ) -> Result<Option<&'l LiveTenant>, Refused> {
        let found = self.exact.get(&(place.above(), &*name.value));
        match found.map(Vec::as_slice) {
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
    fn none_like(&self, place: Place<'_>, name: &Spanned<Arc<str>>) -> Result<(), Refused> {
        let forms = self.forms.get(&(place.above(), stored_form(&name.value)));
        let asked = stored_form(&name.value);
        let is_cut_there = |(above, tenant): &&(Option<&TenantId>, &LiveTenant)| {
            *above == place.above() && is_cut(&asked, &stored_form(tenant.name()), SHORTEST_CUT)
        };
        let cut = self.longest.iter().filter(is_cut_there);
        let cut = cut.map(|(_, tenant)| tenant);
        let mut alike = forms.into_iter().flatten().chain(cut);
        let Some(like) = alike.find(|tenant| tenant.name() != &*name.value) else {
            return Ok(());
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
