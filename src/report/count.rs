//! How many changes there are, in words.

use crate::plan::{Action, Danger, Plan};

/// A number and a noun.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// What a plan does, as a list: `2 users to create`.
pub(super) fn changes(plan: &Plan) -> Vec<String> {
    let tally = |one: &str, what: &str, matches: fn(&Action) -> bool| {
        let number = plan
            .steps
            .iter()
            .filter(|step| matches(&step.action))
            .count();
        (number > 0).then(|| format!("{}{what}", count(number, one)))
    };
    let parts = [
        tally("tenant", " to create", |action| {
            matches!(action, Action::CreateTenant { .. })
        }),
        tally("tenant", " to update", |action| {
            matches!(action, Action::UpdateTenant { .. })
        }),
        tally("user", " to create", |action| {
            matches!(action, Action::CreateUser { .. })
        }),
        tally("user", " to invite", |action| {
            matches!(action, Action::InviteUser { .. })
        }),
        tally("user", " to update", |action| {
            matches!(action, Action::UpdateUser { .. })
        }),
        tally("role set", "", |action| {
            matches!(action, Action::SetRoles { .. })
        }),
        tally("user", " to delete", |action| {
            matches!(action, Action::DeleteUser { .. })
        }),
        tally("user", " to lock", |action| {
            matches!(action, Action::LockUser { .. })
        }),
        tally("tenant", " to delete", |action| {
            matches!(action, Action::DeleteTenant { .. })
        }),
    ];
    parts.into_iter().flatten().collect()
}

/// What deserves a second look, as a list; the most dangerous first.
pub(super) fn dangers(plan: &Plan) -> Vec<String> {
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
