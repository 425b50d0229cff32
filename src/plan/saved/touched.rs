//! A saved plan → what has to be read before it is applied.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Email, RoleSet, TenantField, TenantId, UserField, UserUuid};
use crate::plan::{Change, Edit, Plan, Target};

/// The records that a plan is about: all that has to be read again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Touched {
    /// Users that exist.
    pub users: BTreeSet<UserUuid>,
    /// The addresses under which they are found, and those that are to be free.
    pub emails: BTreeSet<Email>,
    /// Tenants that exist.
    pub tenants: BTreeSet<TenantId>,
    /// The names under which they are found, and those that are to be free.
    pub names: BTreeSet<Arc<str>>,
    /// The roles that matter.
    pub roles: RoleSet,
    /// Whether roles in tenants matter, also in those that an earlier run may have created.
    pub tenant_roles: bool,
    /// Whether everything that a user holds matters, in whatever tenant.
    pub every_grant: bool,
    /// What matters beyond these.
    pub all: All,
}

/// What matters of records that a plan does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum All {
    #[default]
    Nothing,
    /// All tenants: one is made below another.
    Tenants,
    /// All users and tenants: a tenant that is deleted takes its members' roles along, and whatever is below it.
    Everything,
}

/// What has to be read before a saved plan is applied.
pub(crate) fn touched(plan: &Plan) -> Touched {
    let mut touched = Touched::default();
    for step in &plan.steps {
        touched
            .users
            .extend(step.change.user().and_then(Target::existing).cloned());
        let tenants = step.change.tenant().into_iter().chain(step.change.parent());
        touched
            .tenants
            .extend(tenants.filter_map(Target::existing).cloned());
        touched.emails.extend(step.called.user.clone());
        touched.names.extend(step.called.tenant.clone());
        touched.every_grant |= step.change.locked_out().is_some();
        if step.change.deleted_tenant().is_some() {
            touched.all = All::Everything;
        } else if step.change.parent().is_some() {
            touched.all = touched.all.max(All::Tenants);
        }
        match &step.change {
            Change::User {
                edit: Edit::Create { record },
                ..
            } => {
                let email = record.text(UserField::Email);
                touched.emails.extend(email.cloned().map(Email::new));
            }
            Change::Tenant {
                edit: Edit::Create { record },
                ..
            } => {
                touched
                    .names
                    .extend(record.text(TenantField::Name).cloned());
            }
            Change::Roles {
                scope,
                before,
                after,
                ..
            } => {
                touched.tenant_roles |= scope.tenant().is_some();
                touched.roles.extend(before.union(after).cloned());
            }
            Change::User { .. } | Change::Tenant { .. } => {}
        }
    }
    touched
}
