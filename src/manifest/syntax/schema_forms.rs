//! Values that may be written in two ways, as the JSON Schema says it.
//!
//! `enumDescriptions` and `patternErrorMessage` are for editors; validators pass them over.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

/// From 10 seconds to 1 week, which are the API's own limits.
const DURATION: &str = "^(([1-9][0-9]{1,4}|[1-5][0-9]{5}|60[0-3][0-9]{3}|604[0-7][0-9]{2}|604800) seconds?|([1-9][0-9]{0,3}|100[0-7][0-9]|10080) minutes?|([1-9][0-9]?|1[0-5][0-9]|16[0-8]) hours?|[1-7] days?|1 weeks?)$";
/// No white space around the name.
const ROLE_NAME: &str = r"^\S([\s\S]*\S)?$";

/// Forms that stand in several places, each once in the definitions of the schema.
macro_rules! form {
    ($(#[$about:meta])* $name:ident, $title:literal, $schema:expr) => {
        $(#[$about])*
        pub(crate) struct $name(#[expect(dead_code, reason = "only the schema is used")] String);

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                let form: fn(&mut SchemaGenerator) -> Schema = $schema;
                let mut schema = form(generator);
                schema.insert("title".to_owned(), $title.into());
                schema
            }
        }
    };
}

form!(
    /// The name of a role.
    RoleName, "Role", |_| role_name()
);
form!(
    /// The name of a group, in another group.
    GroupName, "Group", |_| json_schema!({ "type": "string" })
);
form!(
    /// The handle of a tenant, as a value.
    TenantHandle, "Tenant", |_| json_schema!({ "type": "string", "minLength": 1 })
);
form!(
    /// The address of a user who may have an entry elsewhere.
    Person, "User", |_| json_schema!({ "type": "string", "format": "email" })
);
form!(
    /// The roles that something grants: a list, or at least these.
    RoleNames, "Roles", |generator| {
        let role = generator.subschema_for::<RoleName>();
        let list = json!({
            "type": "array",
            "items": { "anyOf": [role, {
                "title": "Role with an end",
                "type": "object",
                "additionalProperties": false,
                "required": ["role"],
                "properties": { "role": role, "until": until() }
            }] }
        });
        json_schema!({
            "anyOf": [list, {
                "title": "At least these roles",
                "type": "object",
                "additionalProperties": false,
                "required": ["atLeast"],
                "properties": { "atLeast": list }
            }]
        })
    }
);

/// `"*": []` under a user: nothing in the tenants that are not written.
pub(crate) fn nothing_elsewhere() -> Value {
    json!({
        "description": "No roles in the tenants of the manifest that are not written here.",
        "type": "array",
        "maxItems": 0
    })
}

/// A text with a variable in it is another text when it is read.
pub(crate) const VARIABLE: &str = r"\$\{";

/// Lets every text of a schema be anything where it holds a variable. Keys have none.
pub(crate) fn allow_variables(form: &mut Value) {
    match form {
        Value::Array(forms) => forms.iter_mut().for_each(allow_variables),
        Value::Object(map) => {
            for (key, form) in map.iter_mut() {
                if !matches!(
                    key.as_str(),
                    "propertyNames" | "patternProperties" | "examples" | "enum"
                ) {
                    allow_variables(form);
                }
            }
            let is_text = map.get("type").is_some_and(|kind| match kind {
                Value::Array(kinds) => kinds.contains(&json!("string")),
                kind => kind == "string",
            });
            if !is_text {
                return;
            }
            if let Some(Value::String(pattern)) = map.get_mut("pattern") {
                *pattern = format!("{pattern}|{VARIABLE}");
            }
            let narrow = ["enum", "format", "const", "enumDescriptions"];
            let mut exact = serde_json::Map::new();
            for key in narrow {
                exact.extend(map.remove(key).map(|value| (key.to_owned(), value)));
            }
            if !exact.is_empty() {
                let any = json!([exact, { "pattern": VARIABLE }]);
                map.insert("anyOf".to_owned(), any);
            }
        }
        _ => {}
    }
}

pub(crate) fn overlays(schema: &mut Schema) {
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    properties.insert(
        "overlay".into(),
        json!({
            "description": "Whether the file is an overlay: `--env` uses it, and it is no part of the manifest.",
            "const": true
        }),
    );
    properties.insert(
        "vars".into(),
        json!({
            "description": "The values of variables, where this overlay is used.",
            "type": "object",
            "propertyNames": { "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" },
            "additionalProperties": { "type": "string" }
        }),
    );
    schema.insert("dependencies".into(), json!({ "vars": ["overlay"] }));
}

pub(crate) fn group_users(generator: &mut SchemaGenerator) -> Schema {
    let email = generator.subschema_for::<Person>();
    json_schema!({
        "type": "array",
        "items": { "anyOf": [email, {
            "type": "object",
            "additionalProperties": false,
            "required": ["user"],
            "properties": { "user": email, "until": until() }
        }] }
    })
}

fn until() -> Value {
    json!({
        "description": "When the grant ends: with this day, in UTC, or at a moment with an offset.",
        "type": "string",
        "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*(Z|[+-][0-9:]+))?$",
        "patternErrorMessage": "An end is a day, as in 2026-12-31, or a moment, as in 2026-12-31T18:00:00Z.",
        "examples": ["2026-12-31"]
    })
}

fn role_name() -> Schema {
    json_schema!({ "type": "string", "minLength": 1, "maxLength": 100, "pattern": ROLE_NAME })
}

/// `none`, `welcome`, `reset`, or a map with a duration.
pub(crate) fn invite(_: &mut SchemaGenerator) -> Schema {
    let mut kind = word();
    if let Some(kind) = kind.as_object_mut() {
        kind.insert("description".into(), json!("The message that is sent."));
    }
    json_schema!({
        "anyOf": [word(), {
            "type": "object",
            "additionalProperties": false,
            "required": ["type"],
            "properties": {
                "type": kind,
                "duration": {
                    "description": "How long the link lasts: a number and seconds, minutes, hours, days or weeks, from \"10 seconds\" to \"1 week\".",
                    "type": "string",
                    "pattern": DURATION,
                    "patternErrorMessage": "A duration is a number, a space and a unit, as in \"2 days\": seconds, minutes, hours, days or weeks.",
                    "examples": ["2 days"]
                }
            }
        }]
    })
}

fn word() -> Value {
    json!({
        "type": "string",
        "enum": ["none", "welcome", "reset"],
        "enumDescriptions": ["No message.", "A welcome; its link lasts 3 days unless told otherwise.", "A password reset; its link lasts 1 hour unless told otherwise."]
    })
}

/// Role names, each alone or with what is special about it.
pub(crate) fn vocabulary(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "examples": [["admin", "member"]],
        "items": { "anyOf": [role_name(), {
            "type": "object",
            "additionalProperties": false,
            "required": ["name"],
            "properties": {
                "name": { "description": "The name of the role.", "type": "string", "minLength": 1, "maxLength": 100, "pattern": ROLE_NAME },
                "sensitive": { "description": "Whether plans mark every grant of this role. The roles `admin` and `member` are sensitive unless this says false.", "type": "boolean" }
            }
        }] }
    })
}

/// A number or a percentage.
pub(crate) fn limit(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["integer", "string"],
        "minimum": 0,
        "pattern": "^((100|[0-9]{1,2})%|[0-9]+)$",
        "patternErrorMessage": "A limit is a number, or a percentage from 0% to 100%, as in 10%."
    })
}

/// Yes, no, or `tree`.
pub(crate) fn prune_tenants(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [{ "type": "boolean" }, { "type": "string", "const": "tree" }]
    })
}

/// `"*"` or a list of handles.
pub(crate) fn prune_members(generator: &mut SchemaGenerator) -> Schema {
    let handle = generator.subschema_for::<TenantHandle>();
    json_schema!({
        "anyOf": [{ "type": "string", "const": "*" }, { "type": "array", "items": handle }]
    })
}
