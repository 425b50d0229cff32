//! Rule: no address looks like another one. A letter of another script, or a capital, is easily taken for the same person.

use std::borrow::Cow;
use std::collections::HashMap;

use unicode_security::confusable_detection::skeleton;

use crate::manifest::syntax::{Manifest, Text};
use crate::manifest::{Finding, Mistake};
use crate::model::Email;

pub(super) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let mut first: HashMap<Email, &Text> = HashMap::with_capacity(manifest.users.0.len());
    let members = manifest
        .tenants
        .0
        .iter()
        .flat_map(|(_, tenant)| tenant.members.0.iter().map(|(email, _)| email));
    let groups = manifest.groups.0.iter().flat_map(|(_, group)| &group.users);
    let users = manifest.users.0.iter().map(|(email, _)| email);
    for email in users.chain(members).chain(groups) {
        let known = *first
            .entry(Email::new(email.value.clone()))
            .or_insert(email);
        if known.value != email.value {
            report(
                email,
                known,
                "upper and lower case alone, and are the same person",
                findings,
            );
        }
    }
    // Among plain ASCII addresses nothing looks like anything else that is worth a word.
    if first.values().all(|email| email.value.is_ascii()) {
        return;
    }
    let mut skeletons: HashMap<String, &Text> = HashMap::with_capacity(first.len());
    let mut people: Vec<&Text> = first.into_values().collect();
    people.sort_by_key(|email| (!email.value.is_ascii(), email.origin));
    for email in people {
        let folded: Cow<'_, str> = email.value.to_lowercase().into();
        let known = *skeletons
            .entry(skeleton(&folded).collect())
            .or_insert(email);
        if known.value != email.value && !email.value.is_ascii() {
            report(email, known, "a letter of another script", findings);
        }
    }
}

fn report(email: &Text, other: &Text, difference: &'static str, findings: &mut Vec<Finding>) {
    let mistake = Mistake::LookAlike {
        email: email.value.as_ref().to_owned(),
        other: other.value.as_ref().to_owned(),
        difference,
    };
    findings.push(Finding::new(mistake, email.origin).and(other.origin, "the other one"));
}
