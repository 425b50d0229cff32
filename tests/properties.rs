//! Laws that hold for every live state and every manifest: found wanting, they come with a smallest example.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use ufsync::emulator::Options;
use ufsync::export::write::write;
use ufsync::export::{self, export};
use ufsync::session::outcome::Outcome;

use ufsync::plan::Plan;
use ufsync::plan::cost::{Pace, cost};
use ufsync::plan::saved::created::CreatedRecords;
use ufsync::plan::saved::document::{ManifestInfo, PlanFile, Source, manifest_hash};
use ufsync::plan::saved::recheck::Recheck;
use ufsync::session;

use crate::support::anything::{WORKSPACE, config, live, manifest, tenant_id, world, yaml};
use crate::support::{Server, desired, desired_of};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn apply_then_plan_is_empty((state, manifest) in world()) {
        let server = Server::start(Options { page_size: 2, ..Options::default() }, state);
        let desired = desired(&yaml(&manifest));
        let plan = server.plan(&desired);
        let before = server.writes();
        let outcome = apply(&server, &plan);
        prop_assume!(outcome.is_some());
        let outcome = outcome.unwrap();
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
        let outcome = apply(&server, &plan);
        prop_assume!(outcome.is_some());
        let outcome = outcome.unwrap();
        prop_assert!(outcome.is_complete());
        let after = server.timeless();
        check_untouched(&before, &after, &manifest);
    }

    #[test]
    fn export_then_plan_is_empty(state in live(), pin in any::<bool>()) {
        let server = Server::start(Options::default(), state);
        let live = server.everything();
        let exported = export(&live, export::Options { pin, ..export::Options::default() });
        let is_number = |part: &export::LeftOut| part.what.starts_with("the telephone number");
        prop_assert!(exported.left_out.iter().all(is_number), "{:?}", exported.left_out);
        let text = write(&exported.manifest, None).unwrap();
        let plan = server.plan(&desired(&text));
        prop_assert!(plan.steps.is_empty(), "{:#?}\n{}", plan.steps, text);
        let second = write(&export(&server.everything(), export::Options { pin, ..export::Options::default() }).manifest, None).unwrap();
        prop_assert_eq!(text, second, "the same state gives the same bytes");
    }

    #[test]
    fn a_saved_plan_is_the_plan_and_its_steps_are_the_calls((state, manifest) in world()) {
        let server = Server::start(Options::default(), state);
        let desired = desired(&yaml(&manifest));
        let plan = server.plan(&desired);
        let info = ManifestInfo { hash: manifest_hash(&desired.sources), mode: None };
        let file = PlanFile::new(plan.clone(), Source::Server, info, cost(&plan, Pace::default()));
        let saved = PlanFile::read(&serde_json::to_vec(&file).unwrap()).unwrap();
        prop_assert_eq!(json!(saved), json!(file), "what is read is what was saved");
        let Recheck { plan: left, done, stale, .. } = recheck(&server, &saved, &CreatedRecords::default());
        prop_assert!(stale.is_empty(), "{:#?}", stale);
        prop_assert_eq!(done, 0);
        prop_assert_eq!(&left.steps, &plan.steps, "what is left is what was planned");
        prop_assert_eq!(&left.broken_guards, &plan.broken_guards);
        let before = server.running.requests().len();
        let outcome = apply(&server, &left);
        prop_assume!(outcome.is_some());
        let outcome = outcome.unwrap();
        prop_assert!(outcome.is_complete(), "{:?}", outcome);
        let mut made: BTreeMap<String, usize> = BTreeMap::new();
        for request in server.running.requests().iter().skip(before).filter(|request| !request.path.ends_with("/find")) {
            *made.entry(format!("{} {}", request.method, generic(&request.path))).or_default() += 1;
        }
        // The number of a user whose uuid begins with digits may be read before anything shows that uuids are accepted.
        let writes = |calls: &BTreeMap<String, usize>| calls.clone().into_iter().filter(|(call, _)| !call.starts_with("GET ")).collect::<Vec<_>>();
        prop_assert_eq!(writes(&made), writes(&saved.cost.by_call), "every step is a call, and every call a step");
        let again = recheck(&server, &saved, &outcome.made);
        prop_assert!(again.stale.is_empty(), "{:#?}", again.stale);
        prop_assert!(again.plan.steps.is_empty(), "applied twice: {:#?}", again.plan.steps);
    }

    #[test]
    fn the_order_of_files_and_of_entries_changes_no_plan((state, manifest) in world(), seed in any::<u64>()) {
        let server = Server::start(Options::default(), state);
        let one = server.plan(&desired(&yaml(&manifest)));
        let (files, whole) = shuffled(&manifest, seed);
        let several = server.plan(&desired_of(&files));
        let reordered = server.plan(&desired(&whole));
        prop_assert_eq!(steps(&one), steps(&several));
        prop_assert_eq!(steps(&one), steps(&reordered));
    }

    #[test]
    fn the_same_input_gives_the_same_plan((state, manifest) in world()) {
        let server = Server::start(Options { page_size: 1, ..Options::default() }, state);
        let desired = desired(&yaml(&manifest));
        let (one, two) = (server.plan(&desired), server.plan(&desired));
        prop_assert_eq!(format!("{one:?}"), format!("{two:?}"));
    }
}

