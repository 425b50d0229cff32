//! Plans and what else the planner says → short texts, made so that a person can say whether they are right.
//!
//! A step is two lines and more: its number and address, then its call with the record and the body, then what changes, then
//! what it needs, waits for and why it needs review.

use std::fmt::{self, Display, Write as _};

use serde_json::Value;
use ufsync::model::record::{FieldKey, RecordField};
use ufsync::model::{Findings, Live, Record, RoleSet, Scope};
use ufsync::plan::change::{StepId, Target};
use ufsync::plan::edit::{FieldChange, Removal};
use ufsync::plan::saved::recheck::Recheck;
use ufsync::plan::saved::verdict::StaleValue;
use ufsync::plan::step::HandoverId;
use ufsync::plan::why::Why;
use ufsync::plan::{Change, Edit, Missing, Plan, PlanError, Step};

use super::live_text::data_of;

/// A plan.
pub(crate) fn plan(plan: &Plan, live: &Live) -> String {
    let mut text = String::new();
    write_plan(plan, live, &mut text).unwrap();
    if text.is_empty() {
        "nothing to do".to_owned()
    } else {
        text.trim_end().to_owned()
    }
}

fn write_plan(plan: &Plan, live: &Live, out: &mut String) -> fmt::Result {
    for it in &plan.steps {
        step(it, live, out)?;
    }
    for (index, handover) in plan.handovers.iter().enumerate() {
        let grants = handover.grants.iter().copied().map(number);
        writeln!(
            out,
            "handover h{index}: {} in {} by {}",
            handover.role,
            handover.scope,
            join(grants)
        )?;
    }
    for blocked in &plan.blocked {
        let code = blocked.code.rsplit("::").next().unwrap_or_default();
        let because = blocked.because_of.as_ref();
        let because = because.map_or_else(String::new, |it| format!(" because of {it}"));
        writeln!(
            out,
            "blocked {}: {code}{because}: {}",
            blocked.address, blocked.reason
        )?;
    }
    for guard in &plan.broken_guards {
        for reason in &guard.reasons {
            writeln!(out, "guard {}: {reason}", guard.name)?;
        }
    }
    for rename in &plan.likely_renames {
        writeln!(
            out,
            "rename?{} {} → {}: {}",
            if rename.stays { " (stays)" } else { "" },
            rename.removed,
            rename.created,
            rename.in_common.join(", ")
        )?;
    }
    for warning in &plan.warnings {
        writeln!(out, "warning: {warning}")?;
    }
    if let Some(selected) = &plan.selection {
        let (included, left) = (selected.included.iter(), selected.also_left_out.iter());
        writeln!(
            out,
            "selection: included [{}], also left out [{}], {} left out",
            join(included),
            join(left),
            selected.left_out
        )?;
        for (pattern, near) in &selected.unmatched {
            writeln!(out, "unmatched: {pattern}, near {near:?}")?;
        }
    }
    Ok(())
}

fn step(step: &Step, live: &Live, out: &mut String) -> fmt::Result {
    let change = &step.change;
    writeln!(out, "{} {}", number(step.id), step.address)?;
    let user = change.user().and_then(Target::existing);
    let tenant = change.tenant().and_then(Target::existing);
    let is_roles = matches!(change, Change::Roles { .. });
    let body = change.body(&data_of(
        live,
        user.filter(|_| !is_roles),
        tenant.filter(|_| !is_roles),
    ));
    let call = change.call().replace("/v0", "");
    let call = match change.user() {
        Some(user) => call.replace(":userId", &target(user)),
        None => call,
    };
    let call = match change
        .parent()
        .filter(|_| change.creates())
        .or(change.tenant())
    {
        Some(tenant) => call.replace(":tenantId", &target(tenant)),
        None => call,
    };
    let reads = if change.reads_first() {
        "reads, then "
    } else {
        ""
    };
    let body = if body.is_empty() {
        String::new()
    } else {
        format!(" {}", Value::from(body))
    };
    writeln!(out, "   {reads}{call}{body}")?;
    match change {
        Change::Tenant {
            edit, namesakes, ..
        } => {
            write_edit(edit, out)?;
            if !namesakes.is_empty() {
                writeln!(out, "   namesakes {}", join(namesakes.iter()))?;
            }
        }
        Change::User { edit, .. } => write_edit(edit, out)?,
        Change::Roles {
            before,
            after,
            granted_by,
            ..
        } => {
            writeln!(out, "   {} → {}", set(before), set(after))?;
            for (role, reasons) in granted_by {
                let texts: Vec<String> = reasons.iter().filter_map(reason).collect();
                if !texts.is_empty() {
                    writeln!(out, "   {role} by {}", texts.join(", "))?;
                }
            }
        }
        other => panic!("a kind of change without a text: {other:?}"),
    }
    let texts: Vec<String> = step.why.iter().filter_map(reason).collect();
    if !texts.is_empty() && !is_roles {
        writeln!(out, "   why: {}", texts.join(", "))?;
    }
    if !step.depends_on.is_empty() {
        writeln!(
            out,
            "   needs {}",
            join(step.depends_on.iter().copied().map(number))
        )?;
    }
    if !step.waits_for.is_empty() {
        let waits = step
            .waits_for
            .iter()
            .map(|HandoverId(index)| format!("h{index}"));
        writeln!(out, "   waits for {}", join(waits))?;
    }
    if !step.dangers.is_empty() {
        writeln!(
            out,
            "   danger: {}",
            join(step.dangers.iter().map(|danger| format!("{danger:?}")))
        )?;
    }
    Ok(())
}

