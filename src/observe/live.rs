//! The reading itself.

use std::collections::BTreeMap;

use super::tenants::{self, Listed};
use super::{Need, again, own, scan};
use crate::api::ReadDirectory;
use crate::api::directory::{Answer, Query};
use crate::model::{Live, LiveUser, RoleSet, Scope, UserId};

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
        own::add_tenant_roles(directory, &mut live, &need.roles).await?;
    }
    Ok(live)
}

async fn users(directory: &impl ReadDirectory, need: &Need) -> Answer<BTreeMap<UserId, LiveUser>> {
    if !need.users {
        return Ok(BTreeMap::new());
    }
    let found = scan::users(directory, &Query::all("userId_ASC")).await?;
    again::users(directory, found, &need.emails).await
}

async fn listed(directory: &impl ReadDirectory, need: &Need) -> Answer<Listed> {
    if need.tenants {
        tenants::listed(directory, need).await
    } else {
        Ok(Listed::All(BTreeMap::new()))
    }
}

async fn roles(directory: &impl ReadDirectory, need: &Need) -> Answer<RoleSet> {
    if need.role_lists {
        directory.roles().await
    } else {
        Ok(RoleSet::new())
    }
}
