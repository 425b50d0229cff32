//! Grants and memberships that have ended, to be taken out.

use jiff::Timestamp;

use crate::manifest::edit::list::name;
use crate::manifest::edit::place::trees;
use crate::manifest::edit::request::{EditKind, EntryKey, ManifestEdit};
use crate::manifest::text::list_items::{entries, named};
use crate::manifest::text::node::{Kind, Node};
use crate::model::{Email, Handle, Until};

/// The requests that take out everything that has ended at a moment.
pub(crate) fn ended(texts: &[String], now: Timestamp) -> Vec<ManifestEdit> {
    let mut requests = Vec::new();
    for root in trees(texts).iter().flatten() {
        for (section, lists, maps) in [
            ("users", &["roles"][..], &["tenants"][..]),
            ("tenants", &[][..], &["members"][..]),
            ("groups", &["users", "roles"][..], &["tenants"][..]),
        ] {
            let found = named(root, section).map(|it| entries(&it.value));
            for entry in found.unwrap_or_default() {
                let key = match section {
                    "users" => EntryKey::User(Email::new(&*entry.key.text)),
                    "tenants" => EntryKey::Tenant(Handle::new(&*entry.key.text)),
                    _ => EntryKey::Group(entry.key.text.to_string()),
                };
                let mut add = |path: Vec<String>, node: &Node<'_>| {
                    let remove = over(node, now);
                    if !remove.is_empty() {
                        requests.push(ManifestEdit {
                            entry: key.clone(),
                            path,
                            what: EditKind::List {
                                add: Vec::new(),
                                remove,
                            },
                        });
                    }
                };
                for list in lists.iter().filter_map(|name| named(&entry.value, name)) {
                    add(vec![list.key.text.to_string()], &list.value);
                }
                for map in maps.iter().filter_map(|name| named(&entry.value, name)) {
                    for list in entries(&map.value) {
                        let path = vec![map.key.text.to_string(), list.key.text.to_string()];
                        add(path, &list.value);
                    }
                }
            }
        }
    }
    requests
}

/// The names in a list whose ends are over.
fn over(list: &Node<'_>, now: Timestamp) -> Vec<String> {
    let list = named(list, "atLeast").map_or(list, |inner| &inner.value);
    let Kind::List(items) = &list.kind else {
        return Vec::new();
    };
    let over = items.iter().filter(|item| {
        let until = named(item, "until").map(|it| &it.value.kind);
        matches!(until, Some(Kind::Scalar { text, .. })
            if Until::parse(text).is_some_and(|until| until.is_over(now)))
    });
    over.filter_map(name).map(str::to_owned).collect()
}
