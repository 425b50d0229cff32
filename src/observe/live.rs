//! The reading itself.

use std::collections::{BTreeMap, BTreeSet};

use super::lookup::{self, Users};
use super::need::{Need, Reach};
use super::tenants::{self, Listed};
use super::{again, own, scan};
use crate::api::{ApiError, Page, Query, Reader};
use crate::model::{Hidden, Known, Live, LiveUser, RoleSet, Scope, TenantId};

/// Reads what is needed; users, tenants and role lists at once.
///
/// # Errors
/// The first call that fails for good.
pub async fn live(reader: &Reader, need: &Need) -> Result<Live, ApiError> {
    live_from(reader, need, Vec::new()).await
}

/// The same, where the first pages of all users may be there already, as [`read_ahead`](super::read_ahead) reads them.
///
/// # Errors
/// The first call that fails for good.
pub async fn live_from(
    reader: &Reader,
    need: &Need,
    read: Vec<Page<LiveUser>>,
) -> Result<Live, ApiError> {
    let ((users, others), listed, roles) = tokio::try_join!(
        users(reader, need, read),
        listed(reader, need),
        roles(reader, need)
    )?;
    let lists = matches!(need.tenants, Reach::Cheapest | Reach::Everything);
    let tenants = tenants::complete(reader, listed, &users, need).await?;
    // A name that is known already may be that of a hidden one too.
    if others.is_some() && tenants.hidden != Hidden::Nothing && !need.names.is_empty() {
        tracing::info!("the server hides tenants; reading all users, whose records may name them");
        let need = Need {
            users: Reach::Everything,
            ..need.clone()
        };
        return Box::pin(live_from(reader, &need, Vec::new())).await;
    }
    let all_tenants = lists && !tenants.looked_up;
    let all_users = match need.users {
        Reach::Nothing | Reach::Named => false,
        Reach::Cheapest => others.is_none(),
        Reach::Everything => true,
    };
    let mut live = Live {
        workspace: reader.workspace().clone(),
        mode: reader.mode(),
        tenants: if all_tenants {
            Known::all(tenants.known)
        } else {
            Known::some(tenants.known)
        },
        claimed_users: others.as_ref().map_or(users.len(), |others| others.total),
        users: if all_users {
            Known::all(users)
        } else {
            Known::some(users)
        },
        roles,
        searched: BTreeSet::new(),
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
        || others.is_some_and(|others| others.has_tenant_roles);
    if need.tenant_roles && !in_records && need.every_grant && need.users == Reach::Named {
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
        own::add_tenant_roles(reader, &mut live, &tenants, &need.roles).await?;
    }
    Ok(live)
}

/// Whether users' records contain the roles held in tenants: none does on a server that leaves them out.
fn have_tenant_roles<'u>(users: impl IntoIterator<Item = &'u LiveUser>) -> bool {
    let in_tenant = |scope: &Scope| matches!(scope, Scope::Tenant(_));
    users
        .into_iter()
        .any(|user| user.grants.keys().any(in_tenant))
}

/// What the first page shows of all users, where not all were read.
struct Others {
    /// How many there are.
    total: usize,
    /// Whether their records contain the roles held in tenants.
    has_tenant_roles: bool,
}

/// The users that are needed.
async fn users(
    reader: &Reader,
    need: &Need,
    read: Vec<Page<LiveUser>>,
) -> Result<(Users, Option<Others>), ApiError> {
    let mut others = None;
    let records = match need.users {
        Reach::Nothing => return Ok((BTreeMap::new(), None)),
        Reach::Named => again::named_users(reader, need).await?,
        Reach::Everything => every_user(reader, need, read).await?,
        Reach::Cheapest => {
            let mut read = read.into_iter();
            let first = match read.next() {
                Some(first) => first,
                None => reader.find_users(&Query::all()).await?,
            };
            if let Some(users) = lookup::users(reader, need, &first).await? {
                others = Some(Others {
                    total: first.total,
                    has_tenant_roles: have_tenant_roles(&first.results),
                });
                users
            } else {
                every_user(reader, need, std::iter::once(first).chain(read).collect()).await?
            }
        }
    };
    Ok((again::with_grants(reader, records).await?, others))
}

async fn every_user(
    reader: &Reader,
    need: &Need,
    read: Vec<Page<LiveUser>>,
) -> Result<Users, ApiError> {
    let found = scan::users(reader, &Query::all(), read).await?;
    again::users(reader, found, &need.emails).await
}

async fn listed(reader: &Reader, need: &Need) -> Result<Listed, ApiError> {
    match need.tenants {
        Reach::Nothing => Ok(Listed::Named(BTreeMap::new())),
        Reach::Named | Reach::Cheapest | Reach::Everything => tenants::listed(reader, need).await,
    }
}

async fn roles(reader: &Reader, need: &Need) -> Result<RoleSet, ApiError> {
    if need.role_lists {
        reader.roles().await
    } else {
        Ok(RoleSet::new())
    }
}
