//! A plan in one line: how many changes of each kind it has, and how many need review.

use std::collections::BTreeMap;

use crate::plan::{ActionKind, Danger, Kind, Plan};
use crate::report::text::count;

/// The kinds of changes in the order in which they are counted: removals last, as in a plan.
const ORDER: [(Kind, ActionKind); 9] = [
    (Kind::Tenant, ActionKind::Create),
    (Kind::Tenant, ActionKind::Update),
    (Kind::User, ActionKind::Create),
    (Kind::User, ActionKind::Invite),
    (Kind::User, ActionKind::Update),
    (Kind::Roles, ActionKind::Update),
    (Kind::User, ActionKind::Delete),
    (Kind::User, ActionKind::Lock),
    (Kind::Tenant, ActionKind::Delete),
];

pub(crate) fn verb(action: ActionKind) -> &'static str {
    match action {
        ActionKind::Create => "create",
        ActionKind::Invite => "invite",
        ActionKind::Update => "update",
        ActionKind::Lock => "lock",
        ActionKind::Delete => "delete",
    }
}

/// What a plan does, as a list: `2 users to create`.
pub(crate) fn changes(plan: &Plan) -> Vec<String> {
    let mut counts: BTreeMap<(Kind, ActionKind), usize> = BTreeMap::new();
    for step in &plan.steps {
        *counts.entry(step.change.kind()).or_default() += 1;
    }
    let parts = ORDER.into_iter().filter_map(|(kind, action)| {
        let number = *counts.get(&(kind, action))?;
        let verb = verb(action);
        Some(match kind {
            Kind::Tenant => format!("{} to {verb}", count(number, "tenant")),
            Kind::User => format!("{} to {verb}", count(number, "user")),
            Kind::Roles => count(number, "role set"),
        })
    });
    parts.collect()
}

/// What needs review, as a list; the most dangerous first.
pub(crate) fn dangers(plan: &Plan) -> Vec<String> {
    let tally = |danger: Danger| {
        let steps = plan.steps.iter();
        let number = steps.filter(|step| step.dangers.contains(&danger)).count();
        let words = match danger {
            Danger::Removal => count(number, "removal"),
            Danger::SensitiveGrant => format!("{} of sensitive roles", count(number, "grant")),
            Danger::FewHolders => {
                format!(
                    "{} from one of the last who hold a role",
                    count(number, "revocation")
                )
            }
            Danger::EmailChange => format!("{} of e-mail", count(number, "change")),
        };
        (number > 0).then_some(words)
    };
    Danger::ALL.into_iter().filter_map(tally).collect()
}

/// What is said where all that would change is blocked.
pub(crate) const ONLY_BLOCKED: &str = "No changes that can be made: see what is blocked.";

/// What a plan without steps says.
pub(crate) fn no_changes(plan: &Plan) -> &'static str {
    match &plan.selection {
        _ if !plan.blocked.is_empty() => ONLY_BLOCKED,
        Some(selected) if selected.left_out > 0 => "No changes among those that were chosen.",
        _ => "No changes: the workspace is what the manifest says.",
    }
}
