//! Rule: no address looks like another one. A letter of another script, or a capital, is easily taken for the same person.

use std::borrow::Cow;

use hashbrown::HashMap;

use unicode_security::confusable_detection::skeleton;

use crate::manifest::syntax::manifest::{Manifest, Text};
use crate::manifest::{Finding, ManifestError};
use crate::model::Email;

const SAME_PERSON: &str =
    "They differ in upper and lower case alone, and are one person. Spell the address in one way.";
const TWO_PEOPLE: &str = "A letter of another script looks like a Latin one. Make sure that this person exists, and is not somebody posing as the other.";

pub(crate) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let people = manifest.people();
    // Among plain addresses in small letters nothing looks like anything else that is worth a word.
    let plain = |email: &Text| email.value.is_ascii() && !has_capitals(&email.value);
    if people.clone().all(plain) {
        return;
    }
    let mut first: HashMap<Email, &Text> = HashMap::with_capacity(manifest.users.0.len());
    for email in people {
        let known = *first
            .entry(Email::new(email.value.clone()))
            .or_insert(email);
        if known.value != email.value {
            report(email, known, SAME_PERSON, findings);
        }
    }
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
            report(email, known, TWO_PEOPLE, findings);
        }
    }
}

fn has_capitals(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn report(email: &Text, other: &Text, help: &'static str, findings: &mut Vec<Finding>) {
    let mistake = ManifestError::LookAlike {
        email: email.value.as_ref().to_owned(),
        other: other.value.as_ref().to_owned(),
        help,
    };
    findings.push(Finding::new(mistake, email.origin).and(other.origin, "the other one"));
}
