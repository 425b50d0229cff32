//! Values that may be written in two ways, as the JSON Schema says it.
//!
//! `enumDescriptions` and `patternErrorMessage` are for editors; validators pass them over.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

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
                    "pattern": "^[1-9][0-9]* (second|minute|hour|day|week)s?$",
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
        "items": { "anyOf": [{ "type": "string", "minLength": 1 }, {
            "type": "object",
            "additionalProperties": false,
            "required": ["name"],
            "properties": {
                "name": { "description": "The name of the role.", "type": "string", "minLength": 1 },
                "sensitive": { "description": "Whether plans mark every grant of this role. The role `admin` is sensitive unless this says false.", "type": "boolean" }
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

/// `"*"` or a list of handles.
pub(super) fn prune_members(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [{ "type": "string", "const": "*" }, { "type": "array", "items": { "type": "string" } }]
    })
}
