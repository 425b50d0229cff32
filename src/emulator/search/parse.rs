//! The body of a search. In: JSON and the time now, for "days ago". Out: a filter, an order and a
//! page, or what is wrong with it. Main type: [`Search`].

use crate::emulator::data::fields::Body;
use crate::emulator::data::time::{DAY, Millis, parse};
use crate::emulator::http::error::ApiError;
use crate::emulator::search::matching::{Attr, Compare, Field, Node, TextTest};
use crate::emulator::switches::{PageZero, SearchCase, SearchOrder, Switches};
use serde_json::Value;
use std::cmp::Ordering;

/// What a search asks for.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    pub(crate) order: Order,
    pub(crate) page: usize,
    /// None fits everything.
    pub(crate) filter: Option<Node>,
}

/// By what the results are ordered; equal ones follow their ids.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Order {
    pub(crate) attr: Attr,
    pub(crate) descending: bool,
}

/// The type of an attribute or of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Flag,
    Date,
    Number,
    Array,
}

/// The attributes that a kind of record has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schema {
    /// The attribute that orders the results when the search does not say.
    id: Field,
    fields: &'static [(&'static str, Field, Kind)],
    has_roles: bool,
    email_case: SearchCase,
    orders: SearchOrder,
    page_zero: PageZero,
}

impl Schema {
    /// The same, as the switches say.
    pub(crate) fn with(self, switches: &Switches) -> Self {
        Self {
            email_case: switches.search_case,
            orders: switches.search_order,
            page_zero: switches.page_zero,
            ..self
        }
    }
}

pub(crate) const USERS: Schema = Schema {
    id: Field::UserId,
    has_roles: true,
    email_case: SearchCase::Ignore,
    orders: SearchOrder::Any,
    page_zero: PageZero::First,
    fields: &[
        ("mode", Field::Mode, Kind::Text),
        ("userId", Field::UserId, Kind::Number),
        ("userUuid", Field::Uuid, Kind::Text),
        ("uuid", Field::Uuid, Kind::Text),
        ("tenantId", Field::TenantId, Kind::Text),
        ("email", Field::Email, Kind::Text),
        ("username", Field::Username, Kind::Text),
        ("name", Field::Name, Kind::Text),
        ("image", Field::Image, Kind::Text),
        ("phoneNumber", Field::PhoneNumber, Kind::Text),
        ("locked", Field::Locked, Kind::Flag),
        ("isMfaRequired", Field::MfaRequired, Kind::Flag),
        ("isEmailConfirmed", Field::Confirmed, Kind::Flag),
        ("isConfirmed", Field::Confirmed, Kind::Flag),
        ("lastActiveAt", Field::LastActiveAt, Kind::Date),
        ("createdAt", Field::CreatedAt, Kind::Date),
        ("updatedAt", Field::UpdatedAt, Kind::Date),
    ],
};

pub(crate) const TENANTS: Schema = Schema {
    id: Field::TenantId,
    has_roles: false,
    email_case: SearchCase::Ignore,
    orders: SearchOrder::Any,
    page_zero: PageZero::First,
    fields: &[
        ("tenantId", Field::TenantId, Kind::Text),
        ("name", Field::Name, Kind::Text),
        ("image", Field::Image, Kind::Text),
        ("type", Field::Type, Kind::Text),
        ("createdAt", Field::CreatedAt, Kind::Date),
        ("updatedAt", Field::UpdatedAt, Kind::Date),
    ],
};

/// The orders that are sure to be accepted.
const ORDERS: [&str; 5] = ["lastActiveAt", "createdAt", "updatedAt", "name", "username"];

impl Search {
    /// Reads a body. Every part is optional.
    pub(crate) fn take(body: &mut Body, schema: &Schema, now: Millis) -> Result<Self, ApiError> {
        let order = match body.remove("order") {
            None | Some(Value::Null) => Order {
                attr: Attr::Field(schema.id),
                descending: false,
            },
            Some(Value::String(text)) => order(&text, schema)?,
            Some(_) => return Err(bad("order must be a string")),
        };
        let page = match body.remove("page") {
            None | Some(Value::Null) => 1,
            Some(page) => page
                .as_u64()
                .filter(|page| *page > 0 || schema.page_zero == PageZero::First)
                .map(|page| usize::try_from(page).unwrap_or(usize::MAX))
                .ok_or_else(|| bad("page must be a whole number from 1"))?,
        };
        let filter = match body.remove("filters") {
            None | Some(Value::Null) => None,
            Some(Value::Object(mut filters)) => {
                let mut nodes = Vec::new();
                for inner in list(&mut filters, "filterGroups")? {
                    nodes.extend(group(inner, schema, now)?);
                }
                nodes.extend(tests(&mut filters, schema, now)?);
                join(&mut filters, nodes)?
            }
            Some(_) => return Err(bad("filters must be an object")),
        };
        Ok(Self {
            order,
            page,
            filter,
        })
    }
}

