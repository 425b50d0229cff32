//! The workspace before, the manifest, and the workspace after: everything that a manifest can ask for at once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use ufsync::emulator::{ModeState, TenantState, UserState};

/// Tenants to create, with members; users to create, invite, change, move and delete; two handovers from people who are
/// there to others who are there, one to somebody who is only now created; a tenant to delete.
pub(crate) const MANIFEST: &str = "
version: 1
workspace: demo1234
mode: test
guards: { maxRoleRemovals: 100%, maxDeletes: 3 }
tenants:
  acme: { name: Acme, data: { plan: pro, old: null } }
  fresh:
    name: Fresh
    data: { plan: free }
    members: { ben@example.com: [viewer], eve@example.com: [owner], fay@example.com: [viewer] }
  north:
    name: North
    members: { uma@example.com: [viewer], eve@example.com: [viewer], gil@example.com: [owner] }
  gone: { name: Gone, state: absent }
users:
  ada@example.com: { name: Ada, roles: [member], tenants: { acme: [viewer] } }
  Ben@Example.com: { username: benny, phoneNumber: null, roles: [admin] }
  tom@example.com: { data: { plan: pro, old: null }, tenants: { acme: [viewer] } }
  uma@example.com: { tenants: { acme: [owner] } }
  eve@example.com: { name: Eve, roles: [member], tenants: { acme: [admin] } }
  fay@example.com: { name: Fay, locked: true, data: { deep: { a: [1, 2] } } }
  gil@example.com: { name: Gil, invite: welcome }
  hal@example.com: { invite: { type: reset, duration: 30 minutes }, roles: [viewer] }
  moved@example.org: { renamedFrom: moved@example.com, roles: [member] }
  leaver@example.com: { state: absent }
  quitter@example.com: { state: absent }
";

/// Who is to hold what in the end; those whom the manifest does not mention hold what they held.
pub(crate) const WANTED: &[(&str, &str, &[&str])] = &[
    ("ada@example.com", "Acme", &["viewer"]),
    ("ada@example.com", "Elsewhere", &["admin"]),
    ("ada@example.com", WORKSPACE, &["member"]),
    ("ben@example.com", "Acme", &["viewer"]),
    ("ben@example.com", "Fresh", &["viewer"]),
    ("ben@example.com", WORKSPACE, &["admin"]),
    ("bystander@example.com", "Acme", &["viewer"]),
    ("bystander@example.com", WORKSPACE, &["viewer"]),
    ("eve@example.com", "Acme", &["admin"]),
    ("eve@example.com", "Fresh", &["owner"]),
    ("eve@example.com", "North", &["viewer"]),
    ("eve@example.com", WORKSPACE, &["member"]),
    ("fay@example.com", "Fresh", &["viewer"]),
    ("gil@example.com", "North", &["owner"]),
    ("hal@example.com", WORKSPACE, &["viewer"]),
    ("moved@example.org", WORKSPACE, &["member"]),
    ("tom@example.com", "Acme", &["viewer"]),
    ("uma@example.com", "Acme", &["owner"]),
    ("uma@example.com", "North", &["viewer"]),
];

/// Roles that somebody holds before and others after: somebody holds them at every moment.
pub(crate) const HELD: &[(&str, &str)] = &[
    (WORKSPACE, "admin"),
    ("Acme", "admin"),
    ("Acme", "owner"),
    ("Elsewhere", "admin"),
];

/// What the workspace is called among its tenants.
pub(crate) const WORKSPACE: &str = "the workspace";

/// A role that somebody holds somewhere.
pub(crate) type Grant = (String, String, String);

/// Who holds what, by addresses in lower case and tenants' names.
pub(crate) fn grants(state: &ModeState) -> BTreeSet<Grant> {
    let names: BTreeMap<&str, &str> = state
        .tenants
        .iter()
        .map(|tenant| (tenant.tenant_id.as_str(), tenant.name.as_str()))
        .chain([("demo1234", WORKSPACE)])
        .collect();
    let mut held = BTreeSet::new();
    for user in &state.users {
        for (scope, roles) in &user.roles {
            for role in roles {
                let scope = names[scope.as_str()].to_owned();
                held.insert((email(user), scope, role.clone()));
            }
        }
    }
    held
}

pub(crate) fn email(user: &UserState) -> String {
    user.email.as_deref().unwrap_or_default().to_lowercase()
}

/// What is to be held in the end.
pub(crate) fn wanted() -> BTreeSet<Grant> {
    let each = |(email, scope, roles): &(&str, &str, &[&str])| {
        let grant =
            |role: &&str| -> Grant { ((*email).into(), (*scope).into(), (*role).to_owned()) };
        roles.iter().map(grant).collect::<Vec<_>>()
    };
    WANTED.iter().flat_map(each).collect()
}

