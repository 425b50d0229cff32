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

/// The roles that something grants: a list, or at least these.
pub(super) struct RoleNames(#[expect(dead_code, reason = "only the schema is used")] Vec<String>);

impl JsonSchema for RoleNames {
    fn schema_name() -> Cow<'static, str> {
        "Roles".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let list = json!({
            "title": "Roles",
            "type": "array",
            "items": { "anyOf": [role_name(), {
                "type": "object",
                "additionalProperties": false,
                "required": ["role"],
                "properties": { "role": role_name(), "until": until() }
            }] }
        });
        json_schema!({
            "anyOf": [list, {
                "type": "object",
                "additionalProperties": false,
                "required": ["atLeast"],
                "properties": { "atLeast": list }
            }]
        })
    }
}

/// The people of a group.
pub(super) fn group_users(_: &mut SchemaGenerator) -> Schema {
    let email = json!({ "type": "string", "format": "email" });
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

fn role_name() -> Value {
    json!({ "type": "string", "minLength": 1, "maxLength": 100, "pattern": ROLE_NAME })
}

/// `none`, `welcome`, `reset`, or a map with a duration.
pub(super) fn invite(_: &mut SchemaGenerator) -> Schema {
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
pub(super) fn vocabulary(_: &mut SchemaGenerator) -> Schema {
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
pub(super) fn limit(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["integer", "string"],
        "minimum": 0,
        "pattern": "^((100|[0-9]{1,2})%|[0-9]+)$",
        "patternErrorMessage": "A limit is a number, or a percentage from 0% to 100%, as in 10%."
    })
}

/// Yes, no, or `tree`.
pub(super) fn prune_tenants(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [{ "type": "boolean" }, { "type": "string", "const": "tree" }]
    })
}

/// `"*"` or a list of handles.
pub(super) fn prune_members(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [{ "type": "string", "const": "*" }, { "type": "array", "items": { "type": "string" } }]
    })
}