fn order(text: &str, schema: &Schema) -> Result<Order, ApiError> {
    let (name, descending) = match (text.strip_suffix("_ASC"), text.strip_suffix("_DESC")) {
        (Some(name), _) => (name, false),
        (_, Some(name)) => (name, true),
        _ => return Err(bad("order must end in _ASC or _DESC")),
    };
    let (attr, _) = attribute(name, schema)?;
    if schema.orders == SearchOrder::Listed && !ORDERS.contains(&name) {
        return Err(bad(format!("order must be one of {}", ORDERS.join(", "))));
    }
    Ok(Order { attr, descending })
}

/// The attribute with this name, and its type where it has one.
fn attribute(name: &str, schema: &Schema) -> Result<(Attr, Option<Kind>), ApiError> {
    if let Some(path) = name.strip_prefix("data.") {
        let path = path.split('.').map(str::to_owned).collect();
        return Ok((Attr::Data(path), None));
    }
    let known = schema.fields.iter().find(|(known, ..)| *known == name);
    known
        .map(|(_, field, kind)| (Attr::Field(*field), Some(*kind)))
        .ok_or_else(|| bad(format!("Unknown attribute {name:?}")))
}

fn group(value: Value, schema: &Schema, now: Millis) -> Result<Option<Node>, ApiError> {
    let Value::Object(mut group) = value else {
        return Err(bad("A filter group must be an object"));
    };
    let nodes = tests(&mut group, schema, now)?;
    join(&mut group, nodes)
}

fn tests(group: &mut Body, schema: &Schema, now: Millis) -> Result<Vec<Node>, ApiError> {
    let filters = list(group, "filters")?.into_iter();
    filters.map(|value| test(value, schema, now)).collect()
}

/// Nodes under their group's conjunction. A group without filters asks for nothing.
fn join(group: &mut Body, mut nodes: Vec<Node>) -> Result<Option<Node>, ApiError> {
    let any = match group.remove("conjunction") {
        None | Some(Value::Null) => false,
        Some(word) if word == "and" => false,
        Some(word) if word == "or" => true,
        Some(_) => return Err(bad("conjunction must be \"and\" or \"or\"")),
    };
    Ok(match nodes.len() {
        0 => None,
        1 => nodes.pop(),
        _ if any => Some(Node::Any(nodes)),
        _ => Some(Node::All(nodes)),
    })
}

fn list(group: &mut Body, name: &str) -> Result<Vec<Value>, ApiError> {
    match group.remove(name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(bad(format!("{name} must be an array"))),
    }
}

fn test(value: Value, schema: &Schema, now: Millis) -> Result<Node, ApiError> {
    let Value::Object(mut filter) = value else {
        return Err(bad("A filter must be an object"));
    };
    let name = required(&mut filter, "attr")?;
    let comparison = required(&mut filter, "comparison")?;
    let value = filter.remove("value").unwrap_or_default();
    if name == "role" && schema.has_roles {
        return role(&comparison, value);
    }
    let (attr, kind) = attribute(&name, schema)?;
    let word = required(&mut filter, "type")?;
    let given = match word.as_str() {
        "string" => Kind::Text,
        "boolean" => Kind::Flag,
        "date" => Kind::Date,
        "number" => Kind::Number,
        "array" => Kind::Array,
        _ => return Err(bad(format!("Unknown filter type {word:?}"))),
    };
    let unknown = || {
        bad(format!(
            "Unknown comparison {comparison:?} for type {word:?}"
        ))
    };
    let compare = match given {
        Kind::Text => text(&comparison, value)?,
        Kind::Flag => flag(&comparison, &value)?,
        Kind::Date => date(&comparison, &value, now)?,
        Kind::Number => number(&comparison, &value)?,
        Kind::Array => array(&comparison, value)?,
    }
    .ok_or_else(unknown)?;
    // Whether there is a value at all can be asked of every attribute.
    let presence = matches!(compare, Compare::Unknown | Compare::Known);
    if kind.is_some_and(|kind| kind != given) && !presence {
        return Err(bad(format!("{name:?} can't be compared as {word:?}")));
    }
    let compare = match (&attr, schema.email_case, compare) {
        (Attr::Field(Field::Email), SearchCase::Ignore, Compare::Text(test, value)) => {
            Compare::Folded(test, value.to_lowercase())
        }
        (_, _, compare) => compare,
    };
    Ok(Node::Test(attr, compare))
}

