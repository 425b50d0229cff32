//! What holds for every manifest and every live state: the state after a plan needs no plan, whatever was done of a saved plan
//! the rest of it still fits, and the way back leads back.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::Config;
use serde_json::{Map, Value, json};
use ufsync::model::live::Known;
use ufsync::model::record::TenantField;
use ufsync::model::{Desired, Live, LiveUser, Scope};
use ufsync::plan::address::Person;
use ufsync::plan::diff::{Drafted, diff};
use ufsync::plan::saved::created::{CreatedRecord, CreatedRecords};
use ufsync::plan::saved::document::PlanFile;
use ufsync::plan::saved::recheck::recheck;
use ufsync::plan::saved::undo::Undo;
use ufsync::plan::{Change, Missing, Plan, Step, mark_drift};

use crate::live_text::{desired, live, pruning};
use crate::undo::way_back;

const ROLES: [&str; 3] = ["admin", "member", "viewer"];

fn email(index: usize) -> String {
    format!("p{index}@x.example")
}

fn roles() -> impl Strategy<Value = Value> {
    subsequence(ROLES.to_vec(), 0..=3).prop_map(|roles| json!(roles))
}

fn data() -> impl Strategy<Value = Value> {
    let value = select(vec![
        json!(1),
        json!(1.0),
        json!("x"),
        json!([1, null]),
        json!({"a": {}}),
    ]);
    prop::collection::btree_map(select(vec!["a", "b", "c.d"]), value, 0..3)
        .prop_map(|data| json!(data))
}

