//! What became of `renamedFrom`, and renames that are not declared.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{
    Email, Live, LiveTenant, LiveUser, Origin, Place, RoleSet, Scope, UserEntry, UserField,
    UserUuid,
};
use crate::plan::draft::records::{Created, Input};
use crate::plan::{Address, Change, Edit, Missing, Person, Step, Warning, WarningKind};

/// A user who is removed and one who is created, who may be the same person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LikelyRename {
    /// The address that goes.
    pub removed: Email,
    /// The address that comes.
    pub created: Email,
    /// Whether the first is there to stay, and no entry mentions the user any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stays: bool,
    /// What the two have in common, in words.
    pub in_common: Vec<String>,
    /// Where the new one is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// Warns of renames that are done, and of those that never were: the record with the new name is there, and so is one
/// with the old name, which then keeps its roles unmanaged.
pub(crate) fn warnings(input: Input<'_>) -> Vec<Warning> {
    let Input {
        desired,
        live,
        matches,
    } = input;
    let renames = desired
        .users
        .values()
        .any(|user| user.renamed_from.is_some())
        || desired
            .tenants
            .values()
            .any(|tenant| tenant.renamed_from.is_some());
    if !renames {
        return Vec::new();
    }
    let emails: HashSet<Email> = live.users.found().filter_map(LiveUser::email).collect();
    let names: HashSet<&str> = live.tenants.found().map(LiveTenant::name).collect();
    let taken: HashSet<&str> = matches
        .tenants
        .values()
        .map(|tenant| tenant.name())
        .collect();
    let warning = |address: Address, previous: &str, still_there: bool, origin: Origin| {
        let place = desired.sources.place(origin);
        let (kind, message) = if still_there {
            (
                WarningKind::BothNames,
                format!(
                    "{address} exists, and so does {previous}, its previous name: these are two records, and the second is not managed"
                ),
            )
        } else {
            (
                WarningKind::RenameDone,
                format!(
                    "{address} has its new name, and nothing has the previous one: `renamedFrom` can be removed"
                ),
            )
        };
        Warning {
            kind,
            message,
            place,
        }
    };
    let tenants = desired.tenants.iter().filter_map(|(handle, entry)| {
        let (previous, name) = (entry.renamed_from.as_ref()?, entry.name()?);
        let renamed = matches.tenants.get(handle)?.name() == &**name;
        renamed.then(|| {
            warning(
                Address::Tenant(handle.clone()),
                &previous.value,
                names.contains(&*previous.value) && !taken.contains(&*previous.value),
                previous.origin,
            )
        })
    });
    let users = desired.users.iter().filter_map(|(email, entry)| {
        let previous = entry.renamed_from.as_ref()?;
        let renamed = matches.user(email)?.email().as_ref() == Some(email);
        let still_there =
            emails.contains(&previous.value) && !desired.users.contains_key(&previous.value);
        renamed.then(|| {
            warning(
                Address::User(Person::Email(email.clone())),
                previous.value.as_str(),
                still_there,
                previous.origin,
            )
        })
    });
    tenants.chain(users).collect()
}

/// Names of new users, and usernames that anybody gets, by which others have to be searched for, before it is known whether they are new.
pub(crate) fn unasked(input: Input<'_>, steps: &[Step], rename_check: bool) -> Missing {
    if input.live.users.is_complete() {
        return Missing::default();
    }
    let fields = [UserField::Username, UserField::Name];
    let fields = fields
        .into_iter()
        .filter(|field| rename_check || *field == UserField::Username);
    let fields: Vec<UserField> = fields.collect();
    let records = steps.iter().filter_map(|step| match &step.change {
        Change::User {
            edit: Edit::Create { record },
            ..
        } => Some(record),
        _ => None,
    });
    let values = records.flat_map(|record| {
        let values = fields.iter();
        values.filter_map(|field| Some((*field, Arc::clone(record.text(*field)?))))
    });
    let renamed = steps.iter().filter_map(|step| match &step.change {
        Change::User {
            edit: edit @ Edit::Update { .. },
            ..
        } => {
            let username = edit.after(UserField::Username)?;
            Some((UserField::Username, Arc::from(username.as_str()?)))
        }
        _ => None,
    });
    let values = values.chain(renamed);
    Missing {
        alike: values
            .filter(|value| !input.live.alike.contains(value))
            .collect(),
        ..Missing::default()
    }
}

