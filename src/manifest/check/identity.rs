//! Rule: one record is the match of one entry, and what is unique on the server is unique in the manifest: pins, names of
//! unpinned tenants, usernames, telephone numbers.

use crate::manifest::syntax::manifest::{Manifest, Text};
use crate::manifest::{Finding, ManifestError};
use crate::model::{Email, Field, Origin};
use hashbrown::HashMap;

pub(crate) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let mut seen = Seen {
        places: HashMap::new(),
        findings,
    };
    let text = |text: &Text| (text.value.as_ref().to_owned(), text.origin);
    for (handle, tenant) in &manifest.tenants.0 {
        let unpinned = tenant.name.as_ref().filter(|_| tenant.tenant_id.is_none());
        let parent = tenant.parent.as_ref().map_or("", |parent| &parent.value);
        let unpinned = unpinned.map(|name| (format!("{parent}\0{}", name.value), name.origin));
        seen.once("name", handle, unpinned);
        seen.once("tenantId", handle, tenant.tenant_id.as_ref().map(text));
        let before = tenant.renamed_from.as_ref();
        let before = before.map(|name| (format!("tenant {parent}\0{}", name.value), name.origin));
        seen.once("renamedFrom", handle, before);
    }
    for (email, user) in &manifest.users.0 {
        let id = user.user_id.as_ref();
        seen.once(
            "userId",
            email,
            id.map(|id| (id.value.to_string(), id.origin)),
        );
        let uuid = user.user_uuid.as_ref();
        let uuid = uuid.map(|id| (id.value.to_ascii_lowercase(), id.origin));
        seen.once("userUuid", email, uuid);
        let before = user.renamed_from.as_ref().map(|email| {
            let canonical = Email::new(email.value.clone()).canonical().into_owned();
            (format!("user {canonical}"), email.origin)
        });
        seen.once("renamedFrom", email, before);
        // A server may compare usernames without case: two that differ in nothing else are not two.
        let username = set(&user.username);
        let username = username.map(|name| (name.value.to_lowercase(), name.origin));
        seen.once("username", email, username);
        seen.once("phoneNumber", email, set(&user.phone_number).map(text));
    }
}

/// The value of a field that is not empty.
fn set(field: &Field<Text>) -> Option<&Text> {
    field.value().filter(|text| !text.value.is_empty())
}

struct Seen<'f> {
    /// Where a value is written first, and in which entry.
    places: HashMap<(&'static str, String), (Origin, Origin)>,
    findings: &'f mut Vec<Finding>,
}

impl Seen<'_> {
    fn once(&mut self, key: &'static str, entry: &Text, value: Option<(String, Origin)>) {
        let Some((value, origin)) = value else { return };
        let own = (origin, entry.origin);
        let first = *self.places.entry((key, value)).or_insert(own);
        if first == own {
            return;
        }
        // Two entries may have the value from one anchor: then the entries are the places.
        let (first, second) = if first.0 == origin {
            (first.1, entry.origin)
        } else {
            (first.0, origin)
        };
        self.findings.push(
            Finding::new(ManifestError::SameIdentity { key }, second)
                .and(first, "first written here"),
        );
    }
}
