//! Steps that deserve a second look, because they are hard to take back or decide who may do what.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::change::{Action, Step};
use super::movement::{locked_out, losses};
use super::roles::Sparse;
use crate::model::{Live, RoleSet};

/// Why a step deserves a second look; the most dangerous first.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Danger {
    /// It deletes a user or a tenant, or locks somebody out.
    Removal,
    /// It grants a role that is sensitive.
    SensitiveGrant,
    /// It takes a role from one of the last who hold it.
    FewHolders,
    /// It gives somebody another address to log in with.
    EmailChange,
}

impl Danger {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Removal,
        Self::SensitiveGrant,
        Self::FewHolders,
        Self::EmailChange,
    ];
}

/// Marks the steps.
pub(super) fn mark(steps: &mut [Step], live: &Live, sensitive: &RoleSet, sparse: &Sparse) {
    for step in steps {
        let mut found = BTreeSet::new();
        if locked_out(&step.action).is_some() || matches!(step.action, Action::DeleteTenant { .. })
        {
            found.insert(Danger::Removal);
        }
        match &step.action {
            Action::SetRoles { before, after, .. }
                if after
                    .difference(before)
                    .any(|role| sensitive.contains(role)) =>
            {
                found.insert(Danger::SensitiveGrant);
            }
            Action::UpdateUser { fields, .. } if fields.email.is_some() => {
                found.insert(Danger::EmailChange);
            }
            _ => {}
        }
        if !sparse.is_empty() && losses(step, live).iter().any(|key| sparse.contains(key)) {
            found.insert(Danger::FewHolders);
        }
        step.dangers = found.into_iter().collect();
    }
}