/// New users who have the name and all roles of somebody whom no entry mentions: an entry whose address was edited looks so.
///
/// # Errors
/// Users whose roles have to be known.
pub(crate) fn left_behind(
    input: Input<'_>,
    created: &Created,
    steps: &[Step],
) -> Result<Vec<LikelyRename>, Missing> {
    let new: Vec<&UserEntry> = created_entries(input, steps).collect();
    let names = new
        .iter()
        .filter_map(|entry| entry.fields.text(UserField::Name));
    let names: HashSet<&Arc<str>> = names.collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mentioned = input.matches.found().map(|(_, user)| &user.uuid);
    let going = steps.iter().filter_map(|step| step.change.locked_out());
    let known: HashSet<&UserUuid> = mentioned.chain(going).collect();
    let unmentioned = input.live.users.found().filter(|user| {
        let name = user.record.text(UserField::Name);
        name.is_some_and(|name| names.contains(name)) && !known.contains(&user.uuid)
    });
    let unmentioned: Vec<&LiveUser> = unmentioned.collect();
    let untold = unmentioned.iter().filter(|user| !user.grants_told);
    let untold: Vec<UserUuid> = untold.map(|user| user.uuid.clone()).collect();
    if !untold.is_empty() {
        return Err(Missing::grants(untold));
    }
    let mut found = Vec::new();
    for entry in new {
        let wanted = wanted_grants(input, created, entry);
        let same = unmentioned.iter().filter(|user| {
            let name = user.record.text(UserField::Name);
            name == entry.fields.text(UserField::Name) && *user.grants == wanted
        });
        for user in same.filter(|_| !wanted.is_empty()) {
            let Some(removed) = user.email() else {
                continue;
            };
            found.push(LikelyRename {
                removed,
                created: entry.email.value.clone(),
                stays: true,
                in_common: vec!["the name".to_owned(), "all roles".to_owned()],
                place: input.desired.sources.place(entry.email.origin),
            });
        }
    }
    Ok(found)
}

fn created_entries<'d>(input: Input<'d>, steps: &'d [Step]) -> impl Iterator<Item = &'d UserEntry> {
    let created = steps.iter().filter(|step| step.change.creates());
    created.filter_map(move |step| {
        let email = step.address.person().and_then(Person::email)?;
        input.desired.users.get(email).map(|entry| &**entry)
    })
}

/// Of more pairs than this, only those that share a name or most of an address are compared.
const MOST_PAIRS: usize = 100_000;

/// Pairs of a removed and a created user that look like one person with a new address: deleting
/// the record would lose its id, its password and its history.
pub(crate) fn likely(input: Input<'_>, created: &Created, steps: &[Step]) -> Vec<LikelyRename> {
    let removed = steps.iter().filter_map(|step| {
        let user = input.live.users.get(step.change.locked_out()?);
        // A user whom the manifest locks has an entry, and is there to stay.
        let stays = step.address.person().and_then(Person::email);
        let entry = stays.and_then(|email| input.desired.users.get(email));
        user.filter(|_| entry.is_none_or(|entry| entry.presence == crate::model::Presence::Absent))
    });
    let new = created_entries(input, steps);
    let (removed, new): (Vec<&LiveUser>, Vec<&UserEntry>) = (removed.collect(), new.collect());
    let pairs = removed.len().saturating_mul(new.len());
    let index = (pairs > MOST_PAIRS).then(|| Alike::of(&removed));
    let mut found = Vec::new();
    for entry in &new {
        let candidates = index
            .as_ref()
            .map_or_else(|| removed.clone(), |index| index.candidates(entry));
        for user in candidates {
            let Some(email) = user.email() else { continue };
            let in_common = in_common(input, created, entry, user, &email);
            if !in_common.is_empty() {
                let place = input.desired.sources.place(entry.email.origin);
                found.push(LikelyRename {
                    removed: email,
                    created: entry.email.value.clone(),
                    stays: false,
                    place,
                    in_common: in_common.into_iter().map(str::to_owned).collect(),
                });
            }
        }
    }
    found
}

/// The same for a plan that was saved, from its steps only: users who are deleted, and users who are created. A plan in a file may
/// be silent about them.
pub fn likely_renames(steps: &[Step], live: &Live) -> Vec<LikelyRename> {
    let removed = steps.iter().filter_map(|step| step.change.deleted_user());
    let removed: Vec<&LiveUser> = removed.filter_map(|id| live.users.get(id)).collect();
    let index = Alike::of(&removed);
    let created = steps.iter().filter_map(|step| match &step.change {
        Change::User {
            edit: Edit::Create { record },
            ..
        } => Some((step, record)),
        _ => None,
    });
    let mut found = Vec::new();
    for (step, record) in created {
        let Some(email) = record.text(UserField::Email).cloned().map(Email::new) else {
            continue;
        };
        for user in index.alike(|field| record.text(field), &email) {
            let Some(old) = user.email() else { continue };
            let text = |field| record.text(field);
            let in_common = tests(&text, &email, user, &old, false);
            if !in_common.is_empty() {
                found.push(LikelyRename {
                    removed: old,
                    created: email.clone(),
                    stays: false,
                    in_common: in_common.into_iter().map(str::to_owned).collect(),
                    place: step.why.first().and_then(|why| why.place.clone()),
                });
            }
        }
    }
    found
}

