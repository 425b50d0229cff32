//! Which live record each entry stands for: by its pin, else by its natural key, else by the name it had.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Display;
use std::hash::Hash;

use super::Conflict;
use crate::model::{
    Desired, Email, Finding, Handle, Hidden, Live, LiveTenant, LiveUser, Origin, Presence,
    TenantEntry, TenantId, UserEntry, UserId, UserPin,
};

/// The live records of the entries; an entry without one is to be created, or is absent already.
pub(super) struct Matches<'l> {
    pub(super) tenants: BTreeMap<Handle, &'l LiveTenant>,
    /// In the order of the entries.
    pub(super) users: Vec<(&'l Email, Option<&'l LiveUser>)>,
}

impl<'l> Matches<'l> {
    /// The record of the entry with this address.
    pub(super) fn user(&self, email: &Email) -> Option<&'l LiveUser> {
        let place = self.users.binary_search_by(|(known, _)| known.cmp(&email));
        self.users.get(place.ok()?)?.1
    }

    /// The entries that have a record.
    pub(super) fn found(&self) -> impl Iterator<Item = (&'l Email, &'l LiveUser)> {
        let entries = self.users.iter();
        entries.filter_map(|(email, user)| Some((*email, (*user)?)))
    }
}

/// Matches every entry, and reports those that can't be.
pub(super) fn matches<'l>(
    desired: &'l Desired,
    live: &'l Live,
    conflicts: &mut Vec<Finding<Conflict>>,
) -> Matches<'l> {
    Matches {
        tenants: tenants(desired, live, conflicts),
        users: users(desired, live, conflicts),
    }
}

fn tenants<'l>(
    desired: &Desired,
    live: &'l Live,
    conflicts: &mut Vec<Finding<Conflict>>,
) -> BTreeMap<Handle, &'l LiveTenant> {
    let pinned: HashSet<&TenantId> = desired
        .tenants
        .values()
        .filter_map(|entry| entry.pin.as_ref())
        .map(|pin| &pin.value)
        .collect();
    let mut by_name: HashMap<&str, Vec<&LiveTenant>> = HashMap::new();
    // A record that another entry is pinned to is not up for matching by name.
    for tenant in live
        .tenants
        .values()
        .filter(|tenant| !pinned.contains(&tenant.id))
    {
        by_name.entry(&tenant.name).or_default().push(tenant);
    }
    let mut claims = Claims::new("tenant", "tenantId", desired.tenants.len());
    let mut found = BTreeMap::new();
    for (handle, entry) in &desired.tenants {
        let matched = match tenant(entry, live, &by_name) {
            Ok(matched) => matched,
            Err(conflict) => {
                conflicts.push(*conflict);
                continue;
            }
        };
        match matched {
            Some(tenant) => {
                conflicts.extend(claims.claim(&tenant.id, entry.handle.origin));
                found.insert(handle.clone(), tenant);
            }
            None if entry.pin.is_none() && live.hidden != Hidden::Nothing => {
                let name = entry
                    .name
                    .as_ref()
                    .map(|name| name.value.as_ref().to_owned())
                    .unwrap_or_default();
                conflicts.push(Finding::new(
                    Conflict::HiddenTenants {
                        name,
                        hidden: hidden(live.hidden),
                    },
                    entry.handle.origin,
                ));
            }
            None => {}
        }
    }
    found
}

