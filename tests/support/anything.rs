//! Live states and manifests of every kind, with the texts that YAML and terminals trip over.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Map, Value, json};
use ufsync::emulator::{ModeState, TenantState, UserState};

pub(crate) use super::cases::cases;

pub(crate) const WORKSPACE: &str = "demo1234";
pub(crate) const ROLES: [&str; 3] = ["admin", "member", "viewer"];
pub(crate) const PEOPLE: usize = 6;
pub(crate) const TENANTS: usize = 3;

/// Texts that YAML would misread, and others that no file survives by accident.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let nasty = [
        "no",
        "012",
        "1e3",
        ": #",
        "🦀",
        "\u{202e}שלום",
        "two\nlines",
        " leading",
        "trailing ",
        "null",
        "~",
        "- x",
        "{a: b}",
        "[",
        "%TAG",
        "@x",
        "`",
        "\ttab",
        "\u{85}",
        "\u{feff}bom",
        "#",
        "a: b",
        "'",
        "\"",
        "\\",
        "0x1f",
        "1:30",
        "2024-01-01",
        "=",
        "<<",
        "*a",
        "&a",
        "!!str",
        "\u{0}",
        "\u{7f}",
        "${HOME}",
        "$$",
        "---",
        "...",
    ];
    prop_oneof![
        4 => prop::sample::select(nasty.to_vec()).prop_map(str::to_owned),
        3 => "[A-Za-z][A-Za-z .]{0,12}",
        2 => any::<String>(),
        1 => Just("very long ".repeat(400)),
    ]
}

/// Text with something in it besides white space, as a tenant's name has to be.
pub(crate) fn filled() -> impl Strategy<Value = String> {
    text().prop_map(|text| {
        if text.trim().is_empty() {
            format!("x{text}")
        } else {
            text
        }
    })
}

pub(crate) fn data() -> impl Strategy<Value = Map<String, Value>> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9f64).prop_map(Value::from),
        text().prop_map(Value::from)
    ];
    let value = leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..3).prop_map(|map| json!(map))
        ]
    });
    prop::collection::btree_map(
        prop_oneof![Just("plan".to_owned()), Just("seats".to_owned()), text()],
        value,
        0..4,
    )
    .prop_map(|map| map.into_iter().collect())
}

pub(crate) fn roles() -> impl Strategy<Value = Vec<String>> {
    prop::sample::subsequence(ROLES.to_vec(), 0..=ROLES.len())
        .prop_map(|roles| roles.into_iter().map(str::to_owned).collect())
}

pub(crate) fn tenant_id(index: usize) -> String {
    format!("tenant{index:02}")
}

pub(crate) fn uuid(person: usize) -> String {
    format!(
        "{}0000000-0000-4000-8000-{:012}",
        ["a", "1"][person % 2],
        person + 1
    )
}

/// Tenants and people of the live state: the first of all that are possible. Texts that have to be unique have their
/// number in them.
pub(crate) fn live() -> impl Strategy<Value = ModeState> {
    let tenant = (prop::option::of(filled()), data());
    let user = (
        prop::collection::vec(prop::option::of(text()), 3),
        prop::option::of("[a-z]{1,4}"),
        any::<bool>(),
        data(),
        prop::collection::vec(roles(), TENANTS + 1),
        any::<bool>(),
    );
    (
        prop::collection::vec(tenant, 0..=TENANTS),
        prop::collection::vec(user, 0..=PEOPLE),
    )
        .prop_map(|(tenants, users)| {
            let count = tenants.len();
            let tenants = tenants
                .into_iter()
                .enumerate()
                .map(|(index, (image, data))| TenantState {
                    tenant_id: tenant_id(index),
                    name: format!("Tenant {index}"),
                    image,
                    data,
                    ..TenantState::default()
                });
            let users = users.into_iter().enumerate().map(
                |(index, (texts, username, locked, data, roles, upper))| {
                    let email = format!("person{index}@example.com");
                    let scopes =
                        std::iter::once(WORKSPACE.to_owned()).chain((0..count).map(tenant_id));
                    let [name, image, phone_number] = texts.try_into().unwrap();
                    // Some are numbers that a manifest can hold.
                    let phone_number = phone_number.map(|text: String| match text.len() % 2 {
                        0 => format!("+1444{index:03}{}", text.len()),
                        _ => text,
                    });
                    UserState {
                        user_id: index as u64 + 1,
                        user_uuid: uuid(index),
                        email: Some(if upper { email.to_uppercase() } else { email }),
                        username: username.map(|username| format!("live{index}{username}")),
                        name,
                        image,
                        phone_number,
                        locked,
                        data,
                        roles: scopes
                            .zip(roles)
                            .filter(|(_, roles)| !roles.is_empty())
                            .collect(),
                        ..UserState::default()
                    }
                },
            );
            ModeState {
                roles: ROLES.map(str::to_owned).to_vec(),
                tenants: tenants.collect(),
                users: users.collect(),
                ..ModeState::default()
            }
        })
}

