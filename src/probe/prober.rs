//! What the questions share: calls, records of their own, and what removes these. Main type: [`Prober`].

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::api::{ApiError, Client};
use crate::probe::judge::{ProbeResult, came};
use crate::probe::own;
use crate::probe::own::{Kinship, PREFIX};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// What can be seen without writing.
    Reading,
    /// All that leaves nothing behind.
    Usual,
    /// Also what leaves something behind, or burdens the server: for an emulator.
    All,
}

/// What the questions share.
pub(crate) struct Prober<'c> {
    pub(crate) client: &'c Client,
    pub(crate) choice: Choice,
    /// Part of all names, so that two runs do not meet.
    pub(crate) tag: String,
    users: Vec<String>,
    tenants: Vec<String>,
    /// Records that only look like ours.
    pub(crate) similar: Vec<String>,
    count: u32,
}

impl<'c> Prober<'c> {
    /// Nothing is made yet.
    pub(crate) fn new(client: &'c Client, choice: Choice) -> Self {
        Self {
            client,
            choice,
            tag: format!("{:08x}", fastrand::u32(..)),
            users: Vec::new(),
            tenants: Vec::new(),
            similar: Vec::new(),
            count: 0,
        }
    }
}

impl Prober<'_> {
    /// Any call; a refusal is a result.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Value,
    ) -> Result<ProbeResult, ApiError> {
        came(self.client.call(method, path, Some(body)).await)
    }

    pub(crate) async fn get(&self, path: &str) -> Result<ProbeResult, ApiError> {
        came(self.client.call(Method::GET, path, None).await)
    }

    /// A name that no other record has.
    pub(crate) fn name(&mut self) -> String {
        self.count += 1;
        own::name(&self.tag, self.count)
    }

    /// An address that no other record has.
    pub(crate) fn email(&mut self) -> String {
        self.count += 1;
        own::email(&self.tag, self.count)
    }

    /// The `data` that says that a probe made a record, with these keys beside.
    pub(crate) fn data(&self, more: &Value) -> Value {
        let mut data = own::mark(&self.tag);
        if let (Some(data), Some(more)) = (data.as_object_mut(), more.as_object()) {
            data.extend(more.clone());
        }
        data
    }

    /// Makes a user with these fields beside the address; the record as it is read afterwards.
    pub(crate) async fn user(&mut self, fields: Value) -> Result<Value, ApiError> {
        let email = self.email();
        self.user_called(&email, fields).await
    }

    /// The same, with this address.
    pub(crate) async fn user_called(
        &mut self,
        email: &str,
        mut fields: Value,
    ) -> Result<Value, ApiError> {
        if let Some(fields) = fields.as_object_mut() {
            let data = self.data(fields.get("data").unwrap_or(&Value::Null));
            fields.insert("data".to_owned(), data);
            fields.insert("email".to_owned(), json!(email));
        }
        let made = self
            .call(Method::POST, "/v0/users/createOrUpdate", fields)
            .await?;
        let id = self.note(&made);
        match id {
            Some(id) => Ok(self.get(&format!("/v0/users/{id}")).await?.answer().clone()),
            None => Ok(Value::Null),
        }
    }

    /// Notes the user in an answer, to be removed. The uuid.
    pub(crate) fn note(&mut self, made: &ProbeResult) -> Option<String> {
        let id = made.answer()["userUuid"].as_str().map(str::to_owned)?;
        if !self.users.contains(&id) {
            self.users.push(id.clone());
        }
        Some(id)
    }

    /// Makes a tenant, below another or below the workspace; its id, or the refusal.
    pub(crate) async fn tenant(
        &mut self,
        above: Option<&str>,
    ) -> Result<Result<String, ProbeResult>, ApiError> {
        let path = match above {
            None => "/v0/tenants".to_owned(),
            Some(above) => format!("/v0/tenants/{above}/tenants"),
        };
        let name = self.name();
        let made = self
            .call(
                Method::POST,
                &path,
                json!({"name": name, "data": self.data(&Value::Null)}),
            )
            .await?;
        let Some(id) = made.answer()["tenantId"].as_str().map(str::to_owned) else {
            return Ok(Err(made));
        };
        self.tenants.push(id.clone());
        Ok(Ok(id))
    }

    /// Takes over what an earlier run left behind. What only looks like that is noted, to be named.
    pub(crate) async fn adopt_leftovers(&mut self) -> Result<(), ApiError> {
        let starts = |attribute: &str| {
            json!({"filters": {"conjunction": "and", "filterGroups": [{"conjunction": "and", "filters": [
                {"attr": attribute, "type": "string", "comparison": "starts with", "value": PREFIX}]}]}})
        };
        let found = self
            .call(Method::POST, "/v0/users/find", starts("email"))
            .await?;
        let users = self.own(&found, "user", "email", "userUuid");
        self.users.extend(users);
        let mut next = vec![self.client.workspace().to_string()];
        while let Some(above) = next.pop() {
            let path = format!("/v0/tenants/{above}/tenants/find");
            let found = self.call(Method::POST, &path, starts("name")).await?;
            let ids = self.own(&found, "tenant", "name", "tenantId");
            next.extend(ids.iter().filter(|id| !self.tenants.contains(id)).cloned());
            self.tenants.extend(ids);
        }
        Ok(())
    }

    /// The ids of our records in an answer; the others that look like ours are noted.
    fn own(&mut self, found: &ProbeResult, what: &str, name: &str, id: &str) -> Vec<String> {
        let none = Map::new();
        let mut ids = Vec::new();
        let records = found.answer().get("results").and_then(Value::as_array);
        for record in records.into_iter().flatten() {
            let record = record.as_object().unwrap_or(&none);
            let text = |field: &str| record.get(field).and_then(Value::as_str);
            match own::kinship(&Value::Object(record.clone()), &self.tag) {
                Kinship::Own => ids.extend(text(id).map(str::to_owned)),
                Kinship::Similar => {
                    let name = text(name).unwrap_or_default();
                    self.similar
                        .push(format!("{what} {name} ({})", text(id).unwrap_or_default()));
                }
                Kinship::Other => {}
            }
        }
        ids
    }

    /// Removes what was made, the last first: a tenant goes before the one above it. What could not be removed, or is not ours
    /// after all.
    pub(crate) async fn clean(&mut self) -> Vec<String> {
        let mut left = Vec::new();
        for id in std::mem::take(&mut self.users).into_iter().rev() {
            let path = format!("/v0/users/{id}");
            let gone = match self.look(&path).await {
                Found::Gone => true,
                Found::Own(user) => {
                    // Not every server deletes by uuid.
                    let number = user.get("userId").and_then(Value::as_u64);
                    self.delete(&path).await
                        || match number {
                            Some(number) => self.delete(&format!("/v0/users/{number}")).await,
                            None => false,
                        }
                }
                Found::Unsure => false,
            };
            if !gone {
                left.push(format!("user {id}"));
            }
        }
        for id in std::mem::take(&mut self.tenants).into_iter().rev() {
            let path = format!("/v0/tenants/{id}");
            let gone = match self.look(&path).await {
                Found::Gone => true,
                Found::Own(_) => self.delete(&path).await,
                Found::Unsure => false,
            };
            if !gone {
                left.push(format!("tenant {id}"));
            }
        }
        left
    }

    /// Looks at a record right before it is deleted.
    async fn look(&self, path: &str) -> Found {
        match self.get(path).await {
            Ok(ProbeResult::Refused(404)) => Found::Gone,
            Ok(ProbeResult::Done(record)) if own::kinship(&record, &self.tag) == Kinship::Own => {
                Found::Own(record)
            }
            _ => Found::Unsure,
        }
    }

    async fn delete(&self, path: &str) -> bool {
        let deleted = self.client.call(Method::DELETE, path, None).await;
        matches!(came(deleted), Ok(ProbeResult::Done(_)))
    }
}

/// What stands at a path.
enum Found {
    /// Nothing.
    Gone,
    /// A record of ours.
    Own(Value),
    /// Another record, or no answer.
    Unsure,
}
