//! `restrictions`: what a file may say. In: the files of a manifest, each as a tree. Out: a finding for all that a file says and may
//! not, and what a plan has to know: [`Restricted`]. What is not listed is not allowed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use crate::manifest::Finding;
use crate::manifest::findings::rule_mistake::RuleMistake;
use crate::manifest::merge::restricted_record;
use crate::manifest::merge::restriction_list::read;
use crate::manifest::syntax::rule_syntax::{RestrictedRecord, RestrictedTenant, Restriction};
use crate::manifest::text::decode::is_null;
use crate::manifest::text::list_items::{entries, named, texts};
use crate::manifest::text::node::{Entry, Kind, Node};
use crate::model::{
    AddressPatterns, Email, FileRights, Handle, Origin, RoleName, SourceId, suggest,
};

/// One file of a manifest.
pub(crate) struct Part<'n, 't> {
    pub(crate) name: &'n str,
    /// Whether it patches what others say.
    pub(crate) is_overlay: bool,
    /// Where it says what variables stand for, in other files as well.
    pub(crate) vars: Option<Origin>,
    pub(crate) root: &'n Node<'t>,
}

/// What is known of the files that may not say everything.
#[derive(Default)]
pub(crate) struct Restricted {
    /// What each may grant, for the plan.
    pub(crate) rights: BTreeMap<SourceId, FileRights>,
    /// The records that the handles in them mean.
    pub(crate) records: BTreeMap<SourceId, Vec<RestrictedRecord>>,
}

/// Checks all files against the restrictions of the one that has them.
pub(crate) fn check(parts: &[Part<'_, '_>], findings: &mut Vec<Finding>) -> Restricted {
    let mut restricted = Restricted::default();
    let holder = parts.iter().find_map(|part| {
        let entry = named(part.root, "restrictions")?;
        Some((part, entry))
    });
    let Some((holder, entry)) = holder else {
        return restricted;
    };
    let rules = read(entry, findings);
    let folder = normal(holder.name);
    let folder = folder.parent().unwrap_or(Path::new(""));
    for part in parts.iter().filter(|part| part.name != holder.name) {
        let path = normal(part.name);
        let inside = path.strip_prefix(folder).ok();
        let name = inside.unwrap_or(&path).to_string_lossy();
        // Elsewhere a backslash is a part of a name.
        let name = if cfg!(windows) {
            name.replace('\\', "/")
        } else {
            name.into_owned()
        };
        // What is elsewhere is no file of the folder, whatever it is called.
        let mut own = rules.iter().filter(|_| inside.is_some());
        let rule = own.find(|(_, files)| files.is_match(&name));
        match rule {
            None => {
                let mistake = RuleMistake::UnrestrictedFile { file: name };
                findings.push(Finding::new(mistake, start(part.root)));
            }
            Some((rule, _)) if rule.everything => {}
            Some((rule, _)) => {
                let source = part.root.origin.source;
                restricted.rights.insert(source, rights(&name, rule));
                let records = rule.tenants.iter().filter_map(|tenant| match tenant {
                    RestrictedTenant::Handle(_) => None,
                    RestrictedTenant::Record(record) => Some(record.clone()),
                });
                restricted.records.insert(source, records.collect());
                let users = AddressPatterns::new(rule.users.iter().map(String::as_str)).ok();
                let mut file = File {
                    name,
                    rule,
                    users,
                    is_overlay: part.is_overlay,
                    findings,
                };
                file.root(part.root);
                if part.is_overlay {
                    file.patch(part.root);
                    if let Some(vars) = part.vars {
                        file.refuse(vars, "`vars` could change what other files say");
                    }
                }
            }
        }
    }
    // A file with a mistake may be the one that has the name.
    if !findings.iter().any(Finding::is_error) {
        unknown_names(parts, entry, findings);
    }
    restricted
}

/// What a plan has to know of a file.
fn rights(file: &str, rule: &Restriction) -> FileRights {
    let names = |names: &[String]| names.iter().map(|it| RoleName::new(it.as_str())).collect();
    let tenants = rule.tenants.iter();
    FileRights {
        file: file.to_owned(),
        tenants: tenants.map(|it| Handle::new(it.handle())).collect(),
        roles: names(&rule.roles),
        workspace_roles: names(rule.workspace_roles.as_deref().unwrap_or_default()),
    }
}

