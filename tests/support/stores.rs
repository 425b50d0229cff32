//! What a store holds, without what differs between runs: to compare a store with itself at an earlier time.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// A value that somebody chose: a record that is made again has some that the server makes up.
fn chosen(value: &Value) -> Value {
    let text = value.as_str().unwrap_or_default();
    let made_up = text.is_empty() || text.contains("/avatars/") || text.contains("-000");
    Some(value)
        .filter(|_| !made_up)
        .cloned()
        .unwrap_or_default()
}

/// Data without the keys that hold nothing: a key can't be removed, only set to null.
fn without_nulls(data: &Value) -> Value {
    let mut data = data.as_object().cloned().unwrap_or_default();
    data.retain(|_, value| !value.is_null());
    Value::Object(data)
}

/// The users and tenants of a store by their addresses and names, with the roles that they hold where.
pub(crate) fn without_ids(store: &Value) -> Value {
    let name = |tenant: &str| match tenant {
        "demo1234" => json!("workspace"),
        id => store["tenants"]
            .as_array()
            .unwrap()
            .iter()
            .find(|tenant| tenant["tenantId"] == id)
            .unwrap()["name"]
            .clone(),
    };
    let users = store["users"].as_array().unwrap().iter().map(|user| {
        let mut user = user.clone();
        let roles: BTreeMap<String, Value> = user["roles"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(tenant, roles)| (name(tenant).as_str().unwrap().to_owned(), roles.clone()))
            .collect();
        user["roles"] = json!(roles);
        for key in ["userId", "userUuid", "lastActiveAt", "isConfirmed"] {
            user.as_object_mut().unwrap().remove(key);
        }
        for key in ["image", "name", "username"] {
            user[key] = chosen(&user[key]);
        }
        user["data"] = without_nulls(&user["data"]);
        (user["email"].as_str().unwrap().to_owned(), user)
    });
    let tenants = store["tenants"].as_array().unwrap().iter().map(|tenant| {
        let tenant =
            json!({"name": tenant["name"], "image": chosen(&tenant["image"]), "data": without_nulls(&tenant["data"])});
        (tenant["name"].as_str().unwrap().to_owned(), tenant)
    });
    json!({
        "users": users.collect::<BTreeMap<_, _>>(),
        "tenants": tenants.collect::<BTreeMap<_, _>>(),
    })
}
