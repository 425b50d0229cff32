//! The rules that a whole manifest keeps. Each is a small function that pushes findings.

pub(crate) mod duplicates;
pub(crate) mod grants;

mod depth;
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
pub(crate) mod role;
mod rule;
mod suggestions;
mod tenant;

pub(crate) use crate::manifest::check::email::is_address;
pub(crate) use crate::manifest::check::phone::is_number;
pub(crate) use crate::manifest::check::role::is_role;

use crate::manifest::Finding;
use crate::manifest::syntax::manifest::Manifest;

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

pub(crate) fn all(manifest: &Manifest, findings: &mut Vec<Finding>) {
    if depth::check(manifest, findings) {
        return;
    }
    for rule in RULES {
        rule(manifest, findings);
    }
}