/// The removed users by what another could share with them: in a large plan not every pair can be compared.
struct Alike<'l>(HashMap<String, Vec<&'l LiveUser>>);

impl<'l> Alike<'l> {
    fn of(removed: &[&'l LiveUser]) -> Self {
        let mut index: HashMap<String, Vec<&LiveUser>> = HashMap::new();
        for user in removed {
            let texts = [UserField::Name, UserField::Username].map(|field| user.record.text(field));
            let texts = texts.into_iter().flatten().map(|text| text.to_lowercase());
            let name = user.email().map(|email| parts(&email).0);
            for key in texts.chain(name) {
                index.entry(key).or_default().push(user);
            }
        }
        Self(index)
    }

    fn candidates(&self, entry: &UserEntry) -> Vec<&'l LiveUser> {
        self.alike(|field| entry.fields.text(field), &entry.email.value)
    }

    fn alike<'t>(
        &self,
        text: impl Fn(UserField) -> Option<&'t Arc<str>>,
        email: &Email,
    ) -> Vec<&'l LiveUser> {
        let texts = [UserField::Name, UserField::Username].map(text);
        let texts = texts.into_iter().flatten().map(|text| text.to_lowercase());
        let keys = texts.chain([parts(email).0]);
        // A user who shares two things is one candidate.
        let found: BTreeMap<&UserUuid, &LiveUser> = keys
            .filter_map(|key| self.0.get(&key))
            .flatten()
            .map(|user| (&user.uuid, *user))
            .collect();
        found.into_values().collect()
    }
}

fn in_common(
    input: Input<'_>,
    created: &Created,
    entry: &UserEntry,
    user: &LiveUser,
    email: &Email,
) -> Vec<&'static str> {
    let text = |field| entry.fields.text(field);
    let roles = same_grants(input, created, entry, user);
    tests(&text, &entry.email.value, user, email, roles)
}

/// What a new user has in common with another one.
fn tests<'t>(
    text: &impl Fn(UserField) -> Option<&'t Arc<str>>,
    new: &Email,
    user: &LiveUser,
    old: &Email,
    same_roles: bool,
) -> Vec<&'static str> {
    let same = |field| {
        let (wanted, live) = (text(field), user.record.text(field));
        wanted
            .zip(live)
            .is_some_and(|(a, b)| a.to_lowercase() == b.to_lowercase())
    };
    let (new_name, new_domain) = parts(new);
    let (old_name, old_domain) = parts(old);
    let spelling = |a: &str, b: &str| {
        a.len().min(b.len()) > 3 && a.len().max(b.len()) <= 64 && strsim::osa_distance(a, b) <= 2
    };
    let tests = [
        ("the username", same(UserField::Username)),
        ("the name", same(UserField::Name)),
        ("all roles", same_roles),
        (
            "the address up to the domain",
            new_name == old_name && new_domain != old_domain,
        ),
        (
            "the address but for its spelling",
            new_domain == old_domain && spelling(&new_name, &old_name),
        ),
    ];
    tests
        .into_iter()
        .filter(|(_, holds)| *holds)
        .map(|(what, _)| what)
        .collect()
}

/// The two halves of an address, in small letters.
fn parts(email: &Email) -> (String, String) {
    let folded = email.as_str().to_ascii_lowercase();
    let (name, domain) = folded.rsplit_once('@').unwrap_or((&folded, ""));
    (name.to_owned(), domain.to_owned())
}

/// Whether a new user gets, in more than one scope, exactly what another held. One scope says little: half a company may hold
/// one role.
fn same_grants(input: Input<'_>, created: &Created, entry: &UserEntry, user: &LiveUser) -> bool {
    let wanted = wanted_grants(input, created, entry);
    wanted.len() > 1 && wanted == *user.grants
}

/// What an entry is to hold in the scopes that exist.
fn wanted_grants(
    input: Input<'_>,
    created: &Created,
    entry: &UserEntry,
) -> BTreeMap<Scope, RoleSet> {
    let wanted = entry.grants.iter().filter_map(|(scope, grant)| {
        let scope = scope
            .as_ref()
            .and_then(|handle| created.tenant(handle, input)?.existing().cloned())?;
        Some((scope, grant.role_set())).filter(|(_, roles)| !roles.is_empty())
    });
    wanted.collect()
}
