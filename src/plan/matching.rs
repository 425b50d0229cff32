//! Which live record each entry stands for: by its pin, else by its natural key, else by the name it had.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Display;
use std::hash::Hash;
use std::sync::Arc;

use super::PlanError;
use crate::model::{
    Desired, Email, Finding, Handle, Hidden, Live, LiveTenant, LiveUser, Origin, Presence,
    TenantEntry, TenantField, TenantId, UserEntry, UserId, UserPin,
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
) -> (Matches<'l>, Vec<Finding<PlanError>>) {
    let mut errors = Vec::new();
    let matches = Matches {
        tenants: tenants(desired, live, &mut errors),
        users: users(desired, live, &mut errors),
    };
    (matches, errors)
}

fn tenants<'l>(
    desired: &Desired,
    live: &'l Live,
    errors: &mut Vec<Finding<PlanError>>,
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
        .found()
        .filter(|tenant| !pinned.contains(&tenant.id))
    {
        by_name.entry(tenant.name()).or_default().push(tenant);
    }
    let mut claims = Claims::new("tenant", "tenantId", desired.tenants.len());
    let mut found = BTreeMap::new();
    for (handle, entry) in &desired.tenants {
        let matched = match tenant(entry, live, &by_name) {
            Ok(matched) => matched,
            Err(error) => {
                errors.push(*error);
                continue;
            }
        };
        match matched {
            Some(tenant) => {
                errors.extend(claims.claim(&tenant.id, entry.handle.origin));
                found.insert(handle.clone(), tenant);
            }
            None if entry.pin.is_none() && live.hidden != Hidden::Nothing => {
                let name = entry.name().map_or_else(String::new, ToString::to_string);
                errors.push(Finding::new(
                    PlanError::HiddenTenants {
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
    for name in name.iter().chain(&entry.renamed_from) {
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
    errors: &mut Vec<Finding<PlanError>>,
) -> Vec<(&'l Email, Option<&'l LiveUser>)> {
    let index = UserIndex::new(desired, live);
    let mut claims = Claims::new("user", "userUuid", desired.users.len());
    let mut found = Vec::with_capacity(desired.users.len());
    for (email, entry) in &desired.users {
        let matched = index.find(entry);
        found.push((email, matched.as_ref().ok().copied().flatten()));
        match matched {
            Ok(Some(user)) => {
                errors.extend(claims.claim(&user.uuid, entry.email.origin));
            }
            Ok(None) if entry.mentioned_only => {
                let error = PlanError::UnknownMember {
                    email: email.to_string(),
                };
                errors.push(Finding::new(error, entry.email.origin));
            }
            Ok(None) => {}
            Err(error) => errors.push(*error),
        }
    }
    found
}

struct UserIndex<'l> {
    live: &'l Live,
    /// By number, where an entry is pinned by one.
    ids: HashMap<UserId, &'l LiveUser>,
    /// By UUID in small letters, because a UUID may be written in either case; where an entry is pinned by one.
    uuids: HashMap<String, &'l LiveUser>,
    emails: HashMap<Email, &'l LiveUser>,
    /// The users who have the address of one in `emails`.
    namesakes: HashMap<Email, Vec<&'l LiveUser>>,
}

impl<'l> UserIndex<'l> {
    fn new(desired: &Desired, live: &'l Live) -> Self {
        let pins = || {
            desired
                .users
                .values()
                .filter_map(|entry| entry.pin.as_ref())
        };
        let by_id = pins().any(|pin| matches!(pin.value, UserPin::Id(_)));
        let by_uuid = pins().any(|pin| matches!(pin.value, UserPin::Uuid(_)));
        let mut index = Self {
            live,
            ids: HashMap::new(),
            uuids: HashMap::new(),
            emails: HashMap::new(),
            namesakes: HashMap::new(),
        };
        for user in live.users.found() {
            if by_id {
                index.ids.insert(user.id, user);
            }
            if by_uuid {
                index
                    .uuids
                    .insert(user.uuid.as_str().to_ascii_lowercase(), user);
            }
            let Some(email) = user.email() else { continue };
            match index.emails.entry(email) {
                Entry::Vacant(free) => {
                    free.insert(user);
                }
                Entry::Occupied(taken) => {
                    index
                        .namesakes
                        .entry(taken.key().clone())
                        .or_default()
                        .push(user);
                }
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
        if entry.is_new {
            return Ok(None);
        }
        let Some(pin) = &entry.pin else {
            return match self.named(&entry.email.value, entry.email.origin)? {
                Some(user) => Ok(Some(user)),
                None => entry.renamed_from.as_ref().map_or(Ok(None), |previous| {
                    self.named(&previous.value, previous.origin)
                }),
            };
        };
        let (key, id, matched) = match &pin.value {
            UserPin::Id(id) => ("userId", id.to_string(), self.ids.get(id).copied()),
            UserPin::Uuid(uuid) => (
                "userUuid",
                uuid.to_string(),
                self.live
                    .users
                    .get(uuid)
                    .or_else(|| self.uuids.get(&uuid.as_str().to_ascii_lowercase()).copied()),
            ),
        };
        let email = &entry.email.value;
        let other = self
            .with_email(email)
            .find(|other| matched.is_none_or(|user| user.uuid != other.uuid));
        let name = |user: &LiveUser| format!("userUuid {}", user.uuid);
        let error = match (entry.presence, matched, other) {
            (_, None, Some(other)) => PlanError::StalePin {
                key,
                id,
                email: email.to_string(),
                found: name(other),
            },
            (Presence::Present, None, None) => PlanError::PinNotFound {
                kind: "user",
                key,
                id,
            },
            (Presence::Present, Some(_), Some(other)) => PlanError::EmailTaken {
                email: email.to_string(),
                id: name(other),
            },
            (Presence::Absent, Some(user), _) if user.email().as_ref() != Some(email) => {
                let found = user.email().map_or_else(
                    || "a user without an address".to_owned(),
                    |email| format!("`{email}`"),
                );
                PlanError::WrongPin {
                    key,
                    id,
                    found,
                    written: email.to_string(),
                }
            }
            _ => return Ok(matched),
        };
        Err(refused(error, pin.origin))
    }

    fn named(&self, email: &Email, origin: Origin) -> Result<Option<&'l LiveUser>, Refused> {
        if self.namesakes.is_empty() || !self.namesakes.contains_key(email) {
            return Ok(self.emails.get(email).copied());
        }
        let pins: Vec<String> = self
            .with_email(email)
            .map(|user| format!("`userUuid: {}`", user.uuid))
            .collect();
        Err(ambiguous("user", email.as_str(), &pins, origin))
    }
}

/// Why an entry can't be matched; boxed, because it is rare and large.
type Refused = Box<Finding<PlanError>>;

fn refused(error: PlanError, origin: Origin) -> Refused {
    Box::new(Finding::new(error, origin))
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
        PlanError::Ambiguous {
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

    /// Notes which entry a record is for; a error where it is another's already.
    fn claim(&mut self, id: &'l K, origin: Origin) -> Option<Finding<PlanError>> {
        let first = *self.taken.entry(id).or_insert(origin);
        if first == origin {
            return None;
        }
        let error = PlanError::SameRecord {
            kind: self.kind,
            id: format!("{} {id}", self.key),
        };
        Some(Finding::new(error, origin).and(first, "this one matches it too"))
    }
}
