//! Saved plans: written, read back, and refused where they are not what was written.

use std::time::Duration;

use insta::assert_snapshot;
use serde_json::{Value, json};
use ufsync::plan::Plan;
use ufsync::plan::cost::{Cost, Pace, cost};
use ufsync::plan::saved::document::{
    ManifestInfo, PlanFile, PlanFileError, Source, manifest_hash, schema,
};

use crate::live_text::{desired, live, planned};

const MANIFEST: &str = r#"
tenants: {acme: {name: Acme, data: {a: 1, b: [1.5, "x"]}}, old: {tenantId: t2, name: Old, state: absent}, same: {tenantId: t3, name: Renamed, data: {x: null}}}
groups: {g: {users: [c@example.com], roles: [member]}}
users:
  a@example.com: {name: "Ä “quoted”", locked: true, roles: [admin], tenants: {acme: [owner]}}
  b@example.com: {state: absent}
  d@example.com: {invite: {type: welcome, duration: 2 days}}
  e@example.com: {userUuid: 0000000a-0000-4000-8000-000000000005, name: null, data: {k: {deep: [null, true]}}}
guards: {maxDeletes: 10%, keepHolders: {owner: 1}, protect: [a@example.com]}
prune: {users: {email: ["*@gone.example"], action: lock}, members: [same]}
"#;
const LIVE: &str = "
tenants: {t2: Old, t3: {name: Same, data: {x: 1}}, t4: Acme2}
users:
  u2: {email: b@example.com, roles: [admin], last: 2026-05-01T00:00:00Z, data: {z: 1}}
  u3: c@example.com
  0000000a-0000-4000-8000-000000000005: {email: e@example.com, name: E}
  u6: {email: x@gone.example, in: {t3: [viewer]}}
  u7: {name: Nobody, in: {t3: [viewer], t2: [owner]}}
";

/// The document of a plan.
pub(crate) fn file_of(plan: Plan) -> PlanFile {
    let desired = desired(MANIFEST);
    let info = ManifestInfo {
        hash: manifest_hash(&desired.sources),
        mode: None,
    };
    let pace = Pace {
        call: Duration::from_millis(120),
        parallel: 4,
        max_rate: None,
    };
    let cost = cost(&plan, pace);
    PlanFile::new(plan, Source::Server, info, cost)
}

fn file() -> PlanFile {
    file_of(planned(MANIFEST, &live(LIVE)))
}

fn saved() -> Value {
    serde_json::to_value(file()).unwrap()
}

fn read(value: &Value) -> Result<PlanFile, PlanFileError> {
    PlanFile::read(&serde_json::to_vec(value).unwrap()).and_then(PlanFile::appliable)
}

fn why(value: &Value) -> String {
    read(value).unwrap_err().to_string()
}

#[test]
fn a_plan_is_read_as_it_was_written() {
    let file = file();
    assert!(file.plan.steps.len() > 10);
    for text in [
        serde_json::to_vec(&file).unwrap(),
        serde_json::to_vec_pretty(&file).unwrap(),
    ] {
        let read = PlanFile::read(&text).unwrap();
        assert_eq!(read.plan.steps, file.plan.steps);
        // Where a guard is written in the manifest is not part of the document.
        assert_eq!(json!(read), json!(file));
    }
}

#[test]
fn an_empty_plan_is_read_as_it_was_written() {
    let file = file_of(planned("users: {}", &live("")));
    assert_eq!(
        PlanFile::read(&serde_json::to_vec(&file).unwrap()).unwrap(),
        file
    );
}

