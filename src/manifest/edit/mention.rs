//! All places that name a user or a tenant, found once, and the requests that change a name or take it out everywhere.

use hashbrown::{HashMap, HashSet};
use serde_json::{Map, Value, json};

use crate::manifest::edit::list::name;
use crate::manifest::edit::place::trees;
use crate::manifest::edit::request::{EditKind, EntryKey, ManifestEdit};
use crate::manifest::text::list_items::{entries, named};
use crate::manifest::text::node::{Entry, Kind, Node};
use crate::model::{Email, Handle, UserEntry};

/// A place that names a user or a tenant.
struct Mention {
    entry: EntryKey,
    path: Vec<String>,
    how: How,
}

/// How a place names it.
enum How {
    Key,
    /// It is an item of the list there, written so.
    Item(String),
    Value,
}

impl Mention {
    fn request(&self, new: Option<&str>) -> ManifestEdit {
        let what = match (&self.how, new) {
            (How::Key, Some(new)) => EditKind::Rename(new.to_owned()),
            (How::Key | How::Value, None) => EditKind::Remove,
            (How::Value, Some(new)) => EditKind::Set(Value::from(new)),
            (How::Item(written), new) => EditKind::List {
                add: new.map(Value::from).into_iter().collect(),
                remove: vec![written.clone()],
            },
        };
        let (entry, path) = (self.entry.clone(), self.path.clone());
        ManifestEdit { entry, path, what }
    }
}

/// What `restrictions` say of the record that a handle means.
struct Record {
    handle: String,
    /// The keys that lead to the list that it is in.
    path: Vec<String>,
    fields: Map<String, Value>,
}

impl Record {
    /// The same record with other fields.
    fn with(&self, more: Map<String, Value>) -> ManifestEdit {
        let mut fields = self.fields.clone();
        fields.extend(more);
        ManifestEdit {
            entry: EntryKey::Section("restrictions".to_owned()),
            path: self.path.clone(),
            what: EditKind::Item {
                item: self.handle.clone(),
                value: Value::Object(fields),
            },
        }
    }
}

/// The places beside their entries that name users and tenants.
pub(crate) struct Mentions {
    users: HashMap<Email, Vec<Mention>>,
    tenants: HashMap<String, Vec<Mention>>,
    records: Vec<Record>,
    /// The tenants whose entries have a name.
    named: HashSet<String>,
}

impl Mentions {
    pub(crate) fn of(texts: &[String]) -> Self {
        let mut mentions = Self {
            users: HashMap::new(),
            tenants: HashMap::new(),
            records: Vec::new(),
            named: HashSet::new(),
        };
        for root in trees(texts).iter().flatten() {
            mentions.add(root);
        }
        mentions
    }

    /// Another address for a user, in every place. With `notes`, the entry says what the old one was.
    pub(crate) fn rename_user(
        &self,
        user: &UserEntry,
        new: &str,
        notes: bool,
    ) -> Vec<ManifestEdit> {
        let email = &user.email.value;
        let mut requests = requests(self.users.get(email), Some(new));
        if user.mentioned_only {
            return requests;
        }
        let entry = EntryKey::User(email.clone());
        if notes {
            requests.push(ManifestEdit {
                entry: entry.clone(),
                path: vec!["renamedFrom".to_owned()],
                what: EditKind::Set(Value::from(email.as_str())),
            });
        }
        requests.push(ManifestEdit {
            entry,
            path: Vec::new(),
            what: EditKind::Rename(new.to_owned()),
        });
        requests
    }

    /// Takes a user out of every place; with `forget` nothing stays, otherwise an entry that has the user deleted.
    pub(crate) fn remove_user(&self, user: &UserEntry, forget: bool) -> Vec<ManifestEdit> {
        let email = &user.email.value;
        let mut requests = requests(self.users.get(email), None);
        let what = match (user.mentioned_only, forget) {
            (true, true) => return requests,
            (false, true) => EditKind::Remove,
            (false, false) => EditKind::Absent(None),
            (true, false) => EditKind::Add(json!({"state": "absent"}), None),
        };
        requests.push(ManifestEdit {
            entry: EntryKey::User(email.clone()),
            path: Vec::new(),
            what,
        });
        requests
    }

    /// Another handle for a tenant, in every place.
    pub(crate) fn rename_tenant(&self, handle: &Handle, new: &str) -> Vec<ManifestEdit> {
        let mut requests = requests(self.tenants.get(handle.as_str()), Some(new));
        let below = self.records.iter();
        let below = below.filter(|it| {
            it.fields
                .get("parent")
                .is_some_and(|it| it == handle.as_str())
        });
        let parent = Map::from_iter([("parent".to_owned(), Value::from(new))]);
        requests.extend(below.map(|record| record.with(parent.clone())));
        requests.push(ManifestEdit {
            entry: EntryKey::Tenant(handle.clone()),
            path: Vec::new(),
            what: EditKind::Rename(new.to_owned()),
        });
        requests
    }