/// A field that may be left out, cleared or set.
pub(crate) fn field(
    value: impl Strategy<Value = Value> + 'static,
) -> impl Strategy<Value = Option<Value>> {
    prop_oneof![2 => Just(None), 1 => Just(Some(Value::Null)), 2 => value.prop_map(Some)]
}

pub(crate) fn object(pairs: impl IntoIterator<Item = (&'static str, Option<Value>)>) -> Value {
    pairs
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)))
        .collect::<Map<_, _>>()
        .into()
}

fn email(person: usize) -> String {
    format!("Person{person}@example.com")
}

/// A manifest as JSON, which is YAML too: every field, and roles from entries, members and groups.
pub(crate) fn manifest() -> impl Strategy<Value = Value> {
    let managed = prop::collection::btree_map(
        prop_oneof![Just("plan".to_owned()), Just("seats".to_owned())],
        prop_oneof![Just(Value::Null), text().prop_map(Value::from)],
        0..3,
    )
    .prop_map(|map| json!(map));
    let texts = |count| prop::collection::vec(field(text().prop_map(Value::from)), count);
    let username = field("[a-z]{1,4}".prop_map(Value::from));
    let members = prop::collection::btree_map(0..PEOPLE, roles(), 0..3);
    let tenant = (any::<bool>(), texts(1), field(managed.clone()), members);
    let user = (
        prop::bool::weighted(0.2),
        texts(3),
        username,
        prop::option::of(any::<bool>()),
        field(managed),
        prop::option::of(roles()),
        prop::collection::btree_map(0..TENANTS, roles(), 0..=TENANTS),
        any::<bool>(),
    );
    let group = (
        prop::collection::btree_set(0..PEOPLE, 0..3),
        prop::option::of(roles()),
        prop::collection::btree_map(0..=TENANTS, roles(), 0..3),
    );
    let tenants = prop::collection::btree_map(0..TENANTS, tenant, 0..=TENANTS);
    let users = prop::collection::btree_map(0..PEOPLE, user, 0..=PEOPLE);
    let groups = prop::collection::vec(group, 0..3);
    (tenants, users, groups).prop_map(|(tenants, users, groups)| {
        let keys = |present: BTreeSet<usize>| move |index: &usize| present.contains(index);
        let is_tenant = keys(tenants.iter().filter(|(_, (present, ..))| *present).map(|(index, _)| *index).collect());
        let is_person = keys(users.iter().filter(|(_, (absent, ..))| !absent).map(|(index, _)| *index).collect());
        let tenants: Map<String, Value> = tenants.into_iter().map(|(index, (present, texts, data, members))| {
            let name = json!(format!("Tenant {index}"));
            let [image] = texts.try_into().unwrap();
            // What an entry says of a tenant, its members may not say again.
            let is_member = |person: &usize| is_person(person) && !users[person].6.contains_key(&index);
            let members: BTreeMap<String, Vec<String>> = members.into_iter().filter(|(person, _)| is_member(person)).map(|(person, roles)| (email(person), roles)).collect();
            let members = (!members.is_empty()).then(|| json!(members));
            let entry = if present { object([("name", Some(name)), ("image", image), ("data", data), ("members", members)]) } else { json!({"name": name, "state": "absent"}) };
            (format!("t{index}"), entry)
        }).collect();
        let entries = users.into_iter().map(|(index, (absent, texts, username, locked, data, roles, tenants, invite))| {
            let [name, image, phone] = texts.try_into().unwrap();
            let phone = phone.map(|phone| phone.as_str().map_or(Value::Null, |text| json!(format!("+1555{index:03}{}", text.len() % 1000))));
            let username = username.map(|username| username.as_str().map_or(Value::Null, |username| json!(format!("wanted{index}{username}"))));
            let tenants: BTreeMap<String, Vec<String>> = tenants.into_iter().filter(|(index, _)| is_tenant(index)).map(|(index, roles)| (format!("t{index}"), roles)).collect();
            let invite = invite.then(|| json!("welcome"));
            let entry = object([("name", name), ("username", username), ("image", image), ("phoneNumber", phone), ("locked", locked.map(Value::from)), ("data", data), ("roles", roles.map(|roles| json!(roles))), ("tenants", Some(json!(tenants))), ("invite", invite)]);
            (email(index), if absent { json!({"state": "absent"}) } else { entry })
        });
        let groups = groups.into_iter().enumerate().filter_map(|(index, (people, roles, tenants))| {
            let people: Vec<String> = people.into_iter().filter(&is_person).map(email).collect();
            if people.is_empty() { return None; }
            let tenants: BTreeMap<String, Vec<String>> = tenants.into_iter().filter(|(index, _)| *index == TENANTS || is_tenant(index)).map(|(index, roles)| (if index == TENANTS { "*".to_owned() } else { format!("t{index}") }, roles)).collect();
            Some((format!("g{index}"), object([("users", Some(json!(people))), ("roles", roles.map(|roles| json!(roles))), ("tenants", Some(json!(tenants)))])))
        });
        json!({"version": 1, "workspace": WORKSPACE, "mode": "test", "groups": groups.collect::<Map<_, _>>(), "tenants": tenants, "users": entries.collect::<Map<_, _>>()})
    })
}