/// Warns of handles and roles that the manifest does not have: the entry allows less than it seems to.
fn unknown_names(parts: &[Part<'_, '_>], list: &Entry<'_>, findings: &mut Vec<Finding>) {
    let below = |key: &str| -> BTreeSet<&str> {
        let maps = parts.iter().filter_map(|part| named(part.root, key));
        let keys = maps.flat_map(|map| entries(&map.value));
        keys.map(|entry| &*entry.key.text).collect()
    };
    let handles = below("tenants");
    let lists = parts.iter().filter_map(|part| named(part.root, "roles"));
    let roles: BTreeSet<&str> = lists
        .flat_map(|list| texts(&list.value, "name"))
        .map(|(name, _)| name)
        .collect();
    let Kind::List(items) = &list.value.kind else {
        return;
    };
    let mut unknown = |key: &str, item: &'static str, what, known: &BTreeSet<&str>| {
        let lists = items.iter().filter_map(|entry| named(entry, key));
        for (name, origin) in lists.flat_map(|list| texts(&list.value, item)) {
            if name != "*" && !known.contains(name) {
                let mistake = RuleMistake::UnknownInRestriction {
                    what,
                    name: name.to_owned(),
                    help: suggest::help(name, known.iter().copied()),
                };
                findings.push(Finding::new(mistake, origin));
            }
        }
    };
    unknown("tenants", "handle", "tenant", &handles);
    // Without a list of roles any name may be one.
    if !roles.is_empty() {
        unknown("roles", "role", "role", &roles);
        unknown("workspaceRoles", "role", "role", &roles);
    }
}

/// The place of a file as a whole: its first byte.
fn start(root: &Node<'_>) -> Origin {
    Origin {
        start: 0,
        end: 0,
        ..root.origin
    }
}

/// A path without `.` and `..`, as far as that can be said without looking.
fn normal(name: &str) -> PathBuf {
    let mut path = PathBuf::new();
    for part in Path::new(name).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if path.file_name().is_some() => drop(path.pop()),
            part => path.push(part),
        }
    }
    path
}

/// A file that may not say everything.
struct File<'r, 'f> {
    name: String,
    rule: &'r Restriction,
    users: Option<AddressPatterns>,
    is_overlay: bool,
    findings: &'f mut Vec<Finding>,
}

/// What to do where a file may not say something.
const ASK: &str = "The `restrictions` of the manifest say what it may. Ask whoever owns them, or write it in another file.";
/// The keys that change who can log in, or delete, of a user and of a tenant.
const IDENTITY: [&str; 6] = [
    "locked",
    "state",
    "renamedFrom",
    "username",
    "phoneNumber",
    "invite",
];
const IDENTITY_OF_TENANT: [&str; 1] = ["state"];

impl File<'_, '_> {
    fn refuse(&mut self, origin: Origin, reason: impl Into<String>) {
        self.refuse_with(origin, reason, ASK.to_owned());
    }

    /// The same, with another remedy.
    fn refuse_with(&mut self, origin: Origin, reason: impl Into<String>, help: String) {
        let mistake = RuleMistake::Restricted {
            file: self.name.clone(),
            reason: reason.into(),
            help,
        };
        self.findings.push(Finding::new(mistake, origin));
    }

    /// A line that would allow it.
    fn refuse_without(&mut self, origin: Origin, reason: impl Into<String>, line: &str) {
        let files = &self.rule.files;
        let help = format!(
            "If it may, write `{line}` into its entry of `restrictions` (files: \"{files}\")."
        );
        self.refuse_with(origin, reason, help);
    }

    fn root(&mut self, root: &Node<'_>) {
        for entry in entries(root) {
            match &*entry.key.text {
                "version" => {}
                "tenants" => entries(&entry.value)
                    .iter()
                    .for_each(|it| self.tenant_entry(it)),
                "users" => entries(&entry.value)
                    .iter()
                    .for_each(|it| self.user_entry(it)),
                "groups" => entries(&entry.value)
                    .iter()
                    .for_each(|it| self.group_entry(it)),
                key => self.refuse(
                    entry.key.origin,
                    format!("`{key}` is for files with all rights"),
                ),
            }
        }
    }

    /// A patch has a say in what other files say: it could put a user into a group of theirs, or take out what they manage.
    fn patch(&mut self, root: &Node<'_>) {
        for entry in entries(root) {
            if entry.key.text == "groups" {
                self.refuse(
                    entry.key.origin,
                    "an overlay could change a group of another file",
                );
            }
            self.no_nulls(&entry.value);
        }
    }

    fn no_nulls(&mut self, node: &Node<'_>) {
        for entry in entries(node) {
            if is_null(&entry.value) || matches!(entry.value.kind, Kind::Clear) {
                let key = &entry.key.text;
                let reason = format!("`{key}` takes out what another file says");
                self.refuse(entry.key.origin, reason);
            }
            self.no_nulls(&entry.value);
        }
    }

    fn tenant(&mut self, handle: &str, origin: Origin) {
        if !self
            .rule
            .tenants
            .iter()
            .any(|known| known.handle() == handle)
        {
            self.refuse(
                origin,
                format!("the tenant `{handle}` is not one of its own"),
            );
        }
    }

    fn user(&mut self, email: &str, origin: Origin) {
        let is_own = self.users.as_ref();
        if !is_own.is_some_and(|patterns| patterns.is_match(&Email::new(email))) {
            self.refuse(
                origin,
                format!("the user {email} is not one whom it may name"),
            );
        }
    }

