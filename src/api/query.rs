//! Which records a search is to find, and which page of them → the body of the call. Pure. Main type: [`Query`].

use serde_json::{Value, json};

use crate::model::{RoleName, TenantId};

/// A search, and the page of its results that is asked for. Results come in the order of their ids.
#[derive(Clone, Debug)]
pub struct Query {
    /// Alternatives: a record is found if it passes one of them. Without any, all records are.
    any_of: Vec<Filter>,
    /// From 1.
    page: usize,
}

impl Query {
    /// The first page of all records.
    pub fn all() -> Self {
        Self::any_of(Vec::new())
    }

    /// The first page of the records that pass one of these filters; of all records if there are no filters.
    pub fn any_of(filters: Vec<Filter>) -> Self {
        Self {
            any_of: filters,
            page: 1,
        }
    }

    /// The same search, another page; the first page is 1.
    #[must_use]
    pub fn at(&self, page: usize) -> Self {
        Self {
            page,
            ..self.clone()
        }
    }

    /// The body of the call. `order` is an attribute and `_ASC` or `_DESC`.
    pub(super) fn body(&self, order: &str) -> Value {
        let mut body = json!({"page": self.page, "order": order});
        if let Some(body) = body.as_object_mut().filter(|_| !self.any_of.is_empty()) {
            let filters: Vec<Value> = self.any_of.iter().map(Filter::json).collect();
            let group = json!({"conjunction": "or", "filters": filters});
            let groups = json!({"conjunction": "and", "filterGroups": [group]});
            body.insert("filters".to_owned(), groups);
        }
        body
    }
}

/// How an address is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum EmailTest {
    /// It equals the text.
    Is,
    /// It begins with the text.
    StartsWith,
    /// It ends with the text.
    EndsWith,
}

/// One condition of a search. All attributes are compared as text.
#[derive(Clone, Debug)]
pub struct Filter {
    attribute: &'static str,
    comparison: &'static str,
    value: String,
}

impl Filter {
    /// The address is this one. Whether case matters is up to the server.
    pub fn email(email: &str) -> Self {
        Self::email_that(EmailTest::Is, email)
    }

    /// The address equals this text, or begins or ends with it.
    pub fn email_that(test: EmailTest, text: &str) -> Self {
        Self {
            attribute: "email",
            comparison: match test {
                EmailTest::Is => "is",
                EmailTest::StartsWith => "starts with",
                EmailTest::EndsWith => "ends with",
            },
            value: text.to_owned(),
        }
    }

    /// The name is this one.
    pub fn name(name: &str) -> Self {
        Self {
            attribute: "name",
            comparison: "is",
            value: name.to_owned(),
        }
    }

    /// The user holds this role in this tenant, or any role there if none is given. The workspace counts as a tenant.
    pub fn role(tenant: &TenantId, role: Option<&RoleName>) -> Self {
        Self {
            attribute: "role",
            comparison: "is",
            value: role.map_or_else(|| tenant.to_string(), |role| format!("{tenant}:{role}")),
        }
    }

    fn json(&self) -> Value {
        json!({"attr": self.attribute, "type": "string", "comparison": self.comparison, "value": self.value})
    }
}
