//! Who holds a role.

use std::collections::BTreeSet;

use super::scan;
use crate::api::ReadDirectory;
use crate::api::directory::{Answer, Filter, Query};
use crate::model::{Live, RoleName, Scope};

/// Adds to a live state everybody who holds one of these roles, with these roles alone where the record does not tell
/// them.
///
/// # Errors
/// The first call that fails for good.
pub async fn holders(
    directory: &impl ReadDirectory,
    mut live: Live,
    roles: &BTreeSet<(Scope, RoleName)>,
) -> Answer<Live> {
    for (scope, role) in roles {
        let id = match scope {
            Scope::Workspace => directory.workspace(),
            Scope::Tenant(id) => id,
        };
        let search = Query {
            filters: vec![vec![Filter::role(id, Some(role))]],
            order: Some("userId_ASC"),
            page: 1,
        };
        for (id, found) in scan::users(directory, &search).await?.records {
            let user = live.users.entry(id).or_insert(found);
            let held = user.grants.entry(scope.clone()).or_default();
            held.insert(role.clone());
        }
    }
    Ok(live)
}