    fn roles(&mut self, list: &Node<'_>, in_workspace: bool) {
        let (allowed, place) = if in_workspace {
            let allowed = self.rule.workspace_roles.as_deref();
            (allowed.unwrap_or_default(), "in the workspace")
        } else {
            (self.rule.roles.as_slice(), "in its tenants")
        };
        let refused = texts(list, "role").filter(|(role, _)| !allowed.iter().any(|it| it == role));
        let refused: Vec<(String, Origin)> = refused
            .map(|(role, origin)| (role.to_owned(), origin))
            .collect();
        for (role, origin) in refused {
            self.refuse(origin, format!("it may not grant \"{role}\" {place}"));
        }
    }

    /// What leads to another record is for files with all rights: it could make the record of one who is not listed into one who is.
    fn pins(&mut self, entry: &Entry<'_>, keys: &[&str]) {
        for field in entries(&entry.value) {
            if keys.contains(&&*field.key.text) {
                let key = &field.key.text;
                let reason = format!("`{key}` could lead to the record of another user");
                self.refuse(field.key.origin, reason);
            }
        }
    }

    fn identity(&mut self, entry: &Entry<'_>, keys: &[&str]) {
        if self.rule.identity {
            return;
        }
        for field in entries(&entry.value) {
            let key = &*field.key.text;
            if keys.contains(&key) {
                let reason = format!("`{key}` changes who can log in, or deletes");
                self.refuse_without(field.key.origin, reason, "identity: true");
            }
        }
    }

    /// The list of roles in the workspace.
    fn workspace_roles(&mut self, field: &Entry<'_>) {
        if self.rule.workspace_roles.is_none() {
            let reason = "`roles` are those in the workspace, where an empty list takes all";
            self.refuse_without(field.key.origin, reason, "workspaceRoles: []");
        }
        self.roles(&field.value, true);
    }

    fn tenant_entry(&mut self, entry: &Entry<'_>) {
        let handle = &entry.key.text;
        self.tenant(handle, entry.key.origin);
        self.identity(entry, &IDENTITY_OF_TENANT);
        let own = self.rule.tenants.iter().find(|own| own.handle() == handle);
        match own {
            None => {}
            Some(RestrictedTenant::Record(record)) => {
                for (key, origin) in restricted_record::differences(record, entry) {
                    let reason = format!("`{key}` would make `{handle}` another tenant");
                    let help = format!(
                        "Which tenant `{handle}` is, only `restrictions` say. Take the line out, or change it there."
                    );
                    self.refuse_with(origin, reason, help);
                }
            }
            // A patch leaves the entry where it is.
            Some(RestrictedTenant::Handle(_)) if self.is_overlay => {
                for (key, origin) in restricted_record::choices(entry) {
                    let reason = format!("`{key}` would make `{handle}` another tenant");
                    self.refuse(origin, reason);
                }
            }
            Some(RestrictedTenant::Handle(_)) => {
                let line = restricted_record::line(entry);
                let reason = format!(
                    "the entry of `{handle}` says which tenant it is, and its `restrictions` do not"
                );
                self.refuse_without(entry.key.origin, reason, &format!("tenants: [{line}]"));
            }
        }
        for field in entries(&entry.value) {
            if field.key.text == "members" {
                for member in entries(&field.value) {
                    self.user(&member.key.text, member.key.origin);
                    self.roles(&member.value, false);
                }
            }
        }
    }

    fn user_entry(&mut self, entry: &Entry<'_>) {
        self.user(&entry.key.text, entry.key.origin);
        self.pins(entry, &["userId", "userUuid"]);
        self.identity(entry, &IDENTITY);
        for field in entries(&entry.value) {
            match (&*field.key.text, &field.value.kind) {
                ("renamedFrom", Kind::Scalar { text, .. }) => self.user(text, field.value.origin),
                ("roles", _) => self.workspace_roles(field),
                ("tenants", _) => self.in_tenants(&field.value),
                _ => {}
            }
        }
    }

    fn in_tenants(&mut self, tenants: &Node<'_>) {
        for tenant in entries(tenants) {
            self.tenant(&tenant.key.text, tenant.key.origin);
            self.roles(&tenant.value, false);
        }
    }

    fn group_entry(&mut self, entry: &Entry<'_>) {
        for field in entries(&entry.value) {
            match &*field.key.text {
                "users" => {
                    let users = texts(&field.value, "user");
                    let users: Vec<(String, Origin)> = users
                        .map(|(user, origin)| (user.to_owned(), origin))
                        .collect();
                    for (user, origin) in users {
                        self.user(&user, origin);
                    }
                }
                "groups" => self.refuse(field.key.origin, "people of other groups are not its own"),
                "roles" => self.workspace_roles(field),
                "tenants" => self.in_tenants(&field.value),
                _ => {}
            }
        }
    }
}
