//! Rule: a domain that stands once is no misspelling of one that stands often.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use crate::manifest::syntax::manifest::{Manifest, Text};
use crate::manifest::{Finding, ManifestError};
use crate::model::{Email, suggest};

/// A domain is well known where so many addresses have it.
const OFTEN: usize = 3;
/// More well-known domains than this are not compared: a manifest of the whole world has no usual spelling.
const MOST_KNOWN: usize = 500;
/// Nor more pairs of domains than this.
const MOST_COMPARED: usize = 2_000_000;

pub(crate) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let mut domains: HashMap<&str, (usize, &Text)> = HashMap::new();
    let mut seen = HashSet::new();
    for email in manifest.people() {
        // Users are counted, not mentions of them.
        if seen.insert(Email::new(Arc::clone(&email.value)))
            && let Some((_, domain)) = email.value.rsplit_once('@')
        {
            domains.entry(domain).or_insert((0, email)).0 += 1;
        }
    }
    let mut known: Vec<&str> = domains
        .iter()
        .filter(|(_, (count, _))| *count >= OFTEN)
        .map(|(domain, _)| *domain)
        .collect();
    known.sort_unstable();
    let once: Vec<_> = domains
        .iter()
        .filter(|(_, (count, _))| *count == 1)
        .collect();
    if known.len() > MOST_KNOWN || once.len() * known.len() > MOST_COMPARED {
        return;
    }
    for (domain, (_, email)) in once {
        if let Some(usual) = suggest::nearest(domain, known.iter().copied())
            .filter(|usual| strsim::osa_distance(domain, usual) <= 2)
        {
            let mistake = ManifestError::UnusualDomain {
                domain: (*domain).to_owned(),
                usual: usual.to_owned(),
            };
            findings.push(Finding::new(mistake, email.origin));
        }
    }
}
