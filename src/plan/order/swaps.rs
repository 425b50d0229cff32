//! Values that only one record can have. Who gets one waits for who gives it up: `b` becomes `c` before `a` becomes `b`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hashbrown::HashMap;

use serde_json::Value;

use crate::model::{Email, FieldKey, LiveUser, RecordField, TenantField, UserField, UserUuid};
use crate::plan::draft::blocked::Blocks;
use crate::plan::draft::records::Input;
use crate::plan::{
    Blocked, Change, Edit, FieldChange, PlanError, Policy, Reason, Step, StepId, Target, Why,
};

/// Puts steps behind those that give up what they are to get. Returns those that can't get it: it is somebody else's, who keeps
/// it, or it is passed on in a circle.
pub(crate) fn unique(input: Input<'_>, policy: &Policy, steps: &mut Vec<Step>) -> Blocks {
    let mut blocks = Blocks::new();
    let mut needs = Needs::new();
    for field in [
        UserField::Email,
        UserField::Username,
        UserField::PhoneNumber,
    ] {
        let mut of_field = Needs::new();
        for (wanted, holder) in claims(input, steps, field) {
            let blocked = match holder {
                Holder::Leaves(step) => {
                    of_field.entry(wanted).or_default().insert(step);
                    None
                }
                // Whether two users may have one number is up to the workspace.
                _ if field == UserField::PhoneNumber => None,
                Holder::Stays(user) => steps
                    .get(wanted.0)
                    .and_then(|step| taken(input, step, field, user)),
            };
            blocks.extend(blocked.map(|it| (it.address.clone(), it)));
        }
        if field == UserField::Username
            || field == UserField::Email && policy.allow_temporary_address
        {
            open_circles(input, steps, field, &mut of_field);
        }
        for (id, needed) in of_field {
            needs.entry(id).or_default().extend(needed);
        }
    }
    for id in circle(&needs) {
        needs.remove(&id);
        let step = steps.get(id.0);
        let blocked = step.and_then(in_circle);
        blocks.extend(blocked.map(|it| (it.address.clone(), it)));
    }
    let mut named = tenants(input, steps);
    // Two tenants may have one name: a circle only has no order.
    for id in circle(&named) {
        named.remove(&id);
    }
    for (id, needed) in needs.into_iter().chain(named) {
        if let Some(step) = steps.get_mut(id.0) {
            step.depends_on.extend(needed);
        }
    }
    blocks
}

/// The steps that have to be done before each.
type Needs = BTreeMap<StepId, BTreeSet<StepId>>;

/// Opens each circle at one of its users, who gets a temporary value first. A step is added for that.
fn open_circles(input: Input<'_>, steps: &mut Vec<Step>, field: UserField, needs: &mut Needs) {
    let mut left = circle(needs);
    let only = |id: &StepId, needs: &Needs| match needs.get(id) {
        Some(needed) if needed.len() == 1 => needed.first().copied(),
        _ => None,
    };
    while let Some(start) = left.pop_first() {
        let mut last = start;
        while let Some(next) = only(&last, needs).filter(|next| *next != start) {
            if !left.remove(&next) {
                break;
            }
            last = next;
        }
        let is_closed = only(&last, needs) == Some(start);
        let interim = StepId(steps.len());
        let step = steps.get(start.0).filter(|_| is_closed);
        if let Some(step) = step.and_then(|step| temporary(input, step, interim, field)) {
            steps.push(step);
            needs.insert(last, BTreeSet::from([interim]));
            needs.entry(start).or_default().insert(interim);
        }
    }
}

/// The step that gives a user a temporary value.
fn temporary(input: Input<'_>, step: &Step, id: StepId, field: UserField) -> Option<Step> {
    let user = input.live.users.get(step.change.user()?.existing()?)?;
    let value = match field {
        UserField::Email => format!("ufsync-{}@temporary.invalid", user.uuid),
        _ => format!("ufsync-{}", user.uuid),
    };
    let key = FieldKey::Field(field);
    let change = FieldChange {
        before: user.record.at(&key),
        field: key,
        after: Value::from(value),
        place: step.place(),
    };
    let why = Why {
        place: step.place(),
        reason: Reason::Temporary(Arc::from(of_field(field))),
        until: None,
    };
    let change = Change::User {
        target: Target::Existing(user.uuid.clone()),
        edit: Edit::update(&user.record, vec![change], None),
        invite: None,
    };
    let mut interim = Step::new(step.address.clone(), change, step.called.clone(), vec![why]);
    interim.id = id;
    Some(interim)
}

fn of_field(field: UserField) -> &'static str {
    match field {
        UserField::Email => "the e-mail address",
        _ => "the username",
    }
}

/// Of two steps that change one field of one user, the later by the first: the first gives a temporary value.
pub(crate) fn interim(steps: &[Step]) -> BTreeMap<StepId, StepId> {
    let mut first: BTreeMap<&UserUuid, StepId> = BTreeMap::new();
    let mut later = BTreeMap::new();
    for step in steps {
        if let Change::User {
            target: Target::Existing(id),
            edit: Edit::Update { .. },
            ..
        } = &step.change
        {
            match first.get(id) {
                Some(first) => drop(later.insert(*first, step.id)),
                None => drop(first.insert(id, step.id)),
            }
        }
    }
    later
}

/// Who has what a step is to give to its user.
enum Holder<'l> {
    /// Somebody to whom this step gives another value.
    Leaves(StepId),
    Stays(&'l LiveUser),
}

