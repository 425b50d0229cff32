//! A handle for every tenant: its name in plain letters, made unique.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Handle, LiveTenant, TenantId};

/// The longest handle that is made from a name, in characters.
const MAX_LENGTH: usize = 40;

/// Handles by tenant, beside those that some have, and those that are not free. Tenants with the same name get their ids into their handles, so that a
/// handle does not depend on the order of the tenants.
pub(crate) fn handles<'l>(
    tenants: impl Iterator<Item = &'l LiveTenant>,
    mut handles: BTreeMap<TenantId, Handle>,
    taken: &BTreeSet<Handle>,
) -> BTreeMap<TenantId, Handle> {
    let known = handles.values().chain(taken);
    let known: BTreeSet<String> = known.map(ToString::to_string).collect();
    let mut slugs: BTreeMap<String, Vec<&TenantId>> = BTreeMap::new();
    for tenant in tenants.filter(|tenant| !handles.contains_key(&tenant.id)) {
        slugs
            .entry(slug(tenant.name()))
            .or_default()
            .push(&tenant.id);
    }
    let single: BTreeSet<&str> = slugs
        .iter()
        .filter(|(slug, ids)| ids.len() == 1 && !known.contains(*slug))
        .map(|(slug, _)| slug.as_str())
        .collect();
    let mut taken: BTreeSet<String> = single.iter().map(|slug| (*slug).to_owned()).collect();
    taken.extend(known.iter().cloned());
    for (slug, ids) in &slugs {
        for id in ids {
            let handle = if single.contains(slug.as_str()) {
                slug.clone()
            } else {
                unique(
                    &format!("{slug}-{}", crate::export::handle::slug(id.as_str())),
                    &mut taken,
                )
            };
            handles.insert((*id).clone(), Handle::new(handle));
        }
    }
    handles
}

fn unique(wanted: &str, taken: &mut BTreeSet<String>) -> String {
    let mut candidate = wanted.to_owned();
    let mut number = 2;
    while !taken.insert(candidate.clone()) {
        candidate = format!("{wanted}-{number}");
        number += 1;
    }
    candidate
}

/// Lower-case letters and digits, everything else a single `-` between them; `tenant` where nothing is left.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for character in name.chars().flat_map(char::to_lowercase) {
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= MAX_LENGTH {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() {
        "tenant".to_owned()
    } else {
        slug.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_plain_whatever_the_name() {
        assert_eq!(slug("Acme Inc."), "acme-inc");
        assert_eq!(slug("  Ünï & Co  "), "n-co");
        assert_eq!(slug("株式会社"), "tenant");
        assert_eq!(slug("no"), "no");
        assert!(slug(&"x".repeat(500)).len() <= MAX_LENGTH);
    }
}
