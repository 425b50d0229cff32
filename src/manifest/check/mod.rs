//! The rules that a whole manifest keeps. Each is a small function that pushes findings.

mod email;
mod handle;
mod identity;
mod role;
mod tenant;

use super::Finding;
use super::syntax::Manifest;

/// One rule.
type Rule = fn(&Manifest, &mut Vec<Finding>);

const RULES: &[Rule] = &[
    email::check,
    handle::check,
    identity::check,
    role::check,
    tenant::check,
];

/// Applies every rule.
pub(super) fn all(manifest: &Manifest, findings: &mut Vec<Finding>) {
    for rule in RULES {
        rule(manifest, findings);
    }
}
