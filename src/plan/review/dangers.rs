//! The danger of each step, and roles of which few holders stay.

use std::collections::BTreeMap;

use crate::plan::review::effects::Key;
use crate::plan::review::keep_holders::{FEW, Stay};
use crate::plan::review::movements::Transfers;
use crate::plan::review::sensitive::Sensitive;
use crate::plan::{Change, Danger, Missing, Step, Target, Warning, WarningKind};

/// The dangers of each step, and a warning of each role of which few holders stay.
///
/// # Errors
/// What has to be read to know how many stay.
pub(crate) fn dangers(
    steps: &[Step],
    stays: &[Stay<'_>],
    transfers: &Transfers,
    sensitive: &Sensitive<'_>,
) -> Result<(Vec<Vec<Danger>>, Vec<Warning>), Missing> {
    let few = few_holders(steps, stays, transfers)?;
    let dangers = of_steps(steps, sensitive, transfers, &few);
    Ok((dangers, few.into_values().collect()))
}

/// Roles that have holders and of which the steps leave hardly any, each with a warning.
fn few_holders(
    steps: &[Step],
    stays: &[Stay<'_>],
    transfers: &Transfers,
) -> Result<BTreeMap<Key, Warning>, Missing> {
    let (mut few, mut missing) = (BTreeMap::new(), Missing::default());
    for stay in stays {
        let then = stay.then();
        let Stay {
            key,
            place,
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
        let (role, scope) = (&key.1, place);
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
        for key in transfers.taken_by(step.id) {
            if let (Some(warning), Some(why)) = (few.get_mut(key), step.why.first()) {
                warning.place = warning.place.take().or_else(|| why.place.clone());
            }
        }
    }
    Ok(few)
}

fn of_steps(
    steps: &[Step],
    sensitive: &Sensitive<'_>,
    transfers: &Transfers,
    few: &BTreeMap<Key, Warning>,
) -> Vec<Vec<Danger>> {
    let of_step = |step: &Step| {
        let change = &step.change;
        let grants_sensitive = match change {
            // A user who is locked may be unlocked at any time.
            Change::Roles { before, after, .. } => after
                .difference(before)
                .any(|role| sensitive.contains(role)),
            _ => transfers
                .given_by(step.id)
                .any(|(_, role)| sensitive.contains(role)),
        };
        let found = [
            (
                Danger::Removal,
                change.locked_out().is_some() || change.deleted_tenant().is_some(),
            ),
            (Danger::SensitiveGrant, grants_sensitive),
            (
                Danger::FewHolders,
                transfers.taken_by(step.id).any(|key| few.contains_key(key)),
            ),
            (Danger::EmailChange, change.new_email().is_some()),
        ];
        let found = found.into_iter().filter(|(_, holds)| *holds);
        found.map(|(danger, _)| danger).collect()
    };
    steps.iter().map(of_step).collect()
}
