//! Who holds a role.

use std::collections::BTreeMap;

use super::scan;
use crate::api::ReadDirectory;
use crate::api::directory::{Answer, Filter, Query};
use crate::model::{Live, LiveUser, RoleName, Scope};

/// Adds to a live state those who hold one of these roles, with these roles alone where the record does not tell them: as
/// many as are enough to know that more are not needed, or everybody.
///
/// # Errors
/// The first call that fails for good.
pub async fn holders(
    directory: &impl ReadDirectory,
    mut live: Live,
    roles: &BTreeMap<(Scope, RoleName), usize>,
) -> Answer<Live> {
    for ((scope, role), enough) in roles {
        let id = match scope {
            Scope::Workspace => directory.workspace(),
            Scope::Tenant(id) => id,
        };
        let search = Query {
            filters: vec![vec![Filter::role(id, Some(role))]],
            order: Some("userId_ASC"),
            page: 1,
        };
        let first = directory.find_users(&search).await?;
        let can_log_in = first.results.iter().filter(|user| !user.locked).count();
        let found: Vec<LiveUser> = if can_log_in >= *enough {
            first.results
        } else {
            let found = scan::users_from(directory, &search, Some(first.into())).await?;
            found.records.into_values().collect()
        };
        for found in found {
            let id = found.id;
            let user = live.users.entry(id).or_insert(found);
            let held = user.grants.edit().entry(scope.clone()).or_default();
            held.insert(role.clone());
        }
    }
    Ok(live)
}
