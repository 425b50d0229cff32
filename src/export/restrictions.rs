//! A manifest → the `restrictions` into which its files fit where it is split by tenant, as a comment to start from.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::export::plain;
use crate::export::split::{Split, split};
use crate::export::unseen::unmarked;
use crate::manifest::edit::flow;
use crate::manifest::syntax::manifest::{Manifest, Tenant, Text};

const HEAD: &str = "
# What each file may say, once every tenant has one of its own (`ufsync export --split tenant -o ufsync`). To use it, copy this into
# ufsync/ufsync.yaml, take the `#` away, and protect that file by CODEOWNERS. Patterns
# such as *@acme.example are usual for users; `ufsync help access` explains the keys.
# restrictions:
";

/// The comment, for the files that a split by tenant writes.
pub(crate) fn restrictions(manifest: Manifest) -> String {
    let files = split(manifest, Split::Tenant).into_iter();
    let items = files.filter_map(|(path, file)| {
        let path = flow(&Value::from(path));
        match file.tenants.0.first() {
            Some((handle, tenant)) => Some(of_tenant(&path, handle, tenant, &file)),
            None if file.users.0.is_empty() => None,
            None => Some(format!("#   - {{ files: {path}, everything: true }}\n")),
        }
    });
    let items: String = items.collect();
    if items.is_empty() {
        return items;
    }
    format!("{HEAD}{items}")
}

fn of_tenant(path: &str, handle: &Text, tenant: &Tenant, file: &Manifest) -> String {
    let members = &tenant.members.0;
    let roles = members.iter().flat_map(|(_, roles)| &roles.value.items);
    let roles: BTreeSet<&str> = roles.map(|item| &*item.role.value).collect();
    let users = file.users.0.iter().map(|(email, _)| email);
    let users = users.chain(members.iter().map(|(email, _)| email));
    let users: BTreeSet<String> = users.map(|email| literal(&email.value)).collect();
    format!(
        "#   - files: {path}
#     tenants: [{}]
#     roles: {}
#     users: {}
",
        flow(&plain(record(handle, tenant))),
        flow(&plain(Value::from_iter(roles))),
        flow(&unmarked(Value::from_iter(users))),
    )
}

/// Which tenant a handle means.
fn record(handle: &Text, tenant: &Tenant) -> Value {
    let name = tenant.name.as_ref().map(|name| ("name", name));
    let id = tenant.tenant_id.as_ref().map(|id| ("tenantId", id));
    let parent = tenant.parent.as_ref().map(|parent| ("parent", parent));
    let fields = [Some(("handle", handle)), id.or(name), parent];
    let fields = fields.into_iter().flatten();
    let fields = fields.map(|(key, text)| (key.to_owned(), Value::from(&*text.value)));
    Value::Object(fields.collect())
}

/// A pattern that matches this address only.
fn literal(email: &str) -> String {
    let mut pattern = String::new();
    for c in email.chars() {
        match c {
            '*' | '?' | '[' | ']' | '{' | '}' | '\\' => {
                pattern.push('\\');
                pattern.push(c);
            }
            c => pattern.push(c),
        }
    }
    pattern
}
