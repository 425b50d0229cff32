//! All places that name a user or a tenant, found once, and the requests that change a name or take it out everywhere.

use hashbrown::HashMap;
use serde_json::{Value, json};

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

/// The places beside their entries that name users and tenants.
pub(crate) struct Mentions {
    users: HashMap<Email, Vec<Mention>>,
    tenants: HashMap<String, Vec<Mention>>,
}

impl Mentions {
    pub(crate) fn of(texts: &[String]) -> Self {
        let mut mentions = Self {
            users: HashMap::new(),
            tenants: HashMap::new(),
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
        requests.push(ManifestEdit {
            entry: EntryKey::Tenant(handle.clone()),
            path: Vec::new(),
            what: EditKind::Rename(new.to_owned()),
        });
        requests
    }

    /// Takes a tenant out of every place that grants or prunes something in it. Tenants below it have entries of their own.
    pub(crate) fn remove_tenant(&self, handle: &Handle, what: EditKind) -> Vec<ManifestEdit> {
        let mut requests = requests(self.tenants.get(handle.as_str()), None);
        requests.retain(|request| request.path != ["parent"]);
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
