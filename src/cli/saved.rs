//! A saved plan, read again and held against the live state of now.
#![expect(clippy::disallowed_methods, reason = "a saved plan is a file")]

use std::fs;
use std::path::Path;

use jiff::Timestamp;

use super::exit::Failure;
use super::refusal::Refusal;
use super::session::{Reading, Session};
use super::ui::Ui;
use crate::model::Live;
use crate::observe::{Need, Reach};
use crate::plan::Plan;
use crate::plan::file::{self, Fresh, PlanFile, Touched, fresh, touched};
use crate::report::human::Context;
use crate::report::{count, stale};

/// Reads a saved plan.
pub(super) fn read(path: &Path) -> Result<PlanFile, Failure> {
    let text = fs::read(path).map_err(|error| Refusal::Unreadable {
        path: path.to_owned(),
        error,
    })?;
    Ok(file::read(&text)?)
}

/// Reads again what the plan is about, and says what is left to do.
pub(super) fn check(
    file: &PlanFile,
    session: &Session,
    ui: &mut Ui,
) -> Result<(Plan, Live, Context), Failure> {
    let saved = file.plan()?;
    let Reading {
        live,
        time,
        requests,
    } = session.read(&need(touched(file, &saved)))?;
    let Fresh {
        mut plan,
        done,
        stale: changed,
    } = fresh(file, saved, &live);
    if !changed.is_empty() {
        ui.note(|out| stale(&changed, out))?;
        return Err(Failure::Stale(Box::new(Refusal::StalePlan)));
    }
    if done > 0 {
        let all = count(file.steps.len(), "change");
        ui.remark(format_args!("Done already: {done} of {all}."));
    }
    let watched = file::watched(file, &plan, &live);
    if !watched.is_empty() {
        // Who else holds these roles is no part of the plan, and decides whether anybody does in the end.
        let everybody = session.with_holders(live.clone(), &watched)?.live;
        if let Some(worse) = file::broken_since(file, &plan, &everybody) {
            // The number that lifts what was known does not lift this.
            plan.broken_guards.retain(|known| known.name != worse.name);
            plan.broken_guards.push(worse);
        }
    }
    let cost = session.cost(&plan);
    let context = Context {
        read_time: time,
        requests,
        cost,
        now: Timestamp::now(),
    };
    Ok((plan, live, context))
}

fn need(touched: Touched) -> Need {
    let Touched {
        users,
        emails,
        tenants,
        names,
        roles,
        tenant_roles,
        every_grant,
        everybody,
    } = touched;
    let named = |some: bool| if some { Reach::Named } else { Reach::Nothing };
    Need {
        users: if everybody {
            Reach::Everything
        } else {
            named(!users.is_empty() || !emails.is_empty())
        },
        tenants: named(!tenants.is_empty() || !names.is_empty()),
        tenant_roles: every_grant || tenant_roles || everybody,
        every_grant,
        pins: tenants.into_iter().collect(),
        user_ids: users,
        emails,
        names,
        roles,
        ..Need::default()
    }
}
