//! `restrictions`: what a file may say. In: the files of a manifest, each as a tree. Out: a finding for all that a file says and may
//! not. What is not listed is not allowed.

use std::path::{Component, Path, PathBuf};

use crate::manifest::findings::rule_mistake::RuleMistake;
use crate::manifest::syntax::rule_syntax::Restriction;
use crate::manifest::text::decode::{Decoder, is_null};
use crate::manifest::text::list_items::{entries, named, texts};
use crate::manifest::text::node::{Entry, Kind, Node};
use crate::manifest::{Finding, ManifestError};
use crate::model::{AddressPatterns, Email, Origin, PathPattern};

/// One file of a manifest.
pub(crate) struct Part<'n, 't> {
    pub(crate) name: &'n str,
    /// Whether it patches what others say.
    pub(crate) is_overlay: bool,
    /// Where it says what variables stand for, in other files as well.
    pub(crate) vars: Option<Origin>,
    pub(crate) root: &'n Node<'t>,
}

/// Checks all files against the restrictions of the one that has them.
pub(crate) fn check(parts: &[Part<'_, '_>], findings: &mut Vec<Finding>) {
    let holder = parts.iter().find_map(|part| {
        let entry = named(part.root, "restrictions")?;
        Some((part, entry))
    });
    let Some((holder, entry)) = holder else {
        return;
    };
    let rules = read(entry, findings);
    let folder = normal(holder.name);
    let folder = folder.parent().unwrap_or(Path::new(""));
    for part in parts.iter().filter(|part| part.name != holder.name) {
        let path = normal(part.name);
        let inside = path.strip_prefix(folder).ok();
        let name = inside.unwrap_or(&path).to_string_lossy();
        let name = name.replace('\\', "/");
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
                let users = AddressPatterns::new(rule.users.iter().map(String::as_str)).ok();
                let mut file = File {
                    name,
                    rule,
                    users,
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

fn read(entry: &Entry<'_>, findings: &mut Vec<Finding>) -> Vec<(Restriction, PathPattern)> {
    let decoder = &mut Decoder::new(findings);
    let items = decoder.list("a list of restrictions", &entry.value);
    let rules = items.unwrap_or_default().iter().filter_map(|item| {
        let mut fields = decoder.fields("a restriction", item);
        let files = fields.take("files");
        if files.is_none() {
            decoder.wrong_type("a restriction with `files`", item);
        }
        let files = files.and_then(|node| decoder.filled("a pattern for files", node));
        let everything = fields
            .take("everything")
            .and_then(|node| decoder.boolean(node));
        let mut list = |key, expected, what| -> Vec<String> {
            let texts = fields
                .take(key)
                .and_then(|node| decoder.texts(expected, what, node));
            let texts = texts.unwrap_or_default();
            if key == "users" {
                for text in &texts {
                    if let Err(error) = AddressPatterns::new([&*text.value]) {
                        let pattern = text.value.to_string();
                        let reason = error.reason;
                        decoder.report(ManifestError::BadPattern { pattern, reason }, text.origin);
                    }
                }
            }
            texts.iter().map(|text| text.value.to_string()).collect()
        };
        let restriction = Restriction {
            files: files.as_ref()?.value.to_string(),
            everything: everything.is_some_and(|flag| flag.value),
            tenants: list("tenants", "a list of handles", "a handle"),
            roles: list("roles", "a list of roles", "the name of a role"),
            users: list("users", "a list of patterns", "a pattern"),
            workspace_roles: list("workspaceRoles", "a list of roles", "the name of a role"),
        };
        fields.finish(decoder);
        match PathPattern::new(&restriction.files, false) {
            Ok(files) => Some((restriction, files)),
            Err(reason) => {
                let mistake = ManifestError::BadPattern {
                    pattern: restriction.files,
                    reason,
                };
                decoder.report(mistake, files?.origin);
                None
            }
        }
    });
    rules.collect()
}

/// A file that may not say everything.
struct File<'r, 'f> {
    name: String,
    rule: &'r Restriction,
    users: Option<AddressPatterns>,
    findings: &'f mut Vec<Finding>,
}

impl File<'_, '_> {
    fn refuse(&mut self, origin: Origin, reason: impl Into<String>) {
        let mistake = RuleMistake::Restricted {
            file: self.name.clone(),
            reason: reason.into(),
        };
        self.findings.push(Finding::new(mistake, origin));
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
        if !self.rule.tenants.iter().any(|known| known == handle) {
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
            (&self.rule.workspace_roles, "in the workspace")
        } else {
            (&self.rule.roles, "in its tenants")
        };
        let refused = texts(list, "role").filter(|(role, _)| !allowed.iter().any(|it| it == role));
        let refused: Vec<(String, Origin)> = refused
            .map(|(role, origin)| (role.to_owned(), origin))
            .collect();
        for (role, origin) in refused {
            self.refuse(origin, format!("it may not grant \"{role}\" {place}"));
        }
    }

    /// Identity is for files with all rights: it could make the record of one who is not listed into one who is.
    fn identity(&mut self, entry: &Entry<'_>, keys: &[&str]) {
        for field in entries(&entry.value) {
            if keys.contains(&&*field.key.text) {
                let key = &field.key.text;
                self.refuse(
                    field.key.origin,
                    format!("`{key}` could lead to the record of another user"),
                );
            }
        }
    }

    fn tenant_entry(&mut self, entry: &Entry<'_>) {
        self.tenant(&entry.key.text, entry.key.origin);
        self.identity(entry, &["tenantId", "renamedFrom"]);
        for field in entries(&entry.value) {
            match (&*field.key.text, &field.value.kind) {
                ("parent", Kind::Scalar { text, .. }) => self.tenant(text, field.value.origin),
                ("members", _) => {
                    for member in entries(&field.value) {
                        self.user(&member.key.text, member.key.origin);
                        self.roles(&member.value, false);
                    }
                }
                _ => {}
            }
        }
    }

    fn user_entry(&mut self, entry: &Entry<'_>) {
        self.user(&entry.key.text, entry.key.origin);
        self.identity(entry, &["userId", "userUuid"]);
        for field in entries(&entry.value) {
            match (&*field.key.text, &field.value.kind) {
                ("renamedFrom", Kind::Scalar { text, .. }) => self.user(text, field.value.origin),
                ("roles", _) => self.roles(&field.value, true),
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
                "roles" => self.roles(&field.value, true),
                "tenants" => self.in_tenants(&field.value),
                _ => {}
            }
        }
    }
}
