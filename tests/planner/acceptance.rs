//! Codes that accept what breaks a guard: the same for the same plan, another for any other.

use ufsync::plan::diff::{Drafted, diff};
use ufsync::plan::guards::{Acceptance, GuardName};
use ufsync::plan::saved::created::CreatedRecords;
use ufsync::plan::saved::recheck::recheck;
use ufsync::plan::{Plan, Policy};

use crate::live_text::{desired, live};

fn plan(manifest: &str, live_text: &str) -> Plan {
    match diff(&desired(manifest), &live(live_text), &Policy::default()) {
        Ok(Drafted::Plan(plan)) => *plan,
        other => panic!("{other:?}"),
    }
}

/// The code of the one guard that is broken.
fn code(manifest: &str, live_text: &str) -> String {
    let broken = plan(manifest, live_text).broken_guards;
    assert_eq!(broken.len(), 1, "{broken:?}");
    broken[0].code.clone()
}

const LIVE: &str = "users: {u1: {email: a@x.example, roles: [admin], last: 2026-01-01T00:00:00Z}, u2: b@x.example}";

#[test]
fn the_same_change_has_the_same_code_whenever_it_is_planned() {
    let first = code("users: {a@x.example: {state: absent}}", LIVE);
    assert_eq!(first.len(), 12);
    let later = "users: {u1: {email: a@x.example, roles: [admin], last: 2026-11-01T00:00:00Z}, u2: b@x.example, u3: c@x.example}";
    // Activity, totals and places are no part of it.
    assert_eq!(
        code("users:\n\n  a@x.example: {state: absent}", later),
        first
    );
}

#[test]
fn another_change_has_another_code() {
    let mut codes = vec![
        code("users: {a@x.example: {state: absent}}", LIVE),
        code("users: {a@x.example: {locked: true}}", LIVE),
        code("users: {a@x.example: {roles: []}}", LIVE),
        code("users: {a@x.example: {roles: [member]}}", LIVE),
        code("users: {a@x.example: {roles: [], name: A}}", LIVE),
        code(
            "users: {a@x.example: {roles: []}, b@x.example: {name: B}}",
            LIVE,
        ),
        code(
            "users: {a@x.example: {roles: []}, b@x.example: {name: C}}",
            LIVE,
        ),
        code("users: {a@x.example: {roles: []}, n@x.example: {}}", LIVE),
        code(
            "users: {a@x.example: {roles: []}, n@x.example: {invite: welcome}}",
            LIVE,
        ),
        code(
            "users: {a@x.example: {state: absent}}",
            &LIVE.replace("u1:", "u9:"),
        ),
        code(
            "users: {a@x.example: {state: absent}}",
            &LIVE.replace("[admin]", "[admin, owner]"),
        ),
        code(
            "guards: {protect: [a@x.example]}\nusers: {a@x.example: {name: A, roles: [admin], state: present}, b@x.example: {state: absent}}",
            &LIVE
                .replace("b@x.example", "{email: b@x.example, roles: [admin]}")
                .replace(
                    "email: a@x.example, roles: [admin]",
                    "email: a@x.example, locked: true, roles: [admin]",
                ),
        ),
    ];
    let all = codes.len();
    codes.sort();
    codes.dedup();
    assert_eq!(codes.len(), all);
}

#[test]
fn one_guard_of_a_plan_does_not_accept_another() {
    let plan = plan(
        "guards: {protect: [a@x.example]}\nusers: {a@x.example: {state: absent}}",
        LIVE,
    );
    let [keep, protect] = &plan.broken_guards[..] else {
        panic!("{:?}", plan.broken_guards)
    };
    let accepts = |guard, code: &str| Acceptance::new(guard, code).accepts(keep);
    assert!(accepts(GuardName::KeepHolders, &keep.code));
    assert!(accepts(GuardName::KeepHolders, &keep.code[..6]));
    assert!(!accepts(GuardName::KeepHolders, &keep.code[..5]));
    assert!(!accepts(GuardName::KeepHolders, ""));
    assert!(!accepts(GuardName::KeepHolders, &protect.code));
    assert!(!accepts(GuardName::Protect, &keep.code));
    assert!(!accepts(GuardName::KeepHolders, &format!("{}0", keep.code)));
}

/// No step names the tenant whose holder gets another address.
#[test]
fn a_saved_plan_has_the_codes_that_were_shown() {
    let live_text =
        "{tenants: {t1: {name: Acme}}, users: {u1: {email: a@x.example, in: {t1: [viewer]}}}}";
    let manifest = "users: {b@y.example: {renamedFrom: a@x.example}}
tenants: {acme: {name: Acme}}
guards: {keepHolders: {viewer: 1}}";
    let plan = plan(manifest, live_text);
    let [shown] = &plan.broken_guards[..] else {
        panic!("{:?}", plan.broken_guards);
    };
    let found = recheck(&plan, &live(live_text), &CreatedRecords::default()).unwrap();
    assert_eq!(found.plan.broken_guards, plan.broken_guards);
    assert!(shown.reasons[0].contains("in acme"), "{shown:?}");
}
