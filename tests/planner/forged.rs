//! Plans that somebody wrote by hand, with a fresh checksum: what can be worked out again is, and the rest is refused.

use serde_json::{Value, json};
use ufsync::model::Email;
use ufsync::model::source::Sources;
use ufsync::plan::address::Person;
use ufsync::plan::change::Target;
use ufsync::plan::cost::{Pace, cost};
use ufsync::plan::saved::created::CreatedRecords;
use ufsync::plan::saved::document::{ManifestInfo, PlanFile, Source, manifest_hash};
use ufsync::plan::saved::recheck::recheck;
use ufsync::plan::{Address, Change, Plan, likely_renames};

use crate::live_text::{live, planned};

const LIVE: &str = "tenants: {t1: Acme}\nusers: {u1: {email: alice@x.example, name: Al, roles: [admin]}, u2: {email: bob@x.example, in: {t1: [viewer]}}}";

fn file(plan: Plan) -> Value {
    let manifest = ManifestInfo {
        hash: manifest_hash(&Sources::default()),
        mode: None,
    };
    let cost = cost(&plan, Pace::default());
    serde_json::to_value(PlanFile::new(plan, Source::Server, manifest, cost)).unwrap()
}

/// What a plan is refused for whose document was edited and has the right sum again.
fn refused(manifest: &str, edit: impl Fn(&mut Value)) -> String {
    let mut saved = file(planned(manifest, &live(LIVE)));
    edit(&mut saved);
    // The sum of the document as this program writes it.
    let plan: Plan = serde_json::from_value(saved.clone()).unwrap();
    let saved = file(plan);
    match PlanFile::read(&serde_json::to_vec(&saved).unwrap()) {
        Ok(_) => "read".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn one_value_is_shown_and_sent() {
    let rename = "users: {bob@x.example: {name: Bob}}";
    assert_eq!(refused(rename, |_| ()), "read");
    let twice = refused(rename, |saved| {
        let changes = saved["steps"][0]["change"]["edit"]["changes"]
            .as_array_mut()
            .unwrap();
        let mut other = changes[0].clone();
        other["after"] = json!("Mallory");
        changes.push(other);
    });
    assert!(twice.contains("changes a field twice"), "{twice}");
    let text = refused("users: {bob@x.example: {locked: true}}", |saved| {
        saved["steps"][0]["change"]["edit"]["changes"][0]["after"] = json!("true");
    });
    assert!(text.contains("value of another type"), "{text}");
    let invited = refused("users: {bob@x.example: {state: absent}}", |saved| {
        saved["steps"][0]["change"]["invite"] = json!({"type": "welcome"});
    });
    assert!(invited.contains("invites a user who exists"), "{invited}");
}

#[test]
fn the_workspace_is_no_tenant_of_a_step() {
    for id in ["demo1234", "DEMO1234"] {
        let roles = refused(
            "tenants: {acme: {name: Acme}}\nusers: {bob@x.example: {tenants: {acme: []}}}",
            |saved| {
                saved["steps"][0]["change"]["scope"] = json!({"tenant": {"existing": id}});
            },
        );
        assert!(roles.contains("its tenant is the workspace"), "{roles}");
        let deleted = refused("tenants: {acme: {name: Acme, state: absent}}", |saved| {
            saved["steps"][0]["change"]["target"] = json!({"existing": id});
        });
        assert!(deleted.contains("its tenant is the workspace"), "{deleted}");
    }
}

#[test]
fn an_address_names_the_user_whom_the_step_changes() {
    let now = live(LIVE);
    let mut plan = planned("users: {alice@x.example: {name: Alice}}", &now);
    plan.steps[0].address = Address::User(Person::Email(Email::new("harmless@x.example")));
    let found = recheck(&plan, &now, &CreatedRecords::default()).unwrap();
    assert_eq!(
        found.plan.steps[0].address.to_string(),
        "users/alice@x.example"
    );
    let mut plan = planned("users: {new@x.example: {roles: [admin]}}", &now);
    for step in &mut plan.steps {
        step.address = match &step.change {
            Change::Roles { .. } => {
                Address::WorkspaceRoles(Person::Email(Email::new("bob@x.example")))
            }
            _ => Address::User(Person::Email(Email::new("bob@x.example"))),
        };
    }
    let found = recheck(&plan, &now, &CreatedRecords::default()).unwrap();
    let addresses: Vec<String> = found
        .plan
        .steps
        .iter()
        .map(|step| step.address.to_string())
        .collect();
    assert_eq!(
        addresses,
        ["users/new@x.example", "users/new@x.example/roles"]
    );
}

#[test]
fn a_handover_is_in_order_whatever_the_file_says() {
    let now = live(LIVE);
    let manifest = "users: {alice@x.example: {roles: []}, bob@x.example: {roles: [admin]}}";
    let honest = planned(manifest, &now);
    assert_eq!(honest.steps.len(), 2);
    // Without what waits for what.
    let mut plan = honest.clone();
    plan.handovers.clear();
    for step in &mut plan.steps {
        step.waits_for.clear();
        step.depends_on.clear();
    }
    let found = recheck(&plan, &now, &CreatedRecords::default())
        .unwrap()
        .plan;
    assert_eq!(
        (found.steps, found.handovers),
        (honest.steps.clone(), honest.handovers.clone())
    );
    // The other way round.
    let mut plan = honest.clone();
    plan.steps.reverse();
    for (index, step) in plan.steps.iter_mut().enumerate() {
        step.id = ufsync::plan::change::StepId(index);
        step.waits_for.clear();
    }
    plan.handovers.clear();
    let found = recheck(&plan, &now, &CreatedRecords::default())
        .unwrap()
        .plan;
    assert_eq!(
        (found.steps, found.handovers),
        (honest.steps.clone(), honest.handovers.clone())
    );
    let read = PlanFile::read(&serde_json::to_vec(&file(plan)).unwrap()).unwrap();
    let found = recheck(&read.plan, &now, &CreatedRecords::default())
        .unwrap()
        .plan;
    assert_eq!(
        (found.steps, found.handovers),
        (honest.steps, honest.handovers)
    );
}

#[test]
fn a_step_that_grants_and_takes_is_taken_apart_again() {
    let now = live(LIVE);
    let manifest = "users: {alice@x.example: {roles: [owner]}, bob@x.example: {roles: [admin]}}";
    let honest = planned(manifest, &now);
    assert_eq!(honest.steps.len(), 3);
    let mut plan = honest.clone();
    // Alice's two steps as one, which takes admin from her before Bob has it.
    let last = plan.steps.pop().unwrap();
    let Change::Roles { after: all, .. } = last.change else {
        panic!()
    };
    for step in &mut plan.steps {
        if let Change::Roles {
            user: Target::Existing(id),
            after,
            ..
        } = &mut step.change
            && id.as_str() == "u1"
        {
            *after = all.clone();
        }
    }
    plan.handovers.clear();
    let found = recheck(&plan, &now, &CreatedRecords::default())
        .unwrap()
        .plan;
    assert_eq!(found.steps.len(), 3);
    assert_eq!(found.handovers, honest.handovers);
    assert_eq!(found.steps[2].waits_for.len(), 1);
}

#[test]
fn what_is_deleted_is_shown_as_it_is() {
    let now = live(LIVE);
    let honest = planned("users: {bob@x.example: {state: absent}}", &now);
    let mut plan = honest.clone();
    if let Change::User {
        edit: ufsync::plan::Edit::Delete { record, .. },
        ..
    } = &mut plan.steps[0].change
    {
        *record = ufsync::model::Record::default();
    }
    assert_eq!(
        recheck(&plan, &now, &CreatedRecords::default())
            .unwrap()
            .plan
            .steps,
        honest.steps
    );
}

#[test]
fn a_file_that_hides_a_rename_is_looked_through_again() {
    let now = live(LIVE);
    let manifest = "users: {bob@x.example: {state: absent}, bob@y.example: {}}";
    let honest = planned(manifest, &now);
    assert_eq!(honest.likely_renames.len(), 1);
    let found = likely_renames(&honest.steps, &now);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].in_common, honest.likely_renames[0].in_common);
}

#[test]
fn limits_in_a_file_only_tighten_the_built_in_ones() {
    let crowd = "tenants: {t1: A, t2: B}\ncrowd: {users: 31}";
    let broken = |max_deletes: &str, users: usize, tenants: &str| {
        let absent =
            (1..=users).map(|number| format!("user{number}@example.com: {{state: absent}}"));
        let absent: Vec<String> = absent.collect();
        let manifest = format!(
            "guards: {{maxDeletes: {max_deletes}}}\ntenants: {{{tenants}}}\nusers: {{{}}}",
            absent.join(", ")
        );
        let mut plan = planned(&manifest, &live(crowd));
        plan.limits.guards.and_built_in = true;
        !recheck(&plan, &live(crowd), &CreatedRecords::default())
            .unwrap()
            .plan
            .broken_guards
            .is_empty()
    };
    let tenant = "a: {name: A, state: absent}";
    assert!(broken("100%", 30, ""));
    assert!(broken("1000", 6, ""));
    assert!(!broken("1000", 5, ""));
    assert!(broken("1", 1, tenant), "users and tenants together");
    assert!(!broken("2", 1, tenant));
}
