//! A tree → [`Manifest`]: typed values with their places.

use std::sync::Arc;

use crate::manifest::findings::guard_mistake::GuardMistake;
use crate::manifest::merge::vars;
use crate::manifest::syntax::manifest::{
    Entries, Group, Guards, Invite, Manifest, Prune, PruneAction, PruneMembers, PruneTenants,
    PruneUsers, RoleList, Roles, Tenant, Text, User,
};
use crate::manifest::syntax::rules;
use crate::manifest::text::decode::Decoder;
use crate::manifest::text::node::{Kind, Node};
use crate::manifest::{Finding, ManifestError, VariableMistake};
use crate::model::{InviteType, Limit, Mode, Presence, Spanned, TenantId, suggest};

/// Reads the root of a manifest. What could be understood comes back; everything that is wrong is pushed.
pub(crate) fn parse(mut root: Node<'_>, findings: &mut Vec<Finding>) -> Manifest {
    let tenants = take_out(&mut root, "tenants");
    let users = take_out(&mut root, "users");
    manifest(&mut Decoder::new(findings), &root, tenants, users)
}

/// Takes a long section out of the root, so that it can be let go of as it is read.
fn take_out<'t>(root: &mut Node<'t>, key: &str) -> Option<Node<'t>> {
    let Kind::Map(entries) = &mut root.kind else {
        return None;
    };
    let index = entries.iter().position(|entry| entry.key.text == key)?;
    Some(entries.remove(index).value)
}

fn manifest(
    decoder: &mut Decoder<'_>,
    root: &Node<'_>,
    tenants: Option<Node<'_>>,
    users: Option<Node<'_>>,
) -> Manifest {
    let mut fields = decoder.fields("a manifest", root);
    let (roles, sensitive) = fields
        .take("roles")
        .and_then(|node| vocabulary(decoder, node))
        .unzip();
    let manifest = Manifest {
        version: fields
            .take("version")
            .and_then(|node| version(decoder, node)),
        workspace: fields
            .take("workspace")
            .and_then(|node| workspace(decoder, node)),
        mode: fields
            .take("mode")
            .and_then(|node| word(decoder, "a mode", &MODES, node)),
        variables: fields
            .take("variables")
            .and_then(|node| variables(decoder, node))
            .unwrap_or_default(),
        roles,
        sensitive: sensitive.unwrap_or_default(),
        tenants: tenants.map_or_else(Entries::default, |node| {
            decoder.long_entries("a map from handles to tenants", node, tenant)
        }),
        users: users.map_or_else(Entries::default, |node| {
            decoder.long_entries("a map from e-mails to users", node, |decoder, _, node| {
                Box::new(user(decoder, node))
            })
        }),
        groups: fields.take("groups").map_or_else(Entries::default, |node| {
            decoder.entries("a map from names to groups", node, |decoder, _, node| {
                Some(group(decoder, node))
            })
        }),
        prune: fields.take("prune").map(|node| prune(decoder, node)),
        guards: fields.take("guards").map(|node| guards(decoder, node)),
        rules: fields
            .take("rules")
            .map(|node| rules::read(decoder, node))
            .unwrap_or_default(),
        restrictions: Vec::new(),
    };
    // Read with the files, before they are one.
    fields.knows("restrictions");
    fields.knows("tenants");
    fields.knows("users");
    fields.finish(decoder);
    manifest
}

