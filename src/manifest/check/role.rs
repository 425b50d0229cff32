//! Rule: roles have names that the API takes, no two of which look alike; where the manifest lists its roles, no other is used;
//! and no list names a role twice.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use crate::manifest::check::suggestions::Suggestions;
use crate::manifest::syntax::manifest::{Manifest, RoleItem, RoleList, Text, WrittenRule};
use crate::manifest::{Finding, RoleMistake};
use crate::model::{Origin, look_alike_form};

/// The longest name of a role, in characters.
const LONGEST: usize = 100;
/// How much of a wrong name is shown, in characters.
const SHOWN: usize = 40;

pub(crate) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let listed = manifest.roles.as_ref();
    let known: Option<BTreeSet<&str>> =
        listed.map(|roles| roles.0.iter().map(|role| &*role.value).collect());
    for list in lists(manifest) {
        repeated(&list.items, findings);
    }
    let used = used(manifest);
    let unheld = listed.iter().flat_map(|roles| &roles.0);
    let mut all: BTreeMap<&str, Origin> = BTreeMap::new();
    for role in unheld.chain(used.iter().copied()) {
        all.entry(&role.value).or_insert(role.origin);
    }
    let mut suggestions = Suggestions::default();
    for (name, origin) in &all {
        if let Some(reason) = wrong(name) {
            let role = name.chars().take(SHOWN).collect();
            findings.push(Finding::new(RoleMistake::BadRole { role, reason }, *origin));
        }
    }
    for role in used {
        if let Some(known) = &known
            && !known.contains(&*role.value)
            && wrong(&role.value).is_none()
        {
            let help = format!(
                "{} Add it to `roles` at the top of the manifest if it is a new one.",
                suggestions.help(&role.value, known.iter().copied())
            );
            let role_name = role.value.as_ref().to_owned();
            let mistake = RoleMistake::UnknownRole {
                role: role_name,
                help,
            };
            findings.push(Finding::new(mistake, role.origin));
        }
    }
    look_alikes(&all, known.as_ref(), findings);
}

/// Whether a text can be the name of a role.
pub(crate) fn is_role(name: &str) -> bool {
    wrong(name).is_none()
}

fn wrong(name: &str) -> Option<&'static str> {
    if name.is_empty() || name.trim() != name {
        Some("there is white space around it")
    } else if name.chars().count() > LONGEST {
        Some("it is longer than 100 characters")
    } else if name.chars().any(char::is_control) {
        Some("it has a control character")
    } else {
        None
    }
}

/// Two names that look alike are one finding, at the one that is not listed, or else at the later one.
fn look_alikes(
    all: &BTreeMap<&str, Origin>,
    known: Option<&BTreeSet<&str>>,
    findings: &mut Vec<Finding>,
) {
    let is_listed = |name: &str| known.is_some_and(|known| known.contains(name));
    // A role that is not listed is an error already.
    let names = all
        .iter()
        .filter(|(name, _)| known.is_none() || is_listed(name));
    let mut names: Vec<(&str, Origin)> = names.map(|(name, origin)| (*name, *origin)).collect();
    names.sort_by_key(|(_, origin)| *origin);
    let mut forms: HashMap<String, (&str, Origin)> = HashMap::new();
    for (name, origin) in names {
        let (other, place) = *forms.entry(look_alike_form(name)).or_insert((name, origin));
        if other != name {
            let mistake = RoleMistake::LookAlikeRole {
                role: name.to_owned(),
                other: other.to_owned(),
            };
            findings.push(Finding::new(mistake, origin).and(place, "the other one"));
        }
    }
}

/// Every list of roles that grants them to a user.
fn lists(manifest: &Manifest) -> impl Iterator<Item = &RoleList> {
    let users = manifest.users.0.iter().flat_map(|(_, user)| {
        user.roles
            .iter()
            .chain(user.tenants.0.iter().map(|(_, roles)| roles))
    });
    let members = manifest
        .tenants
        .0
        .iter()
        .flat_map(|(_, tenant)| tenant.members.0.iter().map(|(_, roles)| roles));
    let groups = manifest.groups.0.iter().flat_map(|(_, group)| {
        group
            .roles
            .iter()
            .chain(group.tenants.0.iter().map(|(_, roles)| roles))
    });
    users.chain(members).chain(groups).map(|roles| &roles.value)
}

/// Every mention of a role outside the list at the top.
fn used(manifest: &Manifest) -> Vec<&Text> {
    let guards = manifest.guards.iter();
    let kept = guards.filter_map(|guards| guards.keep_holders.as_ref());
    let kept = kept.flat_map(|kept| &kept.0).map(|(role, _)| role);
    lists(manifest)
        .flat_map(|roles| &roles.items)
        .map(|item| &item.role)
        .chain(kept)
        .chain(manifest.rules.iter().flat_map(WrittenRule::roles))
        .collect()
}

/// The names of all roles of a manifest, each once.
pub(crate) fn names(manifest: &Manifest) -> BTreeSet<&str> {
    let listed = manifest.roles.iter().flat_map(|roles| &roles.0);
    let all = listed.chain(used(manifest));
    all.map(|role| &*role.value).collect()
}

fn repeated(list: &[RoleItem], findings: &mut Vec<Finding>) {
    if list.len() < 2 {
        return;
    }
    let mut seen: HashMap<&str, bool> = HashMap::with_capacity(list.len());
    for RoleItem { role, until } in list {
        let Some(other_ends) = seen.insert(&role.value, until.is_some()) else {
            continue;
        };
        let name = role.value.as_ref().to_owned();
        let mistake = if other_ends || until.is_some() {
            RoleMistake::TwoEnds { role: name }
        } else {
            RoleMistake::RepeatedRole { role: name }
        };
        findings.push(Finding::new(mistake, role.origin));
    }
}
