//! What the questions share: calls, records of their own, and what removes these. Main type: [`Prober`].

use reqwest::Method;
use serde_json::{Value, json};

use crate::api::{ApiError, Client};
use crate::probe::PREFIX;
use crate::probe::judge::{ProbeResult, came};

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
        format!("{PREFIX}{}-{}", self.tag, self.count)
    }

    /// Makes a user with these fields beside the address; the record as it is read afterwards.
    pub(crate) async fn user(&mut self, fields: Value) -> Result<Value, ApiError> {
        let email = format!("{}@example.com", self.name());
        self.user_called(&email, fields).await
    }

    /// The same, with this address.
    pub(crate) async fn user_called(
        &mut self,
        email: &str,
        mut fields: Value,
    ) -> Result<Value, ApiError> {
        if let Some(fields) = fields.as_object_mut() {
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
            .call(Method::POST, &path, json!({"name": name}))
            .await?;
        let Some(id) = made.answer()["tenantId"].as_str().map(str::to_owned) else {
            return Ok(Err(made));
        };
        self.tenants.push(id.clone());
        Ok(Ok(id))
    }

    /// Takes over what an earlier run left behind.
    pub(crate) async fn adopt_leftovers(&mut self) -> Result<(), ApiError> {
        let starts = |attribute: &str| {
            json!({"filters": {"conjunction": "and", "filterGroups": [{"conjunction": "and", "filters": [
                {"attr": attribute, "type": "string", "comparison": "starts with", "value": PREFIX}]}]}})
        };
        let found = self
            .call(Method::POST, "/v0/users/find", starts("email"))
            .await?;
        let is_ours = |record: &&Value, field: &str| {
            record[field]
                .as_str()
                .is_some_and(|text| text.to_lowercase().starts_with(PREFIX))
        };
        let users = found.answer()["results"].as_array().into_iter().flatten();
        let users = users.filter(|user| is_ours(user, "email"));
        self.users
            .extend(users.filter_map(|user| Some(user["userUuid"].as_str()?.to_owned())));
        let mut next = vec![self.client.workspace().to_string()];
        while let Some(above) = next.pop() {
            let path = format!("/v0/tenants/{above}/tenants/find");
            let found = self.call(Method::POST, &path, starts("name")).await?;
            let tenants = found.answer()["results"].as_array().into_iter().flatten();
            let tenants = tenants.filter(|tenant| is_ours(tenant, "name"));
            let ids: Vec<String> = tenants
                .filter_map(|it| Some(it["tenantId"].as_str()?.to_owned()))
                .collect();
            next.extend(ids.iter().filter(|id| !self.tenants.contains(id)).cloned());
            self.tenants.extend(ids);
        }
        Ok(())
    }

    /// Removes what was made, the last first: a tenant goes before the one above it. What could not be removed.
    pub(crate) async fn clean(&mut self) -> Vec<String> {
        let mut left = Vec::new();
        for id in std::mem::take(&mut self.users).into_iter().rev() {
            let mut gone = self.delete(&format!("/v0/users/{id}")).await;
            if !gone {
                // Only reading calls take a uuid.
                let user = self.get(&format!("/v0/users/{id}")).await;
                gone = match user.map(|user| user.answer()["userId"].as_u64()) {
                    Ok(Some(number)) => self.delete(&format!("/v0/users/{number}")).await,
                    Ok(None) => true,
                    Err(_) => false,
                };
            }
            if !gone {
                left.push(format!("user {id}"));
            }
        }
        for id in std::mem::take(&mut self.tenants).into_iter().rev() {
            let path = format!("/v0/tenants/{id}");
            if !self.delete(&path).await
                && !matches!(self.get(&path).await, Ok(ProbeResult::Refused(404)))
            {
                left.push(format!("tenant {id}"));
            }
        }
        left
    }

    async fn delete(&self, path: &str) -> bool {
        let deleted = self.client.call(Method::DELETE, path, None).await;
        matches!(came(deleted), Ok(ProbeResult::Done(_)))
    }
}
