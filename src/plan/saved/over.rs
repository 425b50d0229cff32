//! Whether a saved plan came too late: a grant in it has ended.

use jiff::Timestamp;

use crate::plan::{Plan, Stale, StaleValue};

/// The steps of a saved plan that give a role whose grant has ended since.
pub(crate) fn ended(plan: &Plan, now: Timestamp) -> Vec<Stale> {
    let over = plan.steps.iter().filter_map(|step| {
        let end = step.ends.filter(|end| *end <= now)?;
        Some(Stale {
            address: step.address.clone(),
            changes: vec![StaleValue::Differs {
                name: "grant".to_owned(),
                before: format!("until {end}").into(),
                now: "ended".into(),
            }],
        })
    });
    over.collect()
}