    /// Another name for a tenant, where it is written: in its entry, or in `restrictions`, which then say which record it is. With `old`,
    /// that is where it says what the name was.
    pub(crate) fn name_tenant(
        &self,
        handle: &Handle,
        new: &str,
        old: Option<&str>,
    ) -> Vec<ManifestEdit> {
        let mut fields = Map::from_iter([("name".to_owned(), Value::from(new))]);
        fields.extend(old.map(|old| ("renamedFrom".to_owned(), Value::from(old))));
        let entry = EntryKey::Tenant(handle.clone());
        let set = |(field, value): (&String, &Value)| ManifestEdit {
            entry: entry.clone(),
            path: vec![field.clone()],
            what: EditKind::Set(value.clone()),
        };
        let own = |record: &&Record| record.handle == handle.as_str();
        let by_name = |record: &&Record| record.fields.contains_key("name");
        let in_records = self.records.iter().filter(own).filter(by_name);
        let in_records: Vec<ManifestEdit> = in_records
            .map(|record| record.with(fields.clone()))
            .collect();
        if in_records.is_empty() {
            return fields.iter().map(set).collect();
        }
        let repeats = self.named.contains(handle.as_str());
        let in_entry = fields
            .iter()
            .filter(|(field, _)| repeats && *field == "name");
        in_entry.map(set).chain(in_records).collect()
    }

    /// Takes a tenant out of every place that grants or prunes something in it. Tenants below it have entries of their own.
    pub(crate) fn remove_tenant(&self, handle: &Handle, what: EditKind) -> Vec<ManifestEdit> {
        let mut requests = requests(self.tenants.get(handle.as_str()), None);
        requests.retain(|request| request.path != ["parent"]);
        // What a file may say of a tenant that is gone does no harm.
        let restrictions = EntryKey::Section("restrictions".to_owned());
        requests.retain(|request| request.entry != restrictions);
        requests.push(ManifestEdit {
            entry: EntryKey::Tenant(handle.clone()),
            path: Vec::new(),
            what,
        });
        requests
    }

    fn add(&mut self, root: &Node<'_>) {
        for tenant in section(root, "tenants") {
            let entry = || EntryKey::Tenant(Handle::new(&*tenant.key.text));
            if named(&tenant.value, "name").is_some() {
                self.named.insert(tenant.key.text.to_string());
            }
            for member in section(&tenant.value, "members") {
                self.user(
                    &member.key.text,
                    entry(),
                    vec!["members".to_owned(), member.key.text.to_string()],
                    How::Key,
                );
            }
            let parent = named(&tenant.value, "parent").map(|it| &it.value.kind);
            if let Some(Kind::Scalar { text, .. }) = parent {
                self.tenant(text, entry(), vec!["parent".to_owned()], How::Value);
            }
        }
        for group in section(root, "groups") {
            let entry = || EntryKey::Group(group.key.text.to_string());
            for written in items(&group.value, "users") {
                let how = How::Item(written.to_owned());
                self.user(written, entry(), vec!["users".to_owned()], how);
            }
            self.granted(&group.value, &entry);
        }
        for user in section(root, "users") {
            let entry = || EntryKey::User(Email::new(&*user.key.text));
            self.granted(&user.value, &entry);
        }
        if let Some(prune) = named(root, "prune") {
            for written in items(&prune.value, "members") {
                let entry = EntryKey::Section("prune".to_owned());
                let how = How::Item(written.to_owned());
                self.tenant(written, entry, vec!["members".to_owned()], how);
            }
        }
        self.restrictions(root);
    }

    fn restrictions(&mut self, root: &Node<'_>) {
        let list = named(root, "restrictions").map(|it| &it.value.kind);
        let Some(Kind::List(restrictions)) = list else {
            return;
        };
        for (index, restriction) in restrictions.iter().enumerate() {
            let tenants = named(restriction, "tenants").map(|it| &it.value.kind);
            let Some(Kind::List(tenants)) = tenants else {
                continue;
            };
            let path = || vec![index.to_string(), "tenants".to_owned()];
            for tenant in tenants {
                let fields = entries(tenant).iter().filter_map(|field| {
                    let Kind::Scalar { text, .. } = &field.value.kind else {
                        return None;
                    };
                    Some((field.key.text.to_string(), Value::from(&**text)))
                });
                let Some(handle) = name(tenant) else {
                    continue;
                };
                self.records.push(Record {
                    handle: handle.to_owned(),
                    path: path(),
                    fields: fields.collect(),
                });
                let entry = EntryKey::Section("restrictions".to_owned());
                self.tenant(handle, entry, path(), How::Item(handle.to_owned()));
            }
        }
    }

    fn granted(&mut self, value: &Node<'_>, entry: &dyn Fn() -> EntryKey) {
        for granted in section(value, "tenants") {
            let handle = &granted.key.text;
            let path = vec!["tenants".to_owned(), handle.to_string()];
            self.tenant(handle, entry(), path, How::Key);
        }
    }

    fn user(&mut self, email: &str, entry: EntryKey, path: Vec<String>, how: How) {
        let mentions = self.users.entry(Email::new(email)).or_default();
        mentions.push(Mention { entry, path, how });
    }

    fn tenant(&mut self, handle: &str, entry: EntryKey, path: Vec<String>, how: How) {
        let mentions = self.tenants.entry(handle.to_owned()).or_default();
        mentions.push(Mention { entry, path, how });
    }
}

fn requests(mentions: Option<&Vec<Mention>>, new: Option<&str>) -> Vec<ManifestEdit> {
    let mentions = mentions.into_iter().flatten();
    mentions.map(|mention| mention.request(new)).collect()
}

fn section<'n, 't>(above: &'n Node<'t>, name: &str) -> &'n [Entry<'t>] {
    named(above, name).map_or(&[], |section| entries(&section.value))
}

/// The texts of a list.
fn items<'n>(above: &'n Node<'_>, key: &str) -> impl Iterator<Item = &'n str> {
    let items = match named(above, key).map(|it| &it.value.kind) {
        Some(Kind::List(items)) => items.as_slice(),
        _ => &[],
    };
    items.iter().filter_map(name)
}
