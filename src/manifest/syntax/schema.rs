//! The JSON Schema of the manifest, made from [`syntax`](crate::manifest::syntax::manifest): of the language, or of one manifest with its own names.

use std::collections::BTreeSet;
use std::fmt::Display;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::manifest::syntax::manifest::Manifest;
use crate::manifest::syntax::schema_forms::{VARIABLE, allow_variables, nothing_elsewhere};
use crate::model::Desired;

/// For every tenant of the manifest.
const EVERYWHERE: &str = "*";

/// The schema as a JSON document. It is draft 7, which the editors in use understand.
pub fn schema() -> Value {
    let generator = SchemaSettings::draft07().into_generator();
    let mut schema = generator.into_root_schema_for::<Manifest>().to_value();
    allow_variables(&mut schema);
    schema
}

/// The schema with the names of a manifest, so that an editor offers them. Another handle or group is a mistake there, and another
/// role where the manifest lists its roles; other people are not, for they may have no entry.
pub(crate) fn schema_with_names(desired: &Desired) -> Value {
    let mut schema = schema();
    let users = names(desired.users.keys());
    let handles = names(desired.tenants.keys());
    let roles = match &desired.vocabulary {
        Some(roles) => only(&names(roles)),
        None => offer(
            &names(desired.role_names()),
            &definition(&schema, "RoleName"),
        ),
    };
    let person = offer(&users, &definition(&schema, "Person"));
    for (name, form) in [
        ("RoleName", roles),
        ("GroupName", only(&names(&desired.groups))),
        ("TenantHandle", only(&handles)),
        ("Person", person.clone()),
    ] {
        put(&mut schema, &format!("/definitions/{name}"), form);
    }
    let roles = json!({ "$ref": "#/definitions/RoleNames" });
    for (place, everywhere) in [("User", nothing_elsewhere()), ("Group", roles.clone())] {
        let place = format!("/definitions/{place}/properties/tenants");
        if let Some(Value::Object(form)) = schema.pointer_mut(&place) {
            let handles = handles.iter().map(|handle| (handle.clone(), roles.clone()));
            let everywhere = (EVERYWHERE.to_owned(), everywhere);
            let properties: Map<String, Value> = handles.chain([everywhere]).collect();
            form.insert("properties".to_owned(), Value::Object(properties));
            form.insert("additionalProperties".to_owned(), Value::Bool(false));
            form.remove("propertyNames");
        }
    }
    let members = "/definitions/Tenant/properties/members/propertyNames";
    put(&mut schema, members, person);
    schema
}

fn names<T: Display>(names: impl IntoIterator<Item = T>) -> BTreeSet<String> {
    names.into_iter().map(|name| name.to_string()).collect()
}

fn definition(schema: &Value, name: &str) -> Value {
    let definition = schema.pointer(&format!("/definitions/{name}"));
    definition.cloned().unwrap_or_default()
}

/// One of these, or a text with a variable.
fn only(names: &BTreeSet<String>) -> Value {
    json!({ "anyOf": [{ "enum": names }, { "type": "string", "pattern": VARIABLE }] })
}

/// One of these, or what else is right.
fn offer(names: &BTreeSet<String>, other: &Value) -> Value {
    json!({ "anyOf": [{ "enum": names }, other] })
}

/// Puts a form where another stands, under the title of that one.
fn put(schema: &mut Value, place: &str, mut form: Value) {
    if let Some(old) = schema.pointer_mut(place) {
        if let (Some(title), Value::Object(form)) = (old.get("title"), &mut form) {
            form.insert("title".to_owned(), title.clone());
        }
        *old = form;
    }
}
