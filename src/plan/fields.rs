//! An entry and its record → the fields to send and the changes to show.

use std::sync::Arc;

use serde_json::Value;

use super::FieldChange;
use crate::model::{
    Data, DataEntries, Field, LiveData, LiveTenant, LiveUser, Origin, Sources, Spanned,
    TenantEntry, TenantFields, UserEntry, UserFields, same,
};

/// What a tenant's record lacks; nothing to send where there is no change.
pub(super) fn tenant(
    entry: &TenantEntry,
    live: Option<&LiveTenant>,
    sources: &Sources,
) -> (TenantFields, Vec<FieldChange>) {
    let mut changes = Changes {
        list: Vec::new(),
        sources,
    };
    let name = entry
        .name
        .as_ref()
        .filter(|name| live.is_none_or(|live| live.name != name.value))
        .map(|name| Arc::clone(&name.value));
    if let Some(name) = &name {
        changes.push(
            "name",
            live.map(|live| Value::from(&*live.name)),
            Some(Value::from(&**name)),
            entry.name.as_ref().map(|name| name.origin),
        );
    }
    let fields = TenantFields {
        name,
        image: changes.text(
            "image",
            &entry.image,
            live.and_then(|live| live.image.as_ref()),
        ),
        data: changes.data(&entry.data, live.map(|live| &live.data)),
    };
    (fields, changes.list)
}

/// What a user's record lacks; nothing to send where there is no change.
pub(super) fn user(
    entry: &UserEntry,
    live: Option<&LiveUser>,
    sources: &Sources,
) -> (UserFields, Vec<FieldChange>) {
    let mut changes = Changes {
        list: Vec::new(),
        sources,
    };
    let email = Some(&entry.email.value)
        .filter(|email| live.is_none_or(|live| live.email.as_ref() != Some(email)))
        .cloned();
    if let (Some(email), Some(live)) = (&email, live) {
        let before = live.email.as_ref().map(|email| Value::from(email.as_str()));
        changes.push(
            "email",
            before,
            Some(Value::from(email.as_str())),
            Some(entry.email.origin),
        );
    }
    let fields = UserFields {
        email,
        name: changes.text(
            "name",
            &entry.name,
            live.and_then(|live| live.name.as_ref()),
        ),
        username: changes.text(
            "username",
            &entry.username,
            live.and_then(|live| live.username.as_ref()),
        ),
        image: changes.text(
            "image",
            &entry.image,
            live.and_then(|live| live.image.as_ref()),
        ),
        phone_number: changes.text(
            "phoneNumber",
            &entry.phone_number,
            live.and_then(|live| live.phone_number.as_ref()),
        ),
        locked: changes.locked(entry.locked.as_ref(), live.map(|live| live.locked)),
        data: changes.data(&entry.data, live.map(|live| &live.data)),
    };
    (fields, changes.list)
}

/// A key of free-form data, what it is to be, and where that is written.
type Wanted<'d> = (&'d str, Option<&'d Value>, Option<Origin>);

struct Changes<'d> {
    list: Vec<FieldChange>,
    sources: &'d Sources,
}

impl Changes<'_> {
    /// Notes a change; `origin` is where its value is written, if it is.
    fn push(
        &mut self,
        field: impl Into<String>,
        before: Option<Value>,
        after: Option<Value>,
        origin: Option<Origin>,
    ) {
        let place = origin.and_then(|origin| self.sources.place(origin));
        self.list.push(FieldChange {
            field: field.into(),
            before,
            after,
            place,
        });
    }

    /// A text field. Empty text and no value are the same: servers store one as the other.
    fn text(
        &mut self,
        name: &str,
        desired: &Field<Spanned<Arc<str>>>,
        live: Option<&Arc<str>>,
    ) -> Field<Arc<str>> {
        let wanted = match desired {
            Field::Unmanaged => return Field::Unmanaged,
            Field::Clear => None,
            Field::Set(text) => Some(&text.value).filter(|text| !text.is_empty()),
        };
        let live = live.filter(|text| !text.is_empty());
        if wanted == live {
            return Field::Unmanaged;
        }
        let json = |text: Option<&Arc<str>>| text.map(|text| Value::from(&**text));
        self.push(
            name,
            json(live),
            json(wanted),
            desired.value().map(|text| text.origin),
        );
        wanted.map_or(Field::Clear, |text| Field::Set(Arc::clone(text)))
    }

    /// A new user is not locked, so that `locked: false` changes nothing there.
    fn locked(&mut self, desired: Option<&Spanned<bool>>, live: Option<bool>) -> Option<bool> {
        let wanted = desired
            .map(|locked| locked.value)
            .filter(|locked| *locked != live.unwrap_or_default())?;
        let origin = desired.map(|locked| locked.origin);
        self.push(
            "locked",
            live.map(Value::Bool),
            Some(Value::Bool(wanted)),
            origin,
        );
        Some(wanted)
    }

    /// The whole object to send, where a managed key differs. Keys that the manifest does not name are sent as they
    /// are, and removed ones as `null`, because a server may replace the object or merge into it.
    fn data(&mut self, desired: &Field<DataEntries>, live: Option<&LiveData>) -> Option<Data> {
        let nothing = LiveData::default();
        let live = live.unwrap_or(&nothing);
        let mut wanted: Vec<Wanted<'_>> = match desired {
            Field::Unmanaged => return None,
            Field::Clear => live.iter().map(|(key, _)| (key, None, None)).collect(),
            Field::Set(map) => map
                .iter()
                .map(|(key, value)| {
                    let wanted = Some(&value.value).filter(|value| !value.is_null());
                    (&**key, wanted, Some(value.origin))
                })
                .collect(),
        };
        wanted.retain(|(key, value, _)| !same(live.get(key), *value));
        if wanted.is_empty() {
            return None;
        }
        wanted.sort_by_key(|(key, ..)| *key);
        let mut whole = live.to_map();
        for (key, value, origin) in wanted {
            let (before, value) = (live.get(key).cloned(), value.cloned());
            self.push(format!("data.{key}"), before, value.clone(), origin);
            whole.insert(key.to_owned(), value.unwrap_or(Value::Null));
        }
        Some(whole)
    }
}
