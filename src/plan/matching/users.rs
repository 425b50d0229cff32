//! Users: by their id, or by their address.

use hashbrown::hash_map::Entry;
use hashbrown::{HashMap, HashSet};

use crate::model::{
    Desired, Email, Live, LiveUser, Origin, Presence, Spanned, Unreadable, UserEntry, UserId,
    UserPin, UserUuid,
};
use crate::plan::matching::chain::{Chain, Link};
use crate::plan::matching::entries::{Entries, Kind};
use crate::plan::matching::refused::{Found, Refused, ambiguous, nameless, refused};
use crate::plan::{Address, Person, PlanError};

const KIND: Kind = Kind {
    name: "user",
    key: "userUuid",
};

/// The records of all entries, in their order.
pub(crate) fn users<'l>(
    live: &'l Live,
    into: &mut Found<'l>,
) -> Vec<(&'l Email, Option<&'l LiveUser>)> {
    let desired = into.desired;
    let index = UserIndex::new(desired, live);
    let count = desired.users.len();
    let mut entries = Entries::new(into, KIND, &live.unreadable_users, count);
    let mut found = Vec::with_capacity(count);
    for (email, entry) in &desired.users {
        let user = entries.matched(
            (
                Address::User(Person::Email(email.clone())),
                entry.email.origin,
            ),
            |record| is_about(entry, record),
            || seen(index.find(entry)?, entry, live),
            |user| &user.uuid,
        );
        found.push((email, user));
    }
    entries.block_unread(|record| {
        Address::User(match (&record.name, &record.id) {
            (Some(email), _) => Person::Email(Email::new(email.as_str())),
            (None, Some(id)) => Person::Id(UserUuid::new(id.as_str())),
            (None, None) => Person::Id(UserUuid::new("unknown")),
        })
    });
    found
}

/// Whether an entry is about this record, which can't be read.
fn is_about(entry: &UserEntry, record: &Unreadable) -> bool {
    let is_pinned = entry.pin.as_ref().is_some_and(|pin| {
        let id = record.id.as_deref().unwrap_or_default();
        match &pin.value {
            UserPin::Id(number) => number.to_string() == id,
            UserPin::Uuid(uuid) => uuid.as_str().eq_ignore_ascii_case(id),
        }
    });
    let address = record.name.as_deref().map(Email::new);
    let previous = entry.renamed_from.as_ref().map(|previous| &previous.value);
    let mut own = [&entry.email.value].into_iter().chain(previous);
    is_pinned || !entry.is_new && address.is_some_and(|address| own.any(|own| *own == address))
}

/// A match; nothing only where it is known that there is no such user.
fn seen<'l>(
    matched: Option<&'l LiveUser>,
    entry: &UserEntry,
    live: &'l Live,
) -> Result<Option<&'l LiveUser>, Refused> {
    let email = || entry.email.value.to_string();
    let error = if matched.is_some() || entry.is_new || entry.is_over {
        return Ok(matched);
    } else if let Some(record) = nameless(&live.unreadable_users) {
        PlanError::MayBeUnreadable {
            kind: "user",
            name: email(),
            record: record.to_string(),
        }
    } else if entry.mentioned_only {
        PlanError::UnknownMember { email: email() }
    } else {
        return Ok(None);
    };
    Err(refused(error, entry.email.origin))
}

/// Whether a record that a number leads to may be somebody else's: numbers are given again after deletions. A number and an
/// address that belong together are one person.
fn is_perhaps_another(entry: &UserEntry, user: &LiveUser) -> bool {
    let is_number = |pin: &Spanned<UserPin>| matches!(pin.value, UserPin::Id(_));
    let previous = entry.renamed_from.as_ref().map(|previous| &previous.value);
    let mut own = [&entry.email.value].into_iter().chain(previous);
    let email = user.email();
    entry.pin.as_ref().is_some_and(is_number) && !own.any(|own| email.as_ref() == Some(own))
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
    chain: Chain<'l, Email>,
    /// The users whose entries, by their pins, give them another address.
    readdressed: HashSet<&'l UserUuid>,
}

