//! Laws that hold for every live state and every manifest: found wanting, they come with a smallest example.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use ufsync::emulator::Options;
use ufsync::export::{self, export, write};

use ufsync::plan::file::{self, Made, PlanFile, Source, manifest_hash};
use ufsync::plan::{Action, Pace, Plan, Policy, cost, diff};

use crate::support::anything::{WORKSPACE, config, live, manifest, tenant_id, yaml};
use crate::support::{Server, desired, desired_of};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn apply_then_plan_is_empty(state in live(), manifest in manifest()) {
        let server = Server::start(Options { page_size: 2, ..Options::default() }, state);
        let desired = desired(&yaml(&manifest));
        let plan = server.plan(&desired);
        let before = server.writes();
        let outcome = server.apply(&plan);
        prop_assert!(outcome.is_complete(), "{:?}", outcome.steps);
        prop_assert_eq!(server.writes() - before, plan.steps.len(), "one call for each step, and no other");
        let again = server.plan(&desired);
        prop_assert!(again.steps.is_empty(), "{:#?}", again.steps);
    }

    #[test]
    fn what_the_manifest_does_not_mention_is_untouched(state in live(), manifest in manifest()) {
        let server = Server::start(Options::default(), state);
        let before = server.timeless();
        let plan = server.plan(&desired(&yaml(&manifest)));
        prop_assert!(server.apply(&plan).is_complete());
        let after = server.timeless();
        check_untouched(&before, &after, &manifest);
    }

    #[test]
    fn export_then_plan_is_empty(state in live(), pin in any::<bool>()) {
        let server = Server::start(Options::default(), state);
        let live = server.everything();
        let exported = export(&live, export::Options { pin });
        prop_assert_eq!(&exported.left_out, &[]);
        let text = write(&exported.manifest).unwrap();
        let plan = server.plan(&desired(&text));
        prop_assert!(plan.steps.is_empty(), "{:#?}\n{}", plan.steps, text);
        let second = write(&export(&server.everything(), export::Options { pin }).manifest).unwrap();
        prop_assert_eq!(text, second, "the same state gives the same bytes");
    }

    #[test]
    fn a_saved_plan_is_the_plan_and_its_steps_are_the_calls(state in live(), manifest in manifest()) {
        let server = Server::start(Options::default(), state);
        let desired = desired(&yaml(&manifest));
        let live = server.live(&desired);
        let plan = diff(&desired, &live, &Policy::default()).unwrap();
        let made = Made {
            source: Source::Server,
            manifest_hash: manifest_hash(&desired.sources),
            manifest_mode: None,
            keep_holders: None,
            cost: cost(&plan, Pace::default()),
        };
        let text = serde_json::to_vec(&PlanFile::of(&plan, &live, &made)).unwrap();
        let saved = file::read(&text).unwrap();
        let fresh = file::fresh(&saved, saved.plan().unwrap(), &server.everything());
        prop_assert!(fresh.stale.is_empty(), "{:#?}", fresh.stale);
        prop_assert_eq!(fresh.done, 0);
        prop_assert_eq!(in_order(&fresh.plan), in_order(&plan), "what is saved is what was planned");
        let before = server.running.requests().len();
        let outcome = server.apply(&fresh.plan);
        prop_assert!(outcome.is_complete(), "{:?}", outcome);
        let mut made: Vec<(String, usize)> = Vec::new();
        for request in server.running.requests().iter().skip(before) {
            let call = format!("{} {}", request.method, generic(&request.path));
            match made.iter_mut().find(|(known, _)| *known == call) {
                Some((_, count)) => *count += 1,
                None => made.push((call, 1)),
            }
        }
        let made: BTreeMap<String, usize> = made.into_iter().collect();
        prop_assert_eq!(&made, &saved.cost.by_call, "every step is a call, and every call a step");
        let again = file::fresh(&saved, saved.plan().unwrap(), &server.everything());
        prop_assert!(again.stale.is_empty(), "{:#?}", again.stale);
        prop_assert!(again.plan.steps.is_empty(), "applied twice: {:#?}", again.plan.steps);
    }

    #[test]
    fn the_order_of_files_and_of_entries_changes_no_plan(state in live(), manifest in manifest(), seed in any::<u64>()) {
        let server = Server::start(Options::default(), state);
        let one = server.plan(&desired(&yaml(&manifest)));
        let (files, whole) = shuffled(&manifest, seed);
        let several = server.plan(&desired_of(&files));
        let reordered = server.plan(&desired(&whole));
        prop_assert_eq!(steps(&one), steps(&several));
        prop_assert_eq!(steps(&one), steps(&reordered));
    }

    #[test]
    fn the_same_input_gives_the_same_plan(state in live(), manifest in manifest()) {
        let server = Server::start(Options { page_size: 1, ..Options::default() }, state);
        let desired = desired(&yaml(&manifest));
        let (one, two) = (server.plan(&desired), server.plan(&desired));
        prop_assert_eq!(format!("{one:?}"), format!("{two:?}"));
    }
}

/// The steps of a plan, with the changes of each in the order of their names.
fn in_order(plan: &Plan) -> Vec<String> {
    let mut plan = plan.clone();
    for step in &mut plan.steps {
        if let Action::CreateTenant { changes, .. }
        | Action::UpdateTenant { changes, .. }
        | Action::CreateUser { changes, .. }
        | Action::InviteUser { changes, .. }
        | Action::UpdateUser { changes, .. } = &mut step.action
        {
            changes.sort_by(|a, b| a.field.cmp(&b.field));
            for change in changes {
                change.before = change.before.take().filter(|value| !value.is_null());
            }
        }
    }
    plan.steps.iter().map(|step| format!("{step:?}")).collect()
}

