//! A plan from a file → whether it is one that this program could have made. What a file says is a claim: every reference leads to
//! where it should, one value is shown and sent, and nothing is hidden behind the order or the form of a step.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{FieldKey, Handle, RecordField, TenantId, UserField};
use crate::plan::saved::digest::may_be_code;
use crate::plan::{Change, Edit, Handover, Plan, Step, StepId, Target, is_code};

/// Checks a plan.
///
/// # Errors
/// What is wrong with it, and where.
pub(crate) fn check(plan: &Plan) -> Result<(), String> {
    for (index, step) in plan.steps.iter().enumerate() {
        let wrong = wrong_reference(step, index, plan).or_else(|| wrong_record(&step.change));
        if let Some(reason) = wrong {
            return Err(format!("step {index}: {reason}"));
        }
    }
    let codes = plan.broken_guards.iter().map(|guard| &guard.code);
    if codes.into_iter().any(|code| !may_be_code(code)) {
        return Err("the code of a guard is no code".to_owned());
    }
    if plan.blocked.iter().any(|blocked| !is_code(&blocked.code)) {
        return Err("the code of what is blocked is no code of ufsync".to_owned());
    }
    if let Some(undoes) = &plan.undoes {
        check(&plan.undone(undoes)).map_err(|reason| format!("what it takes back: {reason}"))?;
    }
    // Two steps about one user's roles in one scope are the halves of one change.
    let mut halves: BTreeMap<_, usize> = BTreeMap::new();
    for step in &plan.steps {
        if let Change::Roles { user, scope, .. } = &step.change {
            let halves = halves.entry((user, scope)).or_default();
            *halves += 1;
            if *halves > 2 {
                return Err(format!(
                    "step {}: it is one of three about the same roles",
                    step.id.0
                ));
            }
        }
    }
    let mut grants = plan.handovers.iter().flat_map(|handover| &handover.grants);
    if grants.any(|step| plan.steps.get(step.0).is_none()) {
        return Err("a handover names a step that is not there".to_owned());
    }
    if plan.limits.rules.iter().any(|rule| rule.rule().is_none()) {
        return Err("a rule says nothing that can be checked".to_owned());
    }
    let mut handles: BTreeSet<&Handle> = BTreeSet::new();
    match plan
        .handles
        .values()
        .find(|handle| !handles.insert(*handle))
    {
        Some(handle) => Err(format!("two tenants have the handle `{handle}`")),
        None => Ok(()),
    }
}

fn wrong_reference(step: &Step, index: usize, plan: &Plan) -> Option<&'static str> {
    if step.id != StepId(index) {
        return Some("its number is not its place");
    }
    if step.depends_on.iter().any(|needed| *needed >= step.id) {
        return Some("it depends on a step that does not stand before it");
    }
    let awaited = step.waits_for.iter().map(|id| plan.handovers.get(id.0));
    let is_before = |handover: &Handover| handover.grants.iter().all(|grant| *grant < step.id);
    if !awaited
        .into_iter()
        .all(|handover| handover.is_some_and(is_before))
    {
        return Some("it waits for a handover that is not there, or does not stand before it");
    }
    let is_plain = |id: &str| TenantId::is_plain(id);
    let (user, tenant) = (step.change.user(), step.change.tenant());
    if user
        .and_then(Target::existing)
        .is_some_and(|id| !is_plain(id.as_str()))
    {
        return Some("its user has no usable id");
    }
    let tenant_id = tenant.and_then(Target::existing);
    if tenant_id.is_some_and(|id| !is_plain(id.as_str())) {
        return Some("its tenant has no usable id");
    }
    // The workspace is a tenant to the server: its roles would be changed past every guard for the workspace.
    let workspace = plan.workspace.as_str();
    if tenant_id.is_some_and(|id| id.as_str().eq_ignore_ascii_case(workspace)) {
        return Some("its tenant is the workspace");
    }
    let created_by = [
        (user.and_then(Target::created_by), true),
        (tenant.and_then(Target::created_by), false),
    ];
    let creates = step.change.creates();
    if let Some(parent) = step.change.parent() {
        if !creates && step.change.deleted_tenant().is_none() {
            return Some("it has a parent, and neither creates nor deletes a tenant");
        }
        let is_usable =
            |id: &TenantId| is_plain(id.as_str()) && !id.as_str().eq_ignore_ascii_case(workspace);
        let is_made_before = |creator: StepId| {
            let creation = plan.steps.get(creator.0).map(|step| &step.change);
            let makes_tenant = |it: &Change| it.creates() && matches!(it, Change::Tenant { .. });
            step.depends_on.contains(&creator) && creation.is_some_and(makes_tenant)
        };
        let is_right = match parent {
            Target::Existing(id) => is_usable(id),
            Target::CreatedBy(creator) => is_made_before(*creator),
        };
        if !is_right {
            return Some("its parent has no usable id, or is not made before it");
        }
    }
    for (creator, of_user) in created_by {
        let Some(creator) = creator else { continue };
        let creation = plan.steps.get(creator.0).map(|step| &step.change);
        let is_of_kind = creation.is_some_and(|creation| {
            creation.creates() && matches!(creation, Change::User { .. }) == of_user
        });
        let is_right = if creates {
            creator == step.id
        } else {
            step.depends_on.contains(&creator)
        };
        if !is_of_kind || !is_right {
            return Some("it does not depend on what creates its user or tenant");
        }
    }
    if creates && created_by.iter().all(|(creator, _)| creator.is_none()) {
        return Some("it creates a record that exists");
    }
    None
}

fn wrong_record(change: &Change) -> Option<&'static str> {
    match change {
        Change::Tenant { edit, .. } => wrong_changes(edit),
        Change::User { edit, invite, .. } => {
            let is_creation = matches!(edit, Edit::Create { .. });
            if invite.is_some() && !is_creation {
                return Some("it invites a user who exists");
            }
            let has_address =
                |record: &crate::model::Record<UserField>| record.get(UserField::Email).is_some();
            match edit {
                Edit::Create { record } if !has_address(record) => {
                    Some("it creates a user without an address")
                }
                edit => wrong_changes(edit),
            }
        }
        Change::Roles { .. } => None,
    }
}

/// One field has one value, of its type: what is shown is what is sent.
fn wrong_changes<F: RecordField>(edit: &Edit<F>) -> Option<&'static str> {
    let changes = edit.changes();
    for (index, change) in changes.iter().enumerate() {
        if changes
            .iter()
            .take(index)
            .any(|it| it.field == change.field)
        {
            return Some("it changes a field twice");
        }
        if let FieldKey::Field(field) = &change.field
            && !(field.accepts(&change.before) && field.accepts(&change.after))
        {
            return Some("a field has a value of another type");
        }
    }
    None
}
