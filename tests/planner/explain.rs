//! Why a user has, gets or loses a role.

use std::fmt::Write as _;

use insta::assert_snapshot;
use ufsync::model::Email;
use ufsync::session::explain;

use crate::live_text::{desired, live};

fn explained(manifest: &str, live_text: &str, email: &str, tenant: Option<&str>) -> String {
    let (desired, live) = (desired(manifest), live(live_text));
    let found = explain(&desired, &live, &Email::new(email), tenant).unwrap();
    let entry = found
        .entry
        .map_or_else(|| "no entry".to_owned(), |place| place.to_string());
    let mut text = format!(
        "{} ({entry}){}",
        found.email,
        if found.exists { "" } else { ", does not exist" }
    );
    if let Some(removal) = found.removed {
        let why: Vec<String> = removal.why.iter().map(ToString::to_string).collect();
        write!(
            text,
            ", {} by {}",
            if removal.locks { "locked" } else { "deleted" },
            why.join(", ")
        )
        .unwrap();
    }
    for blocked in found.blocked {
        write!(text, "\nblocked {}: {}", blocked.address, blocked.reason).unwrap();
    }
    for scope in found.scopes {
        let managed = if scope.managed { "" } else { " (not managed)" };
        write!(text, "\n{}{managed}:", scope.name).unwrap();
        for role in scope.roles {
            let held = if role.held { "held" } else { "not held" };
            write!(text, " {} {held} {:?}", role.role, role.next).unwrap();
            let by: Vec<String> = role.granted_by.iter().map(ToString::to_string).collect();
            if !by.is_empty() {
                write!(text, " by {}", by.join(" and ")).unwrap();
            }
            text.push(';');
        }
    }
    text
}

const MANIFEST: &str = "
tenants:
  acme: {name: Acme, members: {a@x.example: [owner]}}
  globex: {name: Globex}
  gone: {name: Gone, state: absent}
users:
  a@x.example: {roles: [member], tenants: {globex: []}}
  b@x.example: {state: absent}
  c@x.example: {locked: true}
  new@x.example: {roles: [member], tenants: {acme: [viewer]}}
groups:
  support: {users: [a@x.example], roles: [member, agent]}
prune: {members: [acme]}
";
const LIVE: &str = "
tenants: {t1: Acme, t2: Globex, t3: Other, t4: Gone}
users:
  u1: {email: a@x.example, roles: [member, admin], in: {t1: [viewer], t2: [owner], t3: [owner], t4: [owner]}}
  u2: {email: b@x.example, roles: [member]}
  u3: {email: c@x.example, roles: [member]}
  u4: {email: d@x.example, roles: [member], in: {t1: [viewer]}}
crowd: {users: 9, roles: [admin, member]}
";

#[test]
fn every_scope_and_source_is_told() {
    assert_snapshot!(explained(MANIFEST, LIVE, "a@x.example", None), @r"
    a@x.example (m:8)
    workspace: admin held Removes; agent not held Grants by group support (m:13); member held Keeps by m:8 and group support (m:13);
    acme: owner not held Grants by members of acme (m:4); viewer held Removes;
    globex: owner held Removes;
    gone: owner held Removes;
    id:t3 (not managed): owner held LeavesAlone;
    ");
}

#[test]
fn one_tenant_by_handle_id_or_name() {
    assert_snapshot!(explained(MANIFEST, LIVE, "a@x.example", Some("acme")), @r"
    a@x.example (m:8)
    acme: owner not held Grants by members of acme (m:4); viewer held Removes;
    ");
}

#[test]
fn a_tenant_by_id() {
    assert_snapshot!(explained(MANIFEST, LIVE, "a@x.example", Some("t3")), @r"
    a@x.example (m:8)
    id:t3 (not managed): owner held LeavesAlone;
    ");
}

#[test]
fn a_tenant_by_name() {
    assert_snapshot!(explained(MANIFEST, LIVE, "a@x.example", Some("Other")), @r"
    a@x.example (m:8)
    id:t3 (not managed): owner held LeavesAlone;
    ");
}

#[test]
fn a_tenant_that_is_not_there() {
    let (desired, live) = (desired(MANIFEST), live(LIVE));
    let error = explain(&desired, &live, &Email::new("a@x.example"), Some("typo")).unwrap_err();
    assert_snapshot!(error, @"there is no tenant `typo`, in the manifest or on the server");
}

#[test]
fn who_is_deleted() {
    assert_snapshot!(explained(MANIFEST, LIVE, "b@x.example", None), @r"
    b@x.example (m:9), deleted by m:9
    workspace (not managed): member held Removes;
    ");
}

#[test]
fn who_is_locked() {
    assert_snapshot!(explained(MANIFEST, LIVE, "c@x.example", None), @r"
    c@x.example (m:10), locked by m:10
    workspace (not managed): member held LeavesAlone;
    ");
}

#[test]
fn who_is_pruned_from_a_tenant() {
    assert_snapshot!(explained(MANIFEST, LIVE, "D@x.example", None), @r"
    D@x.example (no entry)
    workspace (not managed): member held LeavesAlone;
    acme: viewer held Removes;
    ");
}

#[test]
fn who_is_created() {
    assert_snapshot!(explained(MANIFEST, LIVE, "new@x.example", None), @r"
    new@x.example (m:11), does not exist
    workspace: member not held Grants by m:11;
    acme: viewer not held Grants by m:11;
    ");
}

#[test]
fn who_is_unknown() {
    assert_snapshot!(explained(MANIFEST, LIVE, "nobody@x.example", None), @"nobody@x.example (no entry), does not exist");
}

#[test]
fn a_handover_in_two_steps_ends_as_the_second_leaves_it() {
    let manifest = "users: {a@x.example: {roles: [owner]}, b@x.example: {roles: [admin]}}";
    let live = "users: {u1: {email: a@x.example, roles: [admin]}, u2: {email: b@x.example, roles: [owner]}}";
    assert_snapshot!(explained(manifest, live, "a@x.example", None), @r"
    a@x.example (m:2)
    workspace: admin held Removes; owner not held Grants by m:2;
    ");
}

#[test]
fn what_is_blocked_is_not_said_to_be_granted() {
    let manifest = "tenants: {twin: {name: Twin, members: {a@x.example: [owner]}}}
users: {a@x.example: {roles: []}, b@x.example: {userId: 9, roles: [admin, member]}}";
    let live = "tenants: {t1: Twin, t2: Twin}
users: {u1: {email: a@x.example, roles: [admin]}}
crowd: {users: 9, roles: [member]}";
    assert_snapshot!(explained(manifest, live, "a@x.example", None), @"
    a@x.example (m:3)
    blocked users/a@x.example/roles: `admin` is taken away only after users/b@x.example has got it, which is blocked
    blocked users/a@x.example/tenants/twin: it needs tenants/twin, which is blocked
    workspace: admin held Blocked;
    twin: owner not held Blocked by members of twin (m:2);
    ");
    assert_snapshot!(explained(manifest, live, "b@x.example", None), @"
    b@x.example (m:3), does not exist
    blocked users/b@x.example: there is no user with userId 9 in this workspace
    workspace: admin not held Blocked by m:3; member not held Blocked by m:3;
    ");
}
