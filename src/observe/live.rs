//! The reading itself.

use std::collections::BTreeMap;

use super::tenants::{self, Listed};
use super::{Need, Reach, again, own, scan};
use crate::api::ReadDirectory;
use crate::api::directory::{Answer, Query};
use crate::model::{Live, LiveUser, RoleSet, Scope, TenantId, UserId};

/// Reads what is needed; users, tenants and role lists at once.
///
/// # Errors
/// The first call that fails for good.
pub async fn live(directory: &impl ReadDirectory, need: &Need) -> Answer<Live> {
    let (users, listed, roles) = tokio::try_join!(
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
        hidden: tenants.hidden,
    };
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

async fn users(directory: &impl ReadDirectory, need: &Need) -> Answer<BTreeMap<UserId, LiveUser>> {
    let records = match need.users {
        Reach::Nothing => return Ok(BTreeMap::new()),
        Reach::Named => again::named_users(directory, &need.emails, &need.user_ids).await?,
        Reach::Everything => {
            let found = scan::users(directory, &Query::all("userId_ASC")).await?;
            again::users(directory, found, &need.emails).await?
        }
    };
    again::with_grants(directory, records).await
}

async fn listed(directory: &impl ReadDirectory, need: &Need) -> Answer<Listed> {
    match need.tenants {
        Reach::Nothing => Ok(Listed::All(BTreeMap::new())),
        Reach::Named | Reach::Everything => tenants::listed(directory, need).await,
    }
}

async fn roles(directory: &impl ReadDirectory, need: &Need) -> Answer<RoleSet> {
    if need.role_lists {
        directory.roles().await
    } else {
        Ok(RoleSet::new())
    }
}