/// Carries out a plan. Nothing where it breaks a guard: then nothing is changed.
fn apply(server: &Server, plan: &Plan) -> Option<Outcome> {
    let is_fine = plan.broken_guards.is_empty() && plan.likely_renames.is_empty();
    let before = server.writes();
    let outcome = server.apply_accepting(plan, &[]);
    assert_eq!(outcome.is_ok(), is_fine, "{outcome:?}");
    assert!(is_fine || server.writes() == before);
    outcome.ok()
}

/// What is left of a saved plan.
fn recheck(server: &Server, file: &PlanFile, made: &CreatedRecords) -> Recheck {
    let rechecked = server.block_on(session::recheck(
        &server.client,
        file,
        session::RecheckMode {
            digest: true,
            no_renames: false,
        },
        made,
    ));
    rechecked.unwrap().recheck
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

/// The parts of a manifest that hold entries, which may stand in several files.
const SECTIONS: [&str; 3] = ["groups", "tenants", "users"];

/// The manifest with an entry a file, and with its entries in another order.
fn shuffled(manifest: &Value, seed: u64) -> (Vec<String>, String) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut rest = manifest.clone();
    for section in SECTIONS {
        rest.as_object_mut().unwrap().remove(section);
    }
    let mut files = vec![yaml(&rest)];
    let pairs = rest.as_object().unwrap().iter();
    let pairs = pairs.map(|(key, value)| format!("{key}: {}", yaml(value)));
    let mut sections: Vec<String> = pairs.collect();
    for section in SECTIONS {
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
    random.shuffle(&mut sections);
    (files, format!("{{{}}}", sections.join(", ")))
}

/// The steps of a plan without the places where they are written.
fn steps(plan: &Plan) -> Vec<Value> {
    let mut steps = serde_json::to_value(&plan.steps).unwrap();
    strip(&mut steps, &["why", "grantedBy", "place"]);
    steps.as_array().unwrap().clone()
}

fn strip(value: &mut Value, keys: &[&str]) {
    match value {
        Value::Object(map) => {
            map.retain(|key, _| !keys.contains(&key.as_str()));
            map.values_mut().for_each(|value| strip(value, keys));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| strip(value, keys)),
        _ => {}
    }
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
            .find(|(key, _)| key.to_lowercase() == email);
        let key = entry.map_or("", |(key, _)| key);
        let entry = entry.map(|(_, entry)| entry);
        let new = find(&after["users"], "userId", old);
        match entry {
            Some(entry) if entry["state"] == "absent" => assert_eq!(new, None),
            entry => {
                let (new, entry) = (new.expect("a user was lost"), entry.unwrap_or(&empty));
                compare(
                    old,
                    new,
                    entry,
                    &["name", "username", "image", "phoneNumber", "locked", "data"],
                );
                assert_eq!(old["email"], new["email"]);
                for (scope, roles) in old["roles"].as_object().unwrap() {
                    if !mentions(key, entry, scope, manifest)
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

/// Whether a person's entry, the members of a tenant or a group say what the person holds in a scope.
fn mentions(email: &str, entry: &Value, scope: &str, manifest: &Value) -> bool {
    let is_member = |list: &Value| list.as_array().unwrap().iter().any(|user| *user == email);
    let groups = manifest["groups"].as_object().unwrap().values();
    let mut groups = groups.filter(|group| is_member(&group["users"]));
    if scope == WORKSPACE {
        return entry.get("roles").is_some() || groups.any(|group| group.get("roles").is_some());
    }
    let managed = |tenants: &Value| {
        let handles = tenants.as_object().into_iter().flat_map(Map::keys);
        let mut ids = handles.map(|handle| handle[1..].parse().map(tenant_id));
        ids.any(|id| id.is_err() || id.as_deref() == Ok(scope))
    };
    let tenants = manifest["tenants"].as_object().unwrap().iter();
    let mut members = tenants.filter(|(_, tenant)| tenant["members"].get(email).is_some());
    if members.any(|(handle, _)| tenant_id(handle[1..].parse().unwrap()) == scope)
        || groups.any(|group| managed(&group["tenants"]))
    {
        return true;
    }
    managed(&entry["tenants"])
}
