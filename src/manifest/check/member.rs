//! Rule: what `members` and groups say of a person agrees with the person's own entry.

use crate::manifest::syntax::manifest::{Manifest, Text, User};
use crate::manifest::{Finding, ManifestError};
use crate::model::Email;
use hashbrown::HashMap;

pub(crate) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let mut mentioned = manifest.mentioned().peekable();
    if mentioned.peek().is_none() {
        return;
    }
    let entries: HashMap<Email, (&Text, &User)> = manifest
        .users
        .0
        .iter()
        .map(|(email, user)| (Email::new(email.value.clone()), (email, &**user)))
        .collect();
    let entry = |email: &Text| entries.get(&Email::new(email.value.clone())).copied();
    for (handle, tenant) in &manifest.tenants.0 {
        for (email, _) in &tenant.members.0 {
            let Some((_, user)) = entry(email) else {
                continue;
            };
            let is_listed = |(named, _): &(Text, _)| named.value == handle.value;
            if !user.tenants.0.is_empty() && !user.tenants.0.iter().any(is_listed) {
                let mistake = ManifestError::HiddenMembership {
                    email: email.value.as_ref().to_owned(),
                    handle: handle.value.as_ref().to_owned(),
                };
                findings.push(Finding::new(mistake, email.origin));
            }
        }
    }
    for email in mentioned {
        if let Some((own, user)) = entry(email)
            && user.is_absent()
        {
            let mistake = ManifestError::AbsentMember {
                email: email.value.as_ref().to_owned(),
            };
            findings.push(Finding::new(mistake, email.origin).and(own.origin, "absent here"));
        }
    }
}