#[test]
fn the_document_fits_its_schema() {
    let schema = jsonschema::validator_for(&schema()).unwrap();
    let errors: Vec<String> = schema
        .iter_errors(&saved())
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn it_counts_what_it_does() {
    let saved = saved();
    assert_snapshot!(saved["summary"].to_string(), @r#"{"dangers":{"fewHolders":4,"removal":3,"sensitiveGrant":2},"roles":{"update":5},"tenants":{"create":1,"delete":1,"update":1},"users":{"create":1,"delete":1,"invite":1,"lock":1,"update":1}}"#);
    assert_snapshot!(saved["cost"].to_string(), @r#"{"byCall":{"DELETE /v0/tenants/:tenantId":1,"DELETE /v0/users/:userId":1,"GET /v0/tenants/:tenantId":1,"GET /v0/users/:userId":1,"POST /v0/tenants":1,"POST /v0/users/createOrUpdate":1,"POST /v0/users/invite":1,"PUT /v0/tenants/:tenantId":1,"PUT /v0/tenants/:tenantId/users/:userId/roles":3,"PUT /v0/users/:userId":2,"PUT /v0/users/:userId/roles":2},"calls":15,"seconds":0.48}"#);
}

#[test]
fn the_sum_is_what_sha256sum_says_of_the_document_with_an_empty_one() {
    let mut file = file();
    let sum = std::mem::take(&mut file.checksum);
    assert_eq!(sum, super::sha256(&serde_json::to_vec(&file).unwrap()));
}

/// Every place of a document, as a pointer.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                places(value, &format!("{at}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn a_value_that_was_changed_anywhere_is_noticed() {
    let saved = saved();
    let mut all = Vec::new();
    places(&saved, "", &mut all);
    assert!(all.len() > 200);
    let others = [json!(null), json!("other"), json!(7)];
    for (place, other) in all.iter().skip(1).zip(others.iter().cycle()) {
        let mut changed = saved.clone();
        let value = changed.pointer_mut(place).unwrap();
        let other = if value == other { &json!(true) } else { other };
        value.clone_from(other);
        assert!(read(&changed).is_err(), "{place}: {changed}");
    }
}

#[test]
fn a_key_that_was_added_or_taken_out_anywhere_is_noticed() {
    let saved = saved();
    let mut all = Vec::new();
    places(&saved, "", &mut all);
    let is_map = |place: &&String| saved.pointer(place).unwrap().is_object();
    for place in all.iter().filter(is_map) {
        let mut more = saved.clone();
        if let Some(map) = more.pointer_mut(place).unwrap().as_object_mut() {
            map.insert("unknownField".to_owned(), json!(null));
            assert!(read(&more).is_err(), "{place}");
        }
    }
    for place in all.iter().skip(1).step_by(2) {
        let (above, key) = place.rsplit_once('/').unwrap();
        let mut less = saved.clone();
        if let Some(map) = less.pointer_mut(above).unwrap().as_object_mut() {
            let key = key.replace("~1", "/").replace("~0", "~");
            map.remove(&key).unwrap();
            assert!(read(&less).is_err(), "{place}");
        }
    }
}

#[test]
fn a_text_that_is_cut_short_is_refused() {
    let text = serde_json::to_vec(&file()).unwrap();
    for end in (0..text.len()).step_by(61) {
        assert!(PlanFile::read(&text[..end]).is_err(), "{end}");
    }
}

#[test]
fn what_is_no_plan_is_refused() {
    let reasons = [
        json!({}),
        json!([]),
        json!("x"),
        json!({"formatVersion": 3, "tool": "0.1.0"}),
        json!({"formatVersion": "2", "tool": "1"}),
    ];
    let said: Vec<String> = reasons.iter().map(why).collect();
    assert_snapshot!(said.join("\n"), @r#"
    this is not a plan: missing field `document`
    this is not a plan: invalid type: sequence, expected a plan of ufsync
    this is not a plan: invalid type: string "x", expected a plan of ufsync
    this is not a plan: missing field `document`
    this is not a plan: invalid type: string "2", expected u32
    "#);
    assert_snapshot!(PlanFile::read(b"\xff{").unwrap_err(), @"this is not a plan: expected value at line 1 column 1");
    assert_snapshot!(PlanFile::read(b"").unwrap_err(), @"this is not a plan: EOF while parsing a value at line 1 column 0");
}

#[test]
fn a_plan_of_another_form_is_refused() {
    let of = |version: u64| {
        let mut saved = saved();
        saved["formatVersion"] = json!(version);
        saved["tool"] = json!("9.9.9");
        why(&saved)
    };
    assert_snapshot!(of(1), @"the plan was made by ufsync 9.9.9, whose plans this version does not read");
    assert_snapshot!(of(2), @"the plan was made by ufsync 9.9.9, whose plans this version does not read");
    assert_snapshot!(of(4), @"the plan was made by ufsync 9.9.9, which is newer than this one");
}

#[test]
fn an_undo_file_of_another_form_names_the_version_that_undoes() {
    let mut saved = saved();
    saved["formatVersion"] = json!(2);
    saved["tool"] = json!("0.1.0");
    saved["manifest"]["hash"] = json!("");
    let error = PlanFile::read(&serde_json::to_vec(&saved).unwrap()).unwrap_err();
    assert_snapshot!(error, @"the undo file was written by ufsync 0.1.0, whose undo files this version does not read");
    assert_snapshot!(miette::Diagnostic::help(&error).unwrap(), @"Nothing was changed. Undo with that version.");
}

#[test]
fn a_plan_that_was_altered_is_refused() {
    let mut saved = saved();
    saved["warnings"] = json!([]);
    saved["checksum"] = json!("0".repeat(64));
    assert_snapshot!(why(&saved), @"the plan was changed after it was made");
}

#[test]
fn a_plan_of_another_patch_release_is_read() {
    let mut file = file();
    file.tool = "9.9.9".to_owned();
    assert!(read(&resealed(file)).is_ok());
}

/// The document with a sum that fits.
fn resealed(mut file: PlanFile) -> Value {
    file.checksum.clear();
    file.checksum = super::sha256(&serde_json::to_vec(&file).unwrap());
    serde_json::to_value(file).unwrap()
}

#[test]
fn a_plan_without_personal_data_is_not_applied() {
    let file = file();
    let redacted = PlanFile::new(
        file.plan,
        Source::RedactedSnapshot,
        file.manifest,
        Cost {
            calls: 0,
            time: Duration::ZERO,
        },
    );
    assert_snapshot!(why(&serde_json::to_value(redacted).unwrap()), @"the plan was made from a snapshot without personal data");
}

/// A plan in which one thing was changed by somebody who can work out the sum.
fn forged(change: impl FnOnce(&mut Value)) -> String {
    let mut value = saved();
    change(&mut value);
    match serde_json::from_value::<PlanFile>(value) {
        Ok(file) => why(&resealed(file)),
        Err(error) => format!("unreadable: {error}"),
    }
}

#[test]
fn references_that_lead_nowhere_are_refused() {
    let said = [
        forged(|file| file["steps"][0]["id"] = json!(1)),
        forged(|file| file["steps"][0]["dependsOn"] = json!([0])),
        forged(|file| file["steps"][0]["dependsOn"] = json!([99])),
        forged(|file| file["steps"][0]["waitsFor"] = json!([99])),
        forged(|file| file["handovers"] = json!([{"scope": "x", "role": "y", "grants": [99]}])),
        forged(|file| file["limits"]["rules"] = json!([{"role": "admin", "onlyUsers": ["[a"]}])),
        forged(|file| file["steps"][0]["change"]["target"] = json!({"createdBy": 3})),
        forged(|file| file["steps"][0]["change"]["target"] = json!({"existing": "t1"})),
        forged(|file| file["steps"][1]["change"]["target"] = json!({"existing": "../x"})),
        forged(|file| file["steps"][1]["change"]["edit"]["changes"][0]["field"] = json!("isAdmin")),
        forged(|file| file["steps"][0]["change"]["edit"]["record"]["authorization"] = json!("x")),
        forged(|file| file["steps"][0]["address"] = json!("groups/x")),
    ];
    assert_snapshot!(said.join("\n"), @r"
    this is not a plan: step 0: its number is not its place
    this is not a plan: step 0: it depends on a step that does not stand before it
    this is not a plan: step 0: it depends on a step that does not stand before it
    this is not a plan: step 0: it waits for a handover that is not there, or does not stand before it
    this is not a plan: a handover names a step that is not there
    this is not a plan: a rule says nothing that can be checked
    this is not a plan: step 0: it does not depend on what creates its user or tenant
    this is not a plan: step 0: it creates a record that exists
    this is not a plan: step 1: its tenant has no usable id
    unreadable: there is no field `isAdmin`
    unreadable: there is no field `authorization`
    unreadable: `groups/x` is not an address
    ");
}