fn write_edit<F: RecordField>(edit: &Edit<F>, out: &mut String) -> fmt::Result {
    match edit {
        Edit::Create { .. } => Ok(()),
        Edit::Update {
            changes, removal, ..
        } => {
            for FieldChange {
                field,
                before,
                after,
                ..
            } in changes
            {
                writeln!(out, "   {field}: {before} → {after}")?;
            }
            removal
                .iter()
                .try_for_each(|removal| write_removal(removal, out))
        }
        Edit::Delete { record, removal } => {
            writeln!(out, "   held {}", fields(record))?;
            write_removal(removal, out)
        }
    }
}

fn write_removal(removal: &Removal, out: &mut String) -> fmt::Result {
    if let Some(last) = &removal.last_active_at {
        writeln!(out, "   last active {last}")?;
    }
    for loss in &removal.lost {
        writeln!(
            out,
            "   {} loses {} in {}",
            loss.user,
            set(&loss.roles),
            scope(&loss.scope)
        )?;
    }
    Ok(())
}

fn fields<F: RecordField>(record: &Record<F>) -> String {
    let text = |key: FieldKey<F>| format!("{key} {}", record.at(&key));
    join(record.keys().map(text))
}

fn scope(scope: &Scope) -> String {
    scope
        .tenant()
        .map_or_else(|| "the workspace".to_owned(), ToString::to_string)
}

fn reason(why: &Why) -> Option<String> {
    why.text()
}

fn number(step: StepId) -> String {
    format!("#{}", step.0)
}

fn target<Id: Display>(target: &Target<Id>) -> String {
    match target {
        Target::Existing(id) => id.to_string(),
        Target::CreatedBy(step) => number(*step),
    }
}

fn set(roles: &RoleSet) -> String {
    format!("[{}]", join(roles.iter()))
}

fn join(items: impl Iterator<Item = impl Display>) -> String {
    items
        .map(|item| item.to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

/// What a plan needs to know.
pub(crate) fn missing(missing: &Missing) -> String {
    let holders = missing.holders.iter().map(|((scope, role), enough)| {
        let what = match (enough.holders, enough.confirmed) {
            (holders, 0) => format!("{holders} holders"),
            (0, confirmed) => format!("{confirmed} confirmed holders"),
            (holders, confirmed) => format!("{holders} holders, {confirmed} of them confirmed,"),
        };
        format!("{what} of {role} in {}", self::scope(scope))
    });
    let grants = missing
        .grants
        .iter()
        .map(|user| format!("the roles of {user}"));
    let alike = missing.alike.iter();
    let alike = alike.map(|(field, value)| format!("users whose {} is {value}", field.name()));
    let everything = missing.everything.then(|| "everything".to_owned());
    format!(
        "needs {}",
        join(holders.chain(grants).chain(alike).chain(everything))
    )
}

/// What is wrong.
pub(crate) fn errors(findings: &Findings<PlanError>) -> String {
    let lines = findings.list.iter().map(|finding| {
        let place = |origin| {
            findings
                .sources
                .place(origin)
                .map_or_else(String::new, |it| it.to_string())
        };
        let related = finding.related.iter();
        let related = related.map(|(origin, word)| format!(" ({word}: {})", place(*origin)));
        let code = miette::Diagnostic::code(&finding.mistake)
            .unwrap()
            .to_string();
        let code = code.rsplit("::").next().unwrap().to_owned();
        format!(
            "{code} at {}: {}{}",
            place(finding.origin),
            finding.mistake,
            related.collect::<String>()
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What became of a saved plan.
pub(crate) fn recheck(recheck: &Recheck, live: &Live) -> String {
    let mut text = format!("{} done\n", recheck.done);
    for stale in &recheck.stale {
        for change in &stale.changes {
            let (name, before, now) = match change {
                StaleValue::Gone => ("exists", "true".into(), "false".into()),
                StaleValue::Exists => ("exists", "false".into(), "true".into()),
                StaleValue::Differs { name, before, now } => {
                    (name.as_str(), before.to_string(), now.to_string())
                }
            };
            let address = &stale.address;
            writeln!(text, "stale {address}: {name} was {before}, is {now}").unwrap();
        }
    }
    text + &plan(&recheck.plan, live)
}
