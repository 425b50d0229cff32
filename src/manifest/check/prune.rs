//! Rule: the patterns of `prune.users` can be read.

use globset::GlobBuilder;

use crate::manifest::syntax::Manifest;
use crate::manifest::{Finding, Mistake};

pub(super) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let users = manifest
        .prune
        .iter()
        .filter_map(|prune| prune.users.as_ref());
    for pattern in users.flat_map(|users| &users.email) {
        if let Err(error) = GlobBuilder::new(&pattern.value).build() {
            let mistake = Mistake::BadPattern {
                pattern: pattern.value.as_ref().to_owned(),
                reason: error.kind().to_string(),
            };
            findings.push(Finding::new(mistake, pattern.origin));
        }
    }
}
