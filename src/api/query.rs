//! Which records a search is to find, and which page of them → the body of the call. Pure. Main type: [`Query`].

use serde_json::{Map, Value, json};

use crate::model::{LiveTenant, LiveUser, RoleName, TenantId, UserId, UserUuid};

/// How many filters one search has: a longer body is refused by some servers.
pub(crate) const BATCH: usize = 100;

/// A search, and the page of its results that is asked for. Results come in the order of their ids.
#[derive(Clone, Debug)]
pub struct Query {
    /// Groups of alternatives: a record is found if it passes one of each group. Without any, all records are.
    all_of: Vec<Vec<Filter>>,
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
            all_of: Some(filters)
                .filter(|filters| !filters.is_empty())
                .into_iter()
                .collect(),
            page: 1,
        }
    }

    /// The first page of the records that pass both filters.
    pub fn both(one: Filter, other: Filter) -> Self {
        Self {
            all_of: vec![vec![one], vec![other]],
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

    /// Whether a user can have been searched for. See [`Filter::fits_user`].
    pub fn fits_user(&self, user: &LiveUser) -> bool {
        let mut groups = self.all_of.iter();
        groups.all(|group| group.iter().any(|filter| filter.fits_user(user)))
    }

    /// The body of the call. `order` is an attribute and `_ASC` or `_DESC`.
    pub(crate) fn body(&self, order: Option<&str>) -> Value {
        let mut body = Map::new();
        body.insert("page".to_owned(), json!(self.page));
        if let Some(order) = order {
            body.insert("order".to_owned(), json!(order));
        }
        if !self.all_of.is_empty() {
            let group = |group: &Vec<Filter>| {
                let filters: Vec<Value> = group.iter().map(Filter::json).collect();
                json!({"conjunction": "or", "filters": filters})
            };
            let groups: Vec<Value> = self.all_of.iter().map(group).collect();
            let groups = json!({"conjunction": "and", "filterGroups": groups});
            body.insert("filters".to_owned(), groups);
        }
        Value::Object(body)
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

    /// The username is this one.
    pub fn username(username: &str) -> Self {
        Self {
            attribute: "username",
            comparison: "is",
            value: username.to_owned(),
        }
    }

    /// The user with this uuid.
    pub fn uuid(uuid: &UserUuid) -> Self {
        Self {
            attribute: "userUuid",
            comparison: "is",
            value: uuid.to_string(),
        }
    }

    /// The user with this number.
    pub fn number(id: UserId) -> Self {
        Self {
            attribute: "userId",
            comparison: "is",
            value: id.to_string(),
        }
    }

    /// The tenant with this id.
    pub fn tenant_id(id: &TenantId) -> Self {
        Self {
            attribute: "tenantId",
            comparison: "is",
            value: id.to_string(),
        }
    }

    /// Whether a user is one that this condition is about; without regard to case, because a server may have none.
    /// Whether a role is held is not judged here: a record may not contain it.
    pub fn fits_user(&self, user: &LiveUser) -> bool {
        match self.attribute {
            "email" => user.email().is_some_and(|email| self.fits(email.as_str())),
            "userUuid" => self.fits(user.uuid.as_str()),
            "userId" => self.fits(&user.id.to_string()),
            _ => true,
        }
    }

    /// Whether a tenant is one that this condition is about; without regard to case.
    pub fn fits_tenant(&self, tenant: &LiveTenant) -> bool {
        match self.attribute {
            "name" => self.fits(tenant.name()),
            "tenantId" => self.fits(tenant.id.as_str()),
            _ => true,
        }
    }

    fn fits(&self, value: &str) -> bool {
        let (value, wanted) = (value.to_lowercase(), self.value.to_lowercase());
        match self.comparison {
            "starts with" => value.starts_with(&wanted),
            "ends with" => value.ends_with(&wanted),
            _ => value == wanted,
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