fn variables(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<Vec<Text>> {
    let names = decoder.texts("a list of names", "the name of a variable", node)?;
    for name in &names {
        let text = name.value.as_ref().to_owned();
        if !vars::is_name(&text) {
            decoder.report(VariableMistake::BadVariableName { name: text }, name.origin);
        } else if vars::is_secret(&text) {
            decoder.report(VariableMistake::SecretVariable { name: text }, name.origin);
        }
    }
    Some(names)
}

/// The list of roles at the top, in which a role may be a map that says more of it.
fn vocabulary(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<(Roles, Vec<(Text, bool)>)> {
    let items = decoder.list("a list of roles", node)?;
    let (mut roles, mut sensitive) = (Vec::with_capacity(items.len()), Vec::new());
    for item in items {
        if !matches!(item.kind, Kind::Map(_)) {
            roles.extend(decoder.filled("the name of a role", item));
            continue;
        }
        let mut fields = decoder.fields("a role", item);
        let name = fields
            .take("name")
            .and_then(|node| decoder.filled("the name of a role", node));
        let is_sensitive = fields
            .take("sensitive")
            .and_then(|node| decoder.boolean(node));
        match (name, is_sensitive) {
            (Some(name), Some(is_sensitive)) => {
                sensitive.push((name.clone(), is_sensitive.value));
                roles.push(name);
            }
            (Some(name), None) => roles.push(name),
            (None, _) if fields.key_origin("name").is_none() => {
                decoder.wrong_type("a role with a `name`", item);
            }
            (None, _) => {}
        }
        fields.finish(decoder);
    }
    Some((Roles(roles), sensitive))
}

fn group(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Group {
    let mut fields = decoder.fields("a group", node);
    let users = fields.take("users");
    let is_empty = |node: &Node<'_>| matches!(&node.kind, Kind::List(items) if items.is_empty());
    let users_read = users.and_then(|node| decoder.group_users(node));
    let group = Group {
        is_broken: users.is_some_and(|node| !is_empty(node))
            && users_read.as_ref().is_none_or(Vec::is_empty),
        users: users_read.unwrap_or_default(),
        groups: fields
            .take("groups")
            .and_then(|node| decoder.texts("a list of groups", "the name of a group", node))
            .unwrap_or_default(),
        roles: fields.take("roles").and_then(|node| decoder.roles(node)),
        tenants: role_map(decoder, fields.take("tenants")),
    };
    fields.finish(decoder);
    group
}

fn prune(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Prune {
    let mut fields = decoder.fields("prune", node);
    let prune = Prune {
        users: fields.take("users").map(|node| prune_users(decoder, node)),
        tenants: fields
            .take("tenants")
            .and_then(|node| prune_tenants(decoder, node)),
        members: fields.take("members").and_then(|node| match node.kind {
            Kind::List(_) => decoder
                .texts("a list of handles", "a handle", node)
                .map(PruneMembers::Some),
            _ => word(
                decoder,
                "a list of handles or \"*\"",
                &[("*", Arc::from("*"))],
                node,
            )
            .map(PruneMembers::All),
        }),
    };
    fields.finish(decoder);
    prune
}

fn prune_tenants(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<Spanned<PruneTenants>> {
    if matches!(&node.kind, Kind::Scalar { text, .. } if text == "tree") {
        return Some(Spanned::new(PruneTenants::Tree, node.origin));
    }
    let prunes = decoder.boolean(node)?;
    Some(prunes.with(if prunes.value {
        PruneTenants::Top
    } else {
        PruneTenants::None
    }))
}

fn prune_users(decoder: &mut Decoder<'_>, node: &Node<'_>) -> PruneUsers {
    let mut fields = decoder.fields("prune.users", node);
    let email = fields.take("email");
    let users = PruneUsers {
        email: email
            .and_then(|node| decoder.texts("a list of patterns", "a pattern", node))
            .unwrap_or_default(),
        action: fields
            .take("action")
            .and_then(|node| word(decoder, "what is done to users", &ACTIONS, node)),
    };
    let is_empty = |node: &Node<'_>| matches!(&node.kind, Kind::List(items) if items.is_empty());
    if email.is_none_or(is_empty) {
        decoder.report(ManifestError::PruneWithoutPattern, node.origin);
    }
    fields.finish(decoder);
    users
}

fn guards(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Guards {
    let mut fields = decoder.fields("guards", node);
    let guards = Guards {
        max_deletes: fields
            .take("maxDeletes")
            .and_then(|node| limit(decoder, node)),
        max_role_removals: fields
            .take("maxRoleRemovals")
            .and_then(|node| limit(decoder, node)),
        max_address_changes: fields
            .take("maxAddressChanges")
            .and_then(|node| limit(decoder, node)),
        keep_holders: fields.take("keepHolders").map(|node| {
            no_empty_guard(decoder, "keepHolders", node);
            decoder.entries("a map from roles to numbers", node, |decoder, _, node| {
                decoder.whole_number(node)
            })
        }),
        protect: fields
            .take("protect")
            .and_then(|node| {
                no_empty_guard(decoder, "protect", node);
                decoder.texts("a list of patterns", "a pattern", node)
            })
            .unwrap_or_default(),
    };
    fields.finish(decoder);
    guards
}

/// A guard that lists nothing guards nothing.
fn no_empty_guard(decoder: &mut Decoder<'_>, guard: &'static str, node: &Node<'_>) {
    let is_empty = match &node.kind {
        Kind::List(items) => items.is_empty(),
        Kind::Map(entries) => entries.is_empty(),
        Kind::Scalar { .. } | Kind::Clear | Kind::Broken => false,
    };
    if is_empty {
        decoder.report(GuardMistake::EmptyGuard { guard }, node.origin);
    }
}

/// A number or a percentage.
fn limit(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<Spanned<Limit>> {
    let limit = match &node.kind {
        Kind::Scalar { text, .. } => Limit::parse(text),
        _ => None,
    };
    if limit.is_none() {
        decoder.wrong_type("a number, or a percentage as in \"25%\"", node);
    }
    limit.map(|limit| Spanned::new(limit, node.origin))
}

/// A map from handles, or from e-mails, to roles.
fn role_map(decoder: &mut Decoder<'_>, node: Option<&Node<'_>>) -> Entries<Spanned<RoleList>> {
    node.map_or_else(Entries::default, |node| {
        decoder.entries("a map to lists of roles", node, |decoder, _, node| {
            decoder.roles(node)
        })
    })
}

fn version(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<Spanned<u64>> {
    let version = decoder.whole_number(node)?;
    if version.value != 1 {
        decoder.report(
            ManifestError::UnknownVersion {
                version: version.value,
            },
            node.origin,
        );
    }
    Some(version)
}

fn tenant(decoder: &mut Decoder<'_>, handle: &Text, node: &Node<'_>) -> Tenant {
    let mut fields = decoder.fields("a tenant", node);
    let tenant = Tenant {
        name: fields
            .take("name")
            .and_then(|node| decoder.filled("the name of a tenant", node)),
        tenant_id: fields
            .take("tenantId")
            .and_then(|node| id(decoder, "the id of a tenant", node)),
        parent: fields
            .take("parent")
            .and_then(|node| decoder.filled("the handle of a tenant", node)),
        renamed_from: fields
            .take("renamedFrom")
            .and_then(|node| decoder.filled("the previous name", node)),
        image: decoder.field("the address of an image", fields.take("image")),
        data: decoder.data(fields.take("data")),
        members: role_map(decoder, fields.take("members")),
        state: fields.take("state").and_then(|node| state(decoder, node)),
    };
    let absent = tenant.is_absent();
    let written = |key| fields.key_origin(key).is_some();
    if absent && !written("name") && !written("tenantId") {
        decoder.report(ManifestError::AbsentUnidentified, handle.origin);
    }
    if !absent && !written("name") && !written("tenantId") {
        decoder.report(
            ManifestError::MissingName {
                handle: handle.value.as_ref().to_owned(),
            },
            handle.origin,
        );
    }
    if absent {
        for key in ["image", "data", "renamedFrom", "members"] {
            if let Some(origin) = fields.key_origin(key) {
                decoder.report(
                    ManifestError::AbsentWithFields {
                        kind: "tenant",
                        key,
                    },
                    origin,
                );
            }
        }
    }
    fields.finish(decoder);
    tenant
}

fn user(decoder: &mut Decoder<'_>, node: &Node<'_>) -> User {
    let mut fields = decoder.fields("a user", node);
    let user = User {
        name: decoder.field("a name", fields.take("name")),
        username: decoder.field("a username", fields.take("username")),
        user_id: fields
            .take("userId")
            .and_then(|node| decoder.whole_number(node)),
        user_uuid: fields
            .take("userUuid")
            .and_then(|node| id(decoder, "the id of a user", node)),
        renamed_from: fields
            .take("renamedFrom")
            .and_then(|node| decoder.filled("the previous e-mail", node)),
        invite: fields.take("invite").and_then(|node| invite(decoder, node)),
        image: decoder.field("the address of an image", fields.take("image")),
        phone_number: decoder.field("a telephone number", fields.take("phoneNumber")),
        locked: fields.take("locked").and_then(|node| decoder.boolean(node)),
        data: decoder.data(fields.take("data")),
        roles: fields.take("roles").and_then(|node| decoder.roles(node)),
        tenants: role_map(decoder, fields.take("tenants")),
        state: fields.take("state").and_then(|node| state(decoder, node)),
    };
    if user.is_absent() {
        for key in [
            "name",
            "username",
            "renamedFrom",
            "invite",
            "image",
            "phoneNumber",
            "locked",
            "data",
            "roles",
            "tenants",
        ] {
            if let Some(origin) = fields.key_origin(key) {
                decoder.report(
                    ManifestError::AbsentWithFields { kind: "user", key },
                    origin,
                );
            }
        }
    }
    if user.user_id.is_some()
        && let Some(second) = &user.user_uuid
    {
        decoder.report(ManifestError::TwoPins, second.origin);
    }
    fields.finish(decoder);
    user
}

fn invite(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<Invite> {
    const WHAT: &str = "a kind of invitation";
    if !matches!(node.kind, Kind::Map(_)) {
        let kind = word(decoder, WHAT, &INVITATIONS, node)?.value?;
        return Some(Invite {
            kind,
            duration: None,
        });
    }
    let mut fields = decoder.fields("an invitation", node);
    let kind = fields
        .take("type")
        .and_then(|node| word(decoder, WHAT, &INVITATIONS, node));
    let duration = fields
        .take("duration")
        .and_then(|node| duration(decoder, node));
    if fields.key_origin("type").is_none() {
        decoder.report(ManifestError::MissingInviteType, node.origin);
    }
    fields.finish(decoder);
    let kind = kind?.value?;
    Some(Invite { kind, duration })
}

/// A duration of an invitation's link: from 10 seconds to 1 week (the API's own limits).
fn duration(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<Text> {
    let text = decoder.text("a duration", node)?;
    let seconds = text.value.split_once(' ').and_then(|(count, unit)| {
        let is_plain = count.bytes().all(|byte| byte.is_ascii_digit()) && !count.starts_with('0');
        let unit = match unit.strip_suffix('s').unwrap_or(unit) {
            "second" => 1,
            "minute" => 60,
            "hour" => 3600,
            "day" => 86_400,
            "week" => 604_800,
            _ => return None,
        };
        count
            .parse::<u64>()
            .ok()
            .filter(|_| is_plain)?
            .checked_mul(unit)
    });
    if !seconds.is_some_and(|seconds| (10..=604_800).contains(&seconds)) {
        decoder.report(
            ManifestError::BadDuration {
                text: text.value.as_ref().to_owned(),
            },
            node.origin,
        );
    }
    Some(text)
}

fn state(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<Spanned<Presence>> {
    word(decoder, "a state", &STATES, node)
}

fn workspace(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Option<Text> {
    let text = id(decoder, "the id of a workspace", node)?;
    if TenantId::is_plain(&text.value) && !TenantId::is_workspace(&text.value) {
        decoder.report(
            ManifestError::BadId {
                id: text.value.as_ref().to_owned(),
            },
            node.origin,
        );
    }
    Some(text)
}

/// An id that can stand in the path of a call.
fn id(decoder: &mut Decoder<'_>, what: &'static str, node: &Node<'_>) -> Option<Text> {
    let text = decoder.filled(what, node)?;
    if !text.value.trim().is_empty() && !TenantId::is_plain(&text.value) {
        decoder.report(
            ManifestError::BadId {
                id: text.value.as_ref().to_owned(),
            },
            node.origin,
        );
    }
    Some(text)
}

const MODES: [(&str, Mode); 2] = [("test", Mode::Test), ("live", Mode::Live)];
const STATES: [(&str, Presence); 2] =
    [("present", Presence::Present), ("absent", Presence::Absent)];
const ACTIONS: [(&str, PruneAction); 2] =
    [("delete", PruneAction::Delete), ("lock", PruneAction::Lock)];
/// No invitation is an invitation too, so that an overlay can say so.
const INVITATIONS: [(&str, Option<InviteType>); 3] = [
    ("none", None),
    ("welcome", Some(InviteType::Welcome)),
    ("reset", Some(InviteType::Reset)),
];

/// One of a few words, each with what it stands for.
fn word<T: Clone>(
    decoder: &mut Decoder<'_>,
    what: &'static str,
    words: &[(&'static str, T)],
    node: &Node<'_>,
) -> Option<Spanned<T>> {
    let text = decoder.text(what, node)?;
    let known = words.iter().find(|(word, _)| *word == &*text.value);
    if known.is_none() {
        let help = suggest::help(&text.value, words.iter().map(|(word, _)| *word));
        let word = text.value.as_ref().to_owned();
        decoder.report(ManifestError::UnknownWord { what, word, help }, node.origin);
    }
    known.map(|(_, value)| text.with(value.clone()))
}
