//! Pseudonyms: the same for the same value, and turned back only for who knows the value.
//!
//! They are hashes without a secret, because a pull request from a fork has none to offer: who guesses a value can
//! check the guess, and who does not learns nothing. Domains that several people share are kept, so that a plan still
//! says which customer it is about; one that is a person's own is not.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use crate::model::{Data, Desired, Email, Field, Spanned, TenantId, UserPin, sha256};

/// How every pseudonym starts.
const PREFIX: &str = "redacted-";
/// A domain with so many addresses is not a person's own.
const SHARED: usize = 5;
/// The domain of those whose own is not shown.
const NO_DOMAIN: &str = "redacted.invalid";
/// How many digits of the hash are kept.
const DIGITS: usize = 16;

/// Replaces values by pseudonyms.
pub(super) struct Redactor<'w> {
    workspace: &'w str,
    shared_domains: HashSet<String>,
}

impl<'w> Redactor<'w> {
    /// For the values of one workspace: the same value has another pseudonym in another.
    pub(super) fn new<'e>(
        workspace: &'w TenantId,
        emails: impl Iterator<Item = &'e Email>,
    ) -> Self {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for email in emails {
            *counts.entry(domain(email)).or_default() += 1;
        }
        let shared = counts.into_iter().filter(|(_, count)| *count >= SHARED);
        Self {
            workspace: workspace.as_str(),
            shared_domains: shared.map(|(domain, _)| domain).collect(),
        }
    }

    pub(super) fn text(&self, text: &str) -> Arc<str> {
        Arc::from(pseudonym(self.workspace, text))
    }

    /// Case does not matter in an address, and so it does not in its pseudonym.
    pub(super) fn email(&self, email: &Email) -> Email {
        let domain = domain(email);
        let shown = if self.shared_domains.contains(&domain) {
            &domain
        } else {
            NO_DOMAIN
        };
        Email::new(format!("{}@{shown}", local_part(self.workspace, email)))
    }

    /// The keys stay: they are the words of a schema.
    pub(super) fn data(&self, data: Data) -> Data {
        data.into_iter()
            .map(|(key, value)| {
                (
                    key,
                    Value::from(pseudonym(self.workspace, &canonical(&value))),
                )
            })
            .collect()
    }
}

fn domain(email: &Email) -> String {
    let text = email.as_str();
    text.rsplit_once('@')
        .map_or(text, |(_, domain)| domain)
        .to_ascii_lowercase()
}

fn local_part(workspace: &str, email: &Email) -> String {
    pseudonym(workspace, &email.as_str().to_ascii_lowercase())
}

/// A value as text that is the same for values that mean the same: `1` and `1.0`.
fn canonical(value: &Value) -> String {
    match value {
        Value::Number(number) => number
            .as_f64()
            .filter(|_| number.is_f64())
            .map_or_else(|| number.to_string(), |number| number.to_string()),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(map) => {
            let pairs: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", pairs.join(","))
        }
        value => value.to_string(),
    }
}

fn pseudonym(workspace: &str, value: &str) -> String {
    let hash = sha256([workspace.as_bytes(), value.as_bytes()]);
    format!("{PREFIX}{}", hash.get(..DIGITS).unwrap_or_default())
}

/// The values that a manifest writes, by their pseudonyms.
#[derive(Default)]
pub(super) struct Known {
    texts: HashMap<String, Arc<str>>,
    emails: HashMap<String, Email>,
    values: HashMap<String, Value>,
}

impl Known {
    /// Everything that a manifest writes.
    pub(super) fn of(workspace: &TenantId, desired: &Desired) -> Self {
        let mut known = Self::default();
        let workspace = workspace.as_str();
        let mut text = |text: &str| {
            known
                .texts
                .insert(pseudonym(workspace, text), Arc::from(text));
        };
        for tenant in desired.tenants.values() {
            let names = tenant.name.iter().chain(&tenant.renamed_from);
            names
                .chain(tenant.image.value())
                .for_each(|name| text(&name.value));
        }
        for user in desired.users.values() {
            let fields = [&user.name, &user.username, &user.image, &user.phone_number];
            fields
                .into_iter()
                .filter_map(Field::value)
                .for_each(|field| text(&field.value));
            if let Some(Spanned {
                value: UserPin::Uuid(uuid),
                ..
            }) = &user.pin
            {
                text(&uuid.as_str().to_ascii_lowercase());
            }
        }
        for user in desired.users.values() {
            for email in std::iter::once(&user.email).chain(&user.renamed_from) {
                known
                    .emails
                    .insert(local_part(workspace, &email.value), email.value.clone());
            }
        }
        let data = desired.tenants.values().map(|tenant| &tenant.data);
        let data = data.chain(desired.users.values().map(|user| &user.data));
        for (_, Spanned { value, .. }) in data.filter_map(Field::value).flatten() {
            known
                .values
                .insert(pseudonym(workspace, &canonical(value)), value.clone());
        }
        known
    }

    pub(super) fn text(&self, text: Arc<str>) -> Arc<str> {
        self.texts.get(&*text).cloned().unwrap_or(text)
    }

    pub(super) fn email(&self, email: Email) -> Email {
        let local = email.as_str().split('@').next().unwrap_or_default();
        self.emails.get(local).cloned().unwrap_or(email)
    }

    pub(super) fn data(&self, data: Data) -> Data {
        let back = |value: Value| match value.as_str().and_then(|text| self.values.get(text)) {
            Some(known) => known.clone(),
            None => value,
        };
        data.into_iter()
            .map(|(key, value)| (key, back(value)))
            .collect()
    }
}
