//! The reading itself.

use std::collections::{BTreeMap, HashSet};

use super::tenants::{self, Listed};
use super::{Need, Reach, again, choice, own, scan};
use crate::api::directory::{Answer, Query};
use crate::api::{Page, ReadDirectory};
use crate::model::{Email, Live, LiveUser, RoleSet, Scope, TenantId, Totals, UserId};

/// Reads what is needed; users, tenants and role lists at once.
///
/// # Errors
/// The first call that fails for good.
pub async fn live(directory: &impl ReadDirectory, need: &Need) -> Answer<Live> {
    let ((users, total_users), listed, roles) = tokio::try_join!(
        users(directory, need),
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
        if need.every_grant && need.tenants == Reach::Named {
            tenants = tenants::all(directory, &live.users).await?;
        }
        own::add_tenant_roles(directory, &mut live, &tenants, &need.roles).await?;
    }
    Ok(live)
}

/// The users, and how many there are where not all were read.
async fn users(directory: &impl ReadDirectory, need: &Need) -> Answer<(Users, Option<usize>)> {
    let everything = Query::all("userId_ASC");
    let (records, total) = match need.users {
        Reach::Nothing => return Ok((BTreeMap::new(), None)),
        Reach::Named => {
            let named = again::named_users(directory, &need.emails, &need.user_ids).await?;
            (named, None)
        }
        Reach::Cheapest => {
            let first = directory.find_users(&everything).await?;
            let total = first.total;
            if let Some(named) = named_if_cheaper(directory, need, &first).await? {
                (named, Some(total))
            } else {
                let found = scan::users_from(directory, &everything, Some(first)).await?;
                (again::users(directory, found, &need.emails).await?, None)
            }
        }
        Reach::Everything => {
            let found = scan::users(directory, &everything).await?;
            (again::users(directory, found, &need.emails).await?, None)
        }
    };
    Ok((again::with_grants(directory, records).await?, total))
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