fn tenant(id: &str, name: &str) -> TenantState {
    TenantState {
        tenant_id: id.into(),
        name: name.into(),
        data: json!({"old": 1, "kept": true})
            .as_object()
            .cloned()
            .unwrap(),
        ..TenantState::default()
    }
}

fn user(email: &str, roles: &[(&str, &[&str])]) -> UserState {
    let roles = roles.iter().map(|(scope, roles)| {
        let roles = roles.iter().map(ToString::to_string);
        ((*scope).to_owned(), roles.collect())
    });
    UserState {
        email: Some(email.into()),
        phone_number: Some("+1".into()),
        data: json!({"old": {"x": 1}, "kept": [1]})
            .as_object()
            .cloned()
            .unwrap(),
        roles: roles.collect(),
        ..UserState::default()
    }
}

/// The workspace before.
pub(crate) fn before() -> ModeState {
    const HOME: &str = "demo1234";
    const ACME: &str = "acme0001";
    const GONE: &str = "gone0001";
    ModeState {
        roles: ["admin", "member", "owner", "viewer"]
            .map(str::to_owned)
            .to_vec(),
        tenants: vec![
            tenant(ACME, "Acme"),
            tenant(GONE, "Gone"),
            tenant("else0001", "Elsewhere"),
        ],
        users: vec![
            user(
                "ada@example.com",
                &[
                    (HOME, &["admin"]),
                    (ACME, &["admin", "viewer"]),
                    ("else0001", &["admin"]),
                ],
            ),
            user(
                "ben@example.com",
                &[(HOME, &["member"]), (ACME, &["viewer"])],
            ),
            user("tom@example.com", &[(ACME, &["owner"])]),
            user("uma@example.com", &[(ACME, &["viewer"])]),
            user("moved@example.com", &[(HOME, &["member", "viewer"])]),
            user(
                "leaver@example.com",
                &[(HOME, &["admin"]), (ACME, &["owner"])],
            ),
            user("quitter@example.com", &[(GONE, &["viewer"])]),
            user(
                "bystander@example.com",
                &[
                    (HOME, &["viewer"]),
                    (ACME, &["viewer"]),
                    (GONE, &["viewer"]),
                ],
            ),
        ],
        ..ModeState::default()
    }
}

/// What nobody asked to change: the bystander but for a role in a tenant that goes, and another tenant.
pub(crate) fn untouched(state: &ModeState) -> serde_json::Value {
    let bystander = state
        .users
        .iter()
        .find(|user| email(user) == "bystander@example.com");
    let mut bystander = bystander.cloned();
    if let Some(user) = &mut bystander {
        user.roles.remove("gone0001");
    }
    let elsewhere = state
        .tenants
        .iter()
        .find(|tenant| tenant.name == "Elsewhere");
    json!([bystander, elsewhere])
}

/// Nothing is left to do.
pub(crate) fn is_done(state: &ModeState) {
    assert_eq!(grants(state), wanted());
    let mut emails: Vec<String> = state.users.iter().map(email).collect();
    emails.sort();
    let names = [
        "ada",
        "ben",
        "bystander",
        "eve",
        "fay",
        "gil",
        "hal",
        "moved",
        "tom",
        "uma",
    ];
    let expected = names.map(|name| {
        let home = if name == "moved" { "org" } else { "com" };
        format!("{name}@example.{home}")
    });
    assert_eq!(emails, expected);
    let mut tenants: Vec<&str> = state
        .tenants
        .iter()
        .map(|tenant| tenant.name.as_str())
        .collect();
    tenants.sort_unstable();
    assert_eq!(tenants, ["Acme", "Elsewhere", "Fresh", "North"]);
    let mut invited: Vec<&str> = state
        .invitations
        .iter()
        .map(|invitation| invitation.email.as_str())
        .collect();
    invited.sort_unstable();
    assert_eq!(invited, ["gil@example.com", "hal@example.com"]);
    let data = |name: &str| {
        let found = state.users.iter().find(|user| email(user) == name);
        serde_json::Value::Object(found.unwrap().data.clone())
    };
    let tom = data("tom@example.com");
    assert_eq!((&tom["plan"], &tom["kept"]), (&json!("pro"), &json!([1])));
    assert_eq!(tom["old"], json!(null));
    assert_eq!(data("fay@example.com")["deep"], json!({"a": [1, 2]}));
}

/// A manifest of many users who each hold a role in the workspace.
pub(crate) fn many(users: usize, role: &str) -> String {
    let entry = |number: usize| format!("  user{number}@example.com: {{roles: [{role}]}}\n");
    let entries: String = (0..users).map(entry).collect();
    format!("version: 1\nusers:\n{entries}")
}
