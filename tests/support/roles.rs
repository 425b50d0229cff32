//! Who holds what in the emulator's store, and the paths of calls that change it.

use serde_json::{Value, json};

use crate::support::Server;

/// The roles of a user in all scopes, by the names of the tenants.
pub(crate) fn held(server: &Server, email: &str) -> Value {
    let store = server.store();
    let mut users = store.users.iter();
    let user = users.find(|it| it.email.as_deref() == Some(email)).unwrap();
    let roles = user.roles.iter().map(|(scope, roles)| {
        let mut tenants = store.tenants.iter();
        let name = tenants
            .find(|it| it.tenant_id == *scope)
            .map(|it| it.name.clone());
        (name.unwrap_or_else(|| "workspace".to_owned()), json!(roles))
    });
    let roles: serde_json::Map<String, Value> =
        roles.filter(|(_, roles)| *roles != json!([])).collect();
    Value::Object(roles)
}

/// The path of a user: the numbers follow no order.
pub(crate) fn user_path(server: &Server, email: &str) -> String {
    let store = server.store();
    let mut users = store.users.iter();
    let user = users.find(|it| it.email.as_deref() == Some(email)).unwrap();
    format!("/v0/users/{}", user.user_id)
}

/// The path of a user's roles in the tenant of this name.
pub(crate) fn roles_path(server: &Server, email: &str, tenant: &str) -> String {
    let store = server.store();
    let mut users = store.users.iter();
    let user = users.find(|it| it.email.as_deref() == Some(email)).unwrap();
    let mut tenants = store.tenants.iter();
    let tenant = tenants.find(|it| it.name == tenant).unwrap();
    format!(
        "/v0/tenants/{}/users/{}/roles",
        tenant.tenant_id, user.user_id
    )
}