/// A live state, and a manifest that refers to it: with pins, records with new names, guards, and what is pruned.
pub(crate) fn world() -> impl Strategy<Value = (ModeState, Value)> {
    let limits = prop_oneof![
        1 => Just(None),
        6 => Just(Some(json!({"maxDeletes": "100%", "maxRoleRemovals": "100%", "maxAddressChanges": "100%"}))),
        1 => Just(Some(json!({"maxDeletes": 1, "maxRoleRemovals": "50%", "keepHolders": {"viewer": 2}, "protect": ["person0@example.com"]}))),
    ];
    let prune = prop_oneof![
        4 => Just(None),
        1 => Just(Some(json!({"users": {"email": ["person[0-2]@example.com"], "action": "lock"}}))),
        1 => Just(Some(json!({"users": {"email": ["*5@example.com"]}, "tenants": true}))),
        1 => Just(Some(json!({"members": "*"}))),
    ];
    let references = prop::collection::vec(0..4_usize, PEOPLE + TENANTS);
    (live(), manifest(), limits, prune, references).prop_map(
        |(state, mut manifest, limits, prune, references)| {
            let (people, tenants) = references.split_at(PEOPLE);
            for (index, reference) in people.iter().enumerate().take(state.users.len()) {
                let users = manifest["users"].as_object_mut().unwrap();
                match (users.get_mut(&email(index)), reference) {
                    (Some(entry), 0) => entry["userId"] = json!(index + 1),
                    (Some(entry), 1) => entry["userUuid"] = json!(uuid(index)),
                    (None, 2) => {
                        let entry = json!({"renamedFrom": email(index), "roles": ["viewer"]});
                        users.insert(format!("moved{index}@example.org"), entry);
                    }
                    _ => {}
                }
            }
            for (index, reference) in tenants.iter().enumerate().take(state.tenants.len()) {
                let Some(entry) = manifest["tenants"].get_mut(format!("t{index}")) else {
                    continue;
                };
                match reference {
                    0 => entry["tenantId"] = json!(tenant_id(index)),
                    1 if entry.get("state").is_none() => {
                        entry["name"] = json!(format!("Renamed {index}"));
                        entry["renamedFrom"] = json!(format!("Tenant {index}"));
                    }
                    _ => {}
                }
            }
            for (key, value) in [("guards", limits), ("prune", prune)] {
                if let Some(value) = value {
                    manifest[key] = value;
                }
            }
            (state, manifest)
        },
    )
}

/// JSON in plain ASCII: the few characters that JSON allows and YAML does not are escaped, and dollar signs are no
/// variables.
pub(crate) fn yaml(manifest: &Value) -> String {
    let mut text = String::new();
    for unit in manifest.to_string().replace('$', "$$").encode_utf16() {
        match u8::try_from(unit)
            .ok()
            .filter(|byte| (b' '..=b'~').contains(byte))
        {
            Some(byte) => text.push(byte.into()),
            None => write!(text, "\\u{unit:04x}").unwrap(),
        }
    }
    text
}

pub(crate) fn config() -> Config {
    Config {
        cases: cases(48),
        max_shrink_iters: 400,
        // A failing case is shown in full; a file beside the sources would only be found by chance.
        failure_persistence: None,
        ..Config::default()
    }
}
