//! The fields of a request body. In: a JSON object. Out: what the caller wants set, checked; unknown
//! fields are ignored. Main types: [`UserChange`] and [`TenantChange`].

use crate::emulator::http::error::ApiError;
use crate::emulator::switches::DataUpdate;
use serde_json::{Map, Value};
use uuid::Uuid;

/// A request body. Absent bodies read as an empty one.
pub(crate) type Body = Map<String, Value>;

/// What a request wants to happen to a field.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Patch<T> {
    /// It was not mentioned.
    #[default]
    Keep,
    /// It was null.
    Clear,
    /// It was given.
    Set(T),
}

impl Patch<String> {
    /// The same with another text.
    pub(crate) fn map(self, form: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Set(text) => Self::Set(form(text)),
            other => other,
        }
    }

    /// Writes a text; where it is cleared, this comes in its place.
    pub(crate) fn write_or(
        self,
        place: &mut Option<String>,
        none: impl FnOnce() -> Option<String>,
    ) {
        match self {
            Self::Clear => *place = none(),
            other => other.write(place),
        }
    }

    /// Writes a text that may be cleared.
    pub(crate) fn write(self, place: &mut Option<String>) {
        match self {
            Self::Keep => {}
            Self::Clear => *place = None,
            Self::Set(text) => *place = Some(text),
        }
    }
}

impl Patch<Map<String, Value>> {
    /// Writes `data` as the switch says.
    pub(crate) fn write_data(self, place: &mut Map<String, Value>, update: DataUpdate) {
        match (self, update) {
            (Self::Keep, _) => {}
            (Self::Clear, _) => place.clear(),
            (Self::Set(data), DataUpdate::Replace) => *place = data,
            (Self::Set(data), DataUpdate::Merge) => {
                for (key, value) in data {
                    if value.is_null() {
                        place.remove(&key);
                    } else {
                        place.insert(key, value);
                    }
                }
            }
        }
    }
}

/// The settable fields of a user.
#[derive(Clone, Debug, Default)]
pub(crate) struct UserChange {
    pub(crate) email: Option<String>,
    pub(crate) username: Patch<String>,
    pub(crate) name: Patch<String>,
    pub(crate) image: Patch<String>,
    pub(crate) phone_number: Patch<String>,
    pub(crate) locked: Option<bool>,
    pub(crate) data: Patch<Map<String, Value>>,
}

impl UserChange {
    /// Takes them out of a body.
    pub(crate) fn take(body: &mut Body) -> Result<Self, ApiError> {
        Ok(Self {
            email: email(body)?,
            username: username(body)?,
            name: text(body, "name")?,
            image: text(body, "image")?,
            phone_number: text(body, "phoneNumber")?,
            locked: locked(body)?,
            data: data(body)?,
        })
    }
}

/// The settable fields of a tenant.
#[derive(Clone, Debug, Default)]
pub(crate) struct TenantChange {
    pub(crate) name: Option<String>,
    pub(crate) image: Patch<String>,
    pub(crate) data: Patch<Map<String, Value>>,
}

impl TenantChange {
    /// Takes them out of a body.
    pub(crate) fn take(body: &mut Body) -> Result<Self, ApiError> {
        let name = match text(body, "name")? {
            Patch::Keep => None,
            Patch::Set(name) if !name.trim().is_empty() => Some(name),
            _ => return Err(ApiError::bad_request("name must not be empty")),
        };
        Ok(Self {
            name,
            image: text(body, "image")?,
            data: data(body)?,
        })
    }
}

/// The user that a call names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UserKey {
    /// By `userId`.
    Id(u64),
    /// By `userUuid`.
    Uuid(Uuid),
}

impl UserKey {
    /// Reads a path parameter.
    pub(crate) fn parse(text: &str) -> Result<Self, ApiError> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        let uuid = Uuid::try_parse(text);
        uuid.map(Self::Uuid)
            .map_err(|_| ApiError::bad_request("userId must be a number or a userUuid"))
    }

    /// Takes `userId` or else `userUuid` out of a body.
    pub(crate) fn take(body: &mut Body) -> Result<Option<Self>, ApiError> {
        let uuid = body.remove("userUuid");
        let given = body.remove("userId").filter(|id| !id.is_null()).or(uuid);
        match given {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Self::parse(&text).map(Some),
            Some(Value::Number(number)) if number.is_u64() => Ok(number.as_u64().map(Self::Id)),
            Some(_) => Err(ApiError::bad_request(
                "userId must be a number or a userUuid",
            )),
        }
    }
}

/// Takes the list of role names out of a body, each name once.
pub(crate) fn roles(body: &mut Body) -> Result<Vec<String>, ApiError> {
    let given = match body.remove("roles") {
        None | Some(Value::Null) => return Err(ApiError::bad_request("roles is required")),
        Some(Value::Array(given)) => given,
        Some(_) => return Err(ApiError::bad_request("roles must be an array")),
    };
    let mut roles = Vec::with_capacity(given.len());
    for role in given {
        match role {
            Value::String(role) if !role.trim().is_empty() => {
                if !roles.contains(&role) {
                    roles.push(role);
                }
            }
            _ => return Err(ApiError::bad_request("roles must hold role names")),
        }
    }
    Ok(roles)
}

/// Takes a text that may be null out of a body.
pub(crate) fn text(body: &mut Body, name: &str) -> Result<Patch<String>, ApiError> {
    match body.remove(name) {
        None => Ok(Patch::Keep),
        Some(Value::Null) => Ok(Patch::Clear),
        Some(Value::String(text)) => Ok(Patch::Set(text)),
        Some(_) => Err(ApiError::bad_request(format!("{name} must be a string"))),
    }
}

fn email(body: &mut Body) -> Result<Option<String>, ApiError> {
    match text(body, "email")? {
        Patch::Keep => Ok(None),
        Patch::Set(email) if is_email(&email) => Ok(Some(email)),
        Patch::Set(_) => Err(ApiError::bad_request("email is not a valid address")),
        Patch::Clear => Err(ApiError::bad_request("email must not be null")),
    }
}

fn username(body: &mut Body) -> Result<Patch<String>, ApiError> {
    match text(body, "username")? {
        Patch::Set(name) if name.trim().is_empty() => {
            Err(ApiError::bad_request("username must not be empty"))
        }
        other => Ok(other),
    }
}

fn locked(body: &mut Body) -> Result<Option<bool>, ApiError> {
    match body.remove("locked") {
        None => Ok(None),
        Some(Value::Bool(locked)) => Ok(Some(locked)),
        Some(_) => Err(ApiError::bad_request("locked must be a boolean")),
    }
}

fn data(body: &mut Body) -> Result<Patch<Map<String, Value>>, ApiError> {
    match body.remove("data") {
        None => Ok(Patch::Keep),
        Some(Value::Null) => Ok(Patch::Clear),
        Some(Value::Object(data)) => Ok(Patch::Set(data)),
        Some(_) => Err(ApiError::bad_request("data must be an object")),
    }
}

/// Whether a text reads as an address: what nearly every server accepts, without the rare forms of
/// RFC 5322 that none of them accepts.
pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"@,;:\"<>()[]\\".contains(c);
    let dots = |part: &str| part.split('.').all(|label| !label.is_empty());
    text.len() <= 254
        && local.len() <= 64
        && domain.contains('.')
        && [local, domain]
            .iter()
            .all(|part| dots(part) && part.chars().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in ["a@b.co", "jane.doe+x@mail.example.com", "ö'x@exämple.org"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "", "a", "a@b", "@b.co", "a@", "a b@c.de", "a@b@c.de", "a@b..de", ".a@b.de",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