/// An object of some of these keys.
fn some(of: Vec<(&'static str, BoxedStrategy<Value>)>) -> impl Strategy<Value = Value> {
    let (keys, values): (Vec<_>, Vec<_>) = of.into_iter().unzip();
    let optional: Vec<_> = values.into_iter().map(prop::option::of).collect();
    optional.prop_map(move |values| {
        let entries = keys.iter().zip(values);
        let entries = entries.filter_map(|(key, value)| Some(((*key).to_owned(), value?)));
        Value::Object(entries.collect())
    })
}

fn word(or_null: bool) -> BoxedStrategy<Value> {
    let words = vec![json!("One"), json!("Two"), json!("Three")];
    let null = or_null.then_some(Value::Null);
    select(words.into_iter().chain(null).collect::<Vec<_>>()).boxed()
}

/// Up to six users and three tenants.
fn workspace() -> impl Strategy<Value = String> {
    let user = some(vec![
        ("name", word(false)),
        ("phoneNumber", word(false)),
        ("locked", Just(json!(true)).boxed()),
        ("data", data().boxed()),
        ("roles", roles().boxed()),
        (
            "in",
            prop::collection::btree_map(select(vec!["t0", "t1", "t2"]), roles(), 0..3)
                .prop_map(|held| json!(held))
                .boxed(),
        ),
    ]);
    let tenant = some(vec![("image", word(false)), ("data", data().boxed())]);
    let users = prop::collection::btree_map(0..6_usize, user, 0..6);
    let tenants = prop::collection::btree_map(0..3_usize, tenant, 0..=3);
    (users, tenants).prop_map(|(users, tenants)| {
        let tenant_ids: BTreeSet<String> =
            tenants.keys().map(|index| format!("t{index}")).collect();
        let users = users.into_iter().map(|(index, mut user)| {
            user["email"] = json!(email(index));
            if let Some(held) = user["in"].as_object_mut() {
                held.retain(|tenant, roles| tenant_ids.contains(tenant) && *roles != json!([]));
            }
            let user = user.as_object_mut().unwrap();
            user.retain(|_, value| !value.is_null() && *value != json!([]));
            (format!("u{index}"), json!(user))
        });
        let tenants = tenants.into_iter().map(|(index, mut tenant)| {
            tenant["name"] = json!(format!("Tenant {index}"));
            (format!("t{index}"), tenant)
        });
        json!({"users": users.collect::<Map<_, _>>(), "tenants": tenants.collect::<Map<_, _>>()})
            .to_string()
    })
}

fn manifest() -> impl Strategy<Value = String> {
    let absent = || Just(json!({"state": "absent"}));
    let data = || {
        let keys = prop::collection::btree_map(
            select(vec!["a", "b", "e"]),
            select(vec![Value::Null, json!(1), json!("y")]),
            0..3,
        );
        prop_oneof![4 => keys.prop_map(|keys| json!(keys)), 1 => Just(Value::Null)].boxed()
    };
    let present = some(vec![
        ("name", word(true)),
        (
            "image",
            prop_oneof![Just(Value::Null), Just(json!("https://x.example/1.png"))].boxed(),
        ),
        ("locked", any::<bool>().prop_map(Value::from).boxed()),
        ("data", data()),
        ("roles", roles().boxed()),
        ("invite", Just(json!("welcome")).boxed()),
        (
            "tenants",
            prop::collection::btree_map(select(vec!["k0", "k1", "k2"]), roles(), 0..3)
                .prop_map(|held| json!(held))
                .boxed(),
        ),
    ]);
    let user = prop_oneof![4 => present.boxed(), 1 => absent().boxed()];
    let tenant = prop_oneof![
        5 => some(vec![("data", data()), ("image", Just(Value::Null).boxed())]).boxed(),
        1 => absent().boxed()
    ];
    let prune = some(vec![
        (
            "users",
            prop_oneof![
                Just(json!({"email": ["p[0-2]@x.example"], "action": "lock"})),
                Just(json!({"email": ["p[3-5]@x.example"]})),
            ]
            .boxed(),
        ),
        ("tenants", Just(json!(true)).boxed()),
        ("members", Just(json!("*")).boxed()),
    ]);
    let limit = || select(vec![json!(0), json!(2), json!("50%"), json!("100%")]).boxed();
    let guards = some(vec![
        ("maxDeletes", limit()),
        ("maxRoleRemovals", limit()),
        (
            "keepHolders",
            select(vec![json!({"viewer": 1}), json!({"admin": 2, "member": 3})]).boxed(),
        ),
        ("protect", Just(json!([email(1)])).boxed()),
    ]);
    let renames = prop::collection::vec(any::<bool>(), 2);
    (
        prop::collection::btree_map(0..6_usize, user, 0..6),
        prop::collection::vec(tenant, 3),
        prune,
        renames,
        guards,
    )
        .prop_map(|(users, tenants, prune, renames, guards)| {
            let mut entries = Map::new();
            let is_absent = |tenant: &Value| tenant["state"] == json!("absent");
            let absent: Vec<bool> = tenants.iter().map(is_absent).collect();
            for (index, mut user) in users {
                if let Some(held) = user["tenants"].as_object_mut() {
                    held.retain(|handle, _| !absent[usize::from(handle.as_bytes()[1] - b'0')]);
                }
                user.as_object_mut()
                    .unwrap()
                    .retain(|key, value| key != "tenants" || !value.is_null());
                let is_renamed = index < 2 && renames[index] && user["state"].is_null();
                user.as_object_mut()
                    .unwrap()
                    .retain(|key, value| key != "state" || !value.is_null());
                if is_renamed {
                    user["renamedFrom"] = json!(email(index));
                    entries.insert(format!("new{index}@y.example"), user);
                } else {
                    entries.insert(email(index), user);
                }
            }
            let tenants = tenants.into_iter().enumerate().map(|(index, mut tenant)| {
                tenant["name"] = json!(format!("Tenant {index}"));
                (format!("k{index}"), tenant)
            });
            format!(
                "users: {}\ntenants: {}\nprune: {prune}\nguards: {guards}",
                json!(entries),
                json!(tenants.collect::<Map<_, _>>())
            )
        })
}

/// The plan, where there is one. All is known here, so that nothing has to be read.
fn plan_of(desired: &Desired, live: &Live) -> Option<Plan> {
    match diff(desired, live, &pruning()) {
        Ok(Drafted::Plan(plan)) => Some(*plan),
        Ok(Drafted::NeedsMore(missing)) => panic!("{missing:?}"),
        Err(_) => None,
    }
}

/// What a live state holds, by addresses and names: what is created again has another id.
fn by_name(live: &Live) -> BTreeMap<String, Value> {
    let name = |scope: &Scope| match scope {
        Scope::Workspace => String::new(),
        Scope::Tenant(id) => live
            .tenants
            .get(id)
            .map_or_else(|| id.to_string(), |it| it.name().to_owned()),
    };
    let users = live.users.found().map(|user| {
        let held = user
            .grants
            .iter()
            .map(|(scope, roles)| (name(scope), json!(roles)));
        let held: Map<String, Value> = held.collect();
        (
            user.email().unwrap().to_string(),
            json!([user.record, held]),
        )
    });
    let tenants = live
        .tenants
        .found()
        .map(|tenant| (tenant.name().to_owned(), json!(tenant.record)));
    users.chain(tenants).collect()
}

/// The part of a live state that a plan is sure to ask for: who is named, and who may be pruned.
fn part(desired: &Desired, full: &Live) -> Live {
    let everybody = desired.prune.users.is_some();
    let is_named = |user: &&LiveUser| {
        let email = user.email().unwrap();
        let renamed = desired
            .users
            .values()
            .filter_map(|entry| entry.renamed_from.as_ref());
        let mut protected = desired.guards.protect.iter();
        everybody
            || protected.any(|pattern| *pattern.value == *email.as_str())
            || desired.users.contains_key(&email)
            || renamed.into_iter().any(|it| it.value == email)
    };
    let named = full.users.found().filter(is_named);
    let named = named
        .map(|user| (user.uuid.clone(), user.clone()))
        .collect();
    Live {
        users: Known::some(named),
        ..full.clone()
    }
}

/// The same with what was missing.
fn with(missing: &Missing, mut part: Live, full: &Live) -> Live {
    if missing.everything {
        part.users = full.users.clone();
    }
    for role in missing.holders.keys() {
        let holds = |user: &&LiveUser| user.roles(&role.0).contains(&role.1);
        for user in full.users.found().filter(holds) {
            part.users.insert(user.uuid.clone(), user.clone());
        }
        part.searched.insert(role.clone());
    }
    for (field, value) in &missing.alike {
        let has = |user: &&LiveUser| user.record.text(*field) == Some(value);
        for user in full.users.found().filter(has) {
            part.users.insert(user.uuid.clone(), user.clone());
        }
    }
    part.alike.extend(missing.alike.iter().cloned());
    part
}

/// The plan of a part, for which more is read as long as it asks for more.
fn plan_of_part(desired: &Desired, full: &Live) -> Plan {
    let mut live = part(desired, full);
    for _ in 0..5 {
        match diff(desired, &live, &pruning()).unwrap() {
            Drafted::Plan(plan) => return *plan,
            Drafted::NeedsMore(missing) => live = with(&missing, live, full),
        }
    }
    panic!("it asks for ever")
}

/// What a plan has created: what was not there before.
fn made(plan: &Plan, before: &Live, after: &Live) -> CreatedRecords {
    let mut made = CreatedRecords::default();
    for step in plan.steps.iter().filter(|step| step.change.creates()) {
        let email = step.address.person().and_then(Person::email);
        let mut users = after
            .users
            .found()
            .filter(|user| !before.users.contains(&user.uuid));
        let user = users.find(|user| email.is_some() && user.email().as_ref() == email);
        let mut tenants = after
            .tenants
            .found()
            .filter(|it| !before.tenants.contains(&it.id));
        let tenant = tenants.find(|tenant| match &step.change {
            Change::Tenant { edit, .. } => {
                edit.after(TenantField::Name) == Some(json!(tenant.name()))
            }
            _ => false,
        });
        let record = user
            .map(CreatedRecord::user)
            .or(tenant.map(CreatedRecord::tenant));
        made.0
            .extend(record.map(|record| (step.address.clone(), record)));
    }
    made
}

/// A plan without the numbers of those who were only seen.
fn without_numbers(mut plan: Plan) -> Plan {
    for guard in &mut plan.broken_guards {
        guard.reasons.retain(|reason| reason.starts_with("leaves"));
    }
    plan.keeps.clear();
    plan.unmanaged = None;
    plan
}

/// The roles whose holders are looked at again. Where not all holders are known that may be more of them, and never fewer.
fn kept(plan: &Plan) -> BTreeMap<&str, usize> {
    let keeps = plan.keeps.iter();
    keeps.map(|keep| (&*keep.name, keep.least)).collect()
}

/// A part of a change: where, what, and what it is to be.
type Part = (String, String, Value);

fn parts(plan: &Plan) -> Vec<Part> {
    plan.steps.iter().flat_map(parts_of).collect()
}

/// The parts of a change, from its document.
fn parts_of(step: &Step) -> Vec<Part> {
    let document = serde_json::to_value(step).unwrap();
    let (address, change) = (step.address.to_string(), &document["change"]);
    let roles = |which: &str| -> BTreeSet<String> {
        serde_json::from_value(change[which].clone()).unwrap()
    };
    if change["kind"] == "roles" {
        let (before, after) = (roles("before"), roles("after"));
        let granted = after.difference(&before).map(|role| format!("+{role}"));
        let taken = before.difference(&after).map(|role| format!("-{role}"));
        return granted
            .chain(taken)
            .map(|part| (address.clone(), part, Value::Null))
            .collect();
    }
    match change["edit"]["action"].as_str().unwrap() {
        "update" => change["edit"]["changes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| {
                (
                    address.clone(),
                    it["field"].as_str().unwrap().to_owned(),
                    it["after"].clone(),
                )
            })
            .collect(),
        action => vec![(address, format!("{action}d"), Value::Null)],
    }
}

