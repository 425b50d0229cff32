//! The rules that a whole manifest keeps. Each is a small function that pushes findings.

mod domain;
mod email;
mod expansion;
mod group;
mod handle;
mod identity;
mod look_alike;
mod member;
mod parent;
mod pattern;
mod phone;
pub(super) mod role;
mod rule;
mod suggestions;
mod tenant;

pub(crate) use email::is_address;
pub(crate) use phone::is_number;
pub(crate) use role::is_role;

use super::Finding;
use super::syntax::Manifest;

/// One rule.
type Rule = fn(&Manifest, &mut Vec<Finding>);

const RULES: &[Rule] = &[
    domain::check,
    email::check,
    expansion::check,
    group::check,
    handle::check,
    identity::check,
    look_alike::check,
    member::check,
    parent::check,
    pattern::check,
    phone::check,
    role::check,
    rule::check,
    tenant::check,
];

/// Applies every rule.
pub(super) fn all(manifest: &Manifest, findings: &mut Vec<Finding>) {
    for rule in RULES {
        rule(manifest, findings);
    }
}
