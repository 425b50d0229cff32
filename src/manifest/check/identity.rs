//! Rule: one record is the match of one entry. Two entries with the same pin, or two unpinned tenants with the same
//! name, would both claim it.

use std::collections::HashMap;

use crate::manifest::syntax::Manifest;
use crate::manifest::{Finding, Mistake};
use crate::model::Origin;

pub(super) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let mut seen = Seen {
        places: HashMap::new(),
        findings,
    };
    for (_, tenant) in &manifest.tenants.0 {
        let unpinned = tenant.name.as_ref().filter(|_| tenant.tenant_id.is_none());
        seen.once(
            "name",
            unpinned.map(|name| (name.value.as_ref().to_owned(), name.origin)),
        );
        seen.once(
            "tenantId",
            tenant
                .tenant_id
                .as_ref()
                .map(|id| (id.value.as_ref().to_owned(), id.origin)),
        );
        seen.once(
            "renamedFrom",
            tenant
                .renamed_from
                .as_ref()
                .map(|name| (format!("tenant {}", name.value), name.origin)),
        );
    }
    for (_, user) in &manifest.users.0 {
        seen.once(
            "userId",
            user.user_id
                .as_ref()
                .map(|id| (id.value.to_string(), id.origin)),
        );
        seen.once(
            "userUuid",
            user.user_uuid
                .as_ref()
                .map(|id| (id.value.to_ascii_lowercase(), id.origin)),
        );
        seen.once(
            "renamedFrom",
            user.renamed_from.as_ref().map(|email| {
                (
                    format!("user {}", email.value.to_ascii_lowercase()),
                    email.origin,
                )
            }),
        );
    }
}

struct Seen<'f> {
    places: HashMap<(&'static str, String), Origin>,
    findings: &'f mut Vec<Finding>,
}

impl Seen<'_> {
    fn once(&mut self, key: &'static str, value: Option<(String, Origin)>) {
        let Some((value, origin)) = value else { return };
        let first = *self.places.entry((key, value)).or_insert(origin);
        if first != origin {
            self.findings.push(
                Finding::new(Mistake::SameIdentity { key }, origin)
                    .and(first, "first written here"),
            );
        }
    }
}
