//! What a step is about, in the words of the command line: `tenants/acme`, `users/jane@example.com/roles`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::{Email, Handle, Scope, TenantId, UserUuid};

/// What a step is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// `tenants/acme`
    Tenant(Handle),
    /// `tenants/id:a5h281k8`: a tenant that the manifest has no handle for
    TenantById(TenantId),
    /// `users/jane@example.com`
    User(Person),
    /// `users/jane@example.com/roles`
    WorkspaceRoles(Person),
    /// `users/jane@example.com/tenants/acme`
    TenantRoles(Person, TenantRef),
}

/// A tenant, by the manifest's handle, or by its id where the manifest has none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TenantRef {
    /// By handle.
    Handle(Handle),
    /// By id.
    Id(TenantId),
}

impl TenantRef {
    /// What a manifest calls this tenant, where it has a handle for it.
    pub fn of(id: &TenantId, handle: Option<&Handle>) -> Self {
        handle.map_or_else(
            || Self::Id(id.clone()),
            |handle| Self::Handle(handle.clone()),
        )
    }

    /// The handle, where there is one.
    pub fn handle(&self) -> Option<&Handle> {
        match self {
            Self::Handle(handle) => Some(handle),
            Self::Id(_) => None,
        }
    }

    fn parse(text: &str) -> Self {
        match text.strip_prefix("id:") {
            Some(id) => Self::Id(TenantId::new(id)),
            None => Self::Handle(Handle::new(text)),
        }
    }
}

impl From<Handle> for TenantRef {
    /// The way back from a plan calls a tenant without a handle by its id.
    fn from(handle: Handle) -> Self {
        Self::parse(handle.as_str())
    }
}

impl fmt::Display for TenantRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Handle(handle) => handle.fmt(f),
            Self::Id(id) => write!(f, "id:{id}"),
        }
    }
}

/// A user, by e-mail, or by id where there is no e-mail.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Person {
    /// By e-mail.
    Email(Email),
    /// By id.
    Id(UserUuid),
}

impl Person {
    /// The e-mail, where there is one.
    pub fn email(&self) -> Option<&Email> {
        match self {
            Self::Email(email) => Some(email),
            Self::Id(_) => None,
        }
    }

    fn parse(text: &str) -> Self {
        match text.strip_prefix("id:") {
            Some(id) => Self::Id(UserUuid::new(id)),
            None => Self::Email(Email::new(text)),
        }
    }
}

impl Address {
    /// The address of a user's roles in a scope.
    pub fn roles<T: Into<TenantRef>>(person: Person, scope: Scope<T>) -> Self {
        match scope {
            Scope::Workspace => Self::WorkspaceRoles(person),
            Scope::Tenant(tenant) => Self::TenantRoles(person, tenant.into()),
        }
    }

    /// The user that it is about, if it is about one.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Self::User(person) | Self::WorkspaceRoles(person) | Self::TenantRoles(person, _) => {
                Some(person)
            }
            Self::Tenant(_) | Self::TenantById(_) => None,
        }
    }

    /// Whether it is about a record, and not about roles.
    pub(crate) fn is_record(&self) -> bool {
        match self {
            Self::Tenant(_) | Self::TenantById(_) | Self::User(_) => true,
            Self::WorkspaceRoles(_) | Self::TenantRoles(..) => false,
        }
    }

    /// The tenant that it is about, if it is about one.
    pub fn tenant(&self) -> Option<TenantRef> {
        match self {
            Self::Tenant(handle) => Some(TenantRef::Handle(handle.clone())),
            Self::TenantById(id) => Some(TenantRef::Id(id.clone())),
            Self::TenantRoles(_, tenant) => Some(tenant.clone()),
            Self::User(_) | Self::WorkspaceRoles(_) => None,
        }
    }

    /// The handle of the tenant that it is about, if it has one.
    pub fn handle(&self) -> Option<&Handle> {
        match self {
            Self::Tenant(handle) => Some(handle),
            Self::TenantRoles(_, tenant) => tenant.handle(),
            Self::TenantById(_) | Self::User(_) | Self::WorkspaceRoles(_) => None,
        }
    }

    /// Reads an address as it is printed. An e-mail may hold a `/`, but its domain does not: what follows the `@` decides.
    fn parse(text: &str) -> Option<Self> {
        if let Some(tenant) = text.strip_prefix("tenants/") {
            return Some(match tenant.strip_prefix("id:") {
                Some(id) => Self::TenantById(TenantId::new(id)),
                None => Self::Tenant(Handle::new(tenant)),
            });
        }
        let user = text.strip_prefix("users/")?;
        let after = user.rfind('@').unwrap_or_default();
        let end = user
            .get(after..)?
            .find('/')
            .map_or(user.len(), |at| after + at);
        let (person, rest) = user.split_at_checked(end)?;
        let person = Person::parse(person);
        match rest {
            "" => Some(Self::User(person)),
            "/roles" => Some(Self::WorkspaceRoles(person)),
            rest => {
                let tenant = rest.strip_prefix("/tenants/")?;
                Some(Self::TenantRoles(person, TenantRef::parse(tenant)))
            }
        }
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(email) => email.fmt(f),
            Self::Id(id) => write!(f, "id:{id}"),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenant(handle) => write!(f, "tenants/{handle}"),
            Self::TenantById(id) => write!(f, "tenants/id:{id}"),
            Self::User(person) => write!(f, "users/{person}"),
            Self::WorkspaceRoles(person) => write!(f, "users/{person}/roles"),
            Self::TenantRoles(person, tenant) => write!(f, "users/{person}/tenants/{tenant}"),
        }
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom(format!("`{text}` is not an address"));
        Self::parse(&text).ok_or_else(wrong)
    }
}

impl JsonSchema for Address {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Address".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^(users|tenants)/" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_it_is_printed() {
        for text in [
            "tenants/acme",
            "tenants/id:a5h281k8",
            "users/jane@example.com",
            "users/a/tenants/b@example.com/roles",
            "users/a/roles@example.com/tenants/roles",
            "users/id:c38d7119/tenants/id:a5h281k8",
            "users/id:c38d7119/roles",
        ] {
            assert_eq!(Address::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "users", "groups/a", "users/a@b.example/x/y"] {
            assert_eq!(Address::parse(text), None, "{text}");
        }
    }
}
