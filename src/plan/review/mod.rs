//! Ordered steps → what a reviewer has to know of them: guards, rules, dangers.

pub(crate) mod breaches;
pub(crate) mod dangers;
pub(crate) mod effects;
pub mod guards;
pub(crate) mod keep_holders;
pub(crate) mod limits;
pub(crate) mod movements;
pub(crate) mod names;
pub(crate) mod protect;
pub(crate) mod rules;
pub(crate) mod sensitive;
pub(crate) mod sentence;
pub(crate) mod violations;

use crate::model::{Email, Handle, Live, Place, Rule, Scope};
use crate::plan::draft::blocked::Blocked;
use crate::plan::draft::records::{Created, Handles, Input};
use crate::plan::draft::{rename, unknown};
use crate::plan::order::Ordered;
use crate::plan::order::retain::retain;
use crate::plan::review::effects::After;
use crate::plan::review::movements::{Moved, Movements, Transfers};
use crate::plan::review::rules::{Judge, Ruled, origin_of};
use crate::plan::review::sensitive::Sensitive;
use crate::plan::{
    BrokenGuard, BrokenRule, Danger, HolderCheck, LikelyRename, Limits, Missing, PlanError, Policy,
    Step, StepId, Warning, WarningKind,
};

/// What guards, rules and dangers say of steps. It is worked out again from live data whenever a plan is judged.
#[derive(Default)]
pub(crate) struct Judgement {
    pub(crate) broken_guards: Vec<BrokenGuard>,
    pub(crate) broken_rules: Vec<BrokenRule>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) dangers: Vec<Vec<Danger>>,
    /// The holders that are looked at again during an apply.
    pub(crate) keeps: Vec<HolderCheck>,
}

/// Judges steps that are in order.
///
/// # Errors
/// What has to be read before that can be done.
pub(crate) fn judge(
    steps: &[Step],
    limits: &Limits,
    live: &Live,
    handles: &Handles,
    place: impl Fn(&Email, &Scope<Handle>, &Rule) -> Option<Place>,
) -> Result<Judgement, Missing> {
    let unknown = unknown::unknown_losses(steps, live);
    let after = After::of(live, steps);
    let moved = Moved::of(&after);
    let movements = Movements::of(steps, &moved);
    let transfers = Transfers::of(steps, &moved);
    let stays = keep_holders::holders(live, steps, &movements, (&limits.guards, handles));
    let rules = Judge::new(&limits.rules, live, handles, steps);
    let rules = rules.map_or(Ok(Ruled::default()), |rules| rules.broken(&after, place));
    let guards = guards::check(&limits.guards, live, steps, (&movements, &stays), handles);
    let sensitive = Sensitive::of(&limits.sensitive);
    let dangers = dangers::dangers(steps, &stays, &transfers, &sensitive);
    let (guarded, (dangers, few), ruled) = match (guards, dangers, rules) {
        (Ok(guards), Ok(dangers), Ok(rules)) if unknown.is_nothing() => (guards, dangers, rules),
        (guards, dangers, rules) => {
            let missing = [guards.err(), dangers.err(), rules.err()];
            return Err(missing.into_iter().flatten().fold(unknown, Missing::and));
        }
    };
    let mut broken_guards = guarded.broken;
    broken_guards.extend(guards::rules(&ruled.broken, live, steps));
    Ok(Judgement {
        broken_guards,
        broken_rules: ruled.broken,
        dangers,
        warnings: few
            .into_iter()
            .chain(guarded.warnings)
            .chain(ruled.excepted)
            .collect(),
        keeps: keep_holders::checks(steps, &stays, &transfers),
    })
}

/// What is known of a plan beside its steps.
pub(crate) struct Reviewed {
    pub(crate) judgement: Judgement,
    pub(crate) likely_renames: Vec<LikelyRename>,
}

impl Reviewed {
    /// Of a plan that can't be judged, because nothing more can be read. It says so, and is judged before it is applied.
    pub(crate) fn unjudged(steps: &[Step]) -> Self {
        let warning = Warning {
            kind: WarningKind::NotJudged,
            message: "the rest of the workspace could not be read, so guards are checked only when this is applied".to_owned(),
            place: None,
        };
        Self {
            judgement: Judgement {
                warnings: vec![warning],
                dangers: vec![Vec::new(); steps.len()],
                ..Judgement::default()
            },
            likely_renames: Vec::new(),
        }
    }
}

/// Reviews the steps of a manifest.
///
/// # Errors
/// What has to be read before that can be done.
pub(crate) fn review(
    input: Input<'_>,
    steps: &[Step],
    created: &Created,
    limits: &Limits,
    policy: &Policy,
) -> Result<Reviewed, Missing> {
    let judgement = of_manifest(input, steps, limits);
    let unlisted = names::unlisted_roles(input);
    let unmatched = names::unmatched(input);
    let left_behind = if policy.rename_check {
        rename::left_behind(input, created, steps)
    } else {
        Ok(Vec::new())
    };
    let (mut judgement, unlisted, unmatched, left_behind) =
        match (judgement, unlisted, unmatched, left_behind) {
            (Ok(judgement), Ok(unlisted), Ok(unmatched), Ok(left)) => {
                (judgement, unlisted, unmatched, left)
            }
            (a, b, c, d) => {
                let missing = [a.err(), b.err(), c.err(), d.err()].into_iter().flatten();
                return Err(missing.fold(Missing::default(), Missing::and));
            }
        };
    let warnings = [rename::warnings(input), unlisted, unmatched].concat();
    judgement.warnings.extend(warnings);
    judgement.warnings.sort();
    judgement.warnings.dedup();
    let mut likely_renames = Vec::new();
    if policy.rename_check {
        likely_renames = rename::likely(input, created, steps);
        likely_renames.extend(left_behind);
    }
    Ok(Reviewed {
        judgement,
        likely_renames,
    })
}

fn of_manifest(input: Input<'_>, steps: &[Step], limits: &Limits) -> Result<Judgement, Missing> {
    let desired = input.desired;
    let place = |email: &Email, scope: &Scope<Handle>, rule: &Rule| {
        desired
            .sources
            .place(origin_of(desired, email, scope, rule)?)
    };
    judge(steps, limits, input.live, &input.matches.handles(), place)
}

/// Leaves out each step that breaks a guard or a rule together with those before it. What is left breaks none.
///
/// # Errors
/// What has to be read before that can be said.
pub(crate) fn hold_back(
    input: Input<'_>,
    ordered: Ordered,
    limits: &Limits,
) -> Result<Ordered, Missing> {
    if of_manifest(input, &ordered.steps, limits)?
        .broken_guards
        .is_empty()
    {
        return Ok(ordered);
    }
    let Ordered {
        steps,
        handovers,
        mut blocked,
        ..
    } = ordered;
    let mut kept: Vec<Step> = Vec::new();
    let mut held_back = Vec::new();
    for step in &steps {
        kept.push(step.clone());
        let judgement = of_manifest(input, &kept, limits)?;
        if let Some(guard) = judgement.broken_guards.first() {
            let error = PlanError::HeldBack {
                reason: guard.reasons.first().cloned().unwrap_or_default(),
            };
            blocked.push(Blocked::step(step, &error, None));
            held_back.push(step.id);
            kept.pop();
        }
    }
    blocked.sort();
    let is_kept = |id: StepId| !held_back.contains(&id);
    let (steps, handovers) = retain(steps, handovers, |step| is_kept(step.id));
    Ok(Ordered {
        steps,
        handovers,
        blocked,
        ..ordered
    })
}
