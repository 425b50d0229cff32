//! Which record an entry stands for: the cases in which a tool that guesses would change or delete somebody else.

use ufsync::plan::saved::document::{ActionKind, Kind};
use ufsync::plan::{Plan, Step};
use ufsync::session::SessionError;

use crate::support::{Program, Server, desired};

/// Plans against a few records with ids of their own.
fn plan(manifest: &str) -> Result<Plan, String> {
    let state = r#"{"roles": ["admin"], "tenants": [{"tenantId": "acme0001", "name": "Acme"}], "users": [
        {"userId": 33, "userUuid": "c38d7119-4dca-403c-bc3c-a008c5115b5c", "email": "jane@example.com", "roles": {"demo1234": ["admin"]}},
        {"userId": 34, "email": "bob@example.com"},
        {"userId": 35, "email": "old@example.com", "roles": {"demo1234": ["admin"]}}]}"#;
    let server = Server::start(
        ufsync::emulator::Options::default(),
        serde_json::from_str(state).unwrap(),
    );
    let desired = desired(&format!("version: 1\n{manifest}"));
    match server.planned(&desired) {
        Ok(planned) => Ok(planned.plan),
        Err(SessionError::Plan(findings)) => {
            let found = findings.list.iter();
            let found = found.map(|finding| finding.mistake.to_string());
            Err(found.collect::<Vec<_>>().join("; "))
        }
        Err(error) => panic!("{error:?}"),
    }
}

fn does(step: &Step, action: ActionKind) -> bool {
    step.change.kind() == (Kind::User, action)
}

fn refused(manifest: &str, why: &str) {
    let plan = plan(manifest).unwrap();
    assert!(plan.steps.is_empty(), "{:?}", plan.steps);
    let reasons = plan.blocked.iter().map(|blocked| &*blocked.reason);
    let reasons: Vec<&str> = reasons.collect();
    assert!(
        matches!(reasons[..], [reason] if reason.contains(why)),
        "{reasons:?}"
    );
}

#[test]
fn nobody_is_deleted_on_an_id_that_belongs_to_somebody_else() {
    refused(
        "users: {bob@example.com: {userId: 33, state: absent}}",
        "userId 33 is `jane@example.com`, not `bob@example.com`",
    );
    refused(
        "tenants: {a: {tenantId: acme0001, name: Other, state: absent}}",
        "tenantId acme0001 is `Acme`, not `Other`",
    );
}

#[test]
fn an_absent_user_with_a_stale_pin_is_not_believed_gone() {
    refused(
        "users: {jane@example.com: {userId: 99, state: absent}}",
        "`jane@example.com` exists, as userUuid c38d7119-4dca-403c-bc3c-a008c5115b5c",
    );
    assert!(
        plan("users: {gone@example.com: {userId: 99, state: absent}}")
            .unwrap()
            .steps
            .is_empty()
    );
}

#[test]
fn a_uuid_may_be_written_in_either_case() {
    for uuid in [
        "C38D7119-4DCA-403C-BC3C-A008C5115B5C",
        "c38d7119-4dca-403c-bc3c-a008c5115b5c",
    ] {
        let plan = plan(&format!(
            "users: {{jane@example.com: {{userUuid: {uuid}, state: absent}}}}"
        ))
        .unwrap();
        assert!(plan.steps.iter().any(|step| does(step, ActionKind::Delete)));
    }
}

#[test]
fn a_look_alike_address_is_not_the_same() {
    // The Kelvin sign has the small letter k.
    let plan = plan(
        "users: {\"jane@e\u{212a}ample.com\": {roles: [admin]}, \"\u{212a}@example.com\": {}}",
    )
    .unwrap();
    assert!(
        plan.steps
            .iter()
            .all(|step| !does(step, ActionKind::Update))
    );
    let server = Server::empty();
    let program = Program::with(&server);
    program.write(
        "seed.yaml",
        "version: 1\nusers: {\"\u{212a}evin@example.com\": {}}\n",
    );
    program.write(
        "ufsync.yaml",
        "version: 1\nusers: {kevin@example.com: {roles: [admin]}}\n",
    );
    program
        .run(&["plan", "--sandbox=seed.yaml"])
        .exits(0)
        .says("1 user to create")
        .done();
}

#[test]
fn a_rename_that_never_happened_is_told() {
    let plan = plan("users: {bob@example.com: {renamedFrom: old@example.com}}").unwrap();
    assert!(plan.steps.is_empty());
    assert!(
        format!("{:?}", plan.warnings).contains("BothNames"),
        "{:?}",
        plan.warnings
    );
}

#[test]
fn an_address_changes_with_a_pin_or_with_the_old_one() {
    for entry in [
        "userId: 34, renamedFrom: bob@example.com",
        "renamedFrom: bob@example.com",
    ] {
        let plan = plan(&format!("users: {{robert@example.org: {{{entry}}}}}")).unwrap();
        assert!(
            matches!(&plan.steps[..], [step] if does(step, ActionKind::Update) && step.change.new_email().is_some()),
            "{:?}",
            plan.steps
        );
    }
    refused(
        "users: {robert@example.org: {userId: 34}}",
        "userId 34 is `bob@example.com`, not `robert@example.org`",
    );
    refused(
        "users: {jane@example.com: {userId: 34, renamedFrom: bob@example.com}}",
        "belongs to another user",
    );
}

#[test]
fn the_workspace_is_no_tenant_even_where_a_list_says_so() {
    assert!(
        plan("tenants: {w: {name: Demo, state: absent}}")
            .unwrap()
            .steps
            .is_empty()
    );
    refused(
        "tenants: {w: {tenantId: demo1234}}",
        "is the workspace itself",
    );
}
