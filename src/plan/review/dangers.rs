//! Steps → what a reviewer should know of them: broken guards, warnings, and the danger of each step.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Live, Origin, RoleName, suggest};
use crate::plan::draft::records::{Handles, Input, scope_name};
use crate::plan::draft::unknown;
use crate::plan::review::effects::{Gains, Key, Movements, losses};
use crate::plan::review::guards;
use crate::plan::review::guards::{FEW, Stay};
use crate::plan::review::sensitive::Sensitive;
use crate::plan::{BrokenGuard, Danger, Limits, Missing, Step, Target, Warning, WarningKind};

/// What a reviewer should know of a plan.
pub(crate) struct Review {
    pub(crate) broken_guards: Vec<BrokenGuard>,
    pub(crate) warnings: Vec<Warning>,
}

impl Review {
    /// Nothing is known of the plan.
    pub(crate) fn unjudged() -> Self {
        Self {
            broken_guards: Vec::new(),
            warnings: vec![Warning {
                kind: WarningKind::NotJudged,
                message: "the rest of the workspace could not be read, so guards are checked only when this is applied".to_owned(),
                place: None,
            }],
        }
    }
}

/// Judges the steps, and marks those that are dangerous.
///
/// # Errors
/// What has to be read before that can be done.
pub(crate) fn review(
    steps: &mut [Step],
    limits: &Limits,
    live: &Live,
    handles: &Handles,
) -> Result<Review, Missing> {
    let unknown = unknown::unknown_losses(steps, live);
    let movements = Movements::of(steps, live);
    let guards = guards::check(&limits.guards, live, steps, &movements, handles);
    let few = few_holders(steps, live, &movements, handles);
    let (guarded, few) = match (guards, few) {
        (Ok(guards), Ok(few)) if unknown.is_nothing() => (guards, few),
        (guards, few) => {
            let missing = [guards.err(), few.err()].into_iter().flatten();
            return Err(missing.fold(unknown, Missing::and));
        }
    };
    let sensitive = Sensitive::of(&limits.sensitive);
    mark_dangers(steps, &sensitive, live, &few.keys().cloned().collect());
    Ok(Review {
        broken_guards: guarded.broken,
        warnings: few.into_values().chain(guarded.warnings).collect(),
    })
}

/// Roles that have holders and of which the steps leave hardly any, each with a warning.
fn few_holders(
    steps: &[Step],
    live: &Live,
    movements: &Movements,
    handles: &Handles,
) -> Result<BTreeMap<Key, Warning>, Missing> {
    let gone = steps.iter().filter_map(|step| step.change.deleted_tenant());
    let (mut few, mut missing) = (BTreeMap::new(), Missing::default());
    for stay in guards::holders(live, movements, &gone.collect()) {
        let then = stay.then();
        let Stay {
            key,
            now,
            lost,
            gained,
            ..
        } = stay;
        if then >= FEW || gained >= lost {
            continue;
        }
        let Some(now) = now.count().exactly() else {
            missing = missing.and(stay.enough(FEW));
            continue;
        };
        let (role, scope) = (&key.1, scope_name(&key.0, handles));
        let message = match then {
            0 if now == 1 => format!("removes the last holder of \"{role}\" in {scope}"),
            0 => format!("removes all {now} holders of \"{role}\" in {scope}"),
            _ => format!("removes {lost} of {now} holders of \"{role}\" in {scope}"),
        };
        let warning = Warning {
            kind: WarningKind::FewHolders,
            message,
            place: None,
        };
        few.insert(
            (key.0.clone().map(Target::Existing), key.1.clone()),
            warning,
        );
    }
    if !missing.is_nothing() {
        return Err(missing);
    }
    if few.is_empty() {
        return Ok(few);
    }
    for step in steps {
        for key in losses(step) {
            if let (Some(warning), Some(why)) = (few.get_mut(&key), step.why.first()) {
                warning.place = warning.place.take().or_else(|| why.place.clone());
            }
        }
    }
    Ok(few)
}

/// Without a list of roles of its own the manifest is held against the server's lists.
///
/// # Errors
/// Where a list that may have the role was not read.
pub(crate) fn unlisted_roles(input: Input<'_>) -> Result<Vec<Warning>, Missing> {
    let Input { desired, live, .. } = input;
    if desired.vocabulary.is_some() || live.roles.is_empty() {
        return Ok(Vec::new());
    }
    let mut unlisted: BTreeMap<&RoleName, Origin> = BTreeMap::new();
    let grants = desired.users.values().flat_map(|user| &user.grants);
    for granted in grants.flat_map(|(_, grant)| &grant.roles) {
        if !live.roles.contains(&granted.role) {
            unlisted.entry(&granted.role).or_insert(granted.origin);
        }
    }
    if !unlisted.is_empty() && !live.tenants.is_complete() {
        return Err(Missing::everything());
    }
    let warnings = unlisted.into_iter().map(|(role, origin)| Warning {
        kind: WarningKind::UnlistedRole,
        message: match suggest::nearest(role.as_str(), live.roles.iter().map(RoleName::as_str)) {
            Some(near) => format!(
                "role \"{role}\" is in no list of roles on the server: did you mean \"{near}\"?"
            ),
            None => format!("role \"{role}\" is in no list of roles on the server"),
        },
        place: desired.sources.place(origin),
    });
    Ok(warnings.collect())
}

/// Marks the steps.
fn mark_dangers(steps: &mut [Step], sensitive: &Sensitive<'_>, live: &Live, few: &BTreeSet<Key>) {
    let gains = Gains::of(steps, live);
    for step in steps {
        let change = &step.change;
        let removes = change.locked_out().is_some() || change.deleted_tenant().is_some();
        let mut gained = gains.of_step(step).into_iter();
        let grants_sensitive = gained.any(|(_, role)| sensitive.contains(&role));
        let leaves_few = !few.is_empty() && losses(step).iter().any(|key| few.contains(key));
        let found = [
            (Danger::Removal, removes),
            (Danger::SensitiveGrant, grants_sensitive),
            (Danger::FewHolders, leaves_few),
            (Danger::EmailChange, change.new_email().is_some()),
        ];
        let found = found.into_iter().filter(|(_, holds)| *holds);
        step.dangers = found.map(|(danger, _)| danger).collect();
    }
}