fn tenant<'l>(
    entry: &TenantEntry,
    live: &'l Live,
    by_name: &HashMap<&str, Vec<&'l LiveTenant>>,
) -> Result<Option<&'l LiveTenant>, Refused> {
    if let Some(pin) = &entry.pin {
        let id = || pin.value.to_string();
        if pin.value == live.workspace {
            return Err(refused(Conflict::PinIsWorkspace { id: id() }, pin.origin));
        }
        let matched = live.tenants.get(&pin.value);
        return match (entry.presence, matched, &entry.name) {
            (Presence::Present, None, _) => Err(refused(
                Conflict::PinNotFound {
                    kind: "tenant",
                    key: "tenantId",
                    id: id(),
                },
                pin.origin,
            )),
            (Presence::Absent, Some(live), Some(name)) if live.name != name.value => {
                let (found, written) = (format!("`{}`", live.name), name.value.as_ref().to_owned());
                Err(refused(
                    Conflict::WrongPin {
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
    for name in entry.name.iter().chain(&entry.renamed_from) {
        match by_name.get(&*name.value).map(Vec::as_slice) {
            None | Some([]) => {}
            Some([one]) => return Ok(Some(one)),
            Some(many) => {
                let pins: Vec<String> = many
                    .iter()
                    .map(|tenant| format!("`tenantId: {}`", tenant.id))
                    .collect();
                return Err(ambiguous("tenant", &name.value, &pins, name.origin));
            }
        }
    }
    Ok(None)
}

fn users<'l>(
    desired: &'l Desired,
    live: &'l Live,
    conflicts: &mut Vec<Finding<Conflict>>,
) -> Vec<(&'l Email, Option<&'l LiveUser>)> {
    let index = UserIndex::new(desired, live);
    let mut claims = Claims::new("user", "userId", desired.users.len());
    let mut found = Vec::with_capacity(desired.users.len());
    for (email, entry) in &desired.users {
        let matched = index.find(entry);
        found.push((email, matched.as_ref().ok().copied().flatten()));
        match matched {
            Ok(Some(user)) => {
                conflicts.extend(claims.claim(&user.id, entry.email.origin));
            }
            Ok(None) if entry.mentioned_only => {
                let conflict = Conflict::UnknownMember {
                    email: email.to_string(),
                };
                conflicts.push(Finding::new(conflict, entry.email.origin));
            }
            Ok(None) => {}
            Err(conflict) => conflicts.push(*conflict),
        }
    }
    found
}

struct UserIndex<'l> {
    ids: &'l BTreeMap<UserId, LiveUser>,
    /// In small letters: a UUID may be written in either.
    uuids: HashMap<String, &'l LiveUser>,
    emails: HashMap<&'l Email, &'l LiveUser>,
    /// Those who have the address of somebody in `emails`.
    namesakes: HashMap<&'l Email, Vec<&'l LiveUser>>,
}

impl<'l> UserIndex<'l> {
    fn new(desired: &Desired, live: &'l Live) -> Self {
        let mut index = Self {
            ids: &live.users,
            uuids: HashMap::new(),
            emails: HashMap::with_capacity(live.users.len()),
            namesakes: HashMap::new(),
        };
        let by_uuid = desired.users.values().any(|entry| {
            let pin = entry.pin.as_ref().map(|pin| &pin.value);
            matches!(pin, Some(UserPin::Uuid(_)))
        });
        for user in live.users.values() {
            if let Some(uuid) = user.uuid.as_ref().filter(|_| by_uuid) {
                index.uuids.insert(uuid.as_str().to_ascii_lowercase(), user);
            }
            let Some(email) = &user.email else { continue };
            match index.emails.entry(email) {
                Entry::Vacant(free) => {
                    free.insert(user);
                }
                Entry::Occupied(_) => index.namesakes.entry(email).or_default().push(user),
            }
        }
        index
    }

    /// Everybody with an address.
    fn with_email(&self, email: &Email) -> impl Iterator<Item = &'l LiveUser> {
        let first = self.emails.get(email);
        let others = self.namesakes.get(email).into_iter().flatten();
        first.into_iter().chain(others).copied()
    }

    fn find(&self, entry: &UserEntry) -> Result<Option<&'l LiveUser>, Refused> {
        let Some(pin) = &entry.pin else {
            return match self.named(&entry.email.value, entry.email.origin)? {
                Some(user) => Ok(Some(user)),
                None => entry.renamed_from.as_ref().map_or(Ok(None), |previous| {
                    self.named(&previous.value, previous.origin)
                }),
            };
        };
        let (key, id, matched) = match &pin.value {
            UserPin::Id(id) => ("userId", id.to_string(), self.ids.get(id)),
            UserPin::Uuid(uuid) => (
                "userUuid",
                uuid.to_string(),
                self.uuids.get(&uuid.as_str().to_ascii_lowercase()).copied(),
            ),
        };
        let email = &entry.email.value;
        let other = self
            .with_email(email)
            .find(|other| matched.is_none_or(|user| user.id != other.id));
        let name = |user: &LiveUser| format!("userId {}", user.id);
        let conflict = match (entry.presence, matched, other) {
            (_, None, Some(other)) => Conflict::StalePin {
                key,
                id,
                email: email.to_string(),
                found: name(other),
            },
            (Presence::Present, None, None) => Conflict::PinNotFound {
                kind: "user",
                key,
                id,
            },
            (Presence::Present, Some(_), Some(other)) => Conflict::EmailTaken {
                email: email.to_string(),
                id: name(other),
            },
            (Presence::Absent, Some(user), _) if user.email.as_ref() != Some(email) => {
                let found = user.email.as_ref().map_or_else(
                    || "a user without an address".to_owned(),
                    |email| format!("`{email}`"),
                );
                Conflict::WrongPin {
                    key,
                    id,
                    found,
                    written: email.to_string(),
                }
            }
            _ => return Ok(matched),
        };
        Err(refused(conflict, pin.origin))
    }

    fn named(&self, email: &Email, origin: Origin) -> Result<Option<&'l LiveUser>, Refused> {
        if self.namesakes.is_empty() || !self.namesakes.contains_key(email) {
            return Ok(self.emails.get(email).copied());
        }
        let pins: Vec<String> = self
            .with_email(email)
            .map(|user| format!("`userId: {}`", user.id))
            .collect();
        Err(ambiguous("user", email.as_str(), &pins, origin))
    }
}

