//! The reading itself.

use std::collections::BTreeMap;

use super::{Need, own, scan, tenants};
use crate::api::ReadDirectory;
use crate::api::directory::{Answer, Query};
use crate::model::{Live, RoleSet, Scope};

/// Reads what is needed; users, tenants and role lists at once.
///
/// # Errors
/// The first call that fails for good.
pub async fn live(directory: &impl ReadDirectory, need: &Need) -> Answer<Live> {
    let (users, listed, roles) = tokio::try_join!(
        async {
            if !need.users {
                return Ok(BTreeMap::new());
            }
            scan::users(directory, &Query::all("userId_ASC")).await
        },
        async {
            if !need.tenants {
                return Ok(tenants::Listed::All(BTreeMap::new()));
            }
            tenants::listed(directory).await
        },
        async {
            if !need.role_lists {
                return Ok(RoleSet::new());
            }
            directory.roles().await
        },
    )?;
    let tenants = tenants::complete(directory, listed, &users, need).await?;
    let mut live = Live {
        workspace: directory.workspace().clone(),
        mode: directory.mode(),
        tenants: tenants.known,
        users,
        roles,
        hidden_tenants: tenants.hidden,
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
