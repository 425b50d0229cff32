//! The reading itself.

use std::collections::BTreeSet;

use crate::api::{ApiError, Page, Query, Reader};
use crate::model::{Hidden, Inheritance, Known, Live, LiveUser, RoleSet, TenantId, Unreadable};
use crate::observe::holders::have_tenant_roles;
use crate::observe::read_plan::{ReadPlan, ReadScope};
use crate::observe::search_check::Users;
use crate::observe::split_inherited::resolved;
use crate::observe::{tenant_roles, tenants, users};

/// Reads what is needed; users, tenants and role lists at once.
///
/// # Errors
/// The first call that fails for good.
pub async fn live(reader: &Reader, need: &ReadPlan) -> Result<Live, ApiError> {
    live_from(reader, need, Vec::new()).await
}

/// The same, where the first pages of all users may be there already, as `read_ahead` reads them.
///
/// # Errors
/// The first call that fails for good.
pub(crate) async fn live_from(
    reader: &Reader,
    need: &ReadPlan,
    read: Vec<Page<LiveUser>>,
) -> Result<Live, ApiError> {
    let ((found, others), listed, roles) = tokio::try_join!(
        users::read(reader, need, read),
        tenants::listed(reader, need),
        async {
            if need.role_lists {
                reader.roles().await
            } else {
                Ok(RoleSet::new())
            }
        }
    )?;
    let Users {
        records: users,
        unreadable,
        ..
    } = found;
    let lists = matches!(need.tenants, ReadScope::Cheapest | ReadScope::Everything);
    let tenants = tenants::complete(reader, listed, &users, need).await?;
    // A name that is known already may be that of a hidden one too.
    let looked_up = others.as_ref().is_some_and(|others| others.total.is_some());
    if looked_up && tenants.hidden != Hidden::Nothing && !need.names.is_empty() {
        tracing::info!("the server hides tenants; reading all users, whose records may name them");
        let need = ReadPlan {
            users: ReadScope::Everything,
            ..need.clone()
        };
        return Box::pin(live_from(reader, &need, Vec::new())).await;
    }
    let all_tenants = lists && !tenants.looked_up;
    let all_users = need.users != ReadScope::Nothing && others.is_none();
    let mut live = Live {
        workspace: reader.workspace().clone(),
        mode: reader.mode(),
        tenants: if all_tenants {
            Known::all(tenants.known)
        } else {
            Known::some(tenants.known)
        },
        claimed_users: others
            .as_ref()
            .and_then(|others| others.total)
            .unwrap_or(users.len()),
        users: if all_users {
            Known::all(users)
        } else {
            Known::some(users)
        },
        roles,
        unreadable_users: unreadable,
        unreadable_tenants: tenants.unreadable,
        searched: BTreeSet::new(),
        alike: BTreeSet::new(),
        inheritance: Inheritance::Unasked,
        direct: BTreeSet::new(),
        direct_known: BTreeSet::new(),
        is_flat: false,
        hidden: tenants.hidden,
    };
    if need.role_lists {
        let of_tenants: Vec<_> = live
            .tenants
            .found()
            .flat_map(|tenant| tenant.roles.iter().cloned())
            .collect();
        live.roles.extend(of_tenants);
    }
    let mut in_records = have_tenant_roles(live.users.found())
        || others
            .as_ref()
            .is_some_and(|others| others.has_tenant_roles);
    if need.tenant_roles && !in_records && need.every_grant && need.users == ReadScope::Named {
        // One page may show that records contain these roles; otherwise all tenants are asked about.
        let first = reader.find_users(&Query::all()).await?;
        in_records = have_tenant_roles(&first.results);
    }
    if need.tenant_roles && !in_records {
        let mut tenants: BTreeSet<TenantId> = live.tenants.records().keys().cloned().collect();
        if need.every_grant && !all_tenants {
            tenants.extend(tenants::all(reader, live.users.records()).await?);
        }
        let tenants: Vec<TenantId> = tenants.into_iter().collect();
        match tenant_roles::add_tenant_roles(reader, &mut live, &tenants, &need.roles).await {
            Err(ApiError::BadAnswer { reason, .. }) => {
                // Those who are named may hold none: others may show that records contain these roles.
                let is_shown = need.users == ReadScope::Named
                    && have_tenant_roles(&reader.find_users(&Query::all()).await?.results);
                if !is_shown {
                    leave_out(&mut live, need, &reason);
                }
            }
            added => added?,
        }
    }
    resolved(reader, live).await
}

/// Where roles in tenants can't be known, users whose roles there are needed can't be read.
fn leave_out(live: &mut Live, need: &ReadPlan, reason: &str) {
    let matters = |user: &LiveUser| {
        let of_tenants = |email| need.in_tenants.contains(&email);
        need.every_grant
            || need.users == ReadScope::Everything
            || user.email().is_some_and(of_tenants)
            || need.user_ids.contains(&user.id)
            || need.uuids.contains(&user.uuid)
    };
    let out: Vec<LiveUser> = live
        .users
        .found()
        .filter(|user| matters(user))
        .cloned()
        .collect();
    for user in out {
        live.users.remove(&user.uuid);
        live.unreadable_users.push(Unreadable::user(&user, reason));
    }
}
