//! The specification that a server serves of itself, held against the calls that ufsync relies on. Pure.

use std::fmt;

use serde_json::Value;

/// The calls that a plan and an apply make.
const CALLS: &[(&str, &str)] = &[
    ("get", "/users/{}"),
    ("put", "/users/{}"),
    ("delete", "/users/{}"),
    ("post", "/users/find"),
    ("post", "/users/invite"),
    ("post", "/users/createOrUpdate"),
    ("put", "/users/{}/roles"),
    ("post", "/tenants"),
    ("get", "/tenants/{}"),
    ("put", "/tenants/{}"),
    ("delete", "/tenants/{}"),
    ("get", "/roles"),
    ("get", "/tenants/{}/roles"),
    ("put", "/tenants/{}/users/{}/roles"),
    ("post", "/tenants/{}/tenants/find"),
];

/// Where the specification is not what ufsync relies on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    /// A call that it does not have.
    NoCall(String),
    /// A path that it has, with other verbs.
    OtherVerbs { call: String, verbs: Vec<String> },
    /// The orders that it allows, without the one that is asked for first.
    Orders(Vec<String>),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCall(call) => write!(f, "there is no {call}"),
            Self::OtherVerbs { call, verbs } => {
                write!(f, "instead of {call} there is {}", verbs.join(", "))
            }
            Self::Orders(orders) => write!(f, "the orders of a search are {}", orders.join(", ")),
        }
    }
}

/// The differences, in the order of the calls. Names of parameters and the prefix of the version do not matter.
pub(crate) fn differences(specification: &Value) -> Vec<Difference> {
    let paths = specification.get("paths").and_then(Value::as_object);
    let paths: Vec<(String, Vec<String>)> = paths
        .into_iter()
        .flatten()
        .map(|(path, verbs)| {
            let verbs = verbs.as_object().into_iter().flatten();
            (
                shape(path),
                verbs.map(|(verb, _)| verb.to_lowercase()).collect(),
            )
        })
        .collect();
    let mut differences = Vec::new();
    for (verb, path) in CALLS {
        let call = format!("{} /v0{path}", verb.to_uppercase());
        let same = paths.iter().filter(|(known, _)| known == path);
        let verbs: Vec<String> = same.flat_map(|(_, verbs)| verbs.clone()).collect();
        if verbs.is_empty() {
            differences.push(Difference::NoCall(call));
        } else if !verbs.iter().any(|known| known == verb) {
            differences.push(Difference::OtherVerbs { call, verbs });
        }
    }
    let mut orders = Vec::new();
    collect_orders(specification, &mut orders);
    if !orders.is_empty() && !orders.iter().any(|order| order.starts_with("userId")) {
        differences.push(Difference::Orders(orders));
    }
    differences
}

/// A path without its version and the names of its parameters.
fn shape(path: &str) -> String {
    let path = path.strip_prefix("/v0").unwrap_or(path);
    let parts = path.split('/').map(|part| {
        let is_parameter = part.starts_with([':', '{']);
        if is_parameter { "{}" } else { part }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// The values that any `order` may have.
fn collect_orders(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            let allowed = map
                .get("order")
                .and_then(|order| order.get("enum")?.as_array());
            let allowed = allowed.into_iter().flatten().filter_map(Value::as_str);
            into.extend(allowed.map(str::to_owned));
            map.values().for_each(|value| collect_orders(value, into));
        }
        Value::Array(items) => items.iter().for_each(|value| collect_orders(value, into)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_specification_lacks_is_told() {
        let mut paths = serde_json::Map::new();
        for (verb, path) in CALLS {
            let path = format!("/v0{}", path.replace("{}", "{id}"));
            paths.entry(path).or_insert_with(|| json!({}))[*verb] = json!({});
        }
        let whole = json!({"paths": paths});
        assert!(differences(&whole).is_empty());
        let mut other = whole.clone();
        other["paths"]["/v0/users/{id}"] = json!({"get": {}, "patch": {}, "delete": {}});
        let removed = other["paths"].as_object_mut().unwrap();
        removed.remove("/v0/roles");
        other["components"] = json!({"order": {"enum": ["name_ASC", "createdAt_ASC"]}});
        let told: Vec<String> = differences(&other)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            told,
            [
                "instead of PUT /v0/users/{} there is delete, get, patch",
                "there is no GET /v0/roles",
                "the orders of a search are name_ASC, createdAt_ASC",
            ]
        );
        assert!(!differences(&json!(5)).is_empty());
    }
}