fn role(comparison: &str, value: Value) -> Result<Node, ApiError> {
    if !matches!(comparison, "is" | "contains") {
        return Err(bad(format!("Unknown comparison {comparison:?} for role")));
    }
    let Value::String(value) = value else {
        return Err(bad("role takes \"<tenantId>:<role>\" or \"<tenantId>\""));
    };
    Ok(match value.split_once(':') {
        Some((scope, role)) => Node::Role {
            scope: scope.to_owned(),
            role: Some(role.to_owned()),
        },
        None => Node::Role {
            scope: value,
            role: None,
        },
    })
}

fn text(comparison: &str, value: Value) -> Result<Option<Compare>, ApiError> {
    let test = match comparison {
        "is" => TextTest::Is,
        "contains" => TextTest::Contains,
        "does not contain" => TextTest::Lacks,
        "starts with" => TextTest::StartsWith,
        "ends with" => TextTest::EndsWith,
        "is unknown" => return Ok(Some(Compare::Unknown)),
        "has any value" => return Ok(Some(Compare::Known)),
        _ => return Ok(None),
    };
    match value {
        Value::String(value) => Ok(Some(Compare::Text(test, value))),
        _ => Err(bad("A filter of type string needs a string as its value")),
    }
}

fn flag(comparison: &str, value: &Value) -> Result<Option<Compare>, ApiError> {
    let negated = match comparison {
        "is" => false,
        "is not" => true,
        _ => return Ok(None),
    };
    let value = value
        .as_bool()
        .ok_or_else(|| bad("A filter of type boolean needs true or false as its value"))?;
    Ok(Some(Compare::Flag { value, negated }))
}

fn date(comparison: &str, value: &Value, now: Millis) -> Result<Option<Compare>, ApiError> {
    let moment = |value: &Value| {
        let moment = value.as_str().and_then(parse);
        moment.ok_or_else(|| bad("A filter of type date needs a date as its value"))
    };
    let ago = || {
        let days = value.as_i64().filter(|days| *days >= 0);
        let ago = days.and_then(|days| now.checked_sub(days.checked_mul(DAY)?));
        ago.ok_or_else(|| bad("\"less than\" and \"more than\" need a number of days"))
    };
    let (from, to) = match comparison {
        "before" => (Millis::MIN, moment(value)?.saturating_sub(1)),
        "after" => (moment(value)?.saturating_add(1), Millis::MAX),
        "between" => match value.as_array().map(Vec::as_slice) {
            Some([from, to]) => (moment(from)?, moment(to)?),
            _ => return Err(bad("\"between\" needs two dates")),
        },
        "less than" => (ago()?.saturating_add(1), Millis::MAX),
        "more than" => (Millis::MIN, ago()?.saturating_sub(1)),
        _ => return Ok(None),
    };
    Ok(Some(Compare::Between(from, to)))
}

fn number(comparison: &str, value: &Value) -> Result<Option<Compare>, ApiError> {
    let wanted = match comparison {
        "is" => Ordering::Equal,
        "more than" => Ordering::Greater,
        "less than" => Ordering::Less,
        _ => return Ok(None),
    };
    let value = value
        .as_f64()
        .ok_or_else(|| bad("A filter of type number needs a number as its value"))?;
    Ok(Some(Compare::Number(wanted, value)))
}

fn array(comparison: &str, value: Value) -> Result<Option<Compare>, ApiError> {
    let values = match value {
        Value::Array(values) => values,
        Value::Null => Vec::new(),
        single => vec![single],
    };
    match comparison {
        "any" => Ok(Some(Compare::HasAny(values))),
        "contains" | "does not contain" if values.is_empty() => {
            Err(bad("A filter of type array needs a value"))
        }
        "contains" => Ok(Some(Compare::HasAll(values))),
        "does not contain" => Ok(Some(Compare::HasNone(values))),
        _ => Ok(None),
    }
}

fn required(filter: &mut Body, name: &str) -> Result<String, ApiError> {
    match filter.remove(name) {
        Some(Value::String(text)) => Ok(text),
        None | Some(Value::Null) => Err(bad(format!("A filter needs {name}"))),
        Some(_) => Err(bad(format!("{name} of a filter must be a string"))),
    }
}

fn bad(message: impl Into<String>) -> ApiError {
    ApiError::bad_request(message)
}
