//! The reading itself.

use std::collections::{BTreeMap, BTreeSet};

use super::lookup::{self, Users};
use super::tenants::{self, Listed};
use super::{Early, Need, Reach, again, own, scan};
use crate::api::ReadDirectory;
use crate::api::directory::{Answer, Query};
use crate::model::{Hidden, Live, LiveUser, RoleSet, Scope, TenantId, Totals};

/// Reads what is needed; users, tenants and role lists at once.
///
/// # Errors
/// The first call that fails for good.
pub async fn live(directory: &impl ReadDirectory, need: &Need) -> Answer<Live> {
    live_from(directory, need, Early::Nothing).await
}

/// The same, where something was read already.
///
/// # Errors
/// The first call that fails for good.
pub async fn live_from(directory: &impl ReadDirectory, need: &Need, early: Early) -> Answer<Live> {
    let ((users, others), listed, roles) = tokio::try_join!(
        users(directory, need, early),
        listed(directory, need),
        roles(directory, need)
    )?;
    let lists = matches!(need.tenants, Reach::Cheapest | Reach::Everything);
    let tenants = tenants::complete(directory, listed, &users, need).await?;
    // A name that is known already may be that of a hidden one too.
    if others.is_some() && tenants.hidden != Hidden::Nothing && !need.names.is_empty() {
        tracing::info!("the server hides tenants; reading all users, who may tell of them");
        let need = Need {
            users: Reach::Everything,
            ..need.clone()
        };
        return Box::pin(live_from(directory, &need, Early::Nothing)).await;
    }
    let all_tenants = lists && tenants.total.is_none();
    let mut live = Live {
        workspace: directory.workspace().clone(),
        mode: directory.mode(),
        tenants: tenants.known,
        users,
        roles,
        totals: None,
        hidden: tenants.hidden,
    };
    if others.is_some() || tenants.total.is_some() {
        live.totals = Some(Totals {
            users: others
                .as_ref()
                .map_or(live.users.len(), |others| others.total),
            tenants: tenants.total.unwrap_or(live.tenants.len()),
        });
    }
    if need.role_lists {
        let of_tenants: Vec<_> = live
            .tenants
            .values()
            .flat_map(|tenant| tenant.roles.iter().cloned())
            .collect();
        live.roles.extend(of_tenants);
    }
    let mut told = tell_tenants(live.users.values()) || others.is_some_and(|others| others.told);
    if need.tenant_roles && !told && need.every_grant && need.users == Reach::Named {
        // One page may show that records tell, where all tenants would be asked about.
        let first = directory.find_users(&Query::all("userId_ASC")).await?;
        told = tell_tenants(&first.results);
    }
    if need.tenant_roles && !told {
        let mut tenants: BTreeSet<TenantId> = live.tenants.keys().cloned().collect();
        if need.every_grant && !all_tenants {
            tenants.extend(tenants::all(directory, &live.users).await?);
        }
        let tenants: Vec<TenantId> = tenants.into_iter().collect();
        own::add_tenant_roles(directory, &mut live, &tenants, &need.roles).await?;
    }
    Ok(live)
}

/// Whether users' records tell the roles held in tenants: none does on a server that leaves them out.
fn tell_tenants<'u>(users: impl IntoIterator<Item = &'u LiveUser>) -> bool {
    let in_tenant = |scope: &Scope| matches!(scope, Scope::Tenant(_));
    users
        .into_iter()
        .any(|user| user.grants.keys().any(in_tenant))
}

/// What the first page shows of all users, where not all were read.
struct Others {
    /// How many there are.
    total: usize,
    /// Whether their records tell the roles held in tenants.
    told: bool,
}

/// The users that are needed.
async fn users(
    directory: &impl ReadDirectory,
    need: &Need,
    early: Early,
) -> Answer<(Users, Option<Others>)> {
    let mut others = None;
    let records = match need.users {
        Reach::Nothing => return Ok((BTreeMap::new(), None)),
        Reach::Named => again::named_users(directory, &need.emails, &need.user_ids).await?,
        Reach::Everything => every_user(directory, need, early).await?,
        Reach::Cheapest => {
            let first = match early {
                Early::Nothing => directory.find_users(&Query::all("userId_ASC")).await?,
                Early::First(first) => first,
                Early::All(_) => {
                    let everybody = every_user(directory, need, early).await?;
                    return Ok((again::with_grants(directory, everybody).await?, None));
                }
            };
            if let Some(users) = lookup::users(directory, need, &first).await? {
                others = Some(Others {
                    total: first.total,
                    told: tell_tenants(&first.results),
                });
                users
            } else {
                every_user(directory, need, Early::First(first)).await?
            }
        }
    };
    Ok((again::with_grants(directory, records).await?, others))
}

async fn every_user(directory: &impl ReadDirectory, need: &Need, early: Early) -> Answer<Users> {
    let first = match early {
        Early::All(found) => return again::users(directory, found, &need.emails).await,
        Early::First(first) => Some(first),
        Early::Nothing => None,
    };
    let begun = first.map(Into::into);
    let found = scan::users_from(directory, &Query::all("userId_ASC"), begun).await?;
    again::users(directory, found, &need.emails).await
}

async fn listed(directory: &impl ReadDirectory, need: &Need) -> Answer<Listed> {
    match need.tenants {
        Reach::Nothing => Ok(Listed::All(BTreeMap::new(), None)),
        Reach::Named | Reach::Cheapest | Reach::Everything => {
            tenants::listed(directory, need).await
        }
    }
}

async fn roles(directory: &impl ReadDirectory, need: &Need) -> Answer<RoleSet> {
    if need.role_lists {
        directory.roles().await
    } else {
        Ok(RoleSet::new())
    }
}
