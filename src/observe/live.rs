//! The reading itself.

use std::collections::{BTreeMap, HashSet};

use super::tenants::{self, Listed};
use super::{Early, Need, Reach, again, choice, own, scan};
use crate::api::directory::{Answer, Query};
use crate::api::{Page, ReadDirectory};
use crate::model::{Email, Live, LiveUser, RoleSet, Scope, TenantId, Totals, UserId};

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
    let ((users, total_users), listed, roles) = tokio::try_join!(
        users(directory, need, early),
        listed(directory, need),
        roles(directory, need)
    )?;
    let tenants = tenants::complete(directory, listed, &users, need).await?;
    let mut live = Live {
        workspace: directory.workspace().clone(),
        mode: directory.mode(),
        tenants: tenants.known,
        users,
        roles,
        totals: None,
        hidden: tenants.hidden,
    };
    if total_users.is_some() || tenants.total.is_some() {
        live.totals = Some(Totals {
            users: total_users.unwrap_or(live.users.len()),
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
    let told = live.users.values().any(|user| {
        user.grants
            .keys()
            .any(|scope| matches!(scope, Scope::Tenant(_)))
    });
    if need.tenant_roles && !told {
        let mut tenants: Vec<TenantId> = live.tenants.keys().cloned().collect();
        if need.every_grant && need.tenants != Reach::Everything {
            tenants = tenants::all(directory, &live.users).await?;
        }
        own::add_tenant_roles(directory, &mut live, &tenants, &need.roles).await?;
    }
    Ok(live)
}

/// The users, and how many there are where not all were read.
async fn users(
    directory: &impl ReadDirectory,
    need: &Need,
    early: Early,
) -> Answer<(Users, Option<usize>)> {
    let mut total = None;
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
            let count = first.total;
            if let Some(named) = named_if_cheaper(directory, need, &first).await? {
                total = Some(count);
                named
            } else {
                every_user(directory, need, Early::First(first)).await?
            }
        }
    };
    Ok((again::with_grants(directory, records).await?, total))
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

/// The users that are named, where looking them up takes fewer calls than reading on after the first page, and can be
/// trusted.
async fn named_if_cheaper(
    directory: &impl ReadDirectory,
    need: &Need,
    first: &Page<LiveUser>,
) -> Answer<Option<Users>> {
    let pages = first.count();
    if !choice::look_up(pages, need.emails.len(), need.user_ids.len()) {
        tracing::info!(
            pages,
            "reading all users, which takes no more calls than looking them up"
        );
        return Ok(None);
    }
    tracing::info!(pages, "looking up the users that the manifest names");
    let named = again::named_users(directory, &need.emails, &need.user_ids).await?;
    let found: HashSet<&Email> = named
        .values()
        .filter_map(|user| user.email.as_ref())
        .collect();
    if need.emails.iter().all(|email| found.contains(email)) {
        return Ok(Some(named));
    }
    let samples = first.results.iter();
    let samples = samples.filter_map(|user| Some((user.id, user.email.clone()?)));
    if again::ignores_case(directory, &samples.collect::<Vec<_>>()).await? {
        return Ok(Some(named));
    }
    tracing::info!(
        "the server finds addresses in one case alone, and some were not found; reading all users"
    );
    Ok(None)
}

type Users = BTreeMap<UserId, LiveUser>;

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