/// A path as the API's reference writes it.
fn generic(path: &str) -> &'static str {
    let parts: Vec<&str> = path.trim_start_matches("/v0/").split('/').collect();
    match parts[..] {
        ["tenants"] => "/v0/tenants",
        ["tenants", _] => "/v0/tenants/:tenantId",
        ["tenants", _, "users", _, "roles"] => "/v0/tenants/:tenantId/users/:userId/roles",
        ["users", _, "roles"] => "/v0/users/:userId/roles",
        ["users", "createOrUpdate"] => "/v0/users/createOrUpdate",
        ["users", "invite"] => "/v0/users/invite",
        ["users", _] => "/v0/users/:userId",
        _ => panic!("{path} is no call of a plan"),
    }
}

/// The manifest with an entry a file, and with its entries in another order.
fn shuffled(manifest: &Value, seed: u64) -> (Vec<String>, String) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut files = vec![yaml(
        &json!({"version": 1, "workspace": WORKSPACE, "mode": "test"}),
    )];
    let mut sections = Vec::new();
    for section in ["tenants", "users"] {
        let mut entries: Vec<(&String, &Value)> =
            manifest[section].as_object().unwrap().iter().collect();
        random.shuffle(&mut entries);
        files.extend(
            entries
                .iter()
                .map(|(key, entry)| yaml(&json!({section: {*key: entry}}))),
        );
        let pairs: Vec<String> = entries
            .iter()
            .map(|(key, entry)| format!("{}: {}", json!(key), yaml(entry)))
            .collect();
        sections.push(format!("{section}: {{{}}}", pairs.join(", ")));
    }
    random.shuffle(&mut files);
    (files, format!("{{{}, version: 1}}", sections.join(", ")))
}

/// The steps of a plan without the places where they are written.
fn steps(plan: &Plan) -> Vec<String> {
    let mut plan = plan.clone();
    for step in &mut plan.steps {
        step.why.clear();
        match &mut step.action {
            Action::CreateTenant { changes, .. }
            | Action::UpdateTenant { changes, .. }
            | Action::CreateUser { changes, .. }
            | Action::InviteUser { changes, .. }
            | Action::UpdateUser { changes, .. } => {
                for change in changes {
                    change.place = None;
                }
            }
            Action::SetRoles { granted_by, .. } => granted_by.clear(),
            Action::DeleteTenant { .. } | Action::DeleteUser { .. } | Action::LockUser { .. } => {}
        }
    }
    plan.steps.iter().map(|step| format!("{step:?}")).collect()
}

/// Compares two stores record by record with what the manifest says.
fn check_untouched(before: &Value, after: &Value, manifest: &Value) {
    let empty = json!({});
    for old in before["tenants"].as_array().unwrap() {
        let entry = manifest["tenants"]
            .as_object()
            .unwrap()
            .values()
            .find(|entry| entry["name"] == old["name"]);
        let new = find(&after["tenants"], "tenantId", old);
        match entry {
            Some(entry) if entry["state"] == "absent" => assert_eq!(new, None),
            entry => compare(
                old,
                new.expect("a tenant was lost"),
                entry.unwrap_or(&empty),
                &["image", "data"],
            ),
        }
    }
    for old in before["users"].as_array().unwrap() {
        let email = old["email"].as_str().unwrap().to_lowercase();
        let entry = manifest["users"]
            .as_object()
            .unwrap()
            .iter()
            .find(|(key, _)| key.to_lowercase() == email)
            .map(|(_, entry)| entry);
        let new = find(&after["users"], "userId", old);
        match entry {
            Some(entry) if entry["state"] == "absent" => assert_eq!(new, None),
            entry => {
                let (new, entry) = (new.expect("a user was lost"), entry.unwrap_or(&empty));
                compare(old, new, entry, &["name", "phoneNumber", "locked", "data"]);
                assert_eq!(old["email"], new["email"]);
                for (scope, roles) in old["roles"].as_object().unwrap() {
                    if !mentions(entry, scope, manifest)
                        && find(&after["tenants"], "tenantId", &json!({"tenantId": scope}))
                            .is_some()
                    {
                        assert_eq!(roles, &new["roles"][scope], "roles in {scope}");
                    }
                }
            }
        }
    }
}

fn find<'v>(list: &'v Value, key: &str, old: &Value) -> Option<&'v Value> {
    list.as_array()
        .unwrap()
        .iter()
        .find(|new| new[key] == old[key])
}

/// Fields that the entry leaves out are the same, and so are the keys of data that it leaves out.
fn compare(old: &Value, new: &Value, entry: &Value, fields: &[&str]) {
    for field in fields {
        match entry.get(field) {
            None => assert_eq!(old[field], new[field], "{field} changed"),
            Some(Value::Object(managed)) => {
                let keys = old[field]
                    .as_object()
                    .unwrap()
                    .keys()
                    .filter(|key| !managed.contains_key(*key));
                keys.for_each(|key| {
                    assert_eq!(old[field][key], new[field][key], "{field}.{key} changed");
                });
            }
            Some(_) => {}
        }
    }
}

fn mentions(entry: &Value, scope: &str, manifest: &Value) -> bool {
    if scope == WORKSPACE {
        return entry.get("roles").is_some();
    }
    let handles = entry["tenants"].as_object().into_iter().flat_map(Map::keys);
    let mut ids = handles.map(|handle| tenant_id(handle[1..].parse().unwrap()));
    assert!(manifest["tenants"].is_object());
    ids.any(|id| id == scope)
}
