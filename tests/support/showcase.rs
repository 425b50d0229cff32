//! A workspace and a manifest whose plan has every kind of step, and names that mean harm.

use ufsync::emulator::{ModeState, Options, TenantState, UserState};

use super::Server;

/// A name that would end a folded block, run as HTML, and start a block of code, if it were let.
pub(crate) const NASTY: &str = "</details><img src=x> ``` @everyone ::error::x \u{1b}[2J";

/// The manifest.
pub(crate) const MANIFEST: &str = r#"version: 1
workspace: demo1234
roles: [{name: admin, sensitive: true}, member, viewer, support]
tenants:
  acme: {name: Acme Inc., renamedFrom: Acme, data: {limits: {seats: 25, rooms: [1, 2]}}}
  globex: {name: Globex}
  initech: {name: Initech, state: absent}
users:
  jane@example.com:
    name: Jane Doe
    roles: [member]
    tenants: {acme: [support]}
  bob@example.com: {roles: [admin]}
  new@example.com: {name: "</details><img src=x> ``` @everyone ::error::x \e[2J", tenants: {globex: [viewer]}}
  invited@example.com: {invite: {type: welcome, duration: 2 days}}
  moved@example.com: {renamedFrom: moving@example.com}
  gone@example.com: {state: absent}
prune: {users: {email: ['*@old.example'], action: lock}}
guards: {maxRoleRemovals: 1}
"#;

fn user(id: u64, email: &str, name: &str, roles: &[(&str, &[&str])]) -> UserState {
    UserState {
        user_id: id,
        email: Some(email.to_owned()),
        name: Some(name.to_owned()),
        last_active_at: (id == 5).then(|| "2020-01-02T03:04:05.000Z".to_owned()),
        roles: roles
            .iter()
            .map(|(scope, roles)| {
                let roles = roles.iter().map(ToString::to_string);
                ((*scope).to_owned(), roles.collect())
            })
            .collect(),
        ..UserState::default()
    }
}

fn tenant(id: &str, name: &str) -> TenantState {
    TenantState {
        tenant_id: id.to_owned(),
        name: name.to_owned(),
        ..TenantState::default()
    }
}

/// The state before.
pub(crate) fn state() -> ModeState {
    ModeState {
        tenants: vec![
            TenantState {
                data: serde_json::from_str(r#"{"limits": {"seats": 5}, "plan": "pro"}"#).unwrap(),
                ..tenant("acme0001", "Acme")
            },
            tenant("init0001", "Initech"),
        ],
        users: vec![
            user(
                1,
                "jane@example.com",
                "Jane",
                &[("demo1234", &["admin"]), ("acme0001", &["viewer"])],
            ),
            user(2, "bob@example.com", "Bob", &[]),
            user(3, "moving@example.com", "Moving", &[]),
            user(4, "gone@example.com", "Gone", &[("init0001", &["viewer"])]),
            user(5, "ada@old.example", "Ada", &[("demo1234", &["member"])]),
            user(
                6,
                "stranger@example.com",
                "Stranger",
                &[("acme0001", &["viewer"])],
            ),
        ],
        ..ModeState::default()
    }
}

/// The server before.
pub(crate) fn server() -> Server {
    Server::start(Options::default(), state())
}