/// The steps that give their users a value that somebody else has, and who that is.
fn claims<'l>(input: Input<'l>, steps: &[Step], field: UserField) -> Vec<(StepId, Holder<'l>)> {
    let mut wanted: HashMap<String, Vec<(StepId, Option<&UserUuid>)>> = HashMap::new();
    let mut leaving: HashMap<&UserUuid, StepId> = HashMap::new();
    let mut gone: BTreeSet<&UserUuid> = BTreeSet::new();
    for step in steps {
        let Change::User { target, edit, .. } = &step.change else {
            continue;
        };
        if input.matches.blocks(&step.address) {
            continue;
        }
        let id = target.existing();
        gone.extend(step.change.deleted_user());
        let Some(value) = after(edit, field) else {
            continue;
        };
        leaving.extend(id.map(|id| (id, step.id)));
        if let Value::String(value) = value {
            wanted
                .entry(key(field, &value).into_owned())
                .or_default()
                .push((step.id, id));
        }
    }
    // Who is created with an address was looked for by it: it can only be one that somebody gives up.
    if wanted.is_empty() || field == UserField::Email && leaving.is_empty() {
        return Vec::new();
    }
    let mut claims = Vec::new();
    for user in input
        .live
        .users
        .found()
        .filter(|user| !gone.contains(&user.uuid))
    {
        let Some(value) = user.record.text(field) else {
            continue;
        };
        let others = wanted.get(&*key(field, value)).into_iter().flatten();
        for (step, _) in others.filter(|(_, id)| *id != Some(&user.uuid)) {
            let holder = match leaving.get(&user.uuid) {
                Some(leaves) => Holder::Leaves(*leaves),
                None => Holder::Stays(user),
            };
            claims.push((*step, holder));
        }
    }
    claims
}

/// A value in the form in which it is compared with those of others.
fn key(field: UserField, text: &str) -> Cow<'_, str> {
    match field {
        UserField::Email => Cow::Owned(Email::new(text).canonical().into_owned()),
        _ => Cow::Borrowed(text),
    }
}

/// The value that an edit gives a record, null for none; nothing where it does not change it.
fn after<F: RecordField>(edit: &Edit<F>, field: F) -> Option<Value> {
    match edit {
        Edit::Create { record } => record.text(field).map(|text| Value::from(&**text)),
        Edit::Update { .. } => edit.after(field),
        Edit::Delete { .. } => None,
    }
}

fn text_after<F: RecordField>(edit: &Edit<F>, field: F) -> Option<String> {
    match after(edit, field)? {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn taken(input: Input<'_>, step: &Step, field: UserField, holder: &LiveUser) -> Option<Blocked> {
    let Change::User { edit, .. } = &step.change else {
        return None;
    };
    let value = text_after(edit, field)?;
    let error = if field == UserField::Email {
        PlanError::EmailTaken {
            email: value,
            id: format!("userUuid {}", holder.uuid),
        }
    } else {
        let called = Input::person(holder).to_string();
        let is_new = matches!(edit, Edit::Create { .. });
        let mentioned = input
            .matches
            .found()
            .any(|(_, user)| user.uuid == holder.uuid);
        let help = if is_new && !mentioned && holder.email().is_some() {
            format!(
                "If both are one person, write `renamedFrom: {called}` in the entry, which keeps the record. Else choose another username."
            )
        } else {
            "Choose another username, or give the other user another one.".to_owned()
        };
        PlanError::UsernameTaken {
            username: value,
            holder: called,
            help,
        }
    };
    Some(Blocked::step(step, &error, None))
}

fn in_circle(step: &Step) -> Option<Blocked> {
    let Change::User { edit, .. } = &step.change else {
        return None;
    };
    let of = |field| text_after(edit, field);
    let (field, value) = match of(UserField::Email).filter(|_| !matches!(edit, Edit::Create { .. }))
    {
        Some(email) => ("e-mail address", email),
        None => ("username", of(UserField::Username)?),
    };
    let error = PlanError::Circle { field, value };
    Some(Blocked::step(step, &error, None))
}

/// The tenants that get the name that another one gives up: a run that ends in between has to leave each name once.
fn tenants(input: Input<'_>, steps: &[Step]) -> Needs {
    let mut given_up: HashMap<&str, Vec<StepId>> = HashMap::new();
    let mut wanted: Vec<(StepId, String)> = Vec::new();
    for step in steps {
        let Change::Tenant { target, edit, .. } = &step.change else {
            continue;
        };
        let Some(name) = text_after(edit, TenantField::Name) else {
            continue;
        };
        if let Target::Existing(id) = target
            && let Some(tenant) = input.live.tenants.get(id)
        {
            given_up.entry(tenant.name()).or_default().push(step.id);
        }
        wanted.push((step.id, name));
    }
    let mut needs = Needs::new();
    for (id, name) in wanted {
        let others = given_up.get(&*name).into_iter().flatten();
        let others: BTreeSet<StepId> = others.copied().filter(|other| *other != id).collect();
        if !others.is_empty() {
            needs.insert(id, others);
        }
    }
    needs
}

/// The steps that wait for themselves.
fn circle(needs: &Needs) -> BTreeSet<StepId> {
    let mut left: BTreeSet<StepId> = needs.keys().copied().collect();
    loop {
        let awaited: BTreeSet<StepId> = left
            .iter()
            .filter_map(|id| needs.get(id))
            .flatten()
            .copied()
            .collect();
        let is_inside = |id: &StepId| {
            let mut needed = needs.get(id).into_iter().flatten();
            awaited.contains(id) && needed.any(|needed| left.contains(needed))
        };
        let inside: BTreeSet<StepId> = left.iter().copied().filter(is_inside).collect();
        if inside.len() == left.len() {
            return left;
        }
        left = inside;
    }
}
