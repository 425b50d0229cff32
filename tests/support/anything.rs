//! Live states and manifests of every kind, with the texts that YAML and terminals trip over.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Map, Value, json};
use ufsync::emulator::{ModeState, TenantState, UserState};

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

/// Tenants of the live state: the first of all that are possible, each with a name of its own.
pub(crate) fn live() -> impl Strategy<Value = ModeState> {
    let tenant = (prop::option::of(filled()), data());
    let user = (
        prop::option::of(text()),
        prop::option::of(text()),
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
                |(index, (name, phone_number, locked, data, roles, upper))| {
                    let email = format!("person{index}@example.com");
                    let scopes =
                        std::iter::once(WORKSPACE.to_owned()).chain((0..count).map(tenant_id));
                    UserState {
                        email: Some(if upper { email.to_uppercase() } else { email }),
                        name,
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

/// A manifest as JSON, which is YAML too.
pub(crate) fn manifest() -> impl Strategy<Value = Value> {
    let managed = prop::collection::btree_map(
        prop_oneof![Just("plan".to_owned()), Just("seats".to_owned())],
        prop_oneof![Just(Value::Null), text().prop_map(Value::from)],
        0..3,
    )
    .prop_map(|map| json!(map));
    let tenant = (
        any::<bool>(),
        field(text().prop_map(Value::from)),
        field(managed.clone()),
    );
    let user = (
        prop::bool::weighted(0.2),
        field(text().prop_map(Value::from)),
        field(text().prop_map(Value::from)),
        prop::option::of(any::<bool>()),
        field(managed),
        prop::option::of(roles()),
        prop::collection::btree_map(0..TENANTS, roles(), 0..=TENANTS),
        any::<bool>(),
    );
    let tenants = prop::collection::btree_map(0..TENANTS, tenant, 0..=TENANTS);
    let users = prop::collection::btree_map(0..PEOPLE, user, 0..=PEOPLE);
    (tenants, users).prop_map(|(tenants, users)| {
        let present: BTreeSet<usize> = tenants.iter().filter(|(_, (present, ..))| *present).map(|(index, _)| *index).collect();
        let tenants = tenants.into_iter().map(|(index, (present, image, data))| {
            let name = json!(format!("Tenant {index}"));
            let entry = if present { object([("name", Some(name)), ("image", image), ("data", data)]) } else { json!({"name": name, "state": "absent"}) };
            (format!("t{index}"), entry)
        });
        let users = users.into_iter().map(|(index, (absent, name, phone, locked, data, roles, tenants, invite))| {
            let tenants: BTreeMap<String, Vec<String>> = tenants.into_iter().filter(|(index, _)| present.contains(index)).map(|(index, roles)| (format!("t{index}"), roles)).collect();
            let invite = invite.then(|| json!("welcome"));
            let entry = object([("name", name), ("phoneNumber", phone), ("locked", locked.map(Value::from)), ("data", data), ("roles", roles.map(|roles| json!(roles))), ("tenants", Some(json!(tenants))), ("invite", invite)]);
            (format!("Person{index}@example.com"), if absent { json!({"state": "absent"}) } else { entry })
        });
        json!({"version": 1, "workspace": WORKSPACE, "mode": "test", "tenants": tenants.collect::<Map<_, _>>(), "users": users.collect::<Map<_, _>>()})
    })
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
        cases: 48,
        max_shrink_iters: 400,
        // A failing case is shown in full; a file beside the sources would only be found by chance.
        failure_persistence: None,
        ..Config::default()
    }
}
