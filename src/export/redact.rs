//! Pseudonyms: the same for the same value. Only a reader who knows the value can turn one back.
//!
//! They are hashes without a secret, because a pull request from a fork has none: anyone who guesses a value can confirm the
//! guess. Domains that several users share are kept, so that a plan still shows which customer it is about; the domain of a
//! single user is not.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use crate::model::{
    DataEntries, Desired, Email, Field, FieldKind, LiveData, Record, RecordField, Spanned,
    TenantId, UserPin, UserUuid, Wanted, sha256,
};

/// How every pseudonym starts.
const PREFIX: &str = "redacted-";
/// A domain with so many addresses is not that of a single user.
const SHARED: usize = 5;
/// Shown instead of a domain that is not shared.
const NO_DOMAIN: &str = "redacted.invalid";
/// How many digits of the hash are kept.
const DIGITS: usize = 16;

/// Replaces values by pseudonyms.
pub(crate) struct Redactor<'w> {
    workspace: &'w str,
    shared_domains: HashSet<String>,
}

impl<'w> Redactor<'w> {
    /// For the values of one workspace: the same value has another pseudonym in another.
    pub(crate) fn new(workspace: &'w TenantId, emails: impl Iterator<Item = Email>) -> Self {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for email in emails {
            *counts.entry(domain(&email)).or_default() += 1;
        }
        let shared = counts.into_iter().filter(|(_, count)| *count >= SHARED);
        Self {
            workspace: workspace.as_str(),
            shared_domains: shared.map(|(domain, _)| domain).collect(),
        }
    }

    /// The record with a pseudonym for every text and every value of the data. Flags stay, and so do the keys of the data:
    /// they are the words of a schema.
    pub(crate) fn record<F: RecordField>(&self, record: &Record<F>) -> Record<F> {
        let data = |data: &LiveData| {
            let redacted = data.iter().map(|(key, value)| {
                let value = pseudonym(self.workspace, &canonical(value));
                (Box::from(key), Value::from(value))
            });
            redacted.collect()
        };
        record.map(|field, text| self.text(field, text), data)
    }

    fn text<F: RecordField>(&self, field: F, text: &Arc<str>) -> Arc<str> {
        match field.row().1 {
            FieldKind::Email => Arc::from(self.email(&Email::new(Arc::clone(text)))),
            FieldKind::Text | FieldKind::Flag => Arc::from(pseudonym(self.workspace, text)),
        }
    }

    /// Case does not matter in an address, so it does not matter in its pseudonym.
    fn email(&self, email: &Email) -> String {
        let domain = domain(email);
        let shown = if self.shared_domains.contains(&domain) {
            &domain
        } else {
            NO_DOMAIN
        };
        format!("{}@{shown}", local_part(self.workspace, email))
    }

    /// Case does not matter in a UUID either.
    pub(crate) fn uuid(&self, uuid: &UserUuid) -> UserUuid {
        let folded = uuid.as_str().to_ascii_lowercase();
        UserUuid::new(pseudonym(self.workspace, &folded))
    }
}

fn domain(email: &Email) -> String {
    let text = email.canonical();
    let domain = text.rsplit_once('@').map(|(_, domain)| domain);
    domain.unwrap_or(&text).to_owned()
}

fn local_part(workspace: &str, email: &Email) -> String {
    pseudonym(workspace, &email.canonical())
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

/// The values that a manifest contains, by their pseudonyms.
#[derive(Default)]
pub(crate) struct Originals {
    texts: HashMap<String, Arc<str>>,
    emails: HashMap<String, Arc<str>>,
    values: HashMap<String, Value>,
}

impl Originals {
    /// Everything that a manifest contains.
    pub(crate) fn of(workspace: &TenantId, desired: &Desired) -> Self {
        let mut originals = Self::default();
        let workspace = workspace.as_str();
        for tenant in desired.tenants.values() {
            originals.add_fields(workspace, &tenant.fields);
            originals.add_data(workspace, &tenant.data);
            if let Some(name) = &tenant.renamed_from {
                originals.add_text(workspace, &name.value);
            }
        }
        for user in desired.users.values() {
            originals.add_fields(workspace, &user.fields);
            originals.add_data(workspace, &user.data);
            for email in std::iter::once(&user.email).chain(&user.renamed_from) {
                originals.add_email(workspace, &email.value);
            }
            let pin = user.pin.as_ref().map(|pin| &pin.value);
            if let Some(UserPin::Uuid(uuid)) = pin {
                let folded = uuid.as_str().to_ascii_lowercase();
                originals.add_text(workspace, &Arc::from(folded));
            }
        }
        originals
    }

    fn add_fields<F: RecordField>(&mut self, workspace: &str, fields: &Wanted<F>) {
        for (field, wanted) in fields.iter() {
            let text = wanted.value.as_ref().and_then(|value| value.as_text());
            match (text, field.row().1) {
                (Some(text), FieldKind::Email) => {
                    self.add_email(workspace, &Email::new(Arc::clone(text)));
                }
                (Some(text), FieldKind::Text | FieldKind::Flag) => self.add_text(workspace, text),
                (None, _) => {}
            }
        }
    }

    fn add_text(&mut self, workspace: &str, text: &Arc<str>) {
        self.texts
            .insert(pseudonym(workspace, text), Arc::clone(text));
    }

    fn add_email(&mut self, workspace: &str, email: &Email) {
        self.emails
            .insert(local_part(workspace, email), Arc::from(email.as_str()));
    }

    fn add_data(&mut self, workspace: &str, data: &Field<DataEntries>) {
        for (_, Spanned { value, .. }) in data.value().into_iter().flatten() {
            self.values
                .insert(pseudonym(workspace, &canonical(value)), value.clone());
        }
    }

    /// The record with the values that are known instead of their pseudonyms.
    pub(crate) fn record<F: RecordField>(&self, record: &Record<F>) -> Record<F> {
        let text = |field: F, text: &Arc<str>| {
            let original = match field.row().1 {
                FieldKind::Email => {
                    let local = text.split('@').next().unwrap_or_default();
                    self.emails.get(local)
                }
                FieldKind::Text | FieldKind::Flag => self.texts.get(&**text),
            };
            Arc::clone(original.unwrap_or(text))
        };
        let data = |data: &LiveData| {
            let values = data.iter().map(|(key, value)| {
                let original = value.as_str().and_then(|text| self.values.get(text));
                (Box::from(key), original.unwrap_or(value).clone())
            });
            values.collect()
        };
        record.map(text, data)
    }

    pub(crate) fn uuid(&self, uuid: UserUuid) -> UserUuid {
        let original = self.texts.get(uuid.as_str());
        original.map_or(uuid, |original| UserUuid::new(Arc::clone(original)))
    }
}