/// Why an entry can't be matched; boxed, because it is rare and large.
type Refused = Box<Finding<Conflict>>;

fn refused(conflict: Conflict, origin: Origin) -> Refused {
    Box::new(Finding::new(conflict, origin))
}

/// How many candidates a message lists.
const LISTED: usize = 5;

fn ambiguous(kind: &'static str, name: &str, pins: &[String], origin: Origin) -> Refused {
    let mut candidates = pins
        .iter()
        .take(LISTED)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" or ");
    if pins.len() > LISTED {
        candidates.push_str(" or another");
    }
    refused(
        Conflict::Ambiguous {
            kind,
            name: name.to_owned(),
            count: pins.len(),
            candidates,
        },
        origin,
    )
}

fn hidden(hidden: Hidden) -> String {
    match hidden {
        Hidden::Some(count) => count.to_string(),
        Hidden::Nothing | Hidden::Unknown => "some".to_owned(),
    }
}

/// Which records are spoken for.
struct Claims<'l, K> {
    kind: &'static str,
    /// What the manifest calls the records' ids.
    key: &'static str,
    taken: HashMap<&'l K, Origin>,
}

impl<'l, K: Eq + Hash + Display> Claims<'l, K> {
    fn new(kind: &'static str, key: &'static str, entries: usize) -> Self {
        Self {
            kind,
            key,
            taken: HashMap::with_capacity(entries),
        }
    }

    /// Notes which entry a record is for; a conflict where it is another's already.
    fn claim(&mut self, id: &'l K, origin: Origin) -> Option<Finding<Conflict>> {
        let first = *self.taken.entry(id).or_insert(origin);
        if first == origin {
            return None;
        }
        let conflict = Conflict::SameRecord {
            kind: self.kind,
            id: format!("{} {id}", self.key),
        };
        Some(Finding::new(conflict, origin).and(first, "this one matches it too"))
    }
}
