//! Laws of rules: one rule and four people, who are locked, unlocked, renamed and granted roles at random. The oracle is a small
//! check over the emulator's store.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use fastrand::Rng;
use ufsync::emulator::{ModeState, Options, TenantState, UserState};

use crate::support::cases::cases;
use crate::support::{Server, desired, steps};

const ROLES: [&str; 3] = ["admin", "approver", "requester"];

#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    Only,
    NotTogether,
}

impl Rule {
    fn text(self) -> &'static str {
        match self {
            Self::Only => "{ role: approver, onlyUsers: [\"*@us.example\"] }",
            Self::NotTogether => "{ notTogether: [approver, requester] }",
        }
    }
}

pub(crate) fn some(rng: &mut Rng) -> Vec<&'static str> {
    let roles = ROLES.into_iter().skip(1);
    roles.filter(|_| rng.u8(0..5) < 2).collect()
}

pub(crate) fn domain(rng: &mut Rng) -> &'static str {
    if rng.bool() {
        "us.example"
    } else {
        "evil.example"
    }
}

fn tenant(id: &str, name: &str, parent: &str) -> TenantState {
    TenantState {
        tenant_id: id.to_owned(),
        name: name.to_owned(),
        parent: parent.to_owned(),
        ..TenantState::default()
    }
}

pub(crate) fn case(rng: &mut Rng) -> (ModeState, String, Rule) {
    let rule = if rng.bool() {
        Rule::Only
    } else {
        Rule::NotTogether
    };
    let scopes = [("demo1234", ""), ("acmeacme", "acme"), ("westwest", "west")];
    let mut users = Vec::new();
    let mut text =
        "tenants: { acme: { name: Acme }, west: { name: West, parent: acme } }\nusers:\n"
            .to_owned();
    for index in 0..4 {
        let live = format!("p{index}@{}", domain(rng));
        let mut roles: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let (mut workspace, mut tenants) = (String::new(), Vec::new());
        for (id, handle) in scopes {
            if rng.u8(0..3) == 0 {
                roles.insert(
                    id.to_owned(),
                    some(rng).iter().map(ToString::to_string).collect(),
                );
            }
            let list = some(rng).join(", ");
            match (rng.u8(0..3), handle) {
                (0, "") => workspace = format!("roles: [{list}], "),
                (0, handle) => tenants.push(format!("{handle}: [{list}]")),
                (1, handle) if !handle.is_empty() && !list.is_empty() => {
                    tenants.push(format!("{handle}: {{ atLeast: [{list}] }}"));
                }
                _ => {}
            }
        }
        users.push(UserState {
            email: Some(live.clone()),
            locked: rng.u8(0..3) == 0,
            is_confirmed: true,
            roles,
            ..UserState::default()
        });
        let locked = match rng.u8(0..4) {
            0 => "locked: true, ",
            1 => "locked: false, ",
            _ => "",
        };
        let renamed = format!("p{index}@{}", domain(rng));
        let previous = if renamed == live || rng.bool() {
            String::new()
        } else {
            format!("renamedFrom: {live}, ")
        };
        let email = if previous.is_empty() { &live } else { &renamed };
        let tenants = tenants.join(", ");
        writeln!(
            text,
            "  {email}: {{ {previous}{locked}{workspace}tenants: {{ {tenants} }} }}"
        )
        .unwrap();
    }
    users.push(UserState {
        email: Some("root@us.example".to_owned()),
        is_confirmed: true,
        roles: BTreeMap::from([("demo1234".to_owned(), vec!["admin".to_owned()])]),
        ..UserState::default()
    });
    let state = ModeState {
        tenants: vec![
            tenant("acmeacme", "Acme", ""),
            tenant("westwest", "West", "acmeacme"),
        ],
        users,
        ..ModeState::default()
    };
    let guards = "guards: { maxRoleRemovals: 100%, maxDeletes: 100%, maxAddressChanges: 100% }";
    (
        state,
        format!("version: 1\n{guards}\n{text}rules: [{}]\n", rule.text()),
        rule,
    )
}

/// Each way in which a user who can log in breaks the rule.
pub(crate) fn breaches(store: &ModeState, rule: Rule) -> BTreeSet<(String, &'static str, String)> {
    let mut found = BTreeSet::new();
    for user in store.users.iter().filter(|user| !user.locked) {
        let held = |scope: &str| user.roles.get(scope).cloned().unwrap_or_default();
        let (acme, west) = (held("acmeacme"), held("westwest"));
        let counted = [
            ("workspace", held("demo1234")),
            ("acme", acme.clone()),
            ("west", [acme, west].concat()),
        ];
        for (scope, roles) in counted {
            let has = |role: &str| roles.iter().any(|it| it == role);
            let email = user.email.clone().unwrap_or_default();
            let broken = match rule {
                Rule::Only => has("approver") && !email.ends_with("@us.example"),
                Rule::NotTogether => has("approver") && has("requester"),
            };
            if broken {
                found.insert((user.user_uuid.clone(), scope, format!("{rule:?}")));
            }
        }
    }
    found
}

#[test]
fn no_plan_that_passes_leaves_a_new_breach() {
    let all = u64::from(cases(60));
    let mut applied = 0;
    for seed in 0..all {
        let (state, text, rule) = case(&mut Rng::with_seed(seed));
        let server = Server::start(Options::default(), state);
        let before = breaches(&server.store(), rule);
        let planned = server.planned(&desired(&text));
        let Ok(planned) = planned else { continue };
        let plan = planned.plan;
        if !plan.broken_guards.is_empty() || !plan.likely_renames.is_empty() {
            continue;
        }
        applied += 1;
        let outcome = server.apply(&plan);
        assert!(
            outcome.is_complete(),
            "seed {seed}\n{text}\n{}",
            steps(&plan, Some(&outcome))
        );
        let after = breaches(&server.store(), rule);
        let new: Vec<_> = after.difference(&before).collect();
        assert!(new.is_empty(), "seed {seed}: {new:?}\n{text}");
    }
    assert!(applied * 8 > all * 3, "{applied} of {all} were applied");
}