impl<'l> UserIndex<'l> {
    fn new(desired: &'l Desired, live: &'l Live) -> Self {
        let pins = || {
            desired
                .users
                .values()
                .filter_map(|entry| entry.pin.as_ref())
        };
        let by_id = pins().any(|pin| matches!(pin.value, UserPin::Id(_)));
        let by_uuid = pins().any(|pin| matches!(pin.value, UserPin::Uuid(_)));
        let by_name = desired.users.values().filter(|entry| entry.pin.is_none());
        let renames = by_name
            .filter_map(|entry| Some((&entry.renamed_from.as_ref()?.value, &entry.email.value)));
        let mut index = Self {
            live,
            ids: HashMap::new(),
            uuids: HashMap::new(),
            emails: HashMap::new(),
            namesakes: HashMap::new(),
            chain: Chain::of(renames),
            readdressed: HashSet::new(),
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
        let present = desired.users.values();
        let present = present.filter(|entry| entry.presence == Presence::Present);
        let readdressed = present.filter_map(|entry| {
            let (_, _, user) = index.pinned(&entry.pin.as_ref()?.value);
            let user = user?;
            (user.email().as_ref() != Some(&entry.email.value)).then_some(&user.uuid)
        });
        index.readdressed = readdressed.collect();
        index
    }

    /// The record with an id, what the manifest calls the id, and the id.
    fn pinned(&self, pin: &UserPin) -> (&'static str, String, Option<&'l LiveUser>) {
        match pin {
            UserPin::Id(id) => ("userId", id.to_string(), self.ids.get(id).copied()),
            UserPin::Uuid(uuid) => (
                "userUuid",
                uuid.to_string(),
                self.live
                    .users
                    .get(uuid)
                    .or_else(|| self.uuids.get(&uuid.as_str().to_ascii_lowercase()).copied()),
            ),
        }
    }

    /// By the address, and by the previous one.
    fn by_address(&self, entry: &UserEntry) -> Result<Option<&'l LiveUser>, Refused> {
        let (email, origin) = (&entry.email.value, entry.email.origin);
        let Some(previous) = &entry.renamed_from else {
            return self.named(email, origin);
        };
        let own = match self.chain.link(email, |email| self.is_kept(email)) {
            Link::Own if self.is_kept(email) => self.named(email, origin)?,
            Link::Own | Link::Previous => None,
            Link::Circle => {
                return Err(refused(
                    PlanError::SwappedByName {
                        kind: "user",
                        key: "userUuid",
                        name: email.to_string(),
                    },
                    origin,
                ));
            }
        };
        match own {
            None => self.named(&previous.value, previous.origin),
            found => Ok(found),
        }
    }

    /// Whether somebody has this address, and is not given another by a pin.
    fn is_kept(&self, email: &Email) -> bool {
        let mut users = self.with_email(email);
        users.any(|user| !self.readdressed.contains(&user.uuid))
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
            return self.by_address(entry);
        };
        let (key, id, matched) = self.pinned(&pin.value);
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
            (Presence::Present, Some(user), _) if is_perhaps_another(entry, user) => {
                PlanError::ReusedNumber {
                    id,
                    found: user.email().map_or_else(
                        || "a user without an address".to_owned(),
                        |email| format!("`{email}`"),
                    ),
                    email: email.to_string(),
                    uuid: user.uuid.to_string(),
                }
            }
            (Presence::Present, Some(_), Some(other)) if !self.moves(other) => {
                PlanError::EmailTaken {
                    email: email.to_string(),
                    id: name(other),
                }
            }
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

    /// Whether the plan gives a user another address, by a pin or by the previous address.
    fn moves(&self, user: &LiveUser) -> bool {
        let by_name =
            |email: Email| self.chain.link(&email, |it| self.is_kept(it)) == Link::Previous;
        self.readdressed.contains(&user.uuid) || user.email().is_some_and(by_name)
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