proptest! {
    #![proptest_config(Config { cases: crate::cases::cases(128), failure_persistence: None, ..Config::default() })]

    #[test]
    fn after_a_plan_there_is_nothing_to_do(live_text in workspace(), manifest in manifest()) {
        let (desired, before) = (desired(&manifest), live(&live_text));
        let plan = plan_of(&desired, &before);
        prop_assume!(plan.is_some());
        let plan = plan.unwrap();
        let Undo { after, .. } = way_back(&plan, &before, plan.steps.len());
        let again = plan_of(&desired, &after).unwrap();
        prop_assert!(again.steps.is_empty(), "{}", crate::show::plan(&again, &after));
    }

    #[test]
    fn whatever_was_done_the_rest_still_fits(live_text in workspace(), manifest in manifest(), part in 0..=100_usize) {
        let (desired, before) = (desired(&manifest), live(&live_text));
        let plan = plan_of(&desired, &before);
        prop_assume!(plan.is_some());
        let plan = plan.unwrap();
        let done = plan.steps.len() * part / 100;
        let Undo { after, .. } = way_back(&plan, &before, done);
        let found = recheck(&plan, &after, &made(&plan, &before, &after)).unwrap();
        prop_assert!(found.stale.is_empty(), "{:?}", found.stale);
        prop_assert!(found.done >= done, "{} of {done}", found.done);
        let Undo { after, .. } = way_back(&found.plan, &after, found.plan.steps.len());
        let again = plan_of(&desired, &after).unwrap();
        prop_assert!(again.steps.is_empty(), "{}", crate::show::plan(&again, &after));
    }

    #[test]
    fn a_plan_that_nothing_was_done_of_is_the_same_plan(live_text in workspace(), manifest in manifest()) {
        let (desired, before) = (desired(&manifest), live(&live_text));
        let plan = plan_of(&desired, &before);
        prop_assume!(plan.is_some());
        let plan = plan.unwrap();
        let mut found = recheck(&plan, &before, &CreatedRecords::default()).unwrap().plan;
        found.warnings.sort();
        prop_assert_eq!(&found, &plan);
        let file = crate::document::file_of(plan);
        let read = PlanFile::read(&serde_json::to_vec(&file).unwrap()).unwrap();
        prop_assert_eq!(read.plan.steps, file.plan.steps);
        prop_assert_eq!(read.checksum, file.checksum);
    }

    #[test]
    fn a_plan_is_the_one_that_reading_everybody_gives(live_text in workspace(), manifest in manifest()) {
        let (desired, full) = (desired(&manifest), live(&live_text));
        let plan = plan_of(&desired, &full);
        prop_assume!(plan.is_some());
        let plan = plan.unwrap();
        let of_part = plan_of_part(&desired, &full);
        let kept_by_part = kept(&of_part);
        for (name, least) in kept(&plan) {
            prop_assert!(kept_by_part.get(name).is_some_and(|by_part| *by_part >= least), "{}", name);
        }
        prop_assert_eq!(without_numbers(of_part), without_numbers(plan));
    }

    #[test]
    fn a_part_of_a_change_is_drift_exactly_if_the_manifest_before_asks_for_it_too(
        live_text in workspace(), before in manifest(), after in manifest()
    ) {
        let full = live(&live_text);
        let base = plan_of(&desired(&before), &full);
        prop_assume!(base.is_some());
        let base = base.unwrap();
        let plan = plan_of(&desired(&after), &full);
        prop_assume!(plan.is_some());
        let mut plan = plan.unwrap();
        mark_drift(&mut plan, &base);
        let asked = parts(&base);
        for step in &plan.steps {
            let own = parts_of(step);
            let drift: Vec<String> = own.iter().filter(|part| asked.contains(*part)).map(|part| part.1.clone()).collect();
            let marked: Vec<String> = step.drift.iter().map(ToString::to_string).collect();
            prop_assert_eq!(&marked, &drift, "{}", step.address);
            prop_assert_eq!(step.is_drift(), !drift.is_empty() && drift.len() == own.len());
        }
        let mut same = base.clone();
        mark_drift(&mut same, &base);
        prop_assert!(same.steps.iter().all(Step::is_drift));
    }

    #[test]
    fn the_way_back_leads_back(live_text in workspace(), manifest in manifest(), part in 0..=100_usize) {
        let (desired, before) = (desired(&manifest), live(&live_text));
        let plan = plan_of(&desired, &before);
        prop_assume!(plan.is_some());
        let plan = plan.unwrap();
        let back = way_back(&plan, &before, plan.steps.len() * part / 100);
        let undo = plan_of(&back.desired, &back.after).unwrap();
        let Undo { after, .. } = way_back(&undo, &back.after, undo.steps.len());
        prop_assert_eq!(by_name(&after), by_name(&before));
    }
}
