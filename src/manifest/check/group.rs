//! Rule: a group has people in it, each once, and other groups that are there, none of which it is in itself.

use crate::manifest::check::grants;
use crate::manifest::check::suggestions::Suggestions;
use crate::manifest::syntax::manifest::Manifest;
use crate::manifest::{Finding, GroupMistake};
use crate::model::Email;
use hashbrown::HashSet;

pub(crate) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let groups = grants::groups(manifest);
    let mut suggestions = Suggestions::default();
    for (name, group) in &manifest.groups.0 {
        if group.users.is_empty() && group.groups.is_empty() && !group.is_broken {
            let group = name.value.as_ref().to_owned();
            findings.push(Finding::new(
                GroupMistake::EmptyGroup { group },
                name.origin,
            ));
        }
        let mut seen = HashSet::with_capacity(group.users.len());
        for user in &group.users {
            if !seen.insert(Email::new(user.email.value.clone())) {
                let email = user.email.value.as_ref().to_owned();
                findings.push(Finding::new(
                    GroupMistake::RepeatedUser { email },
                    user.email.origin,
                ));
            }
        }
        for inner in &group.groups {
            let word = inner.value.as_ref().to_owned();
            if !groups.contains_key(&*inner.value) {
                let help = suggestions.help(&inner.value, groups.keys().copied());
                let mistake = GroupMistake::UnknownGroup { group: word, help };
                findings.push(Finding::new(mistake, inner.origin));
            } else if grants::below(&groups, &inner.value).contains(&*name.value) {
                let group = name.value.as_ref().to_owned();
                findings.push(Finding::new(
                    GroupMistake::GroupCircle { group },
                    inner.origin,
                ));
            }
        }
    }
}
